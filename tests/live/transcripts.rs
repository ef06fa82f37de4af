//! `--transcript` and `explain`: what went over the wires of a real server is kept, and scripts are judged by it.

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::explain::{Done, explain, file, scansion};
use crate::own_scripts::SAMPLE;
use crate::program;

/// A script in which the sun rises in the east, and the same with an expectation of the west.
const EAST: &str = "spec/rfc6121/message_full_jid.scs";
const WEST: &str = "tests/cli/doctored/message_full_jid.scs";

/// Runs scripts on a launched Prosody, and gives the transcripts, in order.
fn record(folder: &Path, arguments: &[&str]) -> (Done, Vec<PathBuf>) {
    let folder = folder.join("new");
    let fixed = [
        "run",
        "--launch=prosody",
        "--transcript",
        folder.to_str().unwrap(),
    ];
    let done = scansion(&[&fixed, arguments].concat());
    let files = fs::read_dir(&folder).unwrap();
    let mut files: Vec<PathBuf> = files.map(|file| file.unwrap().path()).collect();
    files.sort();
    (done, files)
}

#[track_caller]
fn assert_private(path: &Path, mode: u32) {
    let mode_is = fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode_is, mode, "{}", path.display());
}

#[test]
fn scripts_pass_by_their_transcripts_under_whatever_names() {
    let renamed = ["--unique", "--domain=xmpp.example.org"];
    for names in [&[][..], &renamed] {
        let folder = tempfile::tempdir().unwrap();
        let (done, files) = record(folder.path(), &[&["--jobs=4"], names, &SAMPLE].concat());
        done.ended(0, &[]);
        assert_private(files[0].parent().unwrap(), 0o700);
        assert!(files.len() > 25);
        assert!(files[0].to_str().unwrap().contains("/001-"));
        for file in files {
            assert_private(&file, 0o600);
            explain(&file, &[]).ended(0, &["pass "]);
        }
    }
}

/// What is shown of a failure, but for what only a server can add to it: its log, and how to run the script on it.
fn page(done: &Done) -> Vec<&str> {
    let (_, page) = done.text.split_once("error: ").expect("it failed");
    let lines = page.lines().take_while(|line| !line.is_empty());
    let mut of_server = false;
    let kept = lines.filter(|line| {
        if !line.starts_with("    ") {
            of_server = ["  the server's log", "  run it alone"]
                .iter()
                .any(|title| line.starts_with(title));
        }
        !of_server
    });
    kept.collect()
}

#[test]
fn a_failure_is_explained_as_it_was_told() {
    let folder = tempfile::tempdir().unwrap();
    let (told, files) = record(folder.path(), &[WEST, "--timeout=3"]);
    let again = explain(&files[0], &[]).ended(1, &["FAIL "]);
    assert_eq!(page(&again), page(&told.ended(1, &[])));
    assert!(page(&again).len() > 20);
    let transcript = fs::read_to_string(&files[0]).unwrap();
    assert!(
        transcript.contains("failed\n\tJuliet waited 3s for <message>"),
        "{transcript}"
    );
    // What is right again leads to the end of what is recorded.
    let ends = "the recording ends at line 39, `Juliet receives:`";
    explain(&files[0], &[EAST]).ended(2, &[ends, "message_full_jid.scs:52:", "`--transcript`"]);
}

#[test]
fn an_expectation_fails_where_a_run_would_fail() {
    let folder = tempfile::tempdir().unwrap();
    let (_, files) = record(folder.path(), &[EAST]);
    let edited = explain(&files[0], &[WEST]);
    edited.ended(
        1,
        &[
            "Juliet waited 5s for <message>, and received 2 stanzas",
            "message_full_jid.scs:43:51",
            "expected direction='west', got direction='east'",
        ],
    );
    // What came only later, to the phone, does not count.
    let early = fs::read_to_string(EAST)
        .unwrap()
        .replace("receives: nothing", "receives:\n\t<message/>");
    let early = file(folder.path(), "early.scs", early);
    explain(&files[0], &[&early]).ended(
        1,
        &[
            "phone waited 5s for <message>, and received nothing",
            "early.scs:51:",
        ],
    );
    // If an actor says something else, the answer is not known.
    let other = fs::read_to_string(EAST)
        .unwrap()
        .replace("O, speak again", "O, be silent");
    let other = file(folder.path(), "other.scs", other);
    explain(&files[0], &[&other]).ended(
        2,
        &[
            "in the recording, this is where Romeo sends",
            "O, speak again",
        ],
    );
}

#[test]
fn what_could_not_be_found_out_has_a_transcript_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let (done, files) = record(
        folder.path(),
        &["spec/rfc6120/login.scs", "--mechanism=SCRAM-SHA-512"],
    );
    done.ended(2, &[]);
    let transcript = fs::read_to_string(&files[0]).unwrap();
    assert!(
        transcript.contains("could not be found out\n\t"),
        "{transcript}"
    );
    assert!(
        transcript.contains("<mechanism>PLAIN</mechanism>"),
        "{transcript}"
    );
    explain(&files[0], &[]).ended(2, &["the recording ends at line"]);
}

#[test]
fn what_was_interrupted_has_a_transcript_as_well() {
    let folder = tempfile::tempdir().unwrap();
    let mut run = program::scansion(&["run", "-v", "--launch=prosody", "--timeout=5m"])
        .args(["tests/scripts/live/never_there.scs", "--transcript"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(run.stdout.take().unwrap()).lines();
    let mut lines = lines.map(Result::unwrap);
    assert!(lines.any(|line| line.contains("Romeo receives:")));
    let id = run.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-INT", &id])
            .status()
            .unwrap()
            .success()
    );
    assert_eq!(
        lines.last().unwrap().split(", in").next(),
        Some("1 script: 0 passed, 1 could not be run")
    );
    assert_eq!(run.wait().unwrap().code(), Some(2));
    let transcript = folder
        .path()
        .join("001-tests-scripts-live-never_there.transcript");
    let text = fs::read_to_string(&transcript).unwrap();
    assert!(
        text.contains("could not be found out\n\tRomeo was interrupted\n"),
        "{text}"
    );
    // It is not known whether it would have come.
    explain(&transcript, &[]).ended(2, &["the recording ends at line", "never_there.scs:11:"]);
}
