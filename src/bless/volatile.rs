//! Values that a server makes up: the next run would not get them again.

use std::sync::LazyLock;

use regex::Regex;

use crate::expression::Narrowing;

/// What a value is the value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder<'a> {
    /// An attribute of this name.
    Attribute(&'a str),
    /// An element's text.
    Text,
}

/// The legacy form of a date and time (XEP-0091 §2).
static LEGACY: LazyLock<Regex> =
    LazyLock::new(|| expression("[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}"));
/// What can be an identifier made of chance or of the time.
static TOKEN: LazyLock<Regex> = LazyLock::new(|| expression("[0-9A-Za-z_-]{10,}"));

fn expression(source: &str) -> Regex {
    Regex::new(&format!(r"\A{source}\z")).expect("the expression is a constant of this module")
}

/// Whether a value that the script does not have looks made up: a date and time, a UUID, an id, a long number, or
/// letters of both cases mixed with digits.
pub(super) fn is_made_up(holder: Holder<'_>, value: &str) -> bool {
    holder == Holder::Attribute("id")
        || Narrowing::DateTime.accepts(value)
        || LEGACY.is_match(value)
        || Narrowing::Uuid.accepts(value)
        || is_token(value)
}

fn is_token(value: &str) -> bool {
    let has = |kind: fn(&char) -> bool| value.chars().any(|character| kind(&character));
    let is_number = value.chars().all(|character| character.is_ascii_digit());
    let is_mixed =
        has(char::is_ascii_digit) && has(char::is_ascii_lowercase) && has(char::is_ascii_uppercase);
    TOKEN.is_match(value) && (is_number || is_mixed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_and_identifiers_are_made_up() {
        for value in [
            "2026-11-24T22:10:00Z",
            "20020910T23:41:07",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            "KQqMjSI-T2g4",
            "1764022200123456",
        ] {
            assert!(is_made_up(Holder::Text, value), "{value}");
        }
        assert!(is_made_up(Holder::Attribute("id"), "push"));
    }

    #[test]
    fn words_names_and_namespaces_are_not() {
        for value in [
            "",
            "chat",
            "Good morrow",
            "urn:xmpp:mam:2",
            "SCRAM-SHA-256",
            "text-single",
            "juliet@localhost/balcony",
            "5222",
        ] {
            assert!(!is_made_up(Holder::Text, value), "{value}");
        }
    }
}
