//! The exchange of payloads by a SASL mechanism: bytes in and bytes out, how they travel is not known here.
//!
//! What the mechanisms say and compute is the library's, or of [`super::providers`] in its stead. Here is what the
//! library leaves to its users: the guards against a hostile server.

use std::time::Duration;

use ::sasl::client::{Mechanism as Client, MechanismError};
use thiserror::Error;

use super::downgrade::is_genuine;
use super::mechanism::{Hash, Means, Mechanism, NoMeans};
use super::sasl::Offer;
use super::scram::{First, ScramError, check_last};

/// More rounds than this are not worked through: a server must not be able to keep us busy for hours.
const MAX_ITERATIONS: u32 = 5_000_000;
/// How long an answer may be computed. A slow machine needs some time for a few iterations as well, so it is not the
/// time that a server has for its answers.
pub(super) const COMPUTING: Duration = Duration::from_secs(10);

/// What went wrong in an exchange.
#[derive(Debug, PartialEq, Error)]
pub(super) enum SaslError {
    #[error(transparent)]
    Means(#[from] NoMeans),
    #[error("{0}")]
    Library(MechanismError),
    #[error(transparent)]
    Message(#[from] ScramError),
    #[error("the computation broke off")]
    BrokenOff,
    #[error("the server wants {0} iterations, more than {MAX_ITERATIONS} take too long")]
    TooManyIterations(String),
    #[error("the server wants {0} iterations, and they take longer than {COMPUTING:?}")]
    TooLong(u32),
    #[error(
        "the server's hash is of another offer than the one that came (XEP-0474), as if somebody on the way had \
         weakened it; what came: {0}"
    )]
    Downgrade(Offer),
    #[error("the server did not prove that it knows the password: invalid signature")]
    Forged,
    #[error("the server did not prove that it knows the password: no signature")]
    Unproven,
    #[error("the server ended it too early")]
    Unfinished,
    #[error("the server went on after the end")]
    Overlong,
}

impl From<MechanismError> for SaslError {
    fn from(error: MechanismError) -> Self {
        match error {
            MechanismError::InvalidSignatureInSuccessResponse => Self::Forged,
            other => Self::Library(other),
        }
    }
}

/// One exchange of payloads.
pub(super) struct Exchange {
    client: Box<dyn Client + Send>,
    offer: Offer,
    stage: Stage,
}

/// What the server has to say next.
enum Stage {
    /// The first message of SCRAM, to a client with this nonce.
    First { nonce: String, hash: Hash },
    /// The last message of SCRAM.
    Last,
    /// Nothing.
    Done,
}

impl Exchange {
    /// Begins with a mechanism that [`super::sasl::choose`] has chosen for these means among what the server offers;
    /// the payload to begin with comes along.
    pub(super) fn begin(
        mechanism: Mechanism,
        means: Means<'_>,
        offer: Offer,
    ) -> Result<(Self, Vec<u8>), SaslError> {
        let mut client = mechanism.client(means)?;
        let initial = client.initial();
        let stage = match mechanism.hash() {
            Some(hash) => Stage::First {
                nonce: nonce(&initial),
                hash,
            },
            None => Stage::Done,
        };
        let exchange = Self {
            client,
            offer,
            stage,
        };
        Ok((exchange, initial))
    }

    /// The response to a challenge.
    pub(super) fn respond(&mut self, challenge: &[u8]) -> Result<Vec<u8>, SaslError> {
        match &self.stage {
            Stage::First { nonce, hash } => {
                self.check_first(challenge, nonce, *hash)?;
                let response = self.client.response(challenge)?;
                self.stage = Stage::Last;
                Ok(response)
            }
            Stage::Last => self.verify(challenge).map(|()| Vec::new()),
            Stage::Done => Err(SaslError::Overlong),
        }
    }

    /// Checks what the server proved of itself, with its success or in the last challenge.
    pub(super) fn finish(&mut self, proof: &[u8]) -> Result<(), SaslError> {
        match self.stage {
            Stage::First { .. } => Err(SaslError::Unfinished),
            Stage::Last if proof.is_empty() => Err(SaslError::Unproven),
            Stage::Last => self.verify(proof),
            Stage::Done => Ok(()),
        }
    }

    /// What the library does not look at.
    fn check_first(&self, message: &[u8], nonce: &str, hash: Hash) -> Result<(), SaslError> {
        let first = First::read(message)?;
        first.check_nonce(nonce)?;
        check_iterations(first.iterations)?;
        let mut told = first.extension('h');
        match told.all(|told| is_genuine(&self.offer, told, hash)) {
            true => Ok(()),
            false => Err(SaslError::Downgrade(self.offer.clone())),
        }
    }

    fn verify(&mut self, message: &[u8]) -> Result<(), SaslError> {
        check_last(message)?;
        self.client.success(message)?;
        self.stage = Stage::Done;
        Ok(())
    }
}

/// The client's nonce, with which the first message of SCRAM ends.
fn nonce(initial: &[u8]) -> String {
    let initial = String::from_utf8_lossy(initial);
    let nonce = initial.rsplit_once(",r=").map(|(_, nonce)| nonce);
    nonce.unwrap_or_default().to_owned()
}

/// Refuses a count of iterations that is far too high.
fn check_iterations(count: &str) -> Result<(), SaslError> {
    match count.parse::<u32>() {
        Ok(..=MAX_ITERATIONS) => Ok(()),
        _ if count.len() > 12 => Err(SaslError::TooManyIterations(format!("{}…", &count[..12]))),
        _ => Err(SaslError::TooManyIterations(count.to_owned())),
    }
}

/// How many iterations a server's message asks for, if it does (RFC 5802 §5.1).
pub(super) fn iterations(message: &[u8]) -> Option<u32> {
    First::read(message).ok()?.iterations.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::super::mechanism::Account;
    use super::super::testing::FakeLogin;
    use super::super::tls::EndPoint;
    use super::*;

    fn begin(mechanism: Mechanism, offer: Offer) -> (Exchange, String) {
        let account = Account {
            localpart: "o=ne,two",
            password: &"pw".into(),
        };
        let end_point = EndPoint::from(b"hash".to_vec());
        let means = Means {
            account: Some(account),
            end_point: Some(&end_point),
        };
        let (exchange, initial) = Exchange::begin(mechanism, means, offer).unwrap();
        (exchange, String::from_utf8(initial).unwrap())
    }

    /// The result of a challenge; `NONCE` in it is the client's nonce.
    fn after(challenge: &str) -> Result<Vec<u8>, SaslError> {
        let (mut exchange, initial) = begin(Mechanism::ScramSha1, Offer::default());
        let nonce = initial.rsplit(",r=").next().unwrap();
        exchange.respond(challenge.replace("NONCE", nonce).as_bytes())
    }

    const SCRAM: [Mechanism; 6] = [
        Mechanism::ScramSha512Plus,
        Mechanism::ScramSha256Plus,
        Mechanism::ScramSha1Plus,
        Mechanism::ScramSha512,
        Mechanism::ScramSha256,
        Mechanism::ScramSha1,
    ];

    #[test]
    fn names_are_escaped_and_channel_binding_is_claimed_only_where_it_is() {
        for mechanism in SCRAM {
            let header = match mechanism.binds() {
                true => "p=tls-server-end-point",
                false => "n",
            };
            let (_, initial) = begin(mechanism, Offer::default());
            let begin = format!("{header},,n=o=3Dne=2Ctwo,r=");
            assert!(initial.starts_with(&begin), "{mechanism}: {initial}");
        }
    }

    #[test]
    fn no_nonce_comes_twice() {
        let initial = || begin(Mechanism::ScramSha256, Offer::default()).1;
        assert_ne!(initial(), initial());
    }

    #[test]
    fn the_simple_mechanisms_say_what_they_have_to_say_at_once() {
        for (mechanism, wanted) in [
            (Mechanism::Plain, "\0o=ne,two\0pw"),
            (Mechanism::Anonymous, ""),
            (Mechanism::External, ""),
        ] {
            let (mut exchange, initial) = begin(mechanism, Offer::default());
            assert_eq!(initial, wanted, "{mechanism}");
            assert_eq!(exchange.respond(b""), Err(SaslError::Overlong));
            assert_eq!(exchange.finish(b""), Ok(()), "{mechanism}");
        }
    }

    #[test]
    fn a_servers_first_message_is_checked() {
        assert!(after("r=NONCEdef,s=AA==,i=4096").is_ok());
        for (count, told) in [
            ("5000001", "5000001"),
            ("4000000000", "4000000000"),
            ("99999999999999999999", "999999999999…"),
        ] {
            assert_eq!(
                after(&format!("r=NONCEdef,s=AA==,i={count}")),
                Err(SaslError::TooManyIterations(told.to_owned()))
            );
        }
        for (message, error) in [
            ("r=NONCE,s=AA==,i=1", ScramError::StaleNonce),
            ("r=xyz,s=AA==,i=1", ScramError::ForeignNonce),
            ("m=x,r=NONCEdef,s=AA==,i=1", ScramError::Extension),
            ("e=no-resources", ScramError::Refused("no-resources".into())),
        ] {
            assert_eq!(after(message), Err(SaslError::Message(error)), "{message}");
        }
    }

    #[test]
    fn no_message_makes_us_panic() {
        for message in [
            "", ",", "r", "r=", "r=NONCEx", "v=", "e=", "é=", "=", "\0", "m",
        ] {
            assert!(after(message).is_err(), "{message:?}");
        }
    }

    /// An exchange after the first message of this server, and the last one.
    fn answered(mechanism: Mechanism, offer: Offer, login: &FakeLogin) -> (Exchange, String) {
        let (mut exchange, initial) = begin(mechanism, offer);
        let mut server = login.scram(mechanism.name());
        let first = server.first(&initial);
        let response = exchange.respond(first.as_bytes()).unwrap();
        let response = String::from_utf8(response).unwrap();
        let last = server.last(&response);
        (exchange, last.expect("the server must accept the login"))
    }

    fn login() -> FakeLogin {
        FakeLogin::default().with_password("pw").bound_to(b"hash")
    }

    #[test]
    fn what_both_sign_is_what_both_sent_extensions_and_all() {
        for mechanism in SCRAM {
            for (first, last) in [
                ("", ""),
                (",x=1", ""),
                ("", ",x=1"),
                (",z=a=b=,H=AAAA,x=1", ",h=AAAA,y=é"),
            ] {
                let login = login().with_extensions(first, last);
                let (mut exchange, last) = answered(mechanism, Offer::default(), &login);
                assert_eq!(exchange.finish(last.as_bytes()), Ok(()), "{mechanism}");
            }
        }
    }

    #[test]
    fn no_last_message_makes_us_panic_or_believe() {
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
            let (mut exchange, _) = answered(Mechanism::ScramSha256, Offer::default(), &login());
            assert!(exchange.finish(proof.as_bytes()).is_err(), "{proof:?}");
        }
        let (mut exchange, last) = answered(Mechanism::ScramSha256, Offer::default(), &login());
        let tampered = format!("{last},m=x");
        assert_eq!(
            exchange.finish(tampered.as_bytes()),
            Err(SaslError::Message(ScramError::Extension))
        );
    }

    #[test]
    fn a_success_without_a_signature_proves_nothing() {
        let (mut exchange, _) = answered(Mechanism::ScramSha256, Offer::default(), &login());
        assert_eq!(exchange.finish(b""), Err(SaslError::Unproven));
    }

    #[test]
    fn a_success_in_place_of_a_challenge_is_too_early() {
        let (mut exchange, initial) = begin(Mechanism::ScramSha256, Offer::default());
        let first = login().scram("SCRAM-SHA-256").first(&initial);
        assert_eq!(
            exchange.finish(first.as_bytes()),
            Err(SaslError::Unfinished)
        );
    }

    #[test]
    fn a_server_may_prove_itself_before_its_success() {
        let mechanism = Mechanism::ScramSha256Plus;
        let (mut exchange, last) = answered(mechanism, Offer::default(), &login());
        assert_eq!(exchange.respond(last.as_bytes()), Ok(Vec::new()));
        assert_eq!(exchange.respond(b""), Err(SaslError::Overlong));
        assert_eq!(exchange.finish(b""), Ok(()));
    }

    /// What is offered in the example of XEP-0474 §5.3, whose hash by SHA-1 is told there.
    fn offer() -> Offer {
        let owned = |names: [&str; 2]| names.map(str::to_owned).to_vec();
        Offer {
            mechanisms: owned(["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"]),
            bindings: Some(owned(["tls-server-end-point", "tls-exporter"])),
        }
    }

    const HASHED: &str = ",h=G6k/rBLDqgOhRRaCuuatSDFkJ08=";

    #[test]
    fn an_offer_that_came_as_it_was_sent_is_taken() {
        let login = login().with_extensions(HASHED, "");
        for mechanism in [Mechanism::ScramSha1, Mechanism::ScramSha1Plus] {
            let (mut exchange, last) = answered(mechanism, offer(), &login);
            assert_eq!(exchange.finish(last.as_bytes()), Ok(()), "{mechanism}");
        }
    }

    #[test]
    fn an_offer_that_came_otherwise_is_told() {
        let without_plus = Offer {
            mechanisms: vec!["SCRAM-SHA-1".to_owned()],
            ..offer()
        };
        let twice = format!("{HASHED},x=1,h=AAAA");
        for (mechanism, offer, extensions) in [
            (Mechanism::ScramSha1, without_plus, HASHED),
            (Mechanism::ScramSha256, offer(), HASHED),
            (Mechanism::ScramSha1, offer(), ",h=AAAA"),
            (Mechanism::ScramSha1, offer(), ",h="),
            (Mechanism::ScramSha1, offer(), &twice),
        ] {
            let (mut exchange, initial) = begin(mechanism, offer.clone());
            let login = login().with_extensions(extensions, "");
            let first = login.scram(mechanism.name()).first(&initial);
            let wanted = Err(SaslError::Downgrade(offer));
            assert_eq!(exchange.respond(first.as_bytes()), wanted, "{extensions}");
        }
    }
}
