//! `doubt`: scripts are judged by what was recorded of them, with one fault at a time.

use crate::explain::{Done, scansion};

const SCRIPT: &str = "tests/scripts/doubt/greeting.scs";
const TRANSCRIPT: &str = "tests/scripts/doubt/greeting.transcript";
const FOLDER: &str = "tests/scripts/doubt";

fn doubt(arguments: &[&str]) -> Done {
    scansion(&[&["doubt"], arguments].concat())
}

#[test]
fn survivors_are_drawn_under_the_lines_that_let_them_pass() {
    let done = doubt(&[SCRIPT, "--transcripts", FOLDER]).ended(0, &[]);
    insta::assert_snapshot!(done.text);
}

#[test]
fn what_was_noticed_is_listed_on_demand() {
    let words = [
        "  noticed  Juliet line 24: twice",
        "  noticed  Romeo line 31: forbidden",
    ];
    doubt(&[SCRIPT, "--transcripts", FOLDER, "-v"]).ended(0, &words);
    let done = doubt(&[SCRIPT, "--transcripts", FOLDER, "-q"]).ended(0, &["sender"]);
    assert!(!done.text.contains("  noticed  "), "{}", done.text);
}

#[test]
fn survivors_can_be_too_many() {
    let arguments = [SCRIPT, "--transcripts", FOLDER];
    doubt(&[&arguments[..], &["--max-survivors", "1"]].concat()).ended(0, &[]);
    doubt(&[&arguments[..], &["--max-survivors", "0"]].concat()).ended(1, &["1 survived"]);
}

#[test]
fn what_excuses_nothing_is_told() {
    let told = [
        "`# doubt: attribute is fine` excuses nothing",
        "`# doubt: twice is fine` excuses nothing",
    ];
    doubt(&[SCRIPT, "--transcripts", FOLDER]).ended(0, &told);
}

#[test]
fn what_cannot_be_doubted_is_told() {
    doubt(&[TRANSCRIPT]).ended(2, &["greeting.scs", "no play could be doubted"]);
    let other = "tests/scripts/live/hello.scs";
    doubt(&[other, "--transcripts", FOLDER]).ended(2, &["there is no transcript of it"]);
    let order = "tests/cli/plays/b_order.scs";
    let failed = doubt(&[order, "--transcripts", "tests/cli"]);
    failed.ended(2, &["is not doubted: it fails by its recording"]);
    doubt(&[order, "--transcripts", "tests/cli", "--child-order=any"]).ended(0, &["noticed"]);
}

/// What a run of the script with a fault says before anything is connected.
fn with_fault(fault: &str, scripts: &[&str]) -> Done {
    let options = ["--server", "127.0.0.1:9", "--fault", fault];
    scansion(&[&["run"], scripts, &options].concat())
}

#[test]
fn a_fault_that_is_put_in_has_a_place() {
    for (fault, told) in [
        ("Nurse line 24: twice", "not in the cast: Romeo, Juliet"),
        ("Juliet line 3: twice", "it does in 24"),
        (
            "Juliet line 24: swapped",
            "there are missing, twice, elsewhere",
        ),
        ("Romeo line 31: twice", "there are forbidden"),
        ("Juliet line 24: thrice", "`thrice` is no kind of fault"),
        ("Juliet twice", "names no fault"),
        (
            "Juliet line 24: alternative",
            "that another alternative holds is no fault",
        ),
    ] {
        with_fault(fault, &[SCRIPT]).ended(2, &[told]);
    }
    let several = with_fault(
        "Juliet line 24: twice",
        &[SCRIPT, "tests/scripts/live/hello.scs"],
    );
    several.ended(2, &["`--fault` is for one script, and 2 are selected"]);
}

#[test]
fn reports_are_written() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let [json, html] = ["json", "html"].map(|form| format!("{form}={}", path(form)));
    let reports = ["--report", json.as_str(), "--report", html.as_str()];
    doubt(&[&[SCRIPT, "--transcripts", FOLDER], &reports[..]].concat()).ended(0, &["1 survived"]);
    let written = std::fs::read_to_string(path("json")).unwrap();
    assert!(written.contains(r#""finding":"survived""#), "{written}");
    let page = std::fs::read_to_string(path("html")).unwrap();
    assert!(page.contains("1 fault goes unnoticed in 1 play"), "{page}");
    let other = doubt(&[SCRIPT, "--transcripts", FOLDER, "--report", "junit"]);
    other.ended(2, &["json or html, and not as junit"]);
}
