//! The verdict of a script, how a baseline stands to that, and the status that follows from both. All parts of the
//! program that report scripts use these types.
//!
//! How anything is judged, and how it is shown, is not known here.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a script, or a step of it, came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// The server did all that the script says.
    Passed,
    /// It did not.
    Failed,
    /// It did not, and what it departs from is only recommended.
    #[serde(rename = "deviation")]
    Deviated,
    /// It could not be found out: the script has errors or cannot be read, the server is not there, and so on.
    Errored,
    /// The server does not have what the script is about.
    NotSupported,
    /// The server refused what the script has to prepare before it tests anything.
    NotTested,
    /// The run ended before.
    NotRun,
}

impl Verdict {
    /// All of them; the last one stays the last.
    pub const ALL: [Self; Self::NotRun as usize + 1] = [
        Self::Passed,
        Self::Failed,
        Self::Deviated,
        Self::Errored,
        Self::NotSupported,
        Self::NotTested,
        Self::NotRun,
    ];

    /// Whether anything was found out about the server.
    pub fn is_known(self) -> bool {
        match self {
            Self::Passed | Self::Failed | Self::Deviated | Self::NotSupported | Self::NotTested => {
                true
            }
            Self::Errored | Self::NotRun => false,
        }
    }

    /// Whether it has to be looked at, unless a baseline excuses it.
    pub fn is_red(self) -> bool {
        match self {
            Self::Failed | Self::Errored => true,
            Self::Passed | Self::Deviated | Self::NotSupported | Self::NotTested | Self::NotRun => {
                false
            }
        }
    }

    /// This one or another one: whichever tells more of the server.
    pub fn telling(self, other: Self) -> Self {
        let weight = |verdict| match verdict {
            Self::Failed => 0,
            Self::Deviated => 1,
            Self::Passed => 2,
            Self::Errored => 3,
            Self::NotTested => 4,
            Self::NotSupported => 5,
            Self::NotRun => 6,
        };
        match weight(other) < weight(self) {
            true => other,
            false => self,
        }
    }

    /// One word for it, for programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Deviated => "deviation",
            Self::Errored => "errored",
            Self::NotSupported => "not-supported",
            Self::NotTested => "not-tested",
            Self::NotRun => "not-run",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Deviated => "deviating",
            Self::Errored => "could not be run",
            Self::NotSupported => "not supported",
            Self::NotTested => "not tested",
            Self::NotRun => "not run",
        })
    }
}

/// How a baseline stands to what a script came to: whether what it says still holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The script did not pass, as was expected.
    Known,
    /// It passes, and has to be taken out of the baseline.
    PassesAgain,
    /// It did not pass, and the day has come.
    Expired,
}

/// What a script counts as, with what the baseline says and whether it was run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The server did all that the script says.
    Passed,
    /// It did, but only after it had not.
    Flaky,
    /// It did not, as the baseline says.
    Known,
    /// It departs from what is only recommended.
    Deviated,
    /// It does not have what the script is about.
    NotSupported,
    /// It refused what the script has to prepare.
    NotTested,
    /// It did not.
    Failed,
    /// The baseline says that it does not, and it did.
    PassesAgain,
    /// It did not, and what the baseline says holds no more.
    Expired,
    /// It could not be found out.
    Errored,
    /// The run ended before.
    NotRun,
}

impl Status {
    /// All of them, in the order in which reports count them; the last one stays the last.
    pub const ALL: [Self; Self::NotRun as usize + 1] = [
        Self::Passed,
        Self::Flaky,
        Self::Known,
        Self::Deviated,
        Self::NotSupported,
        Self::NotTested,
        Self::Failed,
        Self::PassesAgain,
        Self::Expired,
        Self::Errored,
        Self::NotRun,
    ];

    /// What a script with this verdict counts as, by what its baseline says, and by whether it passed only at a later
    /// attempt.
    pub fn of(verdict: Verdict, standing: Option<Standing>, is_flaky: bool) -> Self {
        match (standing, verdict) {
            (Some(Standing::Known), _) => Self::Known,
            (Some(Standing::PassesAgain), _) => Self::PassesAgain,
            (Some(Standing::Expired), _) => Self::Expired,
            (None, Verdict::Passed) if is_flaky => Self::Flaky,
            (None, Verdict::Passed) => Self::Passed,
            (None, Verdict::Failed) => Self::Failed,
            (None, Verdict::Deviated) => Self::Deviated,
            (None, Verdict::Errored) => Self::Errored,
            (None, Verdict::NotSupported) => Self::NotSupported,
            (None, Verdict::NotTested) => Self::NotTested,
            (None, Verdict::NotRun) => Self::NotRun,
        }
    }

    /// Whether a release has to stop for it: the script did not pass and no baseline says so, or it is not as the
    /// baseline says.
    pub fn is_red(self) -> bool {
        match self {
            Self::Failed | Self::PassesAgain | Self::Expired | Self::Errored => true,
            Self::Passed
            | Self::Flaky
            | Self::Known
            | Self::Deviated
            | Self::NotSupported
            | Self::NotTested
            | Self::NotRun => false,
        }
    }

    /// One word for it, for programs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Flaky => "flaky",
            Self::Known => "known",
            Self::Deviated => "deviation",
            Self::NotSupported => "not-supported",
            Self::NotTested => "not-tested",
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
            Self::Deviated => "deviating",
            Self::NotSupported => "not supported",
            Self::NotTested => "not tested",
            Self::Failed => "failed",
            Self::PassesAgain => "passing again",
            Self::Expired => "known for too long",
            Self::Errored => "could not be run",
            Self::NotRun => "not run",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_read_one_word_everywhere() {
        for verdict in Verdict::ALL {
            let written = serde_json::to_value(verdict).unwrap();
            assert_eq!(written, verdict.word());
            let status = Status::of(verdict, None, false);
            assert_eq!(status.word(), verdict.word());
            assert_eq!(status.is_red(), verdict.is_red());
        }
    }

    #[test]
    fn every_status_is_in_its_place() {
        for (at, status) in Status::ALL.into_iter().enumerate() {
            assert_eq!(status as usize, at);
        }
    }

    #[test]
    fn a_baseline_has_the_last_word() {
        for verdict in Verdict::ALL {
            let of = |standing| Status::of(verdict, Some(standing), true);
            assert_eq!(of(Standing::Known), Status::Known);
            assert_eq!(of(Standing::PassesAgain), Status::PassesAgain);
            assert_eq!(of(Standing::Expired), Status::Expired);
        }
        assert_eq!(Status::of(Verdict::Passed, None, true), Status::Flaky);
        assert_eq!(Status::of(Verdict::Failed, None, true), Status::Failed);
    }
}
