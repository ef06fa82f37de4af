//! What blessing may change. It is a list of what it may: whatever is not on it is left to its author.

use super::Refusal;
use crate::ns;
use crate::script::ExpectationMode;
use crate::script::ast::{Action, Element, Node, Piece, Script, Stanza, Value};
use crate::source::Span;

/// The attributes of ours that say how an element is compared, and nothing of how often it comes or what must not.
const ATTRIBUTES: [&str; 2] = ["strict", "order"];

/// Why an expectation is left alone, if it is: it says something that cannot be read off from what came.
pub(super) fn left_alone(
    script: &Script,
    action: &Action,
    stanza: Option<&Stanza>,
) -> Option<Refusal> {
    let found = mode(action).or_else(|| element(&stanza?.element));
    let (place, what) = found?;
    let line = script.source.position(place.start).line;
    Some(Refusal::LeftAlone { line, what })
}

/// The mode, if it is more than that stanzas come, or that none does.
fn mode(action: &Action) -> Option<(Span, String)> {
    match action.verb.expectation()?.mode {
        ExpectationMode::Each | ExpectationMode::AllInAnyOrder | ExpectationMode::Nothing => None,
        ExpectationMode::InThisOrder | ExpectationMode::NoneOf => {
            Some((action.span, format!("`{}`", action.verb.phrase())))
        }
    }
}

fn element(own: &Element) -> Option<(Span, String)> {
    if own.name.namespace.as_ref() == ns::SCANSION && !own.is_any() {
        return Some((own.tag, format!("<{}>", own.name.written())));
    }
    let mut attributes = own.attributes.iter();
    attributes
        .find_map(|attribute| {
            let name = &attribute.name;
            let is_ours = name.namespace.as_ref() == ns::SCANSION;
            let is_left = is_ours && !ATTRIBUTES.contains(&name.local.as_str());
            let told = || (attribute.span, format!("`{}`", name.written()));
            is_left.then(told).or_else(|| value(&attribute.value))
        })
        .or_else(|| own.children.iter().find_map(content))
}

fn content(node: &Node) -> Option<(Span, String)> {
    match node {
        Node::Element(child) => element(child),
        Node::Text(text) => value(&text.value),
        Node::Comment(_) => None,
    }
}

fn value(own: &Value) -> Option<(Span, String)> {
    own.pieces.iter().find_map(|piece| match piece {
        Piece::Literal(_)
        | Piece::Variable(_)
        | Piece::Wildcard(_)
        | Piece::Any(_)
        | Piece::Capture(_) => None,
    })
}
