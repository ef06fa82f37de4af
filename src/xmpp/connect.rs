//! The whole way from an endpoint to a session, and the two shorter ones: to a stream without a login, and to its
//! features.

use jid::Jid;

use super::authentication::allow_plaintext;
use super::component;
use super::dial::{Dial, Endpoint};
use super::error::{ConnectError, ConnectErrorKind, LoginStep};
use super::features::{Encryption, allow_clear};
use super::identity::{Identity, StreamKind};
use super::initiator::Initiator;
use super::inquiry;
use super::negotiation::Observer;
use super::options::{ConnectOptions, Notice};
use super::stage::{LoggedIn, Milestone, NotReached, Opened, Session, Stage, Stopped, take_leave};
use super::tls::{TlsError, TlsPolicy, Unverified, Verification};
use super::wire::Wire;

/// Connects and logs in. Everything that is sent and received meanwhile is shown to the observer, without
/// secrets. Dropping the future closes the connection.
///
/// When a server on this machine offers STARTTLS and cannot do it, it is dialled once more and TLS left
/// out, unless it is required.
///
/// # Errors
///
/// When no server is reached, or the login fails; our side of the stream has been closed then, if the server still read
/// it.
pub async fn connect(
    dialer: &dyn Dial,
    endpoint: &Endpoint,
    identity: &Identity,
    options: &ConnectOptions,
    observer: &mut (dyn FnMut(Wire) + Send),
) -> Result<Session, ConnectError> {
    let initiator = Initiator {
        dialer,
        endpoint,
        identity,
        options,
    };
    let opened = initiator.reach(&mut *observer).await?;
    match initiator.go_on(opened, &mut *observer).await {
        Ok(session) => Ok(session),
        Err(stopped) => Err(stopped.hang_up(observer).await),
    }
}

/// Connects and encrypts as [`connect`] does, and does not log in: for a client that does not have an account yet, and
/// will send its password in the next stanza (XEP-0077 §3.1). The session's JID is the bare one.
///
/// # Errors
///
/// When no server is reached, the stream does not come about, or the password would have to go over a network in clear.
pub async fn open(
    dialer: &dyn Dial,
    endpoint: &Endpoint,
    identity: &Identity,
    options: &ConnectOptions,
) -> Result<Session, ConnectError> {
    let initiator = Initiator {
        dialer,
        endpoint,
        identity,
        options,
    };
    let mut unobserved = |_| {};
    let opened = initiator.reach(&mut unobserved).await?;
    let allowed = initiator.stage(opened.raw, &mut unobserved, async |negotiation| {
        negotiation.begin_step(LoginStep::Features);
        if negotiation.link.security.is_clear() {
            if let Some(features) = &opened.features {
                allow_clear(negotiation, features)?;
            }
            allow_plaintext(negotiation)?;
        }
        Jid::new(&identity.to_string())
            .map_err(|error| ConnectErrorKind::Protocol(format!("`{identity}` is no JID: {error}")))
    });
    match allowed.await {
        Ok((raw, jid)) => Ok(Session { raw, jid }),
        Err(stopped) => Err(stopped.hang_up(&mut unobserved).await),
    }
}

/// Connects and sees that a server has a stream for an identity: features for a client (RFC 6120 §4.3.2), for a
/// component a header that no stream error follows. It does not log in.
///
/// # Errors
///
/// When it has none, or no server is reached.
pub async fn knock(
    dialer: &dyn Dial,
    endpoint: &Endpoint,
    identity: &Identity,
    options: &ConnectOptions,
) -> Result<(), ConnectError> {
    let initiator = Initiator {
        dialer,
        endpoint,
        identity,
        options,
    };
    let mut unobserved = |_| {};
    let raw = initiator.dial(&mut unobserved).await?;
    let seen = match identity.stream {
        StreamKind::Client => {
            let opened = initiator.open(raw, &mut unobserved).await;
            opened.map(|opened| opened.raw)
        }
        StreamKind::Component => {
            let seen = initiator.stage(raw, &mut unobserved, async |negotiation| {
                component::see(negotiation, &identity.domain).await
            });
            seen.await.map(|(raw, ())| raw)
        }
    };
    match seen {
        Ok(raw) => {
            take_leave(raw.writer).await;
            Ok(())
        }
        Err(stopped) => Err(stopped.hang_up(&mut unobserved).await),
    }
}

/// A fresh server on a developer's machine often offers STARTTLS and does not have a certificate for it yet. On the
/// loopback interface, where nothing is verified and no other machine can listen in, the client can do without TLS.
fn can_go_without_tls(kind: &ConnectErrorKind) -> bool {
    matches!(
        kind,
        ConnectErrorKind::Tls(TlsError::Handshake {
            verification: Verification::Off(Unverified::Loopback),
            ..
        })
    )
}

impl Initiator<'_> {
    /// Leads a connection to a milestone: a new one, or one that has not come so far.
    ///
    /// # Errors
    ///
    /// When no server is reached, or it refuses to go on, or breaks the rules.
    pub async fn lead(
        self,
        begun: Option<Stage>,
        milestone: Milestone,
        observer: Observer<'_>,
    ) -> Result<Stage, NotReached> {
        let mut stage = match begun {
            Some(stage) => stage,
            None => self.begin(milestone, &mut *observer).await?,
        };
        while !stage.is_at(milestone) {
            stage = self.next(stage, &mut *observer).await?;
        }
        Ok(stage)
    }

    async fn begin(
        self,
        milestone: Milestone,
        observer: Observer<'_>,
    ) -> Result<Stage, NotReached> {
        match milestone {
            Milestone::Connection => {
                let dialed = self.dial(observer).await;
                dialed.map(Stage::Raw).map_err(NotReached::Unconnected)
            }
            Milestone::Stream | Milestone::Login | Milestone::Session => {
                Ok(Stage::Opened(self.reach_or_stop(observer).await?))
            }
        }
    }

    /// Goes all the way from an open stream to a session.
    ///
    /// # Errors
    ///
    /// When the server refuses it, or breaks the rules.
    pub async fn go_on(
        self,
        opened: Opened,
        observer: Observer<'_>,
    ) -> Result<Session, Box<Stopped>> {
        let mut stage = Stage::Opened(opened);
        loop {
            stage = match stage {
                Stage::Bound(session) => return Ok(session),
                stage => self.next(stage, &mut *observer).await?,
            };
        }
    }

    /// Leads a connection to the next stage.
    async fn next(self, stage: Stage, observer: Observer<'_>) -> Result<Stage, Box<Stopped>> {
        Ok(match (stage, self.identity.stream) {
            (Stage::Raw(raw), _) => Stage::Opened(self.open_secured(raw, observer).await?),
            (Stage::Authenticated(mut raw), _) => {
                raw.restart();
                let Opened {
                    raw,
                    header,
                    features,
                } = self.open(raw, observer).await?;
                Stage::LoggedIn(LoggedIn::new(raw, header, features))
            }
            (Stage::Opened(opened), StreamKind::Client) => {
                Stage::LoggedIn(self.log_in(opened, observer).await?)
            }
            (Stage::Opened(opened), StreamKind::Component) => {
                Stage::Bound(self.shake_hands(opened, observer).await?)
            }
            (Stage::LoggedIn(logged_in), _) => Stage::Bound(self.bind(logged_in, observer).await?),
            (bound @ Stage::Bound(_), _) => bound,
        })
    }

    /// Connects and opens a stream, encrypted as the options say.
    ///
    /// When a server on this machine offers STARTTLS and cannot do it, it is dialled once more and TLS left out, unless
    /// it is required.
    ///
    /// # Errors
    ///
    /// When no server is reached, or the stream does not come about.
    pub async fn reach(self, observer: Observer<'_>) -> Result<Opened, ConnectError> {
        match self.reach_or_stop(&mut *observer).await {
            Ok(opened) => Ok(opened),
            Err(not_reached) => Err(not_reached.hang_up(observer).await),
        }
    }

    async fn reach_or_stop(self, observer: Observer<'_>) -> Result<Opened, NotReached> {
        let reached = match self.options.login.tls {
            TlsPolicy::Auto => self.encrypt_if_possible(&mut *observer).await,
            TlsPolicy::StartTls | TlsPolicy::Direct | TlsPolicy::None => {
                self.attempt(self.encryption(), &mut *observer).await
            }
        };
        match reached {
            // A server that serves one connection at a time answers only when this one is over. Most need not be asked,
            // nor have room for it.
            Err(not_reached) if not_reached.error().is_unheard() => {
                let error = not_reached.hang_up(observer).await;
                let heard = inquiry::ask(self.dialer, self.endpoint, self.begins_with_tls());
                let heard = Box::pin(heard).await;
                Err(NotReached::Unconnected(ConnectError { heard, ..error }))
            }
            reached => reached,
        }
    }

    async fn encrypt_if_possible(self, observer: Observer<'_>) -> Result<Opened, NotReached> {
        let broken_tls = &self.options.broken_tls;
        let reason = match broken_tls.reason(self.endpoint) {
            Some(reason) => reason,
            None => match self.attempt(Encryption::WhenOffered, &mut *observer).await {
                Err(not_reached) if can_go_without_tls(&not_reached.error().kind) => {
                    not_reached.hang_up(&mut *observer).await.kind.to_string()
                }
                done => return done,
            },
        };
        let mut opened = self.attempt(Encryption::WhenRequired, observer).await?;
        broken_tls.remember(self.endpoint, &reason);
        let notices = &mut opened.raw.link.notices;
        notices.insert(0, Notice::TlsFailed { reason });
        Ok(opened)
    }

    async fn attempt(
        self,
        encryption: Encryption,
        observer: Observer<'_>,
    ) -> Result<Opened, NotReached> {
        let dialed = self.dial(&mut *observer).await;
        let raw = dialed.map_err(NotReached::Unconnected)?;
        Ok(self.open_with(raw, Some(encryption), observer).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::super::bind::{BIND_ID, SESSION_ID};
    use super::super::testing::{
        self, BIND_FEATURES, FakeDialer, FakeLogin, FakeServer, HEADER, PLAIN, PROCEED, STARTTLS,
        SUCCESS, bound, play_login, romeo, with_server,
    };
    use super::super::{Closed, Direction, Incoming};
    use super::*;

    const OFFER: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    const REQUIRED: &str =
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";

    #[test]
    fn a_login_can_move_between_threads() {
        fn movable<T: Send>(_: &T) {}
        let (dialer, _servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let (identity, options) = (romeo(), ConnectOptions::default());
        let mut observer = |_| ();
        movable(&connect(
            &dialer,
            &endpoint,
            &identity,
            &options,
            &mut observer,
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_login_closes_the_connection() {
        let (dialer, mut servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let (identity, options) = (romeo(), ConnectOptions::default());
        let mut observer = |_| ();
        let client = connect(&dialer, &endpoint, &identity, &options, &mut observer);
        assert!(timeout(Duration::from_secs(1), client).await.is_err());
        let mut server = servers.recv().await.unwrap();
        server.header().await;
        assert!(server.ended().await);
    }

    #[tokio::test]
    async fn after_the_login_text_goes_both_ways_as_it_is() {
        let played = with_server(async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server.write("<message><body>hi</body></message>").await;
            server
        });
        let mut session = played.await.session();
        let Incoming::Element(message) = session.raw.reader.next().await else {
            panic!("no message");
        };
        assert_eq!(message.name(), "message");
    }

    /// Offers STARTTLS, agrees to it and breaks down.
    async fn fail_at_tls(mut server: FakeServer, features: &str) {
        server.greet(features).await;
        server.element().await;
        server.write(PROCEED).await;
    }

    /// Logs in at a server that fails at TLS, and is dialled again.
    async fn with_broken_tls<T>(
        features: &str,
        options: &ConnectOptions,
        again: impl AsyncFnOnce(FakeServer) -> T,
    ) -> Result<Session, ConnectError> {
        let (dialer, mut servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let identity = romeo();
        let mut observer = |_| ();
        let client = connect(&dialer, &endpoint, &identity, options, &mut observer);
        let server = async {
            fail_at_tls(servers.recv().await.unwrap(), features).await;
            again(servers.recv().await.unwrap()).await
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn on_this_machine_tls_that_does_not_work_is_done_without() {
        let login = FakeLogin::default().with_feature(OFFER);
        let options = ConnectOptions::default();
        let logged_in = with_broken_tls(STARTTLS, &options, async |mut server| {
            server.log_in(&login).await;
            server
        });
        assert_notes_broken_tls(&logged_in.await.unwrap());
        let identity = romeo();
        let next = play_login(&identity, &options, &login);
        assert_notes_broken_tls(&next.await.session());
    }

    #[track_caller]
    fn assert_notes_broken_tls(session: &Session) {
        let notices = &session.raw.link.notices;
        assert!(
            matches!(
                notices[..],
                [Notice::TlsFailed { .. }, Notice::PlainWithoutTls]
            ),
            "{notices:?}"
        );
    }

    #[tokio::test]
    async fn required_tls_that_does_not_work_is_an_error() {
        let required = STARTTLS.replace(OFFER, REQUIRED);
        let options = ConnectOptions::default();
        let failed = with_broken_tls(&required, &options, async |server| {
            fail_at_tls(server, &required).await;
        });
        assert_eq!(failed.await.err().unwrap().step, LoginStep::StartTls);
    }

    #[tokio::test]
    async fn nothing_but_the_login_goes_on_the_wire() {
        let played = with_server(async |mut server| {
            server.greet(PLAIN).await;
            let auth = server.text().await;
            assert!(auth.starts_with("<auth ") && auth.ends_with("AHJvbWVvAHBhc3N3b3Jk</auth>"));
            server.write(SUCCESS).await;
            server.restart();
            server.greet(BIND_FEATURES).await;
            assert!(server.text().await.contains("<resource>orchard</resource>"));
            server
                .write(&bound(BIND_ID, "romeo@localhost/orchard"))
                .await;
            server
        });
        let sent = |wire: &&Wire| wire.direction == Direction::Sent;
        let count = played.await.wires.iter().filter(sent).count();
        assert_eq!(count, 4, "two headers, auth and bind");
    }

    /// A login that demands a session: what the server says, one after the other, each with the step at which the
    /// client is if the server stops before it.
    fn moves() -> Vec<(LoginStep, Wait, String)> {
        let features = BIND_FEATURES.replace(
            "</stream:features>",
            "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></stream:features>",
        );
        vec![
            (LoginStep::StreamHeader, Wait::Header, HEADER.to_owned()),
            (LoginStep::Features, Wait::Nothing, PLAIN.to_owned()),
            (LoginStep::Authenticate, Wait::Element, SUCCESS.to_owned()),
            (LoginStep::StreamHeader, Wait::Header, HEADER.to_owned()),
            (LoginStep::Features, Wait::Nothing, features),
            (
                LoginStep::Bind,
                Wait::Element,
                bound(BIND_ID, "r@localhost/o"),
            ),
            (
                LoginStep::Session,
                Wait::Element,
                format!("<iq type='result' id='{SESSION_ID}'/>"),
            ),
        ]
    }

    /// What a server waits for before it speaks.
    #[derive(Clone, Copy)]
    enum Wait {
        Header,
        Element,
        Nothing,
    }

    async fn play_moves(server: &mut FakeServer, moves: &[(LoginStep, Wait, String)]) {
        for (_, wait, text) in moves {
            match wait {
                Wait::Header => server.header().await,
                Wait::Element => drop(server.element().await),
                Wait::Nothing => {}
            }
            server.write(text).await;
            if text == SUCCESS {
                server.restart();
            }
        }
    }

    #[tokio::test]
    async fn a_demanded_session_is_established() {
        let played = with_server(async |mut server| {
            play_moves(&mut server, &moves()).await;
            server
        });
        assert_eq!(played.await.session().jid.as_str(), "r@localhost/o");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_at_any_step_is_a_timeout_there() {
        let moves = moves();
        for (stop, (step, ..)) in moves.iter().enumerate() {
            let played = with_server(async |mut server| {
                play_moves(&mut server, &moves[..stop]).await;
                server
            });
            let error = played.await.error();
            assert_eq!(error.step, *step);
            assert_eq!(
                error.kind,
                ConnectErrorKind::Timeout(Duration::from_secs(5))
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_at_any_step_is_told_there() {
        let moves = moves();
        for (stop, (step, wait, _)) in moves.iter().enumerate() {
            let played = with_server(async |mut server| {
                play_moves(&mut server, &moves[..stop]).await;
                if let Wait::Element = wait {
                    server.element().await;
                }
                if stop > 0 && !matches!(wait, Wait::Header) {
                    server.write("</stream:stream>").await;
                }
            });
            let error = played.await.error();
            assert_eq!(error.step, *step);
            assert!(
                matches!(
                    error.kind,
                    ConnectErrorKind::Closed(Closed::ByPeer | Closed::ConnectionLost(_))
                ),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn an_observer_sees_everything_but_secrets() {
        let password = "password-of-romeo";
        let mut identity = romeo();
        identity.secret = Some(password.into());
        for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
            let login = FakeLogin::offering(&[mechanism]).with_password(password);
            let options = ConnectOptions::default();
            let played = play_login(&identity, &options, &login);
            let seen: String = played
                .await
                .wires
                .iter()
                .map(|wire| format!("{wire:?}"))
                .collect();
            for shown in [
                "<?xml",
                "<stream:features>",
                mechanism,
                "[redacted]",
                "<jid>",
            ] {
                assert!(seen.contains(shown), "{shown} is not in {seen}");
            }
            // What a SASL payload begins with, in base64: `\0romeo\0…`, `n,,n=…`, `r=…`, `c=biws`, `v=`.
            for secret in [password, "AHJvbWVv", "biwsbj", "cj0", "Yz1iaXdz", "dj0"] {
                assert!(!seen.contains(secret), "{secret} is in {seen}");
            }
        }
    }
}
