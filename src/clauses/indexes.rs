//! The indexes of one folder: which there are is looked up at once, and each is read when it is asked for. Scripts have
//! theirs in the nearest folder `clauses` above them.

use std::fs;
use std::path::{Path, PathBuf, absolute};
use std::sync::OnceLock;

use thiserror::Error;

use super::document::named;
use super::index::{BadLine, Index};
use crate::bounded::{self, Most};
use crate::open_files::in_words;
use crate::paths::shown;
use crate::script::DocumentId;

/// What a folder of indexes is called.
const FOLDER: &str = "clauses";
/// What the names of indexes end in.
const ENDING: &str = "tsv";

/// The indexes of one folder, each read once.
#[derive(Debug, Default)]
pub struct Indexes {
    files: Vec<File>,
}

#[derive(Debug)]
struct File {
    document: DocumentId,
    path: PathBuf,
    index: OnceLock<Result<Index, IndexError>>,
}

/// Why there is no index, although there is a file for it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IndexError {
    /// It, or its folder, cannot be read.
    #[error("{path}: {why}")]
    Unreadable {
        /// Where it is.
        path: String,
        /// What the system says.
        why: String,
    },
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
        let unreadable = |error| IndexError::unreadable(folder, &error);
        let found = fs::read_dir(folder).map_err(unreadable)?;
        let mut files = Vec::new();
        for file in found {
            files.extend(File::at(file.map_err(unreadable)?.path()));
        }
        files.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(Self { files })
    }

    /// The documents that have one, in the order of their names.
    pub fn documents(&self) -> impl Iterator<Item = DocumentId> {
        self.files.iter().map(|file| file.document)
    }

    /// The index of a document, if there is one.
    ///
    /// # Errors
    ///
    /// When there is one that cannot be read.
    pub fn index(&self, document: DocumentId) -> Result<Option<&Index>, IndexError> {
        let mut files = self.files.iter();
        let file = files.find(|file| file.document == document);
        let read = file.map(|file| file.index.get_or_init(|| file.read()));
        read.map(Result::as_ref).transpose().map_err(Clone::clone)
    }
}

/// The nearest folder `clauses` above a script.
pub fn folder_above(script: &Path) -> Option<PathBuf> {
    let script = absolute(script).ok()?;
    let above = script.ancestors().skip(1);
    let mut folders = above.map(|folder| folder.join(FOLDER));
    folders.find(|folder| folder.is_dir())
}

impl File {
    fn at(path: PathBuf) -> Option<Self> {
        let is_index = path.extension().is_some_and(|ending| ending == ENDING);
        let document = named(path.file_stem()?.to_str()?).filter(|_| is_index)?;
        Some(Self {
            document,
            path,
            index: OnceLock::new(),
        })
    }

    fn read(&self) -> Result<Index, IndexError> {
        read_index(self.document, &self.path)
    }
}

/// Reads the file of an index.
///
/// # Errors
///
/// When it cannot be read, or a line is not one of an index.
pub fn read_index(document: DocumentId, path: &Path) -> Result<Index, IndexError> {
    let bytes = bounded::read(path, Most::ByHand);
    let bytes = bytes.map_err(|error| IndexError::unreadable(path, &error))?;
    Index::read(document, &String::from_utf8_lossy(&bytes)).map_err(|wrong| IndexError::Line {
        path: shown(path),
        wrong,
    })
}

impl IndexError {
    fn unreadable(path: &Path, error: &std::io::Error) -> Self {
        Self::Unreadable {
            path: shown(path),
            why: in_words(error),
        }
    }
}

#[cfg(test)]
mod tests {
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
