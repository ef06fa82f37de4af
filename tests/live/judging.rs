//! Ways of judging that say what must not come, or in which order, on two servers: each script passes, its doctored
//! twin fails, and by the transcripts both come out the same.

use std::fs;
use std::path::PathBuf;

use scansion::transcript::Transcript;
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

/// Acts scripts out on one server, under these options, and keeps their transcripts in a folder; gives what was said.
pub(crate) fn act_out(
    scripts: &[PathBuf],
    server: &str,
    options: &[&str],
    folder: &TempDir,
) -> String {
    let output = scansion(&["run", "--no-config", "--timeout=4s", "--launch", server])
        .args(["--isolation=run", "--jobs=4"])
        .args(options)
        .args(["--transcript", folder.path().to_str().unwrap()])
        .args(scripts)
        .output()
        .unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    said
}

/// A script as it was acted out, and how that ended.
pub(crate) struct Kept {
    pub transcript: PathBuf,
    /// The path of the script, as the program calls it.
    pub script: String,
    pub failed: bool,
}

/// What was kept in a folder.
pub(crate) fn kept(folder: &TempDir) -> Vec<Kept> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let kept = entries.map(|entry| {
        let transcript = entry.unwrap().path();
        let name = transcript.display().to_string();
        let read = Transcript::read(&name, &fs::read_to_string(&transcript).unwrap()).unwrap();
        Kept {
            script: read.case.path().to_owned(),
            failed: read.end.verdict == "failed",
            transcript,
        }
    });
    kept.collect()
}

/// Acts out all scripts of a folder: their twins, and only these, fail, and by the transcripts all come out the same.
pub(crate) fn assert_all_judged(folder: &str, server: &str) {
    assert_all_judged_with(folder, server, &["--unique"]);
}

/// The same under these options.
pub(crate) fn assert_all_judged_with(folder: &str, server: &str, options: &[&str]) {
    let scripts = scripts(folder);
    assert!(scripts.len() > 5);
    let transcripts = tempfile::tempdir().unwrap();
    let said = act_out(&scripts, server, options, &transcripts);
    let kept = kept(&transcripts);
    assert_eq!(kept.len(), scripts.len(), "{said}");
    for play in kept {
        let is_twin = play.script.ends_with(".twin.scs");
        assert_eq!(play.failed, is_twin, "{}\n{said}", play.script);
        let again = explain(&play.transcript, &[&play.script]);
        let again = again.ended(i32::from(is_twin), &[]);
        let mut errors = again
            .text
            .lines()
            .filter(|line| line.starts_with("error: "));
        assert!(
            errors.all(|error| said.contains(error)),
            "{}\n{said}",
            again.text
        );
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
