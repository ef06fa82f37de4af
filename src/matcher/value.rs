//! Comparing one value: an attribute's, or an element's text.

use std::borrow::Cow;

use super::bindings::{Bindings, Captures};
use super::demands::{Broken, Demands};
use super::effort::Steps;
use super::parts::{Whole, match_segments};
use super::pattern::{Conditions, ValueKind, ValuePattern, ValuePiece};
use super::segment::{Segment, segments};

/// Compares a value with what is expected of it and gives what it binds; none where it does not match.
///
/// Unbound wildcards match freely here, the same name twice included: the caller sees to it that names used twice are
/// bound.
pub(super) fn match_value(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
    steps: &Steps<'_>,
) -> Option<Captures> {
    steps.scan(received.len())?;
    match expected.pieces.as_slice() {
        [ValuePiece::Any] => (kind == ValueKind::Attribute || !received.is_empty()).then(Vec::new),
        [ValuePiece::Capture(name)] => Some(vec![(name.clone(), received.to_owned())]),
        [ValuePiece::Literal(text)] => (text == received).then(Vec::new),
        pieces => match_segments(&segments(pieces, bindings)?, kind, received, steps),
    }
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
            ValuePiece::Wildcard { name, conditions } => {
                let value = name.as_deref().and_then(|name| bindings.get(name));
                match value.filter(|value| conditions.accept(value, bindings)) {
                    Some(value) => value.to_owned(),
                    None => render_wildcard(name.as_deref(), conditions),
                }
            }
            ValuePiece::Any => "{scansion:any}".to_owned(),
            ValuePiece::Capture(name) => format!("{{scansion:capture:{name}}}"),
        })
        .collect()
}

fn render_wildcard(name: Option<&str>, conditions: &Conditions) -> String {
    let name = name.unwrap_or("_");
    match conditions.is_empty() {
        true => format!("$<{name}>"),
        false => format!("$<{name}:{conditions}>"),
    }
}

impl Conditions {
    /// Whether a value meets them, where all variables that they name have values.
    pub fn accept(&self, value: &str, bindings: &Bindings) -> bool {
        Demands::of(self, bindings).is_some_and(|demands| demands.accept(value))
    }
}

/// What is to be said of a condition that is not met: behind what is expected, and behind what came.
pub(super) type Objection = (String, String);

/// Which condition of a wildcard a value does not meet; none if that cannot be told, or the wildcard says it all.
pub(super) fn objection(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
) -> Option<Objection> {
    let Some(segments) = segments(&expected.pieces, bindings) else {
        let mut pieces = expected.pieces.iter();
        return pieces.find_map(|piece| objection_to_bound(piece, bindings));
    };
    let steps = Steps::of_values();
    let whole = Whole {
        kind,
        received,
        steps: &steps,
    };
    let (free, part) = whole.only_part(&segments)?;
    let Segment::Free { demands, .. } = free else {
        return None;
    };
    let value = received.get(part)?;
    let is_theirs = whole.has_edges_of(&segments);
    is_theirs.then(|| objection_to(demands, value)).flatten()
}

/// The same of the value that a wildcard is known to have.
fn objection_to_bound(piece: &ValuePiece, bindings: &Bindings) -> Option<Objection> {
    let ValuePiece::Wildcard { name, conditions } = piece else {
        return None;
    };
    let value = bindings.get(name.as_deref()?)?;
    objection_to(&Demands::of(conditions, bindings)?, value)
}

fn objection_to(demands: &Demands<'_>, value: &str) -> Option<Objection> {
    match demands.broken_by(value)? {
        Broken::Narrowing(narrowing) if demands.say_more_than(narrowing) => {
            Some((format!(" ({})", narrowing.described()), String::new()))
        }
        Broken::Narrowing(_) => None,
        Broken::Not(name) => Some((String::new(), format!(", the same value as {name}"))),
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

#[cfg(test)]
mod tests {
    use super::super::effort::Steps;
    use super::*;
    use crate::expression::{Bounds, Narrowing};
    use crate::source::Span;

    fn wildcard(name: &str) -> ValuePiece {
        ValuePiece::Wildcard {
            name: (name != "_").then(|| name.to_owned()),
            conditions: Conditions::default(),
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
        matched(&value(pieces), ValueKind::Attribute, received, bindings)
    }

    fn matched(
        expected: &ValuePattern,
        kind: ValueKind,
        received: &str,
        bindings: &Bindings,
    ) -> Option<Captures> {
        match_value(expected, kind, received, bindings, &Steps::of_values())
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
            conditions: Conditions::of(Narrowing::Int(Bounds::NONE)),
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
        assert!(matched(&any, ValueKind::Attribute, "", &none).is_some());
        assert!(matched(&any, ValueKind::Text, "", &none).is_none());
        assert!(matched(&any, ValueKind::Text, "x", &none).is_some());
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
        assert!(matched(&pattern, ValueKind::Text, "a", &bindings).is_some());
        assert!(matched(&pattern, ValueKind::Attribute, "a", &bindings).is_none());
    }

    #[test]
    fn white_space_beside_a_wildcard_that_stands_for_nothing_does_not_count() {
        let matches = |pieces: Vec<ValuePiece>, kind, received: &str| {
            matched(&value(pieces), kind, received, &Bindings::new()).is_some()
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
