//! A fault that is put between the wires and the inboxes, so that the story goes on with what then came.
//!
//! It is put in when the step that it is about takes something for the first time: what was taken is put back, changed,
//! and the step is judged again. What the fault is, is known to the one who has named it.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use minidom::Element;
use tokio::time::Instant;

use super::event::Event;
use super::inbox::Inbox;
use super::judging::{Judging, Mark};
use super::script_run::ScriptRun;
use super::taken::{Taken, Took};
use crate::matcher::{Bindings, Pattern, accepts};
use crate::plan::Step;

/// A fault that a run puts in.
pub trait Tamper: fmt::Debug {
    /// What users call it.
    fn name(&self) -> String;
    /// The step that it is about: an index into the plan's steps.
    fn step(&self) -> usize;
    /// What comes instead of something that the step has taken, where these actors have sessions; none if the fault is
    /// not in that.
    fn instead(&self, taken: &Taken, present: &BTreeSet<usize>) -> Option<Instead>;
    /// What comes although the step demands that it does not.
    fn unasked(&self, bindings: &Bindings) -> Option<Element>;
}

/// What comes instead of something.
#[derive(Debug, Clone, PartialEq)]
pub enum Instead {
    /// All of this, each for an actor.
    These(Vec<(usize, Element)>),
    /// The same, but behind what this item of the step takes.
    Behind(usize),
}

/// The fault of a run, and what has become of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tampered {
    /// What users call it.
    pub fault: String,
    /// Whether it was put in.
    pub is_put_in: bool,
}

/// How an expectation was judged before it took something that may be changed.
pub(super) struct Before<'p> {
    inbox: Inbox,
    mark: Mark<'p>,
}

impl<'a> ScriptRun<'a> {
    /// Runs with a fault.
    pub(super) fn with_fault(mut self, fault: Option<&'a dyn Tamper>) -> Self {
        self.fault = fault;
        self
    }

    /// The fault of this run, if it has one.
    pub(super) fn tampered(&self) -> Option<Tampered> {
        self.fault.map(|fault| Tampered {
            fault: fault.name(),
            is_put_in: self.is_fault_put_in,
        })
    }

    /// The fault that is still to be put in at the step that is being taken.
    fn due_fault(&self) -> Option<&'a dyn Tamper> {
        let own = self.fault.filter(|fault| fault.step() == self.step);
        own.filter(|_| !self.is_fault_put_in)
    }

    /// What is kept of an expectation that is about to be judged, if its step has a fault.
    pub(super) fn before_fault<'p>(
        &self,
        actor: usize,
        judging: &Judging<'p>,
    ) -> Option<Before<'p>> {
        self.due_fault().map(|_| Before {
            inbox: self.actors[actor].inbox.clone(),
            mark: judging.mark(),
        })
    }

    /// Changes what was taken, if the fault is in that, and puts it back. Tells whether it has.
    pub(super) async fn tamper<'p>(
        &mut self,
        step: &Step,
        before: Before<'p>,
        took: &Took,
        judging: &mut Judging<'p>,
        deadline: Instant,
    ) -> bool {
        let Some(fault) = self.due_fault() else {
            return false;
        };
        let present = self.present();
        let taken: Vec<Taken> = took.told(self.step, &self.bindings).collect();
        let mut found = taken.into_iter().filter_map(|taken| {
            let instead = fault.instead(&taken, &present)?;
            Some((instead, taken.element))
        });
        let Some((instead, element)) = found.next() else {
            return false;
        };
        self.actors[step.actor].inbox = before.inbox;
        judging.go_back(before.mark);
        match instead {
            Instead::These(deliveries) => self.deliver_instead(step.actor, &element, deliveries),
            Instead::Behind(item) => {
                let items = step.verb.expectation().map(|expected| &expected.items);
                if let Some(next) = items.and_then(|items| items.get(item)) {
                    self.hold_back(step.actor, &element, next, deadline).await;
                }
            }
        }
        self.tell_fault(fault);
        true
    }

    /// Puts something into inboxes in the place of an element.
    fn deliver_instead(
        &mut self,
        actor: usize,
        element: &Arc<Element>,
        deliveries: Vec<(usize, Element)>,
    ) {
        let (own, others): (Vec<_>, Vec<_>) = deliveries
            .into_iter()
            .map(|(actor, element)| (actor, Arc::new(element)))
            .partition(|(other, _)| *other == actor);
        let own = own.into_iter().map(|(_, element)| element).collect();
        self.actors[actor].inbox.exchange(element, own);
        for (other, element) in others {
            self.actors[other].inbox.push(element, self.step);
        }
    }

    /// Puts an element behind what another pattern takes, once that has come.
    async fn hold_back(
        &mut self,
        actor: usize,
        element: &Arc<Element>,
        next: &Pattern,
        deadline: Instant,
    ) {
        loop {
            let is_next = |came: &Element| {
                came != &**element && matches!(accepts(next, came, &self.bindings), Ok(Some(_)))
            };
            let place = {
                let mut came = self.actors[actor].inbox.elements();
                came.position(|(came, _)| is_next(came))
            };
            if let Some(place) = place {
                self.actors[actor].inbox.move_behind(element, place);
                return;
            }
            if !self.wait(deadline).await {
                return;
            }
        }
    }

    /// Puts in what must not come at a step that demands silence.
    pub(super) fn disturb(&mut self, step: &Step) {
        if let Some(fault) = self.due_fault()
            && let Some(element) = fault.unasked(&self.bindings)
        {
            let inbox = &mut self.actors[step.actor].inbox;
            inbox.push(Arc::new(element), self.step);
            self.tell_fault(fault);
        }
    }

    fn tell_fault(&mut self, fault: &dyn Tamper) {
        self.is_fault_put_in = true;
        let actor = self.plan.steps[self.step].actor;
        self.reporter.event(&Event::Notice {
            actor: &self.plan.actors[actor].name,
            text: format!("the fault `{}` is put in", fault.name()),
        });
    }
}
