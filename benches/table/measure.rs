//! What a program costs: its time, its processor's time and its memory.

use std::io;
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
    /// Runs a program to its end.
    pub fn of(command: &mut Command) -> io::Result<Self> {
        let started = Instant::now();
        let output = tempfile::tempfile()?;
        command.stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output.try_clone()?);
        let used = command.spawn()?.wait4()?;
        let wall = started.elapsed();
        if !used.status.success() {
            return Err(io::Error::other(format!("{command:?} failed:\n{}", text(output)?)));
        }
        Ok(Self {
            wall,
            cpu: used.rusage.utime + used.rusage.stime,
            rss: used.rusage.maxrss / 1024,
        })
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

/// The beginning of what a program has said.
fn text(mut output: std::fs::File) -> io::Result<String> {
    use std::io::{Read, Seek};
    output.rewind()?;
    let mut bytes = Vec::new();
    output.take(4096).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// In milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}
