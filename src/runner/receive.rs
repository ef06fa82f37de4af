//! Expectations, in each mode, judged by what comes for the actor.

use tokio::task::yield_now;
use tokio::time::Instant;

use super::backend::Backend;
use super::error::{RunError, RunErrorKind};
use super::inbox::Progress;
use super::outcome::{Candidate, Expectation, Failure, Reason};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::matcher::{Effort, Gathering, Mismatch, Pattern, TooHard};
use crate::plan::Step;
use crate::script::{Expectation as Expected, ExpectationMode};

/// Why a stanza cannot be received any more, and which of those expected it is.
struct Hopeless {
    reason: Reason,
    /// The expectation that is not fulfilled.
    pattern: usize,
    /// What in the inbox shows it.
    culprit: Option<usize>,
}

impl ScriptRun<'_> {
    /// Waits until what comes has met an expectation, or cannot any more.
    pub(super) async fn expect(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        match expected.mode {
            ExpectationMode::Each => self.receive_each(step, &expected.items).await,
            ExpectationMode::AllInAnyOrder => self.receive_all(step, &expected.items).await,
            ExpectationMode::Nothing => self.receive_nothing(step).await,
        }
    }

    /// Receives stanzas one after the other.
    async fn receive_each(&mut self, step: &Step, patterns: &[Pattern]) -> Result<(), Stop> {
        for pattern in patterns {
            self.receive_all(step, std::slice::from_ref(pattern))
                .await?;
        }
        Ok(())
    }

    /// Receives stanzas in whatever order they come.
    async fn receive_all(&mut self, step: &Step, patterns: &[Pattern]) -> Result<(), Stop> {
        let deadline = self.deadline();
        let mut gathering = Gathering::new(patterns, &self.bindings);
        loop {
            let seen = gathering.offered();
            self.compare(step.actor, &mut gathering).await?;
            let inbox = &mut self.actors[step.actor].inbox;
            let progress = inbox.receive(&gathering, self.plan.receiving, seen);
            let hopeless = match progress.map_err(|hard| self.too_hard(step.actor, hard))? {
                Progress::Fulfilled(bindings) => {
                    self.rebind(bindings);
                    return Ok(());
                }
                Progress::WrongAnswer { pattern, culprit } => Some(Hopeless {
                    reason: Reason::WrongAnswer,
                    pattern,
                    culprit: Some(culprit),
                }),
                Progress::NotNext { pattern, culprit } => Some(Hopeless {
                    reason: Reason::NotNext,
                    pattern,
                    culprit: Some(culprit),
                }),
                Progress::Open => self.await_more(step.actor, &gathering, deadline).await?,
            };
            if let Some(hopeless) = hopeless {
                return Err(self
                    .unfulfilled(step.actor, patterns, hopeless)
                    .await
                    .into());
            }
        }
    }

    /// Compares what is in an inbox with what is expected. It may take long: meanwhile connections are read, and the
    /// run can be interrupted.
    async fn compare(
        &mut self,
        actor: usize,
        gathering: &mut Gathering<'_>,
    ) -> Result<(), RunError> {
        let receiving = self.plan.receiving;
        loop {
            match self.actors[actor].inbox.compare_next(gathering, receiving) {
                Ok(true) if gathering.is_tiring() => yield_now().await,
                Ok(true) => {}
                Ok(false) => return Ok(()),
                Err(hard) => return Err(self.too_hard(actor, hard)),
            }
        }
    }

    fn too_hard(&self, actor: usize, hard: TooHard) -> RunError {
        self.error(actor, RunErrorKind::TooHard(hard))
    }

    /// Waits until more has come for an actor, or tells why no more will.
    async fn await_more(
        &mut self,
        actor: usize,
        gathering: &Gathering<'_>,
        deadline: Instant,
    ) -> Result<Option<Hopeless>, Stop> {
        while self.actors[actor].inbox.len() == gathering.offered() {
            let reason = match self.closed(actor) {
                Some(reason) => reason,
                None if self.wait(deadline).await => continue,
                None => self.waited(actor)?,
            };
            return Ok(Some(Hopeless {
                reason,
                pattern: gathering.missing().unwrap_or_default(),
                culprit: None,
            }));
        }
        if gathering.is_bound_together() {
            // Each look is a search: one for all that came at once costs less.
            while let Some(arrival) = self.backend.ready_until(deadline) {
                self.deliver(arrival).await;
            }
        }
        Ok(None)
    }

    /// Says that waiting was in vain. A recording that ended earlier does not show that: it is not known what would
    /// have come.
    fn waited(&self, actor: usize) -> Result<Reason, Stop> {
        let waited = self.options.timeout;
        if let Backend::Recorded(replay) = &self.backend
            && replay.ends_within(waited)
            && self.actors[actor].inbox.news().next().is_none()
        {
            return Err(self.error(actor, replay.end()).into());
        }
        Ok(Reason::Timeout { waited })
    }

    /// Why nothing more can come for an actor, if its stream is not open.
    fn closed(&self, actor: usize) -> Option<Reason> {
        let Some(live) = &self.actors[actor].live else {
            return Some(Reason::NotConnected);
        };
        let how = live.closed.clone()?;
        Some(Reason::Closed { how })
    }

    async fn unfulfilled(&self, actor: usize, patterns: &[Pattern], hopeless: Hopeless) -> Failure {
        let pattern = &patterns[hopeless.pattern];
        let candidates = self.candidates(actor, pattern, hopeless.culprit).await;
        Failure {
            reason: hopeless.reason,
            span: pattern.span(),
            expectation: Some(Box::new(Expectation {
                pattern: pattern.clone(),
                bindings: self.bindings.clone(),
            })),
            candidates,
        }
    }

    /// What came and is not what a pattern expects: the culprit first, then the nearest.
    async fn candidates(
        &self,
        actor: usize,
        pattern: &Pattern,
        culprit: Option<usize>,
    ) -> Vec<Candidate> {
        let effort = Effort::new();
        let mut candidates = Vec::new();
        for (index, (element, passed_over)) in self.actors[actor].inbox.elements().enumerate() {
            let candidate = Candidate {
                element: element.clone(),
                passed_over,
                differences: effort.differences(pattern, element, &self.bindings),
            };
            candidates.push((Some(index) != culprit, candidate));
            if effort.is_tiring() {
                yield_now().await;
            }
        }
        candidates.sort_by_key(|(innocent, candidate)| {
            let distance: usize = candidate.differences.iter().map(Mismatch::distance).sum();
            (*innocent, distance)
        });
        candidates
            .into_iter()
            .map(|(_, candidate)| candidate)
            .collect()
    }

    /// Sees that nothing comes for a while, once the server has handled everything.
    async fn receive_nothing(&mut self, step: &Step) -> Result<(), Stop> {
        self.flush_towards(step.actor).await?;
        let deadline = Instant::now() + self.options.quiet_time;
        loop {
            if self.actors[step.actor].inbox.news().next().is_some() {
                return Err(self.unwanted(step).into());
            }
            // A stream that the server has closed is not one over which it sends nothing.
            if let Some(reason) = self.closed(step.actor) {
                return Err(Failure::without_stanza(reason, step.span).into());
            }
            if !self.wait(deadline).await {
                return Ok(());
            }
        }
    }

    fn unwanted(&self, step: &Step) -> Failure {
        let news = self.actors[step.actor].inbox.news();
        let candidates = news.map(|element| Candidate {
            element: element.clone(),
            passed_over: false,
            differences: Vec::new(),
        });
        Failure {
            reason: Reason::Unwanted,
            span: step.span,
            expectation: None,
            candidates: candidates.collect(),
        }
    }
}
