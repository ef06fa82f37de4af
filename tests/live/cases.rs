//! Scripts with tables, on two servers: all rows pass, rows of the doctored twin fail, and by the transcripts they come
//! out the same.

use std::fs;
use std::path::Path;

use crate::explain::explain;
use crate::judging::{act_out, scripts};

/// Acts the rows of a script out, and judges each again by what was kept of it.
fn assert_judged(script: &Path, server: &str, failed: usize) {
    let folder = tempfile::tempdir().unwrap();
    let said = act_out(script, server, &folder, i32::from(failed > 0));
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
    let scripts = scripts("cases");
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
