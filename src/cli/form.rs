//! `--format` of the commands that tell of scripts.

use clap::ValueEnum;

/// In which form something is told of scripts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// For people
    Text,
    /// A JSON object in a line for each script, for programs
    Json,
}
