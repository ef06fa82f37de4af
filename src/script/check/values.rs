//! What the story knows at each of its places: which names have values, and what is wrong with those that do not.
//!
//! It must not know how the story is walked through.

use super::captures::Captures;
use super::story::Walk;
use crate::script::ast::{Actor, ActorName, Piece, Stanza, Variable, Wildcard};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::requirement;
use crate::script::suggest::closest;
use crate::script::words::Word;
use crate::source::{Span, Spanned};

impl<'s> Walk<'s, '_> {
    pub(super) fn captures_of(&mut self, stanzas: &'s [Stanza]) {
        let bound = &self.bound;
        let captures = Captures::of(stanzas, &|name| bound.contains(name));
        self.bound.extend(&captures.names);
        for name in &captures.changed {
            self.bound.remove(name);
        }
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
        if self.complaints.is_full() {
            return;
        }
        let kind = Kind::CapturedService {
            name: name.to_owned(),
            first: self.place_of_service(name),
        };
        self.complain(kind, span);
    }

    /// The tag by which a service got its name.
    fn place_of_service(&self, name: &str) -> Span {
        let mut tags = requirement::of_script(self.script);
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
        if piece.is_literal() {
            return;
        }
        self.literal_arguments(piece);
        self.literal_passwords(piece);
        for (variable, span) in piece.variables() {
            self.variable(variable, span, piece);
        }
    }

    /// A variable in a piece, which may be computed of several.
    pub(super) fn variable(&mut self, variable: &'s Variable, span: Span, piece: &Piece) {
        match variable {
            Variable::FullJid(actor) => self.full_jid_of(actor, span),
            Variable::BareJid(actor) => {
                self.known_actor(actor, span);
            }
            Variable::User(actor) => self.user_of(actor, span),
            Variable::Password(actor) => self.password_of(actor, span),
            Variable::SentCount(actor) | Variable::ReceivedCount(actor) => {
                if self.known_actor(actor, span).is_some() && !self.counted.contains(actor) {
                    let found = variable.to_string();
                    self.complain(Kind::CountTooEarly { found }, span);
                }
            }
            Variable::Captured(name) if !self.has_value(name) => {
                self.complain(self.without_value(name, piece), span);
            }
            Variable::Captured(_) | Variable::Computed(_) => {}
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
            && !self.may_be_bound.contains(name)
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

    pub(super) fn wildcard_to_send(&mut self, wildcard: &'s Spanned<Wildcard>) {
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

    /// What was probably meant by a name that has no value. An actor is none, but has a JID.
    fn closest_value(&self, name: &str) -> Option<String> {
        if self.cast.contains_key(&ActorName::new(name)) {
            return Some(format!("{name}'s JID"));
        }
        let known = self.bound.iter().copied().chain(self.words.names());
        suggestion(name, known, self.complaints)
    }
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
    use super::super::story::tests::{CAST, said, said_then};
    use crate::script::testing::{at, objections};

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
}
