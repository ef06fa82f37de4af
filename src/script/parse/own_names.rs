//! Names of the script that read like something computed: an actor called `sha1 x`, a captured `now`. They win.
//!
//! What a script captures is known when all of it was read, so this is done at the end.

use std::collections::BTreeSet;

use crate::formula::Function;
use crate::script::ast::{Script, Variable};
use crate::script::requirement;
use crate::script::variable::NOW;

/// Takes such variables for the names that they are.
pub(super) fn settle(script: &mut Script) {
    let own = Own::of(script);
    if own.names.is_empty() && own.actors.is_empty() {
        return;
    }
    script.each_variable_mut(&mut |variable| own.settle(variable));
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
    use crate::script::ast::Piece;
    use crate::script::testing::sound;

    /// How the last variable of a story is read, in a cast with this actor.
    #[track_caller]
    fn read(actor: &str, story: &str) -> String {
        let head = "## requires: conference/text as sha256\n";
        let cast = format!("[Client] A\n\tjid: a@b\n[Client] {actor}\n\tjid: c@b\n");
        let parsed = sound(&format!("{head}{cast}---\n{story}\n"));
        match parsed.script.pieces().last().unwrap() {
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
    fn what_another_script_is_given_means_the_names_of_this_one() {
        let table = "[Cases]\n\t| now |\n\t| 1 |\n";
        let cast = "[Client] A\n\tjid: a@b\n[Client] sha1 x\n\tjid: c@b\n";
        let given = "\troom is ${sha1 x's JID}\n\ttime is ${now}\n";
        let text = format!("{table}{cast}---\nPrologue: b.scs\n{given}Story\nA connects\n");
        let parsed = sound(&text);
        let given = &parsed.script.parts.borrowing().unwrap().given;
        let pieces = given.iter().flat_map(|given| &given.cell.pieces);
        let variables = pieces.flat_map(Piece::named);
        let variables: Vec<String> = variables
            .map(|(variable, _)| format!("{variable:?}"))
            .collect();
        assert_eq!(
            variables,
            ["BareJid(ActorName(\"sha1 x\"))", "Captured(\"now\")"]
        );
    }

    #[test]
    fn a_service_wins() {
        assert_eq!(read("B", &sent("${sha256}")), "Captured(\"sha256\")");
    }
}
