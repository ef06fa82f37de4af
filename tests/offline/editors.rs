//! What editors call: problems with their ranges, and texts put in order.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use scansion::script::{parse, tidy};
use scansion::source::SourceFile;
use serde_json::Value;

use crate::program::{assert_ends, root, scansion, text};
use crate::scripts::scripts_below;

// ---- check --format json ------------------------------------------------------------------------------------

/// What is told of scripts, a line each.
fn checked(arguments: &[&str], code: i32) -> Vec<Value> {
    let words = [&["check", "--format", "json"], arguments].concat();
    let output = scansion(&words).output().unwrap();
    assert_ends(&output, code, &[]);
    let lines = String::from_utf8(output.stdout).unwrap();
    let lines = lines.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

#[test]
fn problems_are_told_with_their_ranges() {
    let lines = checked(
        &[
            "tests/cli/broken.scs",
            "tests/cli/client.scs",
            "nowhere.scs",
        ],
        2,
    );
    assert_eq!(lines.len(), 3);
    insta::assert_snapshot!(serde_json::to_string_pretty(&lines[0]).unwrap());
    let sound = serde_json::json!({"path": "tests/cli/client.scs", "problems": []});
    assert_eq!(lines[1], sound);
    assert_eq!(lines[2]["problems"][0]["code"], "unreadable");
}

#[test]
fn a_range_is_the_text_that_the_problem_is_about() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.scs");
    fs::write(
        &path,
        "\u{feff}[Client] Zoë\r\n\tjid: a@b\r\n---\r\nZoë flies\r\n",
    )
    .unwrap();
    let line = checked(&[path.to_str().unwrap()], 2).remove(0);
    let range = &line["problems"][0]["range"];
    let expected = serde_json::json!({
        "start": {"line": 4, "column": 5},
        "end": {"line": 4, "column": 10},
    });
    assert_eq!(*range, expected, "{line}");
}

#[test]
fn warnings_are_errors_for_programs_as_for_people() {
    let script = "tests/cli/suspicious.scs";
    let line = checked(&[script], 0).remove(0);
    assert_eq!(line["problems"][0]["severity"], "warning");
    checked(&["--deny-warnings", script], 2);
}

/// By the schema, to which only later versions may add.
#[test]
fn what_is_told_keeps_to_the_schema() {
    let schema = include_str!("../../docs/check.schema.json");
    let mut schema: Value = serde_json::from_str(schema).unwrap();
    for definition in schema["$defs"].as_object_mut().unwrap().values_mut() {
        definition["additionalProperties"] = false.into();
    }
    let schema = jsonschema::validator_for(&schema).unwrap();
    let lines = checked(&["tests/scripts/bad", "spec", "tests/cli/latin.scs"], 2);
    assert!(lines.len() > 60);
    for line in lines {
        let error = schema.iter_errors(&line).next();
        assert!(error.is_none(), "{}\n{line}", error.unwrap());
    }
}

// ---- fmt ----------------------------------------------------------------------------------------------------

const UNTIDY: &str = "# T\n[Client]  A\n  jid: a@b\n  password:  open-sesame\n----\n\n\n#  c\nA connects:\nA receives :nothing\n";
const TIDY: &str = "# T\n[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n---------\n\n\n#  c\nA connects\nA receives: nothing\n";

/// A folder with a script that is in order and one that is not.
fn folder() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("tidy.scs"), TIDY).unwrap();
    let untidy = folder.path().join("untidy.scs");
    fs::write(&untidy, UNTIDY).unwrap();
    (folder, untidy)
}

fn fmt(folder: &Path, options: &[&str]) -> Output {
    let words = [&["fmt"], options].concat();
    scansion(&words).arg(folder).output().unwrap()
}

#[test]
fn scripts_are_written_in_order() {
    let (folder, untidy) = folder();
    let output = fmt(folder.path(), &[]);
    assert_ends(&output, 0, &[]);
    assert_eq!(text(&output), format!("{}\n", untidy.display()));
    assert_eq!(fs::read_to_string(&untidy).unwrap(), TIDY);
    let again = fmt(folder.path(), &[]);
    assert_ends(&again, 0, &[]);
    assert_eq!(text(&again), "");
}

#[test]
fn a_check_and_a_diff_write_nothing() {
    let (folder, untidy) = folder();
    let checked = fmt(folder.path(), &["--check"]);
    assert_ends(&checked, 1, &[]);
    assert_eq!(text(&checked), format!("{}\n", untidy.display()));
    let shown = fmt(folder.path(), &["--diff"]);
    assert_ends(
        &shown,
        0,
        &[
            "-[Client]  A\n",
            "+[Client] A\n",
            "-A connects:\n",
            "+A connects\n",
        ],
    );
    assert!(!text(&shown).contains("open-sesame"), "{}", text(&shown));
    let table = "[Cases]\n\t| secret |\n\t| open-barley |\n[Client] A\n\tpassword: ${secret}\n---\nA  connects\n";
    let rows = tempfile::tempdir().unwrap();
    fs::write(rows.path().join("rows.scs"), table).unwrap();
    let shown = fmt(rows.path(), &["--diff"]);
    assert_ends(&shown, 0, &["+A connects\n"]);
    assert!(!text(&shown).contains("open-barley"), "{}", text(&shown));
    assert_ends(
        &fmt(folder.path(), &["--check", "--diff"]),
        1,
        &["+A receives: nothing\n"],
    );
    assert_eq!(fs::read_to_string(&untidy).unwrap(), UNTIDY);
    assert_ends(&fmt(&folder.path().join("tidy.scs"), &["--check"]), 0, &[]);
}

#[test]
fn a_script_with_mistakes_stays_as_it_is_and_keeps_no_other_from_order() {
    let (folder, untidy) = folder();
    let broken = "[Client] A\n---\nA  flies\n";
    fs::write(folder.path().join("broken.scs"), broken).unwrap();
    let output = fmt(folder.path(), &[]);
    assert_ends(&output, 2, &["unknown verb `flies`", "broken.scs:3:4"]);
    assert_eq!(
        fs::read_to_string(folder.path().join("broken.scs")).unwrap(),
        broken
    );
    assert_eq!(fs::read_to_string(&untidy).unwrap(), TIDY);
    let nothing = scansion(&["fmt", "docs"]).output().unwrap();
    assert_ends(&nothing, 2, &["no script is selected"]);
}

#[test]
fn a_script_on_the_standard_input_goes_to_the_standard_output() {
    let with = |options: &[&str]| {
        let mut command = scansion(&[&["fmt", "-"], options].concat());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut input = process.stdin.take().unwrap();
        input.write_all(UNTIDY.as_bytes()).unwrap();
        drop(input);
        process.wait_with_output().unwrap()
    };
    let output = with(&[]);
    assert_ends(&output, 0, &[]);
    assert_eq!(text(&output), TIDY);
    assert_ends(&with(&["--check"]), 1, &["-\n"]);
}

/// Scripts of the project and of others, and those in pages.
fn all_scripts() -> Vec<(String, String)> {
    let folders = [
        "spec",
        "examples",
        "tests/scripts",
        "tests/cli",
        "../shared/scripts",
    ];
    let paths = folders.map(|folder| scripts_below(&root().join(folder)));
    let paths = paths.into_iter().flatten();
    paths
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            Some((path.display().to_string(), text))
        })
        .collect()
}

/// The comments and blank lines of a script, in order.
fn kept(text: &str) -> Vec<String> {
    let text = text.replace("\r\n", "\n").replace('\u{feff}', "");
    let lines = text.trim_matches('\n').lines().map(str::trim);
    let is_kept = |line: &&str| {
        let marks = ["#", "//", "--"];
        line.is_empty() || marks.iter().any(|mark| line.starts_with(mark))
    };
    let is_other = |line: &&str| !line.starts_with("---") && !line.starts_with("##");
    let lines = lines.filter(is_kept).filter(is_other);
    lines.map(str::to_owned).collect()
}

#[test]
fn order_is_lasting_and_loses_nothing() {
    let mut count = 0;
    for (name, text) in all_scripts() {
        let Ok(tidied) = tidy(SourceFile::new(&name, &text)) else {
            continue;
        };
        count += 1;
        assert_eq!(
            tidy(SourceFile::new(&name, &tidied)).unwrap(),
            tidied,
            "{name}"
        );
        assert_eq!(kept(&tidied), kept(&text), "{name}");
        let shown = |text: &str| parse(SourceFile::new(&name, text)).script.to_string();
        assert_eq!(shown(&tidied), shown(&text), "{name}");
    }
    assert!(count > 100, "{count}");
}

#[test]
fn the_scripts_of_the_project_are_in_order() {
    for folder in ["spec", "examples"] {
        assert_ends(&fmt(&root().join(folder), &["--check"]), 0, &[]);
    }
}
