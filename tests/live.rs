//! Whole runs on a real Prosody.

#[path = "support/program.rs"]
mod program;
mod support;

use std::path::Path;
use std::process::{Command, Output};

use program::{assert_ends, text};
use support::{Prosody, foreign_scripts, root};

fn scansion(server: &Prosody, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scansion"))
        .arg("run")
        .args(["--server", &server.server])
        .args(["--component-server", &server.component_server])
        .args(arguments)
        .current_dir(root())
        .output()
        .unwrap()
}

#[track_caller]
fn assert_passes(output: &Output) {
    assert_ends(output, 0, &[]);
}

/// Each time on a server of its own: scripts leave rooms and nodes behind.
#[track_caller]
fn assert_passes_five_times(arguments: &[&str]) {
    for _ in 0..5 {
        assert_passes(&scansion(&Prosody::start(), arguments));
    }
}

#[test]
fn own_scripts_pass() {
    assert_passes_five_times(&["spec", "examples"]);
}

#[test]
fn own_scripts_pass_twice_on_one_server() {
    let server = Prosody::start();
    assert_passes(&scansion(&server, &["spec", "examples"]));
    assert_passes(&scansion(&server, &["spec", "examples"]));
}

#[test]
fn scripts_of_others_pass() {
    let Some(folder) = foreign_scripts() else {
        return;
    };
    let path = |name: &str| folder.join(name).to_str().unwrap().to_owned();
    let scripts = ["basic_message.scs", "prosody-0.12", "order"].map(path);
    assert_passes_five_times(&scripts.each_ref().map(String::as_str));
}

const OFFLINE: &str = "tests/scripts/live/offline.scs";

/// Runs a script many times; gives how often it passed.
fn passes(server: &Prosody, script: &str, sync: &str, times: usize) -> usize {
    let scripts = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(root().join(script)).unwrap();
    for number in 0..times {
        std::fs::write(scripts.path().join(format!("{number:03}.scs")), &text).unwrap();
    }
    let folder = scripts.path().to_str().unwrap();
    let output = scansion(server, &[folder, "--sync", sync, "--timeout", "2s"]);
    program::text(&output)
        .lines()
        .filter(|line| line.starts_with("pass "))
        .count()
}

#[test]
fn what_happened_before_has_happened() {
    assert_eq!(passes(&Prosody::start(), OFFLINE, "ping", 200), 200);
}

#[test]
fn a_wrong_password_is_refused() {
    let output = scansion(
        &Prosody::start(),
        &["tests/scripts/live/wrong_password.scs"],
    );
    assert_eq!(output.status.code(), Some(2));
    let text = text(&output);
    assert!(
        text.contains("login of romeo@scram.localhost refused"),
        "{text}"
    );
    assert!(text.contains("Romeo connects"), "{text}");
    assert!(!text.contains("s3cret-and-wrong"), "{text}");
}

#[test]
fn certificates_are_verified_if_an_authority_is_given() {
    let server = Prosody::start();
    let script = "spec/login_scram.scs";
    let trusted = scansion(&server, &[script, "--ca", server.ca.to_str().unwrap()]);
    assert_passes(&trusted);
    assert!(
        !text(&trusted).contains("not verified"),
        "{}",
        text(&trusted)
    );
    let unverified = scansion(&server, &[script]);
    assert_passes(&unverified);
    assert!(
        text(&unverified).contains("not verified"),
        "{}",
        text(&unverified)
    );
    let other = tempfile::NamedTempFile::new().unwrap();
    make_certificate(other.path());
    let refused = scansion(&server, &[script, "--ca", other.path().to_str().unwrap()]);
    assert_eq!(refused.status.code(), Some(2), "{}", text(&refused));
}

fn make_certificate(path: &Path) {
    let status = Command::new("openssl")
        .args([
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ])
        .args([
            "-days",
            "2",
            "-subj",
            "/CN=somebody.else",
            "-keyout",
            "/dev/null",
            "-out",
        ])
        .arg(path)
        .output()
        .unwrap();
    assert!(status.status.success());
}

#[test]
fn a_login_in_clear_is_told_of() {
    let output = scansion(&Prosody::start(), &["spec/login.scs"]);
    assert!(text(&output).contains("in clear"), "{}", text(&output));
}

#[test]
fn no_password_is_ever_shown() {
    let server = Prosody::start();
    let script = "tests/scripts/live/password_on_the_wire.scs";
    let output = scansion(&server, &["-v", script]);
    let text = text(&output);
    assert!(text.contains("[redacted]"), "{text}");
    for secret in ["correct-horse-battery", "staple-with-ampersand"] {
        assert!(!text.contains(secret), "{text}");
    }
    // base64 of "\0romeo\0correct-horse-battery"
    assert!(
        !text.contains("cm9tZW8AY29ycmVjdC1ob3JzZS1iYXR0ZXJ5"),
        "{text}"
    );
}

#[test]
fn every_step_and_stanza_is_shown_when_asked_for() {
    let output = scansion(&Prosody::start(), &["-v", "spec/login.scs"]);
    let text = text(&output);
    assert!(text.contains("<stream:features>"), "{text}");
    assert!(text.contains("-> <presence"), "{text}");
    assert!(text.contains("<- <presence"), "{text}");
}
