//! No password, and nothing that proves one, is in anything that a run says, reports or keeps.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use scansion::launch::Needs;
use scansion::plan::{self, PlanOptions};
use scansion::source::SourceFile;
use scansion::{accounts, script};

use crate::program::{PROGRAM, root, scansion};

/// The passwords of the cast of this script.
const SCRIPT: &str = "tests/scripts/live/password_on_the_wire.scs";
const PASSWORDS: [&str; 2] = ["correct-horse-battery", "staple-with-ampersand"];

/// The elements whose content is a SASL payload (RFC 6120 §6.4).
const PAYLOADS: [&str; 4] = ["<auth ", "<challenge ", "<response ", "<success "];

#[track_caller]
fn assert_tells_nothing(what: &str, text: &str) {
    for password in PASSWORDS {
        assert!(!text.contains(password), "{what}: {text}");
        for login in ["romeo", "juliet"] {
            let plain = BASE64_STANDARD.encode(format!("\0{login}\0{password}"));
            assert!(!text.contains(&plain), "{what}: {text}");
        }
    }
    for line in text.lines() {
        for payload in PAYLOADS {
            if let Some((_, element)) = line.split_once(payload)
                && let Some((_, content)) = element.split_once('>')
            {
                let is_hidden = content.is_empty() || content.starts_with("[redacted]");
                assert!(is_hidden || element.contains("/>"), "{what}: {line}");
            }
        }
    }
}

#[test]
fn a_run_that_shows_everything_shows_no_password() {
    for server in ["prosody", "ejabberd"] {
        for mechanism in ["PLAIN", "SCRAM-SHA-1"] {
            let logs = tempfile::tempdir().unwrap();
            let transcripts = tempfile::tempdir().unwrap();
            let launch = ["run", "-v", "--launch", server, "--mechanism", mechanism];
            let output = scansion(&launch)
                .arg("--server-logs")
                .arg(logs.path())
                .arg("--transcript")
                .arg(transcripts.path())
                // The last one fails, and shows the server's log.
                .args([SCRIPT, "tests/scripts/live/never_there.scs", "--timeout=4s"])
                .output()
                .unwrap();
            for (what, bytes) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
                assert_tells_nothing(what, &String::from_utf8_lossy(bytes));
            }
            let text = String::from_utf8_lossy(&output.stdout);
            assert!(text.contains("1 passed, 1 failed"), "{text}");
            assert!(text.contains("[redacted]"), "{text}");
            let files: Vec<_> = fs::read_dir(logs.path()).unwrap().flatten().collect();
            assert_eq!(files.len(), 2);
            for file in files {
                let log = fs::read_to_string(file.path()).unwrap();
                assert!(log.contains("localhost"), "{log}");
                assert_tells_nothing("a server's log", &log);
            }
            let files: Vec<_> = fs::read_dir(transcripts.path())
                .unwrap()
                .flatten()
                .collect();
            assert_eq!(files.len(), 2);
            for file in files {
                let transcript = fs::read_to_string(file.path()).unwrap();
                assert!(transcript.contains(">[redacted]</"), "{transcript}");
                assert_tells_nothing("a transcript", &transcript);
                // A user who knows the passwords can judge by it all the same.
                let mut explain = scansion(&["explain", "-v"]);
                let output = explain.arg(file.path()).output().unwrap();
                let passed = transcript.contains("password_on_the_wire.scs");
                assert_eq!(output.status.code(), Some(i32::from(!passed)));
                assert_tells_nothing("explain", &String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}

/// A script that sends the passwords itself, by hand and computed, and fails.
const WRITTEN: &str = "tests/scripts/live/computed/passwords.scs";

/// The ways to write a password that nobody has to guess.
fn encodings(password: &str) -> Vec<String> {
    let bytes = password.as_bytes();
    let each = |write: &dyn Fn(u8) -> String, between: &str| {
        let all: Vec<String> = bytes.iter().map(|byte| write(*byte)).collect();
        all.join(between)
    };
    let mut all = vec![
        password.to_owned(),
        each(&|byte| format!("{byte:02x}"), ""),
        each(&|byte| format!("{byte:02X}"), ""),
        each(&|byte| format!("%{byte:02x}"), ""),
        each(&|byte| byte.to_string(), ","),
    ];
    // What of the digits is the same, whatever stands before and behind.
    for before in 0..3 {
        let text = [&vec![0; before], bytes].concat();
        let digits = BASE64_STANDARD.encode(&text);
        let (first, last) = ((before * 8).div_ceil(6), text.len() * 8 / 6);
        all.push(digits[first..last].to_owned());
    }
    all
}

#[track_caller]
fn assert_has_none(what: &str, text: &str) {
    for password in PASSWORDS.into_iter().chain(["paper-clip-of-verona"]) {
        for written in encodings(password) {
            assert!(!text.contains(&written), "{what} has {written}: {text}");
        }
    }
    // SHA-1 of the first one.
    let hash = "f97979ff44a9a1a4105f4bae6fe809715e0a0a84";
    assert!(!text.contains(hash), "{what}: {text}");
}

/// All files in a folder, and in those in it.
fn texts(folder: &Path) -> Vec<String> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap().flatten() {
        match entry.file_type().unwrap().is_dir() {
            true => all.extend(texts(&entry.path())),
            false => all.push(fs::read_to_string(entry.path()).unwrap()),
        }
    }
    all
}

#[test]
fn a_password_that_a_script_sends_is_not_shown_in_any_encoding() {
    for server in ["prosody", "ejabberd"] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mut run = scansion(&["run", "-v", "--launch", server, WRITTEN, "--timeout=4s"]);
        for form in ["json", "html", "junit", "tap", "markdown", "github"] {
            let file = path(&format!("report.{form}"));
            run.arg("--report")
                .arg(format!("{form}={}", file.display()));
        }
        run.arg("--transcript").arg(path("transcripts"));
        run.arg("--server-logs").arg(path("logs"));
        let output = run.output().unwrap();
        let shown = String::from_utf8_lossy(&output.stdout);
        assert!(shown.contains("<message id=\"three\">"), "{shown}");
        assert!(shown.contains("[redacted]"), "{shown}");
        assert_has_none("the screen", &shown);
        assert_has_none("stderr", &String::from_utf8_lossy(&output.stderr));
        let kept = texts(folder.path());
        assert_eq!(kept.len(), 8);
        kept.iter().for_each(|text| assert_has_none("a file", text));
        let transcript = texts(&path("transcripts"));
        assert!(transcript[0].contains("[redacted: sha1 "), "{transcript:?}");
        let file = fs::read_dir(path("transcripts")).unwrap().next().unwrap();
        let mut explain = scansion(&["explain", "-v"]);
        let explained = explain.arg(file.unwrap().path()).output().unwrap();
        let explained = String::from_utf8_lossy(&explained.stdout).into_owned();
        assert!(explained.contains("waited 4s for <message>"), "{explained}");
        assert_has_none("explain", &explained);
    }
}

#[test]
fn no_script_and_no_plan_is_printed_with_its_passwords() {
    let text = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: open-sesame\n\n\
                [Component] Shop\n\tjid: shop.localhost\n\tsecret: open-sesame\n---\nRomeo connects\n";
    let script = script::read(SourceFile::new("play.scs", text)).script;
    let plan = plan::resolve(&script, &PlanOptions::default()).unwrap();
    let needs = Needs::of_plans(std::slice::from_ref(&plan));
    for printed in [
        format!("{script:?}"),
        format!("{plan:?}"),
        format!("{:?}", plan.secrets()),
        format!("{needs:?}"),
        format!("{:?}", accounts::of_plan(&plan)),
    ] {
        assert!(!printed.contains("open-sesame"), "{printed}");
    }
}

/// What others may do with a file or a folder.
fn for_others(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o077
}

/// Whatever the umask, only their owner can read what a run keeps that could have secrets: reports have none.
#[test]
fn what_is_kept_is_for_its_owner_alone() {
    for (server, config) in [("prosody", "prosody.cfg.lua"), ("ejabberd", "ejabberd.yml")] {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("tmp")).unwrap();
        let output = Command::new("sh")
            .args(["-c", "umask 0; exec \"$0\" \"$@\"", PROGRAM])
            .args([
                "run",
                "--keep-server",
                "--launch",
                server,
                "spec/rfc6120/login.scs",
            ])
            .arg("--transcript")
            .arg(path("transcripts"))
            .arg("--server-logs")
            .arg(path("logs"))
            .current_dir(root())
            .env("TMPDIR", path("tmp"))
            .output()
            .unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let (_, guard) = said.split_once("`kill ").expect("the server runs on");
        let of_server = fs::read_dir(path("tmp")).unwrap().next().unwrap();
        let of_server = of_server.unwrap().path();
        let kept = [
            path("transcripts"),
            path("transcripts/001-spec-rfc6120-login.transcript"),
            path("logs"),
            path("logs/001-spec-rfc6120-login.log"),
            // Closed already by this folder, but a user may open it to look for something.
            of_server.clone(),
            of_server.join(config),
            of_server.join("server.key"),
            of_server.join("server.pem"),
            of_server.join("server.out"),
        ];
        let modes = kept.map(|path| (for_others(&path), path));
        let killed = Command::new("kill")
            .arg(guard.split('`').next().unwrap())
            .status();
        assert!(killed.unwrap().success());
        let open: Vec<_> = modes.iter().filter(|(mode, _)| *mode != 0).collect();
        assert!(open.is_empty(), "{server}: {open:?}");
    }
}
