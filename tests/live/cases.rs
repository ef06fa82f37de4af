//! Scripts with tables, on two servers: all rows pass, rows of the doctored twin fail, and by the transcripts they come
//! out the same.

use std::collections::BTreeMap;

use crate::explain::explain;
use crate::judging::{act_out, kept, scripts};

/// How many rows of a script fail.
fn red_rows(script: &str) -> usize {
    match script.rsplit('/').next().unwrap() {
        // In its first row nobody is negative.
        "headline.twin.scs" => 2,
        "refused.twin.scs" => 3,
        _ => 0,
    }
}

/// Acts the rows of all scripts out, and judges each again by what was kept of it.
fn assert_all_judged(server: &str) {
    let scripts = scripts("cases");
    assert!(scripts.len() >= 4);
    let transcripts = tempfile::tempdir().unwrap();
    let said = act_out(&scripts, server, &["--unique"], &transcripts);
    let mut red: BTreeMap<String, usize> = BTreeMap::new();
    for row in kept(&transcripts) {
        *red.entry(row.script.clone()).or_default() += usize::from(row.failed);
        explain(&row.transcript, &[&row.script]).ended(i32::from(row.failed), &[]);
    }
    assert_eq!(red.len(), scripts.len(), "{said}");
    for (script, failed) in red {
        assert_eq!(failed, red_rows(&script), "{script}\n{said}");
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
