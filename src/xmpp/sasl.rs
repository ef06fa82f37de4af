//! Which SASL mechanism to use, and the exchange of its payloads.
//!
//! The mathematics is the library's; here is what it leaves to its users. Payloads are bytes in and bytes
//! out, how they travel is not known here.

use std::fmt;
use std::str::FromStr;

use sasl::client::mechanisms::{Anonymous, Plain, Scram};
use sasl::client::{Mechanism as Client, MechanismError};
use sasl::common::scram::{ScramProvider, Sha1, Sha256};
use sasl::common::{ChannelBinding, Credentials as Secrets};
use thiserror::Error;

use super::identity::Password;
use super::sha512::Sha512;

/// A SASL mechanism by which we can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// By a certificate of ours (RFC 4422 appendix A, XEP-0178).
    External,
    /// By a password that is not sent (RFC 5802), with SHA-512.
    ScramSha512,
    /// By a password that is not sent (RFC 7677), with SHA-256.
    ScramSha256,
    /// By a password that is not sent (RFC 5802), with SHA-1.
    ScramSha1,
    /// By a password that is sent (RFC 4616).
    Plain,
    /// Without telling who we are (RFC 4505).
    Anonymous,
}

impl Mechanism {
    /// All of them, best first.
    pub const ALL: [Self; 6] = [
        Self::External,
        Self::ScramSha512,
        Self::ScramSha256,
        Self::ScramSha1,
        Self::Plain,
        Self::Anonymous,
    ];

    /// Its registered name.
    pub fn name(self) -> &'static str {
        match self {
            Self::External => "EXTERNAL",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// Whether it can be used by somebody who has this.
    fn suits(self, credentials: Credentials) -> bool {
        match self {
            Self::External => credentials.certificate,
            Self::Anonymous => !credentials.password && !credentials.certificate,
            Self::ScramSha512 | Self::ScramSha256 | Self::ScramSha1 | Self::Plain => {
                credentials.password
            }
        }
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That a name is of no mechanism that we have.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{_0:?} is not a mechanism that can be used; there are {names}", names = names())]
pub struct UnknownMechanism(String);

fn names() -> String {
    Mechanism::ALL.map(Mechanism::name).join(", ")
}

impl FromStr for Mechanism {
    type Err = UnknownMechanism;

    fn from_str(name: &str) -> Result<Self, UnknownMechanism> {
        let mut all = Self::ALL.into_iter();
        all.find(|mechanism| mechanism.name().eq_ignore_ascii_case(name))
            .ok_or_else(|| UnknownMechanism(name.to_owned()))
    }
}

/// What there is to log in with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// A name and a password.
    pub password: bool,
    /// A certificate that the server has seen.
    pub certificate: bool,
}

/// More rounds than this are not worked through: a server must not be able to keep us busy for hours.
const MAX_ITERATIONS: u32 = 5_000_000;

/// A user's name and password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) localpart: &'a str,
    pub(super) password: &'a Password,
}

/// What a server did wrong in an exchange.
#[derive(Debug, PartialEq, Error)]
pub(super) enum SaslError {
    #[error("{0}")]
    Library(MechanismError),
    #[error("the server's nonce does not continue the client's")]
    ForeignNonce,
    #[error("the server wants {0} iterations, more than {MAX_ITERATIONS} take too long")]
    TooManyIterations(u32),
}

impl From<MechanismError> for SaslError {
    fn from(error: MechanismError) -> Self {
        Self::Library(error)
    }
}

/// The best mechanism of those offered, or the one that is wanted; none if that cannot be used.
pub(super) fn choose(
    offered: &[String],
    credentials: Credentials,
    wanted: Option<Mechanism>,
) -> Option<Mechanism> {
    let is_offered = |mechanism: &Mechanism| offered.iter().any(|name| name == mechanism.name());
    let is_wanted = |mechanism: &Mechanism| wanted.is_none_or(|wanted| wanted == *mechanism);
    let mut usable = Mechanism::ALL
        .into_iter()
        .filter(|mechanism| mechanism.suits(credentials));
    usable.find(|mechanism| is_offered(mechanism) && is_wanted(mechanism))
}

/// One exchange of payloads.
pub(super) struct Exchange {
    client: Box<dyn Client + Send>,
    mechanism: Mechanism,
    nonce: Option<String>,
}

impl Exchange {
    /// Gets ready to use a mechanism that [`choose`] has chosen for the account.
    pub(super) fn new(
        mechanism: Mechanism,
        account: Option<Account<'_>>,
    ) -> Result<Self, SaslError> {
        let client: Box<dyn Client + Send> = match (mechanism, account) {
            (Mechanism::ScramSha512, Some(account)) => scram::<Sha512>(account)?,
            (Mechanism::ScramSha256, Some(account)) => scram::<Sha256>(account)?,
            (Mechanism::ScramSha1, Some(account)) => scram::<Sha1>(account)?,
            (Mechanism::Plain, Some(account)) => Box::new(Plain::from_credentials(
                Secrets::default()
                    .with_username(account.localpart)
                    .with_password(account.password.reveal()),
            )?),
            _ => Box::new(Anonymous::new()),
        };
        Ok(Self {
            client,
            mechanism,
            nonce: None,
        })
    }

    /// The payload to begin with.
    pub(super) fn initial(&mut self) -> Vec<u8> {
        if self.mechanism == Mechanism::External {
            // Who we are is in the certificate, and we want to act as nobody else (XEP-0178 §2).
            return Vec::new();
        }
        let payload = self.client.initial();
        if self.client.name().starts_with("SCRAM-") {
            self.nonce = field(&payload, "r=").map(str::to_owned);
        }
        payload
    }

    /// The answer to a challenge.
    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, SaslError> {
        if let Some(nonce) = self.nonce.take() {
            check_server_first(challenge, &nonce)?;
        }
        Ok(self.client.response(challenge)?)
    }

    /// Checks what the server proved of itself at the end.
    pub(super) fn finish(&mut self, proof: &[u8]) -> Result<(), SaslError> {
        Ok(self.client.success(proof)?)
    }
}

fn scram<S>(account: Account<'_>) -> Result<Box<dyn Client + Send>, MechanismError>
where
    S: ScramProvider + Send + 'static,
{
    let secrets = Secrets::default()
        .with_username(saslname(account.localpart))
        .with_password(account.password.reveal())
        // We do not bind to the channel. The library's default would claim that we could, which a server
        // that offers the -PLUS mechanisms must take for an attack (RFC 5802 §6).
        .with_channel_binding(ChannelBinding::None);
    Ok(Box::new(Scram::<S>::from_credentials(secrets)?))
}

/// A name as SCRAM has it (RFC 5802 §5.1).
fn saslname(localpart: &str) -> String {
    localpart.replace('=', "=3D").replace(',', "=2C")
}

/// What RFC 5802 §5.1 has the client check, and a guard against a count of iterations without measure.
fn check_server_first(challenge: &[u8], client_nonce: &str) -> Result<(), SaslError> {
    let continued = field(challenge, "r=").and_then(|nonce| nonce.strip_prefix(client_nonce));
    if continued.is_none_or(str::is_empty) {
        return Err(SaslError::ForeignNonce);
    }
    match field(challenge, "i=").and_then(|count| count.parse().ok()) {
        Some(count) if count > MAX_ITERATIONS => Err(SaslError::TooManyIterations(count)),
        _ => Ok(()),
    }
}

fn field<'a>(payload: &'a [u8], key: &str) -> Option<&'a str> {
    let payload = std::str::from_utf8(payload).ok()?;
    payload.split(',').find_map(|field| field.strip_prefix(key))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: Credentials = Credentials {
        password: true,
        certificate: false,
    };
    const NOTHING: Credentials = Credentials {
        password: false,
        certificate: false,
    };

    fn chosen(offered: &[&str], credentials: Credentials) -> Option<Mechanism> {
        let offered: Vec<_> = offered.iter().map(|&name| name.to_owned()).collect();
        choose(&offered, credentials, None)
    }

    #[test]
    fn a_mechanism_that_is_wanted_is_used_or_none() {
        let offered = ["PLAIN", "SCRAM-SHA-1"].map(str::to_owned);
        let choose = |wanted| choose(&offered, PASSWORD, Some(wanted));
        assert_eq!(choose(Mechanism::Plain), Some(Mechanism::Plain));
        assert_eq!(choose(Mechanism::ScramSha256), None);
        assert_eq!(choose(Mechanism::External), None);
    }

    #[test]
    fn a_certificate_wins_over_a_password() {
        let both = Credentials {
            password: true,
            certificate: true,
        };
        let offered = ["PLAIN", "EXTERNAL"];
        assert_eq!(chosen(&offered, both), Some(Mechanism::External));
        assert_eq!(chosen(&offered, PASSWORD), Some(Mechanism::Plain));
    }

    #[test]
    fn names_are_read_in_upper_and_lower_case() {
        assert_eq!("plain".parse(), Ok(Mechanism::Plain));
        let error = "SCRAM".parse::<Mechanism>().unwrap_err();
        assert!(error.to_string().contains("SCRAM-SHA-512"), "{error}");
    }

    #[test]
    fn the_best_of_what_is_offered_is_chosen() {
        let all = [
            "PLAIN",
            "X-OWN",
            "SCRAM-SHA-1",
            "SCRAM-SHA-1-PLUS",
            "SCRAM-SHA-256",
        ];
        for (offered, wanted) in [
            (&all[..], Some(Mechanism::ScramSha256)),
            (&all[..4], Some(Mechanism::ScramSha1)),
            (&all[..2], Some(Mechanism::Plain)),
            (
                &["SCRAM-SHA-1", "SCRAM-SHA-512"],
                Some(Mechanism::ScramSha512),
            ),
            (&["ANONYMOUS", "SCRAM-SHA-3-512"], None),
        ] {
            assert_eq!(chosen(offered, PASSWORD), wanted, "{offered:?}");
        }
    }

    #[test]
    fn without_a_password_only_anonymous_will_do() {
        assert_eq!(chosen(&["PLAIN"], NOTHING), None);
        let offered = ["PLAIN", "ANONYMOUS"];
        assert_eq!(chosen(&offered, NOTHING), Some(Mechanism::Anonymous));
    }

    #[test]
    fn names_are_escaped_and_channel_binding_is_not_claimed() {
        let account = Account {
            localpart: "o=ne,two",
            password: &"pw".into(),
        };
        let mut exchange = Exchange::new(Mechanism::ScramSha1, Some(account)).unwrap();
        assert!(exchange.initial().starts_with(b"n,,n=o=3Dne=2Ctwo,r="));
    }

    #[test]
    fn a_servers_first_message_is_checked() {
        let check = |message: &str| check_server_first(message.as_bytes(), "abc");
        assert_eq!(check("r=abcdef,s=AA==,i=4096"), Ok(()));
        assert_eq!(check("r=abc,s=AA==,i=1"), Err(SaslError::ForeignNonce));
        assert_eq!(check("r=xyz,s=AA==,i=1"), Err(SaslError::ForeignNonce));
        assert_eq!(
            check("r=abcdef,s=AA==,i=4000000000"),
            Err(SaslError::TooManyIterations(4_000_000_000))
        );
    }
}
