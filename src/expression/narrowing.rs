//! What a whole value must look like: one of a few kinds that have names, perhaps within bounds, or what an expression
//! fits.
//!
//! Scripts narrow wildcards by it, and the matcher asks it. It knows the words that scripts have for it, and nothing of
//! where a value stands.

use std::fmt;
use std::sync::LazyLock;

use thiserror::Error;
use xmpp_parsers::date::DateTime;

use super::{Automaton, BadBounds, Bounds, Expression};

/// What a value must look like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Narrowing {
    /// `int`, `int 1..5`: a decimal integer, perhaps with a sign, within bounds.
    Int(Bounds),
    /// `uuid`: 8-4-4-4-12 hexadecimal digits (RFC 9562 §4).
    Uuid,
    /// `jid`: a JID (RFC 7622).
    Jid,
    /// `datetime`: a date and time (XEP-0082 §3.2).
    DateTime,
    /// `text 1..128`: a text of so many characters.
    Text(Bounds),
    /// `/regex/`: what the expression fits from end to end.
    Regex(Expression),
}

/// Why some words name no kind of value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadNarrowing {
    /// There is no kind of this name.
    #[error("unknown kind of wildcard `{0}`")]
    Unknown(String),
    /// It has no use for bounds.
    #[error("`{0}` has no bounds")]
    Unbounded(&'static str),
    /// What stands behind the name gives no bounds.
    #[error(transparent)]
    Bounds(#[from] BadBounds),
}

static INT: LazyLock<Expression> = LazyLock::new(|| constant("[+-]?[0-9]+"));
static UUID: LazyLock<Expression> =
    LazyLock::new(|| constant("[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"));
static DATE_TIME: LazyLock<Expression> = LazyLock::new(|| {
    constant(
        r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})",
    )
});

fn constant(expression: &str) -> Expression {
    Expression::new(expression).expect("the expression is a constant of this module")
}

/// The longest JID, in bytes: three parts and what is between them (RFC 7622 §3.1).
const LONGEST_JID: usize = 3 * 1023 + 2;

impl Narrowing {
    /// The word for an expression in general.
    pub const EXPRESSION: &'static str = "/regex/";
    /// Those that have a word of their own, without bounds.
    pub const NAMED: [Self; 5] = [
        Self::Int(Bounds::NONE),
        Self::Uuid,
        Self::Jid,
        Self::DateTime,
        Self::Text(Bounds::NONE),
    ];

    /// The one that scripts call by a word.
    pub fn named(word: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find(|narrowing| narrowing.word() == word)
    }

    /// The one that some words mean: a name, and perhaps bounds.
    ///
    /// # Errors
    ///
    /// When they do not mean any.
    pub fn read(words: &str) -> Result<Self, BadNarrowing> {
        let (word, rest) = words.split_once([' ', '\t']).unwrap_or((words, ""));
        let unknown = || BadNarrowing::Unknown(words.to_owned());
        let named = Self::named(word).ok_or_else(unknown)?;
        match rest.trim() {
            "" => Ok(named),
            rest => named.within(rest),
        }
    }

    fn within(self, bounds: &str) -> Result<Self, BadNarrowing> {
        Ok(match self {
            Self::Int(_) => Self::Int(bounds.parse()?),
            Self::Text(_) => Self::Text(bounds.parse::<Bounds>()?.of_lengths()?),
            Self::Uuid | Self::Jid | Self::DateTime | Self::Regex(_) => {
                return Err(BadNarrowing::Unbounded(self.word()));
            }
        })
    }

    /// How scripts call it.
    pub fn word(&self) -> &'static str {
        match self {
            Narrowing::Int(_) => "int",
            Narrowing::Uuid => "uuid",
            Narrowing::Jid => "jid",
            Narrowing::DateTime => "datetime",
            Narrowing::Text(_) => "text",
            Narrowing::Regex(_) => Self::EXPRESSION,
        }
    }

    /// Whether a value looks like this.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Narrowing::Int(bounds) => INT.fits(value) && bounds.contain(integer(value)),
            Narrowing::Uuid => UUID.fits(value),
            Narrowing::Jid => jid::Jid::new(value).is_ok(),
            // The shape alone would let the 31st of February pass, the parser alone a lower-case "t".
            Narrowing::DateTime => DATE_TIME.fits(value) && value.parse::<DateTime>().is_ok(),
            Narrowing::Text(bounds) => bounds.contain(length(value)),
            Narrowing::Regex(expression) => expression.fits(value),
        }
    }

    /// What finds all values in a text that have the shape.
    pub(crate) fn shape(&self) -> Option<&Automaton> {
        match self {
            Narrowing::Int(_) => INT.automaton(),
            Narrowing::Uuid => UUID.automaton(),
            Narrowing::DateTime => DATE_TIME.automaton(),
            Narrowing::Regex(expression) => expression.automaton(),
            Narrowing::Jid | Narrowing::Text(_) => None,
        }
    }

    /// Whether a value of the shape is accepted, whatever else it is.
    pub(crate) fn is_shape_enough(&self) -> bool {
        match self {
            Narrowing::Int(_) => !self.has_bounds(),
            Narrowing::Uuid | Narrowing::Regex(_) => true,
            Narrowing::DateTime | Narrowing::Jid | Narrowing::Text(_) => false,
        }
    }

    /// Whether there are bounds.
    pub(crate) fn has_bounds(&self) -> bool {
        match self {
            Narrowing::Int(bounds) | Narrowing::Text(bounds) => *bounds != Bounds::NONE,
            Narrowing::Uuid | Narrowing::Jid | Narrowing::DateTime | Narrowing::Regex(_) => false,
        }
    }

    /// How long a value can be, in bytes.
    pub(crate) fn longest(&self) -> usize {
        match self {
            Narrowing::Jid => LONGEST_JID,
            Narrowing::Text(bounds) => {
                let characters = bounds.last().and_then(|last| usize::try_from(last).ok());
                // A character takes four bytes at most (RFC 3629 §3).
                characters.map_or(usize::MAX, |characters| characters.saturating_mul(4))
            }
            Narrowing::Int(_) | Narrowing::Uuid | Narrowing::DateTime | Narrowing::Regex(_) => {
                usize::MAX
            }
        }
    }

    /// What it accepts, in words.
    pub(crate) fn described(&self) -> String {
        match self {
            Narrowing::Int(bounds) => match (bounds.first(), bounds.last()) {
                (None, None) => "an integer".to_owned(),
                (Some(from), None) => format!("an integer from {from}"),
                (None, Some(to)) => format!("an integer up to {to}"),
                (Some(from), Some(to)) if from == to => format!("the integer {from}"),
                (Some(from), Some(to)) => format!("an integer from {from} to {to}"),
            },
            Narrowing::Uuid => "a UUID".to_owned(),
            Narrowing::Jid => "a JID".to_owned(),
            Narrowing::DateTime => "a date and time".to_owned(),
            Narrowing::Text(bounds) => match (bounds.first(), bounds.last()) {
                (None, None) => "a text".to_owned(),
                (Some(from), None) => format!("at least {} long", characters(from)),
                (None, Some(to)) => format!("at most {} long", characters(to)),
                (Some(from), Some(to)) if from == to => format!("{} long", characters(from)),
                (Some(from), Some(to)) => format!("{from} to {} long", characters(to)),
            },
            Narrowing::Regex(_) => format!("what {self} fits"),
        }
    }
}

/// The number that the digits of an integer mean; one that is farther away from zero than any bounds stays so.
fn integer(value: &str) -> i128 {
    let beyond = match value.starts_with('-') {
        true => i128::MIN,
        false => i128::MAX,
    };
    value.parse().unwrap_or(beyond)
}

/// The length of a text, in characters.
fn length(value: &str) -> i128 {
    i128::try_from(value.chars().count()).unwrap_or(i128::MAX)
}

/// A number of characters, in words.
fn characters(count: i64) -> String {
    match count {
        1 => "1 character".to_owned(),
        count => format!("{count} characters"),
    }
}

impl fmt::Display for Narrowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Narrowing::Uuid | Narrowing::Jid | Narrowing::DateTime => f.write_str(self.word()),
            Narrowing::Int(bounds) | Narrowing::Text(bounds) if self.has_bounds() => {
                write!(f, "{} {bounds}", self.word())
            }
            Narrowing::Int(_) | Narrowing::Text(_) => f.write_str(self.word()),
            Narrowing::Regex(expression) => {
                write!(f, "/{}/", expression.written().replace('/', "\\/"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_accepts(narrowing: &Narrowing, good: &[&str], bad: &[&str]) {
        for value in good {
            assert!(narrowing.accepts(value), "{value:?} should be accepted");
        }
        for value in bad {
            assert!(!narrowing.accepts(value), "{value:?} should be refused");
        }
    }

    #[test]
    fn narrowings_accept_what_their_names_say() {
        assert_accepts(
            &Narrowing::Int(Bounds::NONE),
            &["0", "-12", "+7"],
            &["", "1.0", "x", "1 "],
        );
        assert_accepts(
            &Narrowing::Uuid,
            &["f81d4fae-7dec-11d0-a765-00a0c91e6bf6"],
            &[
                "f81d4fae7dec11d0a76500a0c91e6bf6",
                "f81d4fae-7dec-11d0-a765-00a0c91e6bfg",
            ],
        );
        assert_accepts(
            &Narrowing::Jid,
            &["localhost", "a@b", "a@b/c d"],
            &["", "@b", "a@", "a@b/"],
        );
        assert_accepts(
            &Narrowing::DateTime,
            &["1969-07-21T02:56:15Z", "1969-07-20T21:56:15.123-05:00"],
            &[
                "1969-07-21",
                "1969-07-21T02:56:15",
                "1969-02-31T02:56:15Z",
                "1969-07-21t02:56:15z",
            ],
        );
    }

    #[test]
    fn expressions_fit_whole_values() {
        let narrowing = Narrowing::Regex(Expression::new("a|bc").unwrap());
        assert_accepts(&narrowing, &["a", "bc"], &["ab", "abc", "xa", "a\n"]);
    }

    #[track_caller]
    fn read(words: &str) -> Narrowing {
        let narrowing = Narrowing::read(words).unwrap();
        assert_eq!(narrowing.to_string(), words);
        narrowing
    }

    #[test]
    fn integers_have_bounds() {
        assert_accepts(&read("int 1.."), &["1", "+1", "007"], &["0", "-1", "", "x"]);
        assert_accepts(&read("int -5..5"), &["-5", "0", "5"], &["-6", "6"]);
        assert_accepts(&read("int 3"), &["3", "03"], &["2", "-3"]);
        let huge = "9".repeat(60);
        let low = format!("-{huge}");
        assert_accepts(&read("int 1.."), &[&huge], &[&low]);
        assert_accepts(&read("int ..1"), &[&low], &[&huge]);
    }

    #[test]
    fn texts_have_a_length_in_characters() {
        assert_accepts(&read("text 1..3"), &["a", "äöü", " \n "], &["", "abcd"]);
        assert_accepts(&read("text 2"), &["ab"], &["a", "abc"]);
        assert_accepts(&read("text"), &["", "a"], &[]);
        assert_eq!(read("text 1..3").longest(), 12);
        assert_eq!(read("text 1..").longest(), usize::MAX);
    }

    #[test]
    fn what_is_accepted_is_told_in_words() {
        for (words, described) in [
            ("int", "an integer"),
            ("int 1..", "an integer from 1"),
            ("int ..5", "an integer up to 5"),
            ("int 1..5", "an integer from 1 to 5"),
            ("int 3", "the integer 3"),
            ("text 1..", "at least 1 character long"),
            ("text ..128", "at most 128 characters long"),
            ("text 1..128", "1 to 128 characters long"),
            ("text 36", "36 characters long"),
            ("uuid", "a UUID"),
        ] {
            assert_eq!(read(words).described(), described);
        }
    }

    #[test]
    fn words_that_mean_no_kind_say_why() {
        let said = |words: &str| Narrowing::read(words).unwrap_err().to_string();
        assert_eq!(said("itn 1.."), "unknown kind of wildcard `itn 1..`");
        assert_eq!(said("uuid 1..5"), "`uuid` has no bounds");
        assert_eq!(said("int 5..1"), "no number is from 5 to 1");
        assert_eq!(said("text -1.."), "no text has a length of -1");
    }
}
