//! `--map` and `--password`: other names and another password than the scripts have, on real servers.

use std::fs;
use std::path::Path;

use crate::launched::{Launched, run_at};
use crate::program::{assert_ends, run, text};

const ROOM: &str = "tests/scripts/live/room_by_common_name.scs";
const OTHER_NAMES: [&str; 4] = [
    "--launch=prosody",
    "--launch-config=tests/launch/other_names.cfg.lua",
    "--timeout=2s",
    ROOM,
];

#[test]
fn a_service_has_its_other_name_in_all_of_the_script() {
    let with = |more: &[&str]| run(&[OTHER_NAMES.as_slice(), more].concat());
    assert_eq!(with(&[]).status.code(), Some(1));
    assert_ends(
        &with(&["--map=conference.localhost=rooms.localhost"]),
        0,
        &["1 passed"],
    );
    let all = [
        "--map=conference.localhost=rooms.localhost",
        "--map=upload.localhost=files.localhost",
        "--domain=xmpp.example.org",
        "--unique",
    ];
    assert_ends(&with(&all), 0, &["1 passed"]);
}

#[test]
fn a_failure_and_its_transcript_tell_of_the_other_name() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let wrong = [
        "--map=conference.localhost=nowhere.localhost",
        "--transcript",
        to,
    ];
    let output = run(&[OTHER_NAMES.as_slice(), &wrong].concat());
    let again = "--map 'conference.localhost=nowhere.localhost'";
    assert_ends(&output, 1, &["nowhere.localhost", again]);
    let file = folder.path().read_dir().unwrap().next().unwrap().unwrap();
    let transcript = fs::read_to_string(file.path()).unwrap();
    assert!(
        transcript.contains("\nmap: conference.localhost=nowhere.localhost\n"),
        "{transcript}"
    );
}

#[test]
fn what_is_no_mapping_is_refused() {
    for (arguments, words) in [
        (
            &["--map=conference.localhost"][..],
            "give FROM=TO, for example",
        ),
        (&["--map==muc.localhost"], "\"\" is not a domain"),
        (&["--map=a.b="], "\"\" is not a domain"),
        (&["--map=room@a.b=c.d"], "\"room@a.b\" is not a domain"),
        (
            &["--map=a.b=c.d", "--map=a.b=e.f"],
            "--map has a.b twice, as c.d and as e.f; give it one name",
        ),
    ] {
        assert_ends(&run(&[arguments, &[ROOM]].concat()), 2, &[words]);
    }
}

/// A script whose password is not that of the account.
const LOGIN: &str = "# Login\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: scripted\n\n---\n\n\
    Romeo connects\n\nRomeo receives: nothing\n";

#[test]
fn all_clients_log_in_by_the_password_of_the_run() {
    let server = Launched::prosody();
    let with = |arguments: &[&str]| run_at(server.port(), LOGIN, arguments);
    assert_ends(&with(&[]), 2, &[]);
    assert_ends(&with(&["--password", "montague", "-v"]), 0, &[]);
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, "montague\nanother line\n").unwrap();
    let by_file = ["--password-file", file.path().to_str().unwrap()];
    assert_ends(&with(&by_file), 0, &[]);
    let wrong = with(&["--password", "capulet-4711"]);
    assert_ends(&wrong, 2, &["not-authorized"]);
    assert!(!text(&wrong).contains("capulet-4711"), "{}", text(&wrong));
}

/// All files below a folder, as one text.
fn files(folder: &Path) -> String {
    let files = folder.read_dir().unwrap();
    let files = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    files.collect()
}

#[test]
fn the_password_of_the_run_is_shown_nowhere() {
    const SECRET: &str = "Xyzzy-4711-plugh";
    let folder = tempfile::tempdir().unwrap();
    let play = folder.path().join("play.scs");
    let told = "Romeo sends:\n\t<message to=\"${Romeo's full JID}\"><body>it is Xyzzy-4711-plugh</body></message>\n\n\
        Romeo receives:\n\t<message><body>it is not</body></message>\n";
    fs::write(&play, LOGIN.replace("Romeo receives: nothing\n", told)).unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (transcripts, report) = (path("transcripts"), path("report.json"));
    let output = run(&[
        "--launch=prosody",
        "--timeout=3s",
        "--password",
        SECRET,
        "-v",
        "--transcript",
        &transcripts,
        &format!("--report=json={report}"),
        play.to_str().unwrap(),
    ]);
    assert_ends(&output, 1, &["--password '…'"]);
    let all =
        text(&output) + &files(Path::new(&transcripts)) + &fs::read_to_string(&report).unwrap();
    assert!(all.contains("it is [redacted"), "{all}");
    assert!(!all.contains("Xyzzy"), "{all}");
}

#[test]
fn what_is_no_password_is_refused() {
    let both = ["--password=a", "--password-file=/dev/null", ROOM];
    assert_ends(&run(&both), 2, &["cannot be used with"]);
    let empty = ["--password-file=/dev/null", ROOM];
    let words = "--password-file: /dev/null: the file has no password in its first line";
    assert_ends(&run(&empty), 2, &[words]);
    assert_ends(&run(&["--password=", ROOM]), 2, &["the password is empty"]);
    let pasted = ["--password", "…", ROOM];
    assert_ends(&run(&pasted), 2, &["stands for the password"]);
}

#[test]
fn accounts_that_are_made_get_the_password_of_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let play = folder.path().join("play.scs");
    fs::write(&play, LOGIN).unwrap();
    let made = folder.path().join("made");
    let command = format!("sh -c 'echo $0 > {}' {{password}}", made.display());
    // Every account that exists is let in with any password.
    let output = run(&[
        "--launch-command",
        "mkdir {dir}/data {dir}/certs && exec prosody -F --config {config}",
        "--launch-config=tests/launch/other_names.cfg.lua",
        "--password=given-for-the-run",
        "--accounts=command",
        "--accounts-command",
        &command,
        play.to_str().unwrap(),
    ]);
    assert_ends(&output, 0, &["1 passed"]);
    assert_eq!(
        fs::read_to_string(made).unwrap().trim(),
        "given-for-the-run"
    );
}
