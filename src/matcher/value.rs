//! Comparing one value: an attribute's, or an element's text.

use std::borrow::Cow;
use std::collections::HashSet;

use super::bindings::Bindings;
use super::pattern::{Narrowing, ValuePattern, ValuePiece};
use crate::escape::WHITE_SPACE;

/// What was bound on the way: variables and their values, in the order of the pattern.
pub(crate) type Captures = Vec<(String, String)>;

/// What kind of value it is, which decides what counts as being there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ValueKind {
    Attribute,
    /// White space around it does not count.
    Text,
}

/// Compares a value with what is expected of it and gives what it binds; none where it does not match.
///
/// Unbound wildcards match freely here, the same name twice included: whoever calls sees to it that
/// names used twice are bound.
pub(crate) fn match_value(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
) -> Option<Captures> {
    match expected.pieces.as_slice() {
        [ValuePiece::Any] => (kind == ValueKind::Attribute || !received.is_empty()).then(Vec::new),
        [ValuePiece::Capture(name)] => Some(vec![(name.clone(), received.to_owned())]),
        [ValuePiece::Literal(text)] => (text == received).then(Vec::new),
        pieces => match_segments(&segments(pieces, bindings)?, kind, received),
    }
}

/// Every value that an unbound wildcard could take in a value, none twice, in the order of the text.
pub(super) fn possible_values(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
    name: &str,
) -> Vec<String> {
    let Some(segments) = segments(&expected.pieces, bindings) else {
        return Vec::new();
    };
    if let [Segment::Free { narrowing, .. }] = segments.as_slice() {
        return accepts(*narrowing, received)
            .then(|| received.to_owned())
            .into_iter()
            .collect();
    }
    let mut found = Vec::new();
    let mut seen = HashSet::new();
    for (start, end) in substrings(received) {
        let value = &received[start..end];
        if seen.insert(value)
            && let Some(bound) = self::segments(&expected.pieces, &bindings.with(name, value))
            && match_segments(&bound, kind, received).is_some()
        {
            found.push(value.to_owned());
        }
    }
    found
}

/// How the expectation looks with the variables filled in that have a value.
pub(super) fn render(expected: &ValuePattern, bindings: &Bindings) -> String {
    expected
        .pieces
        .iter()
        .map(|piece| match piece {
            ValuePiece::Literal(text) => text.clone(),
            ValuePiece::Variable(name) => match bindings.get(name) {
                Some(value) => value.to_owned(),
                None => format!("${{{name}}}"),
            },
            ValuePiece::Wildcard { name, narrowing } => {
                match name.as_deref().and_then(|name| bindings.get(name)) {
                    Some(value) => value.to_owned(),
                    None => render_wildcard(name.as_deref(), narrowing.as_ref()),
                }
            }
            ValuePiece::Any => "{scansion:any}".to_owned(),
            ValuePiece::Capture(name) => format!("{{scansion:capture:{name}}}"),
        })
        .collect()
}

fn render_wildcard(name: Option<&str>, narrowing: Option<&Narrowing>) -> String {
    let name = name.unwrap_or("_");
    match narrowing {
        None => format!("$<{name}>"),
        Some(Narrowing::Int) => format!("$<{name}:int>"),
        Some(Narrowing::Uuid) => format!("$<{name}:uuid>"),
        Some(Narrowing::Jid) => format!("$<{name}:jid>"),
        Some(Narrowing::DateTime) => format!("$<{name}:datetime>"),
        Some(Narrowing::Regex(expression)) => format!("$<{name}:/{}/>", expression.written()),
    }
}

impl ValuePattern {
    /// The one value that can match, where no piece is free.
    pub fn only_value<'a>(&'a self, bindings: &'a Bindings) -> Option<Cow<'a, str>> {
        let mut segments = segments(&self.pieces, bindings)?;
        match segments.pop() {
            None => Some(Cow::Borrowed("")),
            Some(Segment::Literal(text)) if segments.is_empty() => Some(text),
            Some(_) => None,
        }
    }
}

/// A part of a value once variables are filled in.
enum Segment<'a> {
    Literal(Cow<'a, str>),
    Free {
        name: Option<&'a str>,
        narrowing: Option<&'a Narrowing>,
    },
}

/// Fills in variables and joins neighbouring literals; none if a variable has no value, or one that its
/// wildcard does not allow.
fn segments<'a>(pieces: &'a [ValuePiece], bindings: &'a Bindings) -> Option<Vec<Segment<'a>>> {
    let mut segments = Vec::new();
    for piece in pieces {
        match piece {
            ValuePiece::Literal(text) => push_literal(&mut segments, text),
            ValuePiece::Variable(name) => push_literal(&mut segments, bindings.get(name)?),
            ValuePiece::Wildcard { name, narrowing } => {
                match name.as_deref().and_then(|name| bindings.get(name)) {
                    Some(value) if accepts(narrowing.as_ref(), value) => {
                        push_literal(&mut segments, value);
                    }
                    Some(_) => return None,
                    None => segments.push(Segment::Free {
                        name: name.as_deref(),
                        narrowing: narrowing.as_ref(),
                    }),
                }
            }
            // These two come here only where an element's text is written in several runs.
            ValuePiece::Any => segments.push(Segment::Free {
                name: None,
                narrowing: None,
            }),
            ValuePiece::Capture(name) => segments.push(Segment::Free {
                name: Some(name),
                narrowing: None,
            }),
        }
    }
    Some(segments)
}

fn push_literal<'a>(segments: &mut Vec<Segment<'a>>, text: &'a str) {
    match segments.last_mut() {
        Some(Segment::Literal(before)) => before.to_mut().push_str(text),
        _ => segments.push(Segment::Literal(text.into())),
    }
}

fn accepts(narrowing: Option<&Narrowing>, value: &str) -> bool {
    narrowing.is_none_or(|narrowing| narrowing.accepts(value))
}

fn match_segments(segments: &[Segment<'_>], kind: ValueKind, received: &str) -> Option<Captures> {
    let mut search = Search {
        segments,
        kind,
        received,
        dead_ends: HashSet::new(),
        captures: Vec::new(),
    };
    search.fits(0, 0).then_some(search.captures)
}

/// Finds how free segments share a value among them; the first ones take as little as they can.
struct Search<'a> {
    segments: &'a [Segment<'a>],
    kind: ValueKind,
    received: &'a str,
    /// Segment and byte from which no way leads to the end, so that nothing is tried twice.
    dead_ends: HashSet<(usize, usize)>,
    captures: Captures,
}

impl Search<'_> {
    fn fits(&mut self, segment: usize, at: usize) -> bool {
        if self.dead_ends.contains(&(segment, at)) {
            return false;
        }
        let fits = match self.segments.get(segment) {
            None => at == self.received.len(),
            Some(Segment::Literal(text)) => self
                .end_of(text, at)
                .is_some_and(|end| self.fits(segment + 1, end)),
            Some(Segment::Free { name, narrowing }) => {
                self.fits_free(segment, at, *name, *narrowing)
            }
        };
        if !fits {
            self.dead_ends.insert((segment, at));
        }
        fits
    }

    fn fits_free(
        &mut self,
        segment: usize,
        at: usize,
        name: Option<&str>,
        narrowing: Option<&Narrowing>,
    ) -> bool {
        for end in self.ends(segment, at) {
            let value = &self.received[at..end];
            if !accepts(narrowing, value) {
                continue;
            }
            let captured = self.captures.len();
            if let Some(name) = name {
                self.captures.push((name.to_owned(), value.to_owned()));
            }
            if self.fits(segment + 1, end) {
                return true;
            }
            self.captures.truncate(captured);
        }
        false
    }

    /// Where the free segment could end: at the end of the value if it is the last, before what comes next.
    fn ends(&self, segment: usize, at: usize) -> Vec<usize> {
        let rest = &self.received[at..];
        match self.segments.get(segment + 1) {
            None => vec![self.received.len()],
            Some(Segment::Literal(next)) => boundaries(rest)
                .map(|offset| at + offset)
                .filter(|end| self.end_of(next, *end).is_some())
                .collect(),
            Some(_) => boundaries(rest).map(|offset| at + offset).collect(),
        }
    }

    /// Where a literal ends that begins here, if it does. The text compared with it has lost the white space around
    /// it: so has the literal, if there is nothing before or behind it, as free segments can stand for nothing.
    fn end_of(&self, literal: &str, at: usize) -> Option<usize> {
        let rest = &self.received[at..];
        let literal = match (self.kind, at) {
            (ValueKind::Text, 0) => literal.trim_start_matches(WHITE_SPACE),
            _ => literal,
        };
        if rest.starts_with(literal) {
            return Some(at + literal.len());
        }
        let is_last = self.kind == ValueKind::Text && rest == literal.trim_end_matches(WHITE_SPACE);
        is_last.then_some(self.received.len())
    }
}

fn boundaries(text: &str) -> impl Iterator<Item = usize> + '_ {
    text.char_indices()
        .map(|(at, _)| at)
        .chain(std::iter::once(text.len()))
}

fn substrings(text: &str) -> impl Iterator<Item = (usize, usize)> + '_ {
    boundaries(text).flat_map(move |start| {
        boundaries(&text[start..]).map(move |length| (start, start + length))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Span;

    fn wildcard(name: &str) -> ValuePiece {
        ValuePiece::Wildcard {
            name: (name != "_").then(|| name.to_owned()),
            narrowing: None,
        }
    }

    fn literal(text: &str) -> ValuePiece {
        ValuePiece::Literal(text.to_owned())
    }

    fn value(pieces: Vec<ValuePiece>) -> ValuePattern {
        ValuePattern {
            pieces,
            span: Span::default(),
        }
    }

    fn captures(pieces: Vec<ValuePiece>, received: &str, bindings: &Bindings) -> Option<Captures> {
        match_value(&value(pieces), ValueKind::Attribute, received, bindings)
    }

    fn bound(pairs: &[(&str, &str)]) -> Option<Captures> {
        Some(
            pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        )
    }

    #[test]
    fn wildcard_inside_a_longer_value_binds_its_part() {
        let pieces = vec![literal("mam-"), wildcard("n"), literal("-end")];
        let none = Bindings::new();
        assert_eq!(
            captures(pieces.clone(), "mam-17-end", &none),
            bound(&[("n", "17")])
        );
        assert_eq!(
            captures(pieces.clone(), "mam--end", &none),
            bound(&[("n", "")])
        );
        assert_eq!(
            captures(pieces.clone(), "mam-end-end", &none),
            bound(&[("n", "end")])
        );
        assert_eq!(captures(pieces, "mam-17", &none), None);
    }

    #[test]
    fn bound_wildcard_matches_only_its_value() {
        let bindings = Bindings::new().with("n", "17");
        let pieces = vec![literal("mam-"), wildcard("n")];
        assert_eq!(captures(pieces.clone(), "mam-17", &bindings), bound(&[]));
        assert_eq!(captures(pieces, "mam-18", &bindings), None);
    }

    #[test]
    fn several_wildcards_find_a_way_that_fits_all() {
        let digits = ValuePiece::Wildcard {
            name: Some("n".into()),
            narrowing: Some(Narrowing::Int),
        };
        let pieces = vec![
            wildcard("a"),
            literal("-"),
            digits,
            literal("-"),
            wildcard("b"),
        ];
        assert_eq!(
            captures(pieces, "x-y-12-z", &Bindings::new()),
            bound(&[("a", "x-y"), ("n", "12"), ("b", "z")])
        );
    }

    #[test]
    fn any_wants_an_attribute_or_some_text() {
        let any = value(vec![ValuePiece::Any]);
        let none = Bindings::new();
        assert!(match_value(&any, ValueKind::Attribute, "", &none).is_some());
        assert!(match_value(&any, ValueKind::Text, "", &none).is_none());
        assert!(match_value(&any, ValueKind::Text, "x", &none).is_some());
    }

    #[test]
    fn capture_binds_again_and_again() {
        let bindings = Bindings::new().with("x", "old");
        let pieces = vec![ValuePiece::Capture("x".into())];
        assert_eq!(captures(pieces, "new", &bindings), bound(&[("x", "new")]));
    }

    #[test]
    fn variable_without_value_matches_nothing() {
        assert_eq!(
            captures(vec![ValuePiece::Variable("x".into())], "", &Bindings::new()),
            None
        );
    }

    #[test]
    fn white_space_around_a_filled_in_text_does_not_count() {
        let pattern = value(vec![ValuePiece::Variable("x".into())]);
        let bindings = Bindings::new().with("x", " a ");
        assert!(match_value(&pattern, ValueKind::Text, "a", &bindings).is_some());
        assert!(match_value(&pattern, ValueKind::Attribute, "a", &bindings).is_none());
    }

    #[test]
    fn white_space_beside_a_wildcard_that_stands_for_nothing_does_not_count() {
        let matches = |pieces: Vec<ValuePiece>, kind, received: &str| {
            match_value(&value(pieces), kind, received, &Bindings::new()).is_some()
        };
        let behind = || vec![literal("a "), wildcard("x")];
        let around = || vec![wildcard("x"), literal(" a "), wildcard("y"), literal(" ")];
        for pieces in [behind(), around()] {
            assert!(matches(pieces.clone(), ValueKind::Text, "a"));
            assert!(matches(pieces.clone(), ValueKind::Text, "a b"));
            assert!(!matches(pieces.clone(), ValueKind::Text, "ab"));
            assert!(!matches(pieces, ValueKind::Attribute, "a"));
        }
        assert!(matches(around(), ValueKind::Text, "b a b"));
    }

    #[test]
    fn possible_values_of_a_name_used_twice_are_those_that_fit() {
        let pattern = value(vec![wildcard("a"), literal("-"), wildcard("a")]);
        let found = possible_values(&pattern, ValueKind::Attribute, "x-x", &Bindings::new(), "a");
        assert_eq!(found, ["x"]);
        let found = possible_values(&pattern, ValueKind::Attribute, "x-y", &Bindings::new(), "a");
        assert!(found.is_empty());
    }

    #[test]
    fn many_wildcards_on_a_long_value_end_soon() {
        let mut pieces = Vec::new();
        for _ in 0..12 {
            pieces.push(wildcard("_"));
            pieces.push(literal("a"));
        }
        pieces.push(literal("b"));
        assert_eq!(captures(pieces, &"a".repeat(300), &Bindings::new()), None);
    }
}
