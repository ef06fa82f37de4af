//! Parts of values that a server makes up: the next run would not get them again, but others that look alike.
//!
//! Goes by looks alone. Whether the script has the same value somewhere is not known here.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::expression::{Bounds, Expression, Narrowing};

/// What a value is the value of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Holder<'a> {
    /// The `id` of a stanza, which whoever sends it makes up (RFC 6120 §8.1.3).
    StanzaId,
    /// Another attribute, of this name.
    Attribute(&'a str),
    /// An element's text.
    Text,
}

/// A part of a value that was made up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    /// Where it is in the value.
    pub(super) place: Range<usize>,
    /// What others like it look like; none if that cannot be told.
    pub(super) narrowing: Option<Narrowing>,
    /// What it is, if that is another thing than the value.
    pub(super) noun: Option<&'static str>,
}

/// A date and time in the legacy form (XEP-0091 §2).
const LEGACY: &str = "[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}";
/// A date (XEP-0082 §3.1).
const DATE: &str = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
/// A JSON Web Token (RFC 7519 §3): a header, which begins with `{"`, claims and a signature.
const WEB_TOKEN: &str = r"eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*";
/// What identifiers made of chance or of the time are written with.
const TOKEN: &str = "[0-9A-Za-z_-]+";
/// The same, in the alphabet of base 64 (RFC 4648 §4).
const BASE64: &str = "[0-9A-Za-z+/]+=*";

/// How long something has to be to be taken for a thing of chance, in characters.
const LONG: usize = 10;
/// From which length on hexadecimal digits are taken for a hash.
const HASH: usize = 16;

/// What may have been made up, where it begins a word: the name of a group says what it is.
static PARTS: LazyLock<Regex> = LazyLock::new(|| {
    let date_time = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})";
    constant(&format!(
        "(?:^[a-z][a-z0-9+.-]*://[^/?#@]*:(?P<port>[0-9]+))|(?P<time>{date_time})|(?P<legacy>{LEGACY})\
         |(?P<web>{WEB_TOKEN})|(?P<token>{TOKEN})"
    ))
});
static WHOLE_BASE64: LazyLock<Regex> = LazyLock::new(|| constant(&format!("^{BASE64}$")));
static WHOLE_DATE: LazyLock<Regex> = LazyLock::new(|| constant(&format!("^{DATE}$")));

fn constant(source: &str) -> Regex {
    Regex::new(source).expect("the expression is a constant of this module")
}

/// The parts of a value that look made up, in order; of an id all of it, if it does not look like a word.
pub(super) fn made_up(holder: Holder<'_>, value: &str) -> Vec<Made> {
    let whole = |narrowing| {
        let place = 0..value.len();
        vec![Made {
            place,
            narrowing,
            noun: None,
        }]
    };
    if is_base64(value) {
        return whole(Some(like(BASE64)));
    }
    let parts = PARTS.captures_iter(value);
    let made = parts.filter_map(|found| made_of(&found));
    let made: Vec<Made> = made.map(|made| called(made, value)).collect();
    match holder {
        _ if is_jid_at_made_domain(value, &made) => whole(Some(Narrowing::Jid)),
        _ if !made.is_empty() || value.is_empty() => made,
        Holder::StanzaId => whole(None),
        // How long ago something was (XEP-0012 §3).
        Holder::Attribute("seconds") if is_number(value) => {
            whole(Some(Narrowing::Int(Bounds::NONE)))
        }
        Holder::Attribute("id") if !is_word(value) => whole(None),
        Holder::Attribute(_) | Holder::Text => made,
    }
}

/// With a name of its own, if it is not all of the value.
fn called(made: Made, value: &str) -> Made {
    let is_port = value[..made.place.start].contains("//")
        && made.narrowing == Some(Narrowing::Int(Bounds::NONE));
    let is_part = made.place != (0..value.len());
    Made {
        noun: is_part.then_some(if is_port { "port" } else { "token" }),
        ..made
    }
}

fn made_of(found: &Captures<'_>) -> Option<Made> {
    let made = |name: &str, narrowing: fn(&str) -> Option<Narrowing>| {
        let part = found.name(name)?;
        Some(Made {
            narrowing: Some(narrowing(part.as_str())?),
            place: part.range(),
            noun: None,
        })
    };
    made("port", |_| Some(Narrowing::Int(Bounds::NONE)))
        .or_else(|| made("time", time))
        .or_else(|| made("legacy", |_| Some(like(LEGACY))))
        .or_else(|| made("web", |_| Some(like(WEB_TOKEN))))
        .or_else(|| made("token", kind_of_token))
}

fn time(part: &str) -> Option<Narrowing> {
    Narrowing::DateTime
        .accepts(part)
        .then_some(Narrowing::DateTime)
}

/// What a word of letters, digits and hyphens is one of, if it looks made up.
fn kind_of_token(token: &str) -> Option<Narrowing> {
    let length = token.len();
    let has_digit = token.contains(|character: char| character.is_ascii_digit());
    if Narrowing::Uuid.accepts(token) {
        return Some(Narrowing::Uuid);
    }
    if WHOLE_DATE.is_match(token) {
        return Some(like(DATE));
    }
    match token {
        _ if is_number(token) => (length >= LONG).then_some(Narrowing::Int(Bounds::NONE)),
        _ if length >= HASH && has_digit && is_hash(token, 'a'..='f') => {
            Some(like(&format!("[0-9a-f]{{{length}}}")))
        }
        _ if length >= HASH && has_digit && is_hash(token, 'A'..='F') => {
            Some(like(&format!("[0-9A-F]{{{length}}}")))
        }
        _ => is_of_chance(token).then(|| like(TOKEN)),
    }
}

fn is_number(token: &str) -> bool {
    token.chars().all(|character| character.is_ascii_digit())
}

fn is_hash(token: &str, letters: std::ops::RangeInclusive<char>) -> bool {
    let is_digit = |character: char| character.is_ascii_digit() || letters.contains(&character);
    token.chars().all(is_digit)
}

/// Whether upper case, lower case and digits take turns as they do in no word, however many words are put together.
fn is_of_chance(token: &str) -> bool {
    let kinds = token.chars().filter_map(|character| match character {
        '0'..='9' => Some(0),
        'a'..='z' => Some(1),
        'A'..='Z' => Some(2),
        _ => None,
    });
    let kinds: Vec<u8> = kinds.collect();
    let turns = kinds.windows(2).filter(|pair| pair[0] != pair[1]).count();
    token.len() >= LONG && turns >= 3 && kinds.len() < 3 * (turns + 1)
}

/// Whether a whole value is of base 64 and can be nothing that is rather read in parts.
fn is_base64(value: &str) -> bool {
    let is_padded = value.ends_with('=') || value.contains('+');
    is_padded
        && value.len() >= HASH
        && WHOLE_BASE64.is_match(value)
        && value.len().is_multiple_of(4)
}

/// Whether nothing of a JID stays, as its domain is made up.
fn is_jid_at_made_domain(value: &str, made: &[Made]) -> bool {
    let Some((local, _)) = value.split_once('@') else {
        return false;
    };
    let host = local.len() + 1..value.find('/').unwrap_or(value.len());
    let is_in_host = |made: &Made| host.contains(&made.place.start);
    Narrowing::Jid.accepts(value) && made.iter().any(is_in_host)
}

/// Whether an id can be a word that has a meaning, such as `current`.
fn is_word(id: &str) -> bool {
    id.chars()
        .all(|character| character.is_ascii_lowercase() || "-_".contains(character))
}

fn like(expression: &str) -> Narrowing {
    let expression = Expression::new(expression);
    Narrowing::Regex(expression.expect("the expression is a constant of this module"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value as it would be written, with each part that was made up as a wildcard.
    fn written(holder: Holder<'_>, value: &str) -> String {
        let mut out = String::new();
        let mut at = 0;
        for made in made_up(holder, value) {
            let narrowing = made.narrowing.map(|narrowing| format!(":{narrowing}"));
            out.push_str(&value[at..made.place.start]);
            out.push_str("$<_");
            out.push_str(&narrowing.unwrap_or_default());
            out.push('>');
            at = made.place.end;
        }
        out + &value[at..]
    }

    #[track_caller]
    fn assert_written(value: &str, expected: &str) {
        assert_eq!(written(Holder::Text, value), expected);
    }

    #[test]
    fn what_is_made_up_has_a_kind() {
        for (value, expected) in [
            ("2026-11-24T22:10:00Z", "$<_:datetime>"),
            ("2026-11-24T22:10:00.5+01:00", "$<_:datetime>"),
            (
                "20020910T23:41:07",
                "$<_:/[0-9]{8}T[0-9]{2}:[0-9]{2}:[0-9]{2}/>",
            ),
            ("2026-11-24", "$<_:/[0-9]{4}-[0-9]{2}-[0-9]{2}/>"),
            ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "$<_:uuid>"),
            ("1764022200123456", "$<_:int>"),
            ("KQqMjSI-T2g4", "$<_:/[0-9A-Za-z_-]+/>"),
            ("k3f9xq71zb", "$<_:/[0-9A-Za-z_-]+/>"),
            (
                "da39a3ee5e6b4b0d3255bfef95601890afd80709",
                "$<_:/[0-9a-f]{40}/>",
            ),
            (
                "wUuisEv/zKLG30neCTYBVzjfRit1puYiLNq1m0AgT/M=",
                "$<_:/[0-9A-Za-z+\\/]+=*/>",
            ),
        ] {
            assert_written(value, expected);
        }
    }

    #[test]
    fn how_long_ago_something_was_is_another_time_next_time() {
        assert_eq!(written(Holder::Attribute("seconds"), "5"), "$<_:int>");
        assert_eq!(written(Holder::Attribute("count"), "5"), "5");
    }

    #[test]
    fn only_the_parts_that_are_made_up_are_left_open() {
        assert_written(
            "http://127.0.0.1:15987/file_share/V1CTjaXslvkcaK33i2lr2Ykl/tiger.png",
            "http://127.0.0.1:$<_:int>/file_share/$<_:/[0-9A-Za-z_-]+/>/tiger.png",
        );
        assert_written(
            "Bearer eyJhbGciOiJI.eyJpYXQiOjE3.kRp4lkFp-A",
            "Bearer $<_:/eyJ[0-9A-Za-z_-]+\\.[0-9A-Za-z_-]+\\.[0-9A-Za-z_-]*/>",
        );
        assert_written(
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6@localhost/KQqMjSI-T2g4",
            "$<_:uuid>@localhost/$<_:/[0-9A-Za-z_-]+/>",
        );
        assert_written(
            "a@f81d4fae-7dec-11d0-a765-00a0c91e6bf6.localhost/x",
            "$<_:jid>",
        );
    }

    #[test]
    fn an_id_is_made_up_unless_it_is_a_word() {
        let id = Holder::Attribute("id");
        assert_eq!(written(id, "current"), "current");
        assert_eq!(written(id, "17"), "$<_>");
        assert_eq!(written(id, "1764022200"), "$<_:int>");
        assert_eq!(written(Holder::StanzaId, "push"), "$<_>");
        assert_eq!(written(Holder::Attribute("h"), "17"), "17");
    }

    #[test]
    fn words_names_and_namespaces_are_not_made_up() {
        for value in [
            "",
            "chat",
            "Good morrow",
            "urn:xmpp:mam:2",
            "SCRAM-SHA-256",
            "text-single",
            "juliet@localhost/balcony",
            "5222",
            "MessageArchiveManagement1",
            "http://jabber.org/protocol/pubsub#retrieve-default",
            "application/vnd.ms-excel",
            "conference/text",
        ] {
            assert_written(value, value);
        }
    }
}
