//! Why there is no profile to go by.

use std::ops::Range;

use thiserror::Error;

use crate::cli::file::{Unreadable, draw};
use crate::cli::ownership::Untrusted;
use crate::source::SourceFile;

/// What the file is called.
pub(in crate::cli) const FILE: &str = "scansion.toml";

/// Why there is no profile to go by.
#[derive(Debug, Error)]
pub(in crate::cli) enum ProfileError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Untrusted(#[from] Untrusted),
    #[error(
        "there is no {FILE} here or above, where the profile `{0}` could be; `--config` names one elsewhere"
    )]
    NoFile(String),
    #[error("{path}: there is no profile `{name}`; there are {known}")]
    NoProfile {
        path: String,
        name: String,
        known: String,
    },
    /// Something in the file is wrong: the message is drawn under the line.
    #[error("{0}")]
    Wrong(String),
}

impl ProfileError {
    /// The error that something in a file is wrong, at these bytes.
    pub(super) fn wrong(
        source: &SourceFile,
        message: String,
        span: Range<usize>,
        help: Option<String>,
    ) -> Self {
        Self::Wrong(draw(source, message, span, help))
    }
}
