//! Who is meant to be refused because of what it is in the cast: its password or secret is wrong, or its domain is not the
//! server's. Nothing of the kind is made for it on a server.

use std::collections::BTreeMap;

use super::ast::{ActorName, Element, Script, Stanza};
use super::verb::{Expectation, ExpectationMode};
use crate::ns;

/// What of an actor is meant to be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// Its password or secret: the server is to refuse it by a `<failure>` of SASL (RFC 6120 §6.4.5, XEP-0388), or as not
    /// authorized (XEP-0114 §3).
    Secret,
    /// Its domain, which the server is not to know, or not any more (RFC 6120 §4.9.3.6, §4.9.3.5).
    Domain,
}

/// The actors of whom something is meant to be wrong.
pub(crate) fn impostors(script: &Script) -> BTreeMap<&ActorName, Wrong> {
    let actions = script.story.iter();
    let refused = actions.filter_map(|action| {
        let wrong = wrong(action.verb.expectation()?)?;
        Some((&action.actor.value, wrong))
    });
    refused.collect()
}

fn wrong(expected: &Expectation<Stanza>) -> Option<Wrong> {
    let mut items = expected.items.iter();
    let wrong = items.find_map(|stanza| wrong_by(&stanza.element));
    wrong.filter(|_| expected.mode == ExpectationMode::Refusal)
}

/// What a refusal says to be wrong.
fn wrong_by(element: &Element) -> Option<Wrong> {
    if element.is_one_of() {
        return element.elements().find_map(wrong_by);
    }
    if element.is_sasl_failure() {
        return Some(Wrong::Secret);
    }
    let mut conditions = element
        .elements()
        .filter(|_| element.name.namespace.as_ref() == ns::STREAM);
    conditions.find_map(wrong_by_condition)
}

/// What the condition of a stream error says to be wrong, or one of those of which one is expected.
fn wrong_by_condition(condition: &Element) -> Option<Wrong> {
    match condition.name.local.as_str() {
        _ if condition.is_one_of() => condition.elements().find_map(wrong_by_condition),
        "not-authorized" => Some(Wrong::Secret),
        "host-unknown" | "host-gone" => Some(Wrong::Domain),
        _ => None,
    }
}
