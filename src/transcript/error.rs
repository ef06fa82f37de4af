//! What is wrong with a file that should be a transcript.

use thiserror::Error;

use super::{FORM, TITLE};

/// What is wrong with a transcript, and where.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{line}: {kind}")]
pub struct TranscriptError {
    /// The file.
    pub file: String,
    /// The line, counted from 1.
    pub line: usize,
    /// What.
    pub kind: TranscriptErrorKind,
}

/// The kinds of mistake in a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum TranscriptErrorKind {
    /// It is something else.
    #[error(
        "this is no transcript; `scansion run --transcript DIR` writes them, with `{TITLE}{FORM}` in the first line"
    )]
    Other,
    /// It is of another version.
    #[error(
        "this transcript has form {0}, and this scansion reads form {FORM}; take the scansion that wrote it, or run the script again"
    )]
    Form(String),
    /// A property is not there.
    #[error("the head has no `{0}:`")]
    Missing(&'static str),
    /// There is no such property.
    #[error("`{0}` is nothing that the head of a transcript has")]
    UnknownProperty(String),
    /// A value cannot be.
    #[error("`{value}` is not {wanted}")]
    Value {
        /// The value.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
    /// A line is not of a kind that transcripts have.
    #[error(
        "this is neither a step, `line 12: …`, nor something that happened, `0.000102  ->  Juliet`"
    )]
    NoEntry,
    /// The cast does not have an actor of this name.
    #[error("nobody in the cast is called `{0}`")]
    UnknownActor(String),
    /// What is below a line cannot be read.
    #[error("what came here is {0}")]
    Stanza(String),
    /// Something happened before the first step.
    #[error("this happened before the first step")]
    NoStep,
    /// It was not written to its end.
    #[error(
        "the transcript ends here, before the `end:` of the script; it was not written as a whole"
    )]
    Incomplete,
}
