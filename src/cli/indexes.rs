//! Where the indexes of clauses are that scripts are checked against, and the standards that these are about.

use std::path::PathBuf;

use clap::Args;

use crate::claims::Library;
use crate::clauses::{Standards, StandardsError};

/// Which indexes.
#[derive(Debug, Args)]
pub(super) struct IndexArgs {
    /// The folder with the indexes of clauses; without it, the nearest one above each script that is called `clauses`
    #[arg(long, value_name = "DIR")]
    pub(super) clauses: Option<PathBuf>,
}

/// Which copies of standards.
#[derive(Debug, Args)]
pub(super) struct StandardsArgs {
    /// Quote the sentences that a server breaks from the copies of standards in this folder: rfc6120.txt, xep-0045.xml
    #[arg(long, value_name = "DIR")]
    pub(super) standards: Option<PathBuf>,
}

impl StandardsArgs {
    /// The copies in the folder.
    pub(super) fn copies(&self) -> Result<Option<Standards>, StandardsError> {
        let folder = self.standards.as_deref();
        folder.map(Standards::in_folder).transpose()
    }
}

impl IndexArgs {
    /// The indexes by which the clauses of scripts are judged.
    pub(super) fn library(&self) -> Library {
        Library::new(self.clauses.clone())
    }
}
