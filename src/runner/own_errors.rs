//! Errors that actors of the script send: where another actor receives one, the server has passed it on, and has refused
//! nothing (RFC 6120 §8.3).

use jid::Jid;
use minidom::Element;

use super::outcome::is_error;
use super::script_run::ScriptRun;
use super::send::Sent;
use crate::script::Address;
use crate::xmpp;

/// An error stanza that an actor has sent.
#[derive(Debug)]
pub(super) struct OwnError {
    actor: usize,
    name: String,
    id: Option<String>,
}

impl ScriptRun<'_> {
    /// Takes note of what an actor sends, if it is an error.
    pub(super) fn note_own_error(&mut self, actor: usize, sent: &Sent) {
        // Most stanzas are none, and need not be read again.
        if !sent.text.contains("error") {
            return;
        }
        let namespace = self.plan.actors[actor].role.namespace();
        let element = xmpp::read_element(&sent.text, namespace).ok();
        if let Some(error) = element.filter(is_error) {
            self.own_errors.push(OwnError {
                actor,
                name: error.name().to_owned(),
                id: error.attr("id").map(str::to_owned),
            });
        }
    }

    /// Whether an actor of the script has sent what came.
    pub(super) fn is_own_error(&self, came: &Element) -> bool {
        let is_it = |own: &OwnError| {
            let is_alike = own.name == came.name() && own.id.as_deref() == came.attr("id");
            is_alike && self.is_from(own.actor, came)
        };
        self.own_errors.iter().any(is_it)
    }

    fn is_from(&self, actor: usize, came: &Element) -> bool {
        let planned = &self.plan.actors[actor];
        let own = self.bindings.get(&planned.bare_jid_variable());
        let own = own.and_then(|own| Jid::new(own).ok());
        let from = came.attr("from").and_then(|from| Jid::new(from).ok());
        own.zip(from)
            .is_some_and(|(own, from)| match planned.role.address {
                Address::User => own.to_bare() == from.to_bare(),
                Address::Domain => own.domain() == from.domain(),
            })
    }
}
