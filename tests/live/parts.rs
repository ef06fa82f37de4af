//! `Prologue`, `Story` and `Epilogue` on real servers: what is refused is not tested, what a prologue leaves is
//! forgotten, and what an epilogue clears away is gone. Each has a doctored twin that must fail.

use std::fs;

use crate::explain::explain;
use crate::judging::assert_ends_on_each;
use crate::program::{assert_ends, run};

fn script(name: &str) -> String {
    format!("tests/scripts/live/parts/{name}.scs")
}

/// Runs scripts on each server, in this order.
#[track_caller]
fn assert_all_end(names: &[&str], options: &[&str], code: i32, words: &[&str]) {
    let scripts: Vec<String> = names.iter().map(|name| script(name)).collect();
    let scripts: Vec<&str> = scripts.iter().map(String::as_str).collect();
    let arguments = [&["--timeout=2s"], options, scripts.as_slice()].concat();
    assert_ends_on_each(&arguments, code, words);
}

#[test]
fn a_set_up_that_is_refused_is_neither_a_pass_nor_a_failure() {
    let reason = "the set-up was refused: forbidden, line 32";
    let not_tested = ["0 passed, 1 not tested", reason];
    assert_all_end(&["refused"], &[], 0, &not_tested);
    assert_all_end(&["refused"], &["--no-skip"], 1, &["1 failed", reason]);
    assert_all_end(&["otherwise.twin"], &[], 1, &["1 failed", ".scs:25:"]);
}

#[test]
fn a_transcript_tells_as_well_that_nothing_was_tested() {
    for server in ["--launch=prosody", "--launch=ejabberd"] {
        let folder = tempfile::tempdir().unwrap();
        let kept = format!("--transcript={}", folder.path().display());
        let script = script("refused");
        let played = run(&["--timeout=2s", server, &kept, &script]);
        assert_ends(&played, 0, &["1 not tested"]);
        let kept = fs::read_dir(folder.path()).unwrap().next().unwrap();
        let kept = kept.unwrap().path();
        let text = fs::read_to_string(&kept).unwrap();
        let (_, behind) = text.split_once(" not tested\n").unwrap();
        assert!(behind.contains("clear-away"), "{text}");
        let reason = "the set-up was refused: forbidden, line 32";
        explain(&kept, &[&script]).ended(0, &[reason]);
    }
}

#[test]
fn what_a_prologue_leaves_is_forgotten() {
    assert_all_end(&["forgotten"], &[], 0, &["1 passed, in"]);
    let words = ["1 failed", ".scs:28:1"];
    assert_all_end(&["forgotten.twin"], &[], 1, &words);
}

#[test]
fn an_epilogue_clears_away_behind_a_failure() {
    let both = ["clears_away.twin", "cleared_away"];
    let words = ["FAIL ", ".scs:37:2", "pass ", "1 passed, 1 failed"];
    assert_all_end(&both, &["--jobs=1"], 1, &words);
}
