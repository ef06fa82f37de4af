//! Where what happens in a run is seen, and how much of it.

use std::io::{self, IsTerminal, Write};

use clap::{Args, ValueEnum};
use console::Term;

use super::args::RunArgs;
use super::output::Stream;
use super::reports::ReportTo;
use crate::diagnostic::COLUMNS;
use crate::report::{Progress, Verbosity};

/// What is seen beside what comes of the scripts.
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

/// How much is shown.
pub(super) fn verbosity(arguments: &RunArgs) -> Verbosity {
    match (arguments.verbose, arguments.quiet) {
        (true, _) => Verbosity::Verbose,
        (_, true) => Verbosity::Quiet,
        _ => Verbosity::Normal,
    }
}

/// The console's place: where no report is.
pub(super) fn screen(arguments: &RunArgs) -> Box<dyn Write + Send> {
    match is_report_on_screen(arguments) {
        true => Box::new(Stream::Err),
        false => Box::new(Stream::Out),
    }
}

/// What is shown of a run while it goes on, on the same terminal.
pub(super) fn progress(arguments: &RunArgs) -> Progress {
    let is_wanted = arguments.screen.progress == ProgressChoice::Auto;
    if !is_wanted || verbosity(arguments) != Verbosity::Normal {
        return Progress::hidden();
    }
    Progress::on(match is_report_on_screen(arguments) {
        true => Term::buffered_stderr(),
        false => Term::buffered_stdout(),
    })
}

/// How wide the console's place is, if it is a terminal.
pub(super) fn columns(arguments: &RunArgs) -> usize {
    let term = match is_report_on_screen(arguments) {
        true => Term::stderr(),
        false => Term::stdout(),
    };
    let size = term.is_term().then(|| term.size_checked()).flatten();
    size.map_or(COLUMNS, |(_, columns)| usize::from(columns))
}

/// Whether the console's place is a terminal.
pub(super) fn screen_is_terminal(arguments: &RunArgs) -> bool {
    match is_report_on_screen(arguments) {
        true => io::stderr().is_terminal(),
        false => io::stdout().is_terminal(),
    }
}

/// Whether a report has the standard output.
pub(super) fn is_report_on_screen(arguments: &RunArgs) -> bool {
    arguments.reports.iter().any(ReportTo::is_on_screen)
}
