//! The forms in which a report can be written: a file each, and a line in the table here. All that others have to know
//! of a form is in the table; a form that is not in it does not compile.

mod github;
mod html;
pub mod json;
mod junit;
pub(super) mod markdown;
mod tap;

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::model::Report;

/// A form of reports.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// An event a line, for programs.
    Json,
    /// A page, for users.
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

/// What there is to know of a form.
struct FormatEntry {
    /// The word for it.
    name: &'static str,
    /// Makes the text of it.
    write: fn(&Report) -> String,
    /// Whether it makes the texts of others harmless in its own way, and gets them to the letter.
    takes_raw_texts: bool,
    /// Whether its lines are commands, which an output must not make harmless.
    has_commands: bool,
}

impl FormatEntry {
    /// A form without exceptions: its texts are made harmless, and its lines are not commands.
    fn new(name: &'static str, write: fn(&Report) -> String) -> Self {
        Self {
            name,
            write,
            takes_raw_texts: false,
            has_commands: false,
        }
    }
}

impl Format {
    /// All of them, in the order of the help; the last one stays the last.
    pub const ALL: [Self; Self::Github as usize + 1] = [
        Self::Json,
        Self::Html,
        Self::Junit,
        Self::Tap,
        Self::Markdown,
        Self::Github,
    ];

    /// The table.
    fn entry(self) -> FormatEntry {
        match self {
            Self::Json => FormatEntry {
                takes_raw_texts: true,
                ..FormatEntry::new("json", json::write)
            },
            Self::Html => FormatEntry::new("html", html::write),
            Self::Junit => FormatEntry::new("junit", junit::write),
            Self::Tap => FormatEntry::new("tap", tap::write),
            Self::Markdown => FormatEntry::new("markdown", markdown::write),
            Self::Github => FormatEntry {
                has_commands: true,
                ..FormatEntry::new("github", github::write)
            },
        }
    }

    /// The word for it.
    pub fn name(self) -> &'static str {
        self.entry().name
    }

    /// Whether its lines are commands, which an output must not make harmless.
    pub fn has_commands(self) -> bool {
        self.entry().has_commands
    }

    /// Writes a report in this form.
    pub fn write(self, report: &Report) -> String {
        let entry = self.entry();
        match entry.takes_raw_texts {
            true => (entry.write)(report),
            false => (entry.write)(&report.made_visible()),
        }
    }
}

/// The words for some forms, as a help text has them: `a`, `b` or `c`.
pub(crate) fn listed<const N: usize>(names: [&str; N]) -> String {
    let names = names.map(|name| format!("`{name}`"));
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The error that a word is no form.
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
    fn words_are_listed_as_in_a_sentence() {
        assert_eq!(listed(["a"]), "`a`");
        assert_eq!(listed(["a", "b"]), "`a` or `b`");
        assert_eq!(listed(["a", "b", "c"]), "`a`, `b` or `c`");
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
