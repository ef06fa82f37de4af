//! No password, and nothing that proves one, is in anything that a run says, reports or keeps.

use std::fs;
use std::process::{Command, Stdio};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

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
            let output = Command::new(env!("CARGO_BIN_EXE_scansion"))
                .args(["run", "-v", "--launch", server, "--mechanism", mechanism])
                .arg("--server-logs")
                .arg(logs.path())
                .arg("--transcript")
                .arg(transcripts.path())
                // The last one fails, and shows the server's log.
                .args([SCRIPT, "tests/scripts/live/never_there.scs", "--timeout=1s"])
                .current_dir(env!("CARGO_MANIFEST_DIR"))
                .stdin(Stdio::null())
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
                // Who knows the passwords can judge by it all the same.
                let output = Command::new(env!("CARGO_BIN_EXE_scansion"))
                    .args(["explain", "-v"])
                    .arg(file.path())
                    .current_dir(env!("CARGO_MANIFEST_DIR"))
                    .output()
                    .unwrap();
                let passed = transcript.contains("password_on_the_wire.scs");
                assert_eq!(output.status.code(), Some(i32::from(!passed)));
                assert_tells_nothing("explain", &String::from_utf8_lossy(&output.stdout));
            }
        }
    }
}
