//! `disconnects`, and all other ends that the runner makes to sessions.

use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::interrupt::Interrupt;
use super::outcome::{Failure, Reason, StepOutcome, StepStatus, Stray};
use super::recording::{Happening, Keep};
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;
use crate::script::Part;

/// How long a server may take to close its side when a script is over.
const PATIENCE_AT_END: Duration = Duration::from_secs(2);

impl ScriptRun<'_> {
    /// Ends the session of an actor, if it has one.
    pub(super) async fn disconnect(&mut self, step: &Step) -> Result<(), Stop> {
        if self.actors[step.actor].live.is_none() {
            return Ok(());
        }
        let waited = self.patience_for(step);
        let closed = self.end_session(step.actor, waited).await?;
        if closed {
            return Ok(());
        }
        Err(Failure::without_stanza(Reason::StillOpen { waited }, step.span).into())
    }

    /// Ends the session of an actor, and tells whether the server has closed its side of it. What it says there has still
    /// to be XMPP.
    pub(super) async fn end_session(
        &mut self,
        actor: usize,
        patience: Duration,
    ) -> Result<bool, Stop> {
        self.settle_session(actor).await?;
        self.leave(actor).await?;
        let was_open = self.actors[actor].open().is_some();
        let closed = self.close(&[actor], Instant::now() + patience).await;
        let broken = self.actors[actor].broken_in_leaving().cloned();
        if was_open && broken.is_none() {
            self.tell_rude_farewell(actor);
        }
        self.forget_session(actor);
        match broken {
            Some(how) => Err(self.failure_by_break(how).into()),
            None => Ok(closed),
        }
    }

    /// Ends the connection of an actor, if it has one, without closing its stream. What was sent over it need not be
    /// handled yet.
    pub(super) async fn drop_connection(&mut self, step: &Step) -> Result<(), Stop> {
        let actor = step.actor;
        if self.actors[actor].live.is_none() {
            return Ok(());
        }
        match self.is_anything_missed() {
            true => self.hear_before_end(actor).await?,
            false => self.flush_others(actor).await?,
        }
        self.await_rest_of_element(actor).await;
        self.see_that_unbroken(actor)?;
        self.tally(actor, Act::Drop).await?;
        self.recording.note(actor, Happening::Dropped);
        let live = self.actors[actor].live.as_mut();
        if let Some(line) = live.and_then(|live| live.line.take()) {
            drop(line.stop().await);
        }
        self.forget_session(actor);
        Ok(())
    }

    /// Sees, within a story that is complete, that nothing is thrown away with a session.
    async fn hear_before_end(&mut self, actor: usize) -> Result<(), Stop> {
        let actors = [actor].into();
        self.hear(&actors).await?;
        match self.incomplete(&actors) {
            Some((step, failure)) => Err(Stop::FailedBefore(step, Box::new(failure))),
            None => Ok(()),
        }
    }

    /// Sees, before an actor ends its session, that the server has handled what was sent over it, and that this did not
    /// break the stream; and within a story that is complete, that nothing is thrown away.
    pub(super) async fn settle_session(&mut self, actor: usize) -> Result<(), Stop> {
        match self.actors[actor].live {
            Some(_) if self.is_anything_missed() => self.hear_before_end(actor).await?,
            Some(_) => self.flush_before_leaving(actor).await?,
            None => self.flush_others(actor).await?,
        }
        self.see_that_unbroken(actor)
    }

    fn see_that_unbroken(&self, actor: usize) -> Result<(), Stop> {
        match self.broken_at(actor) {
            Some((step, failure)) => Err(Stop::FailedBefore(step, Box::new(failure))),
            None => Ok(()),
        }
    }

    /// Whether what a session throws away is missed: within a story that is complete, which is neither still to come nor
    /// over.
    fn is_anything_missed(&self) -> bool {
        self.plan.complete && self.part() == Part::Story && self.step < self.end_of_story()
    }

    /// Sees that an actor that ends its session is recorded to have ended it.
    pub(super) async fn leave(&mut self, actor: usize) -> Result<(), Stop> {
        if self.actors[actor].live.is_some() {
            self.tally(actor, Act::Leave).await?;
        }
        Ok(())
    }

    /// Closes streams, all at once, and waits for the server to close its side of them; tells whether it did. Then
    /// the connections below them are ended.
    pub(super) async fn close(&mut self, actors: &[usize], deadline: Instant) -> bool {
        for actor in actors {
            if let Some(live) = &mut self.actors[*actor].live {
                live.is_leaving = true;
                self.recording.note(*actor, Happening::Left);
                // Where the server has closed its side, ours is still due (RFC 6120 §4.4); where it takes no more,
                // there is nothing left to say to it.
                if let Some(line) = &mut live.line {
                    let _ = timeout_at(deadline, line.writer.close()).await;
                    // Where there is no stream, only the connection can end.
                    if !live.standing.is_open || live.has_sent_text {
                        let _ = timeout_at(deadline, line.writer.shutdown()).await;
                    }
                }
            }
        }
        let closed = self.await_closed(actors, deadline).await;
        for actor in actors {
            let live = self.actors[*actor].live.as_mut();
            if let Some(line) = live.and_then(|live| live.line.as_mut()) {
                let _ = timeout_at(deadline, line.writer.shutdown()).await;
            }
        }
        closed
    }

    /// Waits until the server has closed the streams of some actors; tells whether it did.
    pub(super) async fn await_closed(&mut self, actors: &[usize], deadline: Instant) -> bool {
        while actors
            .iter()
            .any(|actor| self.actors[*actor].open().is_some())
        {
            if !self.wait(deadline).await {
                return false;
            }
        }
        true
    }

    /// Ends a session, whatever state it is in. What was passed over in it counts as unexpected.
    pub(super) fn forget_session(&mut self, actor: usize) {
        let name = self.name(actor).clone();
        let state = &mut self.actors[actor];
        state.live = None;
        self.pending.forget(actor);
        let passed_over = state.inbox.drain_passed_over();
        if self.are_strays_told {
            return;
        }
        self.strays
            .extend(passed_over.into_iter().map(|element| Stray {
                actor: name.clone(),
                element,
            }));
    }

    /// Takes note, when the story is over, of what was passed over in it and not taken since. What is passed over later
    /// does not count.
    pub(super) fn tell_strays(&mut self) {
        let plan = self.plan;
        for (actor, planned) in self.actors.iter().zip(&plan.actors) {
            let passed_over = actor.inbox.passed_over();
            self.strays.extend(passed_over.map(|element| Stray {
                actor: planned.name.clone(),
                element: element.clone(),
            }));
        }
        self.are_strays_told = true;
    }

    /// Lets the server react to the last steps, for a recording by which other scripts may be judged, unless it has had
    /// time for that. If it does not answer, there is nothing more to record.
    pub(super) async fn hear_out(&mut self, steps: &[StepOutcome], mut interrupt: Interrupt) {
        let is_clear = |step: &StepOutcome| !matches!(step.status, StepStatus::Errored(_));
        let anybody = self.actors.iter_mut().any(|actor| actor.open().is_some());
        let is_heard = self.heard_after == Some(self.step);
        let is_due = self.options.keep == Keep::Settled && anybody && !is_heard;
        if !is_due || !steps.iter().all(is_clear) {
            return;
        }
        self.is_heard_out = true;
        let everybody = (0..self.actors.len()).collect();
        let silence = async {
            let _ = self.flush(everybody).await;
            let deadline = Instant::now() + self.options.quiet_time;
            while self.wait(deadline).await {}
        };
        tokio::select! {
            biased;
            () = interrupt.wait() => {}
            () = silence => {}
        }
    }

    /// Ends all sessions, when the story is over. No step does so, and so what the server says there decides nothing; a
    /// note tells of what is not as it should be.
    pub(super) async fn close_all(&mut self) {
        let everybody: Vec<usize> = (0..self.actors.len()).collect();
        let mut open = everybody.clone();
        open.retain(|actor| self.actors[*actor].open().is_some());
        self.close(&everybody, Instant::now() + PATIENCE_AT_END)
            .await;
        for actor in open {
            self.tell_bad_farewell(actor);
        }
        for actor in everybody {
            self.forget_session(actor);
        }
    }
}
