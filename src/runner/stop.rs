//! What ends a script before its time.

use super::error::RunError;
use super::outcome::Failure;

/// What ends a script before its time.
pub(super) enum Stop {
    /// The server departed from the script, at the step that is being taken.
    Failed(Box<Failure>),
    /// It did so at this step, which was taken before, as is known only now.
    FailedBefore(usize, Box<Failure>),
    /// We could not find out.
    Errored(RunError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(Box::new(failure))
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Stop::Errored(error)
    }
}
