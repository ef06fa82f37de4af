//! Pings of the server (XEP-0199) that are not the script's to answer. A client has to answer each request (RFC 6120
//! §8.2.3), and some servers end the session of one that does not; so the runner answers where the script cannot.

use minidom::Element;

use crate::matcher::{self, Bindings, Pattern, ValuePattern, ValuePiece};
use crate::plan::{ActorPlan, Plan};
use crate::{escape, ns};

/// The answer to an element that came for an actor, if it is a ping of its server that no `receives` and no rule of the actor
/// could take, wherever it stands in the script.
pub(super) fn answer(plan: &Plan, actor: usize, element: &Element) -> Option<String> {
    let planned = &plan.actors[actor];
    let id = element.attr("id")?;
    let is_ping = is_ping(element, planned.role.namespace());
    if !is_ping || !is_of_server(element.attr("from"), planned) || is_awaited(plan, actor, element)
    {
        return None;
    }
    let to = element.attr("from").map(|from| attribute("to", from));
    let from = planned
        .role
        .names_sender
        .then(|| attribute("from", planned.jid.as_str()));
    let addresses: String = [to, from].into_iter().flatten().collect();
    Some(format!(
        "<iq type='result'{addresses}{}/>",
        attribute("id", id)
    ))
}

fn attribute(name: &str, value: &str) -> String {
    format!(" {name}='{}'", escape::attribute(value))
}

fn is_ping(element: &Element, namespace: &str) -> bool {
    element.is("iq", namespace)
        && element.attr("type") == Some("get")
        && element.has_child("ping", ns::PING)
}

/// Whether an address is that of the actor's server, or of its account, for which the server speaks.
fn is_of_server(from: Option<&str>, planned: &ActorPlan) -> bool {
    let Some(from) = from else { return true };
    from == planned.server
        || from == planned.jid.domain().as_str()
        || from == planned.jid.to_bare().as_str()
}

fn is_awaited(plan: &Plan, actor: usize, element: &Element) -> bool {
    let own = plan.steps.iter().filter(|step| step.actor == actor);
    let mut patterns = own.flat_map(|step| step.verb.taken());
    patterns.any(|pattern| can_be(&loosened(pattern), element))
}

/// Whether a pattern takes an element; where that is too hard to say, it may.
fn can_be(pattern: &Pattern, element: &Element) -> bool {
    !matches!(
        matcher::accepts(pattern, element, &Bindings::new()),
        Ok(None)
    )
}

/// A pattern that takes all that this one could take, whatever values variables and wildcards come to have.
fn loosened(pattern: &Pattern) -> Pattern {
    pattern.without_constraints().with_values(&loosened_value)
}

fn loosened_value(value: &ValuePattern) -> ValuePattern {
    let is_literal = |piece: &ValuePiece| matches!(piece, ValuePiece::Literal(_));
    match value.pieces.iter().all(is_literal) {
        true => value.clone(),
        false => ValuePattern {
            pieces: vec![ValuePiece::Any],
            span: value.span,
        },
    }
}
