//! What a launched command starts ends with the run, however it was started and however the run ends; and nothing else
//! does.

use std::fs;
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::program::{PROGRAM, scansion};
use tempfile::TempDir;

/// How long anything may take: much more than it does on a slow machine.
const BOUND: Duration = Duration::from_secs(60);

#[track_caller]
fn await_that(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < BOUND, "it does not come: {what}");
        sleep(Duration::from_millis(2));
    }
}

/// A command line that no other process has.
fn unique() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    format!("sleep 9{}.{number}", std::process::id())
}

/// Whether there is a process with this command line. One that has ended, and is not waited for yet, has none.
fn is_there(line: &str) -> bool {
    let expected = format!("{}\0", line.replace(' ', "\0"));
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .map(|process| fs::read(process.path().join("cmdline")).unwrap_or_default())
        .any(|words| words == expected.as_bytes())
}

/// A guard that the test drives itself, in the place of a run.
struct Guarded {
    folder: TempDir,
    process: Child,
    lifeline: Option<ChildStdin>,
}

impl Guarded {
    fn start(ending: &str, input: &str, script: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("server");
        fs::create_dir(&place).unwrap();
        let mut process = Command::new(PROGRAM)
            .arg("(guard)")
            .arg(&place)
            .args([ending, input, "sh", "-c", script])
            .stdin(Stdio::piped())
            .stdout(fs::File::create(folder.path().join("output")).unwrap())
            .process_group(0)
            .spawn()
            .unwrap();
        let lifeline = process.stdin.take();
        Self {
            folder,
            process,
            lifeline,
        }
    }

    fn place(&self) -> PathBuf {
        self.folder.path().join("server")
    }

    fn output(&self) -> String {
        fs::read_to_string(self.folder.path().join("output")).unwrap()
    }

    #[track_caller]
    fn await_output(&self, wanted: &str) {
        await_that(wanted, || self.output() == wanted);
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.lifeline.as_mut().unwrap(), "{line}").unwrap();
    }

    /// Lets go of the pipe, as a run does by ending.
    #[track_caller]
    fn end(mut self) {
        self.lifeline = None;
        self.await_end();
    }

    #[track_caller]
    fn await_end(mut self) {
        await_that("the guard's end", || {
            self.process.try_wait().unwrap().is_some()
        });
        assert!(!self.place().exists());
    }
}

impl Drop for Guarded {
    fn drop(&mut self) {
        self.lifeline = None;
        let _ = self.process.wait();
    }
}

#[test]
fn a_server_gets_lines_and_ends_with_its_guard() {
    let mut guarded = Guarded::start("at-once", "lines", "echo $$; exec sed -u 's/^/got /'");
    guarded.tell("one");
    await_that("the line", || guarded.output().ends_with("got one\n"));
    let pid = guarded.output().lines().next().unwrap().to_owned();
    guarded.end();
    assert!(!Path::new("/proc").join(pid).exists());
}

#[test]
fn a_server_that_is_told_nothing_has_an_empty_standard_input() {
    let guarded = Guarded::start("in-peace", "empty", "cat; echo end; exec sleep 1000");
    guarded.await_output("end\n");
    guarded.end();
}

#[test]
fn how_a_server_ended_is_known_and_its_folder_stays_until_we_are_done() {
    for (script, code) in [("exit 7", "7"), ("kill -KILL $$", "137"), ("exit 0", "0")] {
        let guarded = Guarded::start("at-once", "empty", script);
        let exit = guarded.place().join("server.exit");
        await_that("the exit code", || exit.exists());
        assert_eq!(fs::read_to_string(exit).unwrap(), code);
        assert!(guarded.place().exists());
        guarded.end();
    }
}

#[test]
fn a_server_that_may_end_in_peace_gets_to_clean_up() {
    let witness = tempfile::NamedTempFile::new().unwrap();
    let path = witness.path().display();
    let script = format!(
        "trap 'sleep 0.3; echo bye >{path}; exit' TERM; echo up; while :; do sleep 0.01; done"
    );
    let guarded = Guarded::start("in-peace", "empty", &script);
    guarded.await_output("up\n");
    guarded.end();
    assert_eq!(fs::read_to_string(witness.path()).unwrap(), "bye\n");
}

/// The one that was put into the background is the server then, whether the program that did so has ended or ends when
/// it is asked to.
#[test]
fn a_server_in_the_background_gets_to_clean_up() {
    let has_ended = ("while kill -0 $1; do sleep 0.01; done 2>/dev/null;", "");
    let ends_when_asked = ("", "sleep 5; exit 0");
    for (first, last) in [has_ended, ends_when_asked] {
        let witness = tempfile::NamedTempFile::new().unwrap();
        let path = witness.path().display();
        let server = format!(
            "trap \"sleep 0.3; echo bye >{path}; exit\" TERM; {first} echo up; while :; do sleep 0.01; done"
        );
        let program = format!("trap : TERM; setsid sh -c '{server}' server $$ & {last}");
        let guarded = Guarded::start("in-peace", "empty", &program);
        guarded.await_output("up\n");
        assert!(!guarded.place().join("server.exit").exists());
        guarded.end();
        assert_eq!(fs::read_to_string(witness.path()).unwrap(), "bye\n");
    }
}

#[test]
fn a_server_that_is_kept_outlives_us_and_ends_by_a_signal() {
    for signal in ["TERM", "INT", "HUP"] {
        let left = unique();
        let script = format!("(setsid {left} &); echo up; exec sleep 1000");
        let mut guarded = Guarded::start("at-once", "lines", &script);
        guarded.await_output("up\n");
        guarded.tell("keep");
        guarded.lifeline = None;
        let pid = guarded.process.id().to_string();
        // It has heard it when it still stands after the pipe has closed.
        sleep(Duration::from_millis(100));
        assert!(guarded.place().exists());
        let killed = Command::new("kill").args(["-s", signal, &pid]).status();
        assert!(killed.unwrap().success());
        guarded.await_end();
        assert!(!is_there(&left));
    }
}

/// Ways to get out of sight, each with what is left in the end.
fn escapes() -> Vec<(String, String)> {
    let ways = [
        "(setsid LEFT >/dev/null 2>&1 &); READY; exec sleep 1000",
        "nohup setsid LEFT </dev/null >/dev/null 2>&1 & READY; exec sleep 1000",
        "( ( setsid LEFT & ) & ); READY; exec sleep 1000",
        "env -i $(command -v setsid) --fork LEFT; READY; exec sleep 1000",
        "env -i $(command -v setsid) --fork LEFT 0<&- 1>&- 2>&-; READY; exec sleep 1000",
        "setsid sh -c \"trap '' TERM HUP INT; LEFT; :\" & READY; exec sleep 1000",
        "setsid setsid --fork sh -c 'LEFT; :' & READY; exec sleep 1000",
        "cd /; exec setsid LEFT",
        // It ends at once and leaves a daemon.
        "setsid LEFT </dev/null >/dev/null 2>&1 &",
        // It fails and leaves one.
        "setsid LEFT </dev/null >/dev/null 2>&1 & READY; exit 3",
    ];
    let ways = ways.map(|way| {
        let left = unique();
        let ready = "sleep 0.2";
        (way.replace("LEFT", &left).replace("READY", ready), left)
    });
    ways.into()
}

#[test]
fn nothing_that_a_server_started_gets_away() {
    for ending in ["at-once", "in-peace"] {
        let started: Vec<_> = escapes()
            .into_iter()
            .map(|(script, left)| (Guarded::start(ending, "empty", &script), script, left))
            .collect();
        let others = unique();
        let other = Guarded::start(ending, "empty", &format!("setsid {others} &"));
        await_that("the other one", || is_there(&others));
        for (guarded, script, left) in started {
            if !script.contains("exit 3") {
                await_that(&script, || is_there(&left));
            }
            guarded.end();
            assert!(!is_there(&left), "{script}");
        }
        // What belongs to another guard is left alone.
        assert!(is_there(&others));
        other.end();
        assert!(!is_there(&others));
    }
}

/// A run with a command that never becomes a server.
fn run(command: &str, folder: &Path, options: &[&str]) -> Command {
    let mut run = scansion(&["run", "--no-config", "--launch-command", command]);
    run.args(options)
        .arg("spec/rfc6120/login.scs")
        .env("TMPDIR", folder)
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    run
}

fn is_empty(folder: &Path) -> bool {
    fs::read_dir(folder).unwrap().next().is_none()
}

#[test]
fn nothing_is_left_of_a_launch_that_takes_too_long() {
    for (command, left) in escapes() {
        let folder = tempfile::tempdir().unwrap();
        let mut run = run(&command, folder.path(), &["--launch-timeout=500ms"]);
        assert_eq!(run.status().unwrap().code(), Some(2), "{command}");
        assert!(!is_there(&left), "{command}");
        assert!(is_empty(folder.path()));
    }
}

#[test]
fn nothing_is_left_when_the_run_is_told_to_end_or_killed() {
    let gestures: [&[&str]; 4] = [&["INT"], &["TERM"], &["INT", "INT"], &["KILL"]];
    for (number, (command, left)) in escapes().into_iter().enumerate() {
        if command.contains("exit 3") {
            continue;
        }
        let folder = tempfile::tempdir().unwrap();
        let options = ["--launch-timeout=60s", "-j1"];
        let mut run = run(&command, folder.path(), &options).spawn().unwrap();
        await_that(&command, || is_there(&left));
        let pid = run.id().to_string();
        for signal in gestures[number % gestures.len()] {
            let kill = Command::new("kill").args(["-s", signal, &pid]).output();
            kill.unwrap();
            sleep(Duration::from_millis(20));
        }
        run.wait().unwrap();
        // After the second signal, or killed, it does not wait.
        await_that("the end of all", || {
            !is_there(&left) && is_empty(folder.path())
        });
    }
}

#[test]
fn secrets_of_ours_are_not_in_the_environment_of_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let witness = folder.path().join("environment");
    let command = format!("env >'{}'; exit 1", witness.display());
    let output = run(&command, folder.path(), &[])
        .env("SCANSION_ADMIN_PASSWORD", "verona-1597")
        .env("ANOTHER", "kept")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let environment = fs::read_to_string(witness).unwrap();
    assert!(environment.contains("ANOTHER=kept"));
    assert!(!environment.contains("verona"), "{environment}");
}
