//! `scansion report`: which commands there are.

use clap::Subcommand;

use super::compare::{CompareArgs, compare};
use super::exit_code::ExitCode;
use super::merge::{MergeArgs, merge_all};

/// `scansion report`.
#[derive(Debug, Subcommand)]
pub(super) enum ReportCommand {
    /// Makes one report of several, for example of the machines that ran a part of the scripts each
    Merge(MergeArgs),
    /// Puts reports side by side: a table of what came of each script on each server, what differs first
    Compare(CompareArgs),
}

/// Does what is asked for with reports.
pub(super) fn report(command: &ReportCommand) -> ExitCode {
    match command {
        ReportCommand::Merge(arguments) => merge_all(arguments),
        ReportCommand::Compare(arguments) => compare(arguments),
    }
}
