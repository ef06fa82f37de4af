//! What in the story itself keeps from coming what a step waits for: most often the addressee has not said that it is
//! available. Only what the story shows is told; how it is put in words is not known here.

use jid::{BareJid, Jid};
use minidom::Element;

use super::outcome::{Failure, Reason};
use super::story_so_far::{Sent, StorySoFar, Unavailability, to};
use crate::matcher::{Bindings, ElementPattern, Pattern};
use crate::ns;
use crate::script::ast::ActorName;
use crate::source::Span;

/// What in the story keeps something from coming, so that the server may be right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// An actor is connected, and not available to what is sent to its bare JID (RFC 6121 §8.5.2.1).
    NotAvailable {
        /// The actor.
        actor: ActorName,
        /// Its bare JID.
        jid: String,
        /// Why it is not.
        why: Unavailability,
        /// What was sent there.
        what: Addressed,
    },
    /// An actor is not in a room (XEP-0045 §7.4).
    NotInRoom {
        /// The actor.
        actor: ActorName,
        /// The room.
        room: String,
        /// The line by which it has written there all the same; none if it is the one that waits.
        writes: Option<Span>,
    },
    /// An actor waits for a roster push, and has not asked for its roster (RFC 6121 §2.2).
    NotInterested {
        /// The actor.
        actor: ActorName,
    },
    /// An actor waits for a carbon, and has not enabled them (XEP-0280 §4).
    NoCarbons {
        /// The actor.
        actor: ActorName,
    },
    /// What was sent last to an actor's account is for another resource.
    OtherResource {
        /// The actor that waits.
        actor: ActorName,
        /// Its full JID.
        jid: String,
        /// The address that it was sent to.
        to: String,
        /// The line by which it was sent.
        span: Span,
    },
    /// It came, and a rule of the actor took it.
    TakenByRule {
        /// The rule's line.
        rule: Span,
    },
    /// The answer was an error, and a rule of the actor took it.
    ErrorTakenByRule {
        /// The rule's line.
        rule: Span,
    },
    /// An error came in the name of an address of the cast, under which nobody is connected.
    NotConnected {
        /// The address.
        jid: String,
    },
}

/// What is sent to a bare JID.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Addressed {
    /// A message, by this line.
    Message(Span),
    /// Presence, or a request for it.
    Presence,
}

/// What the story up to a step tells of why that step of an actor failed.
pub(super) fn obstacle(
    actor: usize,
    failure: &Failure,
    story: &StorySoFar<'_>,
) -> Option<Obstacle> {
    if failure.reason == Reason::NoneHolds {
        let mut alternatives = failure.alternatives.iter();
        return alternatives
            .find_map(|own| obstacle(story.actor_of(own.step), &own.failure, story));
    }
    if !is_of_waiting(&failure.reason) {
        return None;
    }
    let expectation = failure.expectation.as_ref()?;
    let Pattern::Element(expected) = &expectation.pattern else {
        return None;
    };
    let waiting = Waiting {
        actor,
        expected,
        bindings: &expectation.bindings,
        story,
    };
    // An error that differs is one all the same; and what a session goes on from is not known here.
    if waiting.value("type").as_deref() == Some("error") || story.is_resumed(actor) {
        return None;
    }
    let came = || {
        failure
            .candidates
            .iter()
            .map(|candidate| &candidate.element)
    };
    match came().next() {
        Some(error) if error.attr("type") == Some("error") => story.refused(error),
        // Something of the kind did come, so nothing kept it from that.
        _ if came().any(|came| came.name() == expected.name) => None,
        _ => waiting.explained(),
    }
}

/// Whether something was waited for that may be kept from coming.
fn is_of_waiting(reason: &Reason) -> bool {
    match reason {
        Reason::Timeout { .. } | Reason::WrongAnswer | Reason::NotNext => true,
        Reason::NoneHolds
        | Reason::NotConnected
        | Reason::Closed { .. }
        | Reason::Broken { .. }
        | Reason::NoAnswer { .. }
        | Reason::BoundAs { .. }
        | Reason::Unwanted
        | Reason::CameBefore { .. }
        | Reason::Forbidden
        | Reason::LeftOver { .. }
        | Reason::NotNextElement
        | Reason::NotEnded { .. }
        | Reason::EndedOtherwise { .. }
        | Reason::RefusedOtherwise
        | Reason::LetIn { .. }
        | Reason::NotRefused { .. }
        | Reason::Ended { .. }
        | Reason::StillOpen { .. } => false,
    }
}

/// An actor that waits for a stanza, none of whose kind has come.
struct Waiting<'a> {
    actor: usize,
    expected: &'a ElementPattern,
    bindings: &'a Bindings,
    story: &'a StorySoFar<'a>,
}

impl Waiting<'_> {
    fn explained(&self) -> Option<Obstacle> {
        match self.expected.name.as_str() {
            "message" => self.for_message(),
            "presence" => self.for_presence(),
            "iq" => self.for_push(),
            _ => None,
        }
    }

    fn for_message(&self) -> Option<Obstacle> {
        if self.awaits_child(ns::CARBONS) {
            let has_asked = self.has_sent(&|part| part.is("enable", ns::CARBONS));
            let actor = self.name();
            return (!has_asked).then_some(Obstacle::NoCarbons { actor });
        }
        match self.value("type").as_deref() {
            // Channels have no presence (XEP-0369 §4).
            Some("groupchat") if self.has_sent(&|part| part.ns().starts_with(ns::MIX)) => None,
            Some("groupchat") => self.of_room(&self.room()?),
            _ => self.to_account(),
        }
    }

    /// Whether the last message that was sent to its account had to come to it.
    fn to_account(&self) -> Option<Obstacle> {
        let (bare, full) = (
            self.story.bare_jid(self.actor)?,
            self.story.full_jid(self.actor),
        );
        let is_own = |stanza: &Element| to(stanza).is_some_and(|to| to.to_bare() == bare);
        let is_error =
            |stanza: &Element| matches!(stanza.attr("type"), Some("error" | "groupchat"));
        let (sender, sent) = self
            .story
            .last_sent("message", |stanza| is_own(stanza) && !is_error(stanza))?;
        let to = to(&sent.stanza)?;
        if !self.may_be_from(sender) || full.as_ref() == Some(&to) {
            return None;
        }
        let span = self.story.span(sent);
        if to.resource().is_some() {
            return Some(Obstacle::OtherResource {
                actor: self.name(),
                jid: full?.to_string(),
                to: to.to_string(),
                span,
            });
        }
        self.story
            .not_available(self.actor, Addressed::Message(span))
    }

    fn for_presence(&self) -> Option<Obstacle> {
        if !matches!(
            self.value("type").as_deref(),
            None | Some("subscribe" | "unavailable")
        ) {
            return None;
        }
        let room = self.value("from").and_then(|from| self.story.room(&from));
        if let Some(room) = room.filter(|room| self.story.is_entered(room)) {
            return self.of_room(&room);
        }
        let full = self.story.full_jid(self.actor);
        let is_direct = |stanza: &Element| to(stanza).is_some_and(|to| Some(to) == full);
        let is_sent_there = self.story.last_sent("presence", is_direct).is_some();
        if is_sent_there || self.story.has_been_present(self.actor) {
            return None;
        }
        self.story.not_available(self.actor, Addressed::Presence)
    }

    /// A push of the roster goes to whoever has asked for the roster.
    fn for_push(&self) -> Option<Obstacle> {
        let is_push = self.value("type").as_deref() == Some("set") && self.awaits_child(ns::ROSTER);
        let asks = |part: &Element| {
            part.attr("type") == Some("get") && part.has_child("query", ns::ROSTER)
        };
        let is_deaf = is_push && !self.has_sent(&asks);
        let actor = self.name();
        is_deaf.then_some(Obstacle::NotInterested { actor })
    }

    /// What comes from a room is for those who are in it, and made by those who are.
    fn of_room(&self, room: &BareJid) -> Option<Obstacle> {
        let outside = |actor: usize, writes| Obstacle::NotInRoom {
            actor: self.story.actor(actor).name.clone(),
            room: room.to_string(),
            writes,
        };
        if !self.story.is_in(self.actor, room) {
            return Some(outside(self.actor, None));
        }
        let is_there = |stanza: &Element| to(stanza).is_some_and(|to| to == **room);
        let (sender, sent) = self.story.last_sent(&self.expected.name, is_there)?;
        let is_outside = self.expected.name == "message" && !self.story.is_in(sender, room);
        is_outside.then(|| outside(sender, Some(self.story.span(sent))))
    }

    /// The room of which a message is awaited: the one that is expected, or else the one to which one was sent last.
    fn room(&self) -> Option<BareJid> {
        if let Some(from) = self.value("from") {
            return self.story.room(&from);
        }
        let is_of_room = |stanza: &Element| stanza.attr("type") == Some("groupchat");
        let (_, sent) = self.story.last_sent("message", is_of_room)?;
        self.story.room(sent.stanza.attr("to")?)
    }

    /// Whether what is expected can come from an actor.
    fn may_be_from(&self, sender: usize) -> bool {
        let Some(from) = self.value("from").and_then(|from| Jid::new(&from).ok()) else {
            return true;
        };
        self.story.bare_jid(sender) == Some(from.to_bare())
    }

    fn name(&self) -> ActorName {
        self.story.actor(self.actor).name.clone()
    }

    /// The one value that an attribute can have.
    fn value(&self, name: &str) -> Option<String> {
        let value = self.expected.only_value_of(name, self.bindings)?;
        Some(value.into_owned())
    }

    /// Whether a child of a namespace is awaited.
    fn awaits_child(&self, namespace: &str) -> bool {
        let counted = self.expected.constraints.iter();
        let counted = counted
            .filter(|own| own.demands_children())
            .map(|own| &own.pattern);
        let children = self.expected.children.iter().chain(counted);
        let mut names = children.filter_map(Pattern::names).flatten();
        names.any(|child| child.namespace == namespace)
    }

    /// Whether the actor has sent in its session an element that is such a one, or has one in it.
    fn has_sent(&self, is_it: &dyn Fn(&Element) -> bool) -> bool {
        let mut sent = self.story.sent_by(self.actor);
        sent.any(|sent| has_within(&sent.stanza, is_it))
    }
}

fn has_within(element: &Element, is_it: &dyn Fn(&Element) -> bool) -> bool {
    is_it(element) || element.children().any(|child| has_within(child, is_it))
}

impl StorySoFar<'_> {
    /// Why an error came in the name of an actor, if the actor could not be reached.
    fn refused(&self, error: &Element) -> Option<Obstacle> {
        let from = Jid::new(error.attr("from")?).ok()?;
        let members = self.actors().filter(|actor| self.is_at(*actor, &from));
        let members: Vec<usize> = members.collect();
        let connected = members.iter().filter(|actor| self.is_connected(**actor));
        let connected: Vec<usize> = connected.copied().collect();
        let first = *members.first()?;
        let not_connected = Some(Obstacle::NotConnected {
            jid: from.to_string(),
        });
        if self.actor(first).role.plays_domain() || from.resource().is_some() {
            let is_there = |actor: &usize| self.is_reached_by(*actor, &from);
            return not_connected.filter(|_| !connected.iter().any(is_there));
        }
        match connected.as_slice() {
            // For an account the server itself answers (RFC 6121 §8.5.2.1.3).
            _ if error.name() == "iq" => None,
            [] => not_connected,
            [one] => {
                let is_it = |stanza: &Element| to(stanza).as_ref() == Some(&from);
                let (_, sent) = self.last_sent("message", is_it)?;
                self.not_available(*one, Addressed::Message(self.span(sent)))
            }
            [_, ..] => None,
        }
    }

    /// Whether an address is one of an actor: of any resource of its account, or in the domain that it plays.
    fn is_at(&self, actor: usize, address: &Jid) -> bool {
        match self.actor(actor).role.plays_domain() {
            true => self.actor(actor).jid.domain() == address.domain(),
            false => self.bare_jid(actor).as_ref() == Some(&address.to_bare()),
        }
    }

    /// Whether what is sent to an address comes to an actor that is connected, and is one of its addresses.
    fn is_reached_by(&self, actor: usize, address: &Jid) -> bool {
        self.actor(actor).role.plays_domain() || self.full_jid(actor).as_ref() == Some(address)
    }

    fn not_available(&self, actor: usize, what: Addressed) -> Option<Obstacle> {
        let why = self.unavailability(actor)?;
        Some(Obstacle::NotAvailable {
            actor: self.actor(actor).name.clone(),
            jid: self.bare_jid(actor)?.to_string(),
            why,
            what,
        })
    }

    /// The room that an address is in, if nobody of the cast has that address.
    fn room(&self, address: &str) -> Option<BareJid> {
        let address = Jid::new(address).ok()?;
        let is_played = self.actors().any(|actor| self.is_at(actor, &address));
        let is_room = address.node().is_some() && !is_played;
        is_room.then(|| address.to_bare())
    }

    /// Whether anybody has entered a room, or left it, as XEP-0045 §7.2 has it.
    fn is_entered(&self, room: &BareJid) -> bool {
        let enters = |stanza: &Element| {
            let is_there = to(stanza).is_some_and(|to| to.to_bare() == *room);
            is_there && has_within(stanza, &|part| part.ns().starts_with(ns::MUC))
        };
        self.last_sent("presence", enters).is_some()
    }

    fn span(&self, sent: &Sent) -> Span {
        self.step(sent.step).span
    }
}
