//! The verbs below a session on two servers, over TCP and WebSocket.

use crate::judging::assert_all_judged_with;
use crate::program::{assert_ends, run};

const FOLDER: &str = "tests/scripts/live/streams";

// The scripts write names out in payloads of SASL, where no option gives them others.

#[test]
fn prosody_is_led_from_stage_to_stage() {
    assert_all_judged_with("streams", "prosody", &[]);
}

#[test]
fn ejabberd_is_led_from_stage_to_stage() {
    assert_all_judged_with("streams", "ejabberd", &[]);
}

#[test]
fn websockets_are_led_from_stage_to_stage() {
    let script = |name: &str| format!("{FOLDER}/{name}.scs");
    let arguments = ["--launch=prosody", "--transport=ws", "--timeout=2s"];
    let good = ["stages", "resumed", "dropped", "../websocket/stages"].map(script);
    let scripts: Vec<&str> = good.iter().map(String::as_str).collect();
    assert_ends(
        &run(&[&arguments, scripts.as_slice()].concat()),
        0,
        &["4 passed"],
    );
    let twin = script("../websocket/stages.twin");
    assert_ends(&run(&[&arguments[..], &[&twin]].concat()), 1, &[".scs:15:"]);
    let text = script("text");
    let no_text = "there is no `sends text`";
    assert_ends(&run(&[&arguments[..], &[&text]].concat()), 2, &[no_text]);
}

/// The certificate of a server that is launched is checked, and yet it is no certificate that is wrong there.
#[test]
fn tls_that_nothing_was_said_of_is_a_failure() {
    let story = "# TLS at once\n[Client] Romeo\n\tjid: romeo-tls@localhost\n\tpassword: password\n\
        ---\nRomeo opens a stream\n\nRomeo starts TLS\n";
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("tls.scs");
    std::fs::write(&script, story).unwrap();
    for server in ["--launch=prosody", "--launch=ejabberd"] {
        let output = run(&[server, "--timeout=4s", script.to_str().unwrap()]);
        assert_ends(&output, 1, &["1 failed", "TLS with localhost failed"]);
    }
}
