//! The forms in which a report can be written.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::model::Report;
use super::{github, html, json, junit, markdown, tap};

/// A form of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An event a line, for programs.
    Json,
    /// A page, for people.
    Html,
    /// JUnit's XML, for continuous integration.
    Junit,
    /// The Test Anything Protocol.
    Tap,
    /// For the summary of a job.
    Markdown,
    /// Workflow commands of GitHub Actions.
    Github,
}

impl Format {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Json,
        Self::Html,
        Self::Junit,
        Self::Tap,
        Self::Markdown,
        Self::Github,
    ];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
            Self::Junit => "junit",
            Self::Tap => "tap",
            Self::Markdown => "markdown",
            Self::Github => "github",
        }
    }

    /// Writes a report in this form.
    pub fn write(self, report: &Report) -> String {
        // Programs get the texts to the letter: JSON has a way of its own to write what is unseen.
        let visible = || report.made_visible();
        match self {
            Self::Json => json::write(report),
            Self::Html => html::write(&visible()),
            Self::Junit => junit::write(&visible()),
            Self::Tap => tap::write(&visible()),
            Self::Markdown => markdown::write(&visible()),
            Self::Github => github::write(&visible()),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::sample;

    #[test]
    fn every_format_has_every_kind_of_script() {
        // The page has tests of its own.
        for format in Format::ALL
            .into_iter()
            .filter(|format| *format != Format::Html)
        {
            insta::assert_snapshot!(format.name(), format.write(&sample()));
        }
    }

    #[test]
    fn a_report_with_nothing_in_it_can_be_written() {
        let empty = Report {
            scripts: Vec::new(),
            ..sample()
        };
        for format in Format::ALL {
            assert!(!format.write(&empty).is_empty(), "{format}");
        }
    }
}
