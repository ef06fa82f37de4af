//! Regular expressions that a whole value must fit.
//!
//! It knows how they are read, and nothing of where they are written or of what they are compared with.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::{Hir, Look};
use thiserror::Error;

/// Why a text is no regular expression, in a few words.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0}")]
pub struct BadExpression(String);

/// An expression that fits a value from end to end, or not at all. `limit` is how large it may be when it is
/// compiled, in bytes.
///
/// The ends are put around what the text means, and not around the text: `a)(b` and `(?x)a # b` shall not
/// mean something else for them.
///
/// # Errors
///
/// When the text is no regular expression, or one that is too large.
pub fn whole(text: &str, limit: usize) -> Result<Regex, BadExpression> {
    let meant = regex_syntax::parse(text).map_err(|error| reason(&error.to_string()))?;
    let ends = [Look::Start, Look::End].map(Hir::look);
    let [start, end] = ends;
    let anchored = Hir::concat(vec![start, meant, end]).to_string();
    let built = RegexBuilder::new(&anchored).size_limit(limit).build();
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
    fn fits(text: &str, value: &str) -> bool {
        whole(text, 1 << 20).unwrap().is_match(value)
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
        assert!(whole("a)(b", 1 << 20).is_err());
        assert!(fits("(?x) a b # c", "ab"));
        assert!(fits("(?i)é+", "ÉÉ"));
        assert!(fits(r"[\w.]+@(a|b)\.example", "x.y@b.example"));
    }

    #[test]
    fn what_is_wrong_is_told_in_a_few_words() {
        let said = |text| whole(text, 1 << 10).unwrap_err().to_string();
        assert_eq!(said("("), "unclosed group");
        assert!(
            said(r"\w{100}").contains("1024 bytes"),
            "{}",
            said(r"\w{100}")
        );
    }
}
