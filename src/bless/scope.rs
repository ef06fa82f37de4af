//! What blessing may change. It is a list of what it may: whatever is not on it is left to its author.

use super::Refusal;
use crate::expression::{Bounds, Narrowing};
use crate::ns;
use crate::script::ast::{
    Action, Condition, Element, Part, Piece, Script, Stanza, Variable, Wildcard,
};
use crate::script::{ExpectationMode, Number};
use crate::source::Span;

/// The attributes of ours that say how an element is compared, and nothing of how often it comes or what must not.
const ATTRIBUTES: [&str; 2] = ["strict", "order"];

/// Why nothing in a step is changed, if that is so: its mode says more than that stanzas come, or that none does, its
/// block is that of others as well, or it has a time of its own.
pub(super) fn left_alone(script: &Script, action: &Action) -> Option<Refusal> {
    let expectation = action.verb.expectation()?;
    if action.number == Number::Plural {
        let line = script.source.position(action.span.start).line;
        let what = "several actors".to_owned();
        return Some(Refusal::LeftAlone { line, what });
    }
    if let Some(lapse) = action.within {
        let within = format!("within {lapse}");
        return Some(refusal(script, action.span, &within));
    }
    let mut items = expectation.items.iter();
    if items.any(|stanza| stanza.part != Part::Whole) {
        return Some(refusal(script, action.span, "<stream:stream>"));
    }
    match expectation.mode {
        ExpectationMode::Each | ExpectationMode::AllInAnyOrder | ExpectationMode::Nothing => None,
        ExpectationMode::InThisOrder
        | ExpectationMode::NoneOf
        | ExpectationMode::Disconnection
        | ExpectationMode::Refusal => Some(refusal(
            script,
            action.span,
            &action.verb.phrase().to_string(),
        )),
    }
}

/// What an author says in an expectation beyond how a stanza that came looks.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Demand<'a> {
    span: Span,
    written: &'a str,
}

impl Demand<'_> {
    /// Why the expectation stays as it is.
    pub(super) fn refusal(&self, script: &Script) -> Refusal {
        refusal(script, self.span, self.written)
    }
}

fn refusal(script: &Script, place: Span, written: &str) -> Refusal {
    let line = script.source.position(place.start).line;
    let what = format!("`{written}`");
    Refusal::LeftAlone { line, what }
}

/// The first demand of an expectation that the changed one does not have.
pub(super) fn lost<'a>(before: Vec<Demand<'a>>, after: &[Demand<'_>]) -> Option<Demand<'a>> {
    let mut kept: Vec<&str> = after.iter().map(|demand| demand.written).collect();
    let is_lost = |demand: &Demand<'_>| {
        let found = kept.iter().position(|kept| *kept == demand.written);
        found.map(|found| kept.swap_remove(found)).is_none()
    };
    before.into_iter().find(is_lost)
}

/// All demands of an expectation: whatever is not on the list of what blessing may change.
pub(super) fn demands<'a>(script: &'a Script, stanza: &Stanza) -> Vec<Demand<'a>> {
    let mut spans = Vec::new();
    collect(&stanza.element, &mut spans);
    let values = stanza.pieces().filter_map(|piece| match piece {
        Piece::Wildcard(wildcard) if !is_plain(&wildcard.value) => Some(wildcard.span),
        Piece::Variable(variable)
            if is_of_its_own(&variable.value) || names_self(script, variable.span) =>
        {
            Some(variable.span)
        }
        Piece::Wildcard(_)
        | Piece::Literal(_)
        | Piece::Variable(_)
        | Piece::Any(_)
        | Piece::Capture(_) => None,
    });
    spans.extend(values);
    let demands = spans.into_iter().map(|span| Demand {
        span,
        written: script.source.slice(span),
    });
    demands.collect()
}

fn collect(own: &Element, spans: &mut Vec<Span>) {
    if own.name.namespace.as_ref() == ns::SCANSION && !own.is_any() {
        spans.push(own.tag);
    }
    for attribute in &own.attributes {
        let name = &attribute.name;
        let is_ours = name.namespace.as_ref() == ns::SCANSION;
        if is_ours && !ATTRIBUTES.contains(&name.local.as_str()) {
            spans.push(attribute.span);
        }
    }
    own.elements().for_each(|child| collect(child, spans));
}

/// Whether a variable says more than which JID or which captured value is expected.
fn is_of_its_own(variable: &Variable) -> bool {
    match variable {
        Variable::User(_) | Variable::Password(_) | Variable::Computed(_) => true,
        Variable::FullJid(_)
        | Variable::BareJid(_)
        | Variable::SentCount(_)
        | Variable::ReceivedCount(_)
        | Variable::Captured(_) => false,
    }
}

/// Whether a variable is of `self`: a play knows the actor, but the script does not name it.
fn names_self(script: &Script, place: Span) -> bool {
    let name = script.source.slice(place).trim_start_matches("${");
    script.knows_self() && name.trim_start().starts_with("self's ")
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
