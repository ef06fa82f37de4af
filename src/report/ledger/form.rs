//! The forms in which a ledger is written.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::{html, json, markdown};
use crate::ledger::Ledger;

/// A form of a ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For programs.
    Json,
    /// A document that is kept with the scripts.
    Markdown,
    /// A page, for users.
    Html,
}

/// The error that a word is no form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{_0:?} is not a form of ledgers; there are {names}", names = Form::ALL.map(Form::name).join(", "))]
pub struct UnknownForm(String);

impl Form {
    /// All of them; the last one stays the last.
    pub const ALL: [Self; Self::Html as usize + 1] = [Self::Json, Self::Markdown, Self::Html];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Markdown => "markdown",
            Self::Html => "html",
        }
    }

    /// Writes a ledger.
    pub fn write(self, ledger: &Ledger) -> String {
        match self {
            Self::Json => json::write(ledger),
            Self::Markdown => markdown::write(ledger),
            Self::Html => html::write(ledger),
        }
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Form {
    type Err = UnknownForm;

    fn from_str(word: &str) -> Result<Self, UnknownForm> {
        let mut all = Self::ALL.into_iter();
        all.find(|form| form.name() == word)
            .ok_or_else(|| UnknownForm(word.to_owned()))
    }
}
