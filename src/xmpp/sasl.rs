//! Which SASL mechanism to use, and the exchange of its payloads.
//!
//! The mathematics is the library's; here is what it leaves to its users. Payloads are bytes in and bytes
//! out, how they travel is not known here.

use sasl::client::mechanisms::{Anonymous, Plain, Scram};
use sasl::client::{Mechanism as Client, MechanismError};
use sasl::common::scram::{ScramProvider, Sha1, Sha256};
use sasl::common::{ChannelBinding, Credentials as Secrets};
use thiserror::Error;
use xmpp_parsers::sasl::Mechanism;

use super::identity::Password;

/// The mechanisms for a password, best first.
const WITH_PASSWORD: [Mechanism; 3] = [
    Mechanism::ScramSha256,
    Mechanism::ScramSha1,
    Mechanism::Plain,
];

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

/// The best mechanism of those offered; without an account only ANONYMOUS will do.
pub(super) fn choose(offered: &[String], account: Option<Account<'_>>) -> Option<Mechanism> {
    let usable: &[Mechanism] = match account {
        Some(_) => &WITH_PASSWORD,
        None => &[Mechanism::Anonymous],
    };
    let is_offered = |usable: &&Mechanism| {
        let mut offered = offered.iter();
        offered.any(|name| {
            name.parse()
                .is_ok_and(|offered: Mechanism| offered == **usable)
        })
    };
    usable.iter().find(is_offered).cloned()
}

/// One exchange of payloads.
pub(super) struct Exchange {
    client: Box<dyn Client + Send>,
    nonce: Option<String>,
}

impl Exchange {
    /// Gets ready to use a mechanism that [`choose`] has chosen for the account.
    pub(super) fn new(
        mechanism: &Mechanism,
        account: Option<Account<'_>>,
    ) -> Result<Self, SaslError> {
        let client: Box<dyn Client + Send> = match (mechanism, account) {
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
            nonce: None,
        })
    }

    /// The payload to begin with.
    pub(super) fn initial(&mut self) -> Vec<u8> {
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

    fn chosen(offered: &[&str], password: Option<&Password>) -> Option<Mechanism> {
        let offered: Vec<_> = offered.iter().map(|&name| name.to_owned()).collect();
        let account = password.map(|password| Account {
            localpart: "romeo",
            password,
        });
        choose(&offered, account)
    }

    #[test]
    fn the_best_of_what_is_offered_is_chosen() {
        let password = Password::from("pw");
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
            (&["ANONYMOUS", "SCRAM-SHA-512"], None),
        ] {
            assert_eq!(chosen(offered, Some(&password)), wanted, "{offered:?}");
        }
    }

    #[test]
    fn without_a_password_only_anonymous_will_do() {
        assert_eq!(chosen(&["PLAIN"], None), None);
        let offered = ["PLAIN", "ANONYMOUS"];
        assert_eq!(chosen(&offered, None), Some(Mechanism::Anonymous));
    }

    #[test]
    fn names_are_escaped_and_channel_binding_is_not_claimed() {
        let account = Account {
            localpart: "o=ne,two",
            password: &"pw".into(),
        };
        let mut exchange = Exchange::new(&Mechanism::ScramSha1, Some(account)).unwrap();
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
