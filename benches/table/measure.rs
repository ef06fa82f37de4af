//! What a program costs: its time, its processor's time and its memory.

use std::io::{self, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use wait4::Wait4;

/// What one process has cost.
#[derive(Debug, Clone, Copy)]
pub struct Cost {
    /// From its start to its end.
    pub wall: Duration,
    /// Time on a processor, its own and the kernel's for it.
    pub cpu: Duration,
    /// The most memory that it had at once, in KiB.
    pub rss: u64,
}

impl Cost {
    /// Runs a program to its end, by way of a small process: the memory of the one that starts a program counts as the
    /// program's.
    pub fn of(command: &mut Command) -> io::Result<Self> {
        let mut starter = Command::new(std::env::current_exe()?);
        starter
            .arg("cost")
            .arg(command.get_program())
            .args(command.get_args());
        let told = starter.stdin(Stdio::null()).output()?;
        let said = String::from_utf8_lossy(&told.stderr).into_owned();
        let [wall, cpu, rss] = *figures(&told.stdout).as_slice() else {
            return Err(io::Error::other(format!("{command:?} failed:\n{said}")));
        };
        Ok(Self {
            wall: Duration::from_micros(wall),
            cpu: Duration::from_micros(cpu),
            rss,
        })
    }

    /// Runs a program, and prints what it has cost.
    pub fn tell(program: &str, arguments: &[&str]) -> io::Result<()> {
        let started = Instant::now();
        let mut command = Command::new(program);
        command.args(arguments).stdout(Stdio::null());
        let used = command.spawn()?.wait4()?;
        let (wall, cpu) = (started.elapsed(), used.rusage.utime + used.rusage.stime);
        if !used.status.success() {
            return Err(io::Error::other(format!("it ended with {}", used.status)));
        }
        let figures = [
            wall.as_micros(),
            cpu.as_micros(),
            u128::from(used.rusage.maxrss / 1024),
        ];
        writeln!(io::stdout(), "{} {} {}", figures[0], figures[1], figures[2])
    }

    /// The least of each, of two runs of the same: what else the machine does only adds.
    pub fn least(self, other: Self) -> Self {
        Self {
            wall: self.wall.min(other.wall),
            cpu: self.cpu.min(other.cpu),
            rss: self.rss.min(other.rss),
        }
    }

    /// As JSON.
    pub fn json(self) -> Value {
        json!({ "wall_ms": millis(self.wall), "cpu_ms": millis(self.cpu), "rss_kib": self.rss })
    }
}

/// The figures that [`Cost::tell`] has printed.
fn figures(told: &[u8]) -> Vec<u64> {
    let told = String::from_utf8_lossy(told);
    told.split_whitespace()
        .filter_map(|figure| figure.parse().ok())
        .collect()
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
