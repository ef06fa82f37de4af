//! What the actors have done up to a step, as the story tells it: who is connected, and what each has sent in its
//! session. It is made of the plan when a step has failed, so nothing has to be kept for it while a script runs.

use jid::{BareJid, Jid};
use minidom::Element;

use crate::matcher::Bindings;
use crate::ns;
use crate::plan::{ActorPlan, Plan, Step};
use crate::script::{Deed, Verb};
use crate::xmpp::read_element;

/// What the actors have done.
pub(super) struct StorySoFar<'a> {
    plan: &'a Plan,
    bindings: &'a Bindings,
    /// The sessions of the actors; none of an actor that is not connected.
    sessions: Vec<Option<Vec<Sent>>>,
}

/// A stanza that an actor has sent in its session.
pub(super) struct Sent {
    /// The step.
    pub(super) step: usize,
    /// The stanza.
    pub(super) stanza: Element,
}

/// Why an actor is not available to what is sent to its bare JID (RFC 6121 §4.2, §8.5.2.1.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unavailability {
    /// It has sent no presence.
    Silent,
    /// It has sent that it is unavailable.
    Gone,
    /// Its presence has this priority; messages are not delivered to it.
    Negative(i8),
}

impl<'a> StorySoFar<'a> {
    /// What happened before a step. The values of variables are those of now.
    pub(super) fn before(step: usize, plan: &'a Plan, bindings: &'a Bindings) -> Self {
        let mut story = Self {
            plan,
            bindings,
            sessions: plan.actors.iter().map(|_| None).collect(),
        };
        (0..step).for_each(|step| story.go_on(step));
        story
    }

    fn go_on(&mut self, number: usize) {
        let step = &self.plan.steps[number];
        let session = &mut self.sessions[step.actor];
        match &step.verb {
            Verb::Does(Deed::Reach(_)) => *session = Some(Vec::new()),
            Verb::Does(Deed::Disconnect | Deed::Drop) => *session = None,
            // What is in a text is not known.
            Verb::Does(Deed::StartTls | Deed::SendText(_) | Deed::Wait(_)) => {}
            Verb::Does(Deed::Send(stanzas)) => {
                let namespace = self.plan.actors[step.actor].role.namespace();
                let sent = stanzas.iter().filter_map(|stanza| {
                    let text = stanza.text.fill(self.bindings).ok()?;
                    let stanza = read_element(&text, namespace).ok()?;
                    Some(Sent {
                        step: number,
                        stanza,
                    })
                });
                // What an actor sends that is not connected goes nowhere.
                if let Some(session) = session {
                    session.extend(sent);
                }
            }
            // Whether an alternative was chosen, the story does not say.
            Verb::Expects(expected)
                if expected.mode.is_of_end() && !self.plan.is_alternative(number) =>
            {
                *session = None;
            }
            // When a rule answers, the story does not say.
            Verb::Expects(_) | Verb::Rules(_) => {}
        }
    }

    /// The actor of a step.
    pub(super) fn actor_of(&self, step: usize) -> usize {
        self.plan.steps[step].actor
    }

    /// Whether an actor is connected, as far as the story says.
    pub(super) fn is_connected(&self, actor: usize) -> bool {
        self.sessions[actor].is_some()
    }

    /// What an actor has sent in its session.
    pub(super) fn sent_by(&self, actor: usize) -> impl DoubleEndedIterator<Item = &Sent> {
        self.sessions[actor].iter().flatten()
    }

    /// The stanza of this name that was sent last, of those that fulfil a condition, and who sent it.
    pub(super) fn last_sent(
        &self,
        name: &str,
        is_it: impl Fn(&Element) -> bool,
    ) -> Option<(usize, &Sent)> {
        let actors = 0..self.sessions.len();
        let sent = actors.flat_map(|actor| self.sent_by(actor).map(move |sent| (actor, sent)));
        sent.filter(|(_, sent)| sent.stanza.name() == name && is_it(&sent.stanza))
            .max_by_key(|(_, sent)| sent.step)
    }

    /// Why an actor is not available, by the last presence that it has sent to nobody in particular; none if it is.
    pub(super) fn unavailability(&self, actor: usize) -> Option<Unavailability> {
        let mut presences = self
            .sent_by(actor)
            .filter(|sent| is_broadcast(&sent.stanza));
        match presences.next_back() {
            None => Some(Unavailability::Silent),
            Some(sent) if sent.stanza.attr("type").is_some() => Some(Unavailability::Gone),
            Some(sent) => {
                let priority = priority(&sent.stanza);
                (priority < 0).then_some(Unavailability::Negative(priority))
            }
        }
    }

    /// Whether an actor has sent any presence in its session.
    pub(super) fn has_been_present(&self, actor: usize) -> bool {
        self.sent_by(actor)
            .any(|sent| sent.stanza.name() == "presence")
    }

    /// Whether an actor is present in a room: the last presence that it has sent there says so.
    pub(super) fn is_in(&self, actor: usize, room: &BareJid) -> bool {
        let mut presences = self.sent_by(actor).filter(|sent| {
            sent.stanza.name() == "presence"
                && to(&sent.stanza).is_some_and(|to| to.to_bare() == *room)
        });
        presences
            .next_back()
            .is_some_and(|sent| sent.stanza.attr("type").is_none())
    }

    /// Whether an actor has taken up an earlier session again (XEP-0198 §5).
    pub(super) fn is_resumed(&self, actor: usize) -> bool {
        let is_resume = |sent: &Sent| sent.stanza.is("resume", ns::STREAM_MANAGEMENT);
        self.sent_by(actor).any(is_resume)
    }

    /// A step of the story.
    pub(super) fn step(&self, step: usize) -> &'a Step {
        &self.plan.steps[step]
    }

    /// The actor.
    pub(super) fn actor(&self, actor: usize) -> &'a ActorPlan {
        &self.plan.actors[actor]
    }

    /// All actors.
    pub(super) fn actors(&self) -> impl Iterator<Item = usize> + use<> {
        0..self.plan.actors.len()
    }

    /// The bare JID of an actor.
    pub(super) fn bare_jid(&self, actor: usize) -> Option<BareJid> {
        let bare = self.bindings.get(&self.actor(actor).bare_jid_variable())?;
        BareJid::new(bare).ok()
    }

    /// The full JID of an actor: that of its session, or the one it is to have.
    pub(super) fn full_jid(&self, actor: usize) -> Option<Jid> {
        let full = self.bindings.get(&self.actor(actor).full_jid_variable())?;
        Jid::new(full).ok()
    }
}

/// The address that a stanza is for.
pub(super) fn to(stanza: &Element) -> Option<Jid> {
    stanza.attr("to").and_then(|to| Jid::new(to).ok())
}

/// Whether it is presence for all who may see it (RFC 6121 §4.2, §4.5).
fn is_broadcast(stanza: &Element) -> bool {
    let says_where = stanza.name() == "presence" && stanza.attr("to").is_none();
    says_where && matches!(stanza.attr("type"), None | Some("unavailable"))
}

/// The priority of a presence (RFC 6121 §4.7.2.3).
fn priority(presence: &Element) -> i8 {
    let priority = presence.children().find(|child| child.name() == "priority");
    let given = priority.and_then(|priority| priority.text().trim().parse().ok());
    given.unwrap_or(0)
}
