//! Expectations of what does not come: the server catches up, and then it is quiet for a while.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::judging::{Judging, Standing};
use super::outcome::Failure;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::matcher::Pattern;
use crate::plan::Step;
use crate::script::Expectation as Expected;

impl ScriptRun<'_> {
    /// How long it has to be quiet for a step.
    pub(super) fn quiet_time(&self, step: &Step) -> Duration {
        let quiet_time = self.options.quiet_time;
        step.within.map_or(quiet_time, |said| self.own_time(said))
    }

    /// Lets the server handle everything, and waits for a while, or until `is_over` says of what has come that waiting
    /// longer is in vain. What rules answer meanwhile has to be handled as well.
    pub(super) async fn keep_quiet(
        &mut self,
        actors: &BTreeSet<usize>,
        quiet_time: Duration,
        mut is_over: impl AsyncFnMut(&mut Self) -> Result<bool, Stop>,
    ) -> Result<(), Stop> {
        let patience = self.deadline() + quiet_time;
        loop {
            self.flush_towards(actors).await?;
            let answers = self.answers.count;
            let deadline = Instant::now() + quiet_time;
            let mut over = is_over(self).await?;
            while !over && self.wait(deadline).await {
                over = is_over(self).await?;
            }
            if over || self.is_settled_since(answers, patience)? {
                return Ok(());
            }
        }
    }

    /// Sees that nothing comes, or that some stanzas are not there, when the server has handled everything and a while is
    /// over. Several such steps can wait for that together; then the later ones only look at what has come.
    pub(super) async fn receive_silence(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        self.disturb(step);
        if self.step >= self.quiet_until {
            let together = self.silences_from(self.step);
            self.quiet_until = together.end;
            self.wait_together(together).await?;
            self.judge_silence(step, expected).await?;
            return self.see_that_silence_lasts(step);
        }
        self.judge_silence(step, expected).await
    }

    /// Sees that in front of a recording it was quiet for as long as a step says, if it does. One that says nothing is
    /// judged there by what came before the next deed.
    pub(super) fn see_that_silence_lasts(&mut self, step: &Step) -> Result<(), Stop> {
        match step.within {
            Some(said) => self.see_that_it_lasts(step.actor, said),
            None => Ok(()),
        }
    }

    /// The steps from one on that wait together: those of its line; and all in a row by which some stanzas must not come,
    /// if they wait as long.
    fn silences_from(&self, first: usize) -> Range<usize> {
        let rest = &self.plan.steps[first..self.plan.next_break(first)];
        let is_one = |step: &&Step| step.is_silent_with(&rest[0]);
        first..first + 1 + rest.iter().skip(1).take_while(is_one).count()
    }

    /// Waits as long as these steps have to, or until one of them has failed.
    async fn wait_together(&mut self, steps: Range<usize>) -> Result<(), Stop> {
        let plan = self.plan;
        let first = &plan.steps[steps.start];
        let steps = plan.steps[steps].iter();
        let steps = steps.filter_map(|step| Some((step.actor, step.verb.expectation()?)));
        let mut watched: Vec<_> = steps
            .map(|(actor, expected)| (actor, Judging::new(expected, self.usual_receiving())))
            .collect();
        if first.forbids() {
            self.catch_up().await;
            if self.is_disturbed(&mut watched).await {
                return Ok(());
            }
        }
        let actors = watched.iter().map(|(actor, _)| *actor).collect();
        self.keep_quiet(&actors, self.quiet_time(first), async |run| {
            Ok(run.is_disturbed(&mut watched).await)
        })
        .await
    }

    /// Whether waiting longer is in vain, as one of these steps does not pass. Which one, it says itself.
    async fn is_disturbed(&mut self, watched: &mut [(usize, Judging<'_>)]) -> bool {
        for (actor, judging) in watched {
            let is_judged = self.actors[*actor].inbox.len() == judging.seen();
            let is_quiet = self.closed(*actor).is_none()
                && (is_judged || matches!(self.judge(*actor, judging).await, Ok(Standing::Holds)));
            if !is_quiet {
                return true;
            }
        }
        false
    }

    /// Sees that nothing is there that must not be. A stream that the server has closed is not one over which it sends
    /// nothing.
    async fn judge_silence(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let mut judging = Judging::new(expected, self.usual_receiving());
        if let Standing::Hopeless(hopeless) = self.judge(step.actor, &mut judging).await? {
            return Err(self.failure(step, &judging, hopeless).await.into());
        }
        match self.closed(step.actor) {
            Some(reason) => Err(Failure::without_stanza(reason, step.span).into()),
            None => Ok(()),
        }
    }
}
