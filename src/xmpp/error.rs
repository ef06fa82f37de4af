//! Why a connection did not come about, at which step, and what to try.

use std::fmt;
use std::time::Duration;

use thiserror::Error;

use super::closed::Closed;
use super::dial::DialError;
use super::greeting::{Greeting, Protocol};
use super::mechanism::Mechanism;
use super::refusal::Refusal;
use super::sasl::{Binding, Credentials, list};
use super::tls::{EndPoint, TlsError};
use super::websocket::WebSocketError;

/// The steps of a login, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginStep {
    /// Finding the server and connecting to it.
    Dial,
    /// Beginning with TLS (XEP-0368).
    DirectTls,
    /// Opening a WebSocket (RFC 7395 §3.1).
    WebSocket,
    /// Exchanging stream headers (RFC 6120 §4.2).
    StreamHeader,
    /// Waiting for the stream features (RFC 6120 §4.3).
    Features,
    /// Going over to TLS (RFC 6120 §5).
    StartTls,
    /// Authentication by SASL (RFC 6120 §6).
    Authenticate,
    /// Binding a resource (RFC 6120 §7).
    Bind,
    /// Establishing a session (RFC 3921 §3).
    Session,
    /// A component's handshake (XEP-0114 §3).
    Handshake,
}

impl fmt::Display for LoginStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Dial => "connection",
            Self::DirectTls => "direct TLS",
            Self::WebSocket => "the opening of the WebSocket",
            Self::StreamHeader => "the stream header",
            Self::Features => "the stream features",
            Self::StartTls => "STARTTLS",
            Self::Authenticate => "authentication",
            Self::Bind => "resource binding",
            Self::Session => "session establishment",
            Self::Handshake => "the component handshake",
        })
    }
}

/// What a server was to be: it says which option leads to another one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Door {
    /// One for clients, over TCP.
    Client,
    /// One for components (XEP-0114).
    Component,
    /// One for clients, by WebSocket (RFC 7395).
    WebSocket,
}

impl Door {
    /// The option that leads elsewhere, with what it takes.
    pub(super) fn option(self) -> &'static str {
        match self {
            Self::Client => "--server HOST:PORT",
            Self::Component => "--component-server HOST:PORT",
            Self::WebSocket => "--transport URL",
        }
    }
}

/// A connection that did not come about.
#[derive(Debug, Clone, PartialEq, Error)]
#[error("{}", self.describe())]
pub struct ConnectError {
    /// Where it stopped.
    pub step: LoginStep,
    /// The client or component that wanted to log in, as a bare JID.
    pub who: String,
    /// The address that was reached, or else what was dialled.
    pub peer: String,
    /// What the server was to be.
    pub door: Door,
    /// What it is known to speak, if anything is known.
    pub heard: Option<Greeting>,
    /// What happened.
    pub kind: ConnectErrorKind,
}

/// What went wrong with a connection.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum ConnectErrorKind {
    /// No server was reached.
    #[error(transparent)]
    Dial(#[from] DialError),
    /// The server took longer than the time for one step.
    #[error("no answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// The stream ended early: closed, lost, ended by a stream error or not XMPP at all.
    #[error("{0}")]
    Closed(Closed),
    /// The server said no.
    #[error("refused: {0}")]
    Refused(Refusal),
    /// The server said no to a login.
    #[error("refused: {}", login_refused(refusal, *mechanism))]
    LoginRefused {
        /// What the server said.
        refusal: Refusal,
        /// The mechanism by which the client tried.
        mechanism: Mechanism,
    },
    /// TLS did not come about.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The WebSocket did not come about.
    #[error(transparent)]
    WebSocket(#[from] WebSocketError),
    /// The server offers no way to log in that we have and could use.
    #[error("{}", no_mechanism(offered, *wanted, *credentials))]
    NoMechanism {
        /// What the server offers.
        offered: Vec<String>,
        /// The one that must be used.
        wanted: Option<Mechanism>,
        /// Whether there was a password or a certificate to log in with.
        credentials: Credentials,
    },
    /// The password would have to be sent in clear to another machine.
    #[error("the password would go over the network in clear: only PLAIN is offered, without TLS")]
    PlaintextRefused,
    /// The server broke the rules of the login.
    #[error("{0}")]
    Protocol(String),
}

fn no_mechanism(offered: &[String], wanted: Option<Mechanism>, credentials: Credentials) -> String {
    let offered_ones = list(offered);
    match wanted {
        Some(wanted) if wanted.binds() && credentials.binding == Binding::WithoutTls => {
            format!("{wanted} binds the login to TLS, and there is no TLS")
        }
        Some(wanted) if wanted.binds() && credentials.binding == Binding::NoHash => format!(
            "{wanted} binds the login to the server's certificate, and that one has no hash to bind to"
        ),
        Some(wanted) if offered.iter().any(|name| name == wanted.name()) => {
            format!("the actor does not have what {wanted} takes to log in")
        }
        Some(wanted) => format!("the server does not offer {wanted}, but {offered_ones}"),
        None => format!("no usable SASL mechanism among those offered ({offered_ones})"),
    }
}

fn login_refused(refusal: &Refusal, mechanism: Mechanism) -> String {
    let name = EndPoint::NAME;
    match mechanism.binds() {
        true => format!("{refusal}; {mechanism} was bound to the server's certificate ({name})"),
        false => refusal.to_string(),
    }
}

impl From<Closed> for ConnectErrorKind {
    fn from(closed: Closed) -> Self {
        Self::Closed(closed)
    }
}

impl ConnectErrorKind {
    /// Whether it is the server's no to the login, which it said on the stream.
    pub(super) fn is_refusal(&self) -> bool {
        match self {
            Self::Refused(_)
            | Self::LoginRefused { .. }
            | Self::Closed(Closed::StreamError { .. }) => true,
            Self::Dial(_)
            | Self::Timeout(_)
            | Self::Closed(_)
            | Self::Tls(_)
            | Self::WebSocket(_)
            | Self::NoMechanism { .. }
            | Self::PlaintextRefused
            | Self::Protocol(_) => false,
        }
    }
}

impl ConnectError {
    /// Whether it says the same of all who connect there: nobody answers, or what does speaks something else.
    pub fn is_of_server(&self) -> bool {
        let is_dial = self.step == LoginStep::Dial && !self.is_of_open_files();
        is_dial || self.heard.is_some()
    }

    /// Whether it says the same of all who log in at this domain.
    pub fn is_of_domain(&self) -> bool {
        let is_of_tls = matches!(self.kind, ConnectErrorKind::Tls(TlsError::Handshake { .. }));
        is_of_tls || self.is_of_unknown_domain()
    }

    /// Whether the server says that it does not have the domain (RFC 6120 §4.9.3.6).
    pub fn is_of_unknown_domain(&self) -> bool {
        match &self.kind {
            ConnectErrorKind::Closed(Closed::StreamError { condition, .. }) => {
                condition == "host-unknown"
            }
            _ => false,
        }
    }

    fn describe(&self) -> String {
        let Self {
            step,
            who,
            peer,
            kind,
            ..
        } = self;
        match (step, kind) {
            (LoginStep::Dial, kind) => kind.to_string(),
            (LoginStep::Handshake, ConnectErrorKind::Refused(refusal)) => {
                format!("login of {who} refused by {peer}: {refusal}")
            }
            (_, ConnectErrorKind::LoginRefused { refusal, mechanism }) => {
                let refusal = login_refused(refusal, *mechanism);
                format!("login of {who} refused by {peer}: {refusal}")
            }
            (step, ConnectErrorKind::Refused(refusal)) => {
                format!("{step} of {who} refused by {peer}: {refusal}")
            }
            (step, kind) => {
                let why = match (kind, self.other_protocol()) {
                    (kind, None) => kind.to_string(),
                    (ConnectErrorKind::Closed(Closed::NotXmpp(_)), Some(other)) => {
                        format!("{other} answered in the place of XMPP")
                    }
                    (ConnectErrorKind::Tls(TlsError::Handshake { .. }), Some(other)) => {
                        format!("{other} answered in the place of TLS")
                    }
                    (kind, Some(other)) => format!("{kind}; {other} answers at this port"),
                };
                format!("login of {who} at {peer} failed during {step}: {why}")
            }
        }
    }

    /// What the server speaks, if that is something else than what was asked for at this step.
    pub(super) fn other_protocol(&self) -> Option<&Greeting> {
        self.heard.as_ref().filter(|heard| match heard.protocol {
            Protocol::Xmpp => self.step == LoginStep::DirectTls,
            Protocol::Tls => !matches!(self.step, LoginStep::DirectTls | LoginStep::StartTls),
            _ => true,
        })
    }

    /// Whether the server hung up or was silent before its first word.
    pub(super) fn is_unheard(&self) -> bool {
        let is_over = matches!(
            (self.step, &self.kind),
            (
                LoginStep::StreamHeader | LoginStep::DirectTls,
                ConnectErrorKind::Timeout(_)
            ) | (
                LoginStep::StreamHeader,
                ConnectErrorKind::Closed(Closed::ConnectionLost(_))
            ) | (
                LoginStep::DirectTls,
                ConnectErrorKind::Tls(TlsError::Handshake { .. })
            )
        );
        is_over && self.heard.is_none()
    }

    /// Whether it is that no more files could be opened.
    pub(crate) fn is_of_open_files(&self) -> bool {
        matches!(&self.kind, ConnectErrorKind::Dial(error) if error.is_of_open_files())
    }

    /// Whether it can come of too few files that may be open, on either side.
    pub(crate) fn can_be_of_open_files(&self) -> bool {
        match &self.kind {
            ConnectErrorKind::Dial(DialError::Unreachable { .. })
            | ConnectErrorKind::Timeout(_) => true,
            ConnectErrorKind::Closed(closed) => !matches!(closed, Closed::StreamError { .. }),
            ConnectErrorKind::Dial(DialError::NotOffered { .. })
            | ConnectErrorKind::Refused(_)
            | ConnectErrorKind::LoginRefused { .. }
            | ConnectErrorKind::Tls(_)
            | ConnectErrorKind::WebSocket(_)
            | ConnectErrorKind::NoMechanism { .. }
            | ConnectErrorKind::PlaintextRefused
            | ConnectErrorKind::Protocol(_) => false,
        }
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in crate::xmpp) fn error(step: LoginStep, kind: ConnectErrorKind) -> ConnectError {
        ConnectError {
            step,
            who: "romeo@localhost".into(),
            peer: "127.0.0.1:5222".into(),
            door: Door::Client,
            heard: None,
            kind,
        }
    }

    #[test]
    fn a_refused_login_reads_well() {
        let refusal = Refusal {
            condition: "not-authorized".into(),
            text: None,
        };
        let mechanism = Mechanism::ScramSha256;
        let refused = ConnectErrorKind::LoginRefused { refusal, mechanism };
        let error = error(LoginStep::Authenticate, refused);
        assert_eq!(
            error.to_string(),
            "login of romeo@localhost refused by 127.0.0.1:5222: not-authorized"
        );
        assert!(error.advice().unwrap().contains("`password:`"));
    }

    #[test]
    fn a_failed_step_is_named() {
        let timeout = ConnectErrorKind::Timeout(Duration::from_millis(1500));
        assert_eq!(
            error(LoginStep::Features, timeout).to_string(),
            "login of romeo@localhost at 127.0.0.1:5222 failed during the stream features: \
             no answer within 1.5 s"
        );
    }

    #[test]
    fn a_certificate_without_a_hash_is_told() {
        let kind = ConnectErrorKind::NoMechanism {
            offered: vec!["SCRAM-SHA-1-PLUS".into()],
            wanted: Some(Mechanism::ScramSha1Plus),
            credentials: Credentials {
                password: true,
                certificate: false,
                binding: Binding::NoHash,
            },
        };
        let error = error(LoginStep::Authenticate, kind);
        assert!(error.to_string().contains("has no hash"), "{error}");
        assert_eq!(
            error.advice().unwrap(),
            "give the server a certificate with a signature by RSA or ECDSA, or try SCRAM-SHA-1 as `mechanism:` \
             or --mechanism, which does not bind"
        );
    }
}
