//! Why there is no server.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use crate::limits::{Limit, in_words};
use crate::paths::shown;
use crate::secrets::without_payloads;

/// Why a server could not be started, or does not do what a run needs of it.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// The program is not there.
    #[error(
        "{program} is not installed (there is no `{program}` in PATH); on Debian, `apt-get install {package}` \
         installs it"
    )]
    NotInstalled {
        /// The program that was looked for.
        program: &'static str,
        /// The Debian package that has it.
        package: &'static str,
    },
    /// A file of the server's could not be written or read.
    #[error("{}: {}", shown(path), in_words(source))]
    File {
        /// Which one.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The system has no free ports.
    #[error("there are no free ports on 127.0.0.1: {}", in_words(.0))]
    Ports(#[source] io::Error),
    /// No certificate could be made.
    #[error("cannot make a certificate for the server: {0}")]
    Certificate(#[source] rcgen::Error),
    /// The process could not be started.
    #[error("cannot start `sh`, which guards the server: {}", in_words(.0))]
    Process(#[source] io::Error),
    /// It ended before it answered.
    #[error(
        "{what} ended before it was ready (exit code {code}){}{}",
        if_files_are_few(),
        said(log)
    )]
    Ended {
        /// Which server.
        what: String,
        /// How its process ended.
        code: String,
        /// The last that it said.
        log: String,
    },
    /// It never answered.
    #[error(
        "{what} does not answer a stream header on 127.0.0.1:{port} within {waited:?}; if it only needs longer, \
         give `--launch-timeout`{}{}",
        if_files_are_few(),
        said(log)
    )]
    Deaf {
        /// Which server.
        what: String,
        /// The port on which it should listen.
        port: u16,
        /// How long we waited.
        waited: Duration,
        /// The last that it said.
        log: String,
    },
    /// Somebody else was faster.
    #[error("another program took the port that {what} was to have")]
    PortTaken {
        /// Which server.
        what: String,
    },
    /// An account could not be made.
    #[error("{what} does not make the account {account}: {answer}")]
    Account {
        /// Which server.
        what: String,
        /// Whose account.
        account: String,
        /// What it answered.
        answer: String,
    },
    /// It does not answer on its standard input.
    #[error(
        "{what} does not do what it is told on its standard input: {request}{}",
        said(log)
    )]
    Control {
        /// Which server.
        what: String,
        /// What it was told.
        request: &'static str,
        /// The last that it said.
        log: String,
    },
}

impl LaunchError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

/// What to try where a server that is no trouble elsewhere may have too few open files.
fn if_files_are_few() -> String {
    let limit = Limit::ours();
    match limit.is_tight_for(0) {
        true => format!("; if it lacks open files, {}", limit.advice(None)),
        false => String::new(),
    }
}

/// The last lines of a log, as the end of a message.
fn said(log: &str) -> String {
    let log = without_payloads(log);
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(10)..];
    match last {
        [] => "; it said nothing".to_owned(),
        lines => format!("; the last that it said:\n  {}", lines.join("\n  ")),
    }
}
