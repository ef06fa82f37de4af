//! The SASL mechanisms by which we can log in: one table, in which the entry of each says everything about it.
//!
//! To add one is to add an entry. Which of them is used is the business of [`super::sasl`], and what goes to and fro
//! that of [`super::exchange`].

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use ::sasl::client::Mechanism as Client;
use ::sasl::client::mechanisms::{Anonymous, Plain, Scram};
use ::sasl::common::ChannelBinding;
use ::sasl::common::scram::{ScramProvider, Sha1, Sha256};
use stringprep::saslprep;
use thiserror::Error;

use super::identity::Password;
use super::providers::{BoundToEndPoint, NamingEndPoint, Sha512, binding};
use super::tls::EndPoint;

/// The hash function of a SCRAM mechanism.
pub(super) type Hash = fn(&[u8]) -> Vec<u8>;

/// The client's part of an exchange, if there are the means for it.
type Begun = Result<Box<dyn Client + Send>, NoMeans>;

/// What is to be known of a mechanism.
struct Entry {
    /// Its registered name.
    name: &'static str,
    /// What it takes to log in by it.
    takes: Takes,
    /// The same without binding to the TLS connection (RFC 5056); none if it does not bind.
    unbound: Option<Mechanism>,
    /// Whether the password goes over the wire as it is, so that it needs TLS.
    sends_password: bool,
    /// The hash function of SCRAM; none of any other mechanism.
    hash: Option<Hash>,
    /// Begins an exchange.
    client: fn(Means<'_>) -> Begun,
}

/// What it takes to log in by a mechanism.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// A certificate of ours that the server has seen.
    Certificate,
    /// A name and a password.
    Password,
    /// Neither: the client logs in without a name.
    Nothing,
}

/// Makes the mechanisms of a table, in which the best stands first.
macro_rules! mechanisms {
    ($($(#[$doc:meta])* $name:ident => $entry:expr,)+) => {
        /// A SASL mechanism by which we can log in.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Mechanism {
            $($(#[$doc])* $name,)+
        }

        impl Mechanism {
            /// All of them, best first: to bind counts for more than the hash does (RFC 5802 §6).
            pub const ALL: [Self; [$(stringify!($name)),+].len()] = [$(Self::$name),+];

            fn entry(self) -> Entry {
                match self {
                    $(Self::$name => $entry,)+
                }
            }
        }
    };
}

mechanisms! {
    /// By a certificate of ours (RFC 4422 appendix A, XEP-0178).
    External => Entry {
        takes: Takes::Certificate,
        // It sends nothing: the name stands in the certificate.
        ..plain("EXTERNAL", silent)
    },
    /// As [`Self::ScramSha512`], and bound to the TLS connection.
    ScramSha512Plus => bound::<Sha512>("SCRAM-SHA-512-PLUS", Self::ScramSha512),
    /// As [`Self::ScramSha256`], and bound to the TLS connection.
    ScramSha256Plus => bound::<Sha256>("SCRAM-SHA-256-PLUS", Self::ScramSha256),
    /// As [`Self::ScramSha1`], and bound to the TLS connection.
    ScramSha1Plus => bound::<Sha1>("SCRAM-SHA-1-PLUS", Self::ScramSha1),
    /// By a password that is not sent (RFC 5802), with SHA-512.
    ScramSha512 => scram::<Sha512>("SCRAM-SHA-512"),
    /// By a password that is not sent (RFC 7677), with SHA-256.
    ScramSha256 => scram::<Sha256>("SCRAM-SHA-256"),
    /// By a password that is not sent (RFC 5802), with SHA-1.
    ScramSha1 => scram::<Sha1>("SCRAM-SHA-1"),
    /// By a password that is sent (RFC 4616).
    Plain => Entry {
        sends_password: true,
        ..plain("PLAIN", name_and_password)
    },
    /// Without a name (RFC 4505).
    Anonymous => Entry {
        takes: Takes::Nothing,
        // It sends nothing, as it does not tell its name.
        ..plain("ANONYMOUS", silent)
    },
}

impl Mechanism {
    /// Its registered name.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// What it takes to log in by it.
    pub(super) fn takes(self) -> Takes {
        self.entry().takes
    }

    /// The same without binding to the TLS connection; none if it does not bind.
    pub(super) fn unbound(self) -> Option<Self> {
        self.entry().unbound
    }

    /// Whether it binds the login to the TLS connection (RFC 5056).
    pub(super) fn binds(self) -> bool {
        self.unbound().is_some()
    }

    /// Whether the password goes over the wire as it is.
    pub(super) fn sends_password(self) -> bool {
        self.entry().sends_password
    }

    /// What the hash function of SCRAM (RFC 5802) makes of a text; none for other mechanisms.
    pub(super) fn hash(self) -> Option<Hash> {
        self.entry().hash
    }

    /// Begins an exchange: what the library says and computes in it.
    pub(super) fn client(self, means: Means<'_>) -> Begun {
        (self.entry().client)(means)
    }
}

impl fmt::Display for Mechanism {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error that a name is that of no mechanism in the table.
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

/// A user's name and password.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account<'a> {
    pub(super) localpart: &'a str,
    pub(super) password: &'a Password,
}

/// What a client can log in with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Means<'a> {
    pub(super) account: Option<Account<'a>>,
    pub(super) end_point: Option<&'a EndPoint>,
}

/// Why an exchange cannot begin.
#[derive(Debug, PartialEq, Error)]
pub(super) enum NoMeans {
    #[error("there is no password")]
    Password,
    #[error("there is nothing to bind to")]
    EndPoint,
    #[error("no random numbers can be had")]
    Nonce,
}

/// A mechanism that has a name and a password, and says all that it has to say at once.
fn plain(name: &'static str, client: fn(Means<'_>) -> Begun) -> Entry {
    Entry {
        name,
        takes: Takes::Password,
        unbound: None,
        sends_password: false,
        hash: None,
        client,
    }
}

/// SCRAM (RFC 5802) without channel binding.
fn scram<S: ScramProvider + Send + 'static>(name: &'static str) -> Entry {
    Entry {
        hash: Some(S::hash),
        ..plain(name, unbound_client::<S>)
    }
}

/// SCRAM that is bound to the TLS connection.
fn bound<S: ScramProvider + Send + 'static>(name: &'static str, unbound: Mechanism) -> Entry {
    Entry {
        unbound: Some(unbound),
        client: bound_client::<S>,
        ..scram::<S>(name)
    }
}

fn silent(_: Means<'_>) -> Begun {
    Ok(Box::new(Anonymous::new()))
}

fn name_and_password(means: Means<'_>) -> Begun {
    let account = means.account.ok_or(NoMeans::Password)?;
    let plain = Plain::new(account.localpart, account.password.reveal());
    Ok(Box::new(plain))
}

/// A client that says `n`: that it does not bind. To say `y`, that it could if the server could, is to take the -PLUS
/// mechanisms of a server, which may be for other bindings than ours, for the work of an attacker (RFC 5802 §6).
fn unbound_client<S>(means: Means<'_>) -> Begun
where
    S: ScramProvider + Send + 'static,
{
    Ok(Box::new(computing::<S>(means, ChannelBinding::None)?))
}

fn bound_client<S>(means: Means<'_>) -> Begun
where
    S: ScramProvider + Send + 'static,
{
    let end_point = means.end_point.ok_or(NoMeans::EndPoint)?;
    let client = computing::<NamingEndPoint<S>>(means, binding(end_point))?;
    Ok(Box::new(BoundToEndPoint(client)))
}

fn computing<S: ScramProvider>(
    means: Means<'_>,
    binding: ChannelBinding,
) -> Result<Scram<S>, NoMeans> {
    let account = means.account.ok_or(NoMeans::Password)?;
    let name = prepared(account.localpart).replace('=', "=3D");
    let name = name.replace(',', "=2C");
    let password = prepared(account.password.reveal());
    Scram::new(name, &*password, binding).map_err(|_| NoMeans::Nonce)
}

/// A name or a password as SCRAM computes with it (RFC 5802 §2.2 and §5.1). What cannot be prepared is used as it is:
/// the server decides whether it is valid.
fn prepared(text: &str) -> Cow<'_, str> {
    saslprep(text).unwrap_or(Cow::Borrowed(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_in_upper_and_lower_case() {
        assert_eq!("plain".parse(), Ok(Mechanism::Plain));
        let error = "SCRAM".parse::<Mechanism>().unwrap_err();
        assert!(error.to_string().contains("SCRAM-SHA-512-PLUS"), "{error}");
    }

    #[test]
    fn without_means_there_is_no_exchange() {
        let means = Means {
            account: None,
            end_point: None,
        };
        let begin = |mechanism: Mechanism| mechanism.client(means).err();
        for mechanism in [Mechanism::Plain, Mechanism::ScramSha1] {
            assert_eq!(begin(mechanism), Some(NoMeans::Password));
        }
        assert_eq!(begin(Mechanism::ScramSha1Plus), Some(NoMeans::EndPoint));
        assert_eq!(begin(Mechanism::External), None);
    }
}
