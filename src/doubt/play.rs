//! A play that passes by its recording, and what that shows of each step: which stanzas it took, and where in the
//! recording these are.
//!
//! It does not know what a fault is.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use super::tampering::Tampering;
use crate::ns;
use crate::plan::Plan;
use crate::runner::{
    Happening, InRecordedOrder, Moment, Recorded, RunOptions, ScriptOutcome, StepStatus, Taken,
};
use crate::script::{Choice, Part};
use crate::xmpp::{Direction, read_element, read_header, write_element};

/// What was recorded of a play, and how that is judged.
#[derive(Clone, Copy)]
pub struct Recording<'a> {
    /// The plan of the play.
    pub plan: &'a InRecordedOrder,
    /// What was recorded, the actors being those of the plan.
    pub recorded: Recorded<'a>,
    /// How long is waited.
    pub options: &'a RunOptions,
}

/// A recording, as it is or with something changed, and what the play comes to by it.
pub(super) struct Play<'a> {
    recording: Recording<'a>,
    pub(super) moments: Vec<Moment>,
    pub(super) outcome: ScriptOutcome,
    /// The moment at which each element came.
    places: HashMap<*const Element, usize>,
}

/// Where in a recording an element is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// It came by itself.
    Received(usize),
    /// It came while the runner logged in.
    Login(usize),
}

impl Place {
    /// The number of the moment.
    pub(super) fn index(self) -> usize {
        match self {
            Self::Received(index) | Self::Login(index) => index,
        }
    }

    /// That nothing came there. A login is not without what it consists of.
    pub(super) fn without(self) -> Option<Tampering> {
        match self {
            Self::Received(index) => Some(Tampering::default().remove(index)),
            Self::Login(_) => None,
        }
    }

    /// That something else came there.
    pub(super) fn with(self, element: &Element) -> Tampering {
        let happening = match self {
            Self::Received(_) => Happening::Received(Arc::new(element.clone())),
            Self::Login(_) => Happening::Login(Direction::Received, write_element(element).into()),
        };
        Tampering::default().replace(self.index(), happening)
    }
}

impl<'a> Recording<'a> {
    /// What the play comes to with something changed.
    pub(super) async fn judge(self, moments: &[Moment]) -> ScriptOutcome {
        let recorded = Recorded {
            moments,
            // What is missing would have come in time, so it is known that it did not.
            ended: Duration::MAX,
            ..self.recorded
        };
        self.plan.judge(recorded, self.options, &mut ()).await
    }

    /// Plays it with these moments.
    pub(super) async fn play(self, moments: Vec<Moment>) -> Play<'a> {
        let outcome = self.judge(&moments).await;
        let received = moments.iter().enumerate();
        let places = received.filter_map(|(index, moment)| match &moment.happening {
            Happening::Received(element) => Some((Arc::as_ptr(element), index)),
            _ => None,
        });
        Play {
            recording: self,
            places: places.collect(),
            moments,
            outcome,
        }
    }
}

impl<'a> Play<'a> {
    /// The plan.
    pub(super) fn plan(&self) -> &'a Plan {
        self.recording.plan.plan()
    }

    /// What the play comes to with something changed in this recording.
    pub(super) async fn judge(&self, tampering: &Tampering) -> ScriptOutcome {
        self.recording.judge(&tampering.of(&self.moments)).await
    }

    /// The recording with something changed.
    pub(super) async fn with(&self, tampering: &Tampering) -> Play<'a> {
        self.recording.play(tampering.of(&self.moments)).await
    }

    /// What happens to an actor besides, before a moment.
    pub(super) fn besides(
        &self,
        index: usize,
        actor: usize,
        step: usize,
        happening: Happening,
    ) -> Moment {
        let before = index.checked_sub(1);
        Moment {
            at: before.map_or(Duration::ZERO, |before| self.moments[before].at),
            actor,
            step,
            is_late: false,
            happening,
        }
    }

    /// The steps that are doubted: those that were taken, but for what was prepared by another script, which is doubted
    /// by itself, and what is only cleared away.
    pub(super) fn steps(&self) -> impl Iterator<Item = usize> + '_ {
        let plan = self.plan();
        let is_doubted = move |step: &usize| match plan.part_of(*step) {
            Part::Prologue => plan.lent.is_none(),
            Part::Story => true,
            Part::Epilogue => false,
        };
        let steps = self.outcome.steps.iter();
        let held = steps.filter(|step| matches!(step.status, StepStatus::Passed));
        held.map(|step| step.step).filter(is_doubted)
    }

    /// What a step has taken.
    pub(super) fn taken_by(&self, step: usize) -> impl Iterator<Item = &Taken> {
        let taken = self.outcome.taken.iter();
        taken.filter(move |taken| taken.step == step)
    }

    /// Where an element is that a step has taken.
    pub(super) fn place_of(&self, taken: &Taken) -> Option<Place> {
        let by_itself = self.places.get(&Arc::as_ptr(&taken.element)).copied();
        let actor = self.plan().steps[taken.step].actor;
        by_itself
            .map(Place::Received)
            .or_else(|| self.greeting(taken, actor).map(Place::Login))
            .or_else(|| self.equal(&taken.element, actor).map(Place::Received))
    }

    /// A header or features that came while the runner logged in: the last before the step is over.
    fn greeting(&self, taken: &Taken, actor: usize) -> Option<usize> {
        let is_header = is_header(&taken.element);
        let is_features = taken.element.is("features", ns::STREAM);
        let before = &self.moments[..self.end_of(taken.step)];
        before.iter().rposition(|moment| match &moment.happening {
            Happening::Login(Direction::Received, xml) if moment.actor == actor => {
                let xml = xml.shown();
                let said = read_element(&xml, ns::CLIENT).ok();
                let said_header = said.as_ref().is_some_and(is_header_element);
                let said_features = said.is_some_and(|own| own.is("features", ns::STREAM));
                is_header && (said_header || read_header(&xml).is_some())
                    || is_features && said_features
            }
            _ => false,
        })
    }

    /// An element that is written the same: what is computed of passwords is put in anew each time.
    fn equal(&self, element: &Element, actor: usize) -> Option<usize> {
        self.moments
            .iter()
            .position(|moment| match &moment.happening {
                Happening::Received(own) => moment.actor == actor && **own == *element,
                _ => false,
            })
    }

    /// The moment before which all has happened that happened up to the end of a step, or of the `Either` that it
    /// belongs to. What came too late for it did not.
    pub(super) fn end_of(&self, step: usize) -> usize {
        let mut choices = self.plan().choices.iter().map(Choice::steps);
        let steps = choices
            .find(|steps| steps.contains(&step))
            .unwrap_or(step..step + 1);
        let is_behind = |moment: &Moment| {
            moment.step >= steps.end || moment.is_late && steps.contains(&moment.step)
        };
        let later = self.moments.iter().position(is_behind);
        later.unwrap_or(self.moments.len())
    }

    /// The moments at which streams have ended during steps that expect it.
    pub(super) fn ends_in(&self, steps: Range<usize>) -> Vec<usize> {
        let expects_end = |step: &usize| {
            let expected = self.plan().steps[*step].verb.expectation();
            let is_held = matches!(self.outcome.steps[*step].status, StepStatus::Passed);
            is_held && expected.is_some_and(|expected| expected.mode.is_of_end())
        };
        let actors = steps.clone().filter(expects_end);
        let actors: Vec<usize> = actors.map(|step| self.plan().steps[step].actor).collect();
        let moments = self.moments.iter().enumerate();
        let ends = moments.filter(|(_, moment)| {
            let is_end = matches!(moment.happening, Happening::Closed(_));
            is_end && steps.contains(&moment.step) && actors.contains(&moment.actor)
        });
        ends.map(|(index, _)| index).collect()
    }

    /// The step in which what disturbs a silence has to come: several that are silent wait together, in the first, and
    /// so do all alternatives of an `Either`.
    pub(super) fn first_of_silence(&self, step: usize) -> usize {
        let plan = self.plan();
        let mut choices = plan.choices.iter().map(Choice::steps);
        if let Some(steps) = choices.find(|steps| steps.contains(&step)) {
            return steps.start;
        }
        let waits_with = |first: &usize| {
            let (own, next) = (&plan.steps[*first], &plan.steps[first + 1]);
            own.is_silent_with(next) && plan.next_break(*first) > first + 1
        };
        let before = (0..step).rev().take_while(waits_with).count();
        step - before
    }

    /// Whether an actor has a stream at a moment.
    pub(super) fn is_present(&self, actor: usize, index: usize) -> bool {
        let before = self.moments[..index].iter().rev();
        let mut own = before.filter(|moment| moment.actor == actor);
        let last = own.find_map(|moment| match &moment.happening {
            Happening::Connected(_) | Happening::Reached(_) => Some(true),
            Happening::Closed(_) | Happening::Left | Happening::Dropped => Some(false),
            Happening::Login(..)
            | Happening::Secured
            | Happening::Sent(_)
            | Happening::SentText(_)
            | Happening::Received(_)
            | Happening::Pinged(_)
            | Happening::AskedStream
            | Happening::Silent(_)
            | Happening::Ponged
            | Happening::Answered(_) => None,
        });
        last.unwrap_or(false)
    }

    /// The full JID under which an actor is logged in at a moment, or its own.
    pub(super) fn jid_of(&self, actor: usize, index: usize) -> String {
        let before = self.moments[..index].iter().rev();
        let mut own = before.filter(|moment| moment.actor == actor);
        let bound = own.find_map(|moment| match &moment.happening {
            Happening::Connected(jid) => Some(jid.clone()),
            _ => None,
        });
        let own = &self.plan().actors[actor];
        let said = || self.outcome.bindings.get(&own.full_jid_variable());
        let bound = bound.or_else(|| said().map(str::to_owned));
        bound.unwrap_or_else(|| own.jid.to_string())
    }
}

fn is_header(element: &Element) -> bool {
    element.is("stream", ns::STREAM) || is_header_element(element)
}

fn is_header_element(element: &Element) -> bool {
    element.is("open", ns::FRAMING)
}
