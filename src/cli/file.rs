//! Reading the files that the arguments name.

use std::fs::Metadata;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded::{self, Most};
use crate::open_files::in_words;
use crate::paths::shown;

/// A file that cannot be read.
#[derive(Debug, Error)]
#[error("{}: {}", shown(path), in_words(source))]
pub(super) struct Unreadable {
    pub(super) path: PathBuf,
    #[source]
    source: io::Error,
}

impl Unreadable {
    /// Whether it is not there at all.
    pub(super) fn is_not_found(&self) -> bool {
        self.source.kind() == io::ErrorKind::NotFound
    }
}

/// Reads a file that somebody has written.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded::read(path, Most::ByHand).map_err(|source| unreadable(path, source))
}

/// Reads a file that was not named, but found; with what is to be said of it.
pub(super) fn read_found(path: &Path) -> Result<(Metadata, Vec<u8>), Unreadable> {
    bounded::look_into(path, Most::ByHand).map_err(|source| unreadable(path, source))
}

/// Reads a file that this program has written.
pub(super) fn read_back(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded::read(path, Most::ByProgram).map_err(|source| unreadable(path, source))
}

/// That a file cannot be read, or written.
pub(super) fn unreadable(path: &Path, source: io::Error) -> Unreadable {
    Unreadable {
        path: path.to_owned(),
        source,
    }
}
