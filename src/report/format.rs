//! The forms in which a report can be written.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::model::Report;
use super::{html, json};

/// A form of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An event a line, for programs.
    Json,
    /// A page, for people.
    Html,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Json, Self::Html];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// Writes a report in this form.
    pub fn write(self, report: &Report) -> String {
        match self {
            Self::Json => json::write(report),
            Self::Html => html::write(report),
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// That a word is no form.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{_0:?} is not a form of reports; there are {names}", names = names())]
pub struct UnknownFormat(String);

fn names() -> String {
    Format::ALL.map(Format::name).join(", ")
}

impl FromStr for Format {
    type Err = UnknownFormat;

    fn from_str(word: &str) -> Result<Self, UnknownFormat> {
        let mut all = Self::ALL.into_iter();
        all.find(|format| format.name() == word)
            .ok_or_else(|| UnknownFormat(word.to_owned()))
    }
}
