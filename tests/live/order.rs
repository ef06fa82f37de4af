//! The order of the story on servers that handle several things at the same time, which the runner's pings keep.

use std::env;
use std::fs;

use crate::program::{root, scansion, text};

/// How often each story is acted out.
fn times() -> usize {
    env::var("SCANSION_RUNS").map_or(5, |times| times.parse().unwrap())
}

/// Stories in which two actors act in turn in different ways, and a third one, which is strict, notices.
const STORIES: [&str; 5] = ["direct", "groupchat", "room", "joining", "pubsub"];

/// How many stories there are in which what a server does elsewhere (in the session of another user, a room, an archive
/// or a node) races with the next action.
const RACES: usize = 20;

/// What a room of both servers sends last to a user who comes in, and what one of ejabberd sends beside it.
const SUBJECT: &str =
    "<message type=\"groupchat\" from=\"order@conference.localhost\"><subject/></message>";
const AVATAR: &str = "<presence from=\"order@conference.localhost\"/>";

fn story(name: &str, server: &str) -> String {
    let folder = root().join("tests/scripts/live");
    let text = fs::read_to_string(folder.join(format!("order_{name}.scs"))).unwrap();
    match server {
        "ejabberd" => text.replace(SUBJECT, &format!("{SUBJECT}\n\t{AVATAR}")),
        _ => text,
    }
}

/// How often each story in which the work of servers races with the next act is acted out, and its doctored twin;
/// SCANSION_RACES has another number for both.
fn races(twins: bool) -> usize {
    let few = if twins { 1 } else { 2 };
    env::var("SCANSION_RACES").map_or(few, |times| times.parse().unwrap())
}

/// Acts out all stories of races, or all their doctored twins, on one server; gives what was said of each attempt.
fn raced(server: &str, twins: bool) -> Vec<String> {
    let folder = root().join("tests/scripts/live/races");
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = paths
        .filter(|path| path.to_str().unwrap().ends_with(".twin.scs") == twins)
        .collect();
    paths.sort();
    let output = scansion(&["run", "--no-config", "--launch", server])
        .args(["--isolation=run", "--unique"])
        .args(["--jobs=4", "--repeat", &races(twins).to_string()])
        .arg(if twins {
            "--timeout=2s"
        } else {
            "--timeout=10s"
        })
        .args(paths)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let is_verdict = |line: &&str| {
        ["pass ", "FAIL ", "ERROR "]
            .iter()
            .any(|word| line.starts_with(word))
    };
    text.lines().filter(is_verdict).map(str::to_owned).collect()
}

fn assert_races_are_none(server: &str) {
    for (twins, word) in [(false, "pass "), (true, "FAIL ")] {
        let verdicts = raced(server, twins);
        assert_eq!(verdicts.len(), RACES * races(twins), "{verdicts:#?}");
        let others: Vec<&String> = verdicts
            .iter()
            .filter(|line| !line.starts_with(word))
            .collect();
        assert!(others.is_empty(), "{server}: {others:#?}");
    }
}

#[test]
fn races_are_none_on_prosody() {
    assert_races_are_none("prosody");
}

#[test]
fn races_are_none_on_ejabberd() {
    assert_races_are_none("ejabberd");
}

/// Acts a story out many times; gives how often it passed, and what was said.
fn passes(server: &str, name: &str, sync: &str) -> (usize, String) {
    let folder = tempfile::tempdir().unwrap();
    let story = story(name, server);
    // A run gives accounts and rooms names of their own each time, and no nodes: they get them here.
    let (repeat, apart): (usize, &[&str]) = match name {
        "pubsub" => (1, &[]),
        _ => (times(), &["--unique"]),
    };
    for number in 0..times() / repeat {
        let path = folder.path().join(format!("story_{number:02}.scs"));
        let node = format!("node=\"order-{number}\"");
        fs::write(path, story.replace("node=\"order\"", &node)).unwrap();
    }
    let output = scansion(&["run", "--launch", server, "--sync", sync])
        .args(["--repeat", &repeat.to_string()])
        .args(["--isolation=run", "--jobs=1"])
        .args(["--tls=none", "--mechanism=PLAIN", "--timeout=5s"])
        .args(apart)
        .arg(folder.path())
        .output()
        .unwrap();
    let said = text(&output);
    let passed = said
        .lines()
        .filter(|line| line.starts_with("pass "))
        .count();
    (passed, said)
}

fn assert_ordered_by_pings_alone(server: &str) {
    for name in STORIES {
        let (passed, text) = passes(server, name, "ping");
        assert_eq!(passed, times(), "{name} on {server}: {text}");
        let (lucky, text) = passes(server, name, "none");
        assert!(lucky < times(), "{name} on {server}: {text}");
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
