//! The scripts in `spec/` on ejabberd: each passes, or says in what ejabberd departs from an RFC or XEP.

use std::collections::BTreeSet;
use std::fs;

use crate::program::{root, run};
use crate::scripts::scripts_below;

/// The scripts that say so, by a tag `## departs: ejabberd …`.
fn departures() -> BTreeSet<String> {
    let scripts = scripts_below(&root().join("spec")).into_iter();
    let departing = scripts.filter(|path| {
        let text = fs::read_to_string(path).unwrap();
        text.lines()
            .any(|line| line.starts_with("## departs: ejabberd "))
    });
    let called = departing.map(|path| path.strip_prefix(root()).unwrap().to_owned());
    called
        .map(|path| path.into_os_string().into_string().unwrap())
        .collect()
}

#[test]
fn what_fails_on_ejabberd_is_noted_and_nothing_else_fails() {
    let output = run(&["--launch=ejabberd", "--timeout=3s", "--jobs=4", "spec"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let failed = text.lines().filter(|line| line.starts_with("FAIL "));
    let failed: BTreeSet<String> = failed
        .map(|line| line.rsplit("  ").nth(1).unwrap().to_owned())
        .collect();
    assert_eq!(failed, departures(), "{text}");
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("not supported"), "{text}");
}
