//! The whole way from an endpoint to a logged-in session.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use super::component::{see_component, shake_hands};
use super::decoder::Limits;
use super::dial::{Dial, Endpoint, Peer};
use super::error::{ConnectError, ConnectErrorKind, LoginStep};
use super::identity::{Identity, StreamKind};
use super::login::{Client, log_in, open_for_registration, open_stream};
use super::negotiation::{Encryption, Negotiation, take_leave};
use super::sasl::Mechanism;
use super::stream::{Reader, Writer};
use super::tls::{ClientCertificate, TlsError, TlsPolicy, Trust, Unverified, Verification};
use super::wire::Wire;

/// How to connect.
#[derive(Debug, Clone)]
pub struct ConnectOptions {
    /// When a password may be sent in clear.
    pub plaintext: PlaintextPolicy,
    /// Whose certificates are believed.
    pub trust: Trust,
    /// How long each step of a login may take. The dialer has its own patience.
    pub step_timeout: Duration,
    /// How much of one element is accepted.
    pub limits: Limits,
    /// What is known of servers that cannot do TLS.
    pub broken_tls: BrokenTls,
    /// What is particular to one login.
    pub login: LoginOptions,
}

/// By what means somebody logs in. Components have no use for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoginOptions {
    /// When TLS is used.
    pub tls: TlsPolicy,
    /// The only mechanism that will do; none to take the best one.
    pub mechanism: Option<Mechanism>,
    /// A certificate to show to the server.
    pub certificate: Option<ClientCertificate>,
}

impl Default for ConnectOptions {
    fn default() -> Self {
        Self {
            plaintext: PlaintextPolicy::LoopbackOnly,
            trust: Trust::System,
            step_timeout: Duration::from_secs(5),
            limits: Limits::default(),
            broken_tls: BrokenTls::default(),
            login: LoginOptions::default(),
        }
    }
}

/// When a password may be sent in clear, without TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaintextPolicy {
    /// To a server on this machine only.
    LoopbackOnly,
    /// To any server.
    Anywhere,
}

/// A logged-in stream.
pub struct Session {
    /// What the server sends.
    pub reader: Reader,
    /// What we send.
    pub writer: Writer,
    /// The full JID of a client, the domain of a component.
    pub jid: Jid,
    /// The server that was reached.
    pub peer: Peer,
    /// What the user should know about this login.
    pub notices: Vec<Notice>,
    /// What the server offered: its `<stream:features/>`, one after the other (RFC 6120 §4.3.2).
    pub features: Vec<Element>,
}

/// Something about a login that works, but that the user should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Notice {
    /// The password went over the wire in clear.
    PlainWithoutTls,
    /// The server offered TLS, but it did not work, so the connection is in clear.
    TlsFailed {
        /// What went wrong.
        reason: String,
    },
    /// Nobody checked that the certificate is the server's.
    CertificateNotVerified {
        /// The server's domain.
        domain: String,
        /// Why it was not checked.
        reason: Unverified,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::PlainWithoutTls => f.write_str("the password was sent in clear, without TLS"),
            Self::TlsFailed { reason } => write!(f, "the connection is not encrypted: {reason}"),
            Self::CertificateNotVerified { domain, reason } => {
                write!(
                    f,
                    "the certificate of {domain} was not verified, because {reason}"
                )
            }
        }
    }
}

/// Connects and logs in. Everything that is sent and received meanwhile is shown to the observer, without
/// secrets. Dropping the future closes the connection.
///
/// When a server on this machine offers STARTTLS and cannot do it, it is dialled once more and TLS left
/// out, unless it is required.
///
/// # Errors
///
/// When no server is reached, or the login fails; the server has been told goodbye then, if it listened.
pub async fn connect(
    dialer: &dyn Dial,
    endpoint: &Endpoint,
    identity: &Identity,
    options: &ConnectOptions,
    observer: &mut (dyn FnMut(Wire) + Send),
) -> Result<Session, ConnectError> {
    let call = Call {
        dialer,
        endpoint,
        identity,
        options,
        errand: Errand::LogIn,
    };
    call.make(observer).await
}

/// Connects and encrypts as [`connect`] does, and does not log in: for a client that has no account yet, and will send
/// its password in the next stanza (XEP-0077 §3.1). The session's JID is the bare one.
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
    let call = Call {
        dialer,
        endpoint,
        identity,
        options,
        errand: Errand::Register,
    };
    call.make(&mut |_| {}).await
}

/// Connects and sees that a server has a stream for somebody: features for a client (RFC 6120 §4.3.2), a header that no
/// stream error follows for a component. Nobody is logged in.
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
    let call = Call {
        dialer,
        endpoint,
        identity,
        options,
        errand: Errand::Knock,
    };
    let mut unobserved = |_| {};
    let session = call.attempt(Encryption::Never, &mut unobserved).await?;
    take_leave(session.writer).await;
    Ok(())
}

/// Servers that were found to offer STARTTLS without being able to do it, so that not every actor has to
/// find out anew. Copies share what they know.
#[derive(Debug, Clone, Default)]
pub struct BrokenTls(Arc<Mutex<BTreeMap<String, String>>>);

impl BrokenTls {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn reason(&self, endpoint: &Endpoint) -> Option<String> {
        self.known().get(&endpoint.to_string()).cloned()
    }

    fn remember(&self, endpoint: &Endpoint, reason: &str) {
        self.known().insert(endpoint.to_string(), reason.to_owned());
    }
}

/// A fresh server on a developer's machine often offers STARTTLS and has no certificate for it yet. On
/// the loopback interface, where nothing is verified and nobody listens, it can do without.
fn can_go_without_tls(kind: &ConnectErrorKind) -> bool {
    matches!(
        kind,
        ConnectErrorKind::Tls(TlsError::Handshake {
            verification: Verification::Off(Unverified::Loopback),
            ..
        })
    )
}

/// What a stream is opened for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Errand {
    LogIn,
    Register,
    Knock,
}

/// What one call of [`connect`] or [`open`] is about.
struct Call<'a> {
    dialer: &'a dyn Dial,
    endpoint: &'a Endpoint,
    identity: &'a Identity,
    options: &'a ConnectOptions,
    errand: Errand,
}

impl Call<'_> {
    async fn make(&self, observer: &mut (dyn FnMut(Wire) + Send)) -> Result<Session, ConnectError> {
        match self.options.login.tls {
            TlsPolicy::Auto => self.encrypt_if_possible(observer).await,
            TlsPolicy::StartTls => self.attempt(Encryption::Always, observer).await,
            TlsPolicy::Direct | TlsPolicy::None => self.attempt(Encryption::Never, observer).await,
        }
    }

    async fn encrypt_if_possible(
        &self,
        observer: &mut (dyn FnMut(Wire) + Send),
    ) -> Result<Session, ConnectError> {
        let broken_tls = &self.options.broken_tls;
        let reason = match broken_tls.reason(self.endpoint) {
            Some(reason) => reason,
            None => match self.attempt(Encryption::WhenOffered, observer).await {
                Err(error) if can_go_without_tls(&error.kind) => error.kind.to_string(),
                done => return done,
            },
        };
        let mut session = self.attempt(Encryption::WhenRequired, observer).await?;
        broken_tls.remember(self.endpoint, &reason);
        session.notices.insert(0, Notice::TlsFailed { reason });
        Ok(session)
    }

    async fn attempt(
        &self,
        encryption: Encryption,
        observer: &mut (dyn FnMut(Wire) + Send),
    ) -> Result<Session, ConnectError> {
        let dialed = self.dialer.dial(self.endpoint).await;
        let dialed = dialed.map_err(|error| ConnectError {
            step: LoginStep::Dial,
            who: self.identity.to_string(),
            peer: self.endpoint.to_string(),
            kind: ConnectErrorKind::Dial(error),
        })?;
        let begins_with_tls = dialed.begins_with_tls || self.begins_with_tls();
        let mut negotiation = Negotiation::new(dialed, encryption, self.options, observer);
        match self.introduce(&mut negotiation, begins_with_tls).await {
            Ok(jid) => Ok(negotiation.into_session(jid)),
            Err(kind) => Err(fail(negotiation, self.identity, kind).await),
        }
    }
}

impl Call<'_> {
    /// Whether the options say so: for a client, by the policy or by the URL of a WebSocket.
    fn begins_with_tls(&self) -> bool {
        match (self.identity.stream, self.endpoint) {
            (StreamKind::Component, _) => false,
            (StreamKind::Client, Endpoint::WebSocket(url)) => url.secure,
            (StreamKind::Client, _) => self.options.login.tls == TlsPolicy::Direct,
        }
    }

    /// The name that the server's certificate must have: the domain's (RFC 6120 §13.7.2.1), or as with everything
    /// that is reached by a URL, the host's in there.
    fn certified_name(&self) -> &str {
        match self.endpoint {
            Endpoint::WebSocket(url) => &url.host,
            Endpoint::Domain { .. } | Endpoint::Host { .. } => &self.identity.domain,
        }
    }

    /// Begins with TLS and a WebSocket, if that is how it is done here, and goes on to log in.
    async fn introduce(
        &self,
        negotiation: &mut Negotiation<'_>,
        begins_with_tls: bool,
    ) -> Result<Jid, ConnectErrorKind> {
        if begins_with_tls {
            negotiation.begin(LoginStep::DirectTls);
            negotiation.secure(self.certified_name()).await?;
        }
        if let Endpoint::WebSocket(url) = self.endpoint {
            negotiation.begin(LoginStep::WebSocket);
            negotiation.open_websocket(url).await?;
        }
        match self.errand {
            Errand::LogIn => introduce(negotiation, self.identity).await,
            Errand::Register => open_for_registration(negotiation, self.identity).await,
            Errand::Knock => see_stream(negotiation, self.identity).await,
        }
    }
}

async fn introduce(
    negotiation: &mut Negotiation<'_>,
    identity: &Identity,
) -> Result<Jid, ConnectErrorKind> {
    let Identity {
        stream,
        localpart,
        domain,
        resource,
        secret,
    } = identity;
    match stream {
        StreamKind::Client => {
            let client = Client {
                localpart: localpart.as_deref(),
                domain,
                resource: resource.as_deref(),
                password: secret.as_ref(),
            };
            log_in(negotiation, client).await
        }
        StreamKind::Component => {
            let secret = secret.clone().unwrap_or_default();
            shake_hands(negotiation, domain, &secret).await
        }
    }
}

/// Opens a stream, and goes no further.
async fn see_stream(
    negotiation: &mut Negotiation<'_>,
    identity: &Identity,
) -> Result<Jid, ConnectErrorKind> {
    let domain = &identity.domain;
    match identity.stream {
        StreamKind::Client => open_stream(negotiation, domain).await.map(drop)?,
        StreamKind::Component => see_component(negotiation, domain).await?,
    }
    Jid::new(domain)
        .map_err(|error| ConnectErrorKind::Protocol(format!("`{domain}` is no domain: {error}")))
}

async fn fail(
    negotiation: Negotiation<'_>,
    identity: &Identity,
    kind: ConnectErrorKind,
) -> ConnectError {
    let error = ConnectError {
        step: negotiation.step(),
        who: identity.to_string(),
        peer: negotiation.peer.address.clone(),
        kind,
    };
    negotiation.hang_up().await;
    error
}
