//! The requests of a session, and which answers belong to them: those with the same id that come from the entity that
//! was asked (RFC 6120 §8.2.3). Another user may send an answer with any id.

use std::collections::HashMap;

use crate::xmpp::{Entity, Home};

/// The requests that were sent, by their ids. Scripts use ids again, and with other addressees.
#[derive(Debug, Clone, Default)]
pub(super) struct Requests {
    home: Home,
    sent: HashMap<String, Vec<Request>>,
}

/// How often an id was used for a request to an entity, and how many answers came from there.
#[derive(Debug, Clone)]
pub(super) struct Request {
    entity: Entity,
    sent: usize,
    answered: usize,
}

impl Requests {
    /// Begins a session, without any requests.
    pub(super) fn begin_session(&mut self, home: Home) {
        self.home = home;
        self.sent.clear();
    }

    /// Takes note of where the actor is at home from now on.
    pub(super) fn move_home(&mut self, home: Home) {
        self.home = home;
    }

    /// Where the actor is at home.
    pub(super) fn home(&self) -> &Home {
        &self.home
    }

    /// The entity of an address; without an address it is the actor's own account.
    pub(super) fn entity(&self, address: Option<&str>) -> Entity {
        self.home.entity(address)
    }

    /// Takes note of a request.
    pub(super) fn note_sent(&mut self, id: String, to: Option<&str>) {
        let entity = self.entity(to);
        let requests = self.sent.entry(id).or_default();
        match requests.iter_mut().find(|request| request.entity == entity) {
            Some(request) => request.sent += 1,
            None => requests.push(Request {
                entity,
                sent: 1,
                answered: 0,
            }),
        }
    }

    /// Takes note of an answer, if it is one.
    pub(super) fn note_answer(&mut self, id: &str, from: Option<&str>) {
        let entity = self.entity(from);
        let requests = self.sent.get_mut(id).into_iter().flatten();
        let asked = requests.filter(|request| request.entity == entity);
        asked.for_each(|request| request.answered += 1);
    }

    /// The entities that were asked with an id, if all of them, or the one in question, have answered.
    pub(super) fn answered(&self, id: &str, by: Option<&Entity>) -> Vec<&Entity> {
        let requests = self.sent.get(id).into_iter().flatten();
        let asked = requests.filter(|request| by.is_none_or(|by| *by == request.entity));
        let asked: Vec<&Request> = asked.collect();
        match asked.iter().all(|request| request.answered >= request.sent) {
            true => asked.into_iter().map(|request| &request.entity).collect(),
            false => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Requests {
        let mut requests = Requests::default();
        requests.begin_session(Home::new("romeo@localhost/orchard", "localhost"));
        requests
    }

    #[track_caller]
    fn assert_answers(to: Option<&str>, from: Option<&str>, answers: bool) {
        let mut requests = session();
        requests.note_sent("1".to_owned(), to);
        requests.note_answer("1", from);
        let is_answered = !requests.answered("1", None).is_empty();
        assert_eq!(is_answered, answers, "{to:?} {from:?}");
    }

    #[test]
    fn only_who_was_asked_answers() {
        for home in [
            None,
            Some("localhost"),
            Some("romeo@localhost"),
            Some("Romeo@LOCALHOST"),
        ] {
            for from in [None, Some("localhost"), Some("romeo@localhost")] {
                assert_answers(home, from, true);
            }
            assert_answers(home, Some("juliet@localhost/balcony"), false);
            assert_answers(home, Some("shop.localhost"), false);
        }
        assert_answers(Some("shop.localhost"), Some("shop.localhost"), true);
        assert_answers(Some("Shop.localhost"), Some("shop.localhost"), true);
        for from in [
            None,
            Some("localhost"),
            Some("a@shop.localhost"),
            Some("shop.localhost/x"),
        ] {
            assert_answers(Some("shop.localhost"), from, false);
        }
        assert_answers(Some("@@"), Some("@@"), true);
        assert_answers(Some("@@"), None, false);
    }

    #[test]
    fn ids_that_are_used_again_are_answered_as_often() {
        let mut requests = session();
        requests.note_sent("1".to_owned(), None);
        requests.note_sent("1".to_owned(), None);
        requests.note_sent("1".to_owned(), Some("shop.localhost"));
        requests.note_answer("1", None);
        assert!(requests.answered("1", Some(&Entity::Home)).is_empty());
        requests.note_answer("1", None);
        assert_eq!(requests.answered("1", Some(&Entity::Home)).len(), 1);
        assert!(requests.answered("1", None).is_empty());
        requests.note_answer("1", Some("shop.localhost"));
        assert_eq!(requests.answered("1", None).len(), 2);
    }
}
