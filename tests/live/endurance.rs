//! Many scripts in one run: nothing grows with how many there have been, be it memory, open files, sockets, threads or
//! tasks.
//!
//! `SCANSION_SCRIPTS` says how many there are, `SCANSION` names another build of the program. `make endurance` plays
//! ten thousand by the one that is built for a release.

#![expect(
    clippy::print_stdout,
    reason = "a test tells what it measured, or how to repeat it"
)]

use std::env;
use std::fmt::Write;
use std::fs;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::launched::Launched;
use crate::program::{PROGRAM, root};
use scansion::plan::{self, PlanOptions};
use scansion::runner::{self, Keep, RunOptions, Runner};
use scansion::script;
use scansion::source::SourceFile;
use scansion::xmpp::{ConnectOptions, TcpDialer};
use tempfile::TempDir;
use tokio::runtime::Handle;

/// How many times as large as a page of memory is a sample of it, in KiB.
const PAGE: usize = 4;
/// How much the memory may differ between the beginning and the end without anything being kept, in KiB.
const NOISE: f64 = 4096.0;

// ---- What is played -----------------------------------------------------------------------------------------

/// A server with an account for every actor, and a folder for scripts.
struct Stage {
    server: Launched,
    folder: TempDir,
}

impl Stage {
    fn open() -> Self {
        Self {
            server: Launched::prosody(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    /// The `number`th script: it passes, with and without TLS, has a disconnection in the middle, fails at once or
    /// after waiting, or cannot be run.
    fn script(&self, number: usize) -> String {
        let ports = self.server.ports();
        let (plain, direct) = (ports.client, ports.direct_tls);
        let connects = "Romeo connects\n\n";
        let asks = "Romeo sends:\n\t<iq type='get' id='q' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>\n\n\
                    Romeo receives:\n\t<iq type='result' id='q'/>\n\n";
        let waits = "Romeo receives:\n\t<message/>\n";
        let (port, login, story) = match number % 50 {
            0 => (plain, "tls: none", vec![connects, waits]),
            1 | 2 => (plain, "tls: starttls", vec![connects, asks]),
            3 | 4 => (direct, "tls: direct", vec![connects, asks]),
            5 => (plain, "tls: auto", vec![connects]),
            // No program listens at the port of this service of long ago (RFC 1078).
            6..=9 => (1, "tls: none", vec![connects]),
            // The server ends the session of a resource that another client takes.
            10..=13 => (
                plain,
                "tls: none",
                vec![connects, "Twin connects\n\n", waits],
            ),
            odd if odd % 2 == 1 => (
                plain,
                "tls: none",
                vec![connects, asks, "Romeo disconnects\n\n", connects, asks],
            ),
            _ => (plain, "tls: none", vec![connects, asks]),
        };
        let story = story.concat();
        // SCRAM takes its time.
        let mechanism = match login {
            "tls: auto" => "SCRAM-SHA-1",
            _ => "PLAIN",
        };
        let mut cast = vec!["Romeo"];
        cast.extend(story.contains("Twin").then_some("Twin"));
        let cast: String = cast
            .iter()
            .map(|name| {
                format!(
                    "[Client] {name}\n\tjid: romeo@localhost\n\tresource: r{number}\n\tpassword: montague\n\t\
                     connect_host: 127.0.0.1\n\tconnect_port: {port}\n\t{login}\n\tmechanism: {mechanism}\n\n"
                )
            })
            .collect();
        format!("# Number {number}\n## allow: same-full-jid\n\n{cast}---------\n\n{story}")
    }

    /// Makes a folder with so many scripts.
    fn scripts(&self, count: usize) -> PathBuf {
        let folder = self.folder.path().join("scripts");
        fs::create_dir_all(&folder).unwrap();
        for number in 0..count {
            let path = folder.join(format!("{number:05}.scs"));
            fs::write(path, self.script(number)).unwrap();
        }
        folder
    }
}

// ---- A run that is watched ----------------------------------------------------------------------------------

/// What a process has at a moment.
#[derive(Debug, Clone, Copy, Default)]
struct Sample {
    /// The memory, in KiB.
    memory: usize,
    files: usize,
    sockets: usize,
    threads: usize,
}

impl Sample {
    /// What the process has now; none if it has ended, waited for or not.
    fn of(process: u32) -> Option<Self> {
        let proc = PathBuf::from(format!("/proc/{process}"));
        let pages = fs::read_to_string(proc.join("statm")).ok()?;
        let pages: usize = pages.split(' ').nth(1)?.parse().ok()?;
        if pages == 0 {
            return None;
        }
        let links: Vec<PathBuf> = fs::read_dir(proc.join("fd"))
            .ok()?
            .filter_map(|entry| fs::read_link(entry.ok()?.path()).ok())
            .collect();
        let is_socket = |link: &&PathBuf| link.to_string_lossy().starts_with("socket:");
        Some(Self {
            memory: pages * PAGE,
            files: links.len(),
            sockets: links.iter().filter(is_socket).count(),
            threads: fs::read_dir(proc.join("task")).ok()?.count(),
        })
    }
}

/// The means of one figure in the second tenth of the samples and in the last one.
#[derive(Debug, Clone, Copy)]
struct Means {
    second: f64,
    last: f64,
}

/// A run, and what it had on its way: a sample for each script, taken when it is told of.
struct Watched {
    count: usize,
    samples: Vec<Sample>,
    took: Duration,
}

impl Watched {
    fn run(scripts: &Path, count: usize, options: &[&str]) -> Self {
        let program = env::var("SCANSION");
        let program = program.unwrap_or_else(|_| PROGRAM.to_owned());
        let began = Instant::now();
        let mut process = Command::new(program)
            .args(["run", "--timeout=2s"])
            .args(options)
            .arg(scripts)
            .current_dir(root())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(process.stdout.take().unwrap());
        let (mut samples, mut last) = (Vec::new(), String::new());
        for line in stdout.lines().map(Result::unwrap) {
            let told = ["pass  ", "FAIL  ", "ERROR "];
            if told.iter().any(|word| line.starts_with(word)) {
                samples.extend(Sample::of(process.id()));
            }
            last = line;
        }
        process.wait().unwrap();
        let per_fifty =
            |of_fifty: usize| (0..count).filter(|number| number % 50 < of_fifty).count();
        let errored = per_fifty(10) - per_fifty(6);
        let failed = per_fifty(1) + per_fifty(14) - per_fifty(10);
        let sum = format!(
            "{count} scripts: {} passed, {failed} failed, {errored} could not be run,",
            count - errored - failed
        );
        assert!(last.starts_with(&sum), "{last}\n{sum}");
        // When the last ones are told of, the program may have ended already.
        assert!(samples.len() > count / 2, "{} samples", samples.len());
        Self {
            count,
            samples,
            took: began.elapsed(),
        }
    }

    fn means(&self, figure: impl Fn(&Sample) -> usize) -> Means {
        let taken = self.samples.len();
        let tenth = |number: usize| {
            let of_tenth = &self.samples[taken * number / 10..taken * (number + 1) / 10];
            let sum: usize = of_tenth.iter().map(&figure).sum();
            sum as f64 / of_tenth.len() as f64
        };
        Means {
            second: tenth(1),
            last: tenth(9),
        }
    }

    /// Prints what it had, and sees that no more was open at the end than at the beginning. Gives by how much the
    /// memory has grown, in KiB.
    #[track_caller]
    fn tell(&self, name: &str) -> f64 {
        let mut told = format!("{name}: {} scripts in {:.1?}\n", self.count, self.took);
        let memory = self.means(|sample| sample.memory);
        let open = [
            ("open files", self.means(|sample| sample.files)),
            ("sockets", self.means(|sample| sample.sockets)),
            ("threads", self.means(|sample| sample.threads)),
        ];
        for (what, Means { second, last }) in [("memory, KiB", memory)].iter().chain(&open) {
            let _ = writeln!(
                told,
                "  {what:12} second tenth {second:9.1}, last tenth {last:9.1}"
            );
        }
        println!("{told}");
        for (what, Means { second, last }) in open {
            assert!(last <= second + 2.0, "{what} grow:\n{told}");
        }
        memory.last - memory.second
    }
}

/// How many scripts are played.
fn count() -> usize {
    env::var("SCANSION_SCRIPTS").map_or(200, |count| count.parse().unwrap())
}

#[test]
fn a_run_keeps_nothing_of_the_scripts_it_has_played() {
    let (stage, count) = (Stage::open(), count());
    let scripts = stage.scripts(count);
    for jobs in ["1", "8"] {
        let watched = Watched::run(&scripts, count, &["--jobs", jobs]);
        let growth = watched.tell(&format!("--jobs {jobs}"));
        assert!(growth < NOISE, "the memory has grown by {growth} KiB");
    }
}

/// Of a report the run keeps what is to stand in it, and no more than that.
#[test]
fn a_report_costs_what_stands_in_it() {
    let (stage, count) = (Stage::open(), count());
    let scripts = stage.scripts(count);
    let report = stage.folder.path().join("report.json");
    let to = format!("--report=json={}", report.display());
    let watched = Watched::run(&scripts, count, &["--jobs=8", &to]);
    let growth = watched.tell("--jobs 8 --report json");
    let size = fs::metadata(report).unwrap().len() as f64 / 1024.0;
    println!("  the report has {size:.0} KiB\n");
    assert!(growth < NOISE + 4.0 * size, "{growth} KiB for {size} KiB");
}

/// However a play ends, its tasks end with it.
#[test]
fn no_task_is_left_of_a_play_that_is_over() {
    let stage = Stage::open();
    let dialer = TcpDialer::new(Duration::from_secs(60));
    let options = RunOptions {
        timeout: Duration::from_millis(500),
        quiet_time: Duration::from_millis(10),
        connect: ConnectOptions::default(),
        keep: Keep::Last,
    };
    stage.server.runtime.block_on(async {
        let tasks = || Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks(), 0);
        // Every kind there is, several times.
        for number in 0..100 {
            let text = stage.script(number);
            let script = script::read(SourceFile::new("play.scs", &text)).script;
            let plan = plan::resolve(&script, &PlanOptions::default()).unwrap();
            let (_interrupter, interrupt) = runner::interrupt();
            let runner = Runner::new(&dialer, options.clone(), interrupt);
            runner.run(&plan, &mut ()).await;
            // One that is told to end does so when it has its turn.
            tokio::task::yield_now().await;
            assert_eq!(tasks(), 0, "{text}");
        }
    });
}
