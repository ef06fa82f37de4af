//! What a script counts as, and why, in the words that all reports use.

use super::model::{Script, Standing};
use crate::verdict::Status;

impl Script {
    /// What it counts as.
    pub fn status(&self) -> Status {
        Status::of(self.verdict, self.standing(), self.flaky)
    }

    /// The title, and behind it the row of the script's table, so that no two are called the same.
    pub fn name(&self) -> String {
        let row = self.case.row();
        let row = row.filter(|_| self.title != self.case.to_string());
        row.map_or_else(|| self.title.clone(), |row| format!("{} {row}", self.title))
    }

    /// Whether a release has to stop for it.
    pub fn is_red(&self) -> bool {
        self.status().is_red()
    }

    /// Why it comes to that, in a sentence; empty if it just passed.
    pub fn reason(&self) -> String {
        let message = self.message.as_deref().unwrap_or_default();
        let Some(baseline) = &self.baseline else {
            return match self.status() {
                Status::Flaky => format!("passed only at attempt {}", self.attempts),
                _ => message.to_owned(),
            };
        };
        let known = &baseline.reason;
        match baseline.standing {
            Standing::Known => known.clone(),
            Standing::PassesAgain => {
                format!("passes, but the baseline says \"{known}\"; take it out of the baseline")
            }
            Standing::Expired => {
                let day = baseline.expires.as_deref().unwrap_or("its day");
                format!("{message} (known as \"{known}\", which was to hold until {day})")
            }
        }
    }

    /// Where it went wrong, as `case:line:column`, as far as that is known.
    pub fn location(&self) -> String {
        match self.place {
            Some(place) => format!("{}:{}:{}", self.case, place.line, place.column),
            None => self.case.to_string(),
        }
    }
}
