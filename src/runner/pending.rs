//! What a server may not have handled yet: what actors have sent, and the work in other actors' sessions because of
//! that. Knows neither streams nor how all this is found out.

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use super::inbox::is_answer;

/// What may not be handled yet. It holds only the actors concerned, so that the cost does not grow with the square of
/// the number of actors.
#[derive(Debug, Default)]
pub(super) struct Pending {
    /// By the sender. An entry stays until the runner asks about it, even if answers have settled all of it before.
    sent: BTreeMap<usize, Unsettled>,
    /// By the actor whose session is at work, with the number of the note.
    work: BTreeMap<usize, (usize, Work)>,
    /// How many notes of such work there have been.
    noted: usize,
}

/// What another actor has sent that a session may still be at work with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Work {
    /// The actor that sent it.
    pub(super) sender: usize,
    /// By which step.
    pub(super) step: usize,
}

impl Pending {
    /// Takes note of what an actor sends: to which room or service, and its id if it is a request.
    pub(super) fn note_sent(
        &mut self,
        actor: usize,
        entity: Option<String>,
        request: Option<&str>,
    ) {
        let sent = self.sent.entry(actor).or_default();
        sent.note_sent(entity, request);
    }

    /// Takes note that an actor's session has something to do.
    pub(super) fn note_work(&mut self, actor: usize, work: Work) {
        self.work.insert(actor, (self.noted, work));
        self.noted += 1;
    }

    /// Takes note of an answer that has come for an actor.
    pub(super) fn note_answer(&mut self, actor: usize, element: &Element) {
        if let Some(sent) = self.sent.get_mut(&actor) {
            sent.note_answer(element);
        }
    }

    /// Takes note that the server has handled everything of an actor that is not for a room or service.
    pub(super) fn note_acknowledged(&mut self, actor: usize) {
        if let Some(sent) = self.sent.get_mut(&actor) {
            sent.note_acknowledged();
        }
    }

    /// The actors that have sent something that may not be handled yet, in the order of the cast.
    pub(super) fn senders(&self) -> Vec<usize> {
        self.sent.keys().copied().collect()
    }

    /// Whether everything that an actor has sent is known to be handled.
    pub(super) fn is_settled(&self, actor: usize) -> bool {
        self.sent.get(&actor).is_none_or(Unsettled::is_empty)
    }

    /// The actors whose sessions are at work, with that, in the order of the cast.
    pub(super) fn working(&self) -> impl Iterator<Item = (usize, Work)> {
        self.work.iter().map(|(actor, (_, work))| (*actor, *work))
    }

    /// What an actor's session is at work with.
    pub(super) fn work_of(&self, actor: usize) -> Option<Work> {
        self.work.get(&actor).map(|(_, work)| *work)
    }

    /// The rooms and services to which an actor has sent something; after that nothing of it is unsettled.
    pub(super) fn settle(&mut self, actor: usize) -> impl Iterator<Item = String> + use<> {
        let sent = self.sent.remove(&actor).unwrap_or_default();
        sent.0.into_keys().flatten()
    }

    /// How many notes of work there have been.
    pub(super) fn noted(&self) -> usize {
        self.noted
    }

    /// Takes note that an actor's session has done all it had to do when there had been so many notes of work. What
    /// rules have sent since then may keep it at work.
    pub(super) fn finish_work(&mut self, actor: usize, noted: usize) {
        if self.work.get(&actor).is_some_and(|work| work.0 < noted) {
            self.work.remove(&actor);
        }
    }

    /// Forgets an actor whose session has ended.
    pub(super) fn forget(&mut self, actor: usize) {
        self.sent.remove(&actor);
        self.work.remove(&actor);
    }
}

/// The entities to which an actor has sent what may not be handled yet: rooms and services by their bare JIDs, none for
/// all the rest, which the actor's own server handles. With each, the id of the request that went there last, if it was
/// one: its answer shows that all before it was handled.
#[derive(Debug, Default)]
struct Unsettled(BTreeMap<Option<String>, Option<String>>);

impl Unsettled {
    /// Takes note of a stanza: to which room or service, and its id if it is a request.
    fn note_sent(&mut self, entity: Option<String>, request: Option<&str>) {
        let last = self.0.entry(entity).or_default();
        // While an id is in use, the answer to another request of that id says nothing.
        let request = request.filter(|id| last.as_deref() != Some(id));
        *last = request.map(str::to_owned);
    }

    /// Takes note of an answer: what went to the same entity before the request is handled. Only rooms and services
    /// answer for themselves; it is not always the server itself that answers for it.
    fn note_answer(&mut self, element: &Element) {
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
    fn note_acknowledged(&mut self) {
        self.0.remove(&None);
    }

    /// Whether nothing is unsettled.
    fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: &str = "capulet@conference.localhost";

    fn answer(from: &str, id: &str) -> Element {
        let answer = format!("<iq xmlns='jabber:client' type='result' from='{from}' id='{id}'/>");
        answer.parse().unwrap()
    }

    #[test]
    fn what_a_room_has_answered_is_settled() {
        let mut pending = Pending::default();
        pending.note_sent(3, Some(ROOM.to_owned()), Some("1"));
        pending.note_answer(3, &answer(ROOM, "2"));
        pending.note_answer(1, &answer(ROOM, "1"));
        assert!(!pending.is_settled(3) && pending.is_settled(1));
        pending.note_answer(3, &answer(ROOM, "1"));
        assert!(pending.is_settled(3));
        assert_eq!(pending.senders(), [3]);
        assert_eq!(pending.settle(3).count(), 0);
        assert!(pending.senders().is_empty());
    }

    #[test]
    fn only_those_are_asked_for_work_that_have_not_done_it() {
        let mut pending = Pending::default();
        pending.note_work(1, Work { sender: 0, step: 2 });
        pending.note_work(2, Work { sender: 0, step: 2 });
        pending.finish_work(1, pending.noted());
        pending.note_sent(1, None, None);
        let working: Vec<usize> = pending.working().map(|(actor, _)| actor).collect();
        assert_eq!(working, [2]);
        pending.note_acknowledged(1);
        assert!(pending.is_settled(1));
        pending.forget(2);
        assert!(pending.work_of(2).is_none());
    }

    #[test]
    fn work_that_comes_up_while_a_session_is_asked_is_not_finished() {
        let mut pending = Pending::default();
        let work = Work { sender: 0, step: 2 };
        pending.note_work(1, work);
        let noted = pending.noted();
        pending.note_work(1, work);
        pending.finish_work(1, noted);
        assert!(pending.work_of(1).is_some());
        pending.finish_work(1, pending.noted());
        assert!(pending.work_of(1).is_none());
    }
}
