//! What a server says in an exchange by SCRAM (RFC 5802 §7), read as strictly as its grammar is.
//!
//! The library that computes with these messages takes whatever it finds in them. So the form of the messages is
//! checked here: only what the grammar allows, in its place. Whether the values are right is not known here.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;

/// What is wrong with a server's message, or what it says is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum ScramError {
    #[error("the server's message cannot be read: it is no UTF-8")]
    NoText,
    #[error("the server's message cannot be read: it is not made of attributes such as `r=…`")]
    NoAttributes,
    #[error("the server's message cannot be read: attribute {place} must be `{wanted}=`")]
    Missing { wanted: char, place: usize },
    #[error("the server's message cannot be read: `{0}=` has no place among its extensions")]
    Misplaced(char),
    #[error("the server's message cannot be read: its {0} is no base64")]
    NoBase64(&'static str),
    #[error("the server's message cannot be read: its iteration count is no positive number")]
    NoCount,
    #[error("the server demands an extension of SCRAM (`m=`), and there is none that we know")]
    Extension,
    #[error("the server's nonce does not begin with ours")]
    ForeignNonce,
    #[error("the server added nothing of its own to the nonce")]
    StaleNonce,
    #[error("the server ended it with the error `{0}`")]
    Refused(String),
}

/// The first message of a server.
#[derive(Debug, PartialEq)]
pub(super) struct First<'a> {
    nonce: &'a str,
    /// How often to hash, in decimal digits.
    pub(super) iterations: &'a str,
    extensions: Vec<Attribute<'a>>,
}

/// One letter and what it stands for.
type Attribute<'a> = (char, &'a str);

/// The attributes that have a place of their own, in messages of either side. Any other letter may be an extension.
const KNOWN: &str = "acimnprsve";

impl<'a> First<'a> {
    pub(super) fn read(message: &'a [u8]) -> Result<Self, ScramError> {
        let attributes = attributes(message)?;
        let nonce = value('r', 1, &attributes)?;
        let salt = value('s', 2, &attributes)?;
        let iterations = value('i', 3, &attributes)?;
        if BASE64_STANDARD.decode(salt).is_err() {
            return Err(ScramError::NoBase64("salt"));
        }
        if !is_positive(iterations) {
            return Err(ScramError::NoCount);
        }
        Ok(Self {
            nonce,
            iterations,
            extensions: extensions(&attributes[3..])?,
        })
    }

    /// Whether the nonce is made of the client's and something more.
    pub(super) fn check_nonce(&self, ours: &str) -> Result<(), ScramError> {
        match self.nonce.strip_prefix(ours) {
            None => Err(ScramError::ForeignNonce),
            Some("") => Err(ScramError::StaleNonce),
            Some(_) => Ok(()),
        }
    }

    /// What the extension of this name says, each time it is there.
    pub(super) fn extension(&self, name: char) -> impl Iterator<Item = &'a str> {
        let named = self.extensions.iter();
        named.filter_map(move |&(other, value)| (other == name).then_some(value))
    }
}

/// Checks the form of a server's last message; whether the signature in it is right is the library's to say.
pub(super) fn check_last(message: &[u8]) -> Result<(), ScramError> {
    let attributes = attributes(message)?;
    let signature = value('v', 1, &attributes)?;
    if BASE64_STANDARD.decode(signature).is_err() {
        return Err(ScramError::NoBase64("signature"));
    }
    extensions(&attributes[1..]).map(drop)
}

/// The attributes of a message, unless it is an error or demands what we do not have: that counts wherever it stands.
fn attributes(message: &[u8]) -> Result<Vec<Attribute<'_>>, ScramError> {
    let text = std::str::from_utf8(message).map_err(|_| ScramError::NoText)?;
    let attributes: Option<Vec<_>> = text.split(',').map(attribute).collect();
    let attributes = attributes.ok_or(ScramError::NoAttributes)?;
    if attributes.iter().any(|&(name, _)| name == 'm') {
        return Err(ScramError::Extension);
    }
    match attributes.first() {
        Some(&('e', reason)) => Err(ScramError::Refused(printable(reason))),
        _ => Ok(attributes),
    }
}

fn attribute(text: &str) -> Option<Attribute<'_>> {
    let (name, value) = text.split_once('=')?;
    let mut letters = name.chars();
    let letter = letters.next().filter(char::is_ascii_alphabetic)?;
    letters.next().is_none().then_some((letter, value))
}

/// The value of the attribute that must be at this place, counted from one.
fn value<'a>(
    wanted: char,
    place: usize,
    attributes: &[Attribute<'a>],
) -> Result<&'a str, ScramError> {
    match attributes.get(place - 1) {
        Some(&(name, value)) if name == wanted => Ok(value),
        _ => Err(ScramError::Missing { wanted, place }),
    }
}

/// What is left of a message is for extensions, which may come in any order.
fn extensions<'a>(rest: &[Attribute<'a>]) -> Result<Vec<Attribute<'a>>, ScramError> {
    match rest.iter().find(|(name, _)| KNOWN.contains(*name)) {
        Some(&(name, _)) => Err(ScramError::Misplaced(name)),
        None => Ok(rest.to_vec()),
    }
}

fn is_positive(count: &str) -> bool {
    count.bytes().all(|byte| byte.is_ascii_digit()) && !count.is_empty() && !count.starts_with('0')
}

/// A server's reason, which is a word of the RFC or any text: fit to be shown.
fn printable(reason: &str) -> String {
    reason.escape_debug().take(60).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(message: &str) -> Result<(), ScramError> {
        First::read(message.as_bytes()).and_then(|first| first.check_nonce("abc"))
    }

    #[test]
    fn a_first_message_may_have_extensions_after_its_attributes() {
        for extensions in ["", ",h=AAAA", ",x=1,h=AAAA,H=,y=a=b=", ",z=é"] {
            let message = format!("r=abcdef,s=AA==,i=4096{extensions}");
            assert_eq!(first(&message), Ok(()), "{message}");
        }
    }

    #[test]
    fn extensions_are_found_by_their_letter() {
        let first = First::read(b"r=x,s=,i=1,h=one,H=two,h=three=").unwrap();
        assert_eq!(first.extension('h').collect::<Vec<_>>(), ["one", "three="]);
        assert_eq!(first.extension('d').count(), 0);
    }

    #[test]
    fn attributes_have_their_places() {
        let missing = |wanted, place| Err(ScramError::Missing { wanted, place });
        for (message, wanted) in [
            ("s=AA==,r=abcdef,i=1", missing('r', 1)),
            ("x=1,r=abcdef,s=AA==,i=1", missing('r', 1)),
            ("r=abcdef", missing('s', 2)),
            ("r=abcdef,i=1,s=AA==", missing('s', 2)),
            ("r=abcdef,x=1,s=AA==,i=1", missing('s', 2)),
            ("r=abcdef,s=AA==", missing('i', 3)),
            ("r=abcdef,s=AA==,x=1,i=1", missing('i', 3)),
            (
                "r=abcdef,s=AA==,i=1,x=1,i=2",
                Err(ScramError::Misplaced('i')),
            ),
            (
                "r=abcdef,s=AA==,i=1,r=abcxyz",
                Err(ScramError::Misplaced('r')),
            ),
            (
                "r=abcdef,s=AA==,i=1,c=biws",
                Err(ScramError::Misplaced('c')),
            ),
        ] {
            assert_eq!(first(message), wanted, "{message}");
        }
    }

    #[test]
    fn values_have_their_forms() {
        for (message, wanted) in [
            ("r=abcdef,s=A,i=1", ScramError::NoBase64("salt")),
            ("r=abcdef,s=AA,i=1", ScramError::NoBase64("salt")),
            ("r=abcdef,s=AB==,i=1", ScramError::NoBase64("salt")),
            ("r=abcdef,s=%,i=1", ScramError::NoBase64("salt")),
            ("r=abcdef,s=AA==,i=", ScramError::NoCount),
            ("r=abcdef,s=AA==,i=0", ScramError::NoCount),
            ("r=abcdef,s=AA==,i=-1", ScramError::NoCount),
            ("r=abcdef,s=AA==,i=+1", ScramError::NoCount),
            ("r=abcdef,s=AA==,i=01", ScramError::NoCount),
            ("r=abcdef,s=AA==,i=0x10", ScramError::NoCount),
            ("r=abc,s=AA==,i=1", ScramError::StaleNonce),
            ("r=xbcdef,s=AA==,i=1", ScramError::ForeignNonce),
            ("r=,s=AA==,i=1", ScramError::ForeignNonce),
            ("", ScramError::NoAttributes),
            ("r=abcdef,s=AA==,i=1,", ScramError::NoAttributes),
            ("r=abcdef,s=AA==,i=1,x", ScramError::NoAttributes),
            ("r=abcdef,s=AA==,i=1,xy=1", ScramError::NoAttributes),
            ("r=abcdef,s=AA==,i=1,1=1", ScramError::NoAttributes),
        ] {
            assert_eq!(first(message), Err(wanted), "{message}");
        }
        assert_eq!(first("r=abcdef,s=,i=4096"), Ok(()));
        assert_eq!(First::read(b"r=\xff"), Err(ScramError::NoText));
    }

    #[test]
    fn what_a_server_demands_counts_wherever_it_stands() {
        for message in [
            "m=x,r=abcdef,s=AA==,i=1",
            "r=abcdef,s=AA==,i=1,m=x",
            "r=abcdef,m=,s=AA==,i=1",
        ] {
            assert_eq!(first(message), Err(ScramError::Extension), "{message}");
        }
        let last = check_last(b"v=AA==,m=x");
        assert_eq!(last, Err(ScramError::Extension));
    }

    #[test]
    fn a_last_message_has_a_signature_and_perhaps_extensions() {
        for message in ["v=AA==", "v=AA==,x=1,h=2"] {
            assert_eq!(check_last(message.as_bytes()), Ok(()), "{message}");
        }
        for (message, wanted) in [
            ("", ScramError::NoAttributes),
            ("v", ScramError::NoAttributes),
            ("v=AA==,", ScramError::NoAttributes),
            (
                "x=1,v=AA==",
                ScramError::Missing {
                    wanted: 'v',
                    place: 1,
                },
            ),
            ("v=A", ScramError::NoBase64("signature")),
            ("v=AA==,v=AB==", ScramError::Misplaced('v')),
            ("v=AA==,e=other-error", ScramError::Misplaced('e')),
        ] {
            assert_eq!(check_last(message.as_bytes()), Err(wanted), "{message}");
        }
    }

    #[test]
    fn a_servers_reason_is_told() {
        let refused = |reason: &str| Err(ScramError::Refused(reason.to_owned()));
        for (message, reason) in [
            ("e=invalid-proof", "invalid-proof"),
            ("e=other-error,x=1", "other-error"),
            ("e=own\u{1b}[31m", "own\\u{1b}[31m"),
            ("e=", ""),
        ] {
            assert_eq!(check_last(message.as_bytes()), refused(reason));
            assert_eq!(first(message), refused(reason));
        }
        let endless = format!("e={}", "x".repeat(1000));
        assert_eq!(
            check_last(endless.as_bytes()),
            refused(&"x".repeat(60)),
            "a reason is not printed without end"
        );
    }
}
