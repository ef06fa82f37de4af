//! `Either`: of several alternatives the first that holds, when it is known which do.
//!
//! All are tried side by side, each on copies of its own, and only the one that is chosen changes anything. The world
//! does not branch: steps that act do not stand in alternatives.

use std::collections::BTreeSet;
use std::ops::Range;
use std::time::Duration;

use tokio::time::Instant;

use super::attempt::{Attempt, Held, Silence};
use super::backend::Backend;
use super::error::RunErrorKind;
use super::outcome::{Failure, Reason, Unheld};
use super::script_run::ScriptRun;
use super::stop::Stop;
use super::taken::Taken;
use crate::matcher::Bindings;
use crate::plan::Step;
use crate::script::{Choice, Expectation};

/// The alternatives that are tried.
struct Attempts<'a> {
    choice: &'a Choice,
    all: Vec<Attempt<'a>>,
    actors: BTreeSet<usize>,
}

impl<'a> ScriptRun<'a> {
    /// Waits until it is known which alternative holds, and lets it have happened. Gives its number.
    pub(super) async fn choose(&mut self, choice: &'a Choice) -> Result<usize, Stop> {
        let before = self.bindings.clone();
        let (chosen, held) = self.try_all(choice).await?;
        for (actor, inbox) in held.inboxes {
            self.actors[actor].inbox = inbox;
        }
        self.excuse_losses(choice);
        if let Backend::Recorded(_) = self.backend {
            let first = choice.alternatives[chosen].steps.start;
            let taken = held.taken.into_iter().map(|taken| Taken {
                step: first + taken.step,
                ..taken
            });
            self.taken.extend(taken);
        }
        let mut bindings = held.bindings;
        for name in self.captured_by_some(choice, &before) {
            bindings.unbind(&name);
        }
        self.rebind(bindings);
        Ok(chosen)
    }

    /// Excuses connections that are lost behind an `Either` one of whose steps would have taken any end of them.
    fn excuse_losses(&mut self, choice: &Choice) {
        for step in &self.plan.steps[choice.steps()] {
            let expected = step.verb.expectation();
            if expected.is_some_and(Expectation::takes_every_end) {
                self.actors[step.actor].inbox.excuse_loss();
            }
        }
    }

    /// The first alternative that holds, with the fault of the run if one of them has it.
    async fn try_all(&mut self, choice: &'a Choice) -> Result<(usize, Held), Stop> {
        let mut without_fault = None;
        loop {
            let mut attempts = self.attempts(choice);
            let Some((chosen, held)) = self.first_that_holds(&mut attempts).await? else {
                return Err(self.none_holds(attempts).await?.into());
            };
            let steps = &choice.alternatives[chosen].steps;
            if self.tamper_alternative(steps, &held).await {
                without_fault = Some(chosen);
                continue;
            }
            self.is_fault_lawful |= without_fault.is_some_and(|before| before != chosen);
            return Ok((chosen, held));
        }
    }

    fn attempts(&self, choice: &'a Choice) -> Attempts<'a> {
        let alternatives = choice.alternatives.iter();
        let all: Vec<Attempt<'a>> = alternatives
            .map(|alternative| {
                let steps = &self.plan.steps[alternative.steps.clone()];
                Attempt::new(steps, &self.bindings, self.usual_receiving())
            })
            .collect();
        Attempts {
            choice,
            actors: all.iter().flat_map(Attempt::actors).collect(),
            all,
        }
    }

    /// The first alternative counts as soon as it holds. The others, and silences, are judged when the server has
    /// handled everything and a while is over; and if none holds then, a while after more has come.
    async fn first_that_holds(
        &mut self,
        attempts: &mut Attempts<'a>,
    ) -> Result<Option<(usize, Held)>, Stop> {
        let deadline = Instant::now() + self.patience_at(attempts.choice);
        let quiet_time = self.quiet_time_at(attempts.choice);
        self.catch_up().await;
        if let Some(decided) = self.look(attempts).await? {
            return Ok(decided);
        }
        self.flush_towards(&attempts.actors).await?;
        let mut answers = self.answers.count;
        let mut quiet_at = Some(Instant::now() + quiet_time);
        loop {
            if let Some(decided) = self.look(attempts).await? {
                return Ok(decided);
            }
            let heard = self.heard_by(attempts);
            if self.wait(quiet_at.unwrap_or(deadline)).await {
                self.catch_up_until(quiet_at.unwrap_or(deadline)).await;
                if quiet_at.is_none() && self.heard_by(attempts) > heard {
                    quiet_at = Some(Instant::now() + quiet_time);
                }
                continue;
            }
            if quiet_at.take().is_none() {
                return Ok(None);
            }
            if !self.is_settled_since(answers, deadline)? {
                self.flush_towards(&attempts.actors).await?;
                answers = self.answers.count;
                quiet_at = Some(Instant::now() + quiet_time);
                continue;
            }
            if let Some(found) = self.judge_all(attempts).await? {
                let steps = attempts.choice.alternatives[found.0].steps.clone();
                let longest = self.waiting(steps, true).max_by_key(|step| step.within);
                longest.map_or(Ok(()), |step| self.see_that_silence_lasts(step))?;
                return Ok(Some(found));
            }
        }
    }

    /// How long an `Either` waits: as long as the most patient of its steps, which is none that waits for silence.
    fn patience_at(&self, choice: &Choice) -> Duration {
        let waits = self
            .waiting(choice.steps(), false)
            .map(|step| self.patience_for(step));
        waits.max().unwrap_or_else(|| self.patience())
    }

    /// How long it has to be quiet before what does not come is judged: as long as each of its steps asks for.
    fn quiet_time_at(&self, choice: &Choice) -> Duration {
        let waits = self
            .waiting(choice.steps(), true)
            .map(|step| self.quiet_time(step));
        waits.max().unwrap_or(self.options.quiet_time)
    }

    /// Those of some steps that wait for silence, or those that do not.
    fn waiting(&self, steps: Range<usize>, for_silence: bool) -> impl Iterator<Item = &'a Step> {
        let steps = self.plan.steps[steps].iter();
        steps.filter(move |step| {
            let expected = step.verb.expectation();
            expected.is_some_and(|expected| expected.mode.is_of_silence() == for_silence)
        })
    }

    fn heard_by(&self, attempts: &Attempts<'_>) -> usize {
        let actors = attempts.actors.iter();
        actors.map(|actor| self.actors[*actor].inbox.heard()).sum()
    }

    /// Judges what does not depend on silence. Gives the first alternative if it holds, and nothing to choose if none
    /// can hold any more.
    async fn look(
        &mut self,
        attempts: &mut Attempts<'a>,
    ) -> Result<Option<Option<(usize, Held)>>, Stop> {
        for attempt in &mut attempts.all {
            self.judge_attempt(attempt, Silence::Awaited).await?;
        }
        if attempts.all.first().is_some_and(Attempt::holds) {
            return Ok(Some(Some((0, attempts.all.remove(0).into_held()))));
        }
        Ok(attempts
            .all
            .iter()
            .all(Attempt::is_hopeless)
            .then_some(None))
    }

    /// The first alternative that holds when nothing more is waited for.
    async fn judge_all(
        &mut self,
        attempts: &mut Attempts<'a>,
    ) -> Result<Option<(usize, Held)>, Stop> {
        for number in 0..attempts.all.len() {
            let attempt = &mut attempts.all[number];
            if attempt.holds() {
                return Ok(Some((number, attempts.all.remove(number).into_held())));
            }
            if attempt.is_of_silence() {
                let mut whole = attempt.again();
                self.judge_attempt(&mut whole, Silence::Over).await?;
                if whole.holds() {
                    return Ok(Some((number, whole.into_held())));
                }
            }
        }
        Ok(None)
    }

    async fn judge_attempt(&self, attempt: &mut Attempt<'a>, silence: Silence) -> Result<(), Stop> {
        for actor in attempt.actors() {
            attempt.hear(actor, &self.actors[actor].inbox, self.closed(actor));
        }
        let judged = attempt.judge(silence).await;
        judged.map_err(|(actor, hard)| self.error(actor, RunErrorKind::TooHard(hard)).into())
    }

    /// The failure that no alternative holds.
    async fn none_holds(&self, attempts: Attempts<'a>) -> Result<Failure, Stop> {
        let Attempts {
            choice,
            all,
            actors,
        } = attempts;
        let waited = self.patience_at(choice);
        if !all.iter().all(Attempt::is_hopeless) {
            self.see_that_all_came(&actors, waited)?;
        }
        let mut alternatives = Vec::with_capacity(all.len());
        for (number, attempt) in all.into_iter().enumerate() {
            let mut attempt = attempt;
            if attempt.is_of_silence() {
                attempt = attempt.again();
                self.judge_attempt(&mut attempt, Silence::Over).await?;
            }
            let alternative = &choice.alternatives[number];
            alternatives.push(Unheld {
                label: choice.label(number),
                step: alternative.steps.start + attempt.due(),
                span: alternative.span,
                failure: attempt.into_failure(Reason::Timeout { waited }).await,
            });
        }
        Ok(Failure {
            alternatives,
            ..Failure::without_stanza(Reason::NoneHolds, choice.span())
        })
    }

    /// The names to which only some alternatives give a value. They have none afterwards.
    fn captured_by_some(&self, choice: &Choice, before: &Bindings) -> BTreeSet<String> {
        let alternatives = choice.alternatives.iter();
        let captured: Vec<BTreeSet<String>> = alternatives
            .map(|alternative| captures(&self.plan.steps[alternative.steps.clone()], before))
            .collect();
        let is_in_some = |name: &&String| !captured.iter().all(|names| names.contains(*name));
        captured
            .iter()
            .flatten()
            .filter(is_in_some)
            .cloned()
            .collect()
    }
}

fn captures(steps: &[Step], before: &Bindings) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let expectations = steps.iter().filter_map(|step| step.verb.expectation());
    for pattern in expectations.flat_map(Expectation::taken) {
        pattern.visit_values(&mut |value| {
            let captured = value
                .pieces
                .iter()
                .filter_map(|piece| piece.captured(before));
            names.extend(captured.map(str::to_owned));
        });
    }
    names
}
