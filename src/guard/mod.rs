//! The process of a server, which ends with us, whatever happens to us, and with all that it has started.
//!
//! Between us and the server stands another process of this program, its guard. It reads a pipe whose other end we
//! hold, and which closes on every way out: when we are done, when we panic, and when we are killed. Then it ends the
//! server and removes its folder. [`Order`] is what the guard is told, `Guard` is our side of it. Nothing here knows
//! what a server is for.

mod descendants;
mod order;
mod watch;

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

pub(crate) use order::{Ending, Input};

pub use order::Order;

/// The variable in which the program is given an admin's password. No process that it starts gets it.
pub(crate) const ADMIN_PASSWORD: &str = "SCANSION_ADMIN_PASSWORD";
/// The file in the server's folder with what it prints.
const OUTPUT: &str = "server.out";
/// The file in the server's folder with its exit code.
const EXIT: &str = "server.exit";

/// A server's process under guard.
pub(crate) struct Guard {
    process: Option<Child>,
    folder: PathBuf,
}

impl Guard {
    /// Has a server started, with these variables in its environment and in this working folder, by a guard, which is
    /// this program or another [`scansion`](Order::of_arguments). The server's own folder is removed with it.
    pub(crate) fn start(
        program: &Path,
        order: &Order,
        environment: &[(String, String)],
        working_folder: &Path,
    ) -> io::Result<Self> {
        let folder = order.folder.clone();
        match spawn(program, order, environment, working_folder) {
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
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file with what the server prints.
    pub(crate) fn output(&self) -> PathBuf {
        self.folder.join(OUTPUT)
    }

    /// The exit code, if the server has ended.
    pub(crate) fn exit_code(&self) -> Option<String> {
        fs::read_to_string(self.folder.join(EXIT)).ok()
    }

    /// Hands a line to the server's standard input.
    pub(crate) fn tell(&mut self, line: &str) -> io::Result<()> {
        let process = self.process.as_mut();
        match process.and_then(|process| process.stdin.as_mut()) {
            Some(lifeline) => writeln!(lifeline, "{line}"),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }

    /// Lets the server run on without us; gives the process to which a SIGTERM ends it.
    pub(crate) fn keep(mut self) -> io::Result<u32> {
        self.tell(watch::KEEP)?;
        Ok(self.process.take().map_or(0, |process| process.id()))
    }

    /// Ends the server, and waits until it and its folder are gone.
    pub(crate) async fn stop(mut self) {
        if let Some(process) = self.process.take() {
            // It cannot panic, and where the runtime ends meanwhile nothing waits for it.
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

fn spawn(
    program: &Path,
    order: &Order,
    environment: &[(String, String)],
    working_folder: &Path,
) -> io::Result<Child> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    let output = options.open(order.folder.join(OUTPUT))?;
    let variables = environment.iter().map(|(name, value)| (name, value));
    Command::new(program)
        .arg0(env!("CARGO_CRATE_NAME"))
        .args(order.arguments())
        .env_remove(ADMIN_PASSWORD)
        .envs(variables)
        .current_dir(working_folder)
        .stdin(Stdio::piped())
        .stdout(output.try_clone()?)
        .stderr(output)
        // A group of its own, so that Ctrl-C does not take the server away from running scripts.
        .process_group(0)
        .spawn()
}

/// Closes the pipe, which ends the server, and waits for the guard to have cleaned up.
fn end(mut process: Child) {
    drop(process.stdin.take());
    // Waiting fails only if the process is gone already.
    let _ = process.wait();
}
