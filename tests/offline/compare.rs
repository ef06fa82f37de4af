//! `scansion report compare`: what it reads, what it writes where, and what it says of files that are no reports.

use std::fs;
use std::path::PathBuf;
use std::process::Output;

use scansion::report::model::{End, Report, Run, SCHEMA, Script, Verdict};
use scansion::report::{Format, json};
use tempfile::TempDir;

use crate::program::scansion;

/// A folder with reports and pages.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Writes what came of one script and another one, which always passes.
    fn report(&self, name: &str, server: &str, verdict: Verdict) -> Report {
        let script = |path: &str, verdict| Script {
            attempts: 1,
            ..Script::unreadable(path, verdict, "so it ended")
        };
        let report = Report {
            run: Run {
                schema: SCHEMA,
                scansion: "0.0.0".to_owned(),
                started: "2024-02-29T12:00:00.000Z".to_owned(),
                server: Some(server.to_owned()),
                shuffle: None,
                partition: None,
                selected: Vec::new(),
            },
            scripts: vec![
                script("good.scs", Verdict::Passed),
                script("carbons.scs", verdict),
            ],
            end: End::default(),
        };
        fs::write(self.path(&format!("{name}.json")), json::write(&report)).unwrap();
        report
    }

    /// Writes the page of a report beside it.
    fn page(&self, name: &str, report: &Report) {
        let page = Format::Html.write(report);
        fs::write(self.path(&format!("{name}.html")), page).unwrap();
    }

    fn compare(&self, arguments: &[&str]) -> Output {
        let words = [&["report", "compare"], arguments].concat();
        let mut command = scansion(&words);
        command.current_dir(self.0.path()).output().unwrap()
    }

    /// What is said where all goes well.
    #[track_caller]
    fn said(&self, arguments: &[&str]) -> String {
        let output = self.compare(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, arguments: &[&str], words: &[&str]) {
        let output = self.compare(arguments);
        let text = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        assert_eq!(output.stdout, b"", "{text}");
        for word in words {
            assert!(text.contains(word), "{word} is not in: {text}");
        }
    }
}

#[test]
fn a_table_is_no_verdict() {
    let place = Place::new();
    place.report("old", "Prosody 0.12.3", Verdict::Passed);
    place.report("new", "Prosody 13.0.1", Verdict::NotSupported);
    place.report("other", "ejabberd 23.01", Verdict::Failed);
    // One file, however it is written, is one column.
    let text = place.said(&["new.json", "old.json", "./new.json", "their own=other.json"]);
    let head = "| Script | Prosody 13.0.1 | Prosody 0.12.3 | their own |\n";
    let row =
        "| carbons.scs<br>`carbons.scs` | **▼ not supported any more** | ✓ passed | ✕ failed |\n";
    let loss = "Supported on Prosody 0.12.3, and not supported any more on Prosody 13.0.1:\n\n- carbons.scs";
    for part in [head, row, loss] {
        assert!(text.contains(part), "{part} is not in: {text}");
    }
    assert_eq!(
        text,
        place.said(&[
            "new.json",
            "old.json",
            "their own=other.json",
            "--report",
            "markdown"
        ])
    );
}

#[test]
fn failures_lead_to_the_page_beside_the_report() {
    let place = Place::new();
    let failed = place.report("failed", "Prosody 13.0.1", Verdict::Failed);
    place.page("failed", &failed);
    fs::create_dir(place.path("out")).unwrap();
    let link = "failed.html#script-2";
    assert!(
        place
            .said(&["failed.json"])
            .contains(&format!("[✕ failed]({link})"))
    );
    let to = ["--report=html=out/table.html", "--report=markdown=table.md"];
    let said = place.said(&[&["failed.json"], to.as_slice()].concat());
    assert_eq!(
        said,
        "2 scripts in 1 report: 0 not the same everywhere, 1 red everywhere\n"
    );
    assert!(
        place
            .read("out/table.html")
            .contains(&format!("href=\"../{link}\""))
    );
    assert!(place.read("table.md").contains(&format!("({link})")));
    assert!(place.read("failed.html").contains("id=\"script-2\""));
}

#[test]
fn nothing_leads_to_the_page_of_another_run() {
    let place = Place::new();
    let mut other = place.report("failed", "Prosody 13.0.1", Verdict::Failed);
    other.run.started = "2024-02-29T12:00:01.000Z".to_owned();
    place.page("failed", &other);
    let output = place.compare(&["failed.json"]);
    let (out, err) = [output.stdout, output.stderr]
        .map(|text| String::from_utf8(text).unwrap())
        .into();
    assert!(
        out.contains("✕ failed |") && !out.contains("failed.html"),
        "{out}"
    );
    let warning = "failed.html is not the page of failed.json, so nothing leads there";
    assert!(err.contains(warning), "{err}");
}

#[test]
fn what_is_no_report_is_refused() {
    let place = Place::new();
    place.report("good", "Prosody 13.0.1", Verdict::Passed);
    let newer = place
        .read("good.json")
        .replace("\"schema\":1", "\"schema\":9");
    let half = place.read("good.json");
    for (name, text) in [("xml", "<testsuites/>"), ("empty", "\n"), ("newer", &newer)] {
        fs::write(place.path(name), text).unwrap();
    }
    fs::write(place.path("half"), half.lines().next().unwrap()).unwrap();
    place.assert_refused(
        &["good.json", "xml", "empty", "newer", "half", "x=nowhere"],
        &[
            "xml: line 1: expected value",
            "empty: it is empty; a report that can be read is written by `scansion run --report json=FILE`",
            "newer: the report has version 9",
            "half: there is no line `run-finished`: the report is not complete",
            "nowhere: No such file",
        ],
    );
}

#[test]
fn what_cannot_be_written_is_told() {
    let place = Place::new();
    place.report("good", "Prosody 13.0.1", Verdict::Passed);
    for (to, words) in [
        (
            ["--report=html=no/table", "--report=markdown"],
            "cannot write the report no/table: ",
        ),
        (
            ["--report=html", "--report=markdown"],
            "both go to the standard output",
        ),
        (
            ["--report=html=a", "--report=markdown=./a"],
            "two reports cannot both go to ./a",
        ),
        (
            ["--report=json", "--report=html=a"],
            "there are markdown, html",
        ),
        (
            ["--report=html=/dev/full", "--report=html=/dev/full"],
            "cannot write the report /dev/full: ",
        ),
    ] {
        place.assert_refused(&[["good.json"].as_slice(), &to].concat(), &[words]);
    }
    place.assert_refused(&[], &["required", "FILE"]);
}
