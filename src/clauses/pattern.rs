//! Regular expressions that the rules are made of.

use regex::Regex;

/// The expression of a text that we have written.
pub(super) fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("it is a regular expression")
}

/// The expression of any of these words, as whole words, however their letters are written.
pub(super) fn any_of(words: &[&str]) -> Regex {
    pattern(&format!(r"(?i)\b(?:{})\b", words.join("|")))
}
