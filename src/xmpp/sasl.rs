//! Which SASL mechanism to use. How one goes is the business of [`super::exchange`].

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::tls::EndPoint;

/// A SASL mechanism by which we can log in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mechanism {
    /// By a certificate of ours (RFC 4422 appendix A, XEP-0178).
    External,
    /// As [`Self::ScramSha512`], and bound to the TLS connection.
    ScramSha512Plus,
    /// As [`Self::ScramSha256`], and bound to the TLS connection.
    ScramSha256Plus,
    /// As [`Self::ScramSha1`], and bound to the TLS connection.
    ScramSha1Plus,
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
    /// All of them, best first: to bind counts for more than the hash does (RFC 5802 §6).
    pub const ALL: [Self; 9] = [
        Self::External,
        Self::ScramSha512Plus,
        Self::ScramSha256Plus,
        Self::ScramSha1Plus,
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
            Self::ScramSha512Plus => "SCRAM-SHA-512-PLUS",
            Self::ScramSha256Plus => "SCRAM-SHA-256-PLUS",
            Self::ScramSha1Plus => "SCRAM-SHA-1-PLUS",
            Self::ScramSha512 => "SCRAM-SHA-512",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha1 => "SCRAM-SHA-1",
            Self::Plain => "PLAIN",
            Self::Anonymous => "ANONYMOUS",
        }
    }

    /// The same without binding to the TLS connection; none if it does not bind.
    pub(super) fn unbound(self) -> Option<Self> {
        match self {
            Self::ScramSha512Plus => Some(Self::ScramSha512),
            Self::ScramSha256Plus => Some(Self::ScramSha256),
            Self::ScramSha1Plus => Some(Self::ScramSha1),
            _ => None,
        }
    }

    /// Whether it binds the login to the TLS connection (RFC 5056).
    pub(super) fn binds(self) -> bool {
        self.unbound().is_some()
    }

    /// Whether it is one of RFC 5802 and its successors.
    pub(super) fn is_scram(self) -> bool {
        !matches!(self, Self::External | Self::Plain | Self::Anonymous)
    }

    /// Whether it can be used by somebody who has this.
    fn suits(self, credentials: Credentials) -> bool {
        match self {
            Self::External => credentials.certificate,
            Self::Anonymous => !credentials.password && !credentials.certificate,
            bound if bound.binds() => {
                credentials.password && credentials.binding == Binding::Possible
            }
            _ => credentials.password,
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
    /// A connection to bind the login to.
    pub binding: Binding,
}

/// Whether a login can be bound to its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binding {
    /// By the certificate of the server (`tls-server-end-point`).
    Possible,
    /// There is no TLS.
    WithoutTls,
    /// There is TLS, but no hash belongs to the server's certificate (RFC 5929 §4.1).
    NoHash,
}

/// What a server offers to log in with.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Offer {
    /// The names of the mechanisms.
    pub(super) mechanisms: Vec<String>,
    /// The names of what they can be bound to (XEP-0440); none if the server does not tell.
    pub(super) bindings: Option<Vec<String>>,
}

impl Offer {
    fn has(&self, mechanism: Mechanism) -> bool {
        let mut names = self.mechanisms.iter();
        names.any(|name| name == mechanism.name())
    }

    fn announces_end_point(&self) -> bool {
        let mut names = self.bindings.iter().flatten();
        names.any(|name| name == EndPoint::NAME)
    }
}

impl fmt::Display for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the mechanisms {}", list(&self.mechanisms))?;
        match &self.bindings {
            Some(bindings) => write!(f, " and the channel bindings {}", list(bindings)),
            None => f.write_str(" and no channel bindings"),
        }
    }
}

/// Names as a message has them.
pub(super) fn list(names: &[String]) -> String {
    match names {
        [] => "none".to_owned(),
        names => names.join(", "),
    }
}

/// The best mechanism of those offered, or the one that is wanted; none if that cannot be used.
///
/// Of itself it binds only where the server announces our kind of binding: many offer -PLUS mechanisms for others only,
/// and would refuse ours.
pub(super) fn choose(
    offer: &Offer,
    credentials: Credentials,
    wanted: Option<Mechanism>,
) -> Option<Mechanism> {
    let is_wanted = |mechanism: Mechanism| match wanted {
        Some(wanted) => wanted == mechanism,
        None => !mechanism.binds() || offer.announces_end_point(),
    };
    let mut usable = Mechanism::ALL
        .into_iter()
        .filter(|mechanism| mechanism.suits(credentials));
    usable.find(|&mechanism| offer.has(mechanism) && is_wanted(mechanism))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASSWORD: Credentials = Credentials {
        password: true,
        certificate: false,
        binding: Binding::WithoutTls,
    };
    const NOTHING: Credentials = Credentials {
        password: false,
        certificate: false,
        binding: Binding::WithoutTls,
    };

    fn offering(mechanisms: &[&str]) -> Offer {
        Offer {
            mechanisms: mechanisms.iter().map(|&name| name.to_owned()).collect(),
            bindings: None,
        }
    }

    fn chosen(offered: &[&str], credentials: Credentials) -> Option<Mechanism> {
        choose(&offering(offered), credentials, None)
    }

    #[test]
    fn a_mechanism_that_is_wanted_is_used_or_none() {
        let offer = offering(&["PLAIN", "SCRAM-SHA-1"]);
        let choose = |wanted| choose(&offer, PASSWORD, Some(wanted));
        assert_eq!(choose(Mechanism::Plain), Some(Mechanism::Plain));
        assert_eq!(choose(Mechanism::ScramSha256), None);
        assert_eq!(choose(Mechanism::External), None);
    }

    #[test]
    fn a_certificate_wins_over_a_password() {
        let both = Credentials {
            certificate: true,
            ..PASSWORD
        };
        let offered = ["PLAIN", "EXTERNAL"];
        assert_eq!(chosen(&offered, both), Some(Mechanism::External));
        assert_eq!(chosen(&offered, PASSWORD), Some(Mechanism::Plain));
    }

    #[test]
    fn names_are_read_in_upper_and_lower_case() {
        assert_eq!("plain".parse(), Ok(Mechanism::Plain));
        let error = "SCRAM".parse::<Mechanism>().unwrap_err();
        assert!(error.to_string().contains("SCRAM-SHA-512-PLUS"), "{error}");
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

    /// A login with TLS at a server that offers these mechanisms and announces these bindings.
    fn bound(
        mechanisms: &[&str],
        bindings: &[&str],
        wanted: Option<Mechanism>,
    ) -> Option<Mechanism> {
        let credentials = Credentials {
            binding: Binding::Possible,
            ..PASSWORD
        };
        let offer = Offer {
            bindings: Some(bindings.iter().map(|&name| name.to_owned()).collect()),
            ..offering(mechanisms)
        };
        choose(&offer, credentials, wanted)
    }

    #[test]
    fn to_bind_counts_for_more_than_the_hash() {
        let offered = ["SCRAM-SHA-512", "SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"];
        let announced = ["tls-exporter", "tls-server-end-point"];
        let best = Some(Mechanism::ScramSha256Plus);
        assert_eq!(bound(&offered, &announced, None), best);
        let best = Some(Mechanism::ScramSha1Plus);
        assert_eq!(bound(&offered[..2], &announced, None), best);
        let best = Some(Mechanism::ScramSha512);
        assert_eq!(bound(&offered[..1], &announced, None), best);
    }

    #[test]
    fn what_is_not_announced_is_bound_to_only_on_request() {
        let offered = ["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"];
        for announced in [&[][..], &["tls-unique", "tls-exporter"]] {
            let chosen = bound(&offered, announced, None);
            assert_eq!(chosen, Some(Mechanism::ScramSha1));
            let wanted = Some(Mechanism::ScramSha1Plus);
            assert_eq!(bound(&offered, announced, wanted), wanted);
        }
        let other = Some(Mechanism::ScramSha256Plus);
        assert_eq!(bound(&offered, &["tls-server-end-point"], other), None);
    }

    #[test]
    fn without_anything_to_bind_to_nothing_is_bound() {
        let offer = Offer {
            bindings: Some(vec![EndPoint::NAME.to_owned()]),
            ..offering(&["SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"])
        };
        for binding in [Binding::WithoutTls, Binding::NoHash] {
            let credentials = Credentials {
                binding,
                ..PASSWORD
            };
            let chosen = choose(&offer, credentials, None);
            assert_eq!(chosen, Some(Mechanism::ScramSha1));
            let wanted = Some(Mechanism::ScramSha1Plus);
            assert_eq!(choose(&offer, credentials, wanted), None);
        }
    }
}
