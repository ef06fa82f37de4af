//! The story of another script in the place of a prologue: its actors have other names here, and so may its columns.
//!
//! Where the other script comes from is not known here, nor what is wrong with it by itself.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::filling::Filling;
use super::rows::{check_cells, fill_in};
use crate::script::ast::{Actor, ActorName, Piece, Script};
use crate::script::borrowing::{Borrowing, Given};
use crate::script::choice::Choice;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::part::Part;
use crate::script::suggest::closest;
use crate::script::table::Cell;

/// Puts the story of the script that a prologue is taken from before that of the script, if it takes one.
pub(super) fn put_in(script: &mut Script, complaints: &mut Complaints) {
    let borrowing = script.parts.borrowing().cloned();
    let (Some(borrowing), Some(lender)) = (borrowing, script.lender.clone()) else {
        return;
    };
    let mut lender = Script::clone(&lender);
    lender.part_companies();
    if let Some(table) = &mut lender.table {
        *table = Arc::new(check_cells(table, complaints));
    }
    let Meanings { actors, cells } = meanings(&borrowing, &lender, script, complaints);
    lender.recast(&actors);
    let table = lender.table.clone();
    let own = table.iter().flat_map(|table| {
        let names = table.columns.iter().map(|column| column.value.as_str());
        let cells = table.rows.first().into_iter().flat_map(|row| &row.cells);
        names.zip(cells.map(|cell| &cell.value))
    });
    // What is given takes the place of what its own table says.
    fill_in(&mut lender, &mut Filling::new(own.chain(cells)));
    lender.name_selves();
    check_cast(&borrowing, &lender, script, complaints);
    script.begin_with(lender);
}

/// What the names of the other script stand for.
#[derive(Default)]
struct Meanings<'b> {
    actors: BTreeMap<ActorName, ActorName>,
    cells: Vec<(&'b str, &'b Cell)>,
}

fn meanings<'b>(
    borrowing: &'b Borrowing,
    lender: &Script,
    script: &Script,
    complaints: &mut Complaints,
) -> Meanings<'b> {
    let mut meanings = Meanings::default();
    if let Some(table) = lender.table.as_ref().filter(|table| table.rows.len() > 1) {
        let path = borrowing.path.value.clone();
        let heading = table.heading;
        complaints.push(Kind::LenderWithCases { path, heading }.at(borrowing.path.span));
    }
    if lender
        .parts
        .steps(Part::Story, lender.story.len())
        .is_empty()
    {
        let path = borrowing.path.value.clone();
        complaints.push(Kind::LenderWithoutStory { path }.at(borrowing.path.span));
    }
    for given in &borrowing.given {
        let name = &given.name.value;
        let mut cast = lender.cast.iter();
        if let Some(actor) = cast.find(|actor| &*actor.name.value.0 == name.as_str()) {
            match player(given, actor, script) {
                Ok(player) => {
                    meanings.actors.insert(actor.name.value.clone(), player);
                }
                Err(kind) => complaints.push(kind.at(given.written.span)),
            }
        } else if lender
            .table
            .as_ref()
            .is_some_and(|table| table.column(name).is_some())
        {
            meanings.cells.push((name, &given.cell));
        } else {
            complaints.push(unknown(name, borrowing, lender).at(given.name.span));
        }
    }
    meanings
}

/// Who plays an actor of the other script.
fn player(given: &Given, actor: &Actor, script: &Script) -> Result<ActorName, Kind> {
    let name = ActorName::new(&given.written.value);
    let Some(player) = script.actor(&name) else {
        let names = script.cast.iter().map(|actor| &*actor.name.value.0);
        return Err(Kind::UnknownPlayer {
            found: name.to_string(),
            suggestion: closest(&name.0, names).map(str::to_owned),
        });
    };
    match player.role.value == actor.role.value {
        true => Ok(name),
        false => Err(other_role(actor, player)),
    }
}

fn other_role(actor: &Actor, player: &Actor) -> Kind {
    Kind::OtherRole {
        name: actor.name.value.to_string(),
        role: actor.role.value,
        player: player.name.value.to_string(),
        own: player.role.value,
    }
}

fn unknown(name: &str, borrowing: &Borrowing, lender: &Script) -> Kind {
    let actors = lender.cast.iter().map(|actor| actor.name.value.to_string());
    let columns = lender.table.iter().flat_map(|table| &table.columns);
    let columns = columns.map(|column| column.value.clone());
    Kind::UnknownGiven {
        name: name.to_owned(),
        path: borrowing.path.value.clone(),
        known: actors.chain(columns).collect(),
    }
}

/// Sees that everybody who acts or is named in the other script's story is in the cast, and of the same class. What is
/// said of whoever was given a name is told already.
fn check_cast(
    borrowing: &Borrowing,
    lender: &Script,
    script: &Script,
    complaints: &mut Complaints,
) {
    let given = borrowing
        .given
        .iter()
        .map(|given| given.name.value.as_str());
    let given: BTreeSet<&str> = given.collect();
    let is_told = |name: &&ActorName| given.contains(&*name.0);
    let named: BTreeSet<&ActorName> = named(lender).collect();
    for name in named.into_iter().filter(|name| !is_told(name)) {
        let Some(actor) = lender.actor(name) else {
            continue;
        };
        let kind = match script.actor(name) {
            None => Kind::WithoutPlayer {
                name: name.to_string(),
                path: borrowing.path.value.clone(),
                actor: actor.name.span,
            },
            Some(player) if player.role.value != actor.role.value => other_role(actor, player),
            Some(_) => continue,
        };
        complaints.push(kind.at(borrowing.path.span));
    }
}

/// All who act or are named in the story.
fn named(script: &Script) -> impl Iterator<Item = &ActorName> {
    let steps = script.parts.steps(Part::Story, script.story.len());
    script.story[steps].iter().flat_map(|action| {
        let variables = action.verb.pieces().flat_map(Piece::variables);
        let named = variables.filter_map(|(variable, _)| variable.actor());
        std::iter::once(&action.actor.value).chain(named)
    })
}

impl Script {
    /// Gives other names to actors, wherever they are named.
    fn recast(&mut self, names: &BTreeMap<ActorName, ActorName>) {
        let recast = |name: &mut ActorName| {
            if let Some(other) = names.get(name) {
                *name = other.clone();
            }
        };
        for actor in &mut self.cast {
            recast(&mut actor.name.value);
        }
        for action in Arc::make_mut(&mut self.story) {
            recast(&mut action.actor.value);
        }
        self.each_variable_mut(&mut |variable| {
            variable.actor_mut().into_iter().for_each(recast);
        });
    }

    /// Plays the story of another script first, as the prologue.
    fn begin_with(&mut self, lender: Script) {
        let steps = lender.parts.steps(Part::Story, lender.story.len());
        let count = steps.len();
        let lent = lender.choices.into_iter();
        let lent = lent.filter(|choice| steps.contains(&choice.steps().start));
        let lent: Vec<Choice> = lent.map(|choice| choice.moved(steps.start, 0)).collect();
        let own = std::mem::take(&mut self.choices).into_iter();
        let own = own.map(|choice| choice.moved(0, count));
        self.choices = lent.into_iter().chain(own).collect();
        for heading in &mut self.parts.headings {
            if heading.part != Part::Prologue {
                heading.first += count;
            }
        }
        self.constants.extend(lender.constants);
        let lent = lender.story[steps].iter().cloned();
        Arc::make_mut(&mut self.story).splice(0..0, lent);
    }
}

impl Choice {
    /// The same, when its steps have moved from behind so many others to behind so many.
    fn moved(mut self, from: usize, to: usize) -> Self {
        for alternative in &mut self.alternatives {
            let steps = &alternative.steps;
            alternative.steps = steps.start - from + to..steps.end - from + to;
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use crate::script::{Part, Reading, Requirement, read_with};
    use crate::source::SourceFile;

    const LENDER: &str = "## requires: conference/text as rooms\n## strict\n\
        [Cases]\n\t| room | e |\n\t| hall@${rooms} | |\n\
        [Client] Owner\n\tjid: owner@b\n\tpassword: secret\n\
        [Client] Guest\n\tjid: guest@b\n\tpassword: secret\n---\n\
        Prologue\nGuest connects\nStory\nOwner connects\n\
        Owner sends:\n\t<presence to='${room}/o' id='${e}'>${Owner's JID}</presence>\n\
        Either\n\tOwner receives:\n\t\t<a b='$<x:not Owner's full JID>'/>\nor\n\tOwner receives nothing\n\
        Epilogue\nOwner disconnects\n";

    /// A script with this prologue and story, and the other one with the path `p/b.scs`.
    fn reading(prologue: &str, story: &str) -> Reading {
        let cast = "[Client] Romeo\n\tjid: romeo@b\n\tpassword: secret\n\
                    [Client] Owner\n\tjid: other@b\n\tpassword: secret\n";
        let text = format!(
            "# T\n## requires: conference/text as rooms\n{cast}---\n{prologue}Story\n{story}"
        );
        read_with(SourceFile::new("p/a.scs", &text), &|path| {
            assert_eq!(path.to_str(), Some("p/b.scs"));
            Ok(SourceFile::new("p/b.scs", LENDER))
        })
    }

    /// The problems, each with its place.
    fn told(reading: &Reading) -> Vec<String> {
        let problems = reading.problems.iter();
        let source = &reading.script.source;
        problems
            .map(|problem| format!("{} {}", source.locate(problem.span), problem.kind))
            .collect()
    }

    const STORY: &str =
        "Owner connects\nEither\n\tOwner receives nothing\nor\n\tOwner receives:\n\t\t<a/>\n";

    #[test]
    fn the_other_story_is_played_first() {
        let prologue = "Prologue: b.scs\n\tOwner is Romeo\n\troom is orchard@${rooms}\n";
        let reading = reading(prologue, STORY);
        assert_eq!(told(&reading), [""; 0]);
        let play = reading.play();
        let all = play.story.len();
        assert_eq!(play.parts.steps(Part::Prologue, all), 0..4);
        assert_eq!(play.parts.steps(Part::Story, all), 4..7);
        let choices = play.choices.iter().map(|choice| choice.steps());
        assert_eq!(choices.collect::<Vec<_>>(), [2..4, 5..7]);
        let written = play.to_string();
        let (_, story) = written.split_once("Romeo connects\n\n").unwrap();
        let (story, _) = story.split_once("\nStory").unwrap();
        assert_eq!(
            story,
            "Romeo sends:\n\t<presence to='orchard@${rooms}/o'>${Romeo's JID}</presence>\n\n\
             Either\n\tRomeo receives:\n\t\t<a b='$<x:not Romeo's full JID>'/>\nor\n\tRomeo receives: nothing\n"
        );
    }

    #[test]
    fn what_is_given_can_be_about_who_acts() {
        let reading = reading(
            "Prologue: b.scs\n\tOwner is Romeo\n\troom is ${self's JID}\n",
            STORY,
        );
        assert_eq!(told(&reading), [""; 0]);
        let written = reading.play().to_string();
        assert!(
            written.contains("<presence to='${Romeo's JID}/o'>"),
            "{written}"
        );
    }

    #[test]
    fn what_is_not_given_is_as_the_other_script_has_it() {
        let reading = reading(
            "Prologue: b.scs\n",
            "Romeo connects\nRomeo receives nothing\n",
        );
        assert_eq!(told(&reading), [""; 0]);
        let story = reading.play().to_string();
        assert!(
            story.contains("Owner sends:\n\t<presence to='hall@${rooms}/o'>"),
            "{story}"
        );
    }

    #[test]
    fn the_script_is_printed_as_it_is_written() {
        let prologue = "# 1\nPrologue: b.scs\n\t# 2\n\tOwner is Romeo\n\troom is \" a\"\n";
        let written = reading(prologue, STORY).script.to_string();
        assert!(
            written.contains(&format!("\n{prologue}\nStory\n")),
            "{written}"
        );
    }

    #[test]
    fn requirements_are_for_the_play_and_other_tags_for_the_steps() {
        let reading = reading("Prologue: b.scs\n\tOwner is Romeo\n", STORY);
        let play = reading.play();
        let rooms: Requirement = "conference/text as rooms".parse().unwrap();
        assert_eq!(crate::script::requirements(play), [rooms]);
        let plan = crate::plan::resolve(play, &crate::plan::PlanOptions::default()).unwrap();
        let strict =
            (0..7).map(|step| plan.terms_of(step).receiving == crate::plan::Receiving::Next);
        assert_eq!(
            strict.collect::<Vec<_>>(),
            [true, true, true, true, false, false, false]
        );
    }

    #[test]
    fn errors_in_the_other_script_are_told_where_they_are() {
        let text = "# T\n[Client] Owner\n\tjid: a@b\n\tpassword: c\n---\nPrologue: b.scs\nStory\nOwner receives nothing\n";
        let lender = "# T\n## strikt\n## sync: off\n[Client] Owner\n\tjid: a@b\n---\nOwner receives:\n\t<a>${x}</b>\n";
        let reading = read_with(SourceFile::new("a.scs", text), &|_| {
            Ok(SourceFile::new("b.scs", lender))
        });
        assert_eq!(
            told(&reading),
            [
                "a.scs:8:1 `Owner` has not connected",
                "b.scs:3:1 `off` is not a value of the tag `sync`",
                "b.scs:7:1 `Owner` has not connected",
                "b.scs:8:5 the variable `x` has no value here",
                "b.scs:8:9 `</b>` closes `<a>`",
            ]
        );
    }
}
