//! Whole runs on a Prosody that does not belong to the run: what `--server` leads to.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use rcgen::{CertificateParams, KeyPair};

use crate::launched::Launched;
use crate::program::{assert_ends, root, text};
use crate::scripts::scripts_below;

/// Some scripts of every kind, for tests that are about something else than what all of them say.
pub(crate) const SAMPLE: [&str; 6] = [
    "examples",
    "tests/scripts/plain",
    "spec/rfc6120/bind_taken.scs",
    "spec/rfc6120/sasl_refused.scs",
    "spec/rfc6121/message_bare_available.scs",
    "spec/xep0198/resume.scs",
];

/// Scripts that are written as most are elsewhere: without `## complete`, and each element compared by its namespace.
/// What is tried by changing them does not depend on what the scripts in `spec/` say.
pub(crate) fn plain_scripts() -> Vec<PathBuf> {
    scripts_below(&root().join("tests/scripts/plain"))
}

fn launched(script: &str) -> Launched {
    Launched::for_scripts("prosody", &[root().join(script)])
}

const OFFLINE: &str = "tests/scripts/live/offline.scs";

#[test]
fn what_happened_before_has_happened() {
    let times = env::var("SCANSION_RUNS").unwrap_or("50".to_owned());
    let output = launched(OFFLINE).run(&[OFFLINE, "--timeout=2s", "--repeat", &times]);
    assert_ends(&output, 0, &[&format!("{times} scripts: {times} passed")]);
}

#[test]
fn a_wrong_password_is_refused() {
    let server = launched(SCRAM);
    let output = server.run(&["tests/scripts/live/wrong_password.scs"]);
    let refused = "login of romeo@scram.localhost refused";
    assert_ends(&output, 2, &[refused, "Romeo connects"]);
    let text = text(&output);
    assert!(!text.contains("s3cret-and-wrong"), "{text}");
}

const SCRAM: &str = "spec/rfc6120/login_scram.scs";
const NOT_VERIFIED: &str = "not verified";

#[test]
fn certificates_are_verified_if_an_authority_is_given() {
    let server = launched(SCRAM);
    let ca = server.server().certificate().unwrap().to_str().unwrap();
    let trusted = server.run(&[SCRAM, "--ca", ca]);
    assert_ends(&trusted, 0, &[]);
    let said = text(&trusted);
    assert!(!said.contains(NOT_VERIFIED), "{said}");
    assert_ends(&server.run(&[SCRAM]), 0, &[NOT_VERIFIED]);
    let other = tempfile::NamedTempFile::new().unwrap();
    make_certificate(other.path());
    let refused = server.run(&[SCRAM, "--ca", other.path().to_str().unwrap()]);
    assert_ends(&refused, 2, &[]);
}

fn make_certificate(path: &Path) {
    let key = KeyPair::generate().unwrap();
    let names = CertificateParams::new(vec!["somebody.else".to_owned()]).unwrap();
    fs::write(path, names.self_signed(&key).unwrap().pem()).unwrap();
}

#[test]
fn a_login_in_clear_is_told_of() {
    let script = "spec/rfc6120/login.scs";
    let output = launched(script).run(&[script, "--tls=none", "--mechanism=PLAIN"]);
    assert_ends(&output, 0, &["in clear"]);
}

#[test]
fn no_password_is_ever_shown() {
    let script = "tests/scripts/live/password_on_the_wire.scs";
    let output = launched(script).run(&["-v", script]);
    let text = text(&output);
    assert!(text.contains("[redacted]"), "{text}");
    // The last one is base64 of "\0romeo\0correct-horse-battery".
    for secret in [
        "correct-horse-battery",
        "staple-with-ampersand",
        "cm9tZW8AY29ycmVjdC1ob3JzZS1iYXR0ZXJ5",
    ] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn every_step_and_stanza_is_shown_when_asked_for() {
    let script = "spec/rfc6120/login.scs";
    let output = launched(script).run(&["-v", script]);
    assert_ends(
        &output,
        0,
        &["<stream:features>", "-> <presence", "<- <presence"],
    );
}
