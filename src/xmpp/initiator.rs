//! The initiating side of a stream: it leads a connection from one stage to the next.
//!
//! Every stage can be stopped at, and gone on from later. What is particular to clients and to components is told apart
//! here; how each step goes is not known here.

use std::sync::Arc;

use jid::Jid;
use minidom::Element;

use super::authentication::authenticate;
use super::bind::{bind, demands_session, establish_session};
use super::component;
use super::dial::{Dial, Endpoint};
use super::error::{ConnectError, ConnectErrorKind, Door, LoginStep};
use super::features::{Encryption, allow_clear, open_secured, open_stream};
use super::identity::{Identity, StreamKind};
use super::mechanism::Account;
use super::negotiation::{Negotiation, Observer};
use super::options::ConnectOptions;
use super::stage::{LoggedIn, Opened, RawStream, Session, Stopped};
use super::tls::TlsPolicy;
use crate::ns;

/// The initiating side of a stream: for which identity, where, and how.
///
/// Everything that goes over the wire is shown to the observer of each call, without secrets. Dropping the future of a
/// call closes the connection.
#[derive(Clone, Copy)]
pub struct Initiator<'a> {
    /// The way to connect.
    pub dialer: &'a dyn Dial,
    /// Where the server is.
    pub endpoint: &'a Endpoint,
    /// The identity that the stream is for.
    pub identity: &'a Identity,
    /// How to connect.
    pub options: &'a ConnectOptions,
}

impl Initiator<'_> {
    /// Connects, and does what comes before the first header: TLS where the server begins with it (XEP-0368), and a
    /// WebSocket where there is to be one.
    ///
    /// # Errors
    ///
    /// When no server is reached, or TLS or the WebSocket does not come about.
    pub async fn dial(self, observer: Observer<'_>) -> Result<RawStream, ConnectError> {
        let dialed = self.dialer.dial(self.endpoint).await;
        let dialed = dialed.map_err(|error| ConnectError {
            step: LoginStep::Dial,
            who: self.identity.to_string(),
            peer: self.endpoint.to_string(),
            door: self.door(),
            heard: None,
            kind: ConnectErrorKind::Dial(error),
        })?;
        let begins_with_tls = dialed.begins_with_tls || self.begins_with_tls();
        let mut negotiation = Negotiation::begin(dialed, self.options, observer);
        match self.prepare(&mut negotiation, begins_with_tls).await {
            Ok(()) => Ok(negotiation.end()),
            Err(kind) => Err(negotiation.stop(self.identity, self.door(), kind).error),
        }
    }

    /// Sends a header, and waits for the server's, and for the features of a client's stream. On a connection that has
    /// seen a stream before, that one has to be forgotten first ([`RawStream::restart`]).
    ///
    /// # Errors
    ///
    /// When the server does not open a stream of the kind that was asked for.
    pub async fn open(
        self,
        raw: RawStream,
        observer: Observer<'_>,
    ) -> Result<Opened, Box<Stopped>> {
        self.open_with(raw, None, observer).await
    }

    /// As [`Initiator::open`], and encrypts a client's stream by STARTTLS as the options say.
    ///
    /// # Errors
    ///
    /// As there, and when TLS does not come about.
    pub async fn open_secured(
        self,
        raw: RawStream,
        observer: Observer<'_>,
    ) -> Result<Opened, Box<Stopped>> {
        let is_broken = self.options.broken_tls.reason(self.endpoint).is_some();
        let encryption = match self.encryption() {
            Encryption::WhenOffered if is_broken => Encryption::WhenRequired,
            encryption => encryption,
        };
        self.open_with(raw, Some(encryption), observer).await
    }

    /// Goes over to TLS at once, whatever has been said on the connection.
    ///
    /// # Errors
    ///
    /// When TLS does not come about; the connection is gone then.
    pub async fn start_tls(
        self,
        raw: RawStream,
        observer: Observer<'_>,
    ) -> Result<RawStream, Box<Stopped>> {
        let secured = self.stage(raw, observer, async |negotiation| {
            negotiation.begin_step(LoginStep::StartTls);
            negotiation.secure(self.certified_name()).await
        });
        Ok(secured.await?.0)
    }

    /// Authenticates a client by SASL, and opens a new stream.
    ///
    /// # Errors
    ///
    /// When there is no way to log in, or the server refuses it.
    pub async fn log_in(
        self,
        opened: Opened,
        observer: Observer<'_>,
    ) -> Result<LoggedIn, Box<Stopped>> {
        let Opened { raw, features, .. } = opened;
        // A stream without features offers nothing.
        let features = features.unwrap_or_else(|| Arc::new(Element::bare("features", ns::STREAM)));
        let account = self.account();
        let logged_in = self.stage(raw, observer, async |negotiation| {
            if self.encryption() == Encryption::Never {
                negotiation.begin_step(LoginStep::Features);
                allow_clear(negotiation, &features)?;
            }
            authenticate(negotiation, account, &features).await?;
            open_stream(negotiation, &self.identity.domain).await
        });
        let (raw, (header, features)) = logged_in.await?;
        Ok(LoggedIn {
            raw,
            header,
            features,
        })
    }

    /// Binds a client's resource, and establishes a session where the server demands one (RFC 3921 §3).
    ///
    /// # Errors
    ///
    /// When the server refuses it.
    pub async fn bind(
        self,
        logged_in: LoggedIn,
        observer: Observer<'_>,
    ) -> Result<Session, Box<Stopped>> {
        let LoggedIn { raw, features, .. } = logged_in;
        let resource = self.identity.resource.as_deref();
        let bound = self.stage(raw, observer, async |negotiation| {
            let jid = bind(negotiation, resource).await?;
            if demands_session(&features) {
                establish_session(negotiation, &jid).await?;
            }
            Ok(jid)
        });
        let (raw, jid) = bound.await?;
        Ok(Session { raw, jid })
    }

    /// Proves that a component knows its secret (XEP-0114 §3).
    ///
    /// # Errors
    ///
    /// When the server does not take it.
    pub async fn shake_hands(
        self,
        opened: Opened,
        observer: Observer<'_>,
    ) -> Result<Session, Box<Stopped>> {
        let Opened { raw, header, .. } = opened;
        let secret = self.identity.secret.clone().unwrap_or_default();
        let greeted = self.stage(raw, observer, async |negotiation| {
            component::shake_hands(negotiation, header, &secret).await?;
            jid_of(&self.identity.domain)
        });
        let (raw, jid) = greeted.await?;
        Ok(Session { raw, jid })
    }
}

impl Initiator<'_> {
    /// Opens a stream, encrypted in this way if any.
    pub(super) async fn open_with(
        self,
        raw: RawStream,
        encryption: Option<Encryption>,
        observer: Observer<'_>,
    ) -> Result<Opened, Box<Stopped>> {
        let (kind, domain) = (self.identity.stream, self.identity.domain.as_str());
        let opened = self.stage(raw, observer, async |negotiation| {
            match (kind, encryption) {
                (StreamKind::Client, Some(encryption)) => {
                    let (header, features) = open_secured(negotiation, domain, encryption).await?;
                    Ok((header, Some(features)))
                }
                (StreamKind::Client, None) => {
                    let (header, features) = open_stream(negotiation, domain).await?;
                    Ok((header, Some(features)))
                }
                (StreamKind::Component, _) => {
                    Ok((component::open(negotiation, domain).await?, None))
                }
            }
        });
        let (raw, (header, features)) = opened.await?;
        Ok(Opened {
            raw,
            header,
            features,
        })
    }

    /// Does something on a stream that leads it to another stage, or tells where it has stopped.
    pub(super) async fn stage<T>(
        self,
        raw: RawStream,
        observer: Observer<'_>,
        work: impl AsyncFnOnce(&mut Negotiation<'_>) -> Result<T, ConnectErrorKind>,
    ) -> Result<(RawStream, T), Box<Stopped>> {
        let mut negotiation = Negotiation::go_on(raw, self.options, observer);
        match work(&mut negotiation).await {
            Ok(done) => Ok((negotiation.end(), done)),
            Err(kind) => Err(negotiation.stop(self.identity, self.door(), kind)),
        }
    }

    async fn prepare(
        self,
        negotiation: &mut Negotiation<'_>,
        begins_with_tls: bool,
    ) -> Result<(), ConnectErrorKind> {
        if begins_with_tls {
            negotiation.begin_step(LoginStep::DirectTls);
            negotiation.secure(self.certified_name()).await?;
        }
        if let Endpoint::WebSocket(url) = self.endpoint {
            negotiation.begin_step(LoginStep::WebSocket);
            negotiation.open_websocket(url).await?;
        }
        Ok(())
    }

    /// What the server is to be for this identity.
    fn door(&self) -> Door {
        match (self.identity.stream, self.endpoint) {
            (StreamKind::Component, _) => Door::Component,
            (StreamKind::Client, Endpoint::WebSocket(_)) => Door::WebSocket,
            (StreamKind::Client, _) => Door::Client,
        }
    }

    /// What a client logs in as, if it has both a name and a password.
    fn account(&self) -> Option<Account<'_>> {
        let Identity {
            localpart, secret, ..
        } = self.identity;
        let (localpart, password) = localpart.as_deref().zip(secret.as_ref())?;
        Some(Account {
            localpart,
            password,
        })
    }

    /// Whether the options say so: for a client, by the policy or by the URL of a WebSocket.
    pub(super) fn begins_with_tls(self) -> bool {
        match (self.identity.stream, self.endpoint) {
            (StreamKind::Component, _) => false,
            (StreamKind::Client, Endpoint::WebSocket(url)) => url.secure,
            (StreamKind::Client, _) => self.options.login.tls == TlsPolicy::Direct,
        }
    }

    /// When a client's stream is encrypted by STARTTLS.
    pub(super) fn encryption(self) -> Encryption {
        match self.options.login.tls {
            TlsPolicy::Auto => Encryption::WhenOffered,
            TlsPolicy::StartTls => Encryption::Always,
            TlsPolicy::Direct | TlsPolicy::None => Encryption::Never,
        }
    }

    /// The name that the server's certificate must have: the domain's (RFC 6120 §13.7.2.1), or as with everything
    /// that is reached by a URL, the host's in there.
    fn certified_name(&self) -> &str {
        match self.endpoint {
            Endpoint::WebSocket(url) => &url.host,
            Endpoint::Host { .. } | Endpoint::Domain { .. } => &self.identity.domain,
        }
    }
}

/// The JID that a component has.
fn jid_of(domain: &str) -> Result<Jid, ConnectErrorKind> {
    Jid::new(domain).map_err(|error| {
        ConnectErrorKind::Protocol(format!("`{domain}` is no domain of a component: {error}"))
    })
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::super::testing::{
        BIND_FEATURES, FakeDialer, FakeLogin, FakeServer, HEADER, PLAIN, endpoint, romeo, sasl,
        stream_error,
    };
    use super::super::{Closed, Header, StreamEvent, StreamItem};
    use super::*;

    const REFUSED: &str = "<iq type='error' id='scansion-bind'><error type='cancel'><conflict \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";

    /// The result of what Romeo does, with a server that does what the test says. What the server's part returns is
    /// kept until he is done.
    async fn play<T, U>(
        client: impl AsyncFnOnce(Initiator<'_>) -> T,
        server: impl AsyncFnOnce(FakeServer) -> U,
    ) -> T {
        let (dialer, mut servers): (_, UnboundedReceiver<FakeServer>) = FakeDialer::local();
        let initiator = Initiator {
            dialer: &dialer,
            endpoint: &endpoint(),
            identity: &romeo(),
            options: &ConnectOptions::default(),
        };
        let server = async { server(servers.recv().await.expect("a dial")).await };
        tokio::join!(client(initiator), server).0
    }

    fn unobserved() -> impl FnMut(super::super::Wire) + Send {
        |_| {}
    }

    #[tokio::test]
    async fn anything_can_be_written_and_read_before_a_login() {
        let client = async |initiator: Initiator<'_>| {
            let mut raw = initiator.dial(&mut unobserved()).await.unwrap();
            raw.writer
                .send_bytes(&[b"<?xml version='1.0'?>\r\n"])
                .await
                .unwrap();
            let header = Header::of_client("localhost").to_string();
            let header = header.strip_prefix("<?xml version='1.0'?>").unwrap();
            raw.writer.send_bytes(&[header.as_bytes()]).await.unwrap();
            let element = StreamItem::Element("<message/>");
            raw.writer.send(element).await.unwrap();
            raw.writer.send(StreamItem::Footer).await.unwrap();
            let mut events = Vec::new();
            for _ in 0..3 {
                events.push(raw.reader.event().await.unwrap());
            }
            (events, raw.reader.event().await)
        };
        let (events, end) = play(client, async |mut server| {
            server.header().await;
            assert_eq!(server.element().await.name(), "message");
            server.footer().await;
            server.write(HEADER).await;
            server.write("<presence/></stream:stream>").await;
        })
        .await;
        let [
            StreamEvent::Header(header),
            StreamEvent::Element(presence),
            StreamEvent::Footer,
        ] = events.as_slice()
        else {
            panic!("{events:?}");
        };
        assert_eq!(header.id.as_deref(), Some("fake"));
        assert_eq!(presence.name(), "presence");
        assert!(matches!(end, Err(Closed::ConnectionLost(_))), "{end:?}");
    }

    #[tokio::test]
    async fn a_login_can_be_made_stage_by_stage() {
        let client = async |initiator: Initiator<'_>| {
            let mut observer = unobserved();
            let raw = initiator.dial(&mut observer).await?;
            let opened = initiator.open_secured(raw, &mut observer).await;
            let opened = opened.map_err(|stopped| stopped.error)?;
            let offered = opened.features.clone().unwrap();
            assert!(offered.has_child("mechanisms", ns::SASL));
            let logged_in = initiator.log_in(opened, &mut observer).await;
            let logged_in = logged_in.map_err(|stopped| stopped.error)?;
            assert!(logged_in.features.has_child("bind", ns::BIND));
            let bound = initiator.bind(logged_in, &mut observer).await;
            bound.map_err(|stopped| stopped.error)
        };
        let session = play(client, async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server
        });
        assert_eq!(
            session.await.unwrap().jid.as_str(),
            "romeo@localhost/orchard"
        );
    }

    #[tokio::test]
    async fn tls_can_be_started_by_hand() {
        let client = async |initiator: Initiator<'_>| {
            let mut observer = unobserved();
            let raw = initiator.dial(&mut observer).await?;
            let opened = initiator.open(raw, &mut observer).await;
            let mut raw = opened.map_err(|stopped| stopped.error)?.raw;
            let request =
                StreamItem::Element("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
            raw.writer.send(request).await.unwrap();
            raw.reader.event().await.unwrap();
            let secured = initiator.start_tls(raw, &mut observer).await;
            let raw = secured.map_err(|stopped| stopped.error)?;
            let opened = initiator.open(raw, &mut observer).await;
            opened.map_err(|stopped| stopped.error)
        };
        let opened = play(client, async |server| {
            let mut secured = server.start_tls().await.unwrap();
            secured.greet(PLAIN).await;
            secured
        });
        let opened = opened.await.unwrap();
        assert!(!opened.raw.link.security.is_clear());
        assert_eq!(opened.raw.link.features.len(), 2);
    }

    /// Goes all the way, which must end before.
    async fn stopped<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> Box<Stopped> {
        let client = async |initiator: Initiator<'_>| {
            let mut observer = unobserved();
            let opened = initiator.reach(&mut observer).await.unwrap();
            initiator.go_on(opened, &mut observer).await
        };
        let stopped = play(client, server).await.err();
        stopped.expect("the login must be refused")
    }

    /// The name of what the server refused a login by.
    fn refusal(stopped: &Stopped) -> &str {
        let refusal = stopped.refusal.as_ref();
        refusal.expect("the server's words").name()
    }

    #[tokio::test]
    async fn after_a_refusal_the_stream_is_as_the_server_has_left_it() {
        let failure = sasl("failure", "<not-authorized/>");
        let mut stopped = stopped(async |mut server| {
            server.greet(PLAIN).await;
            server.element().await;
            server.write(&failure).await;
            server.write(&failure).await;
            server
        })
        .await;
        assert_eq!(stopped.error.step, LoginStep::Authenticate);
        assert_eq!(refusal(&stopped), "failure");
        let again = stopped.raw.reader.event().await.unwrap();
        assert!(matches!(again, StreamEvent::Element(again) if again.name() == "failure"));
    }

    #[tokio::test]
    async fn every_kind_of_refusal_is_kept() {
        let bound = stopped(async |mut server| {
            server.accept_login().await;
            server.greet(BIND_FEATURES).await;
            server.element().await;
            server.write("<message id='early'/>").await;
            server.write(REFUSED).await;
            server
        });
        let mut bound = bound.await;
        assert_eq!((bound.error.step, refusal(&bound)), (LoginStep::Bind, "iq"));
        let early = bound.raw.reader.event().await.unwrap();
        assert!(matches!(early, StreamEvent::Element(early) if early.name() == "message"));

        let ended = stopped(async |mut server| {
            server.greet(PLAIN).await;
            server.element().await;
            server.write(&stream_error("policy-violation", "no")).await;
        });
        assert_eq!(refusal(&*ended.await), "error");
    }

    #[tokio::test]
    async fn what_is_no_refusal_is_none() {
        let stopped = stopped(async |mut server| {
            server.greet(PLAIN).await;
            server.element().await;
            server.write("<presence/>").await;
            server
        });
        assert_eq!(stopped.await.refusal, None);
    }
}
