//! `scansion clauses extract`.

use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;

use super::FolderArgs;
use crate::clauses::{
    Change, ENDING, Extract, Index, IndexError, StandardsError, Update, file_stem, read_copy,
    read_index, update,
};
use crate::cli::atomic_file::{self, Readers};
use crate::cli::exit_code::ExitCode;
use crate::cli::file::{Unreadable, unreadable};
use crate::cli::output::{complain, deliver};
use crate::paths::shown;
use crate::visible::harmless_line;

/// `scansion clauses extract`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ExtractArgs {
    /// Copies of documents: the text of an RFC, or the XML of a XEP
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    folder: FolderArgs,
    /// Tell what would change, and write nothing
    #[arg(long)]
    dry_run: bool,
    /// The same, with exit code 1 if something would change
    #[arg(long)]
    check: bool,
}

/// Why there is no index of a copy.
#[derive(Debug, Error)]
enum NotExtracted {
    #[error(transparent)]
    Copy(#[from] StandardsError),
    #[error(transparent)]
    Index(#[from] IndexError),
    #[error(transparent)]
    Unwritable(#[from] Unreadable),
    #[error(
        "{0}: no sentence of it has a key word such as MUST, although the index lists {1}; is it the document itself?"
    )]
    Empty(String, usize),
    #[error("{}: {}", shown(.0), .1)]
    NoFolder(PathBuf, std::io::Error),
}

/// Makes indexes, or tells what is new.
pub(super) fn extract(arguments: &ExtractArgs) -> ExitCode {
    let codes = arguments
        .files
        .iter()
        .map(|file| match one(file, arguments) {
            Ok(changed) if changed.is_stale && arguments.check => {
                deliver(&changed.told).max(ExitCode::Failed)
            }
            Ok(changed) => deliver(&changed.told),
            Err(error) => complain(&error),
        });
    codes.max().unwrap_or(ExitCode::Passed)
}

/// What became of an index.
struct Changed {
    told: String,
    /// Whether the file is not what it should be, or was not.
    is_stale: bool,
}

fn one(file: &Path, arguments: &ExtractArgs) -> Result<Changed, NotExtracted> {
    let copy = read_copy(file)?;
    let path = arguments.folder.clauses.join(file_stem(copy.document));
    let path = path.with_extension(ENDING);
    let (old, is_new) = match path.exists() {
        true => (read_index(copy.document, &path)?, false),
        false => (Index::empty(copy.document), true),
    };
    if copy.sentences.is_empty() && !old.entries.is_empty() {
        return Err(NotExtracted::Empty(shown(file), old.entries.len()));
    }
    let updated = update(&old, &copy);
    let is_stale = is_new || updated.index != old;
    if is_stale && !arguments.dry_run && !arguments.check {
        write(&path, &updated.index)?;
    }
    Ok(Changed {
        told: told(&updated, &copy, &path, is_new),
        is_stale,
    })
}

fn write(path: &Path, index: &Index) -> Result<(), NotExtracted> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder)
            .map_err(|error| NotExtracted::NoFolder(folder.to_owned(), error))?;
    }
    let written = atomic_file::write(path, index.to_string().as_bytes(), Readers::AsBefore);
    Ok(written.map_err(|error| unreadable(path, error))?)
}

/// A line that counts, and one for each change; of a new index all is new, and nothing of that is said.
fn told(updated: &Update, copy: &Extract, path: &Path, is_new: bool) -> String {
    let (sentences, path) = (updated.index.entries.len(), shown(path));
    let what = match (is_new, updated.changes.len()) {
        (true, _) => "a new index".to_owned(),
        (false, 0) => "no change".to_owned(),
        (false, 1) => "1 change".to_owned(),
        (false, changes) => format!("{changes} changes"),
    };
    let head = format!(
        "{}: {sentences} sentences, {what} ({path})\n",
        copy.document.title()
    );
    let changes = updated.changes.iter().filter(|_| !is_new);
    changes.fold(head, |told, change| told + &line(change, copy))
}

fn line(change: &Change, copy: &Extract) -> String {
    let (word, entry, more) = match change {
        Change::New(entry) => ("new", entry, String::new()),
        Change::Moved { entry, from } => ("moved", entry, format!(", was in § {from}")),
        Change::Changed { entry, was } => ("changed", entry, format!(", in the place of [{was}]")),
        Change::Gone(entry) => ("gone", entry, String::new()),
    };
    let sentence = copy.sentence(&entry.section, &entry.fingerprint);
    let says = sentence.map_or(entry.words.as_str(), |sentence| &sentence.text);
    let claim = format!(
        "§ {} [{}] {}{more}: {says}",
        entry.section, entry.fingerprint, entry.level
    );
    format!("  {word:<7} {}\n", harmless_line(&claim))
}
