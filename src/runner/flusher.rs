//! The runner's own questions whether everything is handled, and which entities have not answered them. Knows neither
//! streams nor time.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{BuildHasher, Hasher, RandomState};

use minidom::Element;

use super::inbox::is_answer;
use crate::{escape, ns};

/// What the runner has asked and is not answered yet. The ids of its pings cannot be taken for a script's.
#[derive(Debug)]
pub(super) struct Flusher {
    prefix: String,
    count: usize,
    /// What is not answered yet, by the id of the ping: the actor over whose stream it went, and the entity.
    pending: BTreeMap<String, (usize, String)>,
    /// The actors whose streams are asked by `<r/>`.
    acknowledgements: BTreeSet<usize>,
}

/// How an `<r/>` is called among the entities that are asked, or do not answer.
pub(super) const STREAM: &str = "the stream itself, by <r/>";

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

    /// Takes note of an `<r/>` that goes out over an actor's stream.
    pub(super) fn ask_stream(&mut self, actor: usize) {
        self.acknowledgements.insert(actor);
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

    pub(super) fn is_answered(&self) -> bool {
        self.pending.is_empty() && self.acknowledgements.is_empty()
    }

    /// Stops waiting, and gives the answers that are missing over one stream: the actor whose stream it is, and the
    /// entities that were asked.
    pub(super) fn give_up(&mut self) -> Option<(usize, Vec<String>)> {
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
    pub(super) fn ping(&mut self, actor: usize, from: Option<&str>, entity: &str) -> String {
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
