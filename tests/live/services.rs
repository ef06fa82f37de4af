//! Services by what they are, and the other names that have values without being captured, on real servers.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::judging::assert_ends_on_each;
use crate::program::{assert_ends, run, scansion, text};

const ROOM: &str = "tests/scripts/live/room_by_name.scs";
const OTHER_NAMES: [&str; 2] = [
    "--launch=prosody",
    "--launch-config=tests/launch/other_names.cfg.lua",
];

/// The lines of the transcripts in a folder that begin with this.
fn lines(folder: &Path, begin: &str) -> BTreeSet<String> {
    let files = folder.read_dir().unwrap();
    let texts = files.map(|file| fs::read_to_string(file.unwrap().path()).unwrap());
    let lines = texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>());
    lines.filter(|line| line.starts_with(begin)).collect()
}

#[test]
fn services_are_found_on_each_server() {
    assert_ends_on_each(&[ROOM], 0, &["1 passed"]);
    let renamed = [ROOM, "--unique", "--domain=xmpp.example.org"];
    assert_ends_on_each(&renamed, 0, &["1 passed"]);
}

#[test]
fn the_first_service_that_has_all_gets_the_name() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let named = |script: &str| {
        let arguments = [OTHER_NAMES.as_slice(), &["--transcript", to, script]];
        assert_ends(&run(&arguments.concat()), 0, &["1 passed"]);
        lines(folder.path(), "${rooms}: ")
    };
    let first = named(ROOM);
    assert_eq!(first, ["${rooms}: chat.localhost".to_owned()].into());
    let both = named("tests/scripts/live/room_with_archive.scs");
    assert!(both.contains("${rooms}: rooms.localhost"), "{both:?}");
}

#[test]
fn each_play_has_a_token_of_its_own_and_names_before_services_are_the_scripts() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let twice = [
        "--launch=prosody",
        "--repeat=2",
        "--unique",
        "--transcript",
        to,
        ROOM,
    ];
    assert_ends(&run(&twice), 0, &["2 passed"]);
    assert_eq!(lines(folder.path(), "${unique}: ").len(), 2);
    let suffixes = lines(folder.path(), "suffix: ");
    let suffixes: Vec<&str> = suffixes
        .iter()
        .map(|line| &line["suffix: ".len()..])
        .collect();
    let sent = lines(folder.path(), "\t<presence to=\"cellar");
    let expected =
        |suffix: &&str| format!("\t<presence to=\"cellar{suffix}@conference.localhost/romeo\">");
    assert_eq!(sent, suffixes.iter().map(expected).collect());
}

#[test]
fn a_transcript_is_judged_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    let arguments = [
        "--unique",
        "--domain=xmpp.example.org",
        "--transcript",
        to,
        ROOM,
    ];
    let arguments = [["--launch=prosody"].as_slice(), &arguments].concat();
    assert_ends(&run(&arguments), 0, &["1 passed"]);
    let transcript = folder
        .path()
        .read_dir()
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let explain = || {
        let mut command = scansion(&["explain"]);
        command.arg(&transcript).output().unwrap()
    };
    assert_ends(&explain(), 0, &["pass"]);
    let told = fs::read_to_string(&transcript).unwrap();
    let without: Vec<&str> = told
        .lines()
        .filter(|line| !line.starts_with("${rooms}"))
        .collect();
    fs::write(&transcript, without.join("\n") + "\n").unwrap();
    let words = "`${rooms}` has no value in the transcript; run the script again";
    assert_ends(&explain(), 2, &[words]);
}

/// A script with these requirements and this property.
fn script(folder: &Path, required: &str, property: &str) -> String {
    let romeo = format!("[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n{property}");
    let text = format!(
        "# Play\n## requires: {required}\n\n{romeo}---\nRomeo connects\nRomeo receives: nothing\n"
    );
    let path = folder.join("play.scs");
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_request_is_answered_where_its_module_is() {
    let folder = tempfile::tempdir().unwrap();
    let private = script(folder.path(), "answer jabber:iq:private", "");
    assert_ends_on_each(&[&private], 0, &["1 passed"]);
    let unanswered = [OTHER_NAMES.as_slice(), &[&private]].concat();
    let reason = "localhost answers a request with <query xmlns='jabber:iq:private'/> with service-unavailable";
    assert_ends(&run(&unanswered), 0, &["1 not supported", reason]);
    let not = script(folder.path(), "not answer jabber:iq:private", "");
    assert_ends(
        &run(&[OTHER_NAMES.as_slice(), &[&not]].concat()),
        0,
        &["1 passed"],
    );
    assert_ends(&run(&["--launch=prosody", &not]), 0, &["1 not supported"]);
}

#[test]
fn a_service_that_is_not_there_is_told_with_those_that_are() {
    let folder = tempfile::tempdir().unwrap();
    let upload = script(folder.path(), "store/file as upload", "");
    let arguments = [OTHER_NAMES.as_slice(), &[&upload]].concat();
    let reason = "localhost has no service that is store/file; there are chat.localhost (conference/text), \
                  rooms.localhost (conference/text)";
    assert_ends(&run(&arguments), 0, &["1 not supported", reason]);
    let red = [arguments.as_slice(), &["--no-skip"]].concat();
    assert_ends(&run(&red), 1, &["1 failed", reason]);
}

#[test]
fn a_mechanism_that_is_not_offered_is_not_supported() {
    let folder = tempfile::tempdir().unwrap();
    let scram = "\tmechanism: SCRAM-SHA-256\n";
    let login = script(folder.path(), "sasl SCRAM-SHA-256", scram);
    assert_ends_on_each(&[&login], 0, &["1 passed"]);
    let without = [OTHER_NAMES.as_slice(), &[&login]].concat();
    let reason = "localhost does not offer the mechanism SCRAM-SHA-256";
    assert_ends(&run(&without), 0, &["1 not supported", reason]);
    let other = script(folder.path(), "sasl PLAIN", "");
    let by_option = ["--mechanism=SCRAM-SHA-512", "--timeout=2s", &other];
    let refused = run(&[OTHER_NAMES.as_slice(), &by_option].concat());
    // The script can be asked about, and then has to log in as the run says.
    assert!(
        text(&refused).contains("SCRAM-SHA-512"),
        "{}",
        text(&refused)
    );
    assert_eq!(refused.status.code(), Some(2));
}
