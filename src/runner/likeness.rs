//! What is left at the end, and the steps that expect its like: what they are about came once more than it should, or for
//! somebody else as well.

use std::iter::once;
use std::ops::Range;
use std::sync::Arc;

use minidom::Element;
use rxml::{Namespace, NcName};

use super::script_run::ScriptRun;
use crate::claims::Claim;
use crate::matcher::{Bindings, fits};

impl ScriptRun<'_> {
    /// Takes note of the values that names had before some steps, if these are asked later what they expect.
    pub(super) fn note_known(&mut self, steps: Range<usize>, known: Bindings) {
        let claims = |step: &usize| !self.plan.claims.of_step(*step).is_empty();
        let asked = steps.filter(|step| self.plan.complete && claims(step));
        self.known.extend(asked.map(|step| (step, known.clone())));
    }

    /// The clauses of the steps that expect the like of something that is left.
    pub(super) fn claimed_of_like(&self, left: &Element) -> Arc<[Claim]> {
        let known = self.known.iter();
        let alike = known.filter(|(step, known)| self.expects_like(**step, known, left));
        let claims = alike.flat_map(|(step, _)| self.plan.claims.of_step(*step).to_vec());
        claims.collect()
    }

    /// Whether a step would have taken something, whomever it is addressed to. What cannot be told is not so.
    fn expects_like(&self, step: usize, known: &Bindings, left: &Element) -> bool {
        let planned = &self.plan.steps[step];
        let addressee = &self.plan.actors[planned.actor];
        let jids = [addressee.full_jid_variable(), addressee.bare_jid_variable()];
        let jids = jids.iter().filter_map(|name| known.get(name));
        let readdressed = jids.map(|jid| addressed_to(jid, left));
        let elements: Vec<Element> = once(left.clone()).chain(readdressed).collect();
        let expected = planned.verb.expectation().into_iter();
        let mut patterns = expected.flat_map(|expected| expected.taken());
        patterns.any(|pattern| {
            let mut elements = elements.iter();
            elements.any(|element| fits(pattern, element, known))
        })
    }
}

/// An element as it is, but for its addressee.
fn addressed_to(jid: &str, element: &Element) -> Element {
    let mut element = element.clone();
    if let Ok(name) = NcName::try_from("to") {
        element.set_attr(Namespace::NONE, name, jid);
    }
    element
}
