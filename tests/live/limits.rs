//! Runs that may open only few files: whatever that keeps from working, the run ends and tells of `ulimit -n`.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::launched::Launched;
use crate::program::{self, PROGRAM, assert_ends, root, text};

/// A script with so many clients, which are all connected at the same time.
fn crowd(folder: &Path, actors: usize) -> PathBuf {
    let mut script = String::from("# A crowd\n\n");
    for number in 1..=actors {
        let _ = write!(
            script,
            "[Client] A{number}\n\tjid: a{number}@localhost\n\tpassword: p\n\n"
        );
    }
    script.push_str("---------\n\n");
    for number in 1..=actors {
        let _ = write!(script, "A{number} connects\n\n");
    }
    let path = folder.join("crowd.scs");
    fs::write(&path, script).unwrap();
    path
}

/// Runs with a limit to how many files may be open.
fn limited(files: usize, arguments: &[&str]) -> Output {
    Command::new("sh")
        .arg("-c")
        .arg(format!("ulimit -n {files}; exec \"$0\" \"$@\""))
        .args([PROGRAM, "run"])
        .args(arguments)
        .current_dir(root())
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

/// The server may open as many as it likes, so it is the run that has too few.
#[test]
fn a_script_with_more_actors_than_files_says_so() {
    let server = Launched::prosody();
    let folder = tempfile::tempdir().unwrap();
    let crowd = crowd(folder.path(), 40);
    let server = format!("--server=127.0.0.1:{}", server.port());
    // PLAIN takes less time than forty SCRAMs.
    let options = [&server, "--accounts=register", "--mechanism=PLAIN"];
    let arguments = [&options[..], &[crowd.to_str().unwrap()]].concat();
    assert_ends(
        &limited(32, &arguments),
        2,
        &[
            "could not connect: no connection to 127.0.0.1:",
            ": too many open files\n",
            "help: no more than 32 may be open at a time here (`ulimit -n`); a script with 40 actors wants about 104",
            "try `ulimit -n 4096`, or fewer `--jobs`",
        ],
    );
}

/// Which of the two has too few first depends on the server and on what is installed with it; what is told does not.
#[test]
fn a_launched_server_with_more_actors_than_files_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let crowd = crowd(folder.path(), 40);
    for files in [28, 32, 36] {
        let crowd = crowd.to_str().unwrap();
        let output = limited(files, &["--launch=prosody", "--mechanism=PLAIN", crowd]);
        let told = format!("no more than {files} may be open at a time here (`ulimit -n`)");
        assert_ends(&output, 2, &[&told]);
    }
}

/// Few files keep one thing from working, fewer another: a folder, ports, a process, a connection, a report.
#[test]
fn however_few_files_there_are_the_run_ends_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report");
    let report = format!("--report=json={}", report.display());
    let crowd = crowd(folder.path(), 40);
    let options = [
        "--launch=prosody",
        "--mechanism=PLAIN",
        "--timeout=2s",
        &report,
    ];
    let arguments = [
        &options[..],
        &[crowd.to_str().unwrap(), "spec/rfc6120/login.scs"],
    ]
    .concat();
    for files in (5..18).step_by(4).chain(18..32) {
        let output = limited(files, &arguments);
        let said = text(&output);
        assert_eq!(output.status.code(), Some(2), "{files}: {said}");
        assert!(said.contains("`ulimit -n"), "{files}: {said}");
        assert!(!said.contains("panicked"), "{files}: {said}");
    }
}

/// Each job holds on to the process that guards its server.
#[test]
fn many_jobs_with_few_files_say_so() {
    let folder = tempfile::tempdir().unwrap();
    for number in 0..60 {
        let script =
            format!("# {number}\n[Client] A\n\tjid: a@localhost\n\tpassword: p\n---\nA connects\n");
        fs::write(folder.path().join(format!("{number}.scs")), script).unwrap();
    }
    let output = limited(
        48,
        &[
            "--launch-command=exec sleep 1000",
            "--jobs=60",
            folder.path().to_str().unwrap(),
        ],
    );
    assert_ends(&output, 2, &["`ulimit -n", "or fewer `--jobs`"]);
}

/// A server may have too few where we have enough. It says so, or it does not.
#[test]
fn a_server_with_few_files_is_told_of() {
    let told = "no more than 40 may be open at a time here (`ulimit -n`)";
    let ran_out = "the server's log says that it ran out of open files; ";
    let cases = [
        ("echo 'accept: Too many open files'; exit 1", ran_out),
        ("echo 'error: emfile'; exec sleep 1000", ran_out),
        ("echo no luck; exit 1", "if it lacks open files, "),
    ];
    for (command, why) in cases {
        let output = limited(
            40,
            &[
                "--launch-command",
                command,
                "--launch-timeout=500ms",
                "spec/xep0199/ping.scs",
            ],
        );
        assert_ends(&output, 2, &[&format!("{why}{told}")]);
    }
}

/// Whatever it answers then, that is not what was wrong: this one refuses logins, those of the actors and those of the
/// probe for what a script requires.
#[test]
fn a_server_that_runs_out_of_files_is_not_taken_at_its_word() {
    let server = tempfile::NamedTempFile::new().unwrap();
    let header = "<?xml version='1.0'?><stream:stream id='1' from='localhost' version='1.0' xmlns='jabber:client' \
                  xmlns:stream='http://etherx.jabber.org/streams'>";
    fs::write(
        server.path(),
        format!(
            "import socket, sys\n\
             listener = socket.create_server((\"127.0.0.1\", int(sys.argv[1])))\n\
             while True:\n\
             \tclient = listener.accept()[0]\n\
             \tclient.recv(4096)\n\
             \tclient.sendall(b\"{header}<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
             <mechanism>PLAIN</mechanism></mechanisms></stream:features>\")\n\
             \tif b\"<auth\" in client.recv(4096):\n\
             \t\tprint(\"accounts/romeo: Too many open files\", flush=True)\n\
             \t\tclient.sendall(b\"<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>\")\n\
             \t\tclient.recv(4096)\n\
             \tclient.close()\n"
        ),
    )
    .unwrap();
    let command = format!("exec python3 {} {{port}}", server.path().display());
    for script in ["spec/rfc6120/login.scs", "spec/xep0199/ping.scs"] {
        let output = program::run(&["--no-config", "--launch-command", &command, script]);
        let told = "help: the server's log says that it ran out of open files; ";
        assert_ends(&output, 2, &[told, "(`ulimit -n"]);
    }
}
