//! Reports as others read them: programs that know nothing of scansion, and the rules that are written down.
//!
//! There are two reports. One is of a run on a real server. The other has every kind of script in it, and texts that
//! would break a careless writer.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use jsonschema::Validator;
use scansion::report::Format;
use scansion::report::json as json_lines;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::program::{root, scansion};

/// A report with every kind of script, as JSON, below the head of a snapshot.
const SAMPLE: &str =
    include_str!("../../src/report/snapshots/scansion__report__format__tests__json.snap");
const SCHEMA: &str = include_str!("../../docs/report.schema.json");
const UNSUPPORTED: &str = "# What nobody has\n## requires: urn:example:nothing\n\
    [Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n---\nRomeo connects\n";

/// A report in all formats, each in a file of that name.
static RUN: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let unsupported = folder.path().join("unsupported.scs");
    fs::write(&unsupported, UNSUPPORTED).unwrap();
    let scripts = [
        "spec/rfc6120/login.scs",
        "tests/cli/doctored/message_full_jid.scs",
        "tests/cli/broken.scs",
        unsupported.to_str().unwrap(),
    ];
    let launched = ["run", "--launch=prosody", "--timeout=5"];
    report_all(folder.path(), &[launched.as_slice(), &scripts].concat());
    folder
});

static ODD: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sample");
    let (_, sample) = SAMPLE.split_once("\n---\n").unwrap();
    fs::write(&path, sample).unwrap();
    report_all(folder.path(), &["report", "merge", path.to_str().unwrap()]);
    folder
});

/// Runs the program, which writes a report in each format.
fn report_all(folder: &Path, arguments: &[&str]) {
    let reports = Format::ALL.map(|format| {
        let path = folder.join(format.name());
        format!("--report={format}={}", path.display())
    });
    let output = scansion(arguments).args(reports).output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

fn file(folder: &TempDir, format: Format) -> PathBuf {
    folder.path().join(format.name())
}

fn text(folder: &TempDir, format: Format) -> String {
    fs::read_to_string(file(folder, format)).unwrap()
}

/// What a reader in `tests/readers/` prints.
#[track_caller]
fn read_by(program: &Path, reader: &str, report: &Path) -> String {
    let output = Command::new(program)
        .arg(root().join("tests/readers").join(reader))
        .arg(report)
        .output();
    let output =
        output.unwrap_or_else(|error| panic!("{}: {error}; run `make test`", program.display()));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        output.status.success(),
        "{said}\nis `make test` to install something?"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[track_caller]
fn read_by_python(reader: &str, report: &Path) -> String {
    read_by(&root().join("target/readers/bin/python"), reader, report)
}

/// The names of files in a folder of chance, without it.
fn at_home(text: &str, folder: &TempDir) -> String {
    let (up, down) = way(root(), folder.path());
    let class = down.replace('.', "_").replace('/', ".");
    text.replace(&format!("{up}{down}"), "FOLDER")
        .replace(folder.path().to_str().unwrap(), "FOLDER")
        .replace(&class, "FOLDER")
}

/// The way from one folder to another, up and down: reports name a script by the way from the working directory.
fn way(from: &Path, to: &Path) -> (String, String) {
    let shared = from.components().zip(to.components());
    let shared = shared.take_while(|(from, to)| from == to).count();
    let up = "../".repeat(from.components().count() - shared);
    let down: PathBuf = to.components().skip(shared).collect();
    (up, down.to_str().unwrap().to_owned())
}

#[test]
fn junit_keeps_to_the_schema_and_is_understood() {
    let read = at_home(
        &read_by_python("junit.py", &file(&RUN, Format::Junit)),
        &RUN,
    );
    let (server, rest) = version(&read);
    assert!(server.starts_with("Prosody "), "{server}");
    insta::assert_snapshot!("junit", rest);
    insta::assert_snapshot!(
        "junit_odd",
        read_by_python("junit.py", &file(&ODD, Format::Junit))
    );
}

/// The server that is named, and the text without its version.
fn version(text: &str) -> (String, String) {
    let (_, after) = text.split_once("server=").unwrap();
    let server = after.split(',').next().unwrap().to_owned();
    let rest = text.replace(&server, "SERVER");
    (server, rest)
}

#[test]
fn tap_is_understood_by_prove() {
    let read = |folder| read_by(Path::new("perl"), "tap.pl", &file(folder, Format::Tap));
    insta::assert_snapshot!("tap", at_home(&read(&RUN), &RUN));
    insta::assert_snapshot!("tap_odd", read(&ODD));
}

#[test]
fn diagnostics_in_tap_are_yaml() {
    let read = |folder| read_by_python("yaml_blocks.py", &file(folder, Format::Tap));
    assert!(read(&RUN).contains("message_full_jid.scs | 43 | "));
    insta::assert_snapshot!("yaml_odd", read(&ODD));
}

/// The schema, by which nothing may be added; that is allowed to later versions only.
fn strict_schema() -> Validator {
    let mut schema: Value = serde_json::from_str(SCHEMA).unwrap();
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        if definition["type"] == "object" {
            definition["additionalProperties"] = false.into();
        }
    }
    jsonschema::validator_for(&schema).unwrap()
}

#[test]
fn json_keeps_to_the_schema() {
    let schema = strict_schema();
    for folder in [&*RUN, &*ODD] {
        for line in text(folder, Format::Json).lines() {
            let value: Value = serde_json::from_str(line).unwrap();
            let error = schema.iter_errors(&value).next();
            assert!(error.is_none(), "{}\n{line}", error.unwrap());
        }
    }
    for wrong in [
        json!({"event": "run-finished", "duration": -1.0, "interrupted": false}),
        json!({"event": "run-finished", "duration": 1.0}),
        json!({"event": "run-finished", "duration": 1.0, "interrupted": false, "more": 1}),
    ] {
        assert!(!schema.is_valid(&wrong), "{wrong}");
    }
}

#[test]
fn what_is_read_and_written_again_is_the_same() {
    for folder in [&*RUN, &*ODD] {
        let written = text(folder, Format::Json);
        assert_eq!(
            json_lines::write(&json_lines::read(&written).unwrap()),
            written
        );
    }
}

/// A workflow command, taken apart as the runner of GitHub Actions does it.
struct Annotation {
    level: String,
    properties: BTreeMap<String, String>,
    message: String,
}

fn annotation(line: &str) -> Annotation {
    let inner = line.strip_prefix("::").unwrap();
    let (command, message) = inner.split_once("::").unwrap();
    let (level, properties) = command.split_once(' ').unwrap();
    let properties = properties.split(',').map(|property| {
        let (key, value) = property.split_once('=').unwrap();
        let value = value.replace("%3A", ":").replace("%2C", ",");
        (key.to_owned(), unescaped(&value))
    });
    Annotation {
        level: level.to_owned(),
        properties: properties.collect(),
        message: unescaped(message),
    }
}

fn unescaped(text: &str) -> String {
    let text = text.replace("%0D", "\r").replace("%0A", "\n");
    text.replace("%25", "%")
}

#[test]
fn annotations_stand_at_lines_of_scripts() {
    let written = text(&RUN, Format::Github);
    let annotations: Vec<Annotation> = written.lines().map(annotation).collect();
    let levels: Vec<&str> = annotations.iter().map(|one| one.level.as_str()).collect();
    assert_eq!(levels, ["error", "error", "notice"]);
    let failed = &annotations[0];
    assert_eq!(
        failed.properties["file"],
        "tests/cli/doctored/message_full_jid.scs"
    );
    assert_eq!(failed.properties["line"], "43");
    assert_eq!(
        failed.properties["title"],
        "Messages to a full JID (failed)"
    );
    assert!(
        failed.message.contains("expected direction='west'"),
        "{}",
        failed.message
    );
    assert!(failed.message.lines().count() > 10, "{}", failed.message);
}

/// Whatever is in a script, it is no command and stays in its line.
#[test]
fn annotations_hide_nothing() {
    let report = json_lines::read(&text(&ODD, Format::Json)).unwrap();
    let written = text(&ODD, Format::Github);
    let annotations: Vec<Annotation> = written.lines().map(annotation).collect();
    let silent = ["passed", "not-supported"];
    let told = report.scripts.iter().filter(|script| {
        let verdict = serde_json::to_value(script.verdict).unwrap();
        script.baseline.is_some() || script.flaky || !silent.contains(&verdict.as_str().unwrap())
    });
    let told: Vec<&str> = told.map(|script| script.case.path()).collect();
    let named = annotations
        .iter()
        .filter_map(|one| one.properties.get("file"));
    assert_eq!(named.collect::<Vec<_>>(), told);
    let failed = &annotations[0];
    assert!(failed.properties["title"].contains("Romeo & <Juliet>, 100% # TODO"));
    assert!(failed.message.contains("error: a, b: 100%\n\n"));
}

/// A fence closes only a block that was opened by one as long (CommonMark §4.5).
#[test]
fn blocks_in_markdown_are_closed() {
    for folder in [&*RUN, &*ODD] {
        let mut open: Option<usize> = None;
        let mut blocks = 0;
        for line in text(folder, Format::Markdown).lines() {
            let ticks = line.len() - line.trim_start_matches('`').len();
            let rest = &line[ticks..];
            match open {
                None if ticks >= 3 && !rest.contains('`') => open = Some(ticks),
                Some(opened) if ticks >= opened && rest.trim().is_empty() => {
                    open = None;
                    blocks += 1;
                }
                _ => {}
            }
            let is_heading = line.starts_with("### ");
            assert!(!is_heading || open.is_none(), "{line}");
        }
        assert_eq!((open, blocks), (None, 2));
    }
}
