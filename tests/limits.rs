//! Runs that may open only few files: whatever that keeps from working, the run ends and tells of `ulimit -n`.

#[path = "support/program.rs"]
mod program;

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use program::{assert_ends, text};

/// A script with so many clients, who are all there at the same time.
fn crowd(folder: &Path, actors: usize) -> PathBuf {
    let mut script = String::from("# A crowd\n\n");
    for number in 1..=actors {
        let _ = write!(
            script,
            "[Client] A{number}\n\tjid: a{number}@localhost\n\tpassword: p\n\n"
        );
    }
    script.push_str("---------\n\n");
    for number in 1..=actors {
        let _ = write!(script, "A{number} connects\n\n");
    }
    let path = folder.join("crowd.scs");
    fs::write(&path, script).unwrap();
    path
}

/// Runs with a limit to how many files may be open.
fn limited(files: usize, arguments: &[&str]) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -n {files}; exec \"$0\" \"$@\""))
        .args([env!("CARGO_BIN_EXE_scansion"), "run"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn a_script_with_more_actors_than_files_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let crowd = crowd(folder.path(), 40);
    let crowd = crowd.to_str().unwrap();
    // PLAIN takes less time than forty SCRAMs.
    let output = limited(32, &["--launch=prosody", "--mechanism=PLAIN", crowd]);
    assert_ends(
        &output,
        2,
        &[
            "could not connect: no connection to 127.0.0.1:",
            ": too many open files\n",
            "help: no more than 32 may be open at a time here (`ulimit -n`); a script with 40 actors wants about 104",
            "try `ulimit -n 4096`, or fewer `--jobs`",
        ],
    );
}

/// Few files keep one thing from working, fewer another: a folder, ports, a process, a connection, a report.
#[test]
fn however_few_files_there_are_the_run_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let report = format!("--report=json={}", report.display());
    let crowd = crowd(folder.path(), 20);
    let options = [
        "--launch=prosody",
        "--mechanism=PLAIN",
        "--timeout=2s",
        &report,
    ];
    let arguments = [&options[..], &[crowd.to_str().unwrap(), "spec/login.scs"]].concat();
    for files in (5..18).step_by(4).chain(18..32) {
        let output = limited(files, &arguments);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{files}: {said}");
        assert!(said.contains("`ulimit -n"), "{files}: {said}");
        assert!(!said.contains("panicked"), "{files}: {said}");
    }
}

#[test]
fn many_jobs_with_few_files_say_so() {
    let output = limited(48, &["--launch=prosody", "--jobs=20", "spec"]);
    assert_ends(&output, 2, &["`ulimit -n", "or fewer `--jobs`"]);
}

/// A server may have too few where we have enough.
#[test]
fn a_server_with_few_files_is_told_of() {
    let output = limited(
        24,
        &["--launch=ejabberd", "--launch-timeout=20s", "spec/ping.scs"],
    );
    assert_ends(
        &output,
        2,
        &[
            "ejabberd",
            "if it lacks open files, no more than 24 may be open",
        ],
    );
}
