//! What an actor has sent that its server, a room or a service may not have handled yet. Knows nothing of how that is
//! found out.

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use super::inbox::is_answer;

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
    pub(super) fn take(&mut self) -> impl Iterator<Item = String> + use<> {
        std::mem::take(&mut self.0).into_keys().flatten()
    }
}
