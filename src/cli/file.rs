//! Files that the arguments name: how they are read, and how what is wrong in one of settings is drawn.

use std::fs::Metadata;
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::bounded::{self, Most};
use crate::diagnostic::{Color, Diagnostic, Severity};
use crate::open_files::in_words;
use crate::paths::shown;
use crate::source::{SourceFile, Span};

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

/// Reads a file that a user has written.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded::read(path, Most::ByHand).map_err(|source| unreadable(path, source))
}

/// Reads a file that was not named, but found; gives its metadata and its bytes.
pub(super) fn read_found(path: &Path) -> Result<(Metadata, Vec<u8>), Unreadable> {
    bounded::look_into(path, Most::ByHand).map_err(|source| unreadable(path, source))
}

/// Reads a file that this program has written.
pub(super) fn read_back(path: &Path) -> Result<Vec<u8>, Unreadable> {
    bounded::read(path, Most::ByProgram).map_err(|source| unreadable(path, source))
}

/// The message that a file cannot be read, or written.
pub(super) fn unreadable(path: &Path, source: io::Error) -> Unreadable {
    Unreadable {
        path: path.to_owned(),
        source,
    }
}

/// Draws what is wrong in a file of settings, without the word `error`.
pub(super) fn draw(
    source: &SourceFile,
    message: String,
    span: Range<usize>,
    help: Option<String>,
) -> String {
    let diagnostic = Diagnostic {
        severity: Severity::Error,
        message,
        primary: (Span::new(span.start, span.end), None),
        secondary: Vec::new(),
        help,
        notes: Vec::new(),
    };
    let drawn = diagnostic.render(source, Color::Plain);
    // The command that shows it says that it is an error.
    drawn.trim_start_matches("error: ").to_owned()
}
