//! Expectations of what comes: judged again with each thing that does, until they hold or cannot any more.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use super::backend::Backend;
use super::error::{RunError, RunErrorKind};
use super::judging::{Hopeless, Judging, Standing};
use super::outcome::{Failure, Reason};
use super::script_run::ScriptRun;
use super::stop::Stop;
use super::taken::Took;
use crate::matcher::{Pattern, TooHard};
use crate::plan::Step;
use crate::script::{Expectation as Expected, ExpectationMode};
use crate::xmpp::Closed;

impl ScriptRun<'_> {
    /// Waits until what comes has met an expectation, or cannot any more.
    pub(super) async fn expect(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        match expected.mode {
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder => self.receive(step, expected).await,
            ExpectationMode::Nothing | ExpectationMode::NoneOf => {
                self.receive_silence(step, expected).await
            }
            ExpectationMode::Disconnection => self.await_end(step, expected).await,
            // Few are refused, and what receives need not have room for it.
            ExpectationMode::Refusal => Box::pin(self.be_refused(step, expected)).await,
        }
    }

    /// Receives stanzas. The patience for those that are awaited one after the other begins anew with each; for the
    /// first one it has begun with the line, so that several actors wait together.
    pub(super) async fn receive(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let mut judging = Judging::new(expected, self.usual_receiving());
        let patience = self.patience_for(step);
        let mut deadline = self.line_begun + patience;
        let mut identities = self.identities;
        loop {
            // What tells who an actor is may be what is compared with that.
            if std::mem::replace(&mut identities, self.identities) != self.identities {
                judging.look_again();
            }
            self.withhold_end(step);
            let before = self.before_fault(step.actor, &judging);
            let hopeless = match self.judge(step.actor, &mut judging).await? {
                Standing::Holds => return Ok(()),
                Standing::Took(took) => {
                    let tampered = self
                        .tamper(step, before, &took, &mut judging, deadline)
                        .await;
                    if tampered {
                        continue;
                    }
                    self.take_note(took);
                    deadline = Instant::now() + patience;
                    None
                }
                Standing::Open => self.await_more(step, &judging, deadline).await?,
                Standing::Hopeless(hopeless) => Some(hopeless),
            };
            if let Some(hopeless) = hopeless {
                return Err(self.failure(step, &judging, hopeless).await.into());
            }
        }
    }

    /// Judges an expectation by what is in the inbox of its actor.
    pub(super) async fn judge<'p>(
        &mut self,
        actor: usize,
        judging: &mut Judging<'p>,
    ) -> Result<Standing<'p>, RunError> {
        let inbox = &mut self.actors[actor].inbox;
        let standing = judging.judge(inbox, &self.bindings).await;
        standing.map_err(|hard| self.too_hard(actor, hard))
    }

    /// The failure of a step whose expectation cannot be met any more.
    pub(super) async fn failure<'p>(
        &self,
        step: &Step,
        judging: &Judging<'p>,
        hopeless: Hopeless<'p>,
    ) -> Failure {
        let inbox = &self.actors[step.actor].inbox;
        judging
            .failure(hopeless, inbox, &self.bindings, step.span)
            .await
    }

    /// Takes note of what the step that is being taken has taken, and of what is bound then.
    pub(super) fn take_note(&mut self, took: Took) {
        if let Backend::Recorded(_) = self.backend {
            self.taken.extend(took.told(self.step, &self.bindings));
        }
        self.rebind(took.bindings);
    }

    fn too_hard(&self, actor: usize, hard: TooHard) -> RunError {
        self.error(actor, RunErrorKind::TooHard(hard))
    }

    /// Waits until more has come for the actor of a step, or tells why no more will.
    async fn await_more<'p>(
        &mut self,
        step: &Step,
        judging: &Judging<'p>,
        deadline: Instant,
    ) -> Result<Option<Hopeless<'p>>, Stop> {
        let actor = step.actor;
        while !judging.has_news(&self.actors[actor].inbox) {
            let reason = match self.hopeless_since(actor, judging) {
                Some(reason) => reason,
                None if self.wait(deadline).await => {
                    self.backend.note_waited();
                    continue;
                }
                None => {
                    let waited = self.patience_for(step);
                    self.see_that_all_came(&BTreeSet::from([actor]), waited)?;
                    self.nonsense_at(actor, judging)
                        .unwrap_or(Reason::Timeout { waited })
                }
            };
            return Ok(Some(judging.given_up(reason)));
        }
        if judging.is_costly() {
            self.catch_up_until(deadline).await;
        }
        Ok(None)
    }

    /// Why nothing more can come that an expectation is about, if its actor's stream is not open.
    fn hopeless_since(&self, actor: usize, judging: &Judging<'_>) -> Option<Reason> {
        let awaits_end = judging.awaits_end() && self.actors[actor].live.is_some();
        self.closed(actor).filter(|_| !awaits_end)
    }

    /// What came in the place of the end of a stream that is waited for, and is nothing that a stream consists of.
    fn nonsense_at(&self, actor: usize, judging: &Judging<'_>) -> Option<Reason> {
        let live = self.actors[actor].live.as_ref();
        let live = live.filter(|_| judging.awaits_end());
        let how = live?.closed.clone();
        let nonsense = how.filter(|how| matches!(how, Closed::NotXmpp(_)));
        nonsense.map(|how| Reason::EndedOtherwise { how })
    }

    /// Sees that waiting for some actors was in vain. A recording that ended earlier does not show that: it is not known
    /// what would have come.
    pub(super) fn see_that_all_came(
        &self,
        actors: &BTreeSet<usize>,
        patience: Duration,
    ) -> Result<(), Stop> {
        let mut news = actors.iter().map(|actor| self.actors[*actor].inbox.news());
        if let Backend::Recorded(replay) = &self.backend
            && replay.ends_within(patience)
            && news.all(|mut news| news.next().is_none())
        {
            let actor = actors.first().copied().unwrap_or_default();
            return Err(self.error(actor, replay.end()).into());
        }
        self.see_that_all_is_answered()
    }

    /// Why nothing more can come for an actor, if its stream is not open.
    pub(super) fn closed(&self, actor: usize) -> Option<Reason> {
        let Some(live) = &self.actors[actor].live else {
            return Some(Reason::NotConnected);
        };
        let how = live.closed.clone()?;
        Some(Reason::Closed { how })
    }
}
