//! The forms in which reports of doubt are written.

use std::fmt;

use thiserror::Error;

use super::{html, json};
use crate::doubt::Doubted;
use crate::report::Format;

/// A form of a report of doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// For programs.
    Json,
    /// A page, for users.
    Html,
}

/// The error that reports of doubt do not have a form that reports of runs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("what `doubt` finds is written as json or html, and not as {0}")]
pub struct NoForm(pub Format);

impl Form {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Json => "json",
            Self::Html => "html",
        }
    }

    /// Writes what was found of plays.
    pub fn write(self, plays: &[Doubted]) -> String {
        match self {
            Self::Json => json::write(plays),
            Self::Html => html::write(plays),
        }
    }
}

impl TryFrom<Format> for Form {
    type Error = NoForm;

    fn try_from(format: Format) -> Result<Self, NoForm> {
        let mut all = [Self::Json, Self::Html].into_iter();
        let form = all.find(|form| form.name() == format.name());
        form.ok_or(NoForm(format))
    }
}

impl fmt::Display for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn some_forms_of_reports_are_forms_of_doubt() {
        let forms: Vec<_> = Format::ALL.into_iter().map(Form::try_from).collect();
        let known: Vec<_> = forms.iter().flatten().map(|form| form.name()).collect();
        assert_eq!(known, ["json", "html"]);
        let error = forms.into_iter().find_map(Result::err).unwrap();
        assert!(
            error
                .to_string()
                .starts_with("what `doubt` finds is written as json or html")
        );
    }
}
