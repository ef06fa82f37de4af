//! Whose streams are not bound yet at a place of the story, as far as it tells: there elements of the negotiation are
//! non-strict by themselves.

use std::collections::BTreeSet;

use crate::ns;
use crate::script::ast::{Action, ActorName, Element};
use crate::script::{Deed, ExpectationMode, Verb};
use crate::xmpp::Milestone;

/// The namespaces in which is negotiated what a stream is.
const OF_NEGOTIATION: [&str; 10] = [
    ns::STREAM,
    ns::STREAM_ERRORS,
    ns::FRAMING,
    ns::TLS,
    ns::SASL,
    ns::SASL_2,
    ns::BIND,
    ns::BIND_2,
    ns::STREAM_MANAGEMENT,
    ns::OLD_STREAM_MANAGEMENT,
];

/// Whether an element of this namespace is part of the negotiation of a stream.
pub(super) fn is_of_negotiation(namespace: &str) -> bool {
    OF_NEGOTIATION.contains(&namespace)
}

/// Whether an element is what a server says of a stream: its header, its features, or why it ends.
pub(super) fn is_of_stream(element: &Element) -> bool {
    [ns::STREAM, ns::FRAMING].contains(&element.name.namespace.as_ref())
}

/// The actors whose streams are not bound.
#[derive(Debug, Default)]
pub(super) struct Unbound<'a>(BTreeSet<&'a ActorName>);

impl<'a> Unbound<'a> {
    /// Whether an actor's stream is not bound.
    pub(super) fn contains(&self, actor: &ActorName) -> bool {
        self.0.contains(actor)
    }

    /// Goes on behind an action. One that may not be taken, as it stands in an `Either`, binds nothing.
    pub(super) fn go_on(&mut self, action: &'a Action, is_alternative: bool) {
        let actor = &action.actor.value;
        match &action.verb {
            Verb::Does(Deed::Reach(Milestone::Session)) => drop(self.0.remove(actor)),
            Verb::Does(Deed::Reach(
                Milestone::Connection | Milestone::Stream | Milestone::Login,
            )) => drop(self.0.insert(actor)),
            Verb::Expects(expected) if expected.mode == ExpectationMode::Refusal => {
                self.0.insert(actor);
            }
            Verb::Expects(expected) if !is_alternative => {
                if expected.taken().iter().any(|stanza| binds(&stanza.element)) {
                    self.0.remove(actor);
                }
            }
            Verb::Does(_) | Verb::Expects(_) | Verb::Rules(_) => {}
        }
    }
}

/// Whether a stream on which this comes is bound from then on (RFC 6120 §7, XEP-0114 §3, XEP-0198 §5, XEP-0386).
fn binds(element: &Element) -> bool {
    let name = &element.name;
    let has = |local: &str, namespace: &str| {
        let mut children = element.elements();
        children.any(|child| child.is(local, namespace))
    };
    match (name.local.as_str(), name.namespace.as_ref()) {
        ("iq", _) => has("bind", ns::BIND),
        ("success", ns::SASL_2) => {
            has("bound", ns::BIND_2) || has("resumed", ns::STREAM_MANAGEMENT)
        }
        ("resumed", ns::STREAM_MANAGEMENT | ns::OLD_STREAM_MANAGEMENT)
        | ("handshake", ns::COMPONENT) => true,
        _ => false,
    }
}
