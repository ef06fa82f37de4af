//! The story, walked through in order: which actors are connected, and which values are known.

use std::collections::{HashMap, HashSet};

use jid::FullJid;

use super::captures::Captures;
use super::rules::{Standing, captured_in};
use crate::ns;
use crate::script::ast::{Action, Actor, ActorName, Piece, Script, Stanza, Variable, Wildcard};
use crate::script::choice::Scene;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::profile::Profile;
use crate::script::requirement;
use crate::script::suggest::closest;
use crate::script::tags::SAME_FULL_JID;
use crate::script::verb::{Deed, Expectation, ExpectationMode, Verb};
use crate::script::words::{Word, Words};
use crate::source::{Span, Spanned};

/// Checks the story.
pub(super) fn check(script: &Script, profiles: &[(&Actor, Profile)], complaints: &mut Complaints) {
    let mut walk = Walk::new(script, profiles, complaints);
    for scene in script.scenes() {
        match scene {
            Scene::Step(step) => walk.action(&script.story[step]),
            Scene::Choice(choice) => walk.choice(choice),
        }
    }
    walk.curtain_falls();
}

pub(super) struct Walk<'s, 'c> {
    pub(super) script: &'s Script,
    cast: HashMap<&'s ActorName, &'s Actor>,
    /// The full JIDs of the actors whose resource the script gives.
    full_jids: HashMap<&'s ActorName, FullJid>,
    places: HashMap<&'s ActorName, Place>,
    /// The actors that the story mentions, in a line or in a variable.
    pub(super) used: HashSet<&'s ActorName>,
    /// The full JIDs in use, with the place of the `connects`.
    jids: HashMap<FullJid, (&'s ActorName, Span)>,
    /// The names of captured values.
    pub(super) bound: HashSet<&'s str>,
    /// The names that only some members of one-ofs have given a value to.
    of_some: HashSet<&'s str>,
    /// The names that have no value any more, as only some alternatives of an `Either` capture them, with its place.
    pub(super) bound_in_some: HashMap<&'s str, Span>,
    /// The names that have values without that.
    words: Words,
    /// The actors that have received something in their sessions, with the place where they first did.
    receivers: HashMap<&'s ActorName, Span>,
    /// The actors whose stanzas are counted, as they have asked for stream management (XEP-0198).
    counted: HashSet<&'s ActorName>,
    /// The rules that stand, by their actors.
    pub(super) rules: HashMap<&'s ActorName, Vec<Standing<'s>>>,
    /// The names that get values anywhere in the story, where there are rules.
    pub(super) captured_ever: HashSet<&'s str>,
    complaints: &'c mut Complaints,
}

/// Where an actor is that has connected once.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    OnStage,
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
            places: HashMap::new(),
            used: HashSet::new(),
            jids: HashMap::new(),
            bound: HashSet::new(),
            of_some: HashSet::new(),
            bound_in_some: HashMap::new(),
            words: Words::of(script),
            receivers: HashMap::new(),
            counted: HashSet::new(),
            rules: HashMap::new(),
            captured_ever: captured_in(script),
            complaints,
        }
    }

    pub(super) fn action(&mut self, action: &'s Action) {
        self.used.insert(&action.actor.value);
        match &action.verb {
            Verb::Does(Deed::Connect) => self.connects(action),
            Verb::Does(Deed::Disconnect) => self.disconnects(&action.actor.value),
            Verb::Does(Deed::Send(stanzas)) => self.sends(action, stanzas),
            Verb::Expects(expectation) => self.expects(action, expectation),
            Verb::Rules(rule) => self.begins(action, rule),
        }
    }

    pub(super) fn complain(&mut self, kind: Kind, span: Span) {
        self.complaints.push(kind.at(span));
    }

    // Connections.

    fn connects(&mut self, action: &'s Action) {
        let name = &action.actor.value;
        self.receivers.remove(name);
        if self.places.insert(name, Place::OnStage) == Some(Place::OnStage) {
            self.complain(
                Kind::AlreadyConnected {
                    name: name.to_string(),
                },
                action.span,
            );
        }
        if let Some(jid) = self.full_jids.get(name).cloned() {
            self.take_jid(jid, name, action.span);
        }
    }

    fn take_jid(&mut self, jid: FullJid, name: &'s ActorName, span: Span) {
        let allowed = self
            .script
            .head
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
        self.jids.retain(|_, (holder, _)| *holder != name);
    }

    /// Sees that an actor has connected; `gone` is what to say if it has left since.
    fn must_be_on_stage(&mut self, action: &Action, gone: impl FnOnce(String) -> Kind) {
        match self.places.get(&action.actor.value) {
            None => self.never_connected(action),
            Some(Place::Gone) => self.complain(gone(action.actor.value.to_string()), action.span),
            Some(Place::OnStage) => {}
        }
    }

    /// An actor that is not in the cast was complained of already.
    fn never_connected(&mut self, action: &Action) {
        if self.cast.contains_key(&action.actor.value) {
            let name = action.actor.value.to_string();
            self.complain(Kind::NeverConnected { name }, action.span);
        }
    }

    // What is known.

    fn sends(&mut self, action: &'s Action, stanzas: &'s [Stanza]) {
        // Prosody's own scripts send after leaving, so that is only suspicious.
        self.must_be_on_stage(action, |name| Kind::SendsWhileGone { name });
        if stanzas.iter().any(begins_stream_management) {
            self.counted.insert(&action.actor.value);
        }
        for piece in stanzas.iter().flat_map(Stanza::pieces) {
            self.variables_in(piece);
            if let Piece::Wildcard(wildcard) = piece {
                self.wildcard_to_send(wildcard);
            }
        }
    }

    fn expects(&mut self, action: &'s Action, expectation: &'s Expectation<Stanza>) {
        self.must_be_on_stage(action, |name| Kind::ReceivesWhileGone { name });
        let stanzas = &expectation.items;
        for stanza in stanzas {
            self.heed_rules(&action.actor.value, stanza);
        }
        match expectation.mode {
            ExpectationMode::Each | ExpectationMode::InThisOrder => {
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
        if !expectation.taken().is_empty() {
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

    fn captures_of(&mut self, stanzas: &'s [Stanza]) {
        let bound = &self.bound;
        let captures = Captures::of(stanzas, &|name| bound.contains(name));
        self.bound.extend(&captures.names);
        self.bound.retain(|name| !captures.changed.contains(name));
        self.of_some.extend(captures.of_some);
        for (name, span) in captures.misplaced {
            let name = name.to_owned();
            self.complain(Kind::CaptureInCount { name }, span);
        }
        stanzas.iter().for_each(|stanza| self.services_of(stanza));
    }

    /// Sees that no service is captured.
    pub(super) fn services_of(&mut self, stanza: &'s Stanza) {
        for piece in stanza.pieces() {
            if let Some(name) = piece.captured().filter(|name| self.is_service(name)) {
                self.captured_service(name, piece.span());
            }
        }
    }

    fn is_service(&self, name: &str) -> bool {
        self.words.get(name) == Some(Word::Service)
    }

    /// A name that the author has given to a service is not one for a captured value as well.
    fn captured_service(&mut self, name: &str, span: Span) {
        let kind = Kind::CapturedService {
            name: name.to_owned(),
            first: self.place_of_service(name),
        };
        self.complain(kind, span);
    }

    /// The tag by which a service got its name.
    fn place_of_service(&self, name: &str) -> Span {
        let mut tags = requirement::with_tags(&self.script.head);
        let tag = tags.find(|(requirement, _)| {
            let service = requirement.service();
            service.and_then(|service| service.name.as_deref()) == Some(name)
        });
        tag.map_or(Span::default(), |(_, tag)| tag.span)
    }

    pub(super) fn variables_of(&mut self, stanza: &'s Stanza) {
        stanza.pieces().for_each(|piece| self.variables_in(piece));
    }

    /// What stands in `${…}`, or behind `not` in a wildcard.
    pub(super) fn variables_in(&mut self, piece: &'s Piece) {
        for (variable, span) in piece.variables() {
            match variable {
                Variable::FullJid(actor) => self.full_jid_of(actor, span),
                Variable::BareJid(actor) => {
                    self.known_actor(actor, span);
                }
                Variable::SentCount(actor) | Variable::ReceivedCount(actor) => {
                    if self.known_actor(actor, span).is_some() && !self.counted.contains(actor) {
                        let found = variable.to_string();
                        self.complain(Kind::CountTooEarly { found }, span);
                    }
                }
                Variable::Captured(name) if !self.has_value(name) => {
                    self.complain(self.without_value(name, piece), span);
                }
                Variable::Captured(_) => {}
            }
        }
    }

    /// The complaint that a name has a value only in some cases, if that is so.
    fn captured_by_some(&self, name: &str) -> Option<Kind> {
        let of_some = self.of_some.contains(name).then(|| Kind::CapturedBySome {
            name: name.to_owned(),
        });
        of_some.or_else(|| self.bound_in_some(name))
    }

    /// The complaint that a name does not have a value in the place where it stands.
    fn without_value(&self, name: &str, place: &Piece) -> Kind {
        if let Some(kind) = self.captured_by_some(name) {
            return kind;
        }
        let (found, suggestion) = (name.to_owned(), self.closest_value(name));
        match place {
            Piece::Wildcard(_) => Kind::UndefinedExclusion { found, suggestion },
            Piece::Literal(_) | Piece::Variable(_) | Piece::Any(_) | Piece::Capture(_) => {
                Kind::UndefinedVariable { found, suggestion }
            }
        }
    }

    pub(super) fn has_value(&self, name: &str) -> bool {
        self.bound.contains(name) || self.words.get(name).is_some()
    }

    fn full_jid_of(&mut self, name: &'s ActorName, span: Span) {
        if let Some(actor) = self.known_actor(name, span)
            && actor.role.value.is_user()
            && !self.places.contains_key(name)
            && !self.full_jids.contains_key(name)
        {
            self.complain(
                Kind::FullJidTooEarly {
                    name: name.to_string(),
                },
                span,
            );
        }
    }

    /// The default namespace of an actor's stream, if it is in the cast.
    pub(super) fn default_namespace(&self, name: &ActorName) -> Option<&'static str> {
        Some(self.cast.get(name)?.role.value.namespace())
    }

    pub(super) fn known_actor(&mut self, name: &'s ActorName, span: Span) -> Option<&'s Actor> {
        self.used.insert(name);
        let actor = self.cast.get(name).copied();
        if actor.is_none() {
            let names = self.cast.keys().map(|name| name.0.as_ref());
            let suggestion = suggestion(&name.0, names, self.complaints);
            let found = name.to_string();
            self.complain(Kind::UnknownActorInVariable { found, suggestion }, span);
        }
        actor
    }

    fn wildcard_to_send(&mut self, wildcard: &'s Spanned<Wildcard>) {
        match wildcard.value.name.as_deref() {
            None => self.complain(Kind::NamelessWildcardInSends, wildcard.span),
            Some(name) if self.is_service(name) => self.captured_service(name, wildcard.span),
            Some(name) if self.bound.contains(name) => {}
            Some(name) => {
                let kind = self.captured_by_some(name).unwrap_or_else(|| {
                    let bound = self.bound.iter().copied();
                    let suggestion = suggestion(name, bound, self.complaints);
                    let found = name.to_owned();
                    Kind::UnboundWildcard { found, suggestion }
                });
                self.complain(kind, wildcard.span);
            }
        }
    }

    fn closest_value(&self, name: &str) -> Option<String> {
        let known = self.bound.iter().copied().chain(self.words.names());
        suggestion(name, known, self.complaints)
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
        let mut verbs = self.script.story.iter().map(|action| &action.verb);
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

/// Whether a stanza asks the server to count stanzas: it enables stream management, or resumes a stream that had it.
fn begins_stream_management(stanza: &Stanza) -> bool {
    let name = &stanza.element.name;
    let is_of_it =
        [ns::STREAM_MANAGEMENT, ns::OLD_STREAM_MANAGEMENT].contains(&name.namespace.as_ref());
    is_of_it && matches!(name.local.as_str(), "enable" | "resume")
}

fn suggestion<'a>(
    word: &str,
    known: impl Iterator<Item = &'a str>,
    complaints: &Complaints,
) -> Option<String> {
    match complaints.is_full() {
        true => None,
        false => closest(word, known).map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    const CAST: &str = "# T\n[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b/r\n---\n";

    #[track_caller]
    fn said(story: &str) -> Vec<(String, String)> {
        objections(&format!("{CAST}{story}\n"))
    }

    /// What is said of a story that goes on after both have connected.
    #[track_caller]
    fn said_then(story: &str) -> Vec<(String, String)> {
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
                at("`B` has not connected", "B sends:"),
                at("`B` has not connected", "B receives:")
            ]
        );
        assert_eq!(
            said_then("A connects"),
            [at("`A` is connected already", "A connects")]
        );
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
    fn variables_must_be_captured_before() {
        let undefined = |place: &str| [at("the variable `x` has no value here", place)];
        assert_eq!(said_then("A sends:\n\t<a b='${x}'/>"), undefined("${x}"));
        assert_eq!(
            said_then("A receives:\n\t<a b='$<x>'>${x}</a>"),
            undefined("${x}")
        );
        assert_eq!(
            said_then("A receives:\n\t<a b='{scansion:capture:x}'/>\n\t<a>${x}</a>"),
            []
        );
        assert_eq!(
            said_then(
                "A receives in any order:\n\t<a b='$<x>'/>\n\t<a>${x}</a>\nA sends:\n\t<a b='${x}'/>"
            ),
            undefined("${x}")
        );
    }

    #[test]
    fn wildcards_to_be_sent_must_be_bound() {
        assert_eq!(
            said_then("A sends:\n\t<a>$<x><b>$<_></b></a>"),
            [
                at("the wildcard `x` has no value to send", "$<x>"),
                at("a wildcard without a name cannot be sent", "$<_>")
            ]
        );
        assert_eq!(
            said_then("B receives:\n\t<a b='$<x:int>'/>\nA sends:\n\t<a>$<x:jid></a>"),
            []
        );
    }

    #[test]
    fn variables_name_actors_of_the_cast() {
        assert_eq!(
            said_then("A sends:\n\t<a to=\"${C's JID}\"/>"),
            [at("unknown actor `C`", "${C's JID}")]
        );
    }

    #[test]
    fn full_jids_are_known_after_connecting_or_by_their_resource() {
        let story = "A connects\nA receives:\n\t<a b=\"${B's full JID}\" c=\"${A's full JID}\" d=\"${B's JID}\"/>";
        assert_eq!(said(story), []);
        let story = "B connects\nB receives:\n\t<a b=\"${A's full JID}\"/>\nA connects";
        assert_eq!(
            said(story),
            [at(
                "`A` has no full JID before connecting",
                "${A's full JID}"
            )]
        );
    }

    #[test]
    fn some_names_have_values_without_being_captured() {
        assert_eq!(said_then("A sends:\n\t<a b='${unique}'>${domain}</a>"), []);
        let head = "## requires: conference/text as rooms\n";
        let after = |story: &str| {
            let text = format!("{head}{CAST}A connects\nB connects\nA receives nothing\n{story}\n");
            objections(&text)
        };
        assert_eq!(after("A sends:\n\t<a b='x@${rooms}'/>"), []);
        let message = "`rooms` is the name of a service, and cannot be captured";
        for block in [
            "A receives:\n\t<a b='$<rooms>'/>",
            "A sends:\n\t<a b='$<rooms>'/>",
        ] {
            assert_eq!(after(block), [at(message, "$<rooms>")], "{block}");
        }
        let capture = "{scansion:capture:rooms}";
        let block = format!("A receives:\n\t<a b='{capture}'/>");
        assert_eq!(after(&block), [at(message, capture)]);
    }

    #[test]
    fn captures_win_over_names_that_have_values() {
        let capture = "A receives:\n\t<a b='$<domain>'/>\n";
        let use_of_it = "A sends:\n\t<a b='${domain}'/>\n";
        assert_eq!(said_then(&format!("{capture}{use_of_it}")), []);
        assert_eq!(
            said_then(&format!("{use_of_it}{capture}")),
            [at("the variable `domain` has no value here", "${domain}")]
        );
    }

    #[test]
    fn words_that_were_meant_are_suggested() {
        let text = format!(
            "{CAST}A connects\nB connects\nA receives:\n\t<a b='$<stanza-id>'/>\nA sends:\n\t<a b='${{stanza_id}}'/>"
        );
        let parsed = crate::script::testing::sound(&text);
        let errors = crate::script::check(&parsed.script);
        assert_eq!(
            errors[0].kind.help().unwrap(),
            "did you mean `${stanza-id}`?"
        );
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
