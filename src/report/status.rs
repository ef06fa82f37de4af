//! What a script comes to, with what the baseline says and whether it was run again: the words that all reports use.

use std::fmt;

use super::model::{Report, Script, Standing, Verdict};

/// What a script comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The server did all that the script says.
    Passed,
    /// It did, but only after it had not.
    Flaky,
    /// It did not, as the baseline says.
    Known,
    /// It does not have what the script is about.
    NotSupported,
    /// It did not.
    Failed,
    /// The baseline says that it does not, and it did.
    PassesAgain,
    /// It did not, and what the baseline says holds no more.
    Expired,
    /// Nobody can tell.
    Errored,
    /// The run ended before.
    NotRun,
}

impl Status {
    /// All of them, in the order in which they are counted.
    pub const ALL: [Self; 9] = [
        Self::Passed,
        Self::Flaky,
        Self::Known,
        Self::NotSupported,
        Self::Failed,
        Self::PassesAgain,
        Self::Expired,
        Self::Errored,
        Self::NotRun,
    ];

    /// One word for it, for programs.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Known => "known",
            Self::NotSupported => "not-supported",
            Self::Failed => "failed",
            Self::PassesAgain => "passes-again",
            Self::Expired => "expired",
            Self::Errored => "errored",
            Self::NotRun => "not-run",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Known => "known not to pass",
            Self::NotSupported => "not supported",
            Self::Failed => "failed",
            Self::PassesAgain => "pass again",
            Self::Expired => "known for too long",
            Self::Errored => "could not be run",
            Self::NotRun => "not run",
        })
    }
}

impl Script {
    /// What it comes to.
    pub fn status(&self) -> Status {
        let standing = self.baseline.as_ref().map(|baseline| baseline.standing);
        match (standing, self.verdict) {
            (Some(Standing::Known), _) => Status::Known,
            (Some(Standing::PassesAgain), _) => Status::PassesAgain,
            (Some(Standing::Expired), _) => Status::Expired,
            (None, Verdict::Passed) if self.flaky => Status::Flaky,
            (None, Verdict::Passed) => Status::Passed,
            (None, Verdict::Failed) => Status::Failed,
            (None, Verdict::Errored) => Status::Errored,
            (None, Verdict::NotSupported) => Status::NotSupported,
            (None, Verdict::NotRun) => Status::NotRun,
        }
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

impl Report {
    /// How many scripts come to this.
    pub fn count(&self, status: Status) -> usize {
        let scripts = self.scripts.iter();
        scripts.filter(|script| script.status() == status).count()
    }

    /// What came of all scripts, in a line.
    pub fn tally(&self) -> String {
        let counted = Status::ALL.map(|status| (self.count(status), status));
        let counted = counted.into_iter().filter(|(count, _)| *count > 0);
        let parts: Vec<String> = counted
            .map(|(count, status)| format!("{count} {status}"))
            .collect();
        let total = self.scripts.len();
        let scripts = if total == 1 { "script" } else { "scripts" };
        let duration = self.end.duration;
        match parts.is_empty() {
            true => "no scripts".to_owned(),
            false => format!(
                "{total} {scripts}: {}, in {duration:.2} s",
                parts.join(", ")
            ),
        }
    }
}
