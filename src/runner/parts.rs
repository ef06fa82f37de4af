//! The parts of a play: what is forgotten when the story begins, and the epilogue, which clears away whatever happened.
//!
//! The epilogue is no part of what is judged or recorded. It is played in front of a server only.

use std::collections::BTreeSet;

use super::backend::Backend;
use super::error::RunErrorKind;
use super::event::Event;
use super::interrupt::{Interrupt, interrupt};
use super::outcome::StepOutcome;
use super::script_run::ScriptRun;
use crate::script::{Part, Scene};

impl<'a> ScriptRun<'a> {
    /// Begins the parts that begin with a scene. Tells whether the script is over with that.
    pub(super) async fn begin_parts(
        &mut self,
        scene: Scene<'a>,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let (plan, first) = (self.plan, scene.first());
        let begins_story = first > 0 && plan.steps_of(Part::Story).start == first;
        let is_over = begins_story && self.end_prologue(outcomes, interrupt).await;
        if !is_over {
            for heading in plan.parts.above(first) {
                self.reporter.event(&Event::PartStarted { plan, heading });
            }
        }
        is_over
    }

    /// Waits until everything is handled that the prologue has sent, and forgets what it has left in inboxes. Tells
    /// whether something has failed.
    async fn end_prologue(
        &mut self,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let plan = self.plan;
        self.backend.go_on_to(plan.steps_of(Part::Story).start);
        let actor = plan.steps[self.step].actor;
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Err(self.error(actor, RunErrorKind::Interrupted).into()),
            result = self.flush_all() => result,
        };
        self.catch_up().await;
        match self.or_trouble(result) {
            Ok(()) => {
                let inboxes = self.actors.iter_mut().map(|actor| &mut actor.inbox);
                inboxes.for_each(|inbox| inbox.forget());
                self.strays.clear();
                false
            }
            Err(stop) => {
                self.stopped_between(stop, outcomes);
                true
            }
        }
    }

    /// Plays the epilogue, by those who are still connected. However a step of it ends, the next one is taken.
    pub(super) async fn play_epilogue(&mut self, outcomes: &mut [StepOutcome]) {
        let plan = self.plan;
        let epilogue = plan.steps_of(Part::Epilogue);
        if epilogue.is_empty() || matches!(self.backend, Backend::Recorded(_)) {
            return;
        }
        self.tell_strays();
        // Whoever has stopped the run has not stopped this, which never takes long.
        let (_interrupter, mut uninterrupted) = interrupt();
        let scenes = plan
            .scenes()
            .filter(|scene| epilogue.contains(&scene.first()));
        for scene in scenes {
            for heading in plan.parts.above(scene.first()) {
                self.reporter.event(&Event::PartStarted { plan, heading });
            }
            if self.can_clear_away(scene) {
                self.take(scene, outcomes, &mut uninterrupted).await;
            }
        }
    }

    /// Whether those who take a scene of the epilogue are still connected. Nobody connects there.
    fn can_clear_away(&mut self, scene: Scene<'_>) -> bool {
        let steps = &self.plan.steps[scene.steps()];
        let mut begins = steps.iter().map(|step| step.verb.begins_session());
        let actors: BTreeSet<usize> = steps.iter().map(|step| step.actor).collect();
        let mut actors = actors.into_iter();
        !begins.any(|begins| begins) && actors.any(|actor| self.actors[actor].open().is_some())
    }

    /// The part that is being played.
    pub(super) fn part(&self) -> Part {
        self.plan.part_of(self.step)
    }
}
