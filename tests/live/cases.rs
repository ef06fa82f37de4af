//! Scripts with tables, on two servers: all rows pass, rows of the doctored twin fail, and by the transcripts they come
//! out the same.

use std::fs;
use std::path::{Path, PathBuf};

use crate::explain::explain;
use crate::program::{root, scansion, text};

/// The scripts, twins among them.
fn scripts() -> Vec<PathBuf> {
    let folder = root().join("tests/scripts/live/cases");
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

/// Acts the rows of a script out, and judges each again by what was kept of it.
fn assert_judged(script: &Path, server: &str, failed: usize) {
    let folder = tempfile::tempdir().unwrap();
    let output = scansion(&["run", "--no-config", "--timeout=2s", "--launch", server])
        .args(["--transcript", folder.path().to_str().unwrap()])
        .arg(script)
        .output()
        .unwrap();
    let said = text(&output);
    assert_eq!(output.status.code(), Some(i32::from(failed > 0)), "{said}");
    let path = script.to_str().unwrap();
    let mut red = 0;
    for kept in fs::read_dir(folder.path()).unwrap() {
        let kept = kept.unwrap().path();
        let transcript = fs::read_to_string(&kept).unwrap();
        let fails = transcript
            .lines()
            .any(|line| line.starts_with("end: ") && line.ends_with(" failed"));
        red += usize::from(fails);
        explain(&kept, &[path]).ended(i32::from(fails), &[]);
    }
    assert_eq!(red, failed, "{said}");
}

fn assert_all_judged(server: &str) {
    let scripts = scripts();
    assert!(scripts.len() >= 4);
    for script in scripts {
        let failed = match script.file_name().unwrap().to_str().unwrap() {
            // In its first row nobody is negative.
            "headline.twin.scs" => 2,
            "refused.twin.scs" => 3,
            _ => 0,
        };
        assert_judged(&script, server, failed);
    }
}

#[test]
fn prosody_is_judged_row_by_row() {
    assert_all_judged("prosody");
}

#[test]
fn ejabberd_is_judged_row_by_row() {
    assert_all_judged("ejabberd");
}
