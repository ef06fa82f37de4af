//! Why there is no server.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::settings::SettingError;
use crate::accounts::AccountError;
use crate::open_files::{Limit, advice_for_server, in_words};
use crate::paths::shown;
use crate::secrets::without_payloads;

/// Why a server could not be started, or does not do what a run needs of it.
#[derive(Debug, Error)]
pub enum LaunchError {
    /// The server is not there.
    #[error(
        "{what} is not installed (there is {missing}){}; one elsewhere is named by `--launch NAME=PATH`",
        by_package(package.as_deref())
    )]
    NotInstalled {
        /// Which server.
        what: String,
        /// What was looked for, in words that begin with `no`.
        missing: String,
        /// The Debian package that has it.
        package: Option<String>,
    },
    /// A folder does not hold the server.
    #[error("{} does not hold {what}: there is {}", shown(path), one_of(missing))]
    NotThere {
        /// Which server.
        what: String,
        /// The folder.
        path: PathBuf,
        /// What was looked for, each in words that begin with `no`.
        missing: Vec<String>,
    },
    /// It is started by a shell, and a program has been named.
    #[error(
        "{} cannot take the place of {what}, which is not started as one program; give the folder that has it",
        shown(path)
    )]
    NotOneProgram {
        /// Which server.
        what: String,
        /// The program.
        path: PathBuf,
    },
    /// The installation does not say where something is.
    #[error("{what} does not say its `{name}`: {reason}")]
    NoAnswer {
        /// Which server.
        what: String,
        /// The blank that was to be filled.
        name: String,
        /// Why not.
        reason: String,
    },
    /// The configuration does not have a place for a setting of the user's.
    #[error("--launch-set: {0}")]
    Setting(#[from] SettingError),
    /// Clients are to come by a WebSocket that it does not have.
    #[error(
        "the recipe of {what} does not say where its WebSocket is; give its URL, for example `--transport \
         ws://localhost:5280/ws`, or run without `--transport`"
    )]
    NoWebSocket {
        /// Which server.
        what: String,
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
    /// The system does not have any free ports.
    #[error("there are no free ports on 127.0.0.1: {}", in_words(.0))]
    Ports(#[source] io::Error),
    /// No certificate could be made.
    #[error("cannot make a certificate for the server: {0}")]
    Certificate(#[source] rcgen::Error),
    /// The process could not be started.
    #[error("cannot start the process that guards the server: {}", in_words(.0))]
    Process(#[source] io::Error),
    /// It ended before it answered.
    #[error(
        "{what} ended before it was ready (exit code {code}){}{}",
        if_files_are_few(log),
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
    /// It does not do in time what it is there for.
    #[error(
        "{} is not ready within {:?}: {}; if it only needs longer, give `--launch-timeout`{}{}",
        .0.what, .0.waited, .0, if_files_are_few(&.0.log), said(&.0.log)
    )]
    NotReady(Unanswered),
    /// It is there, and has no stream where a script needs one.
    #[error(
        "{} runs, and has not had what this script needs within {:?}: {}; if it only needs longer, give \
         `--launch-timeout`, else see to it in its configuration{}",
        .0.what, .0.waited, .0, said(&.0.log)
    )]
    Lacking(Unanswered),
    /// Other programs were faster, each time that it was started.
    #[error(
        "{what} did not get its ports, as other programs have them{}",
        said(log)
    )]
    PortTaken {
        /// Which server.
        what: String,
        /// The last that it said.
        log: String,
    },
    /// An account could not be made.
    #[error("{what} does not make the account {account}: {answer}")]
    Account {
        /// Which server.
        what: String,
        /// The account.
        account: String,
        /// What it answered.
        answer: String,
    },
    /// An account could not be made in a way that other servers know, too.
    #[error(transparent)]
    NoAccount(AccountError),
    /// It does not answer on its standard input.
    #[error(
        "{what} does not do what it is told on its standard input: {request}{}{}",
        if_files_are_few(log),
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

/// A listener that did not answer in time.
#[derive(Debug)]
pub struct Unanswered {
    /// Which server's.
    pub what: String,
    /// What is missing, and where.
    pub lacks: String,
    /// The result of the last try.
    pub answer: Option<String>,
    /// How long we waited.
    pub waited: Duration,
    /// The last that the server said.
    pub log: String,
}

/// What is missing, and what came of the last try.
impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.lacks)?;
        match &self.answer {
            Some(answer) => write!(f, "; at the last try: {answer}"),
            None => f.write_str("; it has not said yet that it has its ports"),
        }
    }
}

impl LaunchError {
    pub(super) fn file(path: &Path, source: io::Error) -> Self {
        Self::File {
            path: path.to_owned(),
            source,
        }
    }
}

fn by_package(package: Option<&str>) -> String {
    let told =
        package.map(|package| format!("; on Debian, `apt-get install {package}` installs it"));
    told.unwrap_or_default()
}

fn one_of(missing: &[String]) -> String {
    match missing {
        [] => "no way to start it from a folder in its recipe".to_owned(),
        missing => missing.join(", and "),
    }
}

/// What to try where a server says that it has too few open files, or may have.
fn if_files_are_few(log: &str) -> String {
    let limit = Limit::ours();
    match advice_for_server(log, None) {
        Some(advice) => format!("; {advice}"),
        None if limit.is_tight_for(0) => {
            format!("; if it lacks open files, {}", limit.advice(None))
        }
        None => String::new(),
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
