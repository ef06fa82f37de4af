//! Whether an error stanza can be the refusal of what a step waits for in vain (RFC 6120 §8.3), or is about something
//! else. It knows the step's expectation alone, and nothing of what was sent before.

use jid::Jid;
use minidom::Element;

use super::inbox::can_be_request;
use super::outcome::Expectation;
use crate::matcher::{Bindings, ElementPattern};

/// Whether an error stanza of the kind that is expected can refuse it. The answer to a request refuses it where it
/// comes, so that whoever still waits for one has heard nothing of it; and of a presence or a message it is the entity
/// that it was to come from.
pub(super) fn can_refuse(error: &Element, expectation: &Expectation) -> bool {
    let Expectation { pattern, bindings } = expectation;
    let can_refuse = |expected: &ElementPattern| {
        !is_answer(expected, bindings) && is_from_there(error, expected, bindings)
    };
    pattern
        .names()
        .is_none_or(|expected| expected.into_iter().any(can_refuse))
}

/// Whether the answer to a request is expected, and which one.
fn is_answer(expected: &ElementPattern, bindings: &Bindings) -> bool {
    let id = expected.only_value_of("id", bindings);
    let kind = expected.attribute("type").filter(|_| expected.name == "iq");
    id.is_some() && kind.is_some_and(|kind| !can_be_request(kind, bindings))
}

/// Whether an error comes from the account or the room that something is expected of, or from its server.
fn is_from_there(error: &Element, expected: &ElementPattern, bindings: &Bindings) -> bool {
    let address = |text: &str| Jid::new(text).ok();
    let from = expected.only_value_of("from", bindings);
    let Some(expected) = from.and_then(|from| address(&from)) else {
        return true;
    };
    let told = error.attr("from").and_then(address);
    told.is_some_and(|told| match told.node() {
        Some(_) => told.to_bare() == expected.to_bare(),
        None => told.domain() == expected.domain(),
    })
}
