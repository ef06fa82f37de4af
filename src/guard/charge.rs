//! The processes that a guard looks after: the server, and whatever it started, in whichever session.
//!
//! On Linux the guard is their *subreaper* (prctl(2)): a process whose parent has ended becomes a child of the guard's,
//! not of the system's first process. So nothing gets out of its sight, and no other process ever comes into it. A child
//! that has ended keeps its number until the guard has asked for it, so that no signal can reach a stranger.

use std::fs;
use std::io;
use std::process::Child;

use rustix::io::Errno;
use rustix::process::{
    Pid, Signal, WaitOptions, WaitStatus, getpgrp, getpid, kill_current_process_group,
    kill_process, wait,
};

/// Makes this process the one to which orphans come. To be called before the server is started.
pub(super) fn adopt_orphans() -> io::Result<()> {
    #[cfg(target_os = "linux")]
    rustix::process::set_child_subreaper(Some(getpid()))?;
    Ok(())
}

/// A server with its family.
pub(super) struct Charge {
    head: Pid,
    /// How the server itself has ended.
    code: Option<i32>,
    /// Whether any process is left, the server or another one.
    is_left: bool,
}

/// A child of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member {
    pub(super) process: Pid,
    group: Pid,
}

impl Charge {
    pub(super) fn new(server: &Child) -> Self {
        Self {
            head: Pid::from_child(server),
            code: None,
            is_left: true,
        }
    }

    /// Takes note of who has ended.
    pub(super) fn look(&mut self) {
        loop {
            match wait(WaitOptions::NOHANG) {
                Ok(Some((process, status))) if process == self.head => {
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

    /// Our children: the server, and those who have lost their parent.
    pub(super) fn members(&self) -> Vec<Member> {
        let Ok(processes) = fs::read_dir("/proc") else {
            // What is known without it.
            let head = Member {
                process: self.head,
                group: getpgrp(),
            };
            return vec![head];
        };
        let names = processes.flatten().map(|process| process.file_name());
        let numbers = names.filter_map(|name| name.to_str()?.parse().ok());
        numbers.filter_map(child).collect()
    }

    /// Kills everybody. Those who lose their parent by it come to us, and are killed next. Tells whether anybody could
    /// be: a process of another user's cannot.
    pub(super) fn kill(&self) -> bool {
        let members = self.members();
        let killed = members.iter().map(|member| member.signal(Signal::KILL));
        killed.fold(false, |any, killed| any | killed)
    }
}

impl Member {
    /// Sends a signal. Tells whether that could be.
    pub(super) fn signal(self, signal: Signal) -> bool {
        kill_process(self.process, signal).is_ok()
    }

    /// Whether a signal to our process group reaches it.
    pub(super) fn is_in_our_group(self) -> bool {
        self.group == getpgrp()
    }
}

/// Sends a signal to our process group, in which the server is, and whoever has not left it; and we are, too.
pub(super) fn signal_group(signal: Signal) {
    // There is always somebody: we are.
    let _ = kill_current_process_group(signal);
}

/// The process of this number, if it is a child of ours.
fn child(number: i32) -> Option<Member> {
    let stat = fs::read_to_string(format!("/proc/{number}/stat")).ok()?;
    let (parent, group) = parent_and_group(&stat)?;
    (parent == getpid().as_raw_nonzero().get()).then_some(Member {
        process: Pid::from_raw(number)?,
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
}
