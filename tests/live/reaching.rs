//! The ways to real servers: TLS and mechanisms, and what is said where a server does not have one.

use std::fs;
use std::process::Output;

use crate::own_scripts::SAMPLE;
use crate::program::{assert_ends, root, run, text};

/// A script with one actor, whose password is a secret of this test.
const SCRIPT: &str = "tests/scripts/live/one_login.scs";
const SECRET: &str = "moonlit-balcony";

/// Runs scripts; whatever happens, the secret is not told.
fn scansion(arguments: &[&str]) -> Output {
    let output = run(arguments);
    assert!(!text(&output).contains(SECRET), "{}", text(&output));
    output
}

/// All scripts were run, and passed.
fn assert_all_passed(output: &Output) {
    let said = text(output);
    let summary = said.lines().find_map(|line| line.split_once(" scripts: "));
    let (all, _) = summary.unwrap();
    assert!(all.parse::<usize>().unwrap() > 20, "{all}");
    assert_ends(output, 0, &[&format!("{all} scripts: {all} passed")]);
}

// ---- Real servers -------------------------------------------------------------------------------------------

#[test]
fn scripts_pass_with_and_without_tls() {
    for tls in ["none", "starttls", "direct"] {
        // Scripts that open streams by themselves have TLS for their subject.
        let options = ["--launch=prosody", "--tls", tls, "-v", "--skip-tags=tcp"];
        let output = scansion(&[&options[..], &SAMPLE].concat());
        assert_all_passed(&output);
        let (clear, starttls) = match tls {
            "none" => (false, false),
            "starttls" => (false, true),
            _ => (false, false),
        };
        let text = text(&output);
        assert_eq!(text.contains("<proceed"), starttls, "{tls}");
        // SCRAM is used throughout, so that no password goes out in clear even without TLS.
        assert_eq!(text.contains("in clear"), clear, "{tls}");
    }
}

#[test]
fn scripts_pass_with_each_mechanism() {
    for mechanism in ["PLAIN", "SCRAM-SHA-1", "SCRAM-SHA-256"] {
        let options = ["--launch=prosody", "--mechanism", mechanism, "-v"];
        let output = scansion(&[&options[..], &SAMPLE].concat());
        assert_all_passed(&output);
        let text = text(&output);
        let by = |mechanism: &str| text.matches(&format!("mechanism='{mechanism}'>")).count();
        // Scripts that write a login out have other quotes.
        let all = text.matches("-> <auth xmlns='").count();
        assert!(by(mechanism) > 50, "{mechanism}");
        // One script says itself how its two actors log in.
        let themselves = if mechanism == "SCRAM-SHA-1" { 0 } else { 2 };
        assert_eq!(by(mechanism) + by("ANONYMOUS") + themselves, all);
        assert!(by("SCRAM-SHA-1") >= themselves);
    }
}

#[test]
fn the_best_mechanism_is_used() {
    let output = scansion(&["--launch=ejabberd", "-v", SCRIPT]);
    assert_ends(&output, 0, &["mechanism='SCRAM-SHA-512'"]);
    let output = scansion(&["--launch=prosody", "-v", SCRIPT]);
    assert_ends(&output, 0, &["mechanism='SCRAM-SHA-256'"]);
}

#[test]
fn what_an_actor_says_of_itself_wins() {
    let script = "tests/scripts/live/three_ways_in.scs";
    let output = scansion(&[
        "--launch=prosody",
        "--tls=none",
        "--mechanism=PLAIN",
        "-v",
        script,
    ]);
    assert_ends(&output, 0, &["1 passed"]);
    let text = text(&output);
    let count = |what: &str| text.matches(what).count();
    // One of three by STARTTLS, one with TLS from the first byte, one in clear.
    assert_eq!(count("<- <proceed"), 1, "{text}");
    assert_eq!(count("mechanism='SCRAM-SHA-1'"), 1, "{text}");
    assert_eq!(count("mechanism='PLAIN'"), 2, "{text}");
}

// ---- Where there is no way ----------------------------------------------------------------------------------

#[test]
fn a_mechanism_that_is_not_offered_is_named() {
    let output = scansion(&["--launch=prosody", "--mechanism=scram-sha-512", SCRIPT]);
    let words = ["does not offer SCRAM-SHA-512", "SCRAM-SHA-1", "--mechanism"];
    assert_ends(&output, 2, &words);
    let unknown = scansion(&["--launch=prosody", "--mechanism=KERBEROS", SCRIPT]);
    assert_ends(&unknown, 2, &["KERBEROS", "SCRAM-SHA-256"]);
}

#[test]
fn a_binding_that_the_server_does_not_know_is_told_and_is_not_used_unasked() {
    // This server offers the -PLUS mechanisms, for `tls-unique` only, and announces nothing.
    let output = scansion(&["--launch=ejabberd", "--tls=starttls", "-v", SCRIPT]);
    let words = [
        ">SCRAM-SHA-512-PLUS<",
        "mechanism='SCRAM-SHA-512'",
        "1 passed",
    ];
    assert_ends(&output, 0, &words);
    let pinned = ["--launch=ejabberd", "--mechanism=scram-sha-256-plus"];
    let output = scansion(&[&pinned[..], &["--tls=starttls", SCRIPT]].concat());
    let words = [
        "not-authorized",
        "tls-server-end-point",
        "try SCRAM-SHA-256 as",
    ];
    assert_ends(&output, 2, &words);
    let output = scansion(&[&pinned[..], &["--tls=none", SCRIPT]].concat());
    assert_ends(&output, 2, &["there is no TLS", "--tls starttls"]);
}

#[test]
fn tls_that_is_required_is_asked_for() {
    let script = "tests/scripts/live/one_login.scs";
    let output = scansion(&["--launch=prosody", "--tls=sometimes", script]);
    assert_ends(&output, 2, &["sometimes", "starttls"]);
    let no_tls = "--launch-config=tests/launch/prosody.cfg.lua";
    let output = scansion(&["--launch=prosody", no_tls, "--tls=starttls", script]);
    assert_ends(&output, 2, &["does not offer STARTTLS", "--tls auto"]);
}

#[test]
fn a_certificate_of_an_actor_that_is_not_there_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("external.scs");
    let text = fs::read_to_string(root().join(SCRIPT)).unwrap();
    let lines = "\tcertificate: romeo.crt\n\tkey: romeo.key\n\n-----";
    fs::write(&script, text.replacen("\n-----", lines, 1)).unwrap();
    let output = scansion(&["--launch=prosody", script.to_str().unwrap()]);
    assert_ends(&output, 2, &["romeo.crt", "PEM files"]);
}
