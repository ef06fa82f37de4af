//! The process of a server, which ends with us, whatever happens to us.
//!
//! Between us and the server stands a small shell script. It holds the other end of a pipe that closes on every way
//! out: when we are done, when we panic, and when we are killed. Then it ends the server and removes its folder.

use std::fs;
use std::io::{self, Write};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The script.
const GUARD: &str = include_str!("guard.sh");

/// How a server is asked to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ending {
    /// Killed: it has nothing to save.
    AtOnce,
    /// By SIGTERM; killed only if it is still there ten seconds later.
    InPeace,
}

impl Ending {
    /// The signal, and for how many seconds it may be ignored.
    fn arguments(self) -> [&'static str; 2] {
        match self {
            Self::AtOnce => ["KILL", "0"],
            Self::InPeace => ["TERM", "10"],
        }
    }
}

/// What is started.
#[derive(Debug, Clone, Default)]
pub(super) struct Program {
    /// The program and its arguments.
    pub(super) words: Vec<String>,
    /// Variables of its environment.
    pub(super) environment: Vec<(&'static str, String)>,
}

/// A server's process under guard.
pub(super) struct Guard {
    process: Option<Child>,
    folder: PathBuf,
}

impl Guard {
    /// Starts a program that owns a folder, which is removed with it.
    pub(super) fn start(folder: PathBuf, ending: Ending, program: &Program) -> io::Result<Self> {
        let started = Command::new("sh")
            .args(["-c", GUARD, "guard"])
            .arg(&folder)
            .args(ending.arguments())
            .args(&program.words)
            .envs(
                program
                    .environment
                    .iter()
                    .map(|(name, value)| (name, value)),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own, so that Ctrl-C does not take the server away from running scripts.
            .process_group(0)
            .spawn();
        match started {
            Ok(process) => Ok(Self {
                process: Some(process),
                folder,
            }),
            Err(error) => {
                // The guard that would remove it is not there.
                let _ = fs::remove_dir_all(&folder);
                Err(error)
            }
        }
    }

    /// The server's folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file with what the server prints.
    pub(super) fn output(&self) -> PathBuf {
        self.folder.join("server.out")
    }

    /// The exit code, if the server has ended.
    pub(super) fn exit_code(&self) -> Option<String> {
        let code = fs::read_to_string(self.folder.join("server.exit")).ok()?;
        Some(code.trim().to_owned())
    }

    /// Hands a line to the server's standard input.
    pub(super) fn tell(&mut self, line: &str) -> io::Result<()> {
        let process = self.process.as_mut();
        match process.and_then(|process| process.stdin.as_mut()) {
            Some(lifeline) => writeln!(lifeline, "{line}"),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Lets the server run on without us; gives the process to which a SIGTERM ends it.
    pub(super) fn keep(mut self) -> io::Result<u32> {
        self.tell("keep")?;
        Ok(self.process.take().map_or(0, |process| process.id()))
    }

    /// Ends the server, and waits until it and its folder are gone.
    pub(super) async fn stop(mut self) {
        if let Some(process) = self.process.take() {
            // It cannot panic, and where the runtime ends meanwhile nobody is left to wait.
            let _ = tokio::task::spawn_blocking(|| end(process)).await;
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            end(process);
        }
    }
}

/// Closes the pipe, which ends the server, and waits for the guard to have cleaned up.
fn end(mut process: Child) {
    drop(process.stdin.take());
    // Waiting fails only if the process is gone already.
    let _ = process.wait();
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread::sleep;
    use std::time::Duration;

    fn start(ending: Ending, script: &str) -> Guard {
        let folder = tempfile::tempdir().unwrap().keep();
        let program = Program {
            words: ["sh", "-c", script].map(str::to_owned).to_vec(),
            environment: vec![("SCANSION_TEST", "a b".to_owned())],
        };
        Guard::start(folder, ending, &program).unwrap()
    }

    /// Waits until a server has printed this.
    fn await_output(guard: &Guard, wanted: &str) {
        while fs::read_to_string(guard.output()).unwrap_or_default() != wanted {
            sleep(Duration::from_millis(1));
        }
    }

    #[test]
    fn a_server_gets_its_environment_and_lines_and_ends_with_its_guard() {
        let mut guard = start(
            Ending::AtOnce,
            "echo $$ $SCANSION_TEST; exec sed -u 's/^/got /'",
        );
        guard.tell("one").unwrap();
        let folder = guard.folder().to_owned();
        let output = loop {
            let output = fs::read_to_string(guard.output()).unwrap_or_default();
            if output.ends_with("got one\n") {
                break output;
            }
            sleep(Duration::from_millis(1));
        };
        let (pid, rest) = output.split_once(' ').unwrap();
        assert_eq!(rest, "a b\ngot one\n");
        assert_eq!(guard.exit_code(), None);
        drop(guard);
        assert!(!folder.exists());
        assert!(!Path::new("/proc").join(pid).exists());
    }

    #[test]
    fn how_a_server_ended_is_known_and_its_folder_stays_until_we_are_done() {
        let guard = start(Ending::AtOnce, "exit 7");
        while guard.exit_code().is_none_or(|code| code.is_empty()) {
            sleep(Duration::from_millis(1));
        }
        assert_eq!(guard.exit_code().as_deref(), Some("7"));
        let folder = guard.folder().to_owned();
        assert!(folder.exists());
        drop(guard);
        assert!(!folder.exists());
    }

    #[test]
    fn a_server_that_may_end_in_peace_gets_to_clean_up() {
        let witness = tempfile::NamedTempFile::new().unwrap();
        let path = witness.path().display();
        let script =
            format!("trap 'echo bye >{path}; exit' TERM; echo up; while :; do sleep 0.01; done");
        let guard = start(Ending::InPeace, &script);
        await_output(&guard, "up\n");
        drop(guard);
        assert_eq!(fs::read_to_string(witness.path()).unwrap(), "bye\n");
    }

    #[test]
    fn a_server_that_is_kept_outlives_us() {
        let guard = start(Ending::AtOnce, "echo up; exec sleep 1000");
        await_output(&guard, "up\n");
        let folder = guard.folder().to_owned();
        let pid = guard.keep().unwrap();
        assert!(folder.exists());
        let killed = Command::new("kill").arg(pid.to_string()).status().unwrap();
        assert!(killed.success());
        while folder.exists() {
            sleep(Duration::from_millis(1));
        }
    }
}
