//! The recipes that come with us, each on a server of the kind that it is for. `make servers` brings these below
//! `target/servers`; where one is not to be had, the test of it says so and does nothing.

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::Output;

use crate::program::{assert_ends, root, run, text};
use serde_json::Value;

/// Where `make servers` puts what it fetches.
fn servers() -> PathBuf {
    root().join("target/servers")
}

/// A server that was fetched: its folder. None if it is not to be had here.
fn fetched(name: &str) -> Option<String> {
    let (folder, missing) = (
        servers().join(name),
        servers().join(format!("{name}.missing")),
    );
    if folder.join("ready").exists() {
        return Some(folder.display().to_string());
    }
    let why = fs::read_to_string(missing);
    let why = why.unwrap_or_else(|_| panic!("{name} has not been fetched: run `make servers`"));
    // Past what the test runner hides of a test that passes.
    let _ = writeln!(std::io::stderr(), "NOT TRIED: {}", why.trim());
    None
}

const HELLO: &str = "tests/scripts/live/hello.scs";

/// A run of a small script on a server, and what the server said that it is.
fn hello(launch: &str) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.jsonl");
    let output = run(&[
        "--launch",
        launch,
        "--isolation=script",
        // However busy the machine is.
        "--launch-timeout=10m",
        "--timeout=1m",
        &format!("--report=json={}", report.display()),
        HELLO,
    ]);
    let report = fs::read_to_string(&report).unwrap_or_default();
    let first: Value = serde_json::from_str(report.lines().next().unwrap_or("{}")).unwrap();
    let server = first["server"].as_str().unwrap_or_default().to_owned();
    (output, server)
}

/// The script passes on a server that says that it is this one.
#[track_caller]
fn assert_greets(launch: &str, server: &str) {
    let (output, told) = hello(launch);
    assert_ends(&output, 0, &["1 passed"]);
    assert!(told.starts_with(server), "this is {told}, not {server}");
}

#[track_caller]
fn assert_fetched_greets(recipe: &str, name: &str, server: &str) {
    if let Some(folder) = fetched(name) {
        assert_greets(&format!("{recipe}={folder}"), server);
    }
}

#[test]
fn prosody_is_launched_where_it_is_installed() {
    assert_greets("prosody", "Prosody ");
    assert_greets("prosody-suite", "Prosody ");
}

#[test]
fn prosody_is_launched_from_an_unpacked_package() {
    assert_fetched_greets("prosody", "prosody-13", "Prosody 13.");
    assert_fetched_greets("prosody-suite", "prosody-13", "Prosody 13.");
}

#[test]
fn prosody_is_launched_from_its_source_tree() {
    assert_fetched_greets("prosody", "prosody-13-source", "Prosody 13.");
}

#[test]
fn ejabberd_is_launched_from_unpacked_packages() {
    assert_fetched_greets("ejabberd", "ejabberd-24", "ejabberd 24.12");
}

#[test]
fn ejabberd_is_launched_in_a_system_of_its_own() {
    assert_fetched_greets("ejabberd", "ejabberd-26", "ejabberd 26.");
}

#[test]
fn jabberd2_is_launched_from_unpacked_packages() {
    assert_fetched_greets("jabberd2", "jabberd2", "jabberd2 2.7.");
}

/// It makes the accounts, and then takes what comes after TLS for a mistake. That is its fault; the run says where it
/// was, and the server's log why.
#[test]
fn pyjabber_is_launched_and_refuses_logins() {
    let Some(folder) = fetched("pyjabber") else {
        return;
    };
    let (output, told) = hello(&format!("pyjabber={folder}"));
    let words = [
        "login of romeo@localhost",
        "failed during the stream header",
        "<?xml version='1.0'?><stream:stream",
        "sent unparsable",
    ];
    assert_ends(&output, 2, &words);
    assert!(told.starts_with("pyjabber 0.4"), "{told}");
    assert!(!text(&output).contains("quotes"), "{}", text(&output));
}

/// What a recipe for a container says where there is no engine for it, or its image is not to be had.
#[test]
fn recipes_for_containers_say_what_they_lack() {
    for name in ["openfire", "mongooseim", "tigase"] {
        let output = run(&[
            "--launch",
            name,
            "--launch-set=image=scansion.invalid/nothing",
            HELLO,
        ]);
        assert_ends(&output, 2, &["ended before it was ready", "docker"]);
    }
}
