//! What is wrong with a recipe.

use std::ops::Range;

use thiserror::Error;

/// Why a text is no recipe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RecipeError {
    /// It is not written as recipes are.
    #[error("{message}")]
    Syntax {
        /// What is wrong.
        message: String,
        /// Where, in bytes.
        span: Range<usize>,
    },
    /// It begins with a recipe that does not come with us.
    #[error("it extends `{0}`, which is not a recipe that comes with scansion; there are {known}", known = super::builtin::names())]
    NoBase(String),
    /// Something must be said, and is not.
    #[error("a recipe needs {0}")]
    Missing(&'static str),
    /// Something does not fit the recipe that it extends.
    #[error("together with `{base}`, which it extends: {message}")]
    Unfit {
        /// The other recipe.
        base: String,
        /// What is wrong.
        message: String,
    },
}
