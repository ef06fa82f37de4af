//! Why a script is not changed.

use thiserror::Error;

use crate::xmpp::Closed;

/// Why a script that failed cannot be made to expect what came.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Refusal {
    /// There is nothing to expect.
    #[error("nothing came that it could expect instead")]
    NothingCame,
    /// The actor does not have a stream.
    #[error("there is nothing to expect: the actor is not connected")]
    NotConnected,
    /// No more can come.
    #[error("there is nothing to expect: {how}")]
    Closed {
        /// How the stream was closed.
        how: Closed,
    },
    /// The step expects no stanza.
    #[error("the step that failed is no `receives`")]
    NoExpectation,
    /// The step, or the expectation, says something that only its author can put right.
    #[error("the expectation in line {line} has {what}, which `--bless` leaves alone")]
    LeftAlone {
        /// The line.
        line: usize,
        /// What it is.
        what: String,
    },
    /// The script has a table.
    #[error("a script with a table is left alone: what is changed in it changes all of its cases")]
    Table,
    /// The script is complete, and what speaks against that is for none of its steps.
    #[error("`complete` is left alone: what to do about it is for the author to decide")]
    Complete,
    /// Another kind of stanza came.
    #[error(
        "<{came}> came where <{expected}> is expected, and `--bless` writes no other kind of stanza in its place"
    )]
    OtherKind {
        /// What is expected.
        expected: String,
        /// What came.
        came: String,
    },
    /// An error came where the script expects something else.
    #[error("an error{condition} came where none is expected, and `--bless` makes no error of it")]
    Error {
        /// Its condition, in parentheses.
        condition: String,
    },
    /// No error came where the script expects one.
    #[error("no error came where one is expected, and `--bless` makes nothing else of it")]
    NoError,
    /// What came is for another step.
    #[error("what came is what the step in line {line} waits for, and it would miss it")]
    Elsewhere {
        /// The line.
        line: usize,
    },
    /// None of the alternatives of an `Either` holds.
    #[error(
        "the `Either` is left alone: which of its alternatives is to be another is for its author to decide"
    )]
    LeftOpen,
    /// It is about how a stream is negotiated.
    #[error(
        "what comes on a stream before it is bound is left alone: it is not a matter of how stanzas look"
    )]
    Unbound,
    /// The step prepares what is tested.
    #[error("the prologue is left alone: what has to be prepared is for its author to decide")]
    Prologue,
    /// The changed script would have mistakes; the first is told.
    #[error("the script would no longer be right: {0}")]
    Unsound(String),
    /// The changed script would not accept the stanza either.
    #[error("no way was found to write down what came")]
    Unfit,
    /// The changed script does not get further, judged by what was recorded.
    #[error("by what was recorded, it would fail all the same")]
    FailsAsRecorded,
}
