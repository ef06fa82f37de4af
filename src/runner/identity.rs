//! Under which JID an actor's stanzas go, as the server says: whether the runner has asked to bind a resource, or the script
//! itself has by elements of its own, be it as part of a login (XEP-0386) or by resuming a session (XEP-0198 §5).

use jid::Jid;
use minidom::Element;

use super::outcome::{Failure, Reason};
use super::recording::Happening;
use super::script_run::ScriptRun;
use crate::ns;
use crate::xmpp::{Home, Milestone};

/// What a server tells of who an actor is.
#[derive(Debug, PartialEq)]
enum Told {
    /// A session is bound under this full JID.
    Bound(String),
    /// The session is one that the actor had before.
    Resumed,
    /// The actor is logged in as this user.
    LoggedIn(String),
    /// A component may go on.
    Greeted,
}

impl ScriptRun<'_> {
    /// Takes note of who an actor is, if the answer to what the script has asked for tells.
    pub(super) fn heed_identity(&mut self, actor: usize, element: &Element) {
        let planned = &self.plan.actors[actor];
        let full = match told(element, planned.role.namespace()) {
            None => return,
            Some(Told::Bound(jid)) => {
                self.check_user(actor, &jid);
                Some(jid)
            }
            Some(Told::Greeted) => Some(planned.identity.domain.clone()),
            Some(Told::Resumed) => {
                let earlier = self.bindings.get(&planned.full_jid_variable());
                earlier.map(str::to_owned)
            }
            Some(Told::LoggedIn(jid)) => {
                self.bind_jids(actor, &jid);
                self.identities += 1;
                self.told_jids.insert(actor, jid);
                return;
            }
        };
        if let Some(jid) = full {
            let home = self.go_under(actor, &jid);
            self.actors[actor].inbox.move_home(home);
            self.told_jids.insert(actor, jid);
        }
        if let Some(live) = &mut self.actors[actor].live {
            live.standing.reach(Milestone::Session);
        }
    }

    /// Sees that a session which the script has bound is one of the user as whom the runner has logged in the actor.
    fn check_user(&mut self, actor: usize, bound: &str) {
        let planned = &self.plan.actors[actor];
        let full = Jid::new(bound).ok().filter(|jid| jid.resource().is_some());
        let is_own = full.is_some_and(|jid| planned.is_user_of(&jid));
        let live = self.actors[actor].live.as_ref();
        if is_own || !live.is_some_and(|live| live.is_let_in) {
            return;
        }
        let reason = Reason::BoundAs {
            wanted: planned.jid.to_bare().to_string(),
            bound: bound.to_owned(),
        };
        let span = self.plan.steps[self.step].span;
        self.foreign = Some(Failure::without_stanza(reason, span));
    }

    /// Takes note of who an actor is for which the runner itself has bound a session.
    pub(super) fn enter(&mut self, actor: usize, jid: String) {
        let home = self.go_under(actor, &jid);
        let inbox = &mut self.actors[actor].inbox;
        inbox.begin_session(home);
        inbox.let_all_go_by_turns(false);
        self.told_jids.remove(&actor);
        self.recording.note(actor, Happening::Connected(jid));
    }

    /// Lets the stanzas of an actor go under a full JID. Gives where it is at home then.
    fn go_under(&mut self, actor: usize, jid: &str) -> Home {
        self.bind_jids(actor, jid);
        self.identities += 1;
        if let Ok(jid) = Jid::new(jid) {
            self.addressees.enter(actor, &jid);
        }
        Home::new(jid, &self.plan.actors[actor].server)
    }

    /// Gives the variables of an actor's JIDs their values. A bare JID says nothing of the full one.
    pub(super) fn bind_jids(&mut self, actor: usize, jid: &str) {
        let planned = &self.plan.actors[actor];
        let bare = jid.split('/').next().unwrap_or_default();
        self.bindings
            .bind(planned.bare_jid_variable(), bare.to_owned());
        if bare != jid || planned.role.plays_domain() {
            self.bindings
                .bind(planned.full_jid_variable(), jid.to_owned());
        }
    }
}

/// What an element tells that came on a stream with this default namespace, and answers what was asked.
fn told(element: &Element, namespace: &str) -> Option<Told> {
    let is_resumed = |element: &Element| {
        element.is("resumed", ns::STREAM_MANAGEMENT)
            || element.is("resumed", ns::OLD_STREAM_MANAGEMENT)
    };
    let text = |child: &Element| child.text().trim().to_owned();
    if is_resumed(element) {
        return Some(Told::Resumed);
    }
    if element.is("handshake", ns::COMPONENT) {
        return Some(Told::Greeted);
    }
    if element.is("iq", namespace) && element.attr("type") == Some("result") {
        let bind = element.get_child("bind", ns::BIND)?;
        return Some(Told::Bound(text(bind.get_child("jid", ns::BIND)?)));
    }
    if !element.is("success", ns::SASL_2) {
        return None;
    }
    if element.children().any(is_resumed) {
        return Some(Told::Resumed);
    }
    let jid = text(element.get_child("authorization-identifier", ns::SASL_2)?);
    Some(match element.has_child("bound", ns::BIND_2) {
        true => Told::Bound(jid),
        false => Told::LoggedIn(jid),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told_by(xml: &str) -> Option<Told> {
        told(&xml.parse().unwrap(), ns::CLIENT)
    }

    #[test]
    fn a_full_jid_comes_of_each_way_to_bind() {
        let bound = |jid: &str| Some(Told::Bound(jid.to_owned()));
        let by_iq = "<iq xmlns='jabber:client' type='result'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid> r@l/o\n</jid></bind></iq>";
        assert_eq!(told_by(by_iq), bound("r@l/o"));
        assert_eq!(told_by(&by_iq.replace("result", "set")), None);
        let success = |more: &str| {
            told_by(&format!(
                "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>r@l/o</authorization-identifier>{more}</success>"
            ))
        };
        assert_eq!(success("<bound xmlns='urn:xmpp:bind:0'/>"), bound("r@l/o"));
        assert_eq!(
            success("<resumed xmlns='urn:xmpp:sm:3' h='1'/>"),
            Some(Told::Resumed)
        );
        assert_eq!(success(""), Some(Told::LoggedIn("r@l/o".to_owned())));
        assert_eq!(
            told_by("<resumed xmlns='urn:xmpp:sm:3'/>"),
            Some(Told::Resumed)
        );
        assert_eq!(
            told_by("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"),
            None
        );
    }
}
