//! Ways of judging that say what must not come, or in which order, on two servers: each script passes, its doctored
//! twin fails, and by the transcripts both come out the same.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::explain::explain;
use crate::program::{assert_ends, root, run, scansion, text};

/// Runs scripts with these arguments of `scansion run` on each of two servers.
#[track_caller]
pub(crate) fn assert_ends_on_each(arguments: &[&str], code: i32, words: &[&str]) {
    for server in ["--launch=prosody", "--launch=ejabberd"] {
        assert_ends(&run(&[&[server], arguments].concat()), code, words);
    }
}

/// The scripts of a folder, twins among them.
pub(crate) fn scripts(folder: &str) -> Vec<PathBuf> {
    let folder = root().join("tests/scripts/live").join(folder);
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Acts a script out, keeps its transcripts in a folder, and gives what was said.
pub(crate) fn act_out(script: &Path, server: &str, folder: &TempDir, code: i32) -> String {
    let output = scansion(&["run", "--no-config", "--timeout=2s", "--launch", server])
        .args(["--transcript", folder.path().to_str().unwrap()])
        .arg(script)
        .output()
        .unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(code), "{said}");
    said
}

/// Acts a script out, and judges it again by what was kept of that.
fn assert_judged(script: &Path, server: &str, code: i32) {
    let folder = tempfile::tempdir().unwrap();
    let said = act_out(script, server, &folder, code);
    let kept = fs::read_dir(folder.path()).unwrap().next().unwrap();
    let again = explain(&kept.unwrap().path(), &[script.to_str().unwrap()]);
    let headline = said.lines().find(|line| line.starts_with("error: "));
    again.ended(code, headline.as_slice());
}

/// Acts out all scripts of a folder: their twins, and only these, fail, and by the transcripts all come out the same.
pub(crate) fn assert_all_judged(folder: &str, server: &str) {
    let scripts = scripts(folder);
    assert!(scripts.len() > 5);
    for script in scripts {
        let is_twin = script.to_str().unwrap().ends_with(".twin.scs");
        assert_judged(&script, server, i32::from(is_twin));
    }
}

#[test]
fn prosody_is_judged_by_what_must_not_come_and_by_order() {
    assert_all_judged("judging", "prosody");
}

#[test]
fn ejabberd_is_judged_by_what_must_not_come_and_by_order() {
    assert_all_judged("judging", "ejabberd");
}
