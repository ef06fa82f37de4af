//! The files of a folder that are about documents, by their names: which there are is looked up at once, and each is
//! read when it is asked for, once. What is in them is not known here.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use thiserror::Error;

use crate::bounded::{self, Most};
use crate::open_files::in_words;
use crate::paths::shown;
use crate::script::DocumentId;

/// The files of a folder, of each of which something is made.
#[derive(Debug)]
pub(super) struct Shelf<T, E> {
    files: Vec<File<T, E>>,
}

#[derive(Debug)]
struct File<T, E> {
    document: DocumentId,
    path: PathBuf,
    made: OnceLock<Result<T, E>>,
}

/// A file or a folder that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{path}: {why}")]
pub struct Unreadable {
    path: String,
    why: String,
}

impl<T, E> Default for Shelf<T, E> {
    fn default() -> Self {
        Self { files: Vec::new() }
    }
}

impl<T, E: Clone> Shelf<T, E> {
    /// The files of a folder whose names are those of documents and end so.
    pub(super) fn of(folder: &Path, endings: &[&str]) -> Result<Self, Unreadable> {
        let mut files = Vec::new();
        for path in paths(folder)? {
            let ending = path.extension().and_then(|ending| ending.to_str());
            let stem = path.file_stem().and_then(|stem| stem.to_str());
            let is_one = ending.is_some_and(|ending| endings.contains(&ending));
            let document = stem.and_then(DocumentId::named).filter(|_| is_one);
            files.extend(document.map(|document| File {
                document,
                path,
                made: OnceLock::new(),
            }));
        }
        Ok(Self { files })
    }

    /// The documents that there are files of, in the order of the files' names.
    pub(super) fn documents(&self) -> impl Iterator<Item = DocumentId> {
        self.files.iter().map(|file| file.document)
    }

    /// What is made of the file of a document.
    pub(super) fn get(
        &self,
        document: DocumentId,
        make: impl Fn(DocumentId, &Path) -> Result<T, E>,
    ) -> Result<Option<&T>, E> {
        let mut files = self.files.iter();
        let file = files.find(|file| file.document == document);
        let made = file.map(|file| file.made.get_or_init(|| make(document, &file.path)));
        made.map(Result::as_ref).transpose().map_err(Clone::clone)
    }
}

fn paths(folder: &Path) -> Result<Vec<PathBuf>, Unreadable> {
    let unreadable = |error| Unreadable::new(folder, &error);
    let found = fs::read_dir(folder).map_err(unreadable)?;
    let paths: Result<Vec<PathBuf>, _> = found.map(|file| Ok(file?.path())).collect();
    let mut paths = paths.map_err(unreadable)?;
    paths.sort();
    Ok(paths)
}

/// The text of a file.
///
/// # Errors
///
/// When it cannot be read.
pub(super) fn text(path: &Path) -> Result<String, Unreadable> {
    match bounded::read(path, Most::ByHand) {
        Ok(bytes) => Ok(String::from_utf8(bytes)
            .unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into_owned())),
        Err(error) => Err(Unreadable::new(path, &error)),
    }
}

impl Unreadable {
    fn new(path: &Path, error: &std::io::Error) -> Self {
        Self {
            path: shown(path),
            why: in_words(error),
        }
    }
}
