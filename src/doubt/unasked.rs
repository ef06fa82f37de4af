//! What comes although a step demands that it does not: made of a pattern, or what was sent last, passed on. It is the
//! same by a recording and in front of a server.

use minidom::Element;

use super::edit::set_attribute;
use super::made::made;
use super::stanza::numbered;
use crate::matcher::{Bindings, Pattern, fits};
use crate::plan::Plan;
use crate::script::{Expectation, StandingRule};

/// Why nothing can come there.
pub(super) const RULED_OUT: &str =
    "a rule of the script takes what would come, so that it is allowed";

/// What the rules of a step's actor take when it is taken.
#[derive(Debug, Clone)]
pub(super) struct RulesThere(Vec<Pattern>);

impl RulesThere {
    /// Those that were begun before the step.
    pub(super) fn at(step: usize, plan: &Plan) -> Self {
        let actor = plan.steps[step].actor;
        let before = plan.steps[..step].iter().filter(|own| own.actor == actor);
        let rules = before.filter_map(|own| own.verb.rule());
        Self(rules.flat_map(StandingRule::taken).cloned().collect())
    }

    /// Whether one of them takes an element.
    pub(super) fn take(&self, element: &Element, bindings: &Bindings) -> bool {
        let mut own = self.0.iter().map(|own| own.with_variables(bindings));
        own.any(|own| fits(&own, element, &Bindings::new()))
    }
}

/// What must not come, of one pattern.
pub(super) struct Forbidden {
    /// What the fault is about; nothing, where there is one pattern only.
    pub(super) what: String,
    /// The name of the element.
    pub(super) about: String,
    /// It, if one comes to mind.
    pub(super) element: Option<Element>,
}

/// What must not come, made of each pattern of an expectation.
pub(super) fn forbidden(expected: &Expectation<Pattern>, bindings: &Bindings) -> Vec<Forbidden> {
    let mut seen = Vec::new();
    let own = expected.items.iter().map(|pattern| {
        let element = made(pattern, bindings);
        let about = element.as_ref().map_or("stanza", Element::name).to_owned();
        let label = numbered(about.clone(), &mut seen);
        let what = match expected.items.len() {
            1 => String::new(),
            _ => label,
        };
        Forbidden {
            what,
            about,
            element,
        }
    });
    own.collect()
}

/// What can come where nothing may, best first: what was sent last, and else something of the server's own.
pub(super) fn anything(sent: Option<Element>, server: &str, namespace: &str) -> Vec<Element> {
    let of_server = ["message", "presence"].map(|name| {
        let mut element = Element::bare(name, namespace);
        set_attribute(&mut element, ("", "from"), server);
        element
    });
    sent.into_iter().chain(of_server).collect()
}

/// A stanza that was sent, as if it were passed on.
pub(super) fn passed_on(mut sent: Element, from: &str, to: &str) -> Element {
    set_attribute(&mut sent, ("", "from"), from);
    set_attribute(&mut sent, ("", "to"), to);
    sent
}
