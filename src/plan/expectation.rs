//! From an element of a `receives` block to a pattern.

use super::rename::Renames;
use super::template::with_next;
use crate::escape::WHITE_SPACE;
use crate::expression::Narrowing;
use crate::matcher::{
    AttributePattern, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValuePattern,
    ValuePiece,
};
use crate::ns;
use crate::script::Role;
use crate::script::ast::{Element, Node, Piece, Value};
use crate::source::Span;

/// What has to be known beside the element.
#[derive(Debug, Clone, Copy)]
pub(super) struct Defaults<'a> {
    /// Whose stream it comes over: elements of its default namespace are non-strict by themselves.
    pub(super) role: &'static Role,
    /// The order of children where the element does not say.
    pub(super) order: ChildOrder,
    /// How the JIDs are called in this run.
    pub(super) renames: &'a Renames<'a>,
}

/// Makes a pattern of an element.
pub(super) fn pattern(element: &Element, defaults: Defaults<'_>) -> Pattern {
    if element.is_any() {
        return Pattern::Any(element.tag);
    }
    let explicit = explicit_mode(element);
    let implicit = if element.name.namespace.as_ref() == defaults.role.namespace() {
        Mode::NonStrict
    } else {
        Mode::Strict
    };
    Pattern::Element(Box::new(ElementPattern {
        namespace: element.name.namespace.to_string(),
        name: element.name.local.clone(),
        mode: explicit.unwrap_or(implicit),
        order: child_order(element, defaults.order),
        attributes: attributes(element, defaults.renames),
        text: text(element, explicit, defaults.renames),
        children: element
            .elements()
            .map(|child| pattern(child, defaults))
            .collect(),
        tag: element.tag,
        extent: element.extent,
        name_span: element.name.span,
    }))
}

fn explicit_mode(element: &Element) -> Option<Mode> {
    match element.attribute(ns::SCANSION, "strict")?.value.literal()? {
        "true" => Some(Mode::Strict),
        _ => Some(Mode::NonStrict),
    }
}

fn child_order(element: &Element, default: ChildOrder) -> ChildOrder {
    match element.attribute(ns::SCANSION, "order") {
        Some(_) => ChildOrder::Any,
        None => default,
    }
}

fn attributes(element: &Element, renames: &Renames<'_>) -> Vec<AttributePattern> {
    element
        .attributes
        .iter()
        .filter(|attribute| attribute.name.namespace.as_ref() != ns::SCANSION)
        .map(|attribute| AttributePattern {
            namespace: attribute.name.namespace.to_string(),
            name: attribute.name.local.clone(),
            value: value_pattern(&attribute.value, renames),
            span: attribute.span,
        })
        .collect()
}

fn value_pattern(value: &Value, renames: &Renames<'_>) -> ValuePattern {
    let pieces = with_next(&value.pieces);
    let pieces = pieces.map(|(piece, next)| value_piece(piece, next, renames));
    let pieces = pieces.collect();
    let span = value.span;
    ValuePattern { pieces, span }
}

fn value_piece(piece: &Piece, next: Option<&Piece>, renames: &Renames<'_>) -> ValuePiece {
    match piece {
        Piece::Literal(text) => {
            ValuePiece::Literal(renames.text_before(&text.value, next).into_owned())
        }
        Piece::Variable(variable) => ValuePiece::Variable(variable.value.to_string()),
        Piece::Wildcard(wildcard) => ValuePiece::Wildcard {
            name: wildcard.value.name.clone(),
            narrowing: wildcard
                .value
                .narrowing
                .as_ref()
                .map(|own| narrowing(own, renames)),
        },
        Piece::Any(_) => ValuePiece::Any,
        Piece::Capture(name) => ValuePiece::Capture(name.value.clone()),
    }
}

fn narrowing(own: &Narrowing, renames: &Renames<'_>) -> Narrowing {
    match own {
        Narrowing::Regex(expression) => Narrowing::Regex(renames.expression(expression)),
        Narrowing::Int | Narrowing::Uuid | Narrowing::Jid | Narrowing::DateTime => own.clone(),
    }
}

/// The element's own text, without the white space around it; comments and children do not part it.
fn text(element: &Element, explicit: Option<Mode>, renames: &Renames<'_>) -> TextPattern {
    let mut pieces: Vec<ValuePiece> = Vec::new();
    let mut span: Option<Span> = None;
    for node in &element.children {
        if let Node::Text(text) = node {
            for (piece, next) in with_next(&text.value.pieces) {
                push_piece(&mut pieces, value_piece(piece, next, renames));
            }
            if !text.value.is_blank() {
                span = Some(span.map_or(text.value.span, |first| first.to(text.value.span)));
            }
        }
    }
    trim(&mut pieces);
    match (pieces.is_empty(), explicit) {
        (false, _) => TextPattern::Value(ValuePattern {
            pieces,
            span: span.unwrap_or(element.tag),
        }),
        (true, Some(Mode::Strict)) => TextPattern::Absent,
        (true, _) => TextPattern::Free,
    }
}

fn push_piece(pieces: &mut Vec<ValuePiece>, piece: ValuePiece) {
    match (pieces.last_mut(), piece) {
        (Some(ValuePiece::Literal(before)), ValuePiece::Literal(more)) => before.push_str(&more),
        (_, piece) => pieces.push(piece),
    }
}

fn trim(pieces: &mut Vec<ValuePiece>) {
    if let Some(ValuePiece::Literal(first)) = pieces.first_mut() {
        *first = first.trim_start_matches(WHITE_SPACE).to_owned();
    }
    if let Some(ValuePiece::Literal(last)) = pieces.last_mut() {
        *last = last.trim_end_matches(WHITE_SPACE).to_owned();
    }
    pieces.retain(|piece| !matches!(piece, ValuePiece::Literal(text) if text.is_empty()));
}
