//! A throw-away Prosody for tests, and where scripts are.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

/// The project's folder.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Scripts of others, which are not part of the project; none where they are not at hand.
pub fn foreign_scripts() -> Option<PathBuf> {
    let folder = root().join("../shared/scripts");
    folder.is_dir().then_some(folder)
}

/// A running server. It ends when this is dropped, or when the test's process does.
pub struct Prosody {
    guard: Child,
    /// Keeps the pipe open that the guard would otherwise fail to write to.
    _stdout: BufReader<ChildStdout>,
    /// Where clients connect.
    pub server: String,
    /// Where components connect.
    pub component_server: String,
    /// The certificate of `scram.localhost`.
    pub ca: PathBuf,
}

impl Prosody {
    /// Starts a server of its own for this test.
    #[track_caller]
    pub fn start() -> Self {
        let announce =
            "echo \"$SCANSION_C2S_PORT $SCANSION_COMPONENT_PORT $SCANSION_CA\"; exec cat";
        let mut guard = Command::new(root().join("tests/with-prosody"))
            .args(["sh", "-c", announce])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("tests/with-prosody starts");
        let mut stdout = BufReader::new(guard.stdout.take().expect("the pipe was asked for"));
        let mut line = String::new();
        stdout
            .read_line(&mut line)
            .expect("the server tells its ports");
        let parts: Vec<&str> = line.split_whitespace().collect();
        let [c2s, component, ca] = parts.as_slice() else {
            panic!("Prosody could not be started; `make test` installs it");
        };
        Self {
            server: format!("127.0.0.1:{c2s}"),
            component_server: format!("127.0.0.1:{component}"),
            ca: PathBuf::from(ca),
            guard,
            _stdout: stdout,
        }
    }
}

impl Drop for Prosody {
    fn drop(&mut self) {
        drop(self.guard.stdin.take());
        let _ = self.guard.wait();
    }
}
