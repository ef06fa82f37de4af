//! Requests by iq stanzas, and which answers belong to them: those with the same id that come from the entity that was
//! asked (RFC 6120 §8.2.3). Another user may send an answer with any id.
//!
//! An [`IqClient`] has a stream of its own, on which it asks. What is asked is not known here.

use std::io;
use std::time::Duration;

use jid::{BareJid, Jid};
use minidom::Element;
use rxml::xml_ncname;
use thiserror::Error;
use tokio::time::timeout;

use super::closed::Closed;
use super::refusal::Refusal;
use super::stage::Session;
use super::stream::{Incoming, Reader, Writer};
use super::transport::StreamItem;
use crate::ns;

/// How long to wait for the server's side of a stream to be closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Whether a request asks for something or changes something (RFC 6120 §8.2.3).
#[derive(Debug, Clone, Copy)]
pub(crate) enum IqKind {
    Get,
    Set,
}

/// A request with an id, to the user's own account if to no other entity.
pub(super) fn request(kind: IqKind, id: &str, to: Option<&str>, payload: Element) -> Element {
    let kind = match kind {
        IqKind::Get => "get",
        IqKind::Set => "set",
    };
    let mut iq = Element::builder("iq", ns::CLIENT)
        .attr(xml_ncname!("type").to_owned(), kind)
        .attr(xml_ncname!("id").to_owned(), id)
        .append(payload);
    if let Some(to) = to {
        iq = iq.attr(xml_ncname!("to").to_owned(), to);
    }
    iq.build()
}

/// Whether a stanza is an answer with this id, whatever its `from`.
pub(super) fn is_answer(stanza: &Element, id: &str) -> bool {
    let is_answer = matches!(stanza.attr("type"), Some("result" | "error"));
    is_answer && stanza.is("iq", ns::CLIENT) && stanza.attr("id") == Some(id)
}

/// An answer that is a result, or what the server said instead.
pub(super) fn result(answer: Element) -> Result<Element, Refusal> {
    match answer.attr("type") {
        Some("error") => Err(Refusal::of_stanza(&answer)),
        _ => Ok(answer),
    }
}

/// The addresses that speak for a session's own account and server. What comes without `from` comes from the account
/// (RFC 6120 §8.1.2.1), and some servers answer for it in their own name.
#[derive(Debug, Clone, Default)]
pub(crate) struct Home {
    account: Option<BareJid>,
    server: Option<Jid>,
}

/// The entity that is asked, or answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Entity {
    /// The session's own account or server.
    Home,
    /// The one with this address.
    Other(String),
}

impl Home {
    /// The home of a session under a full JID.
    pub(crate) fn new(session: &str, server: &str) -> Self {
        Self {
            account: Jid::new(session).ok().map(|jid| jid.to_bare()),
            server: Jid::new(server).ok(),
        }
    }

    /// The home of a session whose server is the domain of its JID.
    pub(super) fn of(session: &Jid) -> Self {
        Self::new(session.as_str(), session.domain().as_str())
    }

    /// The entity of an address; without an address it is the session's own account.
    pub(crate) fn entity(&self, address: Option<&str>) -> Entity {
        let Some(address) = address else {
            return Entity::Home;
        };
        // An address that is no JID is not compared as one: it stays as it is written.
        let Ok(jid) = Jid::new(address) else {
            return Entity::Other(address.to_owned());
        };
        let is_account = self.account.as_ref().is_some_and(|account| jid == *account);
        match is_account || self.server.as_ref() == Some(&jid) {
            true => Entity::Home,
            false => Entity::Other(jid.to_string()),
        }
    }

    /// Whether what comes from an address can answer what this entity was asked. For the account and its server,
    /// sessions of the account speak as well, as servers have taken a session for its account.
    pub(crate) fn answers(&self, asked: &Entity, from: Option<&str>) -> bool {
        let is_own_session = || {
            let from = from.and_then(|from| Jid::new(from).ok());
            from.is_some_and(|from| Some(from.to_bare()) == self.account)
        };
        self.entity(from) == *asked || *asked == Entity::Home && is_own_session()
    }
}

/// Why a request did not give a result.
#[derive(Debug, Error)]
pub enum IqError {
    /// The server said no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The stream ended first.
    #[error("{0}")]
    Closed(Closed),
    /// The server does not take what we write.
    #[error("could not send: {0}")]
    Write(#[source] io::Error),
    /// No answer came.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
}

/// A session in which requests are made, and everything else that comes is ignored.
pub(crate) struct IqClient {
    reader: Reader,
    writer: Writer,
    home: Home,
    patience: Duration,
    /// How many requests were made: an answer that comes too late is not taken for one to a later request.
    requests: usize,
}

/// A request that was made.
struct Asked {
    id: String,
    entity: Entity,
}

impl IqClient {
    /// A client that waits for each answer so long.
    pub(crate) fn new(session: Session, patience: Duration) -> Self {
        Self {
            home: Home::of(&session.jid),
            reader: session.raw.reader,
            writer: session.raw.writer,
            patience,
            requests: 0,
        }
    }

    /// Sends a request, to the user's own account if to no other entity, and waits for its result.
    ///
    /// # Errors
    ///
    /// When the answer is an error, or none comes.
    pub(crate) async fn request(
        &mut self,
        kind: IqKind,
        to: Option<&str>,
        payload: Element,
    ) -> Result<Element, IqError> {
        let patience = self.patience;
        match timeout(patience, self.exchange(kind, to, payload)).await {
            Ok(answered) => answered,
            Err(_) => Err(IqError::Timeout(patience)),
        }
    }

    /// Asks several entities at once, by requests of type `get`. The answers, results and errors, are in the order of
    /// the questions, each as far as it came.
    pub(crate) async fn ask(
        &mut self,
        questions: &[(Option<&str>, Element)],
    ) -> Vec<Result<Element, IqError>> {
        let mut asked = Vec::new();
        for (to, payload) in questions {
            asked.push(self.send(IqKind::Get, *to, payload.clone()).await);
        }
        let mut answers = vec![None; questions.len()];
        let patience = self.patience;
        let hearing = timeout(patience, self.hear(&asked, &mut answers));
        let end = hearing.await.ok().flatten();
        let unanswered = |sent: io::Result<Asked>| match (&end, sent) {
            // Why a stream takes no more shows where it is read.
            (Some(closed), _) => IqError::Closed(closed.clone()),
            (None, Err(error)) => IqError::Write(error),
            (None, Ok(_)) => IqError::Timeout(patience),
        };
        let asked = answers.into_iter().zip(asked);
        let answers = asked.map(|(answer, sent)| answer.ok_or_else(|| unanswered(sent)));
        answers.collect()
    }

    /// Fills in the answers as they come. Gives how the stream ended, if it did before all had come.
    async fn hear(
        &mut self,
        asked: &[io::Result<Asked>],
        answers: &mut [Option<Element>],
    ) -> Option<Closed> {
        while answers.iter().any(Option::is_none) {
            match self.reader.next().await {
                Incoming::Element(element) => {
                    let is_answered = |asked: &io::Result<Asked>| {
                        let asked = asked.as_ref();
                        asked.is_ok_and(|asked| self.answers(asked, &element))
                    };
                    if let Some(number) = asked.iter().position(is_answered) {
                        answers[number] = Some(element);
                    }
                }
                Incoming::Header(_) => {}
                Incoming::Closed(closed) => return Some(closed),
            }
        }
        None
    }

    /// Ends the stream in due form, as far as the server takes part.
    pub(crate) async fn end(mut self) {
        let farewell = async {
            // What was asked has been answered; how the end went is no matter.
            let _ = self.writer.close().await;
            while let Incoming::Element(_) = self.reader.next().await {}
            let _ = self.writer.shutdown().await;
        };
        let _ = timeout(FAREWELL, farewell).await;
    }

    async fn exchange(
        &mut self,
        kind: IqKind,
        to: Option<&str>,
        payload: Element,
    ) -> Result<Element, IqError> {
        let asked = self.send(kind, to, payload).await.map_err(IqError::Write)?;
        loop {
            match self.reader.next().await {
                Incoming::Element(answer) if self.answers(&asked, &answer) => {
                    return result(answer).map_err(IqError::Refused);
                }
                // Servers send much that was not asked for: pings, pushes, old messages.
                Incoming::Element(_) | Incoming::Header(_) => {}
                Incoming::Closed(closed) => return Err(IqError::Closed(closed)),
            }
        }
    }

    async fn send(
        &mut self,
        kind: IqKind,
        to: Option<&str>,
        payload: Element,
    ) -> io::Result<Asked> {
        self.requests += 1;
        let id = format!("scansion-{}", self.requests);
        let iq = String::from(&request(kind, &id, to, payload));
        self.writer.send(StreamItem::Element(&iq)).await?;
        Ok(Asked {
            id,
            entity: self.home.entity(to),
        })
    }

    fn answers(&self, asked: &Asked, stanza: &Element) -> bool {
        is_answer(stanza, &asked.id) && self.home.answers(&asked.entity, stanza.attr("from"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeLogin, FakeServer, with_server};
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(5);

    /// The results of some requests of Romeo's to a server that goes on like this after the login.
    async fn at_server<T>(
        ask: impl AsyncFnOnce(&mut IqClient) -> T,
        answer: impl AsyncFnOnce(&mut FakeServer),
    ) -> T {
        let mut server = None;
        let played = with_server(async |mut fake| {
            fake.log_in(&FakeLogin::default()).await;
            server = Some(fake);
        });
        let mut client = IqClient::new(played.await.session(), PATIENCE);
        let mut server = server.expect("a server");
        tokio::join!(ask(&mut client), answer(&mut server)).0
    }

    /// Whether a request to an entity is answered by what comes from an address.
    async fn is_answered(to: Option<&str>, from: Option<&str>) -> bool {
        let from = from.map_or(String::new(), |from| format!(" from='{from}'"));
        let answered = at_server(
            async |client| {
                let payload = Element::bare("query", "urn:x");
                client.request(IqKind::Get, to, payload).await
            },
            async |server| {
                server.element().await;
                let answer = format!("<iq type='result' id='scansion-1'{from}/>");
                server.write(&answer).await;
            },
        );
        match answered.await {
            Ok(_) => true,
            Err(IqError::Timeout(PATIENCE)) => false,
            Err(error) => panic!("{error}"),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn only_the_entity_that_was_asked_answers() {
        let full = Some("romeo@localhost/orchard");
        for home in [None, Some("localhost"), Some("romeo@localhost")] {
            for from in [None, Some("localhost"), Some("Romeo@localhost"), full] {
                assert!(is_answered(home, from).await, "{home:?} {from:?}");
            }
            for from in ["juliet@localhost", "shop.localhost", "@", ""] {
                assert!(!is_answered(home, Some(from)).await, "{home:?} {from}");
            }
        }
        let shop = Some("shop.localhost");
        assert!(is_answered(shop, shop).await);
        assert!(!is_answered(shop, None).await);
    }

    #[tokio::test(start_paused = true)]
    async fn several_are_asked_at_once_and_may_be_silent() {
        let query = || Element::bare("query", "urn:x");
        let questions = ["a.localhost", "b.localhost", "c.localhost"];
        let questions = questions.map(|to| (Some(to), query()));
        let answers = at_server(
            async |client| client.ask(&questions).await,
            async |server| {
                for _ in 0..3 {
                    server.element().await;
                }
                server
                    .write("<iq type='error' id='scansion-3' from='c.localhost'/>")
                    .await;
                server
                    .write("<iq type='result' id='scansion-1' from='a.localhost'/>")
                    .await;
            },
        );
        let answers = answers.await;
        let kind = |number: usize| answers[number].as_ref().unwrap().attr("type");
        assert_eq!((kind(0), kind(2)), (Some("result"), Some("error")));
        let silence = answers[1].as_ref().unwrap_err();
        assert!(matches!(silence, IqError::Timeout(PATIENCE)), "{silence}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_stream_that_ends_answers_nothing_any_more() {
        let questions = [(None, Element::bare("query", "urn:x"))];
        let answers = at_server(
            async |client| {
                let first = client.ask(&questions).await;
                first.into_iter().chain(client.ask(&questions).await)
            },
            async |server| {
                server.element().await;
                server.write("</stream:stream>").await;
            },
        );
        for answer in answers.await {
            let end = answer.unwrap_err();
            assert!(matches!(end, IqError::Closed(Closed::ByPeer)), "{end}");
        }
    }
}
