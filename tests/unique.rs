//! `--unique` and `--domain`: other names for the JIDs of scripts, on real servers.

use std::path::Path;
use std::process::{Command, Output, Stdio};

fn scansion(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scansion"))
        .arg("run")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn text(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8(both).unwrap()
}

#[track_caller]
fn assert_passes(output: &Output) {
    assert_eq!(output.status.code(), Some(0), "{}", text(output));
}

#[test]
fn scripts_do_not_meet_on_one_server() {
    // With the names it is written with, the second finds what the first has left.
    for server in ["prosody", "ejabberd"] {
        let one = ["--launch", server, "--isolation=run"];
        let twice = ["--repeat=2", "tests/scripts/live/leaves_traces.scs"];
        let met = scansion(&[one.as_slice(), &twice, &["--jobs=1"]].concat());
        assert_eq!(met.status.code(), Some(1), "{}", text(&met));
        assert_passes(&scansion(
            &[one.as_slice(), &twice, &["--unique", "--jobs=2"]].concat(),
        ));
    }
}

#[test]
fn all_own_scripts_pass_under_other_names() {
    let all = [
        "--launch=prosody",
        "--isolation=run",
        "--jobs=4",
        "spec",
        "examples",
    ];
    assert_passes(&scansion(&[all.as_slice(), &["--unique"]].concat()));
    assert_passes(&scansion(
        &[all.as_slice(), &["--domain", "xmpp.example.org"]].concat(),
    ));
    let both = ["--unique", "--domain=xmpp.example.org"];
    assert_passes(&scansion(&[all.as_slice(), &both].concat()));
}

/// Scripts of others, which are not part of the project; there is nothing to see where they are not at hand.
#[test]
fn scripts_of_others_pass_under_other_names() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/scripts/prosody-0.12");
    if !folder.is_dir() {
        return;
    }
    let scripts = folder.to_str().unwrap();
    let lines = |more: &[&str]| -> Vec<String> {
        let fixed = [
            "--launch=prosody",
            "--isolation=script",
            scripts,
            "--timeout=2s",
        ];
        let text = text(&scansion(&[fixed.as_slice(), more].concat()));
        let lines = text.lines().filter(|line| line.starts_with("pass "));
        lines
            .map(|line| line.rsplit_once("  ").unwrap().0.to_owned())
            .collect()
    };
    let plain = lines(&[]);
    assert!(plain.len() > 25, "{plain:?}");
    assert_eq!(lines(&["--unique"]), plain);
    assert_eq!(lines(&["--domain=xmpp.example.org"]), plain);
}

#[test]
fn a_failure_tells_under_which_names_it_was_run() {
    let script = "tests/scripts/live/never_there.scs";
    let output = scansion(&["--launch=prosody", "--unique", "--timeout=500ms", script]);
    assert_eq!(output.status.code(), Some(1));
    let text = text(&output);
    assert!(
        text.contains("names of accounts and rooms ended in -"),
        "{text}"
    );
}

#[test]
fn what_is_no_domain_is_refused() {
    for domain in ["romeo@localhost", "a b", ""] {
        let output = scansion(&["--domain", domain, "spec"]);
        assert_eq!(output.status.code(), Some(2));
        let text = text(&output);
        assert!(text.contains("not a domain"), "{text}");
    }
}
