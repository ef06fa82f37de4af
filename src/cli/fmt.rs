//! `scansion fmt`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::atomic_file::Intended;
use super::diff::{passwords, unified, without};
use super::exit_code::ExitCode;
use super::file::{self, unreadable};
use super::hidden;
use super::output::{complain, complain_of_all, hand_back, hide, say, say_aside};
use super::problems::render_problems;
use super::select::{SelectError, paths, source_of};
use crate::diagnostic::Color;
use crate::script::ast::Script;
use crate::script::{self, Untidy, tidy};
use crate::source::SourceFile;

/// The name for the standard input, and the file that it is.
const STANDARD_INPUT: (&str, &str) = ("-", "/dev/stdin");

/// `scansion fmt`.
#[derive(Debug, Args)]
pub(super) struct FmtArgs {
    /// Scripts, or directories that are searched for *.scs; `-` is a script on the standard input, which goes to the
    /// standard output
    #[arg(value_name = "FILE_OR_DIR", required = true)]
    paths: Vec<PathBuf>,
    /// Write nothing, and end with 1 if a script is not in order
    #[arg(long)]
    check: bool,
    /// Write nothing, and show what would change
    #[arg(long)]
    diff: bool,
}

/// A script and its text in order.
struct Tidied {
    path: PathBuf,
    source: SourceFile,
    text: String,
    /// Whether the file has the text already.
    is_in_order: bool,
}

/// Puts the texts of scripts in order, and names those that were not.
pub(super) fn fmt(arguments: &FmtArgs, color: Color) -> ExitCode {
    let (paths, unreadable) = paths(arguments.paths.iter());
    if paths.is_empty() && unreadable.is_empty() {
        return complain(&SelectError::NothingFound);
    }
    let codes = paths.into_iter().map(|path| match tidied(path, color) {
        Ok(tidied) => settle(&tidied, arguments),
        Err(code) => code,
    });
    let code = codes.max().unwrap_or(ExitCode::Passed);
    code.max(complain_of_all(&unreadable))
}

/// Reads a script and puts its text in order; what is wrong with it is told.
fn tidied(path: PathBuf, color: Color) -> Result<Tidied, ExitCode> {
    let bytes = file::read(file_of(&path)).map_err(|error| complain(&error))?;
    let source = source_of(&path, bytes.clone()).map_err(|error| complain(&error))?;
    match tidy(source.clone()) {
        Ok(text) => Ok(Tidied {
            is_in_order: bytes == text.as_bytes(),
            path,
            source,
            text,
        }),
        Err(Untidy::Broken(parsed)) => {
            hide(&hidden::of_written(&parsed.script));
            say_aside(&render_problems(&source, &parsed.errors, color));
            Err(ExitCode::NotDone)
        }
        Err(error @ Untidy::Changed { .. }) => Err(complain(&error)),
    }
}

fn file_of(path: &Path) -> &Path {
    let (name, file) = STANDARD_INPUT;
    match path == Path::new(name) {
        true => Path::new(file),
        false => path,
    }
}

/// Does what is to be done with a text that is in order.
fn settle(tidied: &Tidied, arguments: &FmtArgs) -> ExitCode {
    let writes = !arguments.check && !arguments.diff;
    if writes && tidied.path == Path::new(STANDARD_INPUT.0) {
        return hand_back(&tidied.text);
    }
    if tidied.is_in_order {
        return ExitCode::Passed;
    }
    let written = match writes {
        true => write(tidied),
        false => ExitCode::Passed,
    };
    let told = match arguments.diff {
        true => say(&diff(tidied)),
        false => say(&format!("{}\n", tidied.source.shown_name())),
    };
    let judged = match arguments.check {
        true => ExitCode::Failed,
        false => ExitCode::Passed,
    };
    written.max(told).max(judged)
}

fn write(tidied: &Tidied) -> ExitCode {
    let file = Intended::see(&tidied.path);
    match file.and_then(|file| file.write(tidied.text.as_bytes())) {
        Ok(()) => ExitCode::Passed,
        Err(error) => complain(&unreadable(&tidied.path, error)),
    }
}

fn diff(tidied: &Tidied) -> String {
    let read = |source: &SourceFile| script::parse(source.clone()).script;
    let before = read(&tidied.source);
    let after = read(&SourceFile::new(tidied.source.name(), &tidied.text));
    let shown = |script: &Script| without(script.source.text(), &passwords(script));
    let path = tidied.source.shown_name();
    let secrets = hidden::of_written(&before);
    unified(&path, &shown(&before), &shown(&after), &secrets)
}
