//! Writing to the two streams of the process.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;

use colored::Colorize;
use rustix::fs::{OFlags, fcntl_getfl, fstat};
use thiserror::Error;

use super::exit_code::ExitCode;
use crate::limits::in_words;

/// That not all went to the standard output.
#[derive(Debug, Error)]
#[error("cannot write to the standard output: {}", in_words(.0))]
pub(super) struct Unsaid(#[source] pub(super) io::Error);

/// That the standard output was closed before the program began.
#[derive(Debug, Error)]
#[error("it is closed")]
struct ClosedBefore;

/// Writes to the standard output. Where the reader has gone away there is nobody to tell; any other trouble is
/// complained of.
pub(super) fn say(text: &str) -> ExitCode {
    match hand_over(text) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(&Unsaid(error)),
        _ => ExitCode::Passed,
    }
}

/// Writes what was asked for, and is of no use unless somebody gets it.
pub(super) fn deliver(text: &str) -> ExitCode {
    match see_output() {
        Ok(()) => say(text),
        Err(error) => complain(&Unsaid(error)),
    }
}

/// Writes something to the standard output that must not get lost.
pub(super) fn hand_over(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Sees that there is a standard output. In the place of one that is closed our library has put the null device, opened
/// to be read as well, which a shell does not do to throw something away.
pub(super) fn see_output() -> io::Result<()> {
    let (out, null) = (io::stdout(), std::fs::metadata("/dev/null"));
    let (Ok(there), Ok(null)) = (fstat(&out), null) else {
        return Ok(());
    };
    let is_null = there.st_rdev == null.rdev() && there.st_ino == null.ino();
    let is_closed = is_null && fcntl_getfl(&out)?.contains(OFlags::RDWR);
    match is_closed {
        true => Err(io::Error::other(ClosedBefore)),
        false => Ok(()),
    }
}

/// Writes to the standard error what would stand on the standard output if no report went there.
pub(super) fn say_aside(text: &str) {
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Writes what is wrong to the standard error, and gives the exit code for it.
pub(super) fn complain(error: &dyn Error) -> ExitCode {
    let line = format!("{}: {error}\n", "error".red().bold());
    let _ = io::stderr().write_all(line.as_bytes());
    ExitCode::NotDone
}

/// Writes a warning to the standard error.
pub(super) fn warn(text: &str) {
    let line = format!("{}: {text}\n", "warning".yellow().bold());
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Writes to the standard error what is good to know.
pub(super) fn note(text: &str) {
    let line = format!("{}: {text}\n", "note".blue().bold());
    let _ = io::stderr().write_all(line.as_bytes());
}

/// Writes all that is wrong, if anything is.
pub(super) fn complain_of_all<E: Error>(errors: &[E]) -> ExitCode {
    let codes = errors.iter().map(|error| complain(error));
    codes.max().unwrap_or(ExitCode::Passed)
}
