//! A fault that is put between the wires and the inboxes, so that the story goes on with what then came.
//!
//! It is put in when the step that it is about takes something for the first time: what was taken is put back, changed,
//! and the step is judged again. An end is withheld when it has come, and an alternative of an `Either` is changed when
//! it is the one that holds. What the fault is, is known to the one who has named it.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use minidom::Element;
use tokio::time::Instant;

use super::attempt::Held;
use super::event::Event;
use super::inbox::Inbox;
use super::judging::{Judging, Mark};
use super::outcome::Reason;
use super::script_run::ScriptRun;
use super::send::Sent;
use super::taken::{Taken, Took};
use crate::matcher::{Bindings, Pattern, fits};
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
    fn unasked(&self, known: &KnownThen<'_>) -> Option<Element>;
    /// Whether it is that the stream goes on, or that the login succeeds.
    fn withholds_end(&self) -> bool;
}

/// What is known when something is to come that must not.
#[derive(Debug, Clone, Copy)]
pub struct KnownThen<'a> {
    /// The values of variables.
    pub bindings: &'a Bindings,
    /// The last stanza that an actor has sent by a step, and which actor.
    pub sent: Option<(usize, &'a str)>,
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
    /// Whether another alternative holds with it than without it: the script allows that, so it is no fault.
    pub is_lawful: bool,
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
            is_lawful: self.is_fault_lawful,
        })
    }

    /// The fault that is still to be put in at the step that is being taken.
    fn due_fault(&self) -> Option<&'a dyn Tamper> {
        self.due_fault_in(&(self.step..self.step + 1))
    }

    /// The fault that is still to be put in at one of these steps.
    fn due_fault_in(&self, steps: &Range<usize>) -> Option<&'a dyn Tamper> {
        let own = self.fault.filter(|fault| steps.contains(&fault.step()));
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
        before: Option<Before<'p>>,
        took: &Took,
        judging: &mut Judging<'p>,
        deadline: Instant,
    ) -> bool {
        let Some((fault, before)) = self.due_fault().zip(before) else {
            return false;
        };
        let mut taken = took.told(self.step, &self.bindings);
        let Some((instead, element)) = self.instead(fault, &mut taken) else {
            return false;
        };
        drop(taken);
        self.actors[step.actor].inbox = before.inbox;
        judging.go_back(before.mark);
        // Few runs have a fault, and the others need not have room for it.
        Box::pin(self.put_in(step, instead, &element, deadline)).await;
        self.tell_fault(fault);
        true
    }

    /// Puts the fault in that is in what the alternative of an `Either` has taken, in its silence or in its end; inboxes
    /// are as they were before. Tells whether it has: then all have to be tried again.
    pub(super) async fn tamper_alternative(&mut self, steps: &Range<usize>, held: &Held) -> bool {
        let Some(fault) = self.due_fault_in(steps) else {
            return false;
        };
        let step = &self.plan.steps[fault.step()];
        if fault.withholds_end() {
            return self.withhold(fault, step.actor);
        }
        if let Some(element) = fault.unasked(&self.known_then(&held.bindings)) {
            self.put_in_unasked(fault, step.actor, element);
            return true;
        }
        let taken = held.taken.iter().cloned();
        let mut taken = taken.filter(|taken| steps.start + taken.step == fault.step());
        let Some((instead, element)) = self.instead(fault, &mut taken) else {
            return false;
        };
        Box::pin(self.put_in(step, instead, &element, Instant::now())).await;
        self.tell_fault(fault);
        true
    }

    /// What comes instead of the first of these in which the fault can be.
    fn instead(
        &self,
        fault: &dyn Tamper,
        taken: &mut dyn Iterator<Item = Taken>,
    ) -> Option<(Instead, Arc<Element>)> {
        let present = self.present();
        let mut found = taken.filter_map(|taken| {
            let instead = fault.instead(&taken, &present)?;
            Some((instead, taken.element))
        });
        found.next()
    }

    /// Puts something in the place of what a step has taken.
    async fn put_in(
        &mut self,
        step: &Step,
        instead: Instead,
        element: &Arc<Element>,
        deadline: Instant,
    ) {
        match instead {
            Instead::These(deliveries) => self.deliver_instead(step.actor, element, deliveries),
            Instead::Behind(item) => {
                let items = step.verb.expectation().map(|expected| &expected.items);
                if let Some(next) = items.and_then(|items| items.get(item)) {
                    self.hold_back(step.actor, element, next, deadline).await;
                }
            }
        }
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
            let is_next = |came: &Element| came != &**element && fits(next, came, &self.bindings);
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

    fn known_then<'k>(&'k self, bindings: &'k Bindings) -> KnownThen<'k> {
        let sent = self.last_sent.as_ref();
        KnownThen {
            bindings,
            sent: sent.map(|(actor, xml)| (*actor, xml.as_str())),
        }
    }

    /// Takes note of a stanza that a step sends, if the fault may be that it is passed on.
    pub(super) fn note_last_sent(&mut self, actor: usize, sent: &Sent) {
        if self.fault.is_some() && sent.is_stanza_of(self.plan.actors[actor].role) {
            self.last_sent = Some((actor, sent.text.clone()));
        }
    }

    /// Puts in what must not come at a step that demands silence.
    pub(super) fn disturb(&mut self, step: &Step) {
        if let Some(fault) = self.due_fault()
            && let Some(element) = fault.unasked(&self.known_then(&self.bindings))
        {
            self.put_in_unasked(fault, step.actor, element);
        }
    }

    fn put_in_unasked(&mut self, fault: &dyn Tamper, actor: usize, element: Element) {
        let step = self.step;
        self.actors[actor].inbox.push(Arc::new(element), step);
        self.tell_fault(fault);
    }

    /// Takes the end of the stream back that a step waits for, if it has come and that is the fault.
    pub(super) fn withhold_end(&mut self, step: &Step) {
        if let Some(fault) = self.due_fault().filter(|fault| fault.withholds_end()) {
            self.withhold(fault, step.actor);
        }
    }

    fn withhold(&mut self, fault: &dyn Tamper, actor: usize) -> bool {
        let is_withheld = self.actors[actor].inbox.withhold_end();
        if is_withheld {
            self.tell_fault(fault);
        }
        is_withheld
    }

    /// What happened in the place of a refusal, if that is the fault: nothing of the login is known then but that it
    /// would have succeeded.
    pub(super) fn let_in(&mut self, actor: usize) -> Option<Reason> {
        let fault = self.due_fault().filter(|fault| fault.withholds_end())?;
        self.tell_fault(fault);
        let bound = self.plan.actors[actor].possible_full_jid();
        Some(Reason::LetIn { bound })
    }

    fn tell_fault(&mut self, fault: &dyn Tamper) {
        self.is_fault_put_in = true;
        let actor = self.plan.steps[fault.step()].actor;
        self.reporter.event(&Event::Notice {
            actor: &self.plan.actors[actor].name,
            text: format!("the fault `{}` is put in", fault.name()),
        });
    }
}
