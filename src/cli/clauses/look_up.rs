//! `scansion clauses show` and `scansion clauses list`.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use super::FolderArgs;
use super::wanted::{FilterArgs, NotFound, index, sentences};
use crate::clauses::{Entry, Index, Standards, StandardsError, file_stem};
use crate::cli::exit_code::ExitCode;
use crate::cli::form::Form;
use crate::cli::output::{complain, deliver};
use crate::report::json;
use crate::script::DocumentId;
use crate::visible::harmless_line;

/// `scansion clauses show`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ShowClausesArgs {
    /// A document and one of its sections, or a fingerprint: `xep0045 10.5`, `rfc6120 91ab`
    #[arg(value_names = ["DOCUMENT", "SECTION|FINGERPRINT"], num_args = 2..=3, required = true)]
    words: Vec<String>,
    #[command(flatten)]
    folder: FolderArgs,
    /// Quote the sentences from copies of the documents in this folder (rfc6120.txt, xep-0045.xml)
    #[arg(long, value_name = "DIR")]
    standards: Option<PathBuf>,
}

/// `scansion clauses list`.
#[derive(Debug, Args)]
pub(in crate::cli) struct ListClausesArgs {
    /// The document; all, if none is named
    #[arg(value_name = "DOCUMENT", num_args = 0..=2)]
    document: Vec<String>,
    #[command(flatten)]
    filter: FilterArgs,
    #[command(flatten)]
    folder: FolderArgs,
    /// In which form
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Form,
}

/// Why nothing is shown.
#[derive(Debug, Error)]
enum NothingToShow {
    #[error(transparent)]
    NotFound(#[from] NotFound),
    #[error(transparent)]
    Standards(#[from] StandardsError),
}

/// Shows the sentences of a section, or of a fingerprint.
pub(super) fn show(arguments: &ShowClausesArgs) -> ExitCode {
    match shown(arguments) {
        Ok(text) => deliver(&text),
        Err(error) => complain(&error),
    }
}

/// Lists sentences.
pub(super) fn list(arguments: &ListClausesArgs) -> ExitCode {
    match lines(arguments) {
        Ok(text) => deliver(&text),
        Err(error) => complain(&error),
    }
}

fn shown(arguments: &ShowClausesArgs) -> Result<String, NothingToShow> {
    let indexes = arguments.folder.indexes()?;
    let (place, document) = arguments.words.split_last().expect("clap sees to it");
    let index = index(&indexes, document)?;
    let standards = match &arguments.standards {
        Some(folder) => Standards::in_folder(folder)?,
        None => Standards::default(),
    };
    let entries = sentences(index, place)?.into_iter();
    let texts = entries.map(|entry| {
        let sentence = standards.sentence(index.document, entry)?;
        Ok(paragraph(index.document, entry, sentence.as_deref()))
    });
    let texts: Vec<String> = texts.collect::<Result<_, StandardsError>>()?;
    Ok(texts.join("\n"))
}

/// All that is known of a sentence.
fn paragraph(document: DocumentId, entry: &Entry, sentence: Option<&str>) -> String {
    let Entry {
        section,
        fingerprint,
        level,
        subject,
        words,
        note,
        ..
    } = entry;
    let head = format!("{} § {section} [{fingerprint}]", document.title());
    let says = format!("{level}, {subject}, {}", entry.tested());
    let quoted = sentence.map(|sentence| format!("“{sentence}”"));
    let lines = [Some(says), Some(words.clone()), Some(note.clone()), quoted];
    let lines = lines.into_iter().flatten().filter(|line| !line.is_empty());
    let lines = lines.map(|line| format!("  {}\n", harmless_line(&line)));
    format!("{}\n{}", harmless_line(&head), lines.collect::<String>())
}

fn lines(arguments: &ListClausesArgs) -> Result<String, NothingToShow> {
    let indexes = arguments.folder.indexes()?;
    if !arguments.document.is_empty() {
        return Ok(of_index(index(&indexes, &arguments.document)?, arguments));
    }
    let mut all = String::new();
    for document in indexes.documents() {
        let index = indexes.index(document).map_err(NotFound::from)?;
        all.extend(index.map(|index| of_index(index, arguments)));
    }
    Ok(all)
}

fn of_index(index: &Index, arguments: &ListClausesArgs) -> String {
    let entries = index
        .entries
        .iter()
        .filter(|entry| arguments.filter.takes(entry));
    let lines = entries.map(|entry| match arguments.format {
        Form::Text => line(index.document, entry),
        Form::Json => object(index.document, entry),
    });
    lines.collect()
}

fn line(document: DocumentId, entry: &Entry) -> String {
    let Entry {
        section,
        fingerprint,
        level,
        subject,
        words,
        ..
    } = entry;
    let place = format!("§ {document} {section} [{fingerprint}]");
    let line = format!(
        "{place:<28} {level:<6} {subject:<6} {:<8} {words}",
        entry.testable
    );
    format!("{}\n", harmless_line(line.trim_end()))
}

/// What a program is told of a sentence.
#[derive(Serialize)]
struct Object<'a> {
    document: String,
    section: &'a str,
    fingerprint: &'a str,
    level: &'static str,
    subject: &'static str,
    testable: &'static str,
    reason: &'a str,
    words: &'a str,
}

fn object(document: DocumentId, entry: &Entry) -> String {
    let object = Object {
        document: file_stem(document),
        section: &entry.section,
        fingerprint: &entry.fingerprint,
        level: entry.level.word(),
        subject: entry.subject.word(),
        testable: entry.testable.word(),
        reason: &entry.reason,
        words: &entry.words,
    };
    let object = serde_json::to_string(&object).expect("texts are JSON");
    json::visible(&object) + "\n"
}
