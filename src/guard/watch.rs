//! What a guard does, in a process of its own.
//!
//! It hands the lines that come by the pipe on to the server's standard input, but for one of `keep`: from then on the
//! server runs until it ends, or until the guard gets a SIGTERM. The folder gets the server's exit code, and stays
//! until the pipe closes. What the guard prints is in what the server prints.

use std::collections::HashSet;
use std::fs;
use std::io::{self, BufRead, Write};
use std::process::{Child, ChildStdin, Command, ExitCode, Stdio};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use rustix::fs::Mode;
use rustix::process::{Signal, umask};
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use super::EXIT;
use super::descendants::{Descendants, adopt_orphans, signal_group};
use super::order::{Ending, Input, Order};

/// The line that lets the server run on.
pub(super) const KEEP: &str = "keep";
/// How long a server may take that is asked to end.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long to wait before looking again for processes that have lost their parent, of which there is no signal.
const POLL: Duration = Duration::from_millis(20);
/// What shells say of a program that could not be started.
const NOT_STARTED: i32 = 127;

/// What happens to a guard.
enum Event {
    /// A line came by the pipe.
    Line(String),
    /// The pipe has closed.
    Closed,
    /// The guard is told to end.
    Stop,
    /// A child may have ended.
    Child,
}

impl Order {
    /// Starts the server and guards it to its end.
    pub fn obey(&self) -> ExitCode {
        // Everything is readable for its owner alone.
        umask(Mode::from_raw_mode(0o077));
        match self.begin() {
            Ok(mut watch) => watch.stand(self),
            Err(error) => self.tell_of(&error),
        }
        // What another user put in there, and we cannot remove, stays.
        let _ = fs::remove_dir_all(&self.folder);
        ExitCode::SUCCESS
    }

    fn begin(&self) -> io::Result<Watch> {
        adopt_orphans()?;
        let (sender, events) = channel();
        listen(sender.clone())?;
        let mut server = self.start()?;
        thread::Builder::new().spawn(move || read_lines(&sender))?;
        Ok(Watch {
            descendants: Descendants::new(&server),
            input: server.stdin.take(),
            events,
            is_kept: false,
            is_over: false,
        })
    }

    fn start(&self) -> io::Result<Child> {
        let input = match self.input {
            Input::Empty => Stdio::null(),
            Input::Lines => Stdio::piped(),
        };
        let mut command = Command::new(&self.words[0]);
        command.args(&self.words[1..]).stdin(input).spawn()
    }

    /// There is no server; the run that wanted one hears why.
    fn tell_of(&self, error: &io::Error) {
        let program = self.words[0].to_string_lossy();
        // It cannot be told anywhere else.
        let _ = writeln!(io::stderr(), "cannot start {program}: {error}");
        self.note(NOT_STARTED);
        io::stdin().lock().lines().for_each(drop);
    }

    /// Writes the exit code down. It is there as a whole or not at all.
    fn note(&self, code: i32) {
        let (path, draft) = (self.folder.join(EXIT), self.folder.join("server.exiting"));
        // Without a folder the run has gone.
        let _ = fs::write(&draft, code.to_string()).and_then(|()| fs::rename(&draft, &path));
    }
}

/// A guard and the server that it guards.
struct Watch {
    descendants: Descendants,
    input: Option<ChildStdin>,
    events: Receiver<Event>,
    is_kept: bool,
    /// Whether the server is not needed any more.
    is_over: bool,
}

impl Watch {
    fn stand(&mut self, order: &Order) {
        while !self.is_over && self.server_runs() {
            self.wait(None);
        }
        if self.is_over && order.ending == Ending::InPeace {
            self.ask_to_end();
        }
        self.kill();
        order.note(self.descendants.code().unwrap_or_default());
        // Kept, or told to end by a signal, the server is not needed by the run that holds the pipe.
        while !self.is_over && !self.is_kept {
            self.wait(None);
        }
    }

    /// Whether the server is there. A program that ends well and leaves others behind has put the server into the
    /// background.
    fn server_runs(&self) -> bool {
        match self.descendants.code() {
            None => true,
            Some(code) => code == 0 && self.descendants.is_left(),
        }
    }

    /// Waits until something happens, for so long at most.
    fn wait(&mut self, most: Option<Duration>) {
        let event = match most {
            None => self.events.recv().ok(),
            Some(most) => self.events.recv_timeout(most).ok(),
        };
        match event {
            None | Some(Event::Child) => {}
            Some(Event::Line(line)) if line == KEEP => self.is_kept = true,
            Some(Event::Line(line)) => self.hand_on(&line),
            Some(Event::Closed) => self.is_over |= !self.is_kept,
            Some(Event::Stop) => self.is_over = true,
        }
        self.descendants.look();
    }

    fn hand_on(&mut self, line: &str) {
        if let Some(input) = &mut self.input {
            // A server that does not read any more will not answer either.
            let _ = writeln!(input, "{line}");
        }
    }

    /// Asks all of them once to end, and waits until the server has. A program that ends well and leaves others behind
    /// has put the server into the background, be it only now: then these are waited for.
    fn ask_to_end(&mut self) {
        let deadline = Instant::now() + PATIENCE;
        let had_ended = self.descendants.code().is_some();
        signal_group(Signal::TERM);
        let mut asked = HashSet::new();
        while self.descendants.is_left() && Instant::now() < deadline {
            if !had_ended && !self.server_runs() {
                return;
            }
            for process in self.descendants.all() {
                if !process.is_in_our_group() && asked.insert(process.pid) {
                    process.signal(Signal::TERM);
                }
            }
            self.wait(Some(POLL));
        }
    }

    fn kill(&mut self) {
        self.descendants.look();
        while self.descendants.is_left() && self.descendants.kill() {
            self.wait(Some(POLL));
        }
    }
}

/// Has signals come as events.
fn listen(events: Sender<Event>) -> io::Result<()> {
    let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP, SIGCHLD])?;
    let listen = move || {
        for signal in signals.forever() {
            let event = match signal {
                SIGCHLD => Event::Child,
                _ => Event::Stop,
            };
            if events.send(event).is_err() {
                return;
            }
        }
    };
    thread::Builder::new().spawn(listen).map(drop)
}

/// Has the lines of the pipe come as events. What cannot be read is its end.
fn read_lines(events: &Sender<Event>) {
    for line in io::stdin().lock().lines() {
        let Ok(line) = line else { break };
        if events.send(Event::Line(line)).is_err() {
            return;
        }
    }
    // Where no watch listens the guard is done.
    let _ = events.send(Event::Closed);
}
