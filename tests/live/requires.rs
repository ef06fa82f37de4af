//! `## requires`: scripts about what a server does not have, on real servers.

use std::fs;

use tempfile::TempDir;

use crate::program::run as scansion;

/// A folder with a script for each list of requirements.
fn scripts(requirements: &[&[&str]]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (number, required) in requirements.iter().enumerate() {
        let tags: String = required
            .iter()
            .map(|requirement| format!("## requires: {requirement}\n"))
            .collect();
        let cast = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n---\n";
        let text = format!("# Number {number}\n{tags}\n{cast}Romeo connects\n");
        fs::write(folder.path().join(format!("{number}.scs")), text).unwrap();
    }
    folder
}

fn run(requirements: &[&[&str]], arguments: &[&str]) -> (Option<i32>, String) {
    let folder = scripts(requirements);
    let path = folder.path().to_str().unwrap();
    let output = scansion(&[arguments, &[path]].concat());
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    (output.status.code(), String::from_utf8(both).unwrap())
}

const MET: &[&[&str]] = &[
    &["urn:xmpp:mam:2"],
    &["urn:xmpp:sm:3"],
    &["server urn:xmpp:ping", "account urn:xmpp:mam:2"],
    &["stream urn:xmpp:sm:3"],
    &["sasl SCRAM-SHA-1"],
    &["conference/text", "pubsub/service"],
    &["conference/text http://jabber.org/protocol/muc"],
];

const UNMET: &[&[&str]] = &[
    &["urn:xmpp:nothing:0"],
    &["server urn:xmpp:nothing:0"],
    &["stream urn:xmpp:nothing:0"],
    &["sasl GSSAPI"],
    &["conference/irc"],
    &["urn:xmpp:mam:2", "conference/text urn:xmpp:nothing:0"],
];

#[test]
fn what_servers_have_is_found_and_the_scripts_are_run() {
    for server in ["prosody", "ejabberd"] {
        let (code, text) = run(MET, &["--launch", server]);
        assert_eq!(code, Some(0), "{text}");
        assert!(text.contains("7 scripts: 7 passed,"), "{text}");
    }
}

#[test]
fn what_they_do_not_have_is_told_and_is_no_failure() {
    let (code, text) = run(UNMET, &["--launch=prosody"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains("6 scripts: 0 passed, 6 not supported"),
        "{text}"
    );
    assert!(text.contains("skip  Number 0"), "{text}");
    for reason in [
        "neither localhost, nor an account there, nor the stream has urn:xmpp:nothing:0",
        "localhost does not have urn:xmpp:nothing:0",
        "localhost has no stream feature urn:xmpp:nothing:0",
        "localhost does not offer the mechanism GSSAPI",
        "localhost has no service that is conference/irc",
        "localhost has no service that is conference/text urn:xmpp:nothing:0; there are ",
    ] {
        assert!(text.contains(reason), "{reason} is not in: {text}");
    }
    let (_, quiet) = run(UNMET, &["--launch=prosody", "-q"]);
    assert_eq!(quiet, "");
}

#[test]
fn it_is_a_failure_for_those_who_want_everything() {
    let (code, text) = run(UNMET, &["--launch=prosody", "--no-skip"]);
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("6 scripts: 0 passed, 6 failed"), "{text}");
    assert!(
        text.contains("does not offer the mechanism GSSAPI"),
        "{text}"
    );
}

#[test]
fn who_cannot_ask_does_not_know() {
    let (code, text) = run(MET, &["--server=127.0.0.1:1"]);
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("cannot find out whether"), "{text}");
    assert!(text.contains("connection refused"), "{text}");
}
