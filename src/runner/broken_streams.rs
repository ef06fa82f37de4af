//! Streams that broke: the server ended them neither in due form nor by a stream error. That is a failure of the step
//! after which it happened, however the story goes on.
//!
//! Before a play may come to less than a failure, as it departs from what is only recommended or was refused what it
//! prepares, it is found out whether the server still answers on all streams: that it does not is no less than that.

use std::collections::BTreeSet;

use tokio::task::yield_now;
use tokio::time::Instant;

use super::interrupt::Interrupt;
use super::outcome::{Failure, Reason, StepOutcome, StepStatus};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::script::{Expectation, Scene};
use crate::xmpp::Closed;

/// How often the tasks that read streams get the opportunity to tell what has come to this machine: at the first the
/// system is asked, at the second the stream is read, at the third what was read is passed on.
const OPPORTUNITIES: usize = 3;

/// For how many more elements is waited that have begun to come when the rest of the one before did: on a stream over
/// which the server always has something to say there is no end to that.
const MOST_LATER: usize = 2;

impl ScriptRun<'_> {
    /// Sees, if the play would come to less than a failure, that the server answers on all streams.
    pub(super) async fn see_that_server_lives(
        &mut self,
        steps: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) {
        if !steps.iter().any(StepOutcome::is_less_than_failure) {
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
        if steps.iter().any(|step| step.verdict().is_red()) {
            return;
        }
        let is_cut_short = steps.iter().any(StepOutcome::is_less_than_failure);
        let mut actors = 0..self.actors.len();
        let found = match is_cut_short {
            true => actors.find_map(|actor| self.lost_at(actor)),
            false => actors.find_map(|actor| self.broken_at(actor)),
        };
        if let Some((step, failure)) = found {
            steps[step].overrule(StepStatus::Failed(Box::new(failure)));
        }
    }

    /// The step after which an actor's stream broke, if it did, and what is to be said of it.
    pub(super) fn broken_at(&self, actor: usize) -> Option<(usize, Failure)> {
        let how = self.actors[actor].broken()?.clone();
        let step = self.actors[actor].live.as_ref()?.acted;
        let span = self.plan.steps[step].span;
        Some((step, Failure::without_stanza(Reason::Broken { how }, span)))
    }

    /// The same of a play that has ended before its time, where the server must not have ended the stream in due form
    /// either: unless the actor has, or expects it where the play stands.
    fn lost_at(&self, actor: usize) -> Option<(usize, Failure)> {
        let live = self.actors[actor].live.as_ref()?;
        let is_garbled = live.closed.as_ref()?.is_garbled();
        if !is_garbled && self.may_have_ended(actor) {
            return None;
        }
        match live.is_leaving || live.has_sent_text {
            true => self.broken_at(actor),
            false => self.ended_at(actor),
        }
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

/// Lets the tasks that read streams tell what has come to this machine.
async fn let_all_come() {
    for _ in 0..OPPORTUNITIES {
        yield_now().await;
    }
}
