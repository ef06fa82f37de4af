//! The runner's own questions whether everything is handled, and which entities have not answered them. Knows neither
//! streams nor time.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::sync::Arc;

use minidom::Element;

use super::inbox::is_answer;
use crate::xmpp::Home;
use crate::{escape, ns};

/// What the runner has asked and is not answered yet. The ids of its pings cannot be taken for a script's.
#[derive(Debug)]
pub(super) struct Flusher {
    prefix: String,
    /// The pings that were sent, by the number in their ids: the actor over whose stream it went, and the entity.
    asked: Vec<(usize, Arc<str>)>,
    /// The numbers of those that are not answered yet.
    pending: BTreeSet<usize>,
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
            asked: Vec::new(),
            pending: BTreeSet::new(),
            acknowledgements: BTreeSet::new(),
        }
    }

    /// Takes note of the answer to one of the runner's pings, however late, and tells whether an element is one: it comes
    /// from the entity that was asked (RFC 6120 §8.2.3), to the session of the actor over whose stream it was asked.
    /// Anybody else's is for the story, whatever its id.
    pub(super) fn settle(
        &mut self,
        element: &Element,
        home: &Home,
        is_session_of: impl Fn(usize) -> bool,
    ) -> bool {
        let Some(number) = self.number_of(element) else {
            return false;
        };
        let answers = self.asked.get(number).is_some_and(|(asked, entity)| {
            let entity = home.entity(Some(entity));
            is_session_of(*asked) && home.answers(&entity, element.attr("from"))
        });
        if answers {
            self.pending.remove(&number);
        }
        answers
    }

    /// The number of the ping whose id an answer has.
    fn number_of(&self, element: &Element) -> Option<usize> {
        let id = element.attr("id").filter(|_| is_answer(element))?;
        id.strip_prefix(&self.prefix)?.parse().ok()
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
        let Self { asked, pending, .. } = self;
        pending.retain(|number| asked[*number].0 != actor);
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
        let pending: Vec<&(usize, Arc<str>)> =
            pending.iter().map(|number| &self.asked[*number]).collect();
        let asked = pending.iter().map(|(actor, _)| *actor).min();
        let asked = asked.into_iter().chain(streams.first().copied()).min()?;
        let entities = pending.into_iter().filter(|(actor, _)| *actor == asked);
        let entities = entities.map(|(_, entity)| entity.to_string());
        let stream = streams.contains(&asked).then(|| STREAM.to_owned());
        Some((asked, entities.chain(stream).collect()))
    }

    /// A ping (XEP-0199 §4). A component has to say who it is (XEP-0114 §3).
    pub(super) fn ping(&mut self, actor: usize, from: Option<&str>, entity: &str) -> String {
        let number = self.asked.len();
        let id = format!("{}{number}", self.prefix);
        let from = from
            .map(|from| format!(" from='{}'", escape::attribute(from)))
            .unwrap_or_default();
        let ping = format!(
            "<iq type='get' id='{id}'{from} to='{}'><ping xmlns='{}'/></iq>",
            escape::attribute(entity),
            ns::PING
        );
        self.asked.push((actor, entity.into()));
        self.pending.insert(number);
        ping
    }
}
