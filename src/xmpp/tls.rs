//! TLS on a transport, and whom to trust.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::{Arc, OnceLock};

use thiserror::Error;
use tokio_native_tls::native_tls::{self, Certificate};
use tokio_native_tls::{TlsConnector, TlsStream};

use super::dial::{Peer, ascii_name};
use super::greeting::Greeting;
use super::listening::Listening;
use super::transport::Transport;
use crate::bounded::{self, Most};
use crate::paths::shown;

/// Whose certificates are believed.
#[derive(Debug, Clone, Default)]
pub enum Trust {
    /// Those the system trusts; on the loopback interface, where throw-away servers live, any.
    #[default]
    System,
    /// Those the system trusts and those of these authorities, on the loopback interface too.
    Authorities(Authorities),
    /// Any.
    Anything,
}

/// Certificates of authorities to trust.
#[derive(Clone)]
pub struct Authorities {
    certificates: Vec<Certificate>,
    prepared: Arc<Prepared>,
}

impl Authorities {
    /// Reads the certificates of a PEM file, one or several.
    ///
    /// # Errors
    ///
    /// When there is none in it, or one that cannot be read.
    pub fn from_pem(pem: &[u8]) -> Result<Self, TlsError> {
        let certificates = Certificate::stack_from_pem(pem)
            .map_err(|error| TlsError::UnreadableAuthorities(error.to_string()))?;
        if certificates.is_empty() {
            return Err(TlsError::NoAuthorities);
        }
        Ok(Self {
            certificates,
            prepared: Arc::default(),
        })
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Authorities({} certificates)", self.certificates.len())
    }
}

/// When TLS is used, and how it begins.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum TlsPolicy {
    /// Whenever the server offers it; on the loopback interface it may fail where the server does not insist.
    #[default]
    Auto,
    /// By STARTTLS (RFC 6120 §5), without which there is no login.
    StartTls,
    /// From the first byte (XEP-0368).
    Direct,
    /// Never.
    None,
}

/// The error that a word is no policy.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0:?} is not a way to use TLS; there are auto, starttls, direct and none")]
pub struct UnknownTlsPolicy(String);

impl FromStr for TlsPolicy {
    type Err = UnknownTlsPolicy;

    fn from_str(word: &str) -> Result<Self, UnknownTlsPolicy> {
        match word {
            "auto" => Ok(Self::Auto),
            "starttls" => Ok(Self::StartTls),
            "direct" => Ok(Self::Direct),
            "none" => Ok(Self::None),
            _ => Err(UnknownTlsPolicy(word.to_owned())),
        }
    }
}

/// The certificate by which an actor authenticates itself, and its key: paths of PEM files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The certificate, perhaps followed by those of authorities.
    pub certificate: PathBuf,
    /// Its private key (PKCS #8).
    pub key: PathBuf,
}

impl ClientCertificate {
    fn load(&self) -> Result<native_tls::Identity, TlsError> {
        let read = |path: &PathBuf| {
            let failed = |error: &dyn fmt::Display| {
                TlsError::ClientCertificate(format!("{}: {error}", shown(path)))
            };
            bounded::read(path, Most::ByHand).map_err(|error| failed(&error))
        };
        let (certificate, key) = (read(&self.certificate)?, read(&self.key)?);
        native_tls::Identity::from_pkcs8(&certificate, &key).map_err(|error| {
            let (certificate, key) = (shown(&self.certificate), shown(&self.key));
            TlsError::ClientCertificate(format!("{certificate} with {key}: {error}"))
        })
    }
}

/// Why a connection is not protected by TLS.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TlsError {
    /// TLS is asked for, and the server does not have it.
    #[error("the server does not offer STARTTLS, and it is asked for")]
    NotOffered,
    /// The server insists on TLS, which is not to be used.
    #[error("the server requires STARTTLS, and TLS is not to be used")]
    Required,
    /// The certificate of the actor cannot be used.
    #[error("the actor's certificate cannot be used: {0}")]
    ClientCertificate(String),
    /// The server offered STARTTLS and then would not.
    #[error("the server offered STARTTLS and then refused it")]
    Declined,
    /// Bytes came in clear after the server agreed to TLS; an attacker may have put them there.
    #[error("unencrypted bytes came after <proceed/>, as in a STARTTLS injection attack")]
    Injection,
    /// The handshake failed.
    #[error("TLS with {domain} failed: {reason}")]
    Handshake {
        /// The name asked for.
        domain: String,
        /// What the TLS library says.
        reason: String,
        /// Whether the certificate was checked.
        verification: Verification,
    },
    /// The TLS library cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Setup(String),
    /// A file of authorities holds no certificate.
    #[error("no certificate found, a PEM file is needed")]
    NoAuthorities,
    /// A file of authorities cannot be read.
    #[error("unreadable certificate: {0}")]
    UnreadableAuthorities(String),
}

impl TlsError {
    /// What the user could try.
    pub fn advice(&self) -> Option<String> {
        match self {
            Self::Handshake {
                verification: Verification::On,
                ..
            } => Some(
                "if it is the certificate, give its authority with --ca FILE, or --insecure"
                    .to_owned(),
            ),
            Self::NotOffered => Some(
                "turn on TLS at the server, or give `--tls auto`, or the actor another `tls:`"
                    .to_owned(),
            ),
            Self::Required => Some("give `--tls starttls`, or the actor another `tls:`".to_owned()),
            Self::ClientCertificate(_) => {
                Some("`certificate:` and `key:` are PEM files, the key in PKCS #8".to_owned())
            }
            Self::Handshake { domain, .. } => {
                Some(format!("does the server have a certificate for {domain}?"))
            }
            _ => None,
        }
    }
}

/// Whether a certificate is checked, and if not, why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verification {
    /// It has to be valid.
    On,
    /// It may be anything.
    Off(Unverified),
}

/// Why a certificate is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unverified {
    /// The server is on the loopback interface.
    Loopback,
    /// It was asked for.
    Insecure,
}

impl fmt::Display for Unverified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Loopback => "it is on the loopback interface",
            Self::Insecure => "everything is trusted",
        })
    }
}

/// Whether this peer's certificate is checked.
pub(super) fn verification(trust: &Trust, peer: &Peer) -> Verification {
    match trust {
        Trust::Anything => Verification::Off(Unverified::Insecure),
        Trust::System if peer.loopback => Verification::Off(Unverified::Loopback),
        Trust::System | Trust::Authorities(_) => Verification::On,
    }
}

/// What a login can be bound to: the hash of the certificate that the server showed (`tls-server-end-point`, RFC 5929
/// §4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EndPoint(Vec<u8>);

impl EndPoint {
    /// The registered name of this kind of channel binding.
    pub(super) const NAME: &str = "tls-server-end-point";

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl From<Vec<u8>> for EndPoint {
    fn from(hash: Vec<u8>) -> Self {
        Self(hash)
    }
}

/// A transport that is encrypted.
pub(super) struct Secured {
    pub(super) transport: Box<dyn Transport>,
    /// None for a certificate whose signature does not name a hash, such as Ed25519.
    pub(super) end_point: Option<EndPoint>,
}

impl Secured {
    fn new(stream: TlsStream<Box<dyn Transport>>) -> Self {
        // If it cannot be told, that matters only to a login that wants to bind.
        let hash = stream.get_ref().tls_server_end_point().ok().flatten();
        Self {
            transport: Box::new(stream),
            end_point: hash.map(EndPoint),
        }
    }
}

/// Why a transport could not be encrypted, and what the server is known to speak by its first words.
pub(super) struct Unsecured {
    pub(super) error: TlsError,
    pub(super) heard: Option<Greeting>,
}

impl From<TlsError> for Unsecured {
    fn from(error: TlsError) -> Self {
        Self { error, heard: None }
    }
}

/// Shakes hands on a transport; the certificate must be for the domain, when it is checked.
pub(super) async fn secure(
    transport: Box<dyn Transport>,
    domain: &str,
    trust: &Trust,
    verification: Verification,
    certificate: Option<&ClientCertificate>,
) -> Result<Secured, Unsecured> {
    let connector = match certificate {
        None => prepared(trust, verification)?,
        Some(certificate) => connector(trust, verification, Some(certificate.load()?))?,
    };
    let (listening, heard) = Listening::new(transport);
    let transport: Box<dyn Transport> = Box::new(listening);
    let secured = connector.connect(&ascii_name(domain), transport).await;
    secured.map(Secured::new).map_err(|error| Unsecured {
        heard: heard.greeting(),
        error: TlsError::Handshake {
            domain: domain.to_owned(),
            reason: error.to_string(),
            verification,
        },
    })
}

/// A connector that was made once. Reading what the system trusts takes longer than a login.
type Prepared = OnceLock<TlsConnector>;

static SYSTEM: Prepared = Prepared::new();
static ANYTHING: Prepared = Prepared::new();

/// The connector for clients without a certificate of their own.
fn prepared(trust: &Trust, verification: Verification) -> Result<TlsConnector, TlsError> {
    let place = match (verification, trust) {
        (Verification::Off(_), _) => &ANYTHING,
        (Verification::On, Trust::Authorities(authorities)) => &*authorities.prepared,
        (Verification::On, Trust::System | Trust::Anything) => &SYSTEM,
    };
    if let Some(prepared) = place.get() {
        return Ok(prepared.clone());
    }
    let made = connector(trust, verification, None)?;
    Ok(place.get_or_init(|| made).clone())
}

fn connector(
    trust: &Trust,
    verification: Verification,
    identity: Option<native_tls::Identity>,
) -> Result<TlsConnector, TlsError> {
    let mut builder = native_tls::TlsConnector::builder();
    if let Some(identity) = identity {
        builder.identity(identity);
    }
    if let Verification::Off(_) = verification {
        builder.danger_accept_invalid_certs(true);
        builder.danger_accept_invalid_hostnames(true);
    }
    if let Trust::Authorities(authorities) = trust {
        for certificate in &authorities.certificates {
            builder.add_root_certificate(certificate.clone());
        }
    }
    let built = builder.build().map(TlsConnector::from);
    built.map_err(|error| TlsError::Setup(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::super::testing::CERTIFICATE;
    use super::*;

    fn peer(loopback: bool) -> Peer {
        Peer {
            address: "peer".into(),
            loopback,
        }
    }

    #[test]
    fn reads_several_authorities_of_one_file() {
        let two = CERTIFICATE.repeat(2);
        let authorities = Authorities::from_pem(two.as_bytes()).unwrap();
        assert_eq!(format!("{authorities:?}"), "Authorities(2 certificates)");
    }

    #[test]
    fn a_file_without_a_certificate_is_an_error() {
        assert_eq!(
            Authorities::from_pem(b"hello").unwrap_err(),
            TlsError::NoAuthorities
        );
    }

    #[test]
    fn only_loopback_or_the_user_turns_verification_off() {
        let authorities = Authorities::from_pem(CERTIFICATE.as_bytes()).unwrap();
        let given = Trust::Authorities(authorities);
        let insecure = Verification::Off(Unverified::Insecure);
        let local = Verification::Off(Unverified::Loopback);
        assert_eq!(verification(&Trust::System, &peer(true)), local);
        assert_eq!(verification(&Trust::System, &peer(false)), Verification::On);
        assert_eq!(verification(&given, &peer(true)), Verification::On);
        assert_eq!(verification(&Trust::Anything, &peer(false)), insecure);
    }
}
