//! Writing to the two streams of the process.

use std::error::Error;
use std::io::Write;

use colored::Colorize;

use super::exit_code::ExitCode;

/// Writes to the standard output.
pub(super) fn say(text: &str) {
    // Where the reader has gone away there is nobody to tell.
    let _ = std::io::stdout().write_all(text.as_bytes());
}

/// Writes to the standard error what would stand on the standard output if no report went there.
pub(super) fn say_aside(text: &str) {
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Writes what is wrong to the standard error, and gives the exit code for it.
pub(super) fn complain(error: &dyn Error) -> ExitCode {
    let line = format!("{}: {error}\n", "error".red().bold());
    let _ = std::io::stderr().write_all(line.as_bytes());
    ExitCode::NotDone
}

/// Writes a warning to the standard error.
pub(super) fn warn(text: &str) {
    let line = format!("{}: {text}\n", "warning".yellow().bold());
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// Writes all that is wrong, if anything is.
pub(super) fn complain_of_all<E: Error>(errors: &[E]) -> ExitCode {
    let codes = errors.iter().map(|error| complain(error));
    codes.max().unwrap_or(ExitCode::Passed)
}
