//! What `docs/ledger.md` and `docs/servers.md` say of a server, held against a run of `spec` on it. What differs is told
//! by name; a server of another version has no place in them, and is only named.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Write, stderr};
use std::path::Path;

use scansion::report::model::{Bearing, Report, Script, Verdict};

use crate::pages::{Table, document, linked_script, tables, tables_of};
use crate::program::{scansion, text};

/// Both pages say what this run has shown; its report is in a file, too.
pub fn assert_kept(report: &Report, file: &Path) {
    let server = report.run.server.as_deref().unwrap_or_default();
    let ledger = ledger_differs(report, file, server);
    let servers = servers_differ(report, server);
    for (page, differs) in [("ledger", &ledger), ("servers", &servers)] {
        if differs.is_none() {
            // Past what the test runner hides of a test that passes.
            let _ = writeln!(stderr(), "NOT TRIED: docs/{page}.md does not have {server}");
        }
    }
    let (ledger, servers) = (ledger.unwrap_or_default(), servers.unwrap_or_default());
    assert!(
        ledger.is_empty() && servers.is_empty(),
        "{server} is otherwise than the pages say. Run `make ledger` for docs/ledger.md: {ledger:#?}, and `make \
         matrix` for docs/servers.md: {servers:#?}"
    );
}

/// Whether a play says nothing for sure: one that passes at another attempt may do so by chance, and one whose set-up
/// is refused may be refused it by chance.
fn is_unsettled(play: &Script) -> bool {
    match play.verdict {
        Verdict::Errored | Verdict::NotRun | Verdict::NotTested => true,
        Verdict::Passed | Verdict::Failed | Verdict::Deviated | Verdict::NotSupported => play.flaky,
    }
}

/// The scripts with a play that says nothing for sure.
fn unsettled(report: &Report) -> BTreeSet<&str> {
    let plays = report.scripts.iter().filter(|play| is_unsettled(play));
    plays.map(|play| play.case.path()).collect()
}

// ---- docs/ledger.md -----------------------------------------------------------------------------------------

/// What a page says of a clause on which a server was judged: it keeps or breaks it, or deviates. Whether a step is
/// reached at all also depends on what other plays do to the server meanwhile.
const JUDGED: [&str; 3] = ["✓ kept", "✕ broken", "≠ departed from"];

/// What came of a clause, and which scripts claim it.
struct Came {
    verdict: String,
    scripts: String,
}

fn ledger_differs(report: &Report, file: &Path, server: &str) -> Option<Vec<String>> {
    let page = clauses(&tables_of("ledger.md"), server)?;
    let path = file.to_str().unwrap();
    let now = scansion(&["ledger", "spec", path, "--report=markdown"]).output();
    let now = now.unwrap();
    assert!(now.status.success(), "{}", text(&now));
    let now = clauses(&tables(&String::from_utf8(now.stdout).unwrap()), server)?;
    let unsettled = unsettled(report);
    let is_settled = |came: &Came| !unsettled.iter().any(|script| came.scripts.contains(script));
    let differs = page.iter().filter_map(|(clause, then)| {
        let now = now.get(clause).filter(|now| is_settled(now))?;
        let (then, now) = (&*then.verdict, &*now.verdict);
        let are_judged = JUDGED.contains(&then) && JUDGED.contains(&now);
        let told = || format!("{clause}: {then} in the page, {now} in this run");
        (are_judged && then != now).then(told)
    });
    Some(differs.collect())
}

/// What came of each clause on a server, if there is a column of it.
fn clauses(tables: &[Table], server: &str) -> Option<BTreeMap<String, Came>> {
    let tables = tables.iter().filter(|table| table.head[0] == "§");
    let mut clauses = BTreeMap::new();
    for table in tables {
        let (column, scripts) = (table.column(server)?, table.column("Scripts")?);
        clauses.extend(table.rows.iter().map(|row| {
            let (section, _) = row[0].trim_start_matches('[').split_once(']').unwrap();
            let came = Came {
                verdict: row[column].clone(),
                scripts: row[scripts].clone(),
            };
            (format!("{} §{section} {}", table.heading, row[1]), came)
        }));
    }
    Some(clauses)
}

// ---- docs/servers.md ----------------------------------------------------------------------------------------

fn servers_differ(report: &Report, server: &str) -> Option<Vec<String>> {
    let tables = tables_of("servers.md");
    let title = title(server);
    let table = tables.iter().find(|table| table.head[0] == title)?;
    let differs = [
        known_differ(&tables, &title, report),
        counts_differ(table, report),
    ];
    Some(differs.concat())
}

/// Name and version alone, as the page has them, without what a distribution adds.
fn title(server: &str) -> String {
    let (name, version) = server.split_once(' ').unwrap_or((server, ""));
    let digits = |character: char| character.is_ascii_digit() || character == '.';
    let end = version.find(|character| !digits(character));
    format!("{name} {}", &version[..end.unwrap_or(version.len())])
}

/// The plays of the suite, with the scripts that they are of.
fn plays(report: &Report) -> impl Iterator<Item = (&str, &Script)> {
    let plays = report.scripts.iter();
    let plays = plays.map(|play| (play.case.path(), play));
    plays.filter(|(script, _)| script.starts_with("spec/"))
}

fn is_known(play: &Script) -> bool {
    let mut departures = play.departures.iter();
    departures.any(|departure| departure.bearing == Bearing::Known)
}

/// The scripts of which these tables say that this server fails them.
fn scripts_in<'a>(tables: impl Iterator<Item = &'a Table>, title: &str) -> BTreeSet<String> {
    let rows = tables.flat_map(|table| &table.rows);
    let of_server = rows.filter(|row| row[1].split(", ").any(|server| server == title));
    of_server.map(|row| linked_script(&row[0])).collect()
}

fn known_differ(tables: &[Table], title: &str, report: &Report) -> Vec<String> {
    let of_scripts = tables.iter().filter(|table| table.head[1] == "Servers");
    let all = scripts_in(of_scripts.clone(), title);
    let seen = of_scripts.filter(|table| table.heading == "What is known");
    let mut gone = scripts_in(seen, title);
    let known = plays(report).filter(|(_, play)| is_known(play));
    let known: BTreeSet<String> = known.map(|(script, _)| script.to_owned()).collect();
    let unsettled = unsettled(report);
    gone.retain(|script| !known.contains(script) && !unsettled.contains(script.as_str()));
    let gone = gone.iter();
    let gone = gone.map(|script| format!("{script} fails in the page, and not in this run"));
    let missing = known.difference(&all);
    let missing = missing.map(|script| format!("{script} is not in the page, and fails as known"));
    gone.chain(missing).collect()
}

/// In which counts of a document a run differs, by more plays than those that say nothing for sure.
fn counts_differ(table: &Table, report: &Report) -> Vec<String> {
    let counts = &counts(report);
    let differs = table.rows.iter().flat_map(|row| {
        let document = &row[0];
        let most = unsettled_in(table, row) + unsettled_of(report, document);
        let cells = table.head.iter().zip(row).skip(1);
        cells.filter_map(move |(kind, cell)| {
            let key = (document.clone(), kind.as_str());
            let (page, now) = (number(cell), counts.get(&key).copied().unwrap_or_default());
            let told = || format!("{document}, {kind}: {page} in the page, {now} in this run");
            (page.abs_diff(now) > most).then(told)
        })
    });
    differs.collect()
}

fn number(cell: &str) -> usize {
    cell.parse().unwrap_or_default()
}

/// How many plays about a document said nothing for sure when the page was made.
fn unsettled_in(table: &Table, row: &[String]) -> usize {
    let kinds = ["not tested", "error"].iter();
    let columns = kinds.filter_map(|kind| table.column(kind));
    columns.map(|column| number(&row[column])).sum()
}

fn unsettled_of(report: &Report, wanted: &str) -> usize {
    let plays = plays(report).filter(|(_, play)| is_unsettled(play));
    plays
        .filter(|(script, _)| document(script) == wanted)
        .count()
}

/// How many plays about a document are of each kind.
fn counts(report: &Report) -> BTreeMap<(String, &'static str), usize> {
    let mut counts = BTreeMap::new();
    for (script, play) in plays(report) {
        *counts.entry((document(script), kind(play))).or_default() += 1;
    }
    counts
}

/// What the tables count a play as.
fn kind(play: &Script) -> &'static str {
    match play.verdict {
        Verdict::Passed => "passed",
        Verdict::Failed if is_known(play) => "known",
        Verdict::Failed => "failed",
        Verdict::Deviated => "deviating",
        Verdict::NotSupported => "not supported",
        Verdict::NotTested => "not tested",
        Verdict::Errored | Verdict::NotRun => "error",
    }
}
