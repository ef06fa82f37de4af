//! What is in a table, and in which order.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use proptest::prelude::*;

use super::cell::Cell;
use super::column::columns;
use super::row::Kind;
use super::{Form, Matrix, Source};
use crate::report::model::Script;
use crate::report::testing::{sample, script};
use crate::verdict::Verdict::{Errored, Failed, NotRun, NotSupported, Passed};
use crate::verdict::{Standing, Status, Verdict};

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
