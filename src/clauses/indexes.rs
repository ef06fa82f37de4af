//! The indexes of one folder, each read when it is asked for. Scripts have theirs in the nearest folder `clauses` above
//! them.

use std::path::{Path, PathBuf, absolute};

use thiserror::Error;

use super::index::{BadLine, Index};
use super::shelf::{Shelf, Unreadable, text};
use crate::paths::shown;
use crate::script::DocumentId;

/// What a folder of indexes is called.
pub const FOLDER: &str = "clauses";

/// What the names of indexes end in.
pub const ENDING: &str = "tsv";

/// The indexes of one folder, each read once.
#[derive(Debug, Default)]
pub struct Indexes(Shelf<Index, IndexError>);

/// Why there is no index, although there is a file for it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IndexError {
    /// It, or its folder, cannot be read.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// A line of it is not one of an index.
    #[error("{path}:{line}: {wrong}", line = .wrong.line)]
    Line {
        /// Where it is.
        path: String,
        /// What is wrong.
        #[source]
        wrong: BadLine,
    },
}

impl Indexes {
    /// Those in the nearest folder `clauses` above a script; none, if there is no such folder.
    ///
    /// # Errors
    ///
    /// When the folder is there and cannot be read.
    pub fn beside(script: &Path) -> Result<Self, IndexError> {
        match folder_above(script) {
            Some(folder) => Self::in_folder(&folder),
            None => Ok(Self::default()),
        }
    }

    /// Those in a folder.
    ///
    /// # Errors
    ///
    /// When it cannot be read.
    pub fn in_folder(folder: &Path) -> Result<Self, IndexError> {
        Ok(Self(Shelf::of(folder, &[ENDING])?))
    }

    /// The documents that have one, in the order of their names.
    pub fn documents(&self) -> impl Iterator<Item = DocumentId> {
        self.0.documents()
    }

    /// The index of a document, if there is one.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub fn index(&self, document: DocumentId) -> Result<Option<&Index>, IndexError> {
        self.0.get(document, read_index)
    }
}

/// The nearest folder `clauses` above a script.
pub fn folder_above(script: &Path) -> Option<PathBuf> {
    let script = absolute(script).ok()?;
    let above = script.ancestors().skip(1);
    let mut folders = above.map(|folder| folder.join(FOLDER));
    folders.find(|folder| folder.is_dir())
}

/// Reads the file of an index.
///
/// # Errors
///
/// When it cannot be read, or a line is not one of an index.
pub fn read_index(document: DocumentId, path: &Path) -> Result<Index, IndexError> {
    Index::read(document, &text(path)?).map_err(|wrong| IndexError::Line {
        path: shown(path),
        wrong,
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    fn folder(files: &[(&str, &str)]) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        folder
    }

    #[test]
    fn a_script_has_the_indexes_of_the_nearest_folder_above_it() {
        let line = "7c3f\t10.5\tMUST\tserver\toutside\n";
        let folder = folder(&[
            ("clauses/xep0045.tsv", ""),
            ("spec/clauses/xep0045.tsv", line),
            ("spec/clauses/notes.txt", "x"),
            ("spec/clauses/notes.tsv", "x"),
        ]);
        let size = |script: &str| {
            let indexes = Indexes::beside(&folder.path().join(script)).unwrap();
            let index = indexes.index(DocumentId::Xep(45)).unwrap();
            index.map(|index| index.entries.len())
        };
        assert_eq!(size("spec/xep0045/a.scs"), Some(1));
        assert_eq!(size("spec/a.scs"), Some(1));
        assert_eq!(size("other/a.scs"), Some(0));
        let indexes = Indexes::in_folder(&folder.path().join("spec/clauses")).unwrap();
        assert_eq!(indexes.index(DocumentId::Xep(30)).unwrap(), None);
        assert_eq!(
            indexes.documents().collect::<Vec<_>>(),
            [DocumentId::Xep(45)]
        );
    }

    #[test]
    fn an_index_that_cannot_be_read_says_where_it_is() {
        let folder = folder(&[("xep0045.tsv", "\nx\ty\n"), ("xep0030.tsv/x", "")]);
        let indexes = Indexes::in_folder(folder.path()).unwrap();
        let told = |document| {
            let error = indexes.index(document).unwrap_err().to_string();
            error.replace(&shown(folder.path()), "")
        };
        let line =
            "/xep0045.tsv:2: a fingerprint has four hexadecimal digits or more, which `x` has not";
        assert_eq!(told(DocumentId::Xep(45)), line);
        assert!(told(DocumentId::Xep(30)).starts_with("/xep0030.tsv: "));
        assert!(Indexes::in_folder(&folder.path().join("none")).is_err());
    }
}
