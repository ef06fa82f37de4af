//! The conversation of a login: send, wait for the answer, never longer than a step may take.
//!
//! It knows how a stream is opened and closed, and shows what goes over the wire to an observer. What is
//! to be said is the business of [`super::login`] and [`super::component`].

use std::time::Duration;

use minidom::Element;
use tokio::time::{Instant, timeout, timeout_at};

use super::closed::Closed;
use super::connect::{ConnectOptions, Notice, Session};
use super::content::other_namespace;
use super::decoder::Header;
use super::dial::{Dialed, Peer};
use super::error::{ConnectErrorKind, LoginStep};
use super::stream::{Incoming, Writer, XmlStream};
use super::tls::{EndPoint, Secured, TlsError, Verification, secure, verification};
use super::websocket::{self, WebSocketUrl};
use super::wire::{Direction, Wire};
use crate::{escape, ns};

/// How long a failed login waits for its last words to be taken.
const FAREWELL: Duration = Duration::from_secs(1);

/// Something that gets to see what goes over the wire.
pub(super) type Observer<'a> = &'a mut (dyn FnMut(Wire) + Send);

/// A login under way.
pub(super) struct Negotiation<'a> {
    pub(super) peer: Peer,
    pub(super) options: &'a ConnectOptions,
    pub(super) notices: Vec<Notice>,
    pub(super) encryption: Encryption,
    /// Whether the stream is one of a WebSocket.
    pub(super) is_websocket: bool,
    pub(super) security: Security,
    /// What the server has offered.
    pub(super) features: Vec<Element>,
    /// The stanzas that came before the end of the login, and are not of it.
    early: Vec<(Element, Wire)>,
    stream: XmlStream,
    observer: Observer<'a>,
    step: LoginStep,
    deadline: Instant,
}

/// When TLS is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Whenever the server has it.
    WhenOffered,
    /// Only when the server insists.
    WhenRequired,
    /// In any case.
    Always,
    /// In no case, or it is there already.
    Never,
}

/// Whether anybody on the way can read along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Security {
    Clear,
    /// Nobody can; and this is what a login can be bound to.
    Tls(Option<EndPoint>),
}

impl Security {
    pub(super) fn is_clear(&self) -> bool {
        *self == Self::Clear
    }

    pub(super) fn end_point(&self) -> Option<&EndPoint> {
        match self {
            Self::Clear => None,
            Self::Tls(end_point) => end_point.as_ref(),
        }
    }
}

impl<'a> Negotiation<'a> {
    pub(super) fn new(
        dialed: Dialed,
        encryption: Encryption,
        options: &'a ConnectOptions,
        observer: Observer<'a>,
    ) -> Self {
        Self {
            peer: dialed.peer,
            options,
            notices: Vec::new(),
            encryption,
            is_websocket: false,
            security: Security::Clear,
            features: Vec::new(),
            early: Vec::new(),
            stream: XmlStream::new(dialed.transport, options.limits),
            observer,
            step: LoginStep::StreamHeader,
            deadline: Instant::now() + options.step_timeout,
        }
    }

    /// The step the login is at.
    pub(super) fn step(&self) -> LoginStep {
        self.step
    }

    /// Begins a step, which may take as long as any other.
    pub(super) fn begin(&mut self, step: LoginStep) {
        self.step = step;
        self.deadline = Instant::now() + self.options.step_timeout;
    }

    /// Sends a stream header, which declares this namespace, and waits for the server's.
    pub(super) async fn open(
        &mut self,
        header: &str,
        namespace: &str,
    ) -> Result<Header, ConnectErrorKind> {
        self.begin(LoginStep::StreamHeader);
        (self.observer)(Wire::header(Direction::Sent, header));
        self.in_time(async |stream| stream.open(header).await)
            .await?;
        let header = self
            .in_time(async |stream| stream.reader.header().await)
            .await?;
        let source = self.stream.reader.source();
        (self.observer)(Wire::header(Direction::Received, &source));
        match other_namespace(&source, namespace) {
            Some(trouble) => Err(self.last_words(trouble).await),
            None => Ok(header),
        }
    }

    /// What is wrong with a server's stream header: a stream error, if one follows, says more than we could.
    pub(super) async fn last_words(&mut self, trouble: String) -> ConnectErrorKind {
        match self.receive().await {
            Err(ConnectErrorKind::Closed(closed)) => ConnectErrorKind::Closed(closed),
            _ => ConnectErrorKind::Protocol(trouble),
        }
    }

    /// Gets ready for a new stream on the same connection.
    pub(super) fn restart(&mut self) {
        self.stream.restart();
    }

    /// Sends an element.
    pub(super) async fn send(&mut self, element: &Element) -> Result<(), ConnectErrorKind> {
        let xml = String::from(element);
        (self.observer)(Wire::element(Direction::Sent, element, xml.clone()));
        self.in_time(async |stream| stream.send(&xml).await).await
    }

    /// Sends the end of our stream.
    pub(super) async fn close(&mut self) -> Result<(), ConnectErrorKind> {
        self.in_time(async |stream| {
            let closed = stream.writer.close().await;
            closed.map_err(|error| Closed::lost(&error))
        })
        .await
    }

    /// Waits for an element. A stream error is an error here.
    pub(super) async fn receive(&mut self) -> Result<Element, ConnectErrorKind> {
        let (element, wire) = self.take().await?;
        (self.observer)(wire);
        Ok(element)
    }

    /// Waits for the answer to a request. Other stanzas are put aside for whoever takes the session over, who sees them
    /// on the wire, too, as if they had come after the login.
    pub(super) async fn receive_answer(
        &mut self,
        is_answer: impl Fn(&Element) -> bool,
    ) -> Result<Element, ConnectErrorKind> {
        loop {
            let taken = self.take().await;
            let (element, wire) = taken.map_err(|kind| self.unanswered(kind))?;
            if !is_stanza(&element) || is_answer(&element) {
                (self.observer)(wire);
                return Ok(element);
            }
            self.early.push((element, wire));
        }
    }

    async fn take(&mut self) -> Result<(Element, Wire), ConnectErrorKind> {
        loop {
            let incoming = self
                .in_time(async |stream| Ok(stream.reader.next().await))
                .await?;
            match incoming {
                Incoming::Element(element) => {
                    let source = self.stream.reader.source();
                    let wire = Wire::element(Direction::Received, &element, source);
                    if !element.is("error", ns::STREAM) {
                        return Ok((element, wire));
                    }
                    (self.observer)(wire);
                }
                Incoming::Closed(closed) => return Err(ConnectErrorKind::Closed(closed)),
            }
        }
    }

    /// Goes over to TLS, now that the server has agreed to it.
    pub(super) async fn secure(&mut self, domain: &str) -> Result<(), ConnectErrorKind> {
        if self.stream.has_unread() {
            return Err(TlsError::Injection.into());
        }
        let verification = verification(&self.options.trust, &self.peer);
        let weight = self.stream.weight();
        let transport = self.take_transport();
        let certificate = self.options.login.certificate.as_ref();
        let secured = secure(
            transport,
            domain,
            &self.options.trust,
            verification,
            certificate,
        );
        let Secured {
            transport,
            end_point,
        } = timeout_at(self.deadline, secured)
            .await
            .map_err(|_| self.timed_out())??;
        self.stream = XmlStream::new(transport, self.options.limits);
        self.stream.add_weight(weight);
        self.security = Security::Tls(end_point);
        if let Verification::Off(reason) = verification {
            let domain = domain.to_owned();
            self.notices
                .push(Notice::CertificateNotVerified { domain, reason });
        }
        Ok(())
    }

    /// Goes on in a WebSocket on this connection.
    pub(super) async fn open_websocket(
        &mut self,
        url: &WebSocketUrl,
    ) -> Result<(), ConnectErrorKind> {
        let opened = websocket::open(self.take_transport(), url, self.options.limits);
        let transport = timeout_at(self.deadline, opened)
            .await
            .map_err(|_| self.timed_out())??;
        self.stream = XmlStream::new(transport, self.options.limits);
        self.is_websocket = true;
        Ok(())
    }

    /// Hands the logged-in stream over.
    pub(super) fn into_session(self, jid: jid::Jid) -> Session {
        let mut reader = self.stream.reader;
        reader.put_back(self.early.into_iter().map(|(element, _)| element));
        Session {
            reader,
            writer: self.stream.writer,
            jid,
            peer: self.peer,
            notices: self.notices,
            features: self.features,
        }
    }

    /// Takes leave of the server after a failed login, as far as it still listens.
    pub(super) async fn hang_up(self) {
        for (_, wire) in self.early {
            (self.observer)(wire);
        }
        take_leave(self.stream.writer).await;
    }

    /// Takes the transport away from the stream. Until it gets a new one it has an empty one, so that a
    /// login that fails meanwhile has nothing to close.
    fn take_transport(&mut self) -> Box<dyn super::stream::Transport> {
        let empty = XmlStream::new(Box::new(tokio::io::empty()), self.options.limits);
        std::mem::replace(&mut self.stream, empty).into_transport()
    }

    async fn in_time<T>(
        &mut self,
        work: impl AsyncFnOnce(&mut XmlStream) -> Result<T, Closed>,
    ) -> Result<T, ConnectErrorKind> {
        match timeout_at(self.deadline, work(&mut self.stream)).await {
            Ok(done) => done.map_err(ConnectErrorKind::Closed),
            Err(_) => Err(self.timed_out()),
        }
    }

    fn timed_out(&self) -> ConnectErrorKind {
        ConnectErrorKind::Timeout(self.options.step_timeout)
    }

    /// What is wrong when no answer came, although something else did.
    fn unanswered(&self, kind: ConnectErrorKind) -> ConnectErrorKind {
        match (kind, self.early.last()) {
            (ConnectErrorKind::Timeout(limit), Some((latest, _))) => {
                let (seconds, latest) = (limit.as_secs_f64(), tag(latest));
                ConnectErrorKind::Protocol(format!(
                    "no answer to our request within {seconds} s; other stanzas came, the latest {latest}"
                ))
            }
            (kind, _) => kind,
        }
    }
}

/// Whether an element is a client's stanza (RFC 6120 §8).
fn is_stanza(element: &Element) -> bool {
    element.has_ns(ns::CLIENT) && matches!(element.name(), "message" | "presence" | "iq")
}

/// How a stanza begins, as far as it tells what it answers.
fn tag(stanza: &Element) -> String {
    let named = ["type", "id", "from"].map(|name| match stanza.attr(name) {
        Some(value) => format!(" {name}='{}'", escape::attribute(value)),
        None => String::new(),
    });
    format!("<{}{}>", stanza.name(), named.concat())
}

/// Ends a stream that nobody needs any more.
pub(super) async fn take_leave(mut writer: Writer) {
    let farewell = async {
        // What there was to know is known; nobody needs to hear that this failed.
        let _ = writer.close().await;
        let _ = writer.shutdown().await;
    };
    let _ = timeout(FAREWELL, farewell).await;
}

/// The complaint about an element that is not the one to come now.
pub(super) fn unexpected(element: &Element, wanted: &str) -> ConnectErrorKind {
    ConnectErrorKind::Protocol(format!(
        "expected {wanted}, but got <{} xmlns='{}'>",
        element.name(),
        element.ns()
    ))
}
