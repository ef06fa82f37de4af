//! The names behind `${…}` that have values before the story begins: the services that the head names, `domain` and
//! `unique`. It knows which there are, and not what their values are.

use std::collections::{BTreeMap, BTreeSet};

use super::ast::{Piece, Script, Variable};
use super::requirement::{self, DOMAIN, UNIQUE};

/// What such a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// The JID of a service that the script requires under this name.
    Service,
    /// The domain of the first client.
    Domain,
    /// A token that differs from play to play.
    Unique,
    /// The cell of a column.
    Cell,
}

/// The names of one script.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words(BTreeMap<String, Word>);

impl Words {
    /// The names that a script has. A name of the language that the script captures itself is not among them.
    pub(crate) fn of(script: &Script) -> Self {
        let captured = script.captured();
        let mut cast = script.cast.iter();
        let has_client = cast.any(|actor| actor.role.value.is_user());
        let own = [
            (DOMAIN, Word::Domain, has_client),
            (UNIQUE, Word::Unique, true),
        ];
        let own = own
            .into_iter()
            .filter(|(name, _, is_there)| *is_there && !captured.contains(name))
            .map(|(name, word, _)| (name.to_owned(), word));
        let services = requirement::requirements(script).into_iter();
        let services = services.filter_map(|requirement| {
            let name = requirement.service()?.name.clone()?;
            Some((name, Word::Service))
        });
        let cells = script.constants.keys();
        let cells = cells.map(|name| (name.clone(), Word::Cell));
        Self(own.chain(services).chain(cells).collect())
    }

    /// What a name stands for.
    pub(crate) fn get(&self, name: &str) -> Option<Word> {
        self.0.get(name).copied()
    }

    /// All names, sorted.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    /// What the piece of a value stands for, if it is such a name.
    pub(crate) fn of_piece(&self, piece: &Piece) -> Option<Word> {
        match piece {
            Piece::Variable(variable) => self.of_variable(&variable.value),
            Piece::Literal(_) | Piece::Wildcard(_) | Piece::Any(_) | Piece::Capture(_) => None,
        }
    }

    /// What a variable stands for, if it is such a name.
    pub(crate) fn of_variable(&self, variable: &Variable) -> Option<Word> {
        self.get(variable.captured()?)
    }

    /// The names that the story uses.
    pub(crate) fn used_in(&self, script: &Script) -> BTreeSet<String> {
        let variables = script.pieces().flat_map(Piece::variables);
        let names = variables.filter_map(|(variable, _)| variable.captured());
        let known = names.filter(|name| self.get(name).is_some());
        known.map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::testing::sound;

    /// The names of a script and those that its story uses.
    fn names_of(story: &str) -> (Vec<String>, Vec<String>) {
        let head = "## requires: conference/text as rooms\n## requires: urn:x\n";
        let script = sound(&format!("{head}[Client] A\n\tjid: a@b\n---\n{story}\n")).script;
        let words = Words::of(&script);
        let used = words.used_in(&script).into_iter().collect();
        (words.names().map(str::to_owned).collect(), used)
    }

    #[test]
    fn what_a_script_captures_is_its_own() {
        let (names, used) = names_of("A sends:\n\t<a b='r@${rooms}'>${domain}</a>");
        assert_eq!(names, ["domain", "rooms", "unique"]);
        assert_eq!(used, ["domain", "rooms"]);
        assert_eq!(
            names_of("A receives:\n\t<a b='$<x:not rooms>'/>").1,
            ["rooms"]
        );
        for capture in ["$<domain>", "$<domain:int>", "{scansion:capture:domain}"] {
            let story = format!("A receives:\n\t<a b='{capture}'/>\n\t<a b='${{domain}}'/>");
            let (names, used) = names_of(&story);
            assert_eq!(names, ["rooms", "unique"], "{capture}");
            assert_eq!(used, [""; 0]);
        }
    }

    #[test]
    fn without_a_client_there_is_no_domain() {
        let script = sound("[Component] A\n\tjid: b\n\tsecret: s\n---\n").script;
        assert_eq!(Words::of(&script).names().collect::<Vec<_>>(), ["unique"]);
    }
}
