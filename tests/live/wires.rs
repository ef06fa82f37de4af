//! What goes over the wires of streams that a script opens: over a WebSocket, and where TLS is required.

use std::fs;
use std::path::PathBuf;

use crate::explain::explain;
use crate::judging::scripts;
use crate::program::{assert_ends, run, text};

/// Acts scripts out on a server that these arguments start, and gives their transcripts. Twins, and only these, fail; and
/// by their transcripts they all come out the same.
fn assert_judged(scripts: &[PathBuf], arguments: &[&str]) -> String {
    let mut transcripts = String::new();
    for script in scripts {
        let folder = tempfile::tempdir().unwrap();
        let (path, kept) = (script.to_str().unwrap(), folder.path().to_str().unwrap());
        let keeping = ["--no-config", "--timeout=2s", "--transcript", kept, path];
        let code = i32::from(path.ends_with(".twin.scs"));
        let output = run(&[arguments, &keeping].concat());
        assert_ends(&output, code, &[]);
        let said = text(&output);
        let headline = said.lines().find(|line| line.starts_with("error: "));
        let file = fs::read_dir(folder.path()).unwrap().next().unwrap();
        let file = file.unwrap().path();
        explain(&file, &[path]).ended(code, headline.as_slice());
        transcripts += &fs::read_to_string(file).unwrap();
    }
    transcripts
}

#[test]
fn websockets_are_recorded_as_they_are() {
    let mut scripts = scripts("websocket");
    scripts.retain(|path| !path.to_str().unwrap().contains("stages"));
    assert_eq!(scripts.len(), 3);
    let kept = assert_judged(&scripts, &["--launch=prosody", "--transport=ws"]);
    assert!(
        kept.contains("<open xmlns='urn:ietf:params:xml:ns:xmpp-framing'"),
        "{kept}"
    );
    assert!(!kept.contains("\n\t<stream:stream"), "{kept}");
}

#[test]
fn prosody_requires_tls_that_is_left_out() {
    let required = [
        "--launch=prosody",
        "--launch-set=c2s_require_encryption=true",
    ];
    assert_judged(&scripts("tls_required"), &required);
}

#[test]
fn ejabberd_requires_tls_that_is_left_out() {
    assert_judged(
        &scripts("tls_required"),
        &["--launch=ejabberd", "--tls=starttls"],
    );
}
