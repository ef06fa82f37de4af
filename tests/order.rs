//! The order of the story on servers that handle several things at the same time, which the runner's pings keep.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

/// How often each story is acted out.
const TIMES: usize = 50;

/// Stories in which two actors act in turn by different ways, and a third, who is strict, notices.
const STORIES: [&str; 5] = ["direct", "groupchat", "room", "joining", "pubsub"];

/// What a room of both servers sends last to somebody who comes in, and what one of ejabberd sends beside it.
const SUBJECT: &str =
    "<message type=\"groupchat\" from=\"order@conference.localhost\"><subject/></message>";
const AVATAR: &str = "<presence from=\"order@conference.localhost\"/>";

fn story(name: &str, server: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scripts/live");
    let text = fs::read_to_string(folder.join(format!("order_{name}.scs"))).unwrap();
    match server {
        "ejabberd" => text.replace(SUBJECT, &format!("{SUBJECT}\n\t{AVATAR}")),
        _ => text,
    }
}

/// Acts a story out many times; gives how often it passed, and what was said.
fn passes(server: &str, name: &str, sync: &str) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("story.scs");
    fs::write(&path, story(name, server)).unwrap();
    // The node has the same name each time, so that each time needs a server without it.
    let apart: &[&str] = match name {
        "pubsub" => &["--isolation=script"],
        _ => &["--isolation=run", "--unique", "--jobs=1"],
    };
    let times = TIMES.to_string();
    let output = Command::new(env!("CARGO_BIN_EXE_scansion"))
        .args([
            "run", "--launch", server, "--sync", sync, "--repeat", &times,
        ])
        .args(["--tls=none", "--mechanism=PLAIN", "--timeout=5s"])
        .args(apart)
        .arg(&path)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    let text = String::from_utf8(both).unwrap();
    let passed = text
        .lines()
        .filter(|line| line.starts_with("pass "))
        .count();
    (passed, text)
}

fn assert_ordered_by_pings_alone(server: &str) {
    for name in STORIES {
        let (passed, text) = passes(server, name, "ping");
        assert_eq!(passed, TIMES, "{name} on {server}: {text}");
        let (lucky, text) = passes(server, name, "none");
        assert!(lucky < TIMES, "{name} on {server}: {text}");
        // What fails without pings fails because of the order.
        assert!(
            text.contains("another stanza next"),
            "{name} on {server}: {text}"
        );
    }
}

#[test]
fn prosody_is_kept_in_order() {
    assert_ordered_by_pings_alone("prosody");
}

#[test]
fn ejabberd_is_kept_in_order() {
    assert_ordered_by_pings_alone("ejabberd");
}
