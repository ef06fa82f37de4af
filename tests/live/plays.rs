//! The stories of other scripts as prologues, on real servers. Doctored twins must fail.

use std::fs;
use std::path::Path;

use crate::explain::explain;
use crate::judging::assert_ends_on_each;
use crate::program::{assert_ends, root, run};

/// Runs a script with these options on each server.
#[track_caller]
fn assert_played(script: &str, options: &[&str], code: i32, words: &[&str]) {
    let arguments = [&["--timeout=2s", script], options].concat();
    assert_ends_on_each(&arguments, code, words);
}

/// Copies a script with the one that its prologue is from into a folder; in both, a text takes the place of another.
fn doctored(folder: &Path, from: &str, to: &str) -> String {
    for name in ["kick.scs", "room_open.scs"] {
        let text = fs::read_to_string(root().join("spec/xep0045").join(name)).unwrap();
        fs::write(folder.join(name), text.replace(from, to)).unwrap();
    }
    folder.join("kick.scs").display().to_string()
}

/// Where one of these scripts has a text first, as messages say it: `kick.scs:53:`.
fn place_of(name: &str, text: &str) -> String {
    let script = fs::read_to_string(root().join("spec/xep0045").join(name)).unwrap();
    let line = script.lines().position(|line| line.contains(text));
    format!("{name}:{}:", line.unwrap() + 1)
}

#[test]
fn a_story_goes_on_where_that_of_another_script_ends() {
    let script = "spec/xep0045/kick.scs";
    assert_played(script, &[], 0, &["1 passed"]);
    assert_played(script, &["--unique"], 0, &["1 passed"]);
}

#[test]
fn what_fails_is_told_with_both_places() {
    let folder = tempfile::tempdir().unwrap();
    for (from, to, name) in [
        ("code=\"307\"", "code=\"308\"", "kick.scs"),
        ("code=\"201\"", "code=\"299\"", "room_open.scs"),
    ] {
        let script = doctored(folder.path(), from, to);
        let (place, played) = (place_of(name, from), place_of("kick.scs", "Prologue:"));
        let words: &[&str] = match name.starts_with("room") {
            true => &["1 failed", &place, "note: played here", &played],
            false => &["1 failed", &place],
        };
        assert_played(&script, &[], 1, words);
    }
}

#[test]
fn what_is_refused_there_is_not_tested_here() {
    let reason = "the set-up was refused: forbidden, line 40 of ";
    let script = "tests/scripts/live/plays/banned.scs";
    assert_played(script, &[], 0, &["0 passed, 1 not tested", reason]);
    let alone = "tests/scripts/live/plays/banned_enters.scs";
    assert_played(alone, &[], 1, &["1 failed", ".scs:41:"]);
}

#[test]
fn a_transcript_explains_both_stories() {
    let folder = tempfile::tempdir().unwrap();
    let kept = format!("--transcript={}", folder.path().display());
    let script = "spec/xep0045/kick.scs";
    let played = run(&["--timeout=2s", "--launch=prosody", &kept, script]);
    assert_ends(&played, 0, &["1 passed"]);
    let kept = fs::read_dir(folder.path()).unwrap().next().unwrap();
    explain(&kept.unwrap().path(), &[script]).ended(0, &["pass "]);
}
