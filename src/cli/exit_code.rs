//! What the program tells the one that called it.

/// The exit codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// No script is red, or none has errors.
    Passed = 0,
    /// A script is red: the server did not do what it says, or not what the baseline says.
    Failed = 1,
    /// The run could not be done, or not all of it: wrong usage, a script with errors, a server that cannot be
    /// reached or lets nobody in, something that could not be written, an interruption; or nothing was selected.
    NotDone = 2,
}

impl From<ExitCode> for std::process::ExitCode {
    fn from(code: ExitCode) -> Self {
        (code as u8).into()
    }
}
