//! The conversation of a login: send, wait for the answer, never longer than a step may take.
//!
//! It knows how a stream is opened and closed, and shows what goes over the wire to an observer. What is to be said is
//! the business of the stages: [`super::features`], [`super::authentication`], [`super::bind`] and
//! [`super::component`].

use std::sync::Arc;

use minidom::Element;
use tokio::time::{Instant, timeout_at};

use super::closed::Closed;
use super::dial::Dialed;
use super::error::{ConnectError, ConnectErrorKind, Door, LoginStep};
use super::greeting::{Greeting, Protocol};
use super::header::{self, Header};
use super::identity::{Identity, StreamKind};
use super::options::{ConnectOptions, Notice};
use super::stage::{Link, RawStream, Security, Stopped};
use super::stream::{Incoming, XmlStream};
use super::text::write_element;
use super::tls::{Secured, TlsError, Unsecured, Verification, secure, verification};
use super::transport::{Framing, StreamItem, Transport};
use super::websocket::{self, WebSocketUrl};
use super::wire::{Direction, Wire};
use crate::{escape, ns};

/// A function that is shown what goes over the wire.
pub type Observer<'a> = &'a mut (dyn FnMut(Wire) + Send);

/// A login under way.
pub(super) struct Negotiation<'a> {
    pub(super) options: &'a ConnectOptions,
    pub(super) link: Link,
    stream: XmlStream,
    observer: Observer<'a>,
    step: LoginStep,
    deadline: Instant,
    /// The stanzas that came before the end of the login, and do not belong to it.
    early: Vec<(Arc<Element>, Wire)>,
    /// What the server has said last.
    latest: Option<Arc<Element>>,
    /// What the server is known to speak.
    heard: Option<Greeting>,
}

impl<'a> Negotiation<'a> {
    /// A conversation on a connection over which nothing has gone yet.
    pub(super) fn begin(
        dialed: Dialed,
        options: &'a ConnectOptions,
        observer: Observer<'a>,
    ) -> Self {
        let stream = XmlStream::new(dialed.transport, options.limits, Framing::Document);
        let link = Link {
            header: None,
            peer: dialed.peer,
            notices: Vec::new(),
            features: Vec::new(),
            security: Security::Clear,
        };
        Self::new(stream, link, options, observer)
    }

    /// A conversation that goes on where another one has stopped.
    pub(super) fn go_on(
        raw: RawStream,
        options: &'a ConnectOptions,
        observer: Observer<'a>,
    ) -> Self {
        let RawStream {
            reader,
            writer,
            link,
        } = raw;
        Self::new(XmlStream { reader, writer }, link, options, observer)
    }

    fn new(
        stream: XmlStream,
        link: Link,
        options: &'a ConnectOptions,
        observer: Observer<'a>,
    ) -> Self {
        // Whoever offers features speaks XMPP.
        let heard = (!link.features.is_empty()).then(|| Protocol::Xmpp.into());
        Self {
            options,
            link,
            stream,
            observer,
            step: LoginStep::StreamHeader,
            deadline: Instant::now() + options.step_timeout,
            early: Vec::new(),
            latest: None,
            heard,
        }
    }

    /// Ends the conversation, and lets the stanzas that were put aside be read again.
    pub(super) fn end(self) -> RawStream {
        let XmlStream { mut reader, writer } = self.stream;
        let early = self.early.into_iter();
        reader.put_back(early.map(|(element, _)| Arc::unwrap_or_clone(element)));
        RawStream {
            reader,
            writer,
            link: self.link,
        }
    }

    /// Ends a conversation that has come to nothing.
    pub(super) fn stop(
        mut self,
        identity: &Identity,
        door: Door,
        kind: ConnectErrorKind,
    ) -> Box<Stopped> {
        let refusal = self.latest.take().filter(|_| kind.is_refusal());
        let error = ConnectError {
            step: self.step,
            who: identity.to_string(),
            peer: self.link.peer.address.clone(),
            door,
            heard: self.heard.take(),
            kind,
        };
        let unshown = self.early.iter().map(|(_, wire)| wire.clone()).collect();
        Box::new(Stopped {
            error,
            refusal: refusal.map(Arc::unwrap_or_clone),
            raw: self.end(),
            unshown,
        })
    }

    /// Begins a step, which may take as long as any other.
    pub(super) fn begin_step(&mut self, step: LoginStep) {
        self.step = step;
        self.deadline = Instant::now() + self.options.step_timeout;
    }

    /// Sends a stream header, and waits for the server's, which has to declare the same namespace.
    pub(super) async fn open(&mut self, header: &Header) -> Result<Header, ConnectErrorKind> {
        self.begin_step(LoginStep::StreamHeader);
        let sent = self.stream.writer.text(StreamItem::Header(header));
        (self.observer)(Wire::header(Direction::Sent, &sent));
        self.in_time(async |stream| stream.send(StreamItem::WrittenHeader(&sent)).await)
            .await?;
        let answer = self
            .in_time(async |stream| stream.reader.header().await)
            .await;
        if answer.is_err() && self.heard.is_none() {
            self.heard = Greeting::of(&self.stream.reader.beginning());
        }
        let answer = answer?;
        let came = match self.is_websocket() {
            true => write_element(&answer.open_element()),
            false => self.stream.reader.source(),
        };
        (self.observer)(Wire::header(Direction::Received, &came));
        let ours = header.namespace.as_deref().unwrap_or_default();
        match answer.other_namespace(ours) {
            Some(theirs) => {
                self.heard = Protocol::of_namespace(theirs).map(Greeting::from);
                Err(self.last_words(header::trouble(theirs, ours)).await)
            }
            None => {
                self.heard = Some(Protocol::Xmpp.into());
                self.link.header = Some(answer.clone());
                Ok(answer)
            }
        }
    }

    /// What is wrong with a server's stream header: a stream error, if one follows, says more than we could.
    pub(super) async fn last_words(&mut self, trouble: String) -> ConnectErrorKind {
        match self.receive().await {
            Err(ConnectErrorKind::Closed(closed)) => ConnectErrorKind::Closed(closed),
            _ => ConnectErrorKind::Protocol(trouble),
        }
    }

    /// Whether the stream is one of a WebSocket.
    pub(super) fn is_websocket(&self) -> bool {
        self.stream.writer.is_websocket()
    }

    /// Gets ready for a new stream on the same connection.
    pub(super) fn restart(&mut self) {
        self.stream.restart();
    }

    /// Sends an element.
    pub(super) async fn send(&mut self, element: &Element) -> Result<(), ConnectErrorKind> {
        let xml = String::from(element);
        (self.observer)(Wire::element(Direction::Sent, element, xml.clone()));
        self.in_time(async |stream| stream.send(StreamItem::Element(&xml)).await)
            .await
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
    pub(super) async fn receive(&mut self) -> Result<Arc<Element>, ConnectErrorKind> {
        let (element, wire) = self.take().await?;
        (self.observer)(wire);
        self.latest = Some(Arc::clone(&element));
        Ok(element)
    }

    /// Waits for the answer to a request. Other stanzas are put aside for the code that takes the session over, which
    /// sees them on the wire, too, as if they had come after the login.
    pub(super) async fn receive_answer(
        &mut self,
        is_answer: impl Fn(&Element) -> bool,
    ) -> Result<Arc<Element>, ConnectErrorKind> {
        loop {
            let taken = self.take().await;
            let (element, wire) = taken.map_err(|kind| self.unanswered(kind))?;
            let is_stanza = StreamKind::Client.carries(&element);
            if !is_stanza || is_answer(&element) {
                (self.observer)(wire);
                self.latest = Some(Arc::clone(&element));
                return Ok(element);
            }
            self.early.push((element, wire));
        }
    }

    async fn take(&mut self) -> Result<(Arc<Element>, Wire), ConnectErrorKind> {
        loop {
            let incoming = self
                .in_time(async |stream| Ok(stream.reader.next().await))
                .await?;
            match incoming {
                Incoming::Element(element) => {
                    let source = self.stream.reader.source();
                    let wire = Wire::element(Direction::Received, &element, source);
                    if !element.is("error", ns::STREAM) {
                        return Ok((Arc::new(element), wire));
                    }
                    (self.observer)(wire);
                    self.latest = Some(Arc::new(element));
                }
                Incoming::Header(_) => {
                    let trouble = "a stream header in the place of an element".to_owned();
                    return Err(Closed::NotXmpp(trouble).into());
                }
                Incoming::Closed(closed) => return Err(closed.into()),
            }
        }
    }

    /// Goes over to TLS, now that the server has agreed to it.
    pub(super) async fn secure(&mut self, domain: &str) -> Result<(), ConnectErrorKind> {
        if self.stream.has_unread() {
            return Err(TlsError::Injection.into());
        }
        let verification = verification(&self.options.trust, &self.link.peer);
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
        // A handshake takes much room, and most connections need none for it.
        let secured = Box::pin(secured);
        let Secured {
            transport,
            end_point,
        } = match timeout_at(self.deadline, secured).await {
            Ok(Ok(secured)) => secured,
            Ok(Err(Unsecured { error, heard })) => {
                self.heard = heard;
                return Err(error.into());
            }
            Err(_) => return Err(self.timed_out()),
        };
        self.stream = XmlStream::new(transport, self.options.limits, Framing::Document);
        self.stream.add_weight(weight);
        self.link.security = Security::Tls(end_point);
        if let Verification::Off(reason) = verification {
            let domain = domain.to_owned();
            self.link
                .notices
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
        // The handshake takes much room, and most connections need none for it.
        let opened = Box::pin(opened);
        let transport = timeout_at(self.deadline, opened)
            .await
            .map_err(|_| self.timed_out())??;
        self.stream = XmlStream::new(transport, self.options.limits, Framing::Messages);
        Ok(())
    }

    /// Takes the transport away from the stream. Until it gets a new one it has an empty one, so that a
    /// login that fails meanwhile has nothing to close.
    fn take_transport(&mut self) -> Box<dyn Transport> {
        let nothing = Box::new(tokio::io::empty());
        let empty = XmlStream::new(nothing, self.options.limits, Framing::Document);
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

/// How a stanza begins, as far as it tells what it answers.
fn tag(stanza: &Element) -> String {
    let named = ["type", "id", "from"].map(|name| match stanza.attr(name) {
        Some(value) => format!(" {name}='{}'", escape::attribute(value)),
        None => String::new(),
    });
    format!("<{}{}>", stanza.name(), named.concat())
}

/// The error that an element is not the one to come now.
pub(super) fn unexpected(element: &Element, wanted: &str) -> ConnectErrorKind {
    ConnectErrorKind::Protocol(format!(
        "expected {wanted}, but got <{} xmlns='{}'>",
        element.name(),
        element.ns()
    ))
}
