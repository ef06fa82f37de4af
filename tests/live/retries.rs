//! `--retries` on a launched server.

use std::fs;

use crate::program::{assert_ends, scansion};

#[test]
fn on_a_launched_server_every_attempt_is_a_fresh_start() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::create_dir(path("suite")).unwrap();
    // What is asked for is there only if an earlier attempt has stored it.
    let script = "# A note\n[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: x\n---\nRomeo connects\n\
                  Romeo sends:\n\t<iq type='get' id='a'><query xmlns='jabber:iq:private'><n xmlns='n'/></query></iq>\n\
                  Romeo sends:\n\t<iq type='set' id='b'><query xmlns='jabber:iq:private'><n xmlns='n'>x</n></query></iq>\n\
                  Romeo receives:\n\t<iq type='result' id='a'><query xmlns='jabber:iq:private'><n xmlns='n'>x</n></query></iq>\n";
    fs::write(path("suite/note.scs"), script).unwrap();
    let attempts = |arguments: &[&str]| {
        let fixed = [
            "run",
            "suite",
            "--launch=prosody",
            "--retries=1",
            "--server-logs=logs",
        ];
        let mut command = scansion(&[&fixed, arguments].concat());
        command.current_dir(folder.path()).output().unwrap()
    };
    assert_ends(&attempts(&["--isolation=job"]), 0, &["flaky A note"]);
    assert!(path("logs/001-suite-note-attempt-2.log").exists());
    for fresh in ["--isolation=script", "--unique"] {
        assert_ends(&attempts(&[fresh]), 1, &["2 attempts", "1 failed"]);
    }
}
