//! Keeping the order of the story: waiting until the server has handled what an actor has sent.
//!
//! Servers handle what comes over one stream for one entity in order, so the answer to a ping shows that all before
//! it was handled. One ping goes to the actor's server and one to each room or service written to.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};

use jid::Jid;
use minidom::Element;

use super::error::RunErrorKind;
use super::event::Event;
use super::inbox::is_answer;
use super::performance::{Performance, Stop};
use super::recording::Happening;
use crate::plan::{ActorPlan, Sync};
use crate::script::ast::Class;
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

    /// Whether nothing is unsettled.
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The rooms and services; after that nothing is unsettled.
    fn take(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_keys().flatten()
    }
}

/// The pings that are out. Their ids cannot be taken for a script's.
#[derive(Debug)]
pub(super) struct Flusher {
    prefix: String,
    count: usize,
    /// Who has not answered yet, by ping: the actor that asks, and the entity.
    pending: BTreeMap<String, (usize, String)>,
}

impl Flusher {
    /// No pings are out.
    pub(super) fn new() -> Self {
        let nonce = RandomState::new().build_hasher().finish();
        Self {
            prefix: format!("scansion-flush-{nonce:016x}-"),
            count: 0,
            pending: BTreeMap::new(),
        }
    }

    /// Whether an element is the answer to one of our pings, however late.
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

impl Performance<'_> {
    /// Waits until all that the other actors have sent is handled.
    pub(super) async fn flush_others(&mut self, actor: usize) -> Result<(), Stop> {
        let unsettled = |other: &usize| !self.actors[*other].unsettled.is_empty();
        let others = (0..self.actors.len())
            .filter(|other| *other != actor)
            .filter(unsettled);
        self.flush(others.collect()).await
    }

    /// Waits until all that anybody has sent is handled, and all that is on the way to an actor has come.
    pub(super) async fn flush_towards(&mut self, actor: usize) -> Result<(), Stop> {
        let unsettled =
            |other: &usize| *other == actor || !self.actors[*other].unsettled.is_empty();
        let everybody = (0..self.actors.len()).filter(unsettled);
        self.flush(everybody.collect()).await
    }

    /// Waits until all that some actors have sent is handled, and all that is on the way to them has come.
    pub(super) async fn flush(&mut self, actors: Vec<usize>) -> Result<(), Stop> {
        // The server may have closed a stream that nobody has listened to for a while.
        self.catch_up();
        if self.plan.sync == Sync::None {
            return Ok(());
        }
        for actor in actors {
            self.send_pings(actor).await?;
        }
        self.await_answers().await
    }

    async fn send_pings(&mut self, actor: usize) -> Result<(), Stop> {
        let written_to = self.actors[actor].unsettled.take();
        if self.actors[actor].open().is_none() {
            return Ok(());
        }
        let planned = &self.plan.actors[actor];
        let from = (planned.class == Class::Component).then(|| planned.jid.to_string());
        let mut entities = BTreeSet::from([planned.server.clone()]);
        entities.extend(written_to);
        let entities: Vec<String> = entities.into_iter().collect();
        let pings = entities
            .iter()
            .map(|entity| self.flusher.ping(actor, from.as_deref(), entity));
        let pings: Vec<String> = pings.collect();
        self.reporter.event(&Event::Flush {
            actor: &planned.name,
            entities: &entities,
        });
        self.recording.note(actor, Happening::Pinged(entities));
        self.write(actor, &pings).await
    }

    async fn await_answers(&mut self) -> Result<(), Stop> {
        let deadline = self.deadline();
        loop {
            self.forget_pings_of_the_closed();
            if self.flusher.pending.is_empty() {
                return Ok(());
            }
            if !self.wait(deadline).await {
                return Err(self.unanswered());
            }
        }
    }

    /// On a closed stream no answer can come, and nothing more can happen.
    fn forget_pings_of_the_closed(&mut self) {
        let actors = &mut self.actors;
        self.flusher
            .pending
            .retain(|_, (actor, _)| actors[*actor].open().is_some());
    }

    fn unanswered(&mut self) -> Stop {
        let pending = std::mem::take(&mut self.flusher.pending);
        let asked = pending.values().next().map_or(0, |(actor, _)| *actor);
        let silent = pending
            .into_values()
            .filter(|(actor, _)| *actor == asked)
            .map(|(_, entity)| entity);
        let kind = RunErrorKind::Flush {
            silent: silent.collect(),
            waited: self.options.timeout,
        };
        self.error(asked, kind).into()
    }

    /// The room or service that has to be pinged after something was sent there: the bare JID of any addressee but
    /// a user of the cast. A component of the cast could not answer either: its part is ours.
    pub(super) fn entity_to_flush(&self, to: &str) -> Option<String> {
        let to = Jid::new(to).ok()?;
        let is_played = |actor: &ActorPlan| {
            let is_there = actor.jid.domain() == to.domain();
            is_there && (actor.class == Class::Component || actor.jid.node() == to.node())
        };
        (!self.plan.actors.iter().any(is_played)).then(|| to.to_bare().to_string())
    }
}
