//! Which entities a stanza of an actor concerns: a room or service that handles it by itself, and the sessions of other
//! actors in which the server may still be at work afterwards.
//!
//! Servers like ejabberd make carbons and the archive of a recipient in the session of that recipient, so a stream that
//! is settled at its sender's end says nothing of them. It knows addresses, and neither streams nor time.

use std::collections::HashMap;

use jid::Jid;

use crate::plan::ActorPlan;
use crate::script::Address;

/// The addresses of the cast.
#[derive(Debug)]
pub(super) struct Addressees {
    /// The actors that log in under a bare JID.
    clients: HashMap<String, Vec<usize>>,
    /// The actor that plays the component of a domain.
    components: HashMap<String, usize>,
    /// The full JIDs of sessions, as far as there have been any.
    sessions: Vec<Option<Jid>>,
}

/// The sessions in which the server can be at work because of a stanza.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Reach {
    /// Those of these actors.
    Actors(Vec<usize>),
    /// Those of any actors to which the server, a room or a service passes something on.
    Anybody,
}

impl Addressees {
    /// The addresses that are known before the actors connect.
    pub(super) fn of(cast: &[ActorPlan]) -> Self {
        let mut addressees = Self {
            clients: HashMap::new(),
            components: HashMap::new(),
            sessions: vec![None; cast.len()],
        };
        for (index, actor) in cast.iter().enumerate() {
            match actor.role.address {
                // An actor that logs in without a name has an address only then.
                Address::User if actor.jid.node().is_none() => {}
                Address::User => addressees.add(bare(&actor.jid), index),
                Address::Domain => {
                    let domain = actor.jid.domain().to_string();
                    addressees.components.insert(domain, index);
                }
            }
        }
        addressees
    }

    fn add(&mut self, bare: &str, actor: usize) {
        let actors = self.clients.entry(bare.to_owned()).or_default();
        if !actors.contains(&actor) {
            actors.push(actor);
        }
    }

    /// Takes note of a session.
    pub(super) fn enter(&mut self, actor: usize, jid: &Jid) {
        if jid.node().is_some() {
            self.add(bare(jid), actor);
        }
        self.sessions[actor] = Some(jid.clone());
    }

    /// Whether two actors' sessions have one full JID, or are one. What the server answers to one of them may then come
    /// to the other one: it goes to the session that has the JID last (RFC 6120 §7.7.2.2).
    pub(super) fn share_session(&self, one: usize, other: usize) -> bool {
        let jid = self.sessions[one].as_ref();
        one == other || jid.is_some() && jid == self.sessions[other].as_ref()
    }

    /// The room or service that has to be pinged after something was sent there: the bare JID of any addressee but a
    /// user of the cast. A component of the cast could not answer either: its part is the script's.
    pub(super) fn entity(&self, to: &Jid) -> Option<String> {
        let is_played = self.clients.contains_key(bare(to))
            || self.components.contains_key(to.domain().as_str());
        (!is_played).then(|| bare(to).to_owned())
    }

    /// The sessions in which the server can be at work because of what an actor sends to an address, or to none.
    pub(super) fn reach(&self, sender: usize, to: Option<&Jid>) -> Reach {
        let Some(to) = to else {
            return Reach::Anybody;
        };
        if let Some(component) = self.components.get(to.domain().as_str()) {
            return Reach::Actors(vec![*component]);
        }
        let Some(users) = self.clients.get(bare(to)) else {
            return Reach::Anybody;
        };
        let is_bound = |actor: &usize| self.sessions[*actor].as_ref() == Some(to);
        let bound: Vec<usize> = users.iter().copied().filter(is_bound).collect();
        match bound.is_empty() {
            false => Reach::Actors(bound),
            // The server hands on what is for an actor's own account as it likes.
            true if users.contains(&sender) => Reach::Anybody,
            // No session is this one, so the server finds another one, or all of them (RFC 6121 §8.5).
            true => Reach::Actors(users.clone()),
        }
    }
}

/// An address without its resource.
fn bare(address: &Jid) -> &str {
    let text = address.as_str();
    text.split_once('/').map_or(text, |(bare, _)| bare)
}
