//! A play for each row of the table.

use std::collections::BTreeSet;

use super::filling::{Filling, only_column};
use super::stage::Staged;
use crate::case::CaseId;
use crate::script::ast::{Actor, ActorName, Piece, Script, Stanza};
use crate::script::choice::Choice;
use crate::script::complaints::Complaints;
use crate::script::error::{ScriptError, ScriptErrorKind as Kind};
use crate::script::property;
use crate::script::requirement;
use crate::script::table::{Cell, Row, Table};
use crate::script::verb::{Deed, Verb};
use crate::source::{Span, Spanned};

/// The plays of a script; without a table, it is the only one.
pub(super) fn plays(script: Script) -> Staged {
    let mut complaints = Complaints::default();
    let columns = script.table.iter().flat_map(|table| &table.columns);
    let columns: BTreeSet<&str> = columns.map(|column| column.value.as_str()).collect();
    script
        .cast
        .iter()
        .for_each(|actor| check_part(actor, &columns, &mut complaints));
    let plays = match &script.table {
        None => vec![script],
        Some(table) => {
            check_names(&script, table, &mut complaints);
            let table = &check_cells(table, &mut complaints);
            let plays = table.rows.iter().map(|row| play(&script, table, row));
            let (plays, used): (Vec<_>, Vec<_>) = plays.unzip();
            if !plays.is_empty() {
                let used = used.into_iter().flatten().collect();
                check_use(table, &used, &mut complaints);
            }
            check_choices(&script, &plays, &mut complaints);
            plays
        }
    };
    Staged {
        plays,
        problems: complaints.finish(),
    }
}

/// The play of one row alone.
pub(super) fn one(script: Script, number: usize) -> Option<Script> {
    match &script.table {
        None => (number == 0).then_some(script),
        Some(table) => {
            let table = check_cells(table, &mut Complaints::default());
            let row = table.rows.get(number)?;
            Some(play(&script, &table, row).0)
        }
    }
}

/// The play of a row, and the columns that it uses.
fn play(script: &Script, table: &Table, row: &Row) -> (Script, BTreeSet<String>) {
    let names = table.columns.iter().map(|column| column.value.as_str());
    let cells = row.cells.iter().map(|cell| &cell.value);
    let mut filling = Filling::new(names.zip(cells));
    let mut play = Script {
        case: case(script, table, row),
        ..script.clone()
    };
    fill_in(&mut play, &mut filling);
    let used = filling.used.into_iter().map(str::to_owned);
    (play, used.collect())
}

/// Fills in all that a script says, and takes out who takes no part.
pub(super) fn fill_in(play: &mut Script, filling: &mut Filling<'_>) {
    let absent = part(&mut play.cast, filling);
    filling.fill(play);
    if !absent.is_empty() {
        play.go_without(&absent);
    }
}

/// A table of one row only names what it is made of.
fn case(script: &Script, table: &Table, row: &Row) -> CaseId {
    let cells = row.cells.iter().map(|cell| cell.value.text.clone());
    match table.rows.len() {
        1 => script.case.clone(),
        _ => script.case.with_row(cells.collect()),
    }
}

/// Takes those from the cast who take no part, and gives their names.
fn part(cast: &mut Vec<Actor>, filling: &mut Filling<'_>) -> BTreeSet<ActorName> {
    let mut absent = BTreeSet::new();
    cast.retain_mut(|actor| {
        let column = actor.property(&property::IF);
        let cell = column.and_then(|column| filling.cell(only_column(&column.value)?));
        let is_absent = cell.is_some_and(|cell| cell.text.is_none());
        actor
            .properties
            .retain(|own| own.key.value != &property::IF);
        if is_absent {
            absent.insert(actor.name.value.clone());
        }
        !is_absent
    });
    absent
}

impl Script {
    /// Takes out what these actors do and all that names them, and whatever is empty then.
    fn go_without(&mut self, absent: &BTreeSet<ActorName>) {
        self.replace_steps(|mut action| {
            let is_named = match &action.verb {
                Verb::Does(Deed::SendText(text)) => names_one(text, absent),
                Verb::Does(_) | Verb::Expects(_) | Verb::Rules(_) => false,
            };
            let acts = !absent.contains(&action.actor.value) && !is_named;
            let (compared, sent) = action.verb.blocks_mut();
            let is_left = compared.into_iter().chain(sent).all(|block| {
                let was_empty = block.is_empty();
                block.retain(|stanza| !names_one(stanza, absent));
                was_empty || !block.is_empty()
            });
            Vec::from_iter((acts && is_left).then_some(action))
        });
    }
}

fn names_one(stanza: &Stanza, actors: &BTreeSet<ActorName>) -> bool {
    let variables = stanza.pieces().flat_map(Piece::variables);
    let mut named = variables.filter_map(|(variable, _)| variable.actor());
    named.any(|actor| actors.contains(actor))
}

// What is wrong with it.

/// Sees that `if:` names a column.
fn check_part(actor: &Actor, columns: &BTreeSet<&str>, complaints: &mut Complaints) {
    if let Some(value) = actor.property(&property::IF) {
        let column = only_column(&value.value);
        if column.is_none_or(|column| !columns.contains(column)) {
            complaints.push(Kind::NoColumn.at(value.span));
        }
    }
}

/// Sees that the names of columns are names of nothing else.
fn check_names(script: &Script, table: &Table, complaints: &mut Complaints) {
    for (requirement, tag) in requirement::of_script(script) {
        let name = requirement
            .service()
            .and_then(|service| service.name.as_deref());
        if let Some(column) = name.and_then(|name| table.column(name)) {
            let name = column.value.clone();
            let kind = Kind::ColumnOfService {
                name,
                first: tag.span,
            };
            complaints.push(kind.at(column.span));
        }
    }
    for piece in script.pieces() {
        if let Some(column) = piece.captured().and_then(|name| table.column(name)) {
            let (name, first) = (column.value.clone(), column.span);
            complaints.push(Kind::CapturedColumn { name, first }.at(piece.span()));
        }
    }
}

/// Sees that cells do not name columns, and warns of what means something only in the story. In the table that it gives, those that do are texts.
pub(super) fn check_cells(table: &Table, complaints: &mut Complaints) -> Table {
    let mut checked = table.clone();
    for cell in checked.rows.iter_mut().flat_map(|row| &mut row.cells) {
        if let Some(found) = cell.value.text.as_deref().and_then(wildcard_in) {
            let found = found.to_owned();
            complaints.push(Kind::WildcardInCell { found }.at(cell.span));
        }
        if let Some(name) = column_in(&cell.value, table) {
            complaints.push(Kind::ColumnInCell { name }.at(cell.span));
            let text = cell.value.text.clone().unwrap_or_default();
            cell.value.pieces = vec![Piece::Literal(Spanned::new(text.into(), cell.span))];
        }
    }
    checked
}

/// The first thing in a text that would be a wildcard in the story.
fn wildcard_in(text: &str) -> Option<&str> {
    let found = [("$<", ">"), ("{scansion:", "}")].map(|(begin, end)| {
        let start = text.find(begin)?;
        let length = text[start..].find(end)? + end.len();
        Some(&text[start..start + length])
    });
    found.into_iter().flatten().next()
}

/// The first column that a cell names.
fn column_in(cell: &Cell, table: &Table) -> Option<String> {
    let variables = cell.pieces.iter().flat_map(Piece::variables);
    let mut names = variables.filter_map(|(variable, _)| variable.captured());
    let column = names.find_map(|name| table.column(name))?;
    Some(column.value.clone())
}

/// Warns of columns that no play uses. An actor that takes no part in a play uses none there.
fn check_use(table: &Table, used: &BTreeSet<String>, complaints: &mut Complaints) {
    for column in table
        .columns
        .iter()
        .filter(|column| !used.contains(&column.value))
    {
        let name = column.value.clone();
        complaints.push(Kind::UnusedColumn { name }.at(column.span));
    }
}

/// Warns where a row leaves only silence of an `Either` that is about more, and tells the first one that does. A choice
/// of which nothing is left is as any step of those who take no part.
fn check_choices(script: &Script, plays: &[Script], complaints: &mut Complaints) {
    let choices = script.choices.iter();
    for choice in choices.filter(|choice| !script.is_of_silence(choice)) {
        let is_silenced = |play: &&Script| {
            let left = play.choices.iter().find(|left| choice.has(left.span()));
            left.is_some_and(|left| play.is_of_silence(left))
        };
        let mut silenced = plays.iter().filter(is_silenced);
        if let Some(first) = silenced.next() {
            let is_everywhere = silenced.count() + 1 == plays.len();
            complaints.push(ScriptError {
                row: first.case.row().filter(|_| !is_everywhere),
                ..Kind::OnlySilenceLeft.at(choice.span())
            });
        }
    }
}

impl Script {
    /// Whether all steps of a choice are met by what does not come.
    fn is_of_silence(&self, choice: &Choice) -> bool {
        self.story[choice.steps()]
            .iter()
            .all(|step| match &step.verb {
                Verb::Expects(expected) => expected.mode.is_of_silence(),
                Verb::Does(_) | Verb::Rules(_) => false,
            })
    }
}

impl Choice {
    /// Whether this is the line of one of its alternatives.
    fn has(&self, line: Span) -> bool {
        let mut alternatives = self.alternatives.iter();
        alternatives.any(|alternative| alternative.span == line)
    }
}

#[cfg(test)]
mod tests {
    use crate::script::ast::Script;
    use crate::script::stage;
    use crate::script::staging::stage_one;
    use crate::script::testing::sound;

    const CAST: &str =
        "[Client] A\n\tjid: a@b\n\tresource: ${a}\n\n[Client] B\n\tjid: b@b\n\tif: ${b}\n";

    #[track_caller]
    fn plays(rows: &str, story: &str) -> Vec<Script> {
        let table = format!("[Cases]\n\t| a | b |\n{rows}");
        let staged = stage(&sound(&format!("{table}{CAST}---\n{story}\n")).script);
        assert_eq!(staged.problems, []);
        staged.plays
    }

    #[test]
    fn one_play_is_made_as_all_are() {
        let text = "[Cases]\n\t| a |\n\t| 1 |\n\t| ${self's JID} |\n[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b\n\
                    ---\nA and B connect\nA and B receive:\n\t<a to='${a}'/>\n";
        for (text, count) in [(text, 2), ("[Client] A\n\tjid: a@b\n---\nA connects\n", 1)] {
            let script = sound(text).script;
            let one = |number| stage_one(&script, number).map(|play| format!("{play:?}"));
            let all = stage(&script).plays.into_iter();
            let all: Vec<_> = all.map(|play| Some(format!("{play:?}"))).collect();
            assert_eq!(all.len(), count);
            assert_eq!((0..count).map(one).collect::<Vec<_>>(), all);
            assert_eq!(one(count), None);
        }
    }

    #[test]
    fn a_column_of_an_actor_that_the_first_row_leaves_out_is_used() {
        let cast = "[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b\n\tresource: ${a}\n\tif: ${b}\n";
        for rows in ["\t| 1 | |\n\t| 1 | x |\n", "\t| 1 | x |\n\t| 1 | |\n"] {
            let text = format!("[Cases]\n\t| a | b |\n{rows}{cast}---\nA connects\n");
            assert_eq!(stage(&sound(&text).script).problems, [], "{rows}");
        }
    }

    /// The story of a play in which B does not take part.
    #[track_caller]
    fn without_b(story: &str) -> String {
        let play = &plays("\t| 1 | |\n", story)[0];
        assert_eq!(play.cast.len(), 1);
        let printed = play.to_string();
        let (_, story) = printed.split_once("---------\n").unwrap();
        story.trim().to_owned()
    }

    #[test]
    fn each_row_is_a_play_of_its_own() {
        let plays = plays("\t| 1 | |\n\t| 2 | \"x y\" |\n", "A connects");
        let cases: Vec<String> = plays.iter().map(|play| play.case.to_string()).collect();
        assert_eq!(cases, ["a.scs [1 _]", "a.scs [2 \"x y\"]"]);
        let cast = |play: &Script| {
            let actors = play.cast.iter().map(ToString::to_string);
            actors.collect::<String>()
        };
        assert_eq!(cast(&plays[0]), "[Client] A\n\tjid: a@b\n\tresource: 1\n");
        assert_eq!(
            cast(&plays[1]),
            "[Client] A\n\tjid: a@b\n\tresource: 2\n[Client] B\n\tjid: b@b\n"
        );
    }

    #[test]
    fn one_row_is_called_as_the_script_is() {
        let plays = plays("\t| | 1 |\n", "A connects");
        assert_eq!(plays[0].case.to_string(), "a.scs");
        assert_eq!(plays[0].cast[0].to_string(), "[Client] A\n\tjid: a@b\n");
    }

    #[test]
    fn who_takes_no_part_is_not_named_either() {
        let story = without_b(
            "A connects\nB connects\nA receives:\n\t<a/>\n\t<b c=\"$<x:not B's JID>\"/>\n\
             A sends:\n\t<a>${B's full JID}</a>\nB receives: nothing\nA receives: nothing",
        );
        assert_eq!(
            story,
            "A connects\n\nA receives:\n\t<a/>\n\nA receives: nothing"
        );
        let rule = without_b("A answers:\n\t<a/>\nwith:\n\t<b to=\"${B's JID}\"/>\nA connects");
        assert_eq!(rule, "A connects");
    }

    #[test]
    fn who_takes_no_part_drops_out_of_lists() {
        let story = "A and B connect\nB and A receive: nothing\nB sends:\n\t<a/>";
        let play = &plays("\t| 1 | |\n", story)[0];
        let actors = play.story.iter();
        let actors: Vec<_> = actors
            .map(|action| action.actor.value.to_string())
            .collect();
        assert_eq!(actors, ["A", "A"]);
    }

    #[test]
    fn cells_can_name_the_actor_that_acts() {
        let story = "A and B connect\nA and B receive:\n\t<a to='${b}'/>";
        let plays = plays("\t| 1 | ${self's JID} |\n", story);
        let printed = plays[0].to_string();
        let receives = printed.split("receive:").skip(1);
        let first: Vec<&str> = receives
            .filter_map(|block| block.trim().lines().next())
            .collect();
        assert_eq!(first, ["<a to='${A's JID}'/>", "<a to='${B's JID}'/>"]);
    }

    #[test]
    fn what_is_left_of_a_choice_stays_one() {
        let either =
            "Either\n\tB receives: nothing\nor (b)\n\tA receives:\n\t\t<a b=\"${B's JID}\"/>\n";
        assert_eq!(without_b(&format!("{either}A connects")), "A connects");
        let or = "or\n\tB receives: nothing\n\tA receives:\n\t\t<c/>\n";
        assert_eq!(
            without_b(&format!("{either}{or}A connects")),
            "Either\n\tA receives:\n\t\t<c/>\n\nA connects"
        );
    }

    #[test]
    fn only_silence_that_is_left_of_a_choice_is_told() {
        let told = |rows: &str, either: &str| {
            let story = format!("A connects\n{either}");
            let text = format!("[Cases]\n\t| a | b |\n{rows}{CAST}---\n{story}");
            let problems = stage(&sound(&text).script).problems.into_iter();
            let told = problems.map(|problem| (problem.kind.to_string(), problem.row));
            told.collect::<Vec<_>>()
        };
        let message = "only the silence of this `Either` is left".to_owned();
        let either = "Either\n\tB receives:\n\t\t<a/>\nor\n\tA receives: nothing\n";
        let (with, without) = ("\t| 1 | x |\n", "\t| 2 | |\n\t| 3 | |\n");
        let row = Some("[2 _]".to_owned());
        let both = [with, without].concat();
        assert_eq!(told(&both, either), [(message.clone(), row)]);
        assert_eq!(told(without, either), [(message, None)]);
        assert_eq!(told(with, either), []);
        for unaffected in [
            "Either\n\tB receives: nothing\nor\n\tA receives: nothing\n",
            "Either\n\tB receives:\n\t\t<a/>\nor\n\tB receives: nothing\n",
            "Either\n\tB receives:\n\t\t<a/>\nor\n\tA receives:\n\t\t<a/>\n\tA receives: nothing\n",
        ] {
            assert_eq!(told(&both, unaffected), [], "{unaffected}");
        }
    }

    #[test]
    fn what_would_be_a_wildcard_in_the_story_is_a_text_in_a_cell() {
        let problems = |cell: &str| {
            let text = format!(
                "[Cases]\n\t| a |\n\t| {cell} |\n[Client] A\n\tjid: a@b\n---\nA connects\nA receives:\n\t<message id='${{a}}'/>\n"
            );
            let script = sound(&text).script;
            let problems = stage(&script).problems.into_iter();
            let told = problems.map(|problem| {
                (
                    problem.kind.to_string(),
                    script.source.slice(problem.span).to_owned(),
                )
            });
            told.collect::<Vec<_>>()
        };
        for cell in ["$<_>", "$<x:int>", "{scansion:any}", "\"$<x>\""] {
            let found = cell.trim_matches('"');
            let message = format!("a cell is a text, and so is `{found}` in it");
            assert_eq!(problems(cell), [(message, cell.to_owned())]);
        }
        for cell in ["a < b > c", "$ <x>", "scansion:any"] {
            assert_eq!(problems(cell), [], "{cell}");
        }
    }
}
