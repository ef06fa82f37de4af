//! Several reports side by side: what came of each script on each server.
//!
//! Unlike what is merged, nothing is added up across reports, and no verdict is given. What differs between servers
//! comes first. Where reports lie and how the table gets to its readers is not known here.

mod cell;
mod html;
mod markdown;
mod page;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use thiserror::Error;

use super::model::{Report, Script};
use crate::case::CaseId;
use crate::software::Software;
use crate::verdict::Status;
use crate::visible::harmless_line;
use cell::{Cell, Round};
pub use page::is_page_of;

/// A report that is to be a column.
#[derive(Debug, Clone)]
pub struct Source {
    /// The report.
    pub report: Report,
    /// The path of its file, as it was given.
    pub path: PathBuf,
    /// What the user wants the column to be called.
    pub title: Option<String>,
    /// The absolute path of the same report as a page, where there is one.
    pub page: Option<PathBuf>,
}

/// The table: a row for each script, a column for each report.
#[derive(Debug, Clone)]
pub struct Matrix {
    columns: Vec<Column>,
    rows: Vec<Row>,
}

/// A report.
#[derive(Debug, Clone)]
struct Column {
    /// What no other column is called.
    title: String,
    software: Software,
    report: Report,
    path: String,
    page: Option<PathBuf>,
}

/// A script.
#[derive(Debug, Clone)]
struct Row {
    case: CaseId,
    title: String,
    /// What came of it, by the columns; none where the report has nothing of it.
    cells: Vec<Option<Cell>>,
    kind: Kind,
    /// What was supported and is not any more.
    losses: Vec<Loss>,
}

/// Of which kind a row is, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// It is not the same on all servers.
    Differs,
    /// Whichever server tells anything has to be looked at.
    Red,
    /// Everything else.
    Same,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Differs, Self::Red, Self::Same];

    /// What stands above the rows of this kind, of which there are so many.
    fn heading(self, count: usize) -> String {
        match self {
            Self::Differs => format!("Not the same everywhere ({count})"),
            Self::Red => format!("Red everywhere ({count})"),
            Self::Same => format!("The same everywhere ({count})"),
        }
    }
}

/// That what a column supported is not supported by another one, which is of a later version of the same software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Loss {
    on: usize,
    before: usize,
}

impl Matrix {
    /// Puts reports side by side, in their order.
    pub fn new(sources: Vec<Source>) -> Self {
        let columns = columns(sources);
        let mut rows: Vec<Row> = gathered(&columns)
            .into_iter()
            .map(|(case, cells)| row(case, cells, &columns))
            .collect();
        rows.sort_by(|one, other| (one.kind, &one.case).cmp(&(other.kind, &other.case)));
        Self { columns, rows }
    }

    /// Writes it in a form, to be read in a folder, which is an absolute path.
    pub fn write(&self, form: Form, folder: &Path) -> String {
        match form {
            Form::Markdown => markdown::write(self, folder),
            Form::Html => html::write(self, folder),
        }
    }

    /// What the table says, in a line.
    pub fn headline(&self) -> String {
        let count = |kind| self.of_kind(kind).count();
        let counted = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        };
        format!(
            "{} in {}: {} not the same everywhere, {} red everywhere",
            counted(self.rows.len(), "script"),
            counted(self.columns.len(), "report"),
            count(Kind::Differs),
            count(Kind::Red)
        )
    }

    fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.kind == kind)
    }

    /// What was supported and is not any more, with the rows about that; by columns.
    fn losses(&self) -> BTreeMap<Loss, Vec<&Row>> {
        let mut losses: BTreeMap<Loss, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            for loss in &row.losses {
                losses.entry(*loss).or_default().push(row);
            }
        }
        losses
    }

    /// What stands above the list of what one loss is about.
    fn loss_heading(&self, loss: Loss) -> String {
        let (on, before) = (&self.columns[loss.on], &self.columns[loss.before]);
        format!(
            "Supported on {}, and not supported any more on {}:",
            before.title, on.title
        )
    }

    /// What is to be known of the table itself.
    fn notes(&self) -> Vec<String> {
        let cells = |row: &Row| row.cells.iter().flatten().count();
        let is_missing = self.rows.iter().any(|row| cells(row) < self.columns.len());
        let is_apart = self.columns.len() > 1 && self.rows.iter().all(|row| cells(row) == 1);
        let versions: BTreeSet<&str> = self
            .columns
            .iter()
            .map(|column| column.report.run.scansion.as_str())
            .collect();
        let missing = "— means that the report has nothing of the script.".to_owned();
        let apart = "No script is in two of the reports; scripts are known by their paths, so run them from the same \
                     folder."
            .to_owned();
        let mixed = "The reports are of different versions of scansion.".to_owned();
        let notes = [
            (is_missing, missing),
            (is_apart && is_missing, apart),
            (versions.len() > 1, mixed),
        ];
        let notes = notes.into_iter().filter(|(is_true, _)| *is_true);
        notes.map(|(_, note)| note).collect()
    }
}

/// The reports as columns, no two of which are called the same.
fn columns(sources: Vec<Source>) -> Vec<Column> {
    let columns = sources.into_iter().map(|source| {
        let report = source.report.made_visible();
        let file = source.path.file_stem().unwrap_or_default();
        let file = harmless_line(&file.to_string_lossy());
        let described = report.run.server.clone();
        let given = source.title.map(|title| harmless_line(&title));
        Column {
            software: software(given.as_deref(), described.as_deref()),
            title: given.or(described).unwrap_or(file),
            path: harmless_line(&source.path.to_string_lossy()),
            page: source.page,
            report,
        }
    });
    distinct(columns.collect())
}

/// What a column is about: what the user says of it, if that has a version; or else what the report does.
fn software(given: Option<&str>, described: Option<&str>) -> Software {
    let given = given.map(Software::of);
    let described = described.map(Software::of);
    match given {
        Some(given) if given.version().is_some() || described.is_none() => given,
        Some(_) | None => described.unwrap_or_else(|| Software::of("")),
    }
}

/// Columns of one title get the path of their report, by which they are told from each other; then their place.
fn distinct(mut columns: Vec<Column>) -> Vec<Column> {
    let mut mark = |mark: fn(usize, &Column) -> String| {
        let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
        for (at, column) in columns.iter_mut().enumerate() {
            let alike = titles.iter().filter(|title| **title == column.title);
            if alike.count() > 1 {
                column.title = mark(at, column);
            }
        }
    };
    mark(|_, column| format!("{} ({})", column.title, column.path));
    mark(|at, column| format!("{}, {}", column.title, at + 1));
    columns
}

/// What came of each script, by the columns. A script that was repeated has one cell.
fn gathered(columns: &[Column]) -> BTreeMap<CaseId, Vec<Option<Cell>>> {
    let mut rows: BTreeMap<CaseId, Vec<Option<Cell>>> = BTreeMap::new();
    for (at, column) in columns.iter().enumerate() {
        for (index, script) in column.report.scripts.iter().enumerate() {
            let cells = rows
                .entry(script.case.normal())
                .or_insert_with(|| vec![None; columns.len()]);
            let cell = cells[at].get_or_insert_default();
            cell.add(Round::of(script, index));
        }
    }
    rows
}

fn row(case: CaseId, cells: Vec<Option<Cell>>, columns: &[Column]) -> Row {
    let kind = kind(&cells);
    let losses = (0..columns.len()).filter_map(|on| {
        let before = supported_before(on, &cells, columns)?;
        Some(Loss { on, before })
    });
    Row {
        title: title(&case, &cells, columns),
        kind,
        losses: losses.collect(),
        case,
        cells,
    }
}

/// The title of a script, from the first report that has one beside what it is called.
fn title(case: &CaseId, cells: &[Option<Cell>], columns: &[Column]) -> String {
    let scripts = cells.iter().zip(columns).flat_map(|(cell, column)| {
        let rounds = cell.iter().flat_map(Cell::rounds);
        rounds.map(|round| &column.report.scripts[round.index])
    });
    let mut titles = scripts.filter(|script| script.title != script.case.to_string());
    titles
        .next()
        .map_or_else(|| case.to_string(), |script: &Script| script.title.clone())
}

/// A cell that tells nothing, as the script was not run, makes no difference.
fn kind(cells: &[Option<Cell>]) -> Kind {
    let mut telling = cells
        .iter()
        .flatten()
        .filter(|cell| cell.tells())
        .peekable();
    let Some(first) = telling.peek().map(|first| first.statuses()) else {
        return Kind::Same;
    };
    let cells: Vec<&Cell> = telling.collect();
    if cells.iter().any(|cell| cell.statuses() != first) {
        Kind::Differs
    } else if cells.iter().all(|cell| cell.is_red()) {
        Kind::Red
    } else {
        Kind::Same
    }
}

/// The last version of the same software that supported what is not supported in this column.
fn supported_before(on: usize, cells: &[Option<Cell>], columns: &[Column]) -> Option<usize> {
    if !cells[on].as_ref().is_some_and(Cell::is_unsupported) {
        return None;
    }
    let is_candidate = |at: &usize| {
        cells[*at].as_ref().is_some_and(Cell::is_supported) && is_earlier(*at, on, columns)
    };
    let candidates = (0..columns.len()).filter(is_candidate);
    candidates.reduce(|best, at| match is_earlier(best, at, columns) {
        true => at,
        false => best,
    })
}

/// Whether a column is of an earlier version of the software of another one. Where versions do not tell, the order of
/// the reports does.
fn is_earlier(one: usize, other: usize, columns: &[Column]) -> bool {
    let (earlier, later) = (&columns[one].software, &columns[other].software);
    let order = match (earlier.version(), later.version()) {
        (Some(earlier), Some(later)) => earlier.order(later),
        (Some(_) | None, Some(_) | None) => std::cmp::Ordering::Equal,
    };
    one != other && earlier.is_like(later) && order.then(one.cmp(&other)).is_lt()
}

/// A form in which the table can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a document, a comment, or the summary of a job.
    Markdown,
    /// A page, for people.
    Html,
}

impl Form {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Markdown, Self::Html];
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
        })
    }
}

/// That a word is no form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{_0:?} is not a form of comparisons; there are markdown, html")]
pub struct UnknownForm(String);

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(word: &str) -> Result<Self, UnknownForm> {
        let mut all = Self::ALL.into_iter();
        all.find(|form| form.to_string() == word)
            .ok_or_else(|| UnknownForm(word.to_owned()))
    }
}

impl Matrix {
    /// What came of each run, and what run it was: what a line is about, and its values by the columns.
    fn runs(&self) -> Vec<(String, Vec<String>)> {
        let counts = Status::ALL.into_iter().map(|status| {
            let columns = self.columns.iter();
            let counts = columns.map(|column| column.report.summary().count(status));
            (status, counts.collect::<Vec<_>>())
        });
        let counts = counts.filter(|(_, counts)| counts.iter().any(|count| *count > 0));
        let counts = counts.map(|(status, counts)| {
            let counts = counts.iter().map(usize::to_string);
            (status.to_string(), counts.collect())
        });
        let facts: Vec<[(&str, String); 6]> = self.columns.iter().map(Column::facts).collect();
        let facts = (0..6).filter_map(|at| {
            let (name, _) = facts.first()?.get(at)?;
            let values = facts.iter().map(|facts| facts[at].1.clone());
            Some(((*name).to_owned(), values.collect()))
        });
        counts.chain(facts).collect()
    }
}

impl Column {
    fn facts(&self) -> [(&'static str, String); 6] {
        let Report { run, scripts, .. } = &self.report;
        let server = run.server.clone();
        [
            ("all", scripts.len().to_string()),
            ("server", server.unwrap_or_else(|| "—".to_owned())),
            ("report", self.path.clone()),
            ("started", harmless_line(&started(&self.report))),
            ("took", took(&self.report)),
            ("by scansion", harmless_line(&run.scansion)),
        ]
    }
}

/// When a run began, for people.
fn started(report: &Report) -> String {
    let started = &report.run.started;
    let seconds = started.get(..19).unwrap_or(started);
    format!("{} UTC", seconds.replace('T', " "))
}

/// How long a run took, and whether it came to its end.
fn took(report: &Report) -> String {
    let interrupted = if report.end.interrupted {
        ", interrupted"
    } else {
        ""
    };
    format!("{:.2} s{interrupted}", report.end.duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::model::{Standing, Verdict};
    use crate::report::testing::{sample, script};
    use Verdict::{Errored, Failed, NotRun, NotSupported, Passed};
    use proptest::prelude::*;

    /// A report of a server, in the file of that name.
    fn source(server: &str, file: &str, scripts: &[(&str, Verdict)]) -> Source {
        let mut report = sample();
        report.run.server = Some(server.to_owned()).filter(|server| !server.is_empty());
        let scripts = scripts.iter();
        report.scripts = scripts
            .map(|(title, verdict)| script(title, *verdict))
            .collect();
        Source {
            report,
            path: PathBuf::from(file),
            title: None,
            page: None,
        }
    }

    /// Three servers, and all that there can be in a table of them.
    fn three() -> Matrix {
        let common = [("red", Failed), ("good", Passed), ("never", NotRun)];
        let old = [("carbons", Passed), ("mam|x", Failed), ("good", Passed)];
        let new = [
            ("carbons", NotSupported),
            ("mam|x", NotSupported),
            ("good", Passed),
        ];
        let other = [("carbons", Errored), ("alone", Failed), ("good", Failed)];
        let old = source("Prosody 0.12.3", "r/old.json", &[common, old].concat());
        let new = source("Prosody 13.0.1", "r/new.json", &[common, new].concat());
        let mut other = source(
            "<b>*ejabberd* 23.01",
            "r/a|b.json",
            &[common, other].concat(),
        );
        other.report.scripts.extend(sample().scripts);
        let old = Source {
            page: Some("/home/r/old one.html".into()),
            ..old
        };
        let other = Source {
            page: Some("/home/r/e.html".into()),
            ..other
        };
        // In the order of the versions, which is not that of the reports.
        Matrix::new(vec![new, old, other])
    }

    #[test]
    fn the_table_is_written_in_both_forms() {
        let folder = Path::new("/home/tables");
        insta::assert_snapshot!("markdown", three().write(Form::Markdown, folder));
        let page = three().write(Form::Html, folder);
        let (head, body) = page.split_once("</head>").unwrap();
        assert!(head.contains("default-src 'none'; style-src 'sha256-"));
        let lines = body.replace("<tr", "\n<tr").replace("<t", "\n<t");
        insta::assert_snapshot!("html", lines.replace("\n\n", "\n"));
    }

    fn titles(sources: Vec<Source>) -> Vec<String> {
        let columns = columns(sources).into_iter();
        columns.map(|column| column.title).collect()
    }

    #[test]
    fn no_two_columns_are_called_the_same() {
        let named = |title: &str, source| Source {
            title: Some(title.to_owned()),
            ..source
        };
        let titles = titles(vec![
            source("Prosody 13", "a.json", &[]),
            source("", "b/old.json", &[]),
            source("Prosody 13", "c.json", &[]),
            named("mine\u{1b}", source("Prosody 13", "d.json", &[])),
            named("x", source("", "e.json", &[])),
            named("x", source("", "e.json", &[])),
        ]);
        assert_eq!(
            titles,
            [
                "Prosody 13 (a.json)",
                "old",
                "Prosody 13 (c.json)",
                "mine\\u{1b}",
                "x (e.json), 5",
                "x (e.json), 6"
            ]
        );
    }

    fn losses(sources: Vec<Source>) -> Vec<(usize, usize)> {
        let matrix = Matrix::new(sources);
        let losses = matrix.losses().into_keys();
        losses.map(|loss| (loss.before, loss.on)).collect()
    }

    #[test]
    fn what_is_not_supported_any_more_is_seen_by_version() {
        let (has, lacks) = ([("a", Passed)], [("a", NotSupported)]);
        let [has, lacks] = [has, lacks].map(|scripts| move |server| source(server, "f", &scripts));
        let cases = [
            (vec![has("P 9"), lacks("P 10")], vec![(0, 1)]),
            (vec![lacks("P 10"), has("P 9")], vec![(1, 0)]),
            // It came, or is that of another program.
            (vec![lacks("P 9"), has("P 10")], vec![]),
            (vec![has("P 9"), lacks("Q 10")], vec![]),
            // The last one that had it.
            (
                vec![has("P 9"), has("P 10"), lacks("P 11"), lacks("P 12")],
                vec![(1, 2), (1, 3)],
            ),
            // Without versions it goes by the order.
            (
                vec![has("localhost:5222"), lacks("localhost:5222")],
                vec![(0, 1)],
            ),
            (vec![lacks("P trunk"), has("P trunk")], vec![]),
            (vec![has("P 13"), lacks("P trunk")], vec![(0, 1)]),
        ];
        for (sources, expected) in cases {
            let servers: Vec<_> = sources
                .iter()
                .map(|one| one.report.run.server.clone())
                .collect();
            assert_eq!(losses(sources), expected, "{servers:?}");
        }
        // What could not be found out is not what was there.
        let unknown = source("P 9", "f", &[("a", Errored)]);
        assert_eq!(losses(vec![unknown, lacks("P 10")]), []);
    }

    #[test]
    fn a_name_with_a_version_says_what_an_address_does_not() {
        let named = |title: &str, verdict| Source {
            title: Some(title.to_owned()),
            ..source(&format!("{title}.example:5222"), "f", &[("a", verdict)])
        };
        let sources = vec![named("P 10", NotSupported), named("P 9", Passed)];
        assert_eq!(losses(sources), [(1, 0)]);
    }

    #[test]
    fn reports_that_share_no_script_are_told_so() {
        let notes = Matrix::new(vec![
            source("P 1", "f", &[("a", Passed)]),
            source("P 2", "f", &[("b", Passed)]),
        ])
        .notes();
        assert!(notes[1].contains("known by their paths"), "{notes:?}");
        assert_eq!(
            Matrix::new(vec![source("P 1", "f", &[("a", Passed)])]).notes(),
            Vec::<String>::new()
        );
    }

    #[test]
    fn a_report_of_nothing_can_be_written() {
        for form in Form::ALL {
            let nothing = Matrix::new(vec![source("", "f", &[])]);
            assert!(
                nothing
                    .write(form, Path::new("/"))
                    .contains("0 scripts in 1 report")
            );
            assert_eq!(form.to_string().parse(), Ok(form));
        }
        let unknown = "json".parse::<Form>().unwrap_err().to_string();
        assert!(
            Form::ALL
                .iter()
                .all(|form| unknown.contains(&form.to_string()))
        );
    }

    /// Reports of some scripts, in rounds, with baselines.
    fn any_sources() -> impl Strategy<Value = Vec<Source>> {
        let verdict = prop::sample::select(Verdict::ALL.to_vec());
        let baseline = prop::sample::select(vec![
            None,
            Some(Standing::Known),
            Some(Standing::PassesAgain),
            Some(Standing::Expired),
        ]);
        let scripts = ("[a-d]", verdict, baseline, any::<bool>());
        let scripts = prop::collection::vec(scripts, 0..8);
        let reports = prop::collection::vec((scripts, "(P|Q) [1-3]"), 1..5);
        reports.prop_map(|reports| {
            let sources = reports.into_iter().map(|(scripts, server)| {
                let mut source = source(&server, "f", &[]);
                source.report.scripts = scripts
                    .into_iter()
                    .map(|(title, verdict, standing, flaky)| Script {
                        flaky,
                        baseline: standing.map(|standing| crate::report::model::Baseline {
                            reason: String::new(),
                            expires: None,
                            standing,
                        }),
                        ..script(&title, verdict)
                    })
                    .collect();
                source
            });
            sources.collect()
        })
    }

    proptest! {
        /// Whatever the reports say is in the table once, and nothing else.
        #[test]
        fn cells_say_what_the_reports_do(sources in any_sources()) {
            let matrix = Matrix::new(sources.clone());
            for (at, source) in sources.iter().enumerate() {
                let mut told = BTreeMap::new();
                for row in &matrix.rows {
                    for round in row.cells[at].iter().flat_map(Cell::rounds) {
                        let script = &source.report.scripts[round.index];
                        prop_assert_eq!(&row.case, &script.case);
                        prop_assert_eq!(round.status, script.status());
                        prop_assert!(told.insert(round.index, ()).is_none());
                    }
                }
                prop_assert_eq!(told.len(), source.report.scripts.len());
            }
        }

        /// Rows of one kind stand together, and are of that kind.
        #[test]
        fn what_differs_comes_first(sources in any_sources()) {
            let matrix = Matrix::new(sources.clone());
            prop_assert!(matrix.rows.is_sorted_by_key(|row| row.kind));
            for row in &matrix.rows {
                let scripts = |at: usize| {
                    let all = sources[at].report.scripts.iter();
                    all.filter(|script| script.case == row.case && script.status() != Status::NotRun)
                };
                let seen: BTreeSet<BTreeSet<Status>> = (0..sources.len())
                    .map(|at| scripts(at).map(Script::status).collect())
                    .filter(|statuses: &BTreeSet<Status>| !statuses.is_empty())
                    .collect();
                let mut all = (0..sources.len()).flat_map(scripts);
                prop_assert_eq!(row.kind == Kind::Differs, seen.len() > 1);
                prop_assert_eq!(row.kind == Kind::Red, seen.len() == 1 && all.all(Script::is_red));
            }
        }
    }
}
