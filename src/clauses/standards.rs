//! Copies of the documents, in a folder that the user names: what an index has no room for, the sentences themselves, is
//! taken from there.

use std::path::Path;

use thiserror::Error;

use super::block::Unsuitable;
use super::document::title;
use super::entry::Entry;
use super::extract::{Extract, extract};
use super::shelf::{Shelf, Unreadable, text};
use crate::paths::shown;
use crate::script::DocumentId;

/// What the names of copies end in.
const ENDINGS: [&str; 2] = ["txt", "xml"];

/// The copies in a folder, each read once.
#[derive(Debug, Default)]
pub struct Standards(Shelf<Extract, StandardsError>);

/// Why a copy does not help.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum StandardsError {
    /// It, or the folder, cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// It is no document, or not all of it.
    #[error("{path}: {why}")]
    Unsuitable {
        /// Where it is.
        path: String,
        /// Why it is none.
        #[source]
        why: Unsuitable,
    },
    /// Its name is that of another document.
    #[error("{path}: this is {is}, and not {not}; rename it")]
    Other {
        /// Where it is.
        path: String,
        /// What it is.
        is: String,
        /// What its name says.
        not: String,
    },
}

impl Standards {
    /// The copies in a folder: `rfc6120.txt`, `xep-0045.xml`.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn in_folder(folder: &Path) -> Result<Self, StandardsError> {
        Ok(Self(Shelf::of(folder, &ENDINGS)?))
    }

    /// Whether there is a copy of a document.
    pub fn has(&self, document: DocumentId) -> bool {
        self.0.documents().any(|one| one == document)
    }

    /// The sentence of an entry of an index; none, if there is no copy of its document, or one of another version that
    /// does not have it.
    ///
    /// # Errors
    ///
    /// When the copy cannot be read, or is not of this document.
    pub fn sentence(
        &self,
        document: DocumentId,
        entry: &Entry,
    ) -> Result<Option<String>, StandardsError> {
        let copy = self.0.get(document, read_as)?;
        let sentence = copy.and_then(|copy| copy.sentence(&entry.section, &entry.fingerprint));
        Ok(sentence.map(|sentence| sentence.text.clone()))
    }
}

fn read_as(document: DocumentId, path: &Path) -> Result<Extract, StandardsError> {
    let read = read_copy(path)?;
    match read.document == document {
        true => Ok(read),
        false => Err(StandardsError::Other {
            path: shown(path),
            is: title(read.document),
            not: title(document),
        }),
    }
}

/// Takes the normative sentences out of a copy, whatever it is called.
///
/// # Errors
///
/// When it cannot be read, or is no document.
pub fn read_copy(path: &Path) -> Result<Extract, StandardsError> {
    extract(&text(path)?).map_err(|why| StandardsError::Unsuitable {
        path: shown(path),
        why,
    })
}
