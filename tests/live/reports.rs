//! Reports that are files: what is in them after runs on a real server, and after runs that were not all well.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::process::{Command, Output, Stdio};

use scansion::report::model::{Report, Verdict};
use scansion::report::{Status, json};
use tempfile::TempDir;

use crate::program::{assert_ends, run, scansion};

/// Runs, and reads the report that comes on the standard output.
fn reported(arguments: &[&str]) -> Report {
    let output = run(&[&["--report", "json"], arguments].concat());
    json::read(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

fn verdicts(report: &Report) -> Vec<Verdict> {
    report.scripts.iter().map(|script| script.verdict).collect()
}

#[test]
fn every_script_is_in_the_report_whatever_came_of_it() {
    let output = run(&[
        "--launch=prosody",
        "--timeout=3",
        "--report",
        "json",
        "spec/rfc6120/login.scs",
        "tests/cli/doctored/message_full_jid.scs",
        "tests/cli/broken.scs",
        "nowhere.scs",
    ]);
    let report = json::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
    use Verdict::{Errored, Failed, Passed};
    assert_eq!(verdicts(&report), [Passed, Failed, Errored, Errored]);
    assert_eq!(report.scripts[2].place.map(|place| place.line), Some(5));
    let failed = &report.scripts[1];
    assert_eq!(failed.place.map(|place| place.line), Some(43));
    let message = failed.message.as_deref().unwrap();
    assert!(message.contains("expected direction='west'"), "{message}");
    assert!(report.scripts[0].moments.len() > 20);
    assert_eq!(report.run.selected.len(), 4);
    assert!(!report.end.interrupted);
    // The screen is elsewhere.
    assert!(String::from_utf8_lossy(&output.stderr).contains("4 scripts: 1 passed"));
}

// ---- What was tested ----------------------------------------------------------------------------------------

#[test]
fn launched_servers_tell_their_names_and_versions() {
    for (server, name) in [("prosody", "Prosody "), ("ejabberd", "ejabberd ")] {
        let report = reported(&["--launch", server, "spec/rfc6120/login.scs"]);
        let description = report.run.server.unwrap();
        let version = description.strip_prefix(name).unwrap_or_default();
        assert!(
            version.starts_with(|first: char| first.is_ascii_digit()),
            "{description}"
        );
    }
}

#[test]
fn other_servers_are_known_by_their_program_or_address() {
    let report = reported(&[
        "--launch-command",
        "exec prosody -F --config {config}",
        "--launch-config",
        "tests/launch/prosody.cfg.lua",
        "tests/scripts/live/configured.scs",
    ]);
    assert_eq!(report.run.server.as_deref(), Some("prosody"));
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
    let address = nobody.unwrap().to_string();
    let report = reported(&["--server", &address, "spec/rfc6120/login.scs"]);
    assert_eq!(report.run.server.as_deref(), Some(address.as_str()));
    let url = format!("ws://romeo:secret@{address}/ws?token=secret");
    let report = reported(&["--transport", &url, "spec/rfc6120/login.scs"]);
    assert_eq!(report.run.server, Some(address));
}

// ---- Runs that do not go well -------------------------------------------------------------------------------

/// After Ctrl-C there is what ran, and of the rest that it did not.
#[test]
fn an_interrupted_run_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    let to = format!("--report=json={}", file.display());
    let slow = "tests/scripts/live/never_there.scs";
    let fast = "spec/rfc6120/login.scs";
    let options = ["run", "--launch=prosody", "-v", "-j1", "--timeout=60s", &to];
    let mut process = scansion(&[&options[..], &[fast, slow, "spec/xep0199/ping.scs"]].concat())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let is_slow_on_its_way = |line: &String| line.starts_with("  ") && line.contains("receives");
    let mut seen = String::new();
    lines
        .by_ref()
        .map(Result::unwrap)
        .inspect(|line| seen.push_str(&format!("{line}\n")))
        .skip_while(|line| !line.starts_with("pass "))
        .find(is_slow_on_its_way)
        .unwrap_or_else(|| panic!("nothing is waited for:\n{seen}"));
    let killed = Command::new("kill")
        .args(["-INT", &process.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    lines.for_each(drop);
    assert_eq!(process.wait().unwrap().code(), Some(2));
    let report = json::read(&fs::read_to_string(file).unwrap()).unwrap();
    use Verdict::{Errored, NotRun, Passed};
    assert_eq!(verdicts(&report), [Passed, Errored, NotRun]);
    assert!(
        report.scripts[1]
            .message
            .as_ref()
            .unwrap()
            .contains("was interrupted")
    );
    assert_eq!(
        report.scripts[2].message.as_deref(),
        Some("the run ended before")
    );
    assert!(report.end.interrupted);
}

/// A report that cannot be written is told before the run, which users would not want to repeat for that.
#[test]
fn reports_that_cannot_be_written_are_refused_before_the_run() {
    let launch = [
        "--launch-command",
        "echo started; exit 3",
        "spec/rfc6120/login.scs",
    ];
    for (reports, words) in [
        (
            vec!["--report=json=no/such/folder/r"],
            "cannot write the report no/such/folder/r: ",
        ),
        (
            vec!["--report=json", "--report=tap"],
            "both go to the standard output",
        ),
        (
            vec![
                "--report=json=target/one",
                "--report=tap=./target/../target/one",
            ],
            "two reports cannot both go to ./target/../target/one",
        ),
        (
            vec!["--report=pdf"],
            "there are json, html, junit, tap, markdown, github",
        ),
    ] {
        let output = run(&[launch.as_slice(), &reports].concat());
        assert_ends(&output, 2, &[words]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            !said.contains("exit code 3"),
            "the server was started: {said}"
        );
    }
    // Two may well go to nowhere.
    let nowhere = [
        "--report=json=/dev/null",
        "--report=tap=/dev/null",
        "--launch=prosody",
    ];
    let output = run(&[&nowhere[..], &["spec/rfc6120/login.scs"]].concat());
    assert_ends(&output, 0, &["1 passed"]);
}

// ---- Several machines ---------------------------------------------------------------------------------------

const SUITE: [&str; 4] = [
    "spec/rfc6120/login.scs",
    "tests/cli/doctored/message_full_jid.scs",
    "spec/xep0199/ping.scs",
    "spec/rfc6121/roster.scs",
];

/// The reports of three machines, in the files `1` to `3`.
fn machines(folder: &TempDir) -> [String; 3] {
    [1, 2, 3].map(|number| {
        let path = folder.path().join(number.to_string()).display().to_string();
        let options = [
            "--launch=prosody",
            "--timeout=3",
            &format!("--partition={number}/3"),
            &format!("--report=json={path}"),
        ];
        run(&[&options, SUITE.as_slice()].concat());
        path
    })
}

fn merge(paths: &[&str], reports: &[&str]) -> Output {
    let words = [&["report", "merge"], paths, reports].concat();
    scansion(&words).output().unwrap()
}

#[test]
fn reports_of_several_machines_become_one() {
    let folder = tempfile::tempdir().unwrap();
    let [one, two, three] = machines(&folder);
    let merged = folder.path().join("merged").display().to_string();
    let to = [format!("--report=json={merged}"), "--report=tap".to_owned()];
    let to = to.each_ref().map(String::as_str);
    let output = merge(&[&three, &one, &two], &to);
    let summary = "4 scripts: 3 passed, 1 failed";
    assert_ends(
        &output,
        1,
        &[
            "1..4\nok 1 - Login",
            "FAIL  Messages to a full JID",
            summary,
        ],
    );
    assert!(String::from_utf8_lossy(&output.stderr).contains(summary));
    let report = json::read(&fs::read_to_string(&merged).unwrap()).unwrap();
    let scripts = report.scripts.iter();
    let paths: Vec<&str> = scripts.map(|script| script.case.path()).collect();
    assert_eq!(paths, SUITE);
    // A machine that has run all of it says the same.
    let whole = run(&[&["--launch=prosody", "--timeout=3"], SUITE.as_slice()].concat());
    assert_eq!(whole.status.code(), Some(1));
    assert_ends(&merge(&[&merged], &[]), 1, &[summary]);
}

#[test]
fn a_report_that_is_missing_is_missed() {
    let folder = tempfile::tempdir().unwrap();
    let paths = machines(&folder);
    let reports = paths
        .each_ref()
        .map(|path| json::read(&fs::read_to_string(path).unwrap()).unwrap());
    let lost = reports
        .iter()
        .position(|report| !report.scripts.is_empty())
        .unwrap();
    let others: Vec<&str> = (0..3)
        .filter(|at| *at != lost)
        .map(|at| paths[at].as_str())
        .collect();
    let lost = reports[lost].scripts.len();
    let output = merge(&others, &["--report=json"]);
    assert_ends(
        &output,
        2,
        &["no machine ran these scripts", "is a report missing?"],
    );
    let report = json::read(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert_eq!(report.scripts.len(), SUITE.len());
    assert_eq!(report.summary().count(Status::NotRun), lost);
}

#[test]
fn versions_that_differ_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (one, two) = (path("one"), path("two"));
    run(&[
        "--launch=prosody",
        "spec/rfc6120/login.scs",
        &format!("--report=json={one}"),
    ]);
    let report = fs::read_to_string(&one).unwrap();
    let version = format!("\"scansion\":\"{}\"", env!("CARGO_PKG_VERSION"));
    let other = report.replace(&version, "\"scansion\":\"9.9\"");
    assert_ne!(other, report);
    fs::write(&two, other).unwrap();
    let output = merge(&[&one, &two], &[]);
    assert_ends(
        &output,
        0,
        &[
            "different versions of scansion: ",
            "9.9",
            "1 script: 1 passed",
        ],
    );
}
