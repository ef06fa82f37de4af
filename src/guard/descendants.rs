//! The processes that a guard looks after: the server, and whatever it started, in whichever session.
//!
//! On Linux the guard is their *subreaper* (prctl(2)): a process whose parent has ended becomes a child of the guard's,
//! not of the system's first process. So nothing gets out of its sight, and no other process ever comes into it. A
//! child that has ended keeps its number until the guard has asked for it, so that no signal can reach a stranger.

use std::fs;
use std::io;
use std::process::Child;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpgrp, getpid, kill_current_process_group,
    kill_process, wait,
};

/// Makes this process the subreaper, which becomes the parent of orphans. To be called before the server is started.
pub(super) fn adopt_orphans() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(getpid()))?;
    Ok(())
}

/// A server, and all that it started.
pub(super) struct Descendants {
    server: Pid,
    /// How the server itself has ended.
    code: Option<i32>,
    /// Whether any process is left, the server or another one.
    is_left: bool,
}

/// A child of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Descendant {
    pub(super) pid: Pid,
    group: Pid,
}

impl Descendants {
    pub(super) fn new(server: &Child) -> Self {
        Self {
            server: Pid::from_child(server),
            code: None,
            is_left: true,
        }
    }

    /// Takes note of which have ended.
    pub(super) fn look(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == self.server => {
                    self.code = Some(exit_code(status));
                }
                Ok(Some(_)) | Err(Errno::INTR) => {}
                Ok(None) => return,
                Err(_) => {
                    self.is_left = false;
                    return;
                }
            }
        }
    }

    /// The server's exit code; as in shells, more than 128 if a signal has ended it.
    pub(super) fn code(&self) -> Option<i32> {
        self.code
    }

    /// Whether any process is left.
    pub(super) fn is_left(&self) -> bool {
        self.is_left
    }

    /// Our children: the server, and those that have lost their parent.
    pub(super) fn all(&self) -> Vec<Descendant> {
        let Ok(processes) = fs::read_dir("/proc") else {
            // What is known without it.
            let server = Descendant {
                pid: self.server,
                group: getpgrp(),
            };
            return vec![server];
        };
        let names = processes.flatten().map(|process| process.file_name());
        let numbers = names.filter_map(|name| name.to_str()?.parse().ok());
        numbers.filter_map(child).collect()
    }

    /// Kills all of them. Those that lose their parent by it come to us, and are killed next. Tells whether any could
    /// be killed: a process of another user's cannot.
    pub(super) fn kill(&self) -> bool {
        let all = self.all();
        let killed = all.iter().map(|process| process.signal(Signal::KILL));
        killed.fold(false, |any, killed| any | killed)
    }
}

impl Descendant {
    /// Sends a signal. Tells whether that could be.
    pub(super) fn signal(self, signal: Signal) -> bool {
        kill_process(self.pid, signal).is_ok()
    }

    /// Whether a signal to our process group reaches it.
    pub(super) fn is_in_our_group(self) -> bool {
        self.group == getpgrp()
    }
}

/// Sends a signal to our process group. The server is in it, with all its descendants that did not leave it, and so are
/// we.
pub(super) fn signal_group(signal: Signal) {
    // There is always a process in it: ours.
    let _ = kill_current_process_group(signal);
}

/// The process of this number, if it is a child of ours.
fn child(number: i32) -> Option<Descendant> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    child_by(&stat, number)
}

/// The process of this number, if its line says that it is a child of ours. The line of any process that goes while it
/// is read, be it a stranger, has 0 and -1 in the places of its parent and its group, which are no numbers of processes.
fn child_by(stat: &str, number: i32) -> Option<Descendant> {
    let (parent, group) = parent_and_group(stat)?;
    if parent != getpid().as_raw_nonzero().get() {
        return None;
    }
    Some(Descendant {
        pid: Pid::from_raw(number)?,
        group: Pid::from_raw(group)?,
    })
}

/// The fourth and the fifth field (proc_pid_stat(5)). The second, the program's name in parentheses, can hold anything.
fn parent_and_group(stat: &str) -> Option<(i32, i32)> {
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace().skip(1);
    let mut number = || fields.next()?.parse().ok();
    Some((number()?, number()?))
}

fn exit_code(status: WaitStatus) -> i32 {
    let signal = status.terminating_signal().unwrap_or_default();
    status.exit_status().unwrap_or(128 + signal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_is_no_trouble() {
        let stat = "7 (a) S 1 2) S 70 71 72 0";
        assert_eq!(parent_and_group(stat), Some((70, 71)));
        assert_eq!(parent_and_group("7 (a"), None);
    }

    #[test]
    fn a_process_that_has_just_gone_is_no_child() {
        assert_eq!(child_by("7 (sh) X 0 -1 -1 0 -1", 7), None);
    }
}
