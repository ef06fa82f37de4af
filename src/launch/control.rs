//! Requests to a running server that obeys lines on its standard input.
//!
//! It is told `NUMBER REQUEST`, and answers by the line `scansion NUMBER ANSWER` in what it prints; the answer `ok` is
//! a success.

use std::path::PathBuf;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::log::ServerLog;
use crate::guard::Guard;

/// How long it may take to answer what it is told.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long to wait before looking again for an answer.
const POLL: Duration = Duration::from_millis(1);

/// The error that a server does not answer.
pub(super) struct NoAnswer {
    /// The last that it printed.
    pub(super) log: String,
}

/// Sends requests to a server.
pub(super) struct Control {
    output: ServerLog,
    requests: usize,
}

impl Control {
    /// Requests to a server that prints to this file.
    pub(super) fn new(output: PathBuf) -> Self {
        Self {
            output: ServerLog::new(output),
            requests: 0,
        }
    }

    /// Tells the server something, and waits for its answer.
    pub(super) async fn ask(
        &mut self,
        guard: &mut Guard,
        request: &str,
    ) -> Result<String, NoAnswer> {
        self.requests += 1;
        let number = self.requests;
        let from = self.output.length();
        if guard.tell(&format!("{number} {request}")).is_err() {
            return Err(self.no_answer());
        }
        let beginning = format!("scansion {number} ");
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline && guard.exit_code().is_none() {
            if let Some(answer) = self.output.line_after(from, &beginning) {
                return Ok(answer);
            }
            sleep(POLL).await;
        }
        Err(self.no_answer())
    }

    fn no_answer(&self) -> NoAnswer {
        NoAnswer {
            log: self.output.since(0).text,
        }
    }
}
