//! Ctrl-C, SIGTERM and a second Ctrl-C at any moment: no process, no folder of a server, no socket and no half of a
//! file is left.
//!
//! The moments are of chance. `SCANSION_MOMENTS` says how many there are, and `SCANSION_SEED` repeats those of a run
//! before; both are printed.

#![expect(
    clippy::print_stdout,
    reason = "a test tells what it measured, or how to repeat it"
)]

use std::env;
use std::fs::{self, File, OpenOptions};
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use scansion::report::json;
use scansion::report::model::Report;
use scansion::transcript::Transcript;
use tempfile::TempDir;

use crate::program::scansion;

/// How long anything may take to end: much more than it does on a slow machine.
const BOUND: Duration = Duration::from_secs(60);
const SCRIPTS: [&str; 4] = [
    "spec/rfc6120/login.scs",
    "spec/rfc6120/login_scram.scs",
    "spec/xep0045/muc.scs",
    "spec/xep0199/ping.scs",
];
/// What does not wait is an error then (fcntl.h of Linux).
const O_NONBLOCK: i32 = 0o4000;
/// What is in the files of reports before a run.
const BEFORE: &str = "what was there before\n";

/// A run with launched servers and everything that leaves files, in a folder of its own.
struct Run {
    folder: TempDir,
    process: Child,
}

impl Run {
    fn begin(options: &[&str], screen: Stdio) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::create_dir(path("tmp")).unwrap();
        let mut command = scansion(&["run"]);
        command.args(options).args(SCRIPTS);
        for format in ["json", "junit", "html"] {
            fs::write(path(format), BEFORE).unwrap();
            command.arg(format!("--report={format}={}", path(format).display()));
        }
        command.arg("--transcript").arg(path("transcripts"));
        let process = command
            // All that it starts has this in its environment.
            .env("TMPDIR", path("tmp"))
            .stdout(screen)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        Self { folder, process }
    }

    fn launching() -> Self {
        Self::begin(&["--launch=prosody", "--jobs=2"], Stdio::piped())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn signal(&self, signal: &str) {
        let process = self.process.id().to_string();
        // It may have ended.
        let kill = Command::new("kill").args(["-s", signal, &process]).output();
        kill.unwrap();
    }

    /// Sends signals, with a time between them.
    fn make(&self, gesture: &[&str], between: Duration) {
        for signal in gesture {
            self.signal(signal);
            sleep(between);
        }
    }

    /// Tells it to end until it has. Two signals that come before the first one is looked at are one.
    #[track_caller]
    fn insist(&mut self) {
        let began = Instant::now();
        while self.process.try_wait().unwrap().is_none() {
            assert!(began.elapsed() < BOUND, "it does not end");
            self.make(&["INT"], Duration::from_millis(20));
        }
    }

    fn has_servers(&self) -> bool {
        !files(&self.path("tmp")).is_empty()
    }

    /// Waits until there is something to see.
    #[track_caller]
    fn await_that(&self, mut is_so: impl FnMut(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(
                began.elapsed() < BOUND,
                "it does not come: {:?}",
                self.left()
            );
            sleep(Duration::from_millis(1));
        }
    }

    /// Waits for the end, and sees that nothing is left that should not be. What the run says is read, as far as that
    /// is wanted.
    #[track_caller]
    fn end(mut self) -> Ended {
        let (stdout, stderr) = (self.process.stdout.take(), self.process.stderr.take());
        let readers = (stdout.map(reader), stderr.map(reader));
        let status = self.await_end();
        self.await_that(|run| run.left().is_empty());
        let said = [readers.0, readers.1].map(|reader| reader.map(|it| it.join().unwrap()));
        let said = said.map(Option::unwrap_or_default).concat();
        self.assert_transcripts_are_whole();
        Ended {
            status,
            report: self.report(&said),
            said,
        }
    }

    /// Waits until the process has ended, whatever is left of those that it started.
    #[track_caller]
    fn await_end(&mut self) -> ExitStatus {
        let began = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return status;
            }
            assert!(began.elapsed() < BOUND, "it does not end");
            sleep(Duration::from_millis(2));
        }
    }

    /// What is left of servers: their folders, and processes that were started for the run.
    fn left(&self) -> Vec<String> {
        let tmp = self.path("tmp");
        let folders = fs::read_dir(&tmp).unwrap();
        let mut left: Vec<String> = folders
            .map(|entry| entry.unwrap().path().display().to_string())
            .collect();
        let mark = format!("TMPDIR={}", tmp.display());
        left.extend(processes_with(&mark));
        left
    }

    /// The report, if there is one: all of them are as they were before, or all are whole. No other file is there.
    #[track_caller]
    fn report(&self, said: &str) -> Option<Report> {
        let read = |name| fs::read_to_string(self.path(name)).unwrap();
        let (json, junit, html) = (read("json"), read("junit"), read("html"));
        for entry in fs::read_dir(self.folder.path()).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            let known = ["tmp", "json", "junit", "html", "transcripts"];
            assert!(known.contains(&name.as_str()), "{name} is left\n{said}");
        }
        for (text, end) in [(&junit, "</testsuites>"), (&html, "</html>")] {
            let is_whole = text.trim_end().ends_with(end);
            assert!(is_whole || text == BEFORE, "half a report:\n{text}\n{said}");
        }
        (json != BEFORE).then(|| json::read(&json).unwrap())
    }

    #[track_caller]
    fn assert_transcripts_are_whole(&self) {
        for path in files(&self.path("transcripts")) {
            let text = fs::read_to_string(&path).unwrap();
            let name = path.display().to_string();
            assert!(name.ends_with(".transcript"), "{name}");
            Transcript::read(&name, &text).unwrap();
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        // Only where a test has failed before is it still there.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A run that has ended.
struct Ended {
    status: ExitStatus,
    report: Option<Report>,
    said: String,
}

impl Ended {
    /// It was done before it was told to stop, or it has stopped as is documented: with exit code 2, or, while the
    /// scripts were still being read, by the signal itself.
    #[track_caller]
    fn assert_is_as_documented(&self, gesture: &[&str]) {
        let said = &self.said;
        match (self.status.code(), &self.report) {
            (Some(0), Some(report)) => assert!(!report.end.interrupted, "{said}"),
            // After the second signal the program does not wait for reports, or for the other ones of several.
            (Some(2), None) => assert!(gesture.len() > 1, "{said}"),
            (Some(2), Some(_)) if gesture.len() > 1 => {}
            (Some(2), Some(report)) => assert!(report.end.interrupted, "{said}"),
            (None, None) => assert!(matches!(self.status.signal(), Some(1 | 2 | 15))),
            (code, _) => panic!("exit code {code:?}, {:?}:\n{}", self.status, self.said),
        }
    }
}

/// Reads a pipe to its end, so that its writer does not have to wait.
fn reader<T: Read + Send + 'static>(mut pipe: T) -> thread::JoinHandle<String> {
    thread::spawn(move || {
        let mut text = String::new();
        pipe.read_to_string(&mut text).unwrap();
        text
    })
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// The command lines of processes with this in their environment.
fn processes_with(mark: &str) -> Vec<String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    let of_run = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        environment
            .split(|byte| *byte == 0)
            .any(|entry| entry == mark.as_bytes())
    });
    let command = |process: fs::DirEntry| {
        let words = fs::read(process.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&words).replace('\0', " ")
    };
    // Without a command line it is one that has ended, and is not waited for yet.
    of_run
        .map(command)
        .filter(|line| !line.is_empty())
        .collect()
}

/// What a user does to stop a run: signals, each after a time.
const GESTURES: [&[&str]; 5] = [
    &["INT"],
    &["TERM"],
    &["INT", "INT"],
    &["HUP"],
    &["INT", "TERM"],
];

#[test]
fn at_moments_of_chance() {
    let from_environment = |name: &str| env::var(name).ok().map(|text| text.parse().unwrap());
    let moments = from_environment("SCANSION_MOMENTS").unwrap_or(10);
    let seed = from_environment("SCANSION_SEED").unwrap_or_else(|| rand::rng().random());
    println!("SCANSION_MOMENTS={moments} SCANSION_SEED={seed}");
    let whole = Instant::now();
    assert_eq!(Run::launching().end().status.code(), Some(0));
    let whole = whole.elapsed();
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    for number in 0..moments {
        let gesture = GESTURES[number as usize % GESTURES.len()];
        let after = whole.mul_f64(chance.random());
        let between = Duration::from_millis(chance.random_range(0..50));
        println!("{number}: {gesture:?} after {after:?}, {between:?} apart");
        let run = Run::launching();
        sleep(after);
        run.make(gesture, between);
        let ended = run.end();
        println!("   {}, report: {}", ended.status, ended.report.is_some());
        ended.assert_is_as_documented(gesture);
    }
}

#[test]
fn while_a_server_is_launched() {
    for signal in ["INT", "TERM"] {
        let run = Run::launching();
        run.await_that(Run::has_servers);
        run.signal(signal);
        let ended = run.end();
        ended.assert_is_as_documented(&[signal]);
        assert_eq!(ended.status.code(), Some(2), "{}", ended.said);
    }
}

#[test]
fn during_a_login() {
    let mut run = Run::begin(&["--launch=prosody", "--jobs=1", "-v"], Stdio::piped());
    let mut lines = BufReader::new(run.process.stdout.as_mut().unwrap()).lines();
    let began = lines.find(|line| line.as_ref().unwrap().contains("<auth "));
    assert!(began.is_some());
    run.signal("INT");
    let ended = run.end();
    ended.assert_is_as_documented(&["INT"]);
    assert_eq!(ended.status.code(), Some(2), "{}", ended.said);
    assert!(ended.report.is_some());
}

/// A pipe that is not read, with as much in it as it takes.
struct Full {
    folder: TempDir,
    pipe: File,
}

impl Full {
    fn pipe() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pipe");
        let made = Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let mut options = OpenOptions::new();
        options.read(true).write(true);
        let mut pipe = options.custom_flags(O_NONBLOCK).open(path).unwrap();
        while pipe.write(&[0; 4096]).is_ok() {}
        Self { folder, pipe }
    }

    fn path(&self) -> PathBuf {
        self.folder.path().join("pipe")
    }

    /// From now on it is read.
    fn drain(mut self) {
        thread::spawn(move || {
            loop {
                if self.pipe.read(&mut [0; 4096]).is_err() {
                    sleep(Duration::from_millis(1));
                }
            }
        });
    }
}

#[test]
fn while_reports_are_written() {
    for (gesture, code) in [(["INT"].as_slice(), 0), (&["INT", "TERM"], 2)] {
        let pipe = Full::pipe();
        // It goes before the others.
        let report = format!("--report=tap={}", pipe.path().display());
        let run = Run::begin(&["--launch=prosody", &report], Stdio::piped());
        // Reports are written when the servers have come and gone.
        run.await_that(Run::has_servers);
        run.await_that(|run| !run.has_servers());
        run.make(gesture, Duration::from_millis(20));
        if gesture.len() == 1 {
            pipe.drain();
        }
        let ended = run.end();
        assert_eq!(ended.status.code(), Some(code), "{}", ended.said);
        assert_eq!(ended.report.is_some(), code == 0, "{}", ended.said);
    }
}

/// The program that reads the screen, a pager say, has stopped reading.
#[test]
fn a_second_time_while_nobody_reads_what_is_said() {
    let pipe = Full::pipe();
    let screen = OpenOptions::new().write(true).open(pipe.path()).unwrap();
    let mut run = Run::begin(&["--launch=prosody", "--jobs=1"], screen.into());
    // The transcript of a script is written before it is told how it ended.
    run.await_that(|run| !files(&run.path("transcripts")).is_empty());
    run.insist();
    let ended = run.end();
    assert_eq!(ended.status.code(), Some(2), "{}", ended.said);
    assert!(ended.report.is_none());
}

/// After the second Ctrl-C the program does not wait, not even for a server that does not want to end.
#[test]
fn a_second_time_while_the_server_takes_its_time_to_end() {
    let stubborn = "trap '' TERM; echo up; while :; do sleep 0.1; done";
    let options = [
        "--launch-command",
        stubborn,
        "--launch-timeout=60s",
        "--isolation=run",
    ];
    let mut run = Run::begin(&options, Stdio::piped());
    let is_up = |run: &Run| {
        let folders = files(&run.path("tmp")).into_iter();
        let mut outputs = folders.map(|folder| fs::read_to_string(folder.join("server.out")));
        outputs.any(|output| output.is_ok_and(|output| output == "up\n"))
    };
    run.await_that(is_up);
    run.insist();
    assert_eq!(run.await_end().code(), Some(2));
    // It is killed ten seconds later.
    assert!(run.has_servers());
    run.end();
}
