//! Reports that are files: what is in them after runs on a real server, and after runs that were not all well.

use std::process::{Command, Output, Stdio};

use scansion::report::json;
use scansion::report::model::Verdict;

fn scansion(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_scansion"))
        .arg("run")
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

#[test]
fn every_script_is_in_the_report_whatever_came_of_it() {
    let output = scansion(&[
        "--launch=prosody",
        "--timeout=1",
        "--report",
        "json",
        "spec/login.scs",
        "tests/cli/doctored/message_full_jid.scs",
        "tests/cli/broken.scs",
        "nowhere.scs",
    ]);
    let report = json::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
    let verdicts: Vec<Verdict> = report.scripts.iter().map(|script| script.verdict).collect();
    use Verdict::{Errored, Failed, Passed};
    assert_eq!(verdicts, [Passed, Failed, Errored, Errored]);
    let failed = &report.scripts[1];
    assert_eq!(failed.place.map(|place| place.line), Some(46));
    let message = failed.message.as_deref().unwrap();
    assert!(message.contains("expected direction='west'"), "{message}");
    assert!(report.scripts[0].moments.len() > 20);
    assert_eq!(report.run.selected.len(), 4);
    assert!(!report.end.interrupted);
    // The screen is elsewhere.
    assert!(String::from_utf8_lossy(&output.stderr).contains("4 scripts: 1 passed"));
}
