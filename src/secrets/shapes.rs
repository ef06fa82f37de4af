//! Expressions for what a text may have, each of which is compiled when a text has a word of it.
//!
//! To compile all of them takes longer than to run a script, and most texts have none of the words. What the
//! expressions are for is not known here.

use std::sync::OnceLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, Input, MatchKind};
use regex::bytes::Regex;

/// Some expressions, and the words by which texts are told that may have something of the kind.
pub(super) struct Shapes {
    shapes: Vec<Shape>,
    /// Finds the words of all shapes.
    words: AhoCorasick,
    /// The words that are hints by themselves.
    hints: Words,
}

/// An expression over bytes, and the words without which nothing looks so.
struct Shape {
    pattern: String,
    expression: OnceLock<Regex>,
    /// One of these is in all that looks so.
    hints: Words,
    /// And one of these, if there are any.
    companions: Words,
}

/// A set of words, by their numbers.
type Words = u64;

impl Shapes {
    /// The shapes of these patterns. The words, of which the first ones are hints and the other ones their companions,
    /// are in lower case with bars between them, and found in upper case as well. None may begin with another one, and to
    /// be found fast, none may be a single byte.
    pub(super) fn new<'a>(shapes: impl IntoIterator<Item = (&'a str, &'a str, String)>) -> Self {
        let mut words = Vec::new();
        let shapes = shapes
            .into_iter()
            .map(|(hints, companions, pattern)| Shape {
                pattern,
                expression: OnceLock::new(),
                hints: numbers(hints, &mut words),
                companions: numbers(companions, &mut words),
            });
        let shapes: Vec<_> = shapes.collect();
        // A search for a few words that stops at the first one is made without reading each byte.
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(&words);
        Self {
            words: automaton.expect("the words are constants"),
            hints: shapes.iter().fold(0, |all, shape| all | shape.hints),
            shapes,
        }
    }

    /// The expressions that may be found in a text; none at all if it does not even have one of their hints.
    pub(super) fn hinted_at(&self, text: &[u8]) -> Option<Vec<&Regex>> {
        let words = self.words_in(text);
        let shapes = self.shapes.iter().filter(|shape| shape.may_be_among(words));
        (words & self.hints != 0).then(|| shapes.map(Shape::expression).collect())
    }

    /// Whether one of the expressions may be found in a text.
    pub(super) fn may_be_in(&self, text: &[u8]) -> bool {
        let words = self.words_in(text);
        self.shapes.iter().any(|shape| shape.may_be_among(words))
    }

    fn words_in(&self, text: &[u8]) -> Words {
        let text = text.to_ascii_lowercase();
        let (mut words, mut at) = (0, 0);
        while let Some(found) = self.words.find(Input::new(&text).range(at..)) {
            words |= 1 << found.pattern().as_usize();
            // A word can begin within another one.
            at = found.start() + 1;
        }
        words
    }
}

/// The numbers of words with bars between them, of which new ones are put to the others.
fn numbers<'a>(words: &'a str, all: &mut Vec<&'a str>) -> Words {
    let words = words.split('|').filter(|word| !word.is_empty());
    words.fold(0, |numbers, word| {
        let known = all.iter().position(|own| *own == word);
        let number = known.unwrap_or_else(|| {
            all.push(word);
            all.len() - 1
        });
        numbers | 1 << number
    })
}

impl Shape {
    fn may_be_among(&self, words: Words) -> bool {
        words & self.hints != 0 && (self.companions == 0 || words & self.companions != 0)
    }

    fn expression(&self) -> &Regex {
        self.expression.get_or_init(|| {
            Regex::new(&self.pattern).expect("the expressions are constants of their modules")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shapes() -> Shapes {
        Shapes::new([
            ("sasl", "<auth|:auth", "(?-u)first".to_owned()),
            ("token|<token", "", "(?-u)second".to_owned()),
        ])
    }

    #[test]
    fn an_expression_is_hinted_at_by_a_word_and_its_companion() {
        let shapes = shapes();
        let hinted = |text: &str| {
            let shapes = shapes.hinted_at(text.as_bytes())?;
            Some(shapes.into_iter().map(Regex::as_str).collect::<Vec<_>>())
        };
        assert_eq!(hinted("<auth>"), None);
        assert_eq!(hinted("SASL"), Some(vec![]));
        assert_eq!(hinted("<Auth> sasl"), Some(vec!["(?-u)first"]));
        assert_eq!(hinted("a token"), Some(vec!["(?-u)second"]));
        assert!(shapes.may_be_in(b"<token"));
        assert!(!shapes.may_be_in(b"sasl"));
    }

    #[test]
    fn words_that_overlap_are_all_found() {
        assert_eq!(shapes().words_in(b"sasl<token").count_ones(), 3);
    }
}
