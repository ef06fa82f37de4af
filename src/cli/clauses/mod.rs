//! `scansion clauses`: the indexes of normative sentences, made of copies of documents, and looked up.

mod extract;
mod look_up;
mod wanted;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use self::extract::{ExtractArgs, extract};
use self::look_up::{ListClausesArgs, ShowClausesArgs, list, show};
use super::exit_code::ExitCode;

/// `scansion clauses`.
#[derive(Debug, Subcommand)]
pub(super) enum ClausesCommand {
    /// Makes the index of a document of a copy of it, or brings it up to date; what was decided before stays
    Extract(ExtractArgs),
    /// Shows sentences of an index: how binding, who has to do it, how it is tested, what it says
    Show(ShowClausesArgs),
    /// Lists the sentences of indexes, a line for each
    List(ListClausesArgs),
}

/// Where the indexes are.
#[derive(Debug, Args)]
pub(super) struct FolderArgs {
    /// The folder of the indexes
    #[arg(long, value_name = "DIR", default_value = "clauses")]
    clauses: PathBuf,
}

/// Does what is asked for with indexes.
pub(super) fn clauses(command: &ClausesCommand) -> ExitCode {
    match command {
        ClausesCommand::Extract(arguments) => extract(arguments),
        ClausesCommand::Show(arguments) => show(arguments),
        ClausesCommand::List(arguments) => list(arguments),
    }
}
