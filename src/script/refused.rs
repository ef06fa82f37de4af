//! Whom the story expects to be refused because of a wrong password or secret. It makes no account then, and is not what
//! the server has for a component.

use std::collections::BTreeSet;

use super::ast::{ActorName, Element, Script, Stanza};
use super::verb::{Expectation, ExpectationMode};
use crate::ns;

/// The actors whose password or secret is meant to be wrong, as the server is to refuse them by a `<failure>` of SASL
/// (RFC 6120 §6.4.5, XEP-0388) or as not authorized (XEP-0114 §3).
pub(crate) fn impostors(script: &Script) -> BTreeSet<&ActorName> {
    let actions = script.story.iter();
    let refused = actions.filter(|action| action.verb.expectation().is_some_and(is_of_impostor));
    refused.map(|action| &action.actor.value).collect()
}

fn is_of_impostor(expected: &Expectation<Stanza>) -> bool {
    let mut items = expected.items.iter();
    expected.mode == ExpectationMode::Refusal && items.any(|stanza| doubts_secret(&stanza.element))
}

/// Whether a refusal says that the server does not take someone for who it says it is.
fn doubts_secret(element: &Element) -> bool {
    let name = &element.name;
    let namespace = name.namespace.as_ref();
    let is_failure = [ns::SASL, ns::SASL_2].contains(&namespace) && name.local == "failure";
    let mut children = element.elements();
    is_failure
        || namespace == ns::STREAM && children.any(is_not_authorized)
        || element.is_one_of() && element.elements().any(doubts_secret)
}

fn is_not_authorized(condition: &Element) -> bool {
    condition.name.local == "not-authorized"
}
