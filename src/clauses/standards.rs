//! Copies of the documents, in a folder that the user names: what an index has no room for, the sentences themselves, is
//! taken from there.

use std::path::Path;

use thiserror::Error;

use super::block::Unsuitable;
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
            is: read.document.title(),
            not: document.title(),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::clauses::{Index, update};

    const COPY: &str =
        "<xep><number>0999</number><section1 topic='A'><p>It MUST glow.</p></section1></xep>";

    #[test]
    fn a_sentence_is_quoted_from_the_copy_that_is_at_hand() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("xep-0999.xml"), COPY).unwrap();
        fs::write(folder.path().join("xep0998.xml"), COPY).unwrap();
        fs::write(folder.path().join("rfc1.txt"), "x").unwrap();
        let standards = Standards::in_folder(folder.path()).unwrap();
        let copy = extract(COPY).unwrap();
        let index = update(&Index::empty(copy.document), &copy).index;
        let sentence = |document| standards.sentence(document, &index.entries[0]);
        assert_eq!(
            sentence(DocumentId::Xep(999)),
            Ok(Some("It MUST glow.".to_owned()))
        );
        assert_eq!(sentence(DocumentId::Xep(45)), Ok(None));
        assert!(standards.has(DocumentId::Rfc(1)) && !standards.has(DocumentId::Rfc(2)));
        let other = sentence(DocumentId::Xep(998)).unwrap_err().to_string();
        assert!(
            other.ends_with("this is XEP-0999, and not XEP-0998; rename it"),
            "{other}"
        );
        assert!(sentence(DocumentId::Rfc(1)).is_err());
    }
}
