//! The exchange of payloads by a SASL mechanism: bytes in and bytes out, how they travel is not known here.
//!
//! What the mechanisms say and compute is the library's. Here is what it leaves to its users: who logs in and by what,
//! and the guards against a server that is up to no good.

use std::borrow::Cow;
use std::time::Duration;

use rsasl::callback::{Context, Request, SessionCallback, SessionData};
use rsasl::mechanisms::anonymous::ANONYMOUS;
use rsasl::mechanisms::external::EXTERNAL;
use rsasl::mechanisms::plain::PLAIN;
use rsasl::mechanisms::scram::{
    SCRAM_SHA1, SCRAM_SHA1_PLUS, SCRAM_SHA256, SCRAM_SHA256_PLUS, SCRAM_SHA512, SCRAM_SHA512_PLUS,
};
use rsasl::prelude::{
    Mechanism as Implementation, Mechname, Registry, SASLClient, SASLConfig, SASLError, Session,
    SessionError, State,
};
use rsasl::property::{AuthId, ChannelBindings, OverrideCBType, Password as Secret};
use stringprep::saslprep;
use thiserror::Error;

use super::identity::Password;
use super::sasl::Mechanism;
use super::tls::EndPoint;

/// The library's mechanisms, of which its default list leaves out those that bind.
pub(super) static IMPLEMENTATIONS: &[Implementation] = &[
    SCRAM_SHA512_PLUS,
    SCRAM_SHA256_PLUS,
    SCRAM_SHA1_PLUS,
    SCRAM_SHA512,
    SCRAM_SHA256,
    SCRAM_SHA1,
    PLAIN,
    ANONYMOUS,
    EXTERNAL,
];

/// More rounds than this are not worked through: a server must not be able to keep us busy for hours.
const MAX_ITERATIONS: u32 = 5_000_000;
/// How long an answer may be computed. A slow machine needs some time for a few iterations as well, so it is not the
/// time that a server has for its answers.
pub(super) const COMPUTING: Duration = Duration::from_secs(10);

/// A user's name and password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) localpart: &'a str,
    pub(super) password: &'a Password,
}

/// What went wrong in an exchange.
#[derive(Debug, PartialEq, Error)]
pub(super) enum SaslError {
    #[error("{0}")]
    Library(String),
    #[error("the server's message cannot be read")]
    Unreadable,
    #[error("the server wants {0} iterations, more than {MAX_ITERATIONS} take too long")]
    TooManyIterations(u32),
    #[error("the server wants {0} iterations, and they take longer than {COMPUTING:?}")]
    TooLong(u32),
    #[error("the server did not prove that it knows the password: invalid signature")]
    Forged,
    #[error("the server ended it too early")]
    Unfinished,
    #[error("the server went on after the end")]
    Overlong,
}

impl From<SessionError> for SaslError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::MutualAuthenticationFailed => Self::Forged,
            SessionError::MechanismError(error) => Self::Library(error.to_string()),
            other => Self::Library(other.to_string()),
        }
    }
}

impl From<SASLError> for SaslError {
    fn from(error: SASLError) -> Self {
        Self::Library(error.to_string())
    }
}

/// One exchange of payloads.
pub(super) struct Exchange {
    session: Session,
    mechanism: Mechanism,
    is_finished: bool,
}

impl Exchange {
    /// Gets ready to use a mechanism that [`super::sasl::choose`] has chosen for this account and connection.
    pub(super) fn new(
        mechanism: Mechanism,
        account: Option<Account<'_>>,
        end_point: Option<&EndPoint>,
    ) -> Result<Self, SaslError> {
        let config = SASLConfig::builder()
            .with_registry(Registry::with_mechanisms(IMPLEMENTATIONS))
            .with_callback(Means::new(mechanism, account, end_point))?;
        let name = Mechname::parse(mechanism.name().as_bytes())
            .map_err(|error| SaslError::Library(error.to_string()))?;
        Ok(Self {
            session: SASLClient::new(config).start_suggested_iter([name])?,
            mechanism,
            is_finished: false,
        })
    }

    /// The payload to begin with.
    pub(super) fn initial(&mut self) -> Result<Vec<u8>, SaslError> {
        self.step(None)
    }

    /// The answer to a challenge.
    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, SaslError> {
        if self.is_finished {
            return Err(SaslError::Overlong);
        }
        self.take(challenge)
    }

    /// Checks what the server proved of itself, with its success or in the last challenge.
    pub(super) fn finish(&mut self, proof: &[u8]) -> Result<(), SaslError> {
        if !self.is_finished {
            self.take(proof)?;
        }
        if !self.is_finished {
            return Err(SaslError::Unfinished);
        }
        Ok(())
    }

    fn take(&mut self, payload: &[u8]) -> Result<Vec<u8>, SaslError> {
        if self.mechanism.is_scram() {
            check(payload)?;
        }
        self.step(Some(payload))
    }

    fn step(&mut self, input: Option<&[u8]>) -> Result<Vec<u8>, SaslError> {
        let mut output = Vec::new();
        let state = self.session.step(input, &mut output)?;
        self.is_finished = matches!(state, State::Finished(_));
        Ok(output)
    }
}

/// What there is to log in with, as the library asks for it.
struct Means {
    account: Option<(String, Password)>,
    end_point: Option<EndPoint>,
}

impl Means {
    fn new(
        mechanism: Mechanism,
        account: Option<Account<'_>>,
        end_point: Option<&EndPoint>,
    ) -> Self {
        let account = account.map(
            |Account {
                 localpart,
                 password,
             }| {
                let password = match mechanism.is_scram() {
                    true => prepared(password),
                    false => password.clone(),
                };
                (localpart.to_owned(), password)
            },
        );
        Self {
            account,
            end_point: end_point.filter(|_| mechanism.binds()).cloned(),
        }
    }
}

/// A password as SCRAM computes with it (RFC 5802 §2.2). What may not be prepared goes as it is: whether that is a
/// password is for the server to say.
fn prepared(password: &Password) -> Password {
    let plain = password.reveal();
    Password::from(saslprep(plain).unwrap_or(Cow::Borrowed(plain)).into_owned())
}

impl SessionCallback for Means {
    fn callback(
        &self,
        _: &SessionData,
        _: &Context<'_>,
        request: &mut Request<'_>,
    ) -> Result<(), SessionError> {
        if let Some((localpart, password)) = &self.account {
            request
                .satisfy::<AuthId>(localpart)?
                .satisfy::<Secret>(password.reveal().as_bytes())?;
        }
        if let Some(end_point) = &self.end_point {
            request
                .satisfy::<OverrideCBType>(EndPoint::NAME)?
                .satisfy::<ChannelBindings>(end_point.as_bytes())?;
        }
        Ok(())
    }

    /// Without it, the library says `n`: that the client does not bind. It would say `y`, that it could, if it were
    /// allowed to bind and had a mechanism that does not; which a server that offers the -PLUS mechanisms, perhaps for
    /// other bindings than ours, must take for an attack (RFC 5802 §6).
    fn enable_channel_binding(&self) -> bool {
        self.end_point.is_some()
    }
}

/// Keeps from the library what it does not look at: a count of iterations without measure, and messages that are not
/// made of attributes (RFC 5802 §5.1), on which it would panic.
fn check(message: &[u8]) -> Result<(), SaslError> {
    let mut attributes = message.split(|&byte| byte == b',');
    if !attributes.all(|attribute| attribute.get(1) == Some(&b'=')) {
        return Err(SaslError::Unreadable);
    }
    match iterations(message) {
        Some(count) if count > MAX_ITERATIONS => Err(SaslError::TooManyIterations(count)),
        _ => Ok(()),
    }
}

/// How many iterations a server's message asks for, if it does (RFC 5802 §5.1).
pub(super) fn iterations(message: &[u8]) -> Option<u32> {
    let message = std::str::from_utf8(message).ok()?;
    let count = message
        .split(',')
        .find_map(|attribute| attribute.strip_prefix("i="));
    count?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::testing::FakeLogin;
    use super::*;

    fn exchange(mechanism: Mechanism) -> Exchange {
        let account = Account {
            localpart: "o=ne,two",
            password: &"pw".into(),
        };
        let end_point = EndPoint::from(b"hash".to_vec());
        Exchange::new(mechanism, Some(account), Some(&end_point)).unwrap()
    }

    /// What comes of a challenge; `NONCE` in it is the client's.
    fn after(challenge: &str) -> Result<Vec<u8>, SaslError> {
        let mut exchange = exchange(Mechanism::ScramSha1);
        let initial = String::from_utf8(exchange.initial().unwrap()).unwrap();
        let nonce = initial.rsplit("r=").next().unwrap();
        exchange.respond(challenge.replace("NONCE", nonce).as_bytes())
    }

    #[test]
    fn names_are_escaped_and_channel_binding_is_claimed_only_where_it_is() {
        for (mechanism, header) in [
            (Mechanism::ScramSha512Plus, "p=tls-server-end-point"),
            (Mechanism::ScramSha256Plus, "p=tls-server-end-point"),
            (Mechanism::ScramSha1Plus, "p=tls-server-end-point"),
            (Mechanism::ScramSha512, "n"),
            (Mechanism::ScramSha256, "n"),
            (Mechanism::ScramSha1, "n"),
        ] {
            let initial = exchange(mechanism).initial().unwrap();
            let initial = String::from_utf8(initial).unwrap();
            let begin = format!("{header},,n=o=3Dne=2Ctwo,r=");
            assert!(initial.starts_with(&begin), "{mechanism}: {initial}");
        }
    }

    #[test]
    fn the_simple_mechanisms_say_what_they_have_to_say_at_once() {
        for (mechanism, wanted) in [
            (Mechanism::Plain, &b"\0o=ne,two\0pw"[..]),
            (Mechanism::Anonymous, b""),
            (Mechanism::External, b""),
        ] {
            let mut exchange = exchange(mechanism);
            assert_eq!(exchange.initial(), Ok(wanted.to_vec()), "{mechanism}");
            assert_eq!(exchange.respond(b""), Err(SaslError::Overlong));
            assert_eq!(exchange.finish(b""), Ok(()), "{mechanism}");
        }
    }

    #[test]
    fn a_servers_first_message_is_checked() {
        assert!(after("r=NONCEdef,s=AA==,i=4096").is_ok());
        assert_eq!(
            after("r=NONCEdef,s=AA==,i=4000000000"),
            Err(SaslError::TooManyIterations(4_000_000_000))
        );
        for foreign in ["r=NONCE,s=AA==,i=1", "r=xyz,s=AA==,i=1"] {
            let Err(SaslError::Library(message)) = after(foreign) else {
                panic!("{foreign} is no error");
            };
            assert!(message.contains("nonce"), "{message}");
        }
    }

    #[test]
    fn no_message_makes_us_panic() {
        for message in [
            "",
            ",",
            "r",
            "r=",
            "r=NONCEx",
            "r=NONCEx,",
            "r=NONCEx,s",
            "r=NONCEx,s=AA==",
            "v=",
            "e=",
            "r=NONCEx,s=AA==,",
            "r=NONCEx,s=AA==,i",
            "r=NONCEx,s=AA==,i=",
            "r=NONCEx,s=AA==,i=0",
            "r=NONCEx,s=%,i=1",
            "r=NONCEx,s=AA==,i=-1",
            "m=x,r=NONCEx,s=AA==,i=1",
            "é=",
            "=",
        ] {
            assert!(after(message).is_err(), "{message:?}");
        }
    }

    #[test]
    fn no_last_message_makes_us_panic() {
        for proof in [
            "",
            ",",
            "v",
            "v=",
            "v=%",
            "v=AAAA",
            "e",
            "e=",
            "e=other-error",
            "r=x,s=y,i=1",
        ] {
            let mut exchange = exchange(Mechanism::ScramSha256);
            let initial = String::from_utf8(exchange.initial().unwrap()).unwrap();
            let nonce = initial.rsplit("r=").next().unwrap();
            let first = format!("r={nonce}x,s=AA==,i=1");
            exchange.respond(first.as_bytes()).unwrap();
            assert!(exchange.finish(proof.as_bytes()).is_err(), "{proof:?}");
        }
    }

    #[test]
    fn a_success_in_place_of_a_challenge_is_too_early() {
        let mut exchange = exchange(Mechanism::ScramSha256);
        let initial = String::from_utf8(exchange.initial().unwrap()).unwrap();
        let nonce = initial.rsplit("r=").next().unwrap();
        let first = format!("r={nonce}x,s=AA==,i=1");
        assert_eq!(
            exchange.finish(first.as_bytes()),
            Err(SaslError::Unfinished)
        );
    }

    #[test]
    fn a_server_may_prove_itself_before_its_success() {
        let mut exchange = exchange(Mechanism::ScramSha256Plus);
        let login = FakeLogin::default().with_password("pw").bound_to(b"hash");
        let mut server = login.exchange("SCRAM-SHA-256-PLUS");
        let mut challenge = |payload: Vec<u8>| {
            let mut challenge = Vec::new();
            server.step(Some(&payload), &mut challenge).unwrap();
            challenge
        };
        let first = challenge(exchange.initial().unwrap());
        let last = challenge(exchange.respond(&first).unwrap());
        assert_eq!(exchange.respond(&last), Ok(Vec::new()));
        assert_eq!(exchange.respond(b""), Err(SaslError::Overlong));
        assert_eq!(exchange.finish(b""), Ok(()));
    }
}
