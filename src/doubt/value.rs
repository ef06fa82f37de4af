//! Values that a pattern accepts, made up where it leaves them open, and values that differ from one.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::expression::{Bounds, Narrowing};
use crate::matcher::{Bindings, Conditions, ValuePattern, ValuePiece};

/// What stands for a value that may be any.
const MADE_UP: &str = "made-up";

/// Values that differ from one, those that look most like it first.
pub(super) fn others(value: &str) -> Vec<String> {
    let own = [
        format!("{value}-other"),
        "other".to_owned(),
        format!("{}9", value.trim()),
    ];
    let odd = ["-1", "0", "99999999999999999999", "", "@", " "].map(str::to_owned);
    let long = "other".repeat(300);
    let all = own.into_iter().chain(odd).chain([long]);
    all.filter(|other| other.trim() != value.trim()).collect()
}

/// A value that a pattern accepts; none where none comes to mind.
pub(super) fn made(pattern: &ValuePattern, bindings: &Bindings) -> Option<String> {
    let pieces = pattern.pieces.iter();
    let texts = pieces.map(|piece| match piece {
        ValuePiece::Literal(text) => Some(text.clone()),
        ValuePiece::Variable(name) => bindings.get(name).map(str::to_owned),
        ValuePiece::Wildcard { name, conditions } => {
            let known = name.as_deref().and_then(|name| bindings.get(name));
            known
                .map(str::to_owned)
                .or_else(|| fitting(conditions, bindings))
        }
        ValuePiece::Any | ValuePiece::Capture(_) => Some(MADE_UP.to_owned()),
    });
    texts
        .collect::<Option<Vec<_>>>()
        .map(|texts| texts.concat())
}

/// The values that a wildcard must not have, each in the place that it has in the whole value.
pub(super) fn excluded(pattern: &ValuePattern, bindings: &Bindings) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (index, piece) in pattern.pieces.iter().enumerate() {
        let ValuePiece::Wildcard { conditions, .. } = piece else {
            continue;
        };
        for name in &conditions.not {
            let value = bindings.get(name).and_then(|value| {
                let mut pieces = pattern.pieces.clone();
                pieces[index] = ValuePiece::Literal(value.to_owned());
                let span = pattern.span;
                made(&ValuePattern { pieces, span }, bindings)
            });
            found.extend(value.map(|value| (name.clone(), value)));
        }
    }
    found
}

/// A value that meets conditions.
fn fitting(conditions: &Conditions, bindings: &Bindings) -> Option<String> {
    let narrowings = &conditions.narrowings;
    let own = narrowings.iter().flat_map(candidates);
    let mut all = own.chain([MADE_UP.to_owned(), "made-up-too".to_owned()]);
    all.find(|value| {
        let is_excluded = |name: &String| bindings.get(name) == Some(value);
        narrowings.iter().all(|narrowing| narrowing.accepts(value))
            && !conditions.not.iter().any(is_excluded)
    })
}

/// Values that may look like this.
fn candidates(narrowing: &Narrowing) -> Vec<String> {
    match narrowing {
        Narrowing::Int(bounds) => numbers(*bounds),
        Narrowing::Uuid => vec!["f81d4fae-7dec-11d0-a765-00a0c91e6bf6".to_owned()],
        Narrowing::Jid => vec!["made-up@example.net/made-up".to_owned()],
        Narrowing::DateTime => vec!["1969-07-21T02:56:15Z".to_owned()],
        Narrowing::Text(bounds) => {
            let lengths = [bounds.first(), bounds.last(), Some(1)]
                .into_iter()
                .flatten();
            let lengths = lengths.filter_map(|length| usize::try_from(length).ok());
            lengths.map(|length| "m".repeat(length)).collect()
        }
        Narrowing::Regex(expression) => {
            let read = regex_syntax::parse(expression.written()).ok();
            read.iter().map(sample).collect()
        }
    }
}

fn numbers(bounds: Bounds) -> Vec<String> {
    let ends = [bounds.first(), bounds.last()].into_iter().flatten();
    ends.chain(0..3).map(|number| number.to_string()).collect()
}

/// The shortest text, more or less, that an expression fits.
fn sample(expression: &Hir) -> String {
    match expression.kind() {
        HirKind::Empty | HirKind::Look(_) => String::new(),
        HirKind::Literal(literal) => String::from_utf8_lossy(&literal.0).into_owned(),
        HirKind::Class(class) => member(class).map_or_else(String::new, String::from),
        HirKind::Repetition(repetition) => {
            let times = usize::try_from(repetition.min.max(1)).unwrap_or(1);
            let times = match repetition.max {
                Some(0) => 0,
                _ => times,
            };
            sample(&repetition.sub).repeat(times)
        }
        HirKind::Capture(capture) => sample(&capture.sub),
        HirKind::Concat(parts) => parts.iter().map(sample).collect(),
        HirKind::Alternation(parts) => parts.first().map_or_else(String::new, sample),
    }
}

/// A character of a class: one that is not white space, if there is any.
fn member(class: &Class) -> Option<char> {
    let ranges: Vec<(char, char)> = match class {
        Class::Unicode(class) => class
            .ranges()
            .iter()
            .map(|range| (range.start(), range.end()))
            .collect(),
        Class::Bytes(class) => {
            let ranges = class.ranges().iter();
            ranges
                .map(|range| (range.start().into(), range.end().into()))
                .collect()
        }
    };
    let within = |char: &char| {
        ranges
            .iter()
            .any(|(first, last)| (first..=last).contains(&char))
    };
    let plain = "mM0-_.".chars().find(within);
    plain.or_else(|| ranges.first().map(|(first, _)| *first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expression::Expression;
    use crate::source::Span;

    #[track_caller]
    fn fits(narrowing: Narrowing) -> String {
        let conditions = Conditions::of(narrowing.clone());
        let value = fitting(&conditions, &Bindings::new()).unwrap();
        assert!(narrowing.accepts(&value), "{value}");
        value
    }

    #[test]
    fn values_are_made_up_that_fit() {
        for words in [
            "int",
            "int 7..9",
            "int ..-3",
            "uuid",
            "jid",
            "datetime",
            "text 3..5",
            "text",
        ] {
            fits(Narrowing::read(words).unwrap());
        }
        let expressions = [
            ("a|b", "a"),
            (r"[0-9]{3}-\w+", "000-m"),
            ("x?(y|z)", "xy"),
            (".*", "m"),
        ];
        for (expression, value) in expressions {
            let expression = Expression::new(expression).unwrap();
            assert_eq!(fits(Narrowing::Regex(expression)), value);
        }
    }

    #[test]
    fn what_a_value_must_not_be_is_known() {
        let bindings = Bindings::new().with("a", "1").with("b", "2");
        let wildcard = ValuePiece::Wildcard {
            name: None,
            conditions: Conditions {
                not: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
                ..Conditions::default()
            },
        };
        let pattern = ValuePattern {
            pieces: vec![ValuePiece::Literal("x".to_owned()), wildcard],
            span: Span::default(),
        };
        let values: Vec<_> = excluded(&pattern, &bindings).into_iter().collect();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(values, [pair("a", "x1"), pair("b", "x2")]);
        assert_eq!(made(&pattern, &bindings).as_deref(), Some("xmade-up"));
    }

    #[test]
    fn other_values_differ() {
        for value in ["", "0", "other", "a b"] {
            assert!(!others(value).iter().any(|other| other == value));
        }
    }
}
