//! The scripts in `spec/` on the servers that are known: each does what it says there, and notices what it should. What
//! the pages of the project say of these servers is what comes of it.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use scansion::report::json;
use scansion::report::model::{Report, Verdict};
use scansion::script::Departure;

use crate::kept_pages::assert_kept;
use crate::launched::Launched;
use crate::program::{assert_ends, root, run, scansion};
use crate::scripts::{reading, scripts_below};

/// How many plays at a time: most of the time each waits for what must not come.
const JOBS: &str = "--jobs=12";

/// The servers with which the tags `## departs` were tried.
const TRIED: [&str; 2] = ["Prosody 0.12", "ejabberd 23.01"];

/// The scripts with a tag that tells of this server, with or without a version, as they are called in a run of `spec`.
fn departing(server: &str) -> BTreeSet<String> {
    let is_own = |path: &PathBuf| {
        let script = reading(path).script;
        let mut tags = script.head.tags.iter();
        tags.any(|tag| {
            let departure = Departure::of_tag(&tag.key, tag.value.as_deref());
            departure.is_some_and(|departure| departure.to_string().starts_with(server))
        })
    };
    let scripts = scripts_below(&root().join("spec")).into_iter();
    scripts.filter(is_own).map(|path| called(&path)).collect()
}

fn called(path: &Path) -> String {
    let path = path.strip_prefix(root()).unwrap();
    path.to_str().unwrap().to_owned()
}

fn report_in(folder: &Path) -> PathBuf {
    folder.join("report.json")
}

/// Plays all scripts on a server. What fails must be known of it.
fn played(server: &str, folder: &Path, more: &[&str]) -> Report {
    let report = report_in(folder);
    let output = run(&[
        &[
            &format!("--launch={server}"),
            "--timeout=4s",
            JOBS,
            "--isolation=run",
            "--unique",
            "--known-departures",
            &format!("--report=json={}", report.display()),
        ],
        more,
        &["spec", "examples"],
    ]
    .concat());
    assert_ends(&output, 0, &[]);
    json::read(&fs::read_to_string(report).unwrap()).unwrap()
}

/// What is known of the servers that were tried happens there, unless the server refuses what it takes to see it.
fn assert_departs(report: &Report) {
    let server = report.run.server.as_deref().unwrap_or_default();
    let Some(tried) = TRIED.iter().find(|tried| server.starts_with(**tried)) else {
        return;
    };
    let mut keeps = departing(tried);
    for script in &report.scripts {
        match script.verdict {
            Verdict::Failed | Verdict::Deviated | Verdict::NotSupported | Verdict::NotTested => {
                keeps.remove(script.case.path());
            }
            Verdict::Passed | Verdict::Errored | Verdict::NotRun => {}
        }
    }
    assert!(keeps.is_empty(), "{server} does as they say: {keeps:#?}");
}

#[test]
fn what_prosody_departs_from_is_known_and_no_fault_goes_unnoticed() {
    let folder = tempfile::tempdir().unwrap();
    let transcripts = folder.path().join("transcripts");
    let transcripts = transcripts.to_str().unwrap();
    let report = played("prosody", folder.path(), &["--transcript", transcripts]);
    assert_departs(&report);
    let doubted = ["doubt", "spec", "--quiet", "--max-survivors=0"];
    let mut doubted = scansion(&[&doubted[..], &["--transcripts", transcripts]].concat());
    assert_ends(&doubted.output().unwrap(), 0, &[" faults: "]);
    assert_kept(&report, &report_in(folder.path()));
}

#[test]
fn what_ejabberd_departs_from_is_known() {
    let folder = tempfile::tempdir().unwrap();
    // Nodes that are made at the same time get in each other's way in its data base, now and then.
    let report = played("ejabberd", folder.path(), &["--retries=2"]);
    assert_departs(&report);
    assert_kept(&report, &report_in(folder.path()));
}

/// Nothing that a script leaves behind is in the way of another one, or of itself. One of four is tried each time.
#[test]
fn scripts_pass_twice_on_one_server() {
    let departing = departing("Prosody");
    let mut scripts = scripts_below(&root().join("spec"));
    scripts.retain(|path| !departing.contains(&called(path)));
    let scripts: Vec<PathBuf> = scripts.into_iter().step_by(4).collect();
    let server = Launched::for_scripts("prosody", &scripts);
    let names: Vec<String> = scripts.iter().map(|path| called(path)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for _ in 0..2 {
        assert_ends(&server.run(&[&[JOBS], &names[..]].concat()), 0, &[]);
    }
}
