//! The forms in which the table can be written.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use thiserror::Error;

use super::table::Matrix;
use super::{html, markdown};

/// A form in which the table can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For a document, a comment, or the summary of a job.
    Markdown,
    /// A page, for users.
    Html,
}

impl Form {
    /// All of them; the last one stays the last.
    pub const ALL: [Self; Self::Html as usize + 1] = [Self::Markdown, Self::Html];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }
}

impl Matrix {
    /// Writes it in a form, to be read in a folder, which is an absolute path.
    pub fn write(&self, form: Form, folder: &Path) -> String {
        match form {
            Form::Markdown => markdown::write(self, folder),
            Form::Html => html::write(self, folder),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error that a word is no form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{_0:?} is not a form of comparisons; there are {names}", names = names())]
pub struct UnknownForm(String);

fn names() -> String {
    Form::ALL.map(Form::name).join(", ")
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(word: &str) -> Result<Self, UnknownForm> {
        let mut all = Self::ALL.into_iter();
        all.find(|form| form.name() == word)
            .ok_or_else(|| UnknownForm(word.to_owned()))
    }
}
