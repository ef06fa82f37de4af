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
use regex_syntax::hir::{Class, Hir, HirKind, Look};
use thiserror::Error;

/// Why a text is no regular expression, in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadExpression(String);

/// How large an expression may be when it is compiled, in bytes.
const LIMIT: usize = 1 << 20;

/// What is as short as this, and has so few states, is far below the limit: a state takes less than a hundred bytes, and
/// no deeper nesting fits in than can be compiled.
const SHORT: usize = 80;
const FEW: usize = 2000;

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
        let meant = parse(written)?;
        // To compile it takes a hundred times as long as to read it.
        if written.len() > SHORT || most_states(&meant) > FEW {
            compiled(meant)?;
        }
        Ok(Self {
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
        let make = || {
            let compiled = parse(&self.written).and_then(compiled);
            compiled.expect("it could be made before, or is small")
        };
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

fn parse(written: &str) -> Result<Hir, BadExpression> {
    regex_syntax::parse(written).map_err(|error| reason(&error.to_string()))
}

fn compiled(meant: Hir) -> Result<Regex, BadExpression> {
    let [start, end] = [Look::Start, Look::End].map(Hir::look);
    let anchored = Hir::concat(vec![start, meant, end]).to_string();
    let built = RegexBuilder::new(&anchored).size_limit(LIMIT).build();
    built.map_err(|error| reason(&error.to_string()))
}

/// At least as many states as it has when it is compiled.
fn most_states(hir: &Hir) -> usize {
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 1,
        HirKind::Literal(literal) => literal.0.len(),
        HirKind::Class(class) if class.maximum_len() == Some(1) => 1 + ranges(class),
        // A range of characters is up to sixteen rows of up to four ranges of bytes, and each row is a branch.
        HirKind::Class(class) => 1 + 80 * ranges(class),
        HirKind::Repetition(repetition) => {
            let times = repetition.max.unwrap_or(repetition.min) as usize + 1;
            times.saturating_mul(most_states(&repetition.sub) + 2)
        }
        HirKind::Capture(capture) => 2 + most_states(&capture.sub),
        HirKind::Concat(parts) | HirKind::Alternation(parts) => {
            let states = parts.iter().map(|part| 1 + most_states(part));
            states.fold(1, usize::saturating_add)
        }
    }
}

fn ranges(class: &Class) -> usize {
    match class {
        Class::Unicode(class) => class.ranges().len(),
        Class::Bytes(class) => class.ranges().len(),
    }
}

/// The last line of the explanation says what is wrong; those above draw the place.
fn reason(explanation: &str) -> BadExpression {
    let reason = explanation.lines().last().unwrap_or_default();
    BadExpression(reason.trim_start_matches("error: ").to_owned())
}

#[cfg(test)]
mod tests {
    use regex_automata::nfa::thompson::NFA;

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

    #[test]
    fn what_has_few_states_is_small() {
        for written in [
            "",
            "a|bc|",
            "(a{2,5}b*?){3,}",
            "[0-9a-f]{8}(-[0-9a-f]{4}){3}",
            "[^a]",
            "(?s).+",
            r"\d\w",
            r"(?i)\bé+[\u{80}-\u{10FFFF}]{9}",
            "[a-z]{1,150}",
            r"(a|é|[\x01-\u{FFFE}]){40}",
        ] {
            let meant = parse(written).unwrap();
            let states = NFA::compiler().build_from_hir(&meant).unwrap();
            assert!(
                states.states().len() <= most_states(&meant) + 4,
                "{written}"
            );
            assert!(states.memory_usage() <= 100 * most_states(&meant) + 10_000);
        }
    }

    #[test]
    fn what_is_short_is_not_nested_too_deep() {
        let deepest = [
            format!("{}a{}", "(".repeat(39), ")".repeat(39)),
            format!("a{}", "*".repeat(79)),
            format!("a{}", "+?".repeat(39)),
            format!("{}a{}", "(b|".repeat(19), ")".repeat(19)),
            format!("{}a{}", "(?:b|".repeat(13), ")*".repeat(7)),
        ];
        for nested in deepest {
            assert!(nested.len() <= SHORT);
            assert!(
                Expression::new(&nested).is_err() || fits(&nested, "a"),
                "{nested}"
            );
        }
    }
}
