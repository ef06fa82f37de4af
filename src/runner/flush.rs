//! Keeping the order of the story: waiting until the server has handled what an actor has sent.
//!
//! Servers handle what comes over one stream for one entity in order, so the answer to a ping shows that all before it
//! was handled. One ping goes to the actor's server and one to each room or service written to; on a stream with stream
//! management an `<r/>` asks the server instead (XEP-0198 §4). As servers also work in the sessions of the recipients
//! of a stanza, there are two waves: first the streams over which something was sent, then those of the sessions that
//! may be at work because of it.

use std::collections::BTreeSet;

use jid::Jid;

use super::addressees::Reach;
use super::event::Event;
use super::flusher::STREAM;
use super::outcome::{Failure, Reason};
use super::pending::Work;
use super::recording::Happening;
use super::script_run::ScriptRun;
use super::send::Sent;
use super::stop::Stop;
use crate::plan::Sync;

impl ScriptRun<'_> {
    /// Takes note of what an actor sends, and of the sessions in which the server may be at work because of it.
    pub(super) fn note_unsettled(&mut self, actor: usize, step: usize, sent: &Sent) {
        let to = sent.to.as_deref().and_then(|to| Jid::new(to).ok());
        let entity = to.as_ref().and_then(|to| self.addressees.entity(to));
        self.pending
            .note_sent(actor, entity, sent.request_id.as_deref());
        let work = Work {
            sender: actor,
            step,
        };
        match self.addressees.reach(actor, to.as_ref()) {
            Reach::Actors(actors) => actors.into_iter().for_each(|other| {
                self.note_work(work, other);
            }),
            // A question changes nothing for other sessions.
            Reach::Anybody if sent.only_asks => {}
            Reach::Anybody => (0..self.actors.len()).for_each(|other| {
                // An actor that has sent nothing yet is neither available nor interested in anything (RFC 6121 §2.2,
                // §4.1).
                if self.actors[other].has_spoken() {
                    self.note_work(work, other);
                }
            }),
        }
    }

    fn note_work(&mut self, work: Work, actor: usize) {
        if actor != work.sender && self.actors[actor].open().is_some() {
            self.pending.note_work(actor, work);
        }
    }

    /// Flushes by these waves, and again as long as rules have answered meanwhile: that is not settled yet.
    async fn flush_by(
        &mut self,
        waves: impl AsyncFn(&mut Self) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        let patience = self.deadline();
        loop {
            // The server may have closed a stream since the runner last looked at what came.
            self.catch_up().await;
            let answers = self.answers.count;
            waves(self).await?;
            if self.is_settled_since(answers, patience)? {
                return Ok(());
            }
        }
    }

    /// Waits until all that the other actors have sent is handled.
    pub(super) async fn flush_others(&mut self, actor: usize) -> Result<(), Stop> {
        self.flush_by(async |run| {
            run.flush_senders(|other| other != actor).await?;
            // What the server does elsewhere because of this actor needs no waiting: it comes before what the actor does
            // now, over the same stream.
            run.flush_working(|other, work| other != actor && work.sender != actor)
                .await?;
            Ok(())
        })
        .await
    }

    /// Waits until all that the actors have sent is handled.
    pub(super) async fn flush_all(&mut self) -> Result<(), Stop> {
        self.flush_by(async |run| {
            run.flush_senders(|_| true).await?;
            run.flush_working(|_, _| true).await?;
            Ok(())
        })
        .await
    }

    /// Waits until all that the actors have sent is handled, before an actor leaves.
    pub(super) async fn flush_before_leaving(&mut self, actor: usize) -> Result<(), Stop> {
        self.flush_by(async |run| {
            run.flush_senders(|_| true).await?;
            run.flush_working(|other, _| other != actor).await?;
            Ok(())
        })
        .await
    }

    /// Waits until all that the actors have sent is handled, and all that is on the way to some actors has come.
    pub(super) async fn flush_towards(&mut self, actors: &BTreeSet<usize>) -> Result<(), Stop> {
        self.flush_by(async |run| {
            let mut asked = run.flush_senders(|_| true).await?;
            asked.extend(
                run.flush_working(|other, _| !actors.contains(&other))
                    .await?,
            );
            // What the others' sessions have sent here came after what was asked here before.
            if actors.len() > 1 || !asked.iter().eq(actors) {
                run.flush(actors.iter().copied().collect()).await?;
            }
            Ok(())
        })
        .await
    }

    /// Waits until what some actors have sent is handled. Gives the actors over whose streams that was asked.
    async fn flush_senders(
        &mut self,
        concerns: impl Fn(usize) -> bool,
    ) -> Result<Vec<usize>, Stop> {
        let mut senders = self.pending.senders();
        senders.retain(|actor| concerns(*actor));
        for actor in &senders {
            self.await_acknowledgement(*actor).await?;
        }
        senders.retain(|actor| !self.pending.is_settled(*actor));
        let is_sender = |actor: usize| senders.binary_search(&actor).is_ok();
        let working = self.pending.working();
        let mutual = working.filter(|(actor, work)| is_sender(*actor) && is_sender(work.sender));
        let mutual: Vec<(usize, Work)> = mutual.collect();
        let asked = self.flush(senders).await?;
        // These were asked before it was known that the other one's sends, by a rule, are handled.
        for (actor, work) in mutual {
            self.note_work(work, actor);
        }
        Ok(asked)
    }

    /// Waits until the server has finished, in the sessions of some actors, the work that other actors have caused
    /// there. Gives the actors over whose streams that was asked.
    async fn flush_working(
        &mut self,
        concerns: impl Fn(usize, Work) -> bool,
    ) -> Result<Vec<usize>, Stop> {
        let working = self.pending.working();
        let working = working.filter(|(actor, work)| concerns(*actor, *work));
        let actors = working.map(|(actor, _)| actor).collect();
        self.flush(actors).await
    }

    /// Waits until all that has gone over some actors' streams is handled, and all that is on the way there has come.
    pub(super) async fn flush(&mut self, mut actors: Vec<usize>) -> Result<Vec<usize>, Stop> {
        if self.plan.terms_of(self.step).sync == Sync::None {
            return Ok(Vec::new());
        }
        actors.retain(|actor| self.actors[*actor].can_be_asked());
        let noted = self.pending.noted();
        for actor in &actors {
            self.ask(*actor).await?;
        }
        self.await_answers().await?;
        for actor in &actors {
            self.pending.finish_work(*actor, noted);
        }
        Ok(actors)
    }

    /// Asks over an actor's stream, by as little as shows that everything is handled.
    async fn ask(&mut self, actor: usize) -> Result<(), Stop> {
        self.await_acknowledgement(actor).await?;
        let written_to = self.pending.settle(actor);
        if self.sync_of(actor) == Sync::None || self.actors[actor].open().is_none() {
            return Ok(());
        }
        let request = self.actors[actor].management.ask();
        let planned = &self.plan.actors[actor];
        let mut entities: BTreeSet<String> = written_to.collect();
        match request {
            Some(_) => self.flusher.ask_stream(actor),
            None => drop(entities.insert(planned.server.clone())),
        }
        let entities: Vec<String> = entities.into_iter().collect();
        let from = planned.role.names_sender.then(|| planned.jid.to_string());
        let pings = entities
            .iter()
            .map(|entity| self.flusher.ping(actor, from.as_deref(), entity));
        let by_stream = request.is_some();
        let asked: Vec<String> = pings.chain(request).collect();
        self.tell_asked(actor, entities, by_stream);
        self.write(actor, &asked).await
    }

    /// How the order of the story is kept on an actor's stream.
    pub(super) fn sync_of(&self, actor: usize) -> Sync {
        match self.plan.terms_of(self.step).sync {
            Sync::None => Sync::None,
            Sync::Ping => self.plan.actors[actor].sync,
        }
    }

    fn tell_asked(&mut self, actor: usize, entities: Vec<String>, by_stream: bool) {
        let state = &mut self.actors[actor];
        let stanzas = u32::try_from(entities.len()).unwrap_or(u32::MAX);
        state.management.note_own(stanzas);
        self.bind_counts(actor);
        let stream = by_stream.then(|| STREAM.to_owned());
        let asked: Vec<String> = entities.iter().cloned().chain(stream).collect();
        self.actors[actor].pings += asked.len();
        self.reporter.event(&Event::Flush {
            actor: &self.plan.actors[actor].name,
            entities: &asked,
        });
        // What is asked after the steps belongs to none of them, and is not kept for judging other scripts by the
        // recording.
        if self.is_heard_out {
            return;
        }
        if by_stream {
            self.recording.note(actor, Happening::AskedStream);
        }
        if !entities.is_empty() {
            self.recording.note(actor, Happening::Pinged(entities));
        }
    }

    /// Waits for the server's answer to what the script itself has asked of stream management: it settles what was sent
    /// before, and until it has come, the runner's own request would take its place.
    async fn await_acknowledgement(&mut self, actor: usize) -> Result<(), Stop> {
        if self.sync_of(actor) == Sync::None {
            return Ok(());
        }
        let deadline = self.deadline();
        while self.actors[actor].management.is_awaited() && self.actors[actor].open().is_some() {
            if !self.wait(deadline).await {
                return Err(self.unanswered(actor, vec![STREAM.to_owned()]));
            }
        }
        Ok(())
    }

    async fn await_answers(&mut self) -> Result<(), Stop> {
        let deadline = self.deadline();
        while !self.flusher.is_answered() {
            if !self.wait(deadline).await {
                let given_up = self.flusher.give_up();
                let (actor, silent) = given_up.unwrap_or_default();
                return Err(self.unanswered(actor, silent));
            }
        }
        Ok(())
    }

    /// The failure that the server does not answer over an actor's stream. It is a failure of what was sent there last,
    /// by the actor itself or by one that caused work in its session: the server has not finished handling that.
    fn unanswered(&mut self, actor: usize, silent: Vec<String>) -> Stop {
        if !self.is_heard_out && self.trouble.is_none() {
            self.recording
                .note(actor, Happening::Silent(silent.clone()));
        }
        let (step, failure) = self.failure_by_silence(actor, silent);
        Stop::FailedBefore(step, failure)
    }

    /// Takes note that the server is recorded not to have answered.
    pub(super) fn note_silence(&mut self, actor: usize, silent: Vec<String>, during: usize) {
        self.recording
            .note(actor, Happening::Silent(silent.clone()));
        let (step, failure) = self.failure_by_silence(actor, silent);
        self.silence = Some((during, step, failure));
    }

    fn failure_by_silence(&self, actor: usize, silent: Vec<String>) -> (usize, Box<Failure>) {
        let live = self.actors[actor].live.as_ref();
        let given = self.pending.work_of(actor).map(|work| work.step);
        let sent = live.and_then(|live| live.sent).max(given);
        // Over a stream on which nothing was said, the session itself is all that was asked of the server.
        let step = sent.or(live.map(|live| live.acted)).unwrap_or(self.step);
        let reason = Reason::NoAnswer {
            stream: self.name(actor).clone(),
            silent,
            waited: self.patience(),
        };
        let failure = Failure::without_stanza(reason, self.plan.steps[step].span);
        (step, Box::new(failure))
    }
}
