//! `--unique` and `--domain`: other names for the JIDs of scripts, on real servers.

use crate::foreign::foreign_scripts;
use crate::own_scripts::SAMPLE;
use crate::program::{assert_ends, run, text};

#[test]
fn scripts_do_not_meet_on_one_server() {
    // With the names it is written with, the second finds what the first has left.
    for server in ["prosody", "ejabberd"] {
        let one = ["--launch", server, "--isolation=run"];
        let twice = ["--repeat=2", "tests/scripts/live/leaves_traces.scs"];
        let met = run(&[one.as_slice(), &twice, &["--jobs=1"]].concat());
        assert_eq!(met.status.code(), Some(1), "{}", text(&met));
        assert_ends(
            &run(&[one.as_slice(), &twice, &["--unique", "--jobs=2"]].concat()),
            0,
            &[],
        );
    }
}

#[test]
fn all_own_scripts_pass_under_other_names() {
    let pass_with = |names: &[&str], scripts: &[&str]| {
        let all = ["--launch=prosody", "--isolation=run", "--jobs=4"];
        assert_ends(&run(&[&all, names, scripts].concat()), 0, &[]);
    };
    pass_with(&["--unique"], &SAMPLE);
    pass_with(&["--domain", "xmpp.example.org"], &SAMPLE);
    pass_with(&["--unique", "--domain=xmpp.example.org"], &SAMPLE);
}

/// Scripts of others, which are not part of the project; there is nothing to see where they are not at hand.
#[test]
fn scripts_of_others_pass_under_other_names() {
    let Some(folder) = foreign_scripts() else {
        return;
    };
    let folder = folder.join("prosody-0.12");
    let scripts = folder.to_str().unwrap();
    let lines = |more: &[&str]| -> Vec<String> {
        let fixed = [
            "--launch=prosody",
            "--isolation=script",
            scripts,
            "--timeout=2s",
        ];
        let text = text(&run(&[fixed.as_slice(), more].concat()));
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
    let output = run(&["--launch=prosody", "--unique", "--timeout=500ms", script]);
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
        let output = run(&["--domain", domain, "spec"]);
        assert_eq!(output.status.code(), Some(2));
        let text = text(&output);
        assert!(text.contains("not a domain"), "{text}");
    }
}
