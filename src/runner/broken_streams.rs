//! Streams that broke: the server ended them neither in due form nor by a stream error. That is a failure of the step
//! after which it happened, however the story goes on.
//!
//! Before a play may come to less than a failure, as it departs from what is only recommended, was refused what it
//! prepares, or tells what servers are known to do otherwise, it is found out whether the server still answers on all
//! streams: that it does not is no less than that.

use std::collections::BTreeSet;

use tokio::task::yield_now;
use tokio::time::Instant;

use super::interrupt::Interrupt;
use super::outcome::{Failure, Reason, StepOutcome, StepStatus};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;
use crate::script::{Deed, Expectation, ExpectationMode, Part, Scene, Verb};
use crate::xmpp::Closed;

/// How often the tasks that read streams get the opportunity to tell what has come to this machine: at the first the
/// system is asked, at the second the stream is read, at the third what was read is passed on.
const OPPORTUNITIES: usize = 3;

/// For how many more elements is waited that have begun to come when the rest of the one before did: on a stream over
/// which the server always has something to say there is no end to that.
const MOST_LATER: usize = 2;

impl ScriptRun<'_> {
    /// Whether the play would come to less than a failure, or may be excused.
    fn is_lenient(&self, steps: &[StepOutcome]) -> bool {
        let has_departures = self.plan.info.headline.departures().next().is_some();
        let is_lenient = |step: &StepOutcome| {
            step.is_less_than_failure() || has_departures && step.can_be_departure()
        };
        let mut stopped = steps.iter().filter(|step| step.has_stopped()).peekable();
        stopped.peek().is_some() && stopped.all(is_lenient)
    }

    /// Sees, if the play would come to less than a failure, that the server answers on all streams.
    pub(super) async fn see_that_server_lives(
        &mut self,
        steps: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) {
        if !self.is_lenient(steps) {
            return;
        }
        self.backend.go_to_end();
        self.recording.let_go();
        let everybody = self.present();
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Ok(()),
            result = self.hear_whether_it_lives(&everybody) => result,
        };
        let (step, status) = match self.or_trouble(result) {
            Ok(()) => return,
            Err(Stop::Failed(failure)) => (self.step, StepStatus::Failed(failure)),
            Err(Stop::FailedBefore(step, failure)) => (step, StepStatus::Failed(failure)),
            Err(Stop::Errored(error)) => (self.step, StepStatus::Errored(error)),
        };
        steps[step].overrule(status);
    }

    async fn hear_whether_it_lives(&mut self, everybody: &BTreeSet<usize>) -> Result<(), Stop> {
        self.flush_towards(everybody).await?;
        self.await_rest_of_elements(everybody).await;
        Ok(())
    }

    /// Waits, when nothing more is to come, for the rest of what has begun to come. A stream on which it does not come
    /// has broken.
    pub(super) async fn await_rest_of_elements(&mut self, actors: &BTreeSet<usize>) {
        let_all_come().await;
        let deadline = self.deadline();
        for actor in actors {
            self.await_rest(*actor, deadline).await;
        }
    }

    /// The same before an actor ends its connection.
    pub(super) async fn await_rest_of_element(&mut self, actor: usize) {
        let_all_come().await;
        self.await_rest(actor, self.deadline()).await;
    }

    async fn await_rest(&mut self, actor: usize, mut deadline: Instant) {
        let (mut before, mut later) = (None, 0..MOST_LATER);
        while let Some(begun) = self.begun(actor).await {
            if before.replace(begun).is_some_and(|before| before != begun) {
                if later.next().is_none() {
                    return;
                }
                deadline = self.deadline();
            }
            if !self.wait(deadline).await && self.trouble.is_none() {
                let waited = self.patience();
                let how = format!("half an element, and not the rest of it within {waited:?}");
                self.close_off(actor, Closed::NotXmpp(how));
            }
        }
    }

    /// What has begun to come for an actor, and is not complete. No recording tells that.
    async fn begun(&mut self, actor: usize) -> Option<usize> {
        let network = self.backend.network()?;
        if self.trouble.is_some() || self.actors[actor].open().is_none() {
            return None;
        }
        let raw = self.stop_reading(actor).await?;
        let begun = raw.reader.begun();
        self.read(actor, raw, &network);
        begun.filter(|_| self.actors[actor].open().is_some())
    }

    /// Sees, before any actor leaves, that no stream has broken. If one has, the last step by which its actor did
    /// something on it fails.
    pub(super) async fn heed_broken_streams(&mut self, steps: &mut [StepOutcome]) {
        let_all_come().await;
        self.catch_up().await;
        let is_cut_short = self.is_lenient(steps);
        if !is_cut_short && steps.iter().any(StepOutcome::has_stopped) {
            return;
        }
        let excused = self.excused_streams(steps);
        let mut actors = (0..self.actors.len()).filter(|actor| !excused.contains(actor));
        let found = match is_cut_short {
            true => actors.find_map(|actor| self.lost_at(actor)),
            false => actors.find_map(|actor| self.broken_at(actor)),
        };
        if let Some((step, failure)) = found {
            steps[step].overrule(StepStatus::Failed(Box::new(failure)));
        }
    }

    /// The actors whose streams have ended by what may be a known departure.
    fn excused_streams(&self, steps: &[StepOutcome]) -> BTreeSet<usize> {
        let departing = steps.iter().filter(|step| step.can_be_departure());
        let at_end = departing.filter_map(|step| match &step.status {
            StepStatus::Failed(failure) if step.verdict().is_red() => {
                Some(failure.steps_at_end(step.step))
            }
            StepStatus::Failed(_)
            | StepStatus::Passed
            | StepStatus::Errored(_)
            | StepStatus::NotRun => None,
        });
        let actor = |step: usize| self.plan.steps[step].actor;
        at_end.flatten().map(actor).collect()
    }

    /// The step after which an actor's stream broke, if it did, and what is to be said of it.
    pub(super) fn broken_at(&self, actor: usize) -> Option<(usize, Failure)> {
        let how = self.actors[actor].broken()?.clone();
        let step = self.actors[actor].live.as_ref()?.acted;
        let span = self.plan.steps[step].span;
        Some((step, Failure::without_stanza(Reason::Broken { how }, span)))
    }

    /// The same of a play that has ended before its time. There the server must not have ended the stream in due form
    /// either, where that would be a failure if the play had gone on; unless the actor has, or expects it where the play
    /// stands.
    fn lost_at(&self, actor: usize) -> Option<(usize, Failure)> {
        let live = self.actors[actor].live.as_ref()?;
        let how = live.closed.as_ref()?;
        let is_rightful = how.is_by_server() && !self.is_missed(actor);
        if !how.is_garbled() && (is_rightful || self.may_have_ended(actor)) {
            return None;
        }
        match live.is_leaving || live.has_sent_text {
            true => self.broken_at(actor),
            false => self.ended_at(actor),
        }
    }

    /// Whether it would be a failure, if the play went on, that an actor has no stream any more: of a complete one it is,
    /// and else if the actor's next step that concerns its stream expects something of it.
    fn is_missed(&self, actor: usize) -> bool {
        let ahead = self.step + 1..self.plan.steps_of(Part::Story).end;
        let mut ahead = self
            .plan
            .scenes()
            .filter(|scene| ahead.contains(&scene.first()));
        let concerned = ahead.find_map(|scene| {
            let steps = self.plan.steps[scene.steps()].iter();
            let own = steps.filter(|step| step.actor == actor);
            own.filter_map(needs_stream)
                .reduce(|one, other| one && other)
        });
        self.plan.complete || concerned.unwrap_or(false)
    }

    /// Whether an actor expects the end of its stream by the step at which the play stands, or by its next one.
    fn may_have_ended(&self, actor: usize) -> bool {
        let own = |scene: &Scene<'_>| {
            let steps = self.plan.steps[scene.steps()].iter();
            steps.filter(move |step| step.actor == actor)
        };
        let awaits_end = |scene: Scene<'_>| {
            let mut expected = own(&scene).filter_map(|step| step.verb.expectation());
            expected.any(Expectation::awaits_end)
        };
        let scenes = || self.plan.scenes();
        let here = scenes().find(|scene| scene.first() == self.step);
        let mut ahead = scenes().filter(|scene| scene.first() > self.step);
        let next = ahead.find(|scene| own(scene).next().is_some());
        here.into_iter().chain(next).any(awaits_end)
    }
}

/// Whether a step fails without a stream; none if it passes whether there is one or not.
fn needs_stream(step: &Step) -> Option<bool> {
    match &step.verb {
        Verb::Expects(expected) if expected.mode == ExpectationMode::Refusal => Some(false),
        Verb::Expects(expected) => Some(!expected.awaits_end()),
        Verb::Does(Deed::StartTls) => Some(true),
        Verb::Does(Deed::Reach(_) | Deed::Disconnect | Deed::Drop) => Some(false),
        Verb::Does(Deed::Send(_) | Deed::SendText(_) | Deed::Wait(_)) | Verb::Rules(_) => None,
    }
}

/// Lets the tasks that read streams tell what has come to this machine.
async fn let_all_come() {
    for _ in 0..OPPORTUNITIES {
        yield_now().await;
    }
}
