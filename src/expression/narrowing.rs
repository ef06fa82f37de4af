//! What a whole value must look like: one of a few kinds that have names, or what an expression fits.
//!
//! Scripts narrow wildcards by it, and the matcher asks it. It knows the words that scripts have for it, and nothing of
//! where a value stands.

use std::fmt;
use std::sync::LazyLock;

use xmpp_parsers::date::DateTime;

use super::{Automaton, Expression};

/// What a value must look like.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Narrowing {
    /// `int`: a decimal integer, perhaps with a sign.
    Int,
    /// `uuid`: 8-4-4-4-12 hexadecimal digits (RFC 9562 §4).
    Uuid,
    /// `jid`: a JID (RFC 7622).
    Jid,
    /// `datetime`: a date and time (XEP-0082 §3.2).
    DateTime,
    /// `/regex/`: what the expression fits from end to end.
    Regex(Expression),
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
    /// Those that have a word of their own.
    pub const NAMED: [Self; 4] = [Self::Int, Self::Uuid, Self::Jid, Self::DateTime];

    /// The one that scripts call by a word.
    pub fn named(word: &str) -> Option<Self> {
        let mut named = Self::NAMED.into_iter();
        named.find(|narrowing| narrowing.word() == word)
    }

    /// How scripts call it.
    pub fn word(&self) -> &'static str {
        match self {
            Narrowing::Int => "int",
            Narrowing::Uuid => "uuid",
            Narrowing::Jid => "jid",
            Narrowing::DateTime => "datetime",
            Narrowing::Regex(_) => Self::EXPRESSION,
        }
    }

    /// Whether a value looks like this.
    pub fn accepts(&self, value: &str) -> bool {
        match self {
            Narrowing::Int => INT.fits(value),
            Narrowing::Uuid => UUID.fits(value),
            Narrowing::Jid => jid::Jid::new(value).is_ok(),
            // The shape alone would let the 31st of February pass, the parser alone a lower-case "t".
            Narrowing::DateTime => DATE_TIME.fits(value) && value.parse::<DateTime>().is_ok(),
            Narrowing::Regex(expression) => expression.fits(value),
        }
    }

    /// What finds all values in a text that have the shape.
    pub(crate) fn shape(&self) -> Option<&Automaton> {
        match self {
            Narrowing::Int => INT.automaton(),
            Narrowing::Uuid => UUID.automaton(),
            Narrowing::DateTime => DATE_TIME.automaton(),
            Narrowing::Regex(expression) => expression.automaton(),
            Narrowing::Jid => None,
        }
    }

    /// Whether a value of the shape is accepted, whatever else it is.
    pub(crate) fn is_shape_enough(&self) -> bool {
        match self {
            Narrowing::Int | Narrowing::Uuid | Narrowing::Regex(_) => true,
            Narrowing::DateTime | Narrowing::Jid => false,
        }
    }

    /// How long a value can be, in bytes.
    pub(crate) fn longest(&self) -> usize {
        match self {
            Narrowing::Jid => LONGEST_JID,
            Narrowing::Int | Narrowing::Uuid | Narrowing::DateTime | Narrowing::Regex(_) => {
                usize::MAX
            }
        }
    }
}

impl fmt::Display for Narrowing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Narrowing::Int | Narrowing::Uuid | Narrowing::Jid | Narrowing::DateTime => {
                f.write_str(self.word())
            }
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
            &Narrowing::Int,
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
}
