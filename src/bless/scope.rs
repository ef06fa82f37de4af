//! What blessing may change. It is a list of what it may: whatever is not on it is left to its author.

use super::Refusal;
use crate::expression::{Bounds, Narrowing};
use crate::ns;
use crate::script::ExpectationMode;
use crate::script::ast::{Action, Condition, Element, Piece, Script, Stanza, Wildcard};
use crate::source::{Span, Spanned};

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
    let mut attributes = own.attributes.iter().map(|attribute| &attribute.name);
    let left = attributes.find(|name| {
        name.namespace.as_ref() == ns::SCANSION && !ATTRIBUTES.contains(&name.local.as_str())
    });
    let left = left.map(|name| (name.span, format!("`{}`", name.written())));
    left.or_else(|| own.elements().find_map(element))
}

/// Why an expectation stays as it is, if the changed one lacks what its author demands of a value beyond its kind.
pub(super) fn lost(script: &Script, before: &Stanza, after: &Stanza) -> Option<Refusal> {
    let mut kept: Vec<&Wildcard> = demands(after).map(|wildcard| &wildcard.value).collect();
    let is_lost = |wildcard: &&Spanned<Wildcard>| {
        let found = kept.iter().position(|kept| **kept == wildcard.value);
        found.map(|found| kept.swap_remove(found)).is_none()
    };
    let lost = demands(before).find(is_lost)?;
    let line = script.source.position(lost.span.start).line;
    let what = format!("`{}`", lost.value);
    Some(Refusal::LeftAlone { line, what })
}

/// The wildcards that say more of a value than of which kind it is.
fn demands(stanza: &Stanza) -> impl Iterator<Item = &Spanned<Wildcard>> {
    stanza.pieces().filter_map(|piece| match piece {
        Piece::Wildcard(wildcard) if !is_plain(&wildcard.value) => Some(wildcard),
        Piece::Wildcard(_)
        | Piece::Literal(_)
        | Piece::Variable(_)
        | Piece::Any(_)
        | Piece::Capture(_) => None,
    })
}

fn is_plain(wildcard: &Wildcard) -> bool {
    match wildcard.conditions.as_slice() {
        [] => true,
        [condition] => match &condition.value {
            Condition::Is(Narrowing::Int(bounds)) => *bounds == Bounds::NONE,
            Condition::Is(
                Narrowing::Uuid | Narrowing::Jid | Narrowing::DateTime | Narrowing::Regex(_),
            ) => true,
            Condition::Is(Narrowing::Text(_)) | Condition::Not(_) => false,
        },
        _ => false,
    }
}
