//! Writing to the two streams of the process. All that goes there goes through this module, progress lines excepted: it
//! is the last to see that no secret is in a text, and that nothing in it is obeyed by a terminal or by a CI service.

use std::error::Error;
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::sync::{PoisonError, RwLock};

use colored::Colorize;
use colored::control::SHOULD_COLORIZE;
use rustix::fs::{OFlags, fcntl_getfl, fstat};
use thiserror::Error;

use super::exit_code::ExitCode;
use crate::open_files::in_words;
use crate::report::Summary;
use crate::secrets::Secrets;
use crate::visible::{Styles, harmless, on_screen, without_commands, without_named_commands};

/// The error that not everything could be written to the standard output.
#[derive(Debug, Error)]
#[error("cannot write to the standard output: {}", in_words(.0))]
pub(super) struct Unsaid(#[source] pub(super) io::Error);

/// The error that the standard output was closed before the program began.
#[derive(Debug, Error)]
#[error("it is closed")]
struct ClosedBefore;

/// A stream of the process, as something that is written to. Whole texts have to be written at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    /// The standard output.
    Out,
    /// The standard error.
    Err,
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.put(&without_commands(&fit(&text)))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().flush(),
            Self::Err => io::stderr().flush(),
        }
    }
}

impl Stream {
    fn put(self, text: &str) -> io::Result<()> {
        match self {
            Self::Out => io::stdout().write_all(text.as_bytes()),
            Self::Err => io::stderr().write_all(text.as_bytes()),
        }
    }
}

/// What is not to be written.
static HIDDEN: RwLock<Option<Secrets>> = RwLock::new(None);

/// Hides these secrets, and those that are hidden already, in all that is written from here on.
pub(super) fn hide(secrets: &Secrets) {
    let mut hidden = HIDDEN.write().unwrap_or_else(PoisonError::into_inner);
    *hidden = Some(hidden.take().unwrap_or_default().and(secrets));
}

/// A text without what is hidden, and without payloads of SASL, which are hidden in any case.
pub(super) fn without_hidden(text: &str) -> String {
    let hidden = HIDDEN.read().unwrap_or_else(PoisonError::into_inner);
    match &*hidden {
        Some(hidden) => hidden.redact(text).into_owned(),
        None => Secrets::default().redact(text).into_owned(),
    }
}

/// A text as it can be written.
fn fit(text: &str) -> String {
    let styles = match SHOULD_COLORIZE.should_colorize() {
        true => Styles::Ours,
        false => Styles::None,
    };
    on_screen(&without_hidden(text), styles).into_owned()
}

/// Writes to the standard output. To a reader that has gone away nothing can be told; any other trouble is
/// complained of.
pub(super) fn say(text: &str) -> ExitCode {
    said(hand_over(text))
}

fn said(written: io::Result<()>) -> ExitCode {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(&Unsaid(error)),
        Ok(()) | Err(_) => ExitCode::Passed,
    }
}

/// Writes what was asked for, which is of no use unless it arrives.
pub(super) fn deliver(text: &str) -> ExitCode {
    match see_output() {
        Ok(()) => say(text),
        Err(error) => complain(&Unsaid(error)),
    }
}

/// Gives a text of the user's back on the standard output as it is: it is a script of theirs, and with less in it than
/// they gave it would be another one.
pub(super) fn hand_back(text: &str) -> ExitCode {
    said(see_output().and_then(|()| {
        Stream::Out.put(text)?;
        Stream::Out.flush()
    }))
}

/// Writes something to the standard output that must not get lost.
pub(super) fn hand_over(text: &str) -> io::Result<()> {
    Stream::Out.write_all(text.as_bytes())?;
    Stream::Out.flush()
}

/// Writes lines to the standard output that are meant as commands to the CI service, and must not get lost.
pub(super) fn command(lines: &str) -> io::Result<()> {
    Stream::Out.put(&without_named_commands(&fit(lines)))?;
    Stream::Out.flush()
}

/// Sees that there is a standard output. In the place of one that is closed, Rust's library has put the null device,
/// opened for reading as well. A shell that throws output away opens it for writing alone.
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
    let _ = Stream::Err.write_all(text.as_bytes());
}

/// Writes what is wrong to the standard error, and gives the exit code for it.
pub(super) fn complain(error: &dyn Error) -> ExitCode {
    let error = harmless(&error.to_string());
    say_aside(&format!("{}: {error}\n", "error".red().bold()));
    ExitCode::NotDone
}

/// The exit code of a run with these results. Where no code says what they mean, that is written to the standard error.
pub(super) fn exit_code(summary: &Summary) -> ExitCode {
    ExitCode::of(summary).unwrap_or_else(|error| complain(&error))
}

/// Writes a warning to the standard error.
pub(super) fn warn(text: &str) {
    let text = harmless(text);
    say_aside(&format!("{}: {text}\n", "warning".yellow().bold()));
}

/// Writes to the standard error what is good to know.
pub(super) fn note(text: &str) {
    let text = harmless(text);
    say_aside(&format!("{}: {text}\n", "note".blue().bold()));
}

/// Writes all that is wrong, if anything is.
pub(super) fn complain_of_all<E: Error>(errors: &[E]) -> ExitCode {
    let codes = errors.iter().map(|error| complain(error));
    codes.max().unwrap_or(ExitCode::Passed)
}
