//! Where the user sees a run, and how much of it.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use console::Term;

use super::output::Stream;
use crate::report::{Progress, Verbosity};

/// What is seen beside the results of scripts.
#[derive(Debug, Args)]
pub(super) struct ScreenArgs {
    /// Whether a terminal shows how far the run is
    #[arg(long, value_name = "WHEN", default_value = "auto")]
    pub(super) progress: ProgressChoice,
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum ProgressChoice {
    /// On a terminal, unless -v or -q is given
    Auto,
    /// Never
    Never,
}

/// How much is shown, by `-v` and `-q`.
pub(super) fn verbosity(verbose: bool, quiet: bool) -> Verbosity {
    match (verbose, quiet) {
        (true, _) => Verbosity::Verbose,
        (_, true) => Verbosity::Quiet,
        _ => Verbosity::Normal,
    }
}

/// Where a run is seen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Screen {
    /// The standard output, unless a report is there.
    pub(super) stream: Stream,
    /// How much is shown.
    pub(super) verbosity: Verbosity,
    /// Whether a terminal shows how far the run is.
    pub(super) progress: ProgressChoice,
}

impl Screen {
    /// The stream, as something that is written to.
    pub(super) fn writer(self) -> Box<dyn Write + Send> {
        Box::new(self.stream)
    }

    /// What is shown of a run while it goes on, on the same terminal.
    pub(super) fn progress(self) -> Progress {
        let is_wanted = self.progress == ProgressChoice::Auto;
        if !is_wanted || self.verbosity != Verbosity::Normal {
            return Progress::hidden();
        }
        Progress::on(match self.stream {
            Stream::Out => Term::buffered_stdout(),
            Stream::Err => Term::buffered_stderr(),
        })
    }

    /// How wide the stream is, if it is a terminal.
    pub(super) fn columns(self) -> Option<usize> {
        columns(self.stream)
    }

    /// Whether the stream is a terminal.
    pub(super) fn is_terminal(self) -> bool {
        match self.stream {
            Stream::Out => io::stdout().is_terminal(),
            Stream::Err => io::stderr().is_terminal(),
        }
    }
}

/// How wide a stream is, if it is a terminal.
pub(super) fn columns(stream: Stream) -> Option<usize> {
    let term = match stream {
        Stream::Out => Term::stdout(),
        Stream::Err => Term::stderr(),
    };
    let size = term.is_term().then(|| term.size_checked()).flatten();
    size.map(|(_, columns)| usize::from(columns))
}
