//! What is said of all children of an element and of absent attributes, and one of several, on servers: stories that
//! hold, and for each a doctored twin that does not.

use std::fs;
use std::path::PathBuf;

use crate::program::{root, scansion, text};

/// The stories, or their twins.
fn stories(twins: bool) -> Vec<PathBuf> {
    let folder = fs::read_dir(root().join("tests/scripts/live/counts")).unwrap();
    let paths = folder.map(|entry| entry.unwrap().path());
    let is_twin = |path: &PathBuf| path.to_str().unwrap().ends_with(".twin.scs");
    paths.filter(|path| is_twin(path) == twins).collect()
}

#[track_caller]
fn assert_counted(server: &str) {
    for (twins, word) in [(false, "passed"), (true, "failed")] {
        let stories = stories(twins);
        let output = scansion(&["run", "--no-config", "--launch", server])
            .args(["--isolation=run", "--timeout=3s"])
            .args(&stories)
            .output()
            .unwrap();
        let text = text(&output);
        let count = stories.len();
        assert!(
            text.contains(&format!("{count} scripts: {count} {word}")),
            "{text}"
        );
    }
}

#[test]
fn what_is_counted_is_told_on_prosody() {
    assert_counted("prosody");
}

#[test]
fn what_is_counted_is_told_on_ejabberd() {
    assert_counted("ejabberd");
}
