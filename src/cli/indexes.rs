//! Where the indexes of clauses are that scripts are checked against.

use std::path::PathBuf;

use clap::Args;

use crate::claims::Library;

/// Which indexes.
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    /// The folder with the indexes of clauses; without it, the nearest one above each script that is called `clauses`
    #[arg(long, value_name = "DIR")]
    pub(super) clauses: Option<PathBuf>,
}

impl IndexArgs {
    /// The indexes by which the clauses of scripts are judged.
    pub(super) fn library(&self) -> Library {
        Library::new(self.clauses.clone())
    }
}
