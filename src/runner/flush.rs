//! Keeping the order of the story: waiting until the server has handled what an actor has sent.
//!
//! Servers handle what comes over one stream for one entity in order, so the answer to a ping shows that all before
//! it was handled. One ping goes to the actor's server and one to each room or service written to; on a stream with
//! stream management an `<r/>` asks the server instead (XEP-0198 §4). As servers also work in the sessions of those
//! whom a stanza is for, there are two waves: first the streams over which something was sent, then those of the
//! sessions that may be at work because of it.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};

use jid::Jid;
use minidom::Element;

use super::actor::Work;
use super::addressees::Reach;
use super::event::Event;
use super::inbox::is_answer;
use super::outcome::{Failure, Reason};
use super::recording::Happening;
use super::script_run::{ScriptRun, Stop};
use crate::plan::{Outgoing, Sync};
use crate::{escape, ns};

/// To whom an actor has sent what may not be handled yet: rooms and services by their bare JIDs, none for all the
/// rest, which the actor's own server handles. With each, the id of the request that went there last, if it
/// was one: its answer shows that all before it was handled.
#[derive(Debug, Default)]
pub(super) struct Unsettled(BTreeMap<Option<String>, Option<String>>);

impl Unsettled {
    /// Takes note of a stanza: to which room or service, and its id if it is a request.
    pub(super) fn note_sent(&mut self, entity: Option<String>, request: Option<&str>) {
        let last = self.0.entry(entity).or_default();
        // While an id is in use, the answer to another request of that id says nothing.
        let request = request.filter(|id| last.as_deref() != Some(id));
        *last = request.map(str::to_owned);
    }

    /// Takes note of an answer: what went to the same entity before the request is handled. Only rooms and services
    /// answer for themselves; it is not always the server itself that answers for it.
    pub(super) fn note_answer(&mut self, element: &Element) {
        if !is_answer(element) {
            return;
        }
        let from = element.attr("from").and_then(|from| Jid::new(from).ok());
        let entity = from.map(|from| from.to_bare().to_string());
        if entity.is_some()
            && let Some(Some(request)) = self.0.get(&entity)
            && element.attr("id") == Some(request)
        {
            self.0.remove(&entity);
        }
    }

    /// Takes note that the server has handled everything that is not for a room or service.
    pub(super) fn note_acknowledged(&mut self) {
        self.0.remove(&None);
    }

    /// Whether nothing is unsettled.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rooms and services; after that nothing is unsettled.
    fn take(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_keys().flatten()
    }
}

/// What the runner has asked and is not answered yet. The ids of its pings cannot be taken for a script's.
#[derive(Debug)]
pub(super) struct Flusher {
    prefix: String,
    count: usize,
    /// Who has not answered yet, by ping: the actor over whose stream it went, and the entity.
    pending: BTreeMap<String, (usize, String)>,
    /// The actors whose streams are asked by `<r/>`.
    acknowledgements: BTreeSet<usize>,
}

/// Who is told of where an `<r/>` goes out, or has no answer.
const STREAM: &str = "the stream itself, by <r/>";

impl Flusher {
    /// Nothing is asked.
    pub(super) fn new() -> Self {
        let nonce = RandomState::new().build_hasher().finish();
        Self {
            prefix: format!("scansion-flush-{nonce:016x}-"),
            count: 0,
            pending: BTreeMap::new(),
            acknowledgements: BTreeSet::new(),
        }
    }

    /// Whether an element is the answer to one of the runner's pings, however late.
    pub(super) fn is_answer(&self, element: &Element) -> bool {
        is_answer(element)
            && element
                .attr("id")
                .is_some_and(|id| id.starts_with(&self.prefix))
    }

    /// Takes note of an answer.
    pub(super) fn settle(&mut self, answer: &Element) {
        if let Some(id) = answer.attr("id") {
            self.pending.remove(id);
        }
    }

    /// Takes note of the answer to an `<r/>`.
    pub(super) fn settle_stream(&mut self, actor: usize) {
        self.acknowledgements.remove(&actor);
    }

    /// On a closed stream no answer can come, and nothing more can happen.
    pub(super) fn forget(&mut self, actor: usize) {
        self.pending.retain(|_, (asked, _)| *asked != actor);
        self.acknowledgements.remove(&actor);
    }

    fn is_answered(&self) -> bool {
        self.pending.is_empty() && self.acknowledgements.is_empty()
    }

    /// Waits for nothing any more, and tells over whose stream there is no answer, and of whom.
    fn give_up(&mut self) -> Option<(usize, Vec<String>)> {
        let pending = std::mem::take(&mut self.pending);
        let streams = std::mem::take(&mut self.acknowledgements);
        let asked = pending.values().map(|(actor, _)| *actor).min();
        let asked = asked.into_iter().chain(streams.first().copied()).min()?;
        let entities = pending.into_values().filter(|(actor, _)| *actor == asked);
        let entities = entities.map(|(_, entity)| entity);
        let stream = streams.contains(&asked).then(|| STREAM.to_owned());
        Some((asked, entities.chain(stream).collect()))
    }

    /// A ping (XEP-0199 §4). A component has to say who it is (XEP-0114 §3).
    fn ping(&mut self, actor: usize, from: Option<&str>, entity: &str) -> String {
        let id = format!("{}{}", self.prefix, self.count);
        self.count += 1;
        let from = from
            .map(|from| format!(" from='{}'", escape::attribute(from)))
            .unwrap_or_default();
        let ping = format!(
            "<iq type='get' id='{id}'{from} to='{}'><ping xmlns='{}'/></iq>",
            escape::attribute(entity),
            ns::PING
        );
        self.pending.insert(id, (actor, entity.to_owned()));
        ping
    }
}

impl ScriptRun<'_> {
    /// Takes note of what an actor sends, and of whose sessions have work from it.
    pub(super) fn note_unsettled(
        &mut self,
        actor: usize,
        stanza: &Outgoing,
        to: Option<&str>,
        request: Option<&str>,
    ) {
        let entity = to.and_then(|to| self.addressees.entity(to));
        self.actors[actor].unsettled.note_sent(entity, request);
        // What the server does for this actor comes after what it did for the others, and is asked for with it.
        self.actors[actor].work = None;
        self.working.remove(actor);
        self.unsettled.insert(actor);
        match self.addressees.reach(actor, to) {
            Reach::Actors(actors) => actors.into_iter().for_each(|other| {
                self.note_work(actor, other);
            }),
            // A question changes nothing for anybody.
            Reach::Anybody if stanza.only_asks => {}
            Reach::Anybody => (0..self.actors.len()).for_each(|other| {
                // Who has said nothing yet is neither available nor interested in anything (RFC 6121 §2.2, §4.1).
                if self.actors[other].has_spoken() {
                    self.note_work(actor, other);
                }
            }),
        }
    }

    fn note_work(&mut self, sender: usize, actor: usize) {
        let step = self.step;
        let state = &mut self.actors[actor];
        if actor != sender && state.open().is_some() {
            state.work = Some(Work { sender, step });
            self.working.insert(actor);
        }
    }

    /// Waits until all that the other actors have sent is handled.
    pub(super) async fn flush_others(&mut self, actor: usize) -> Result<(), Stop> {
        self.flush_senders(|other| other != actor).await?;
        // What the actor itself has given others to do comes before what it does now, over the same stream.
        self.flush_working(|other, work| other != actor && work.sender != actor)
            .await?;
        Ok(())
    }

    /// Waits until all that anybody has sent is handled.
    pub(super) async fn flush_all(&mut self) -> Result<(), Stop> {
        self.flush_senders(|_| true).await?;
        self.flush_working(|_, _| true).await?;
        Ok(())
    }

    /// Waits until all that anybody has sent is handled, before an actor leaves.
    pub(super) async fn flush_before_leaving(&mut self, actor: usize) -> Result<(), Stop> {
        self.flush_senders(|_| true).await?;
        self.flush_working(|other, _| other != actor).await?;
        Ok(())
    }

    /// Waits until all that anybody has sent is handled, and all that is on the way to an actor has come.
    pub(super) async fn flush_towards(&mut self, actor: usize) -> Result<(), Stop> {
        let mut asked = self.flush_senders(|_| true).await?;
        asked.extend(self.flush_working(|other, _| other != actor).await?);
        // What the others' sessions have sent here came after what was asked here before.
        if asked != [actor] {
            self.flush(vec![actor]).await?;
        }
        Ok(())
    }

    /// Waits until what some actors have sent is handled, and tells over whose streams that was asked.
    async fn flush_senders(
        &mut self,
        concerns: impl Fn(usize) -> bool,
    ) -> Result<Vec<usize>, Stop> {
        // The server may have closed a stream that nobody has listened to for a while.
        self.catch_up();
        let mut senders = self.unsettled.sorted();
        senders.retain(|actor| concerns(*actor));
        for actor in &senders {
            self.await_acknowledgement(*actor).await?;
        }
        senders.retain(|actor| !self.actors[*actor].unsettled.is_empty());
        self.flush(senders).await
    }

    /// Waits until the sessions of some actors have done what others have given them to do, and tells over whose
    /// streams that was asked.
    async fn flush_working(
        &mut self,
        concerns: impl Fn(usize, Work) -> bool,
    ) -> Result<Vec<usize>, Stop> {
        let mut working = self.working.sorted();
        working.retain(|actor| {
            let work = self.actors[*actor].work;
            work.is_some_and(|work| concerns(*actor, work))
        });
        self.flush(working).await
    }

    /// Waits until all that has gone over some actors' streams is handled, and all that is on the way there has come.
    pub(super) async fn flush(&mut self, mut actors: Vec<usize>) -> Result<Vec<usize>, Stop> {
        if self.plan.sync == Sync::None {
            return Ok(Vec::new());
        }
        // To ask would call a client back from where it has gone (XEP-0352 §5).
        actors.retain(|actor| !self.actors[*actor].is_inactive());
        for actor in &actors {
            self.ask(*actor).await?;
        }
        self.await_answers().await?;
        for actor in &actors {
            self.actors[*actor].work = None;
            self.working.remove(*actor);
        }
        Ok(actors)
    }

    /// Asks over an actor's stream, by as little as shows that everything is handled.
    async fn ask(&mut self, actor: usize) -> Result<(), Stop> {
        self.await_acknowledgement(actor).await?;
        self.unsettled.remove(actor);
        let written_to = self.actors[actor].unsettled.take();
        if self.sync_of(actor) == Sync::None || self.actors[actor].open().is_none() {
            return Ok(());
        }
        let request = self.actors[actor].management.ask();
        let planned = &self.plan.actors[actor];
        let mut entities: BTreeSet<String> = written_to.collect();
        match request {
            Some(_) => drop(self.flusher.acknowledgements.insert(actor)),
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
    fn sync_of(&self, actor: usize) -> Sync {
        match self.plan.sync {
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
        // What is asked after the steps belongs to none of them, and who judges the recording is not to be told of it.
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

    /// That the server does not answer over an actor's stream. It is a failure of what was sent there last, by the actor
    /// or by who gave its session work: the server has not come to an end with that.
    fn unanswered(&self, actor: usize, silent: Vec<String>) -> Stop {
        let state = &self.actors[actor];
        let sent = state.live.as_ref().and_then(|live| live.sent);
        let given = state.work.map(|work| work.step);
        let step = sent.max(given).unwrap_or(self.step);
        let reason = Reason::NoAnswer {
            stream: self.name(actor).clone(),
            silent,
            waited: self.options.timeout,
        };
        let failure = Failure::without_stanza(reason, self.plan.steps[step].span);
        Stop::FailedBefore(step, Box::new(failure))
    }
}
