//! Names of the script that read like something computed: an actor called `sha1 x`, a captured `now`. They win.
//!
//! What a script captures is known when all of it was read, so this is done at the end.

use std::collections::BTreeSet;

use crate::formula::Function;
use crate::script::ast::{Piece, Script, Variable};
use crate::script::requirement;
use crate::script::variable::NOW;

/// Takes such variables for the names that they are.
pub(super) fn settle(script: &mut Script) {
    let own = Own::of(script);
    if own.names.is_empty() && own.actors.is_empty() {
        return;
    }
    let rows = script.table.iter_mut().flat_map(|table| &mut table.rows);
    for cell in rows.flat_map(|row| &mut row.cells) {
        own.settle_all(&mut cell.value.pieces);
    }
    let story = script.story.iter_mut();
    for stanza in story.flat_map(|action| action.verb.stanzas_mut()) {
        let element = &mut stanza.element;
        element.each_value_mut(&mut |value| own.settle_all(&mut value.pieces));
    }
}

/// The names of a script that read like something computed.
struct Own {
    /// Those of values.
    names: BTreeSet<String>,
    /// Those of actors.
    actors: BTreeSet<String>,
}

impl Own {
    fn of(script: &Script) -> Self {
        let requirements = requirement::requirements(script);
        let services = requirements
            .iter()
            .filter_map(|own| own.service()?.name.as_deref());
        let columns = script.table.iter().flat_map(|table| &table.columns);
        let columns = columns.map(|column| column.value.as_str());
        let names = script.captured().into_iter();
        let actors = script.cast.iter().map(|actor| &*actor.name.value.0);
        Self {
            names: alike(names.chain(services).chain(columns)),
            actors: alike(actors),
        }
    }

    fn settle_all(&self, pieces: &mut [Piece]) {
        for piece in pieces {
            piece.each_variable_mut(&mut |variable| self.settle(variable));
        }
    }

    fn settle(&self, variable: &mut Variable) {
        let Variable::Computed(computed) = variable else {
            return;
        };
        let Some(name) = computed.as_name() else {
            return;
        };
        let of_actor = Variable::of_actor(&name).filter(|(actor, _)| self.actors.contains(*actor));
        if let Some((_, of_actor)) = of_actor {
            *variable = of_actor;
        } else if self.names.contains(&name) {
            *variable = Variable::Captured(name);
        }
    }
}

fn alike<'n>(names: impl Iterator<Item = &'n str>) -> BTreeSet<String> {
    let is_alike = |name: &&str| {
        let word = name.split([' ', '\t']).next().unwrap_or_default();
        word == NOW || Function::named(word).is_some()
    };
    names.filter(is_alike).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::ast::Stanza;
    use crate::script::testing::sound;

    /// How the last variable of a story is read, in a cast with this actor.
    #[track_caller]
    fn read(actor: &str, story: &str) -> String {
        let head = "## requires: conference/text as sha256\n";
        let cast = format!("[Client] A\n\tjid: a@b\n[Client] {actor}\n\tjid: c@b\n");
        let parsed = sound(&format!("{head}{cast}---\n{story}\n"));
        let stanzas = parsed.script.story.iter();
        let stanzas = stanzas.flat_map(|action| action.verb.stanzas());
        match stanzas.flat_map(Stanza::pieces).last().unwrap() {
            Piece::Variable(variable) => format!("{:?}", variable.value),
            other => panic!("no variable: {other:?}"),
        }
    }

    fn sent(variable: &str) -> String {
        format!("A sends:\n\t<a>{variable}</a>")
    }

    #[test]
    fn what_the_script_captures_wins() {
        assert!(read("B", &sent("${now}")).starts_with("Computed(Now"));
        for capture in ["$<now>", "{scansion:capture:now}"] {
            let story = format!("A receives:\n\t<a b='{capture}'/>\n");
            let then = |variable| read("B", &(story.clone() + &sent(variable)));
            assert_eq!(then("${now}"), "Captured(\"now\")");
            assert!(then("${now -1h}").starts_with("Computed(Now"));
            assert!(then("${sha1 ${now}}").contains("Captured(\"now\")"));
        }
        let story = "A receives:\n\t<a b='{scansion:capture:sha1 x}'/>\n".to_owned();
        let then = story + &sent("${sha1 x}");
        assert_eq!(read("B", &then), "Captured(\"sha1 x\")");
    }

    #[test]
    fn actors_of_the_cast_win() {
        let variable = sent("${sha1 x's JID}");
        assert!(read("sha1 x", &variable).starts_with("BareJid"));
        assert!(read("B", &variable).starts_with("Computed"));
    }

    #[test]
    fn a_service_wins() {
        assert_eq!(read("B", &sent("${sha256}")), "Captured(\"sha256\")");
    }
}
