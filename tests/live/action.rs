//! The GitHub Action on servers: what it runs, what it tells, and how it ends.

use std::fs;
use std::path::Path;

use regex::Regex;

use crate::machine::Machine;
use crate::program::PROGRAM;

#[test]
fn a_server_that_passes_is_told_to_github() {
    let machine = Machine::new();
    let inputs = [
        ("scripts", "spec/rfc6120/login.scs spec/rfc6121/roster.scs"),
        ("launch", "prosody"),
    ];
    let done = machine.run(PROGRAM, &inputs);
    assert_eq!(done.code, 0, "{}", done.said);
    assert!(done.said.contains("2 scripts: 2 passed"), "{}", done.said);
    assert_eq!(done.outputs["exit-code"], "0");
    for output in ["json", "junit", "html"] {
        let report = fs::read_to_string(&done.outputs[output]).unwrap();
        assert!(report.contains("login"), "{output}: {report}");
    }
    assert!(!done.summary.is_empty());
    let reports = Path::new(&done.outputs["reports"]);
    for folder in ["transcripts", "server-logs"] {
        let files = fs::read_dir(reports.join(folder)).unwrap().count();
        assert!(files >= 2, "{folder}: {files}");
    }
}

#[test]
fn a_server_that_fails_makes_the_step_fail_and_is_told_as_well() {
    let machine = Machine::new();
    let script = "tests/cli/doctored/message_full_jid.scs";
    let inputs = [
        ("scripts", script),
        ("launch", "prosody"),
        ("args", "--timeout 1"),
    ];
    let done = machine.run(PROGRAM, &inputs);
    assert_eq!(done.code, 1, "{}", done.said);
    assert_eq!(done.outputs["exit-code"], "1");
    let annotation = format!(r"(?m)^::error .*\bfile={}", regex::escape(script));
    let annotation = Regex::new(&annotation).unwrap();
    assert!(annotation.is_match(&done.said), "{}", done.said);
    assert!(
        done.summary.contains("Messages to a full JID"),
        "{}",
        done.summary
    );
    let junit = fs::read_to_string(&done.outputs["junit"]).unwrap();
    assert!(junit.contains("<failure"), "{junit}");
}

#[test]
fn parts_of_a_matrix_become_one_report() {
    let machine = Machine::new();
    for (number, script) in [
        (1, "spec/rfc6120/login.scs"),
        (2, "spec/rfc6121/roster.scs"),
    ] {
        let reports = machine.path(&format!("parts/{number}"));
        let inputs = [
            ("scripts", script),
            ("launch", "prosody"),
            ("reports", reports.to_str().unwrap()),
        ];
        assert_eq!(machine.step("run", PROGRAM, &inputs).code, 0);
    }
    let parts = machine.path("parts/*/report.json");
    let done = machine.run(PROGRAM, &[("merge", parts.to_str().unwrap())]);
    assert_eq!(done.code, 0, "{}", done.said);
    let junit = fs::read_to_string(&done.outputs["junit"]).unwrap();
    for script in ["login", "roster"] {
        assert!(junit.contains(script), "{junit}");
    }
}

#[test]
fn a_server_that_is_there_is_not_installed() {
    for server in ["prosody", "ejabberd"] {
        let done = Machine::new().step("server", "", &[("launch", server)]);
        assert_eq!((done.code, done.said.as_str()), (0, ""));
    }
}
