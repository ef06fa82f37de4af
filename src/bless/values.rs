//! How a value that came is written in the script, so that it holds the next time as well.
//!
//! A JID of the cast becomes a variable, and so does the value of a variable that the author has used in this place;
//! what the server made up is left open; the rest is written as it is, with the names that the script uses.

use std::collections::BTreeSet;

use minidom::Element;

use super::made::{Holder, Made, made_up};
use super::repeated::Repeated;
use crate::expression::Narrowing;
use crate::matcher::Bindings;
use crate::plan::Renames;
use crate::runner::Member;
use crate::script::ast::{ActorName, Condition, Piece, Script, Value, Variable, Wildcard};
use crate::script::{Word, display, hosts};
use crate::source::{SourceFile, Span, Spanned};

/// How long a captured value has to be to be looked for in what came: `1` would be found anywhere.
const TELLING: usize = 4;

/// A part of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Characters.
    Literal(String),
    /// A variable, a wildcard or a directive, as it is written.
    Written(String),
}

/// Knows how values are written in one script.
pub(super) struct Values<'a> {
    pub(super) source: &'a SourceFile,
    renames: Renames<'a>,
    cast: &'a [Member],
    /// The names of the values that the script captures.
    captured: BTreeSet<&'a str>,
    /// The id of the stanza that came.
    id: Option<&'a str>,
    /// What was made up and stands in several places of it.
    repeated: Repeated,
}

impl<'a> Values<'a> {
    /// The values of a stanza that came, in a script with this cast.
    pub(super) fn new(
        script: &'a Script,
        renames: Renames<'a>,
        cast: &'a [Member],
        came: &'a Element,
    ) -> Self {
        Self {
            source: &script.source,
            repeated: Repeated::of(came, &renames, script.source.text()),
            renames,
            cast,
            captured: script.captured(),
            id: came.attr("id"),
        }
    }
}

impl Values<'_> {
    /// An attribute's value, to stand between these quotes; `own` is the one in its place.
    pub(super) fn attribute(
        &self,
        name: &str,
        value: &str,
        own: Option<&Value>,
        quote: char,
        bindings: &Bindings,
    ) -> String {
        let holder = match name {
            "id" if self.id == Some(value) => Holder::StanzaId,
            _ => Holder::Attribute(name),
        };
        let parts = self.parts(holder, value, own, bindings);
        let parts = parts.into_iter().map(|part| match part {
            Part::Literal(text) => display::attribute_value(&text, quote),
            Part::Written(text) => text,
        });
        parts.collect()
    }

    /// An element's text, to stand behind `before`; `own` is the one in its place.
    pub(super) fn text(
        &self,
        value: &str,
        own: Option<&Value>,
        before: &str,
        bindings: &Bindings,
    ) -> String {
        let mut text = before.to_owned();
        for part in self.parts(Holder::Text, value, own, bindings) {
            match part {
                Part::Literal(part) => text.push_str(&display::text_value(&part, &text)),
                Part::Written(part) => text.push_str(&part),
            }
        }
        text.split_off(before.len())
    }

    /// Text for a CDATA section, if all of it can stand in one.
    pub(super) fn cdata(&self, value: &str, own: &Value, bindings: &Bindings) -> Option<String> {
        match self
            .parts(Holder::Text, value, Some(own), bindings)
            .as_slice()
        {
            [Part::Literal(text)] => display::cdata_value(text),
            _ => None,
        }
    }

    /// Text as it is, for where other things stand beside it.
    pub(super) fn plain_text(&self, value: &str, before: &str) -> String {
        display::text_value(&self.renames.undone(value), before)
    }

    fn parts(
        &self,
        holder: Holder<'_>,
        value: &str,
        own: Option<&Value>,
        bindings: &Bindings,
    ) -> Vec<Part> {
        if let Some(part) = own.and_then(|own| unbound(holder, value, own, bindings)) {
            return vec![part];
        }
        if let Some(written) = self.name_of(value, bindings) {
            return vec![Part::Written(written)];
        }
        if let Some(parts) = own.and_then(|own| self.with_own(value, own, bindings)) {
            return parts;
        }
        if let Some(parts) = self.with_resource(value, bindings) {
            return parts;
        }
        if let Some(parts) = self.with_service(value, bindings) {
            return parts;
        }
        if let Some(parts) = self.with_full_jid(value, bindings) {
            return parts;
        }
        self.open(holder, &self.renames.undone(value))
    }

    /// The value with what was made up in it left open, unless the script has the same somewhere.
    fn open(&self, holder: Holder<'_>, written: &str) -> Vec<Part> {
        let mut parts = Vec::new();
        let mut at = 0;
        for Made {
            place, narrowing, ..
        } in made_up(holder, written)
        {
            let part = &written[place.clone()];
            if self.has(holder, written) || self.has(holder, part) {
                continue;
            }
            let wildcard = of_kind(self.repeated.name(part), narrowing);
            parts.push(Part::Literal(written[at..place.start].to_owned()));
            parts.push(Part::Written(wildcard.to_string()));
            at = place.end;
        }
        parts.push(Part::Literal(written[at..].to_owned()));
        parts.retain(|part| *part != Part::Literal(String::new()));
        parts
    }

    /// Whether the script has a value: between quotes or tags, and where it is telling, as a word.
    fn has(&self, holder: Holder<'_>, value: &str) -> bool {
        let is_id = matches!(holder, Holder::StanzaId | Holder::Attribute("id"));
        let is_whole = is_id || value.len() < TELLING;
        let is_end = |beside: Option<char>| match is_whole {
            true => beside.is_some_and(|character| "\"'<>".contains(character)),
            false => beside.is_none_or(|character| !character.is_ascii_alphanumeric()),
        };
        let text = self.source.text();
        let mut found = text.match_indices(value);
        found.any(|(at, _)| {
            is_end(text[..at].chars().next_back())
                && is_end(text[at + value.len()..].chars().next())
        })
    }

    /// The variable that has all of a value.
    fn name_of(&self, value: &str, bindings: &Bindings) -> Option<String> {
        let has = |name: &str| bindings.get(name) == Some(value);
        let jids = self.jids();
        if let Some(jid) = jids.into_iter().find(|jid| has(jid)) {
            return Some(display::variable(&jid));
        }
        let words = self.renames.words();
        if let Some(word) = words.names().find(|word| has(word)) {
            return Some(display::variable(word));
        }
        let mut captured = self.captured.iter().copied();
        let found = captured.find(|name| has(name) && value.len() >= TELLING)?;
        // A captured value can have a name that no wildcard has.
        let is_plain = found
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "_.-".contains(character));
        Some(
            match is_plain && !found.starts_with(|first: char| first.is_ascii_digit()) {
                true => format!("$<{found}>"),
                false => display::variable(found),
            },
        )
    }

    /// The variables with JIDs of the cast. A domain alone is the JID of a component, and of no other actor.
    fn jids(&self) -> Vec<String> {
        let full = self.clients().map(|name| Variable::FullJid(name.clone()));
        let bare = self
            .cast
            .iter()
            .filter(|member| member.role.plays_domain() || member.jid.contains('@'));
        let bare = bare.map(|member| Variable::BareJid(member.name.clone()));
        full.chain(bare).map(|name| name.to_string()).collect()
    }

    fn clients(&self) -> impl Iterator<Item = &ActorName> {
        let clients = self.cast.iter();
        clients
            .filter(|member| member.role.is_user())
            .map(|member| &member.name)
    }

    /// The value with the variables that its author has used, if one of them is in it.
    fn with_own(&self, value: &str, own: &Value, bindings: &Bindings) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut rest = value;
        for piece in &own.pieces {
            if let Some(name) = variable_of(piece)
                && let Some(bound) = bindings.get(&name).filter(|bound| bound.len() >= TELLING)
                && let Some((before, after)) = rest.split_once(bound)
            {
                match self.renames.words().of_piece(piece) {
                    Some(Word::Service) => self.push_before_service(&mut parts, before),
                    Some(Word::Domain | Word::Unique | Word::Cell) | None => {
                        self.push_literal(&mut parts, before);
                    }
                }
                parts.push(Part::Written(self.source.slice(piece.span()).to_owned()));
                rest = after;
            }
        }
        if parts.is_empty() {
            return None;
        }
        self.push_literal(&mut parts, rest);
        Some(parts)
    }

    fn push_literal(&self, parts: &mut Vec<Part>, text: &str) {
        parts.extend(self.open(Holder::Text, &self.renames.undone(text)));
    }

    fn push_before_service(&self, parts: &mut Vec<Part>, text: &str) {
        parts.extend(self.open(Holder::Text, &self.renames.undone_before_service(text)));
    }

    /// The value with the JID of a service in it that the script has a name for.
    fn with_service(&self, value: &str, bindings: &Bindings) -> Option<Vec<Part>> {
        let words = self.renames.words();
        let services = || {
            words
                .names()
                .filter(|name| words.get(name) == Some(Word::Service))
        };
        let found = hosts(value).into_iter().find_map(|place| {
            let host = &value[place.clone()];
            let name = services().find(|name| bindings.get(name) == Some(host))?;
            Some((place, name))
        });
        let (place, name) = found?;
        let mut parts = Vec::new();
        self.push_before_service(&mut parts, &value[..place.start]);
        parts.push(Part::Written(display::variable(name)));
        self.push_literal(&mut parts, &value[place.end..]);
        Some(parts)
    }

    /// The value with the full JID of a client in it, of which the server may have made up the resource.
    fn with_full_jid(&self, value: &str, bindings: &Bindings) -> Option<Vec<Part>> {
        let ends = |text: &str| !text.starts_with(char::is_alphanumeric);
        let begins = |text: &str| !text.ends_with(char::is_alphanumeric);
        let found = self.clients().find_map(|name| {
            let name = Variable::FullJid(name.clone()).to_string();
            let (before, after) = value.split_once(bindings.get(&name)?)?;
            (begins(before) && ends(after)).then_some((before, name, after))
        });
        let (before, name, after) = found?;
        let mut parts = Vec::new();
        self.push_literal(&mut parts, before);
        parts.push(Part::Written(display::variable(&name)));
        self.push_literal(&mut parts, after);
        Some(parts)
    }

    /// A JID of a user of the cast with another resource than those that are connected.
    fn with_resource(&self, value: &str, bindings: &Bindings) -> Option<Vec<Part>> {
        let (bare, resource) = value.split_once('/')?;
        let bare = self.clients().find_map(|name| {
            let name = Variable::BareJid(name.clone()).to_string();
            (bare.contains('@') && bindings.get(&name) == Some(bare)).then_some(name)
        })?;
        let mut parts = vec![Part::Written(display::variable(&bare))];
        parts.push(Part::Literal("/".to_owned()));
        parts.extend(self.open(Holder::Text, resource));
        Some(parts)
    }
}

/// The wildcard that is all of a value and has only been too narrow: later steps may need what it binds.
fn unbound(holder: Holder<'_>, value: &str, own: &Value, bindings: &Bindings) -> Option<Part> {
    let [Piece::Wildcard(wildcard)] = own.pieces.as_slice() else {
        return None;
    };
    let name = wildcard.value.name.clone()?;
    let is_whole = |made: &Made| made.place == (0..value.len());
    let made = made_up(holder, value).into_iter().find(is_whole);
    bindings.get(&name).is_none().then(|| {
        let wide = of_kind(Some(&name), made.and_then(|made| made.narrowing));
        Part::Written(wide.to_string())
    })
}

/// A wildcard for values of a kind, or for all.
fn of_kind(name: Option<&str>, narrowing: Option<Narrowing>) -> Wildcard {
    let condition = |narrowing| Spanned::new(Condition::Is(narrowing), Span::default());
    let conditions = narrowing.map(condition).into_iter().collect();
    Wildcard::new(name.map(str::to_owned), conditions)
}

fn variable_of(piece: &Piece) -> Option<String> {
    match piece {
        Piece::Variable(variable) => Some(variable.value.to_string()),
        Piece::Wildcard(wildcard) => wildcard.value.name.clone(),
        Piece::Literal(_) | Piece::Any(_) | Piece::Capture(_) => None,
    }
}
