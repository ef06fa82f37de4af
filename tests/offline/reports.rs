//! Reports that are files: of runs that cannot begin, on full disks, and what is no report.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use scansion::report::model::{Report, Verdict};
use scansion::report::{Format, json};

use crate::program::{PROGRAM, assert_ends, root, run, scansion};

/// Runs, and reads the report that comes on the standard output.
fn reported(arguments: &[&str]) -> Report {
    let output = run(&[&["--report", "json"], arguments].concat());
    json::read(&String::from_utf8(output.stdout).unwrap()).unwrap()
}

fn verdicts(report: &Report) -> Vec<Verdict> {
    report.scripts.iter().map(|script| script.verdict).collect()
}

fn merge(paths: &[&str], reports: &[&str]) -> Output {
    let words = [&["report", "merge"], paths, reports].concat();
    scansion(&words).output().unwrap()
}

#[test]
fn every_format_is_described() {
    let pages = [
        include_str!("../../docs/reports.md"),
        include_str!("../../docs/running.md"),
    ];
    let helps = [["run", "--help"].as_slice(), &["report", "merge", "--help"]].map(|words| {
        let output = scansion(words).output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    });
    for name in Format::ALL.map(|format| format!("`{format}`")) {
        for text in pages.into_iter().chain(helps.iter().map(String::as_str)) {
            assert!(text.contains(&name), "{name} is not in: {text}");
        }
    }
}

/// The server does not start: nothing is known of the scripts, and why is in the report.
#[test]
fn a_run_that_cannot_begin_is_reported() {
    let broken = "echo no luck; exit 7";
    let report = reported(&[
        "--launch-command",
        broken,
        "spec/rfc6120/login.scs",
        "spec/xep0199/ping.scs",
    ]);
    assert_eq!(verdicts(&report), [Verdict::NotRun; 2]);
    for script in &report.scripts {
        assert!(
            script.message.as_ref().unwrap().contains("exit code 7"),
            "{script:?}"
        );
        assert!(script.explanation.contains("no luck"), "{script:?}");
        assert!(!script.tags.is_empty());
    }
    let report = reported(&["--ca", "no such file", "spec/rfc6120/login.scs"]);
    assert_eq!(verdicts(&report), [Verdict::NotRun]);
}

/// What does not fit on the disk, here a limit to the size of files, does not cost what was there before.
#[test]
fn a_full_disk_leaves_the_old_report() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report");
    fs::write(&file, "old").unwrap();
    let run = "ulimit -f 1; exec \"$0\" \"$@\"";
    let output = Command::new("sh")
        .args(["-c", run, PROGRAM, "run"])
        .arg(format!("--report=html={}", file.display()))
        .args(["--server=127.0.0.1:1", "spec/rfc6120/login.scs"])
        .current_dir(root())
        .output();
    let refused = format!("cannot write the report {}: ", file.display());
    assert_ends(&output.unwrap(), 2, &[&refused, "connection refused"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn what_is_no_report_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let (xml, bytes) = (file("xml", b"<testsuites/>"), file("bytes", b"\xff\xfe"));
    let (empty, newer) = (
        file("empty", b""),
        file(
            "newer",
            b"{\"event\":\"run-started\",\"schema\":9,\"scansion\":\"9\",\"started\":\"\",\"selected\":[]}",
        ),
    );
    let advice = "a report that can be read is written by `scansion run --report json=FILE`";
    let all = [xml.as_str(), &bytes, &empty, &newer, "nowhere"];
    let words = [
        &format!("{xml}: line 1: "),
        &format!("{bytes}: line 1: "),
        &format!("{empty}: it is empty"),
        &format!("{newer}: the report has version 9"),
        "nowhere: ",
        advice,
    ];
    assert_ends(&merge(&all, &[]), 2, &words);
    assert!(!Path::new("nowhere").exists());
}

/// However scripts are named, and wherever the run is.
#[test]
fn scripts_are_called_by_their_way_from_the_working_directory() {
    let above = tempfile::tempdir().unwrap();
    let above = above.path().canonicalize().unwrap();
    let here = above.join("xmpp");
    fs::create_dir_all(here.join("spec")).unwrap();
    for path in ["xmpp/spec/a.scs", "b.scs"] {
        fs::write(above.join(path), "[Client] A\n\tjid: x\n---\nB connects\n").unwrap();
    }
    let (a, b) = (here.join("spec/a.scs"), above.join("b.scs"));
    let mut command = scansion(&[
        "run",
        a.to_str().unwrap(),
        b.to_str().unwrap(),
        "--no-config",
    ]);
    for format in Format::ALL {
        command.arg(format!("--report={format}=report.{format}"));
    }
    let output = command
        .current_dir(&here)
        .env("GITHUB_WORKSPACE", &above)
        .output()
        .unwrap();
    assert_ends(&output, 2, &[a.to_str().unwrap(), "2 could not be run"]);
    for format in Format::ALL {
        let report = fs::read_to_string(here.join(format!("report.{format}"))).unwrap();
        assert!(
            !report.contains(above.to_str().unwrap()),
            "{format}: {report}"
        );
        let (a, b) = match format {
            Format::Github => ("file=xmpp/spec/a.scs,", "file=b.scs,"),
            _ => ("spec/a.scs", "../b.scs"),
        };
        assert!(
            report.contains(a) && report.contains(b),
            "{format}: {report}"
        );
    }
}
