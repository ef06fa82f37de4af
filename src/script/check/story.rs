//! The story, walked through in order: which actors are connected, and what they do; which values are known there is in `values.rs`.

use std::collections::BTreeSet;

use fnv::{FnvHashMap, FnvHashSet};
use jid::FullJid;

use super::rules::Standing;
use crate::ns;
use crate::script::ast::{self, Action, Actor, ActorName, Element, Piece, Script, Stanza};
use crate::script::choice::Scene;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::part::Part;
use crate::script::profile::Profile;
use crate::script::tags::SAME_FULL_JID;
use crate::script::verb::{Deed, Expectation, ExpectationMode, Verb};
use crate::script::words::Words;
use crate::source::{Span, Spanned};
use crate::xmpp::Milestone;

/// Checks the story.
pub(super) fn check(script: &Script, profiles: &[(&Actor, Profile)], complaints: &mut Complaints) {
    let mut walk = Walk::new(script, profiles, complaints);
    for scene in script.scenes() {
        walk.go_on_to(scene.first());
        match scene {
            Scene::Step(step) => walk.action(&script.story[step]),
            Scene::Choice(choice) => walk.choice(choice),
        }
    }
    walk.curtain_falls();
}

pub(super) struct Walk<'s, 'c> {
    pub(super) script: &'s Script,
    pub(super) cast: FnvHashMap<&'s ActorName, &'s Actor>,
    /// The full JIDs of the actors whose resource the script gives.
    pub(super) full_jids: FnvHashMap<&'s ActorName, FullJid>,
    /// The part that is walked through.
    part: Part,
    pub(super) places: FnvHashMap<&'s ActorName, Place>,
    /// The actors that have ended their sides of their streams by what they have sent.
    pub(super) leaving: FnvHashSet<&'s ActorName>,
    /// The actors that the story mentions, in a line or in a variable.
    pub(super) used: FnvHashSet<&'s ActorName>,
    /// The full JIDs in use, with the place of the `connects`.
    jids: FnvHashMap<FullJid, (&'s ActorName, Span)>,
    /// The names of captured values.
    pub(super) bound: FnvHashSet<&'s str>,
    /// The names that only some members of one-ofs have given a value to.
    pub(super) of_some: FnvHashSet<&'s str>,
    /// The names that have no value any more, as only some alternatives of an `Either` capture them, with its place.
    pub(super) bound_in_some: FnvHashMap<&'s str, Span>,
    /// The names that have values without that.
    pub(super) words: Words,
    /// The actors that have received something in their sessions, with the place where they first did.
    pub(super) receivers: FnvHashMap<&'s ActorName, Span>,
    /// The actors whose stanzas are counted, as they have asked for stream management (XEP-0198).
    pub(super) counted: FnvHashSet<&'s ActorName>,
    /// The actors that may have a full JID, as they have connected or have asked to be bound themselves.
    pub(super) may_be_bound: FnvHashSet<&'s ActorName>,
    /// The rules that stand, by their actors.
    pub(super) rules: FnvHashMap<&'s ActorName, Vec<Standing<'s>>>,
    /// The names that get values anywhere in the story.
    pub(super) captured_ever: BTreeSet<&'s str>,
    pub(super) complaints: &'c mut Complaints,
}

/// Where an actor is that has connected once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    /// Connected, as far as the story has led it there.
    OnStage(Milestone),
    /// The server has ended its stream.
    Ended,
    /// The server has done so in some alternatives of the `Either` at this place, and not in others.
    PerhapsEnded(Span),
    /// It has left by itself.
    Gone,
}

impl<'s, 'c> Walk<'s, 'c> {
    fn new(
        script: &'s Script,
        profiles: &[(&'s Actor, Profile)],
        complaints: &'c mut Complaints,
    ) -> Self {
        let full_jids = profiles.iter();
        let full_jids =
            full_jids.filter_map(|(actor, profile)| Some((&actor.name.value, profile.full_jid()?)));
        Self {
            script,
            cast: script
                .cast
                .iter()
                .map(|actor| (&actor.name.value, actor))
                .collect(),
            full_jids: full_jids.collect(),
            part: Part::default(),
            places: FnvHashMap::default(),
            leaving: FnvHashSet::default(),
            used: FnvHashSet::default(),
            jids: FnvHashMap::default(),
            bound: FnvHashSet::default(),
            of_some: FnvHashSet::default(),
            bound_in_some: FnvHashMap::default(),
            words: Words::of(script),
            receivers: FnvHashMap::default(),
            counted: FnvHashSet::default(),
            may_be_bound: FnvHashSet::default(),
            rules: FnvHashMap::default(),
            captured_ever: script.captured(),
            complaints,
        }
    }

    /// Goes on to a step. What was received before the story does not count in it: the inboxes are empty.
    fn go_on_to(&mut self, step: usize) {
        let mut headings = self.script.parts.above(step);
        if headings.any(|heading| heading.part == Part::Story) {
            self.receivers.clear();
        }
        self.part = self.script.parts.of(step);
    }

    pub(super) fn action(&mut self, action: &'s Action) {
        self.used.insert(&action.actor.value);
        self.parts_of(action);
        match &action.verb {
            verb if self.part == Part::Epilogue && verb.begins_session() => {
                let verb = verb.phrase();
                self.complain(Kind::ConnectsAtEnd { verb }, action.span);
            }
            Verb::Does(Deed::Reach(milestone)) => self.reaches(action, *milestone),
            Verb::Does(Deed::StartTls) => self.starts_tls(action),
            Verb::Does(Deed::Disconnect) => self.disconnects(&action.actor.value),
            Verb::Does(Deed::Drop) => self.drops(action),
            Verb::Does(deed @ (Deed::Send(_) | Deed::SendText(_))) => {
                self.sends(action, deed.sent());
            }
            // Who is not on stage can wait as well.
            Verb::Does(Deed::Wait(_)) => {}
            Verb::Expects(expectation) => self.expects(action, expectation),
            Verb::Rules(rule) => self.begins(action, rule),
        }
    }

    pub(super) fn complain(&mut self, kind: Kind, span: Span) {
        self.complaints.push(kind.at(span));
    }

    // Connections.

    fn reaches(&mut self, action: &'s Action, milestone: Milestone) {
        let name = &action.actor.value;
        self.receivers.remove(name);
        self.leaving.remove(name);
        let before = self.places.insert(name, Place::OnStage(milestone));
        if milestone != Milestone::Session {
            return;
        }
        self.may_be_bound.insert(name);
        if before == Some(Place::OnStage(Milestone::Session)) {
            let name = name.to_string();
            self.complain(Kind::AlreadyConnected { name }, action.span);
        }
        if let Some(jid) = self.full_jids.get(name).cloned() {
            self.take_jid(jid, name, action.span);
        }
    }

    fn take_jid(&mut self, jid: FullJid, name: &'s ActorName, span: Span) {
        let allowed = self
            .script
            .head_at(span.start)
            .values("allow")
            .any(|value| value == SAME_FULL_JID);
        match self.jids.get(&jid) {
            Some((other, first)) if *other != name && !allowed => {
                let (jid, other, first) = (jid.to_string(), other.to_string(), *first);
                self.complain(Kind::SameFullJid { jid, other, first }, span);
            }
            _ => {
                self.jids.insert(jid, (name, span));
            }
        }
    }

    fn disconnects(&mut self, name: &'s ActorName) {
        if let Some(place) = self.places.get_mut(name) {
            *place = Place::Gone;
        }
        self.release_jid(name);
    }

    pub(super) fn release_jid(&mut self, name: &'s ActorName) {
        if let Some(jid) = self.full_jids.get(name)
            && self
                .jids
                .get(jid)
                .is_some_and(|(holder, _)| *holder == name)
        {
            self.jids.remove(jid);
        }
    }

    fn drops(&mut self, action: &'s Action) {
        if !self.places.contains_key(&action.actor.value) {
            self.never_connected(action);
        }
        self.disconnects(&action.actor.value);
    }

    fn starts_tls(&mut self, action: &'s Action) {
        let verb = action.verb.phrase();
        self.must_be_on_stage(action, |name| Kind::ActsWhileGone { name, verb });
    }

    /// Sees that an actor that sends is connected. Prosody's own scripts send after leaving, so that is only suspicious.
    fn sends_on_stage(&mut self, action: &Action) {
        let name = &action.actor.value;
        if !self.places.contains_key(name) && self.cast.contains_key(name) {
            let name = name.to_string();
            return self.complain(Kind::SendsBefore { name }, action.span);
        }
        self.must_be_on_stage(action, |name| Kind::SendsWhileGone { name });
    }

    /// Sees that an actor that does something is connected; `gone` is what to say if it was before.
    fn must_be_on_stage(&mut self, action: &Action, gone: impl FnOnce(String) -> Kind) {
        let name = || action.actor.value.to_string();
        match self.places.get(&action.actor.value).copied() {
            None => self.never_connected(action),
            // An epilogue is played by those who are still there.
            Some(_) if self.part == Part::Epilogue => {}
            Some(Place::Gone | Place::Ended) => self.complain(gone(name()), action.span),
            Some(Place::PerhapsEnded(choice)) => {
                let name = name();
                self.complain(Kind::GoneInSome { name, choice }, action.span);
            }
            Some(Place::OnStage(_)) => {}
        }
    }

    /// Sees that an actor that receives has connected. What came before the server ended its stream is still there.
    fn must_have_been_on_stage(&mut self, action: &Action) {
        match self.places.get(&action.actor.value) {
            None => self.never_connected(action),
            Some(_) if self.part == Part::Epilogue => {}
            Some(Place::Gone) => {
                let name = action.actor.value.to_string();
                self.complain(Kind::ReceivesWhileGone { name }, action.span);
            }
            Some(Place::OnStage(_) | Place::Ended | Place::PerhapsEnded(_)) => {}
        }
    }

    /// An actor that is not in the cast was complained of already.
    pub(super) fn never_connected(&mut self, action: &Action) {
        if self.cast.contains_key(&action.actor.value) {
            let name = action.actor.value.to_string();
            self.complain(Kind::NeverConnected { name }, action.span);
        }
    }

    // What is known.

    fn sends(&mut self, action: &'s Action, stanzas: &'s [Stanza]) {
        self.sends_on_stage(action);
        if stanzas
            .iter()
            .any(|stanza| begins_stream_management(&stanza.element))
        {
            self.counted.insert(&action.actor.value);
        }
        if stanzas.iter().any(may_bind) {
            self.may_be_bound.insert(&action.actor.value);
        }
        stanzas
            .iter()
            .for_each(|stanza| self.may_leave(&action.actor.value, stanza));
        for piece in stanzas.iter().flat_map(Stanza::pieces) {
            self.variables_in(piece);
            if let Piece::Wildcard(wildcard) = piece {
                self.wildcard_to_send(wildcard);
            }
        }
    }

    fn expects(&mut self, action: &'s Action, expectation: &'s Expectation<Stanza>) {
        match expectation.mode {
            ExpectationMode::Disconnection => self.is_disconnected(action, expectation),
            ExpectationMode::Refusal => self.is_refused(action, expectation),
            ExpectationMode::Each
            | ExpectationMode::InThisOrder
            | ExpectationMode::AllInAnyOrder => self.must_have_been_on_stage(action),
            ExpectationMode::Nothing | ExpectationMode::NoneOf => {
                self.must_have_been_on_stage(action);
                self.must_not_have_ended(action);
            }
        }
        let stanzas = &expectation.items;
        for stanza in stanzas {
            self.heed_rules(&action.actor.value, stanza);
        }
        match expectation.mode {
            ExpectationMode::Each
            | ExpectationMode::InThisOrder
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => {
                stanzas.iter().for_each(|stanza| self.receives_one(stanza));
            }
            ExpectationMode::AllInAnyOrder => self.receives_together(stanzas),
            ExpectationMode::Nothing => self.receives_nothing(action),
            ExpectationMode::NoneOf => {
                stanzas
                    .iter()
                    .for_each(|stanza| self.does_not_receive(stanza));
            }
        }
        if !expectation.taken().is_empty() && !expectation.mode.is_of_end() {
            self.receivers
                .entry(&action.actor.value)
                .or_insert(action.span);
        }
    }

    /// What was passed over before does not count, which an author may not have thought of.
    fn receives_nothing(&mut self, action: &Action) {
        if self.is_complete() {
            return;
        }
        if let Some(first) = self.receivers.get(&action.actor.value).copied() {
            let name = action.actor.value.to_string();
            self.complain(Kind::PassedOverBefore { name, first }, action.span);
        }
    }

    /// What does not come gives no value to anything.
    fn does_not_receive(&mut self, stanza: &'s Stanza) {
        self.variables_of(stanza);
        for piece in stanza.pieces() {
            let (name, is_bound) = match piece {
                Piece::Capture(name) => (&name.value, false),
                Piece::Wildcard(Spanned { value, .. }) => match &value.name {
                    // A name that begins like `$<_>` says that its value is of no use.
                    Some(name) if name.starts_with('_') => continue,
                    Some(name) => (name, self.bound.contains(name.as_str())),
                    None => continue,
                },
                Piece::Literal(_) | Piece::Variable(_) | Piece::Any(_) => continue,
            };
            if !is_bound {
                let name = name.clone();
                self.complain(Kind::CaptureOfNothing { name }, piece.span());
            }
        }
    }

    fn receives_one(&mut self, stanza: &'s Stanza) {
        self.receives_together(std::slice::from_ref(stanza));
    }

    /// What one stanza captures cannot be used by the others, as they may come before it.
    fn receives_together(&mut self, stanzas: &'s [Stanza]) {
        stanzas.iter().for_each(|stanza| self.variables_of(stanza));
        self.captures_of(stanzas);
    }

    /// The default namespace of an actor's stream, if it is in the cast.
    pub(super) fn default_namespace(&self, name: &ActorName) -> Option<&'static str> {
        Some(self.cast.get(name)?.role.value.namespace())
    }

    // The end.

    fn curtain_falls(&mut self) {
        if self.script.story.is_empty() {
            return self.complain(Kind::EmptyStory, self.whole_script());
        }
        for actor in &self.script.cast {
            if !self.used.contains(&actor.name.value) {
                let name = actor.name.value.to_string();
                self.complain(Kind::UnusedActor { name }, actor.name.span);
            }
        }
        let all = self.script.story.len();
        let judged = self.script.parts.steps(Part::Epilogue, all).start;
        let mut verbs = self.script.story[..judged]
            .iter()
            .map(|action| &action.verb);
        if !self.is_complete() && !verbs.any(|verb| verb.expectation().is_some()) {
            self.complain(Kind::NothingExpected, self.whole_script());
        }
    }

    /// Whether all that is left at the end is a failure.
    fn is_complete(&self) -> bool {
        self.script.head.values("complete").next().is_some()
    }

    /// Where to point for what is true of the whole script: at its title, or its first line.
    fn whole_script(&self) -> Span {
        match &self.script.head.title {
            Some(title) => title.span,
            None => self
                .script
                .cast
                .first()
                .map_or(Span::default(), |actor| actor.name.span),
        }
    }
}

/// Whether a server may bind a full JID because of what is sent: it is asked to (RFC 6120 §7, XEP-0198 §5, XEP-0386), or
/// nobody knows what it is.
fn may_bind(stanza: &Stanza) -> bool {
    let element = &stanza.element;
    let mut children = element.elements();
    stanza.part == ast::Part::Text
        || element.name.namespace.as_ref() == ns::SASL_2
        || element.is_of_stream_management("resume")
        || children.any(|child| child.is("bind", ns::BIND))
}

/// Whether an element asks the server to count stanzas: it enables stream management, or resumes a stream that had it, be
/// it as part of a login (XEP-0198 §9, XEP-0386).
fn begins_stream_management(element: &Element) -> bool {
    let begins_within = || {
        let begins = |child: &Element| {
            begins_stream_management(child) || child.elements().any(begins_stream_management)
        };
        element.elements().any(begins)
    };
    element.is_of_stream_management("enable")
        || element.is_of_stream_management("resume")
        || element.name.namespace.as_ref() == ns::SASL_2 && begins_within()
}

#[cfg(test)]
pub(super) mod tests {
    use crate::script::testing::{at, objections};

    pub(in crate::script::check) const CAST: &str =
        "# T\n[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b/r\n---\n";

    #[track_caller]
    pub(in crate::script::check) fn said(story: &str) -> Vec<(String, String)> {
        objections(&format!("{CAST}{story}\n"))
    }

    /// What is said of a story that goes on after both have connected.
    #[track_caller]
    pub(in crate::script::check) fn said_then(story: &str) -> Vec<(String, String)> {
        said(&format!(
            "A connects\nB connects\nA receives nothing\n{story}"
        ))
    }

    #[test]
    fn nobody_acts_before_connecting() {
        assert_eq!(said_then(""), []);
        let text = "A connects\nA receives nothing\nB sends:\n\t<a/>\nB receives:\n\t<a/>";
        assert_eq!(
            said(text),
            [
                at("`B` sends, but has not connected", "B sends:"),
                at("`B` has not connected", "B receives:")
            ]
        );
        assert_eq!(
            said_then("A connects"),
            [at("`A` is connected already", "A connects")]
        );
    }

    #[test]
    fn stanzas_are_counted_from_where_either_way_asks_for_it() {
        let count = "A sends:\n\t<r b='${A's received count}' xmlns='urn:xmpp:sm:3'/>";
        let counted = |xml: &str| said_then(&format!("A sends:\n\t{xml}\n{count}"));
        let login = |within: &str| {
            format!(
                "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'>{within}</authenticate>"
            )
        };
        let enable = "<enable xmlns='urn:xmpp:sm:3'/>";
        let bind = format!("<bind xmlns='urn:xmpp:bind:0'><tag>x</tag>{enable}</bind>");
        for asks in [
            enable,
            &login(&bind),
            &login("<resume xmlns='urn:xmpp:sm:3'/>"),
        ] {
            assert_eq!(counted(asks), [], "{asks}");
        }
        let without = login("<bind xmlns='urn:xmpp:bind:0'/>");
        for other in [without, format!("<message>{enable}</message>")] {
            assert_eq!(counted(&other).len(), 1, "{other}");
        }
    }

    #[test]
    fn a_full_jid_is_that_of_a_session_which_somebody_has_asked_for() {
        let then = |story: &str| {
            said(&format!(
                "{story}\nB connects\nB sends:\n\t<a b=\"${{A's full JID}}\"/>\nB receives nothing"
            ))
        };
        let unknown = [at(
            "`A` has no full JID before connecting",
            "${A's full JID}",
        )];
        for story in [
            "",
            "A opens a stream",
            "A logs in",
            "A logs in\nA sends:\n\t<a/>",
        ] {
            assert_eq!(then(story).last(), unknown.last(), "{story}");
        }
        for asked in [
            "A connects",
            "A logs in\nA sends:\n\t<iq><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>",
            "A logs in\nA sends:\n\t<resume xmlns='urn:xmpp:sm:3'/>",
            "A opens a stream\nA sends:\n\t<authenticate xmlns='urn:xmpp:sasl:2'/>",
            "A logs in\nA sends text:\n\t<iq",
            "A connects\nA drops the connection\nA opens a stream",
        ] {
            assert_eq!(then(asked), [], "{asked}");
        }
    }

    #[test]
    fn who_has_left_can_come_back() {
        assert_eq!(
            said_then("A disconnects\nA disconnects\nA connects\nA sends:\n\t<a/>"),
            []
        );
        assert_eq!(
            said_then("A disconnects\nA sends:\n\t<a/>\nA receives nothing"),
            [
                at("`A` sends, but has disconnected", "A sends:"),
                at("`A` receives, but has disconnected", "A receives nothing")
            ]
        );
    }

    #[test]
    fn what_does_not_come_captures_nothing() {
        let gives_none = |name: &str, place: &str| {
            let said = format!("`{name}` has no value here, and what does not come gives it none");
            [at(&said, place)]
        };
        let absent = |id: &str| said_then(&format!("A does not receive:\n\t<a b='{id}'/>"));
        assert_eq!(absent("$<_:int>"), []);
        assert_eq!(absent("$<_sender>"), []);
        assert_eq!(absent("{scansion:any}"), []);
        assert_eq!(absent("$<x:int>"), gives_none("x", "$<x:int>"));
        let capture = "{scansion:capture:x}";
        assert_eq!(absent(capture), gives_none("x", capture));
        let bound = "A receives:\n\t<a b='$<x>'/>\nA does not receive:\n\t<a b='$<x>'>${x}</a>";
        assert_eq!(said_then(bound), []);
    }

    #[test]
    fn in_a_complete_script_what_is_left_is_a_failure() {
        let complete = |story: &str| {
            let cast = CAST.replace("# T\n", "# T\n## complete\n");
            objections(&format!("{cast}A connects\nB connects\n{story}\n"))
        };
        assert_eq!(complete("A sends:\n\t<a/>"), []);
        let nothing = "A receives:\n\t<a/>\nA receives nothing";
        assert_eq!(complete(nothing), []);
    }

    #[test]
    fn a_hint_tells_where_nothing_does_not_see_what_was_passed_over() {
        let hint = [at(
            "what `A` has passed over above does not count here",
            "A receives nothing",
        )];
        let then = "\nA receives nothing";
        for verb in [
            "receives",
            "receives in any order",
            "receives in this order",
        ] {
            assert_eq!(said_then(&format!("A {verb}:\n\t<a/>{then}")), hint);
        }
        for nothing_passed in [
            "B receives:\n\t<a/>",
            "A does not receive:\n\t<a/>",
            "A receives:\n\t<a/>\nA disconnects\nA connects",
        ] {
            assert_eq!(said_then(&format!("{nothing_passed}{then}")), []);
        }
    }

    #[test]
    fn scripts_that_prove_nothing() {
        assert_eq!(said(""), [at("nothing happens in this script", "# T")]);
        assert_eq!(
            said("A connects"),
            [
                at("this script can never fail", "# T"),
                at("`B` never appears in the story", "B")
            ]
        );
        assert_eq!(
            said("A connects\nB connects\nEpilogue\nA receives nothing"),
            [at("this script can never fail", "# T")]
        );
    }

    #[test]
    fn one_full_jid_is_for_one_actor_at_a_time() {
        let twins = |head: &str, story: &str| {
            objections(&format!(
                "{head}[Client] A\n\tjid: a@b/r\n[Client] B\n\tjid: A@B\n\tresource: r\n---\n{story}\n"
            ))
        };
        let story = "A connects\nB connects\nA receives nothing";
        assert_eq!(
            twins("", story),
            [at("`a@b/r` is connected already, as `A`", "B connects")]
        );
        assert_eq!(twins("## allow: same-full-jid\n", story), []);
        assert_eq!(
            twins(
                "",
                "A connects\nA receives nothing\nA disconnects\nB connects"
            ),
            []
        );
    }
}
