//! The exit codes of the program.

use thiserror::Error;

use crate::report::{Status, Summary};

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// No script is red, or none has errors.
    Passed = 0,
    /// A script is red: the server did not do what it says, or not what the baseline says.
    Failed = 1,
    /// The run could not be done, or not all of it: wrong usage, a script with errors, a server that cannot be
    /// reached or lets no actor in, something that could not be written, an interruption; or nothing was selected.
    NotDone = 2,
}

/// The error that no script was run, and that no baseline excuses it.
#[derive(Debug, Error)]
#[error("no script could be run, and no baseline excuses that: nothing is known of the server")]
pub(super) struct NothingRan;

impl ExitCode {
    /// The exit code of a run with these counts.
    pub(super) fn of(summary: &Summary) -> Result<Self, NothingRan> {
        let counted = summary.counted();
        let heaviest = counted.map(|(_, status)| Weight::of(status)).max();
        let is_excused = summary.count(Status::Known) + summary.count(Status::Expired) > 0;
        match heaviest.unwrap_or(Weight::Nothing) {
            Weight::Unknown => Ok(Self::NotDone),
            _ if summary.ran == 0 && is_excused => Err(NothingRan),
            Weight::Red => Ok(Self::Failed),
            Weight::Missing => Ok(Self::NotDone),
            Weight::Nothing => Ok(Self::Passed),
        }
    }
}

/// What a script adds to the exit code of its run; the last one prevails.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Weight {
    Nothing,
    /// It was not begun.
    Missing,
    /// The server has departed from what was expected.
    Red,
    /// What it would have come to could not be found out.
    Unknown,
}

impl Weight {
    fn of(status: Status) -> Self {
        match status {
            Status::Passed
            | Status::Flaky
            | Status::Known
            | Status::Deviated
            | Status::NotSupported
            | Status::NotTested => Self::Nothing,
            Status::NotRun => Self::Missing,
            Status::Failed | Status::PassesAgain | Status::Expired => Self::Red,
            Status::Errored => Self::Unknown,
        }
    }
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        (code as u8).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::ScriptReport;
    use crate::report::model::{Baseline, Standing, Verdict};

    fn script(verdict: Verdict, standing: Option<Standing>) -> ScriptReport {
        let baseline = standing.map(|standing| Baseline {
            reason: "because".to_owned(),
            expires: None,
            standing,
        });
        ScriptReport {
            baseline,
            ..ScriptReport::unreadable("a.scs", verdict, "so it ended")
        }
    }

    fn code(scripts: &[(Verdict, Option<Standing>)]) -> Option<u8> {
        let scripts = scripts.iter();
        let scripts: Vec<_> = scripts
            .map(|(verdict, standing)| script(*verdict, *standing))
            .collect();
        ExitCode::of(&Summary::of(&scripts))
            .ok()
            .map(|code| code as u8)
    }

    #[test]
    fn the_heaviest_script_makes_the_code() {
        use Verdict::{Errored, Failed, NotRun, NotSupported, Passed};
        let known = Some(Standing::Known);
        for (scripts, expected) in [
            ([].as_slice(), Some(0)),
            (
                &[(Passed, None), (NotSupported, None), (Failed, known)],
                Some(0),
            ),
            (&[(Passed, None), (NotRun, None)], Some(2)),
            (&[(Failed, None), (NotRun, None)], Some(1)),
            (&[(Passed, Some(Standing::PassesAgain))], Some(1)),
            (&[(Failed, Some(Standing::Expired))], Some(1)),
            (&[(Failed, None), (Errored, None)], Some(2)),
            (&[(Errored, known), (Passed, None)], Some(0)),
            (&[(Errored, known)], None),
            (&[(Errored, Some(Standing::Expired)), (NotRun, None)], None),
            (&[(Errored, known), (Errored, None)], Some(2)),
        ] {
            assert_eq!(code(scripts), expected, "{scripts:?}");
        }
    }
}
