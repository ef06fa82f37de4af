//! Asking a server something by iq stanzas, on a stream of one's own.

use std::io;
use std::time::Duration;

use minidom::Element;
use rxml::xml_ncname;
use thiserror::Error;
use tokio::time::timeout;

use crate::ns;
use crate::xmpp::{Closed, Incoming, Reader, Refusal, Session, StreamItem, Writer};

/// How long to wait for the server's side of a stream to be closed.
const FAREWELL: Duration = Duration::from_secs(1);

/// Why a request has no result.
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

/// Whether a request asks for something or changes something (RFC 6120 §8.2.3).
#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Get,
    Set,
}

impl Verb {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "get",
            Self::Set => "set",
        }
    }
}

/// A stream on which one request is made after the other.
pub(super) struct IqClient {
    reader: Reader,
    writer: Writer,
    patience: Duration,
    requests: usize,
}

impl IqClient {
    /// A conversation in which an answer may take so long.
    pub(super) fn new(session: Session, patience: Duration) -> Self {
        Self {
            reader: session.reader,
            writer: session.writer,
            patience,
            requests: 0,
        }
    }

    /// Sends a request, to the user's own account if to nobody else, and waits for its result.
    pub(super) async fn request(
        &mut self,
        verb: Verb,
        to: Option<&str>,
        payload: Element,
    ) -> Result<Element, IqError> {
        self.requests += 1;
        let id = format!("scansion-{}", self.requests);
        let mut iq = Element::builder("iq", ns::CLIENT)
            .attr(xml_ncname!("type").to_owned(), verb.name())
            .attr(xml_ncname!("id").to_owned(), id.as_str())
            .append(payload);
        if let Some(to) = to {
            iq = iq.attr(xml_ncname!("to").to_owned(), to);
        }
        let iq = String::from(&iq.build());
        let patience = self.patience;
        match timeout(patience, self.exchange(&iq, &id)).await {
            Ok(answered) => answered,
            Err(_) => Err(IqError::Timeout(patience)),
        }
    }

    async fn exchange(&mut self, iq: &str, id: &str) -> Result<Element, IqError> {
        self.writer
            .send(StreamItem::Element(iq))
            .await
            .map_err(IqError::Write)?;
        loop {
            match self.reader.next().await {
                Incoming::Element(answer) if is_answer(&answer, id) => {
                    return match answer.attr("type") {
                        Some("error") => Err(IqError::Refused(Refusal::of_stanza(&answer))),
                        _ => Ok(answer),
                    };
                }
                // Servers send much that nobody asked for: pings, pushes, old messages.
                Incoming::Element(_) => {}
                Incoming::Closed(closed) => return Err(IqError::Closed(closed)),
            }
        }
    }

    /// Ends the stream in due form, as far as the server takes part.
    pub(super) async fn end(mut self) {
        let farewell = async {
            // What was asked has been answered; nobody needs to hear that the end went wrong.
            let _ = self.writer.close().await;
            while let Incoming::Element(_) = self.reader.next().await {}
            let _ = self.writer.shutdown().await;
        };
        let _ = timeout(FAREWELL, farewell).await;
    }
}

fn is_answer(element: &Element, id: &str) -> bool {
    element.is("iq", ns::CLIENT)
        && element.attr("id") == Some(id)
        && matches!(element.attr("type"), Some("result" | "error"))
}
