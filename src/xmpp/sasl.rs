//! Which SASL mechanism to use. How one goes is the business of [`super::exchange`].

use std::fmt;

use super::mechanism::{Mechanism, Takes};
use super::tls::EndPoint;

/// The kinds of credentials that a client has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Credentials {
    /// A name and a password.
    pub password: bool,
    /// A certificate that the server has seen.
    pub certificate: bool,
    /// A connection to bind the login to.
    pub binding: Binding,
}

impl Credentials {
    /// Whether they are what a mechanism takes.
    fn suit(self, mechanism: Mechanism) -> bool {
        match mechanism.takes() {
            Takes::Certificate => self.certificate,
            Takes::Nothing => !self.password && !self.certificate,
            Takes::Password if mechanism.binds() => {
                self.password && self.binding == Binding::Possible
            }
            Takes::Password => self.password,
        }
    }
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
/// If no mechanism is wanted, it binds only where the server announces our kind of binding: many offer -PLUS mechanisms
/// for others only, and would refuse ours.
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
        .filter(|mechanism| credentials.suit(*mechanism));
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
