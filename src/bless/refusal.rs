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
    /// What is not fulfilled says more than one stanza can tell.
    #[error("`{0}` is left alone: one stanza does not tell what else may come")]
    Judgement(&'static str),
    /// What failed is of a kind that nothing is changed for.
    #[error("`{words}` is left alone: what it says of the server is for its author to decide")]
    LeftAlone {
        /// The words that say so.
        words: &'static str,
    },
    /// The changed script would have mistakes; the first is told.
    #[error("the script would no longer be right: {0}")]
    Unsound(String),
    /// The changed script would not accept the stanza either.
    #[error("no way was found to write down what came")]
    Unfit,
}
