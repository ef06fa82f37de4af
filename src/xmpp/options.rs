//! How to connect, and what the user should know about a connection that came about in another way.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::decoder::Limits;
use super::dial::Endpoint;
use super::mechanism::Mechanism;
use super::tls::{ClientCertificate, TlsPolicy, Trust, Unverified};

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

/// How a client logs in. It does not matter to components.
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

/// Servers that were found to offer STARTTLS without being able to do it, so that not every actor has to
/// find out anew. Copies share what they know.
#[derive(Debug, Clone, Default)]
pub struct BrokenTls(Arc<Mutex<BTreeMap<String, String>>>);

impl BrokenTls {
    fn known(&self) -> MutexGuard<'_, BTreeMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn reason(&self, endpoint: &Endpoint) -> Option<String> {
        self.known().get(&endpoint.to_string()).cloned()
    }

    pub(super) fn remember(&self, endpoint: &Endpoint, reason: &str) {
        self.known().insert(endpoint.to_string(), reason.to_owned());
    }
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
    /// It was not checked that the certificate is the server's.
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
