//! Taking the steps of a story, one after the other, until the last or until one stops it.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::backend::Backend;
use super::error::RunErrorKind;
use super::event::Event;
use super::interrupt::Interrupt;
use super::outcome::{Chosen, StepOutcome, StepStatus};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;
use crate::script::{Choice, Deed, Part, Scene, Verb};

impl<'a> ScriptRun<'a> {
    /// Takes the steps of prologue and story until one stops it.
    pub(super) async fn act(&mut self, mut interrupt: Interrupt) -> Vec<StepOutcome> {
        let mut outcomes = self.none_taken();
        let (story, end) = (self.plan.steps_of(Part::Story), self.end_of_story());
        let mut is_over = false;
        let scenes = self.plan.scenes();
        for scene in scenes.take_while(|scene| scene.first() < story.end) {
            is_over = self.begin_parts(scene, &mut outcomes, &mut interrupt).await;
            is_over = is_over
                || scene == Scene::Step(end)
                    && self.settle_story(&mut outcomes, &mut interrupt).await;
            is_over = is_over || self.take(scene, &mut outcomes, &mut interrupt).await;
            if is_over {
                break;
            }
        }
        if end == story.end && !is_over {
            self.settle_story(&mut outcomes, &mut interrupt).await;
        }
        self.see_that_server_lives(&mut outcomes, &mut interrupt)
            .await;
        outcomes
    }

    /// Takes a step or an `Either`, and writes down what comes of it. Tells whether the script is over with it.
    pub(super) async fn take(
        &mut self,
        scene: Scene<'a>,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        match scene {
            Scene::Step(step) => self.take_alone(step, outcomes, interrupt).await,
            // Few stories have one, and what is no `Either` need not have room for it.
            Scene::Choice(choice) => Box::pin(self.take_choice(choice, outcomes, interrupt)).await,
        }
    }

    async fn take_alone(
        &mut self,
        index: usize,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let plan = self.plan;
        let step = &plan.steps[index];
        self.step = index;
        self.recording.go_on(index);
        self.backend.go_on(index, plan);
        // A silence that was waited for before is over, too.
        self.is_time_up &= index < self.quiet_until;
        self.set_clock(index..index + 1);
        self.reporter
            .event(&Event::StepStarted { plan, step: index });
        let started = Instant::now();
        let before = index.checked_sub(1).map(|before| &plan.steps[before]);
        if !before.is_some_and(|before| step.shares_line_with(before)) {
            self.line_begun = started;
        }
        self.note_known(index..index + 1, self.bindings.clone());
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Err(self.error(step.actor, RunErrorKind::Interrupted).into()),
            result = self.take_step(step) => result,
        };
        let result = self.or_trouble(result);
        let is_over = result.is_err();
        let status = match result {
            Ok(()) => StepStatus::Passed,
            Err(stop) => self.stopped(stop, outcomes),
        };
        self.note_end_of_waiting();
        self.finish(index, status, started.elapsed(), outcomes);
        is_over
    }

    /// Takes note, at the end of a step, that what comes now is too late for it, if it has waited as long as it could.
    fn note_end_of_waiting(&mut self) {
        if self.is_time_up {
            self.recording.give_up();
        }
    }

    /// What came of something, unless a rule has made trouble meanwhile: then nothing can be said of it. It fails where a
    /// session turned out to be another user's. A recording in which the server did not answer the runner ends there,
    /// and that is what came of the step during which it was, and of another one if nothing else has failed.
    pub(super) fn or_trouble<T>(&mut self, result: Result<T, Stop>) -> Result<T, Stop> {
        if let Some(trouble) = self.trouble.take() {
            return Err(trouble.into());
        }
        let foreign = self.foreign.take().filter(|_| result.is_ok());
        let result = foreign.map_or(result, |foreign| Err(foreign.into()));
        let has_failed = matches!(result, Err(Stop::Failed(_) | Stop::FailedBefore(..)));
        let current = self.step;
        let counts = |during: usize| !has_failed || during == current;
        match self.silence.take_if(|(during, ..)| counts(*during)) {
            Some((_, step, failure)) => Err(Stop::FailedBefore(step, failure)),
            None => result,
        }
    }

    /// Takes the alternative of an `Either` that holds. Until it is known which, what happens belongs to the first step;
    /// if there is none, that one fails.
    async fn take_choice(
        &mut self,
        choice: &'a Choice,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let plan = self.plan;
        self.step = choice.steps().start;
        self.recording.go_on(self.step);
        self.backend.go_on_to_choice(choice, plan);
        self.is_time_up = false;
        self.set_clock(choice.steps());
        self.reporter.event(&Event::ChoiceStarted { plan, choice });
        let (started, before) = (Instant::now(), self.recording.count());
        let known = self.bindings.clone();
        let actor = plan.steps[self.step].actor;
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Err(self.error(actor, RunErrorKind::Interrupted).into()),
            result = self.choose(choice) => result,
        };
        self.note_end_of_waiting();
        match self.or_trouble(result) {
            Ok(chosen) => {
                let steps = choice.alternatives[chosen].steps.clone();
                let step = steps.start;
                self.note_known(steps, known);
                self.recording.assign(before, step);
                let inboxes = self.actors.iter_mut().map(|actor| &mut actor.inbox);
                inboxes.for_each(|inbox| inbox.assign(choice.steps().start, step));
                self.chose(choice, chosen, outcomes, started.elapsed());
                false
            }
            Err(stop) => {
                let status = self.stopped(stop, outcomes);
                self.finish(self.step, status, started.elapsed(), outcomes);
                true
            }
        }
    }

    /// Writes down that the steps of an alternative hold.
    fn chose(
        &mut self,
        choice: &'a Choice,
        chosen: usize,
        outcomes: &mut [StepOutcome],
        mut duration: Duration,
    ) {
        let plan = self.plan;
        self.chosen.push(Chosen {
            either: choice.span(),
            label: choice.label(chosen),
        });
        self.reporter.event(&Event::Chose {
            plan,
            choice,
            alternative: chosen,
        });
        for step in choice.alternatives[chosen].steps.clone() {
            self.step = step;
            self.reporter.event(&Event::StepStarted { plan, step });
            self.tell_rude_end(&plan.steps[step]);
            self.finish(step, StepStatus::Passed, duration, outcomes);
            duration = Duration::ZERO;
        }
        self.recording.end_with(self.step);
    }

    /// Writes down how a step ended.
    fn finish(
        &mut self,
        step: usize,
        status: StepStatus,
        duration: Duration,
        outcomes: &mut [StepOutcome],
    ) {
        outcomes[step] = self.step_outcome(step, status, duration);
        self.reporter.event(&Event::StepFinished {
            plan: self.plan,
            outcome: &outcomes[step],
        });
    }

    /// The result of the step that is being taken when something stops the script.
    fn stopped(&self, stop: Stop, outcomes: &mut [StepOutcome]) -> StepStatus {
        match stop {
            Stop::Failed(failure) => StepStatus::Failed(failure),
            // The epilogue decides nothing of what was before it.
            Stop::FailedBefore(step, failure)
                if step == self.step || self.part() == Part::Epilogue =>
            {
                StepStatus::Failed(failure)
            }
            Stop::FailedBefore(step, failure) => {
                let duration = outcomes[step].duration;
                outcomes[step] = self.step_outcome(step, StepStatus::Failed(failure), duration);
                StepStatus::NotRun
            }
            Stop::Errored(error) => StepStatus::Errored(error),
        }
    }

    /// What stops the script between two steps is told of the one before.
    pub(super) fn stopped_between(&mut self, stop: Stop, outcomes: &mut [StepOutcome]) {
        let duration = outcomes[self.step].duration;
        match self.stopped(stop, outcomes) {
            // The step itself was taken, and is not what stops the script.
            StepStatus::NotRun => {}
            status => outcomes[self.step] = self.step_outcome(self.step, status, duration),
        }
    }

    /// The step before which the story is over: the first of those by which actors only leave; where there is none, the
    /// first of the epilogue. Rules among them are no acts.
    pub(super) fn end_of_story(&self) -> usize {
        let leaves = |step: &Step| match &step.verb {
            Verb::Does(deed) => deed.only_leaves(),
            Verb::Expects(_) | Verb::Rules(_) => false,
        };
        let story = self.plan.steps_of(Part::Story);
        let steps = &self.plan.steps[story.clone()];
        let acts = |step: &Step| step.verb.rule().is_none() && !leaves(step);
        let behind = steps.iter().rposition(acts).map_or(0, |last| last + 1);
        let first = steps[behind..].iter().position(leaves);
        first.map_or(story.end, |first| story.start + behind + first)
    }

    /// Waits, when the story is over and before its actors leave, until everything is handled: what the last stanzas
    /// have done to their streams is then known. A script that is complete is judged by what is left. Tells whether
    /// something has failed.
    async fn settle_story(
        &mut self,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        self.backend.go_to_end();
        let present = self.present();
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => self.interrupted_at_end(),
            result = self.settle(&present) => result,
        };
        let mut result = self.or_trouble(result);
        if result.is_ok() {
            // What comes while the rest of an element is waited for is not left: all was heard before.
            self.judge_rest(&present, outcomes);
        }
        if result.is_ok() && !outcomes.iter().any(|step| step.verdict().is_red()) {
            tokio::select! {
                biased;
                () = interrupt.wait() => {}
                () = self.await_rest_of_elements(&present) => {}
            }
            result = self.or_trouble(Ok(()));
        }
        let Err(stop) = result else {
            return false;
        };
        self.stopped_between(stop, outcomes);
        true
    }

    /// Whether what is left at the end of the story decides. Of a play that is nothing but a prologue it does not.
    fn is_judged_by_rest(&self) -> bool {
        self.plan.complete && !self.plan.steps_of(Part::Story).is_empty()
    }

    async fn settle(&mut self, present: &BTreeSet<usize>) -> Result<(), Stop> {
        match self.is_judged_by_rest() && !present.is_empty() {
            true => {
                self.hear(present).await?;
                self.heard_after = Some(self.step);
            }
            false => self.flush_all().await?,
        }
        self.see_that_story_ended()
    }

    /// Sees that a story which is over is not judged by a recording of one that was not.
    fn see_that_story_ended(&self) -> Result<(), Stop> {
        match (&self.backend, self.plan.steps.get(self.step)) {
            (Backend::Recorded(replay), Some(step)) if replay.is_cut_off() => {
                Err(self.error(step.actor, replay.end()).into())
            }
            _ => Ok(()),
        }
    }

    /// What was to be found out by then has been, unless the script is complete.
    fn interrupted_at_end(&self) -> Result<(), Stop> {
        let last = self.plan.steps.get(self.step);
        match last.filter(|_| self.is_judged_by_rest()) {
            Some(step) => Err(self.error(step.actor, RunErrorKind::Interrupted).into()),
            None => Ok(()),
        }
    }

    /// Fails the step during which something came that is left, if the script is complete. It has been acted out all the
    /// same, so those who leave at its end still do.
    fn judge_rest(&self, present: &BTreeSet<usize>, outcomes: &mut [StepOutcome]) {
        if self.is_judged_by_rest()
            && let Some((step, failure)) = self.incomplete(present)
        {
            outcomes[step].status = StepStatus::Failed(Box::new(failure));
        }
    }

    async fn take_step(&mut self, step: &'a Step) -> Result<(), Stop> {
        match &step.verb {
            Verb::Does(Deed::Reach(milestone)) => self.reach(step, *milestone).await,
            Verb::Does(Deed::StartTls) => self.start_tls(step).await,
            Verb::Does(Deed::Disconnect) => self.disconnect(step).await,
            Verb::Does(Deed::Drop) => self.drop_connection(step).await,
            Verb::Does(Deed::Send(stanzas)) => self.send(step, stanzas).await,
            Verb::Does(Deed::SendText(text)) => self.send_text(step, text).await,
            Verb::Does(Deed::Wait(lapse)) => self.let_pass(step, lapse.duration()).await,
            Verb::Expects(expectation) => self.expect(step, expectation).await,
            Verb::Rules(rule) => self.begin_rule(step, rule).await,
        }
    }
}
