//! What a whole value must look like: regular expressions that it must fit, and kinds that have a name.
//!
//! It knows how they are read. Where they are written, and what they are compared with, is not known here.

mod automaton;
mod bounds;
mod narrowing;

use std::hash::{Hash, Hasher};
use std::sync::OnceLock;

pub(crate) use automaton::{Automaton, Direction};
pub use bounds::{BadBounds, Bounds};
pub use narrowing::{BadNarrowing, Narrowing};

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, Look};
use thiserror::Error;

/// Why a text is no regular expression, in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadExpression(String);

/// How large an expression may be when it is compiled, in bytes.
const LIMIT: usize = 1 << 20;

/// An expression that fits a value from end to end, or not at all. Two are the same if they are written the same.
#[derive(Debug, Clone)]
pub struct Expression {
    written: String,
    /// Made when it is first needed: it is large, and many scripts can be read long before they are played.
    whole: OnceLock<Regex>,
    /// The same for parts of values; none if it looks at what is around it.
    automaton: OnceLock<Option<Automaton>>,
}

impl Expression {
    /// Reads an expression.
    ///
    /// The ends are put around what the text means, and not around the text: `a)(b` and `(?x)a # b` shall not
    /// mean something else for them.
    ///
    /// # Errors
    ///
    /// When the text is no regular expression, or one that takes more than 1 MiB when it is compiled.
    pub fn new(written: &str) -> Result<Self, BadExpression> {
        whole(written).map(|_| Self {
            written: written.to_owned(),
            whole: OnceLock::new(),
            automaton: OnceLock::new(),
        })
    }

    /// As it was written.
    pub fn written(&self) -> &str {
        &self.written
    }

    /// Whether it fits all of a value.
    pub fn fits(&self, value: &str) -> bool {
        let make = || whole(&self.written).expect("it could be made before");
        self.whole.get_or_init(make).is_match(value)
    }

    /// What finds the parts of a value that it fits, all at once; none if that depends on what is around a part.
    pub(crate) fn automaton(&self) -> Option<&Automaton> {
        let make = || Automaton::new(&regex_syntax::parse(&self.written).ok()?);
        self.automaton.get_or_init(make).as_ref()
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.written == other.written
    }
}

impl Eq for Expression {}

impl Hash for Expression {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.written.hash(state);
    }
}

fn whole(written: &str) -> Result<Regex, BadExpression> {
    let meant = regex_syntax::parse(written).map_err(|error| reason(&error.to_string()))?;
    let [start, end] = [Look::Start, Look::End].map(Hir::look);
    let anchored = Hir::concat(vec![start, meant, end]).to_string();
    let built = RegexBuilder::new(&anchored).size_limit(LIMIT).build();
    built.map_err(|error| reason(&error.to_string()))
}

/// The last line of the explanation says what is wrong; those above draw the place.
fn reason(explanation: &str) -> BadExpression {
    let reason = explanation.lines().last().unwrap_or_default();
    BadExpression(reason.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn fits(written: &str, value: &str) -> bool {
        Expression::new(written).unwrap().fits(value)
    }

    #[test]
    fn the_whole_value_must_fit() {
        assert!(fits("a|bc", "a") && fits("a|bc", "bc"));
        for other in ["ab", "abc", "xa", "a\n", ""] {
            assert!(!fits("a|bc", other), "{other:?}");
        }
    }

    #[test]
    fn the_ends_are_no_part_of_the_text() {
        assert!(Expression::new("a)(b").is_err());
        assert!(fits("(?x) a b # c", "ab"));
        assert!(fits("(?i)é+", "ÉÉ"));
        assert!(fits(r"[\w.]+@(a|b)\.example", "x.y@b.example"));
    }

    #[test]
    fn what_is_wrong_is_told_in_a_few_words() {
        let said = |written| Expression::new(written).unwrap_err().to_string();
        assert_eq!(said("("), "unclosed group");
        let too_large = said(r"\w{1000}");
        assert!(too_large.contains("1048576"), "{too_large}");
    }
}
