//! Which sentences of which documents are wanted, in the words of the arguments.

use clap::Args;
use thiserror::Error;

use super::FolderArgs;
use crate::clauses::{Entry, Index, IndexError, Indexes, Level, Subject, Testable, file_stem};
use crate::cli::words::words;
use crate::script::DocumentId;

/// Why nothing is found.
#[derive(Debug, Error)]
pub(super) enum NotFound {
    #[error("`{0}` is no document; write it as `xep0045` or `rfc6120`")]
    NoDocument(String),
    #[error("there is no index of {}; `scansion clauses extract FILE` makes one of a copy", .0.title())]
    NoIndex(DocumentId),
    #[error(
        "{} has no sentence in a section {place}, and none with such a fingerprint; `scansion clauses list {}` lists all",
        document.title(),
        file_stem(*document)
    )]
    NoSentence { document: DocumentId, place: String },
    #[error(transparent)]
    Index(#[from] IndexError),
}

/// What the lines of a list have in common.
#[derive(Debug, Args)]
pub(in crate::cli) struct FilterArgs {
    /// Only those of this section and of those within it
    #[arg(long, value_name = "SECTION")]
    section: Option<String>,
    /// Only those of this level: MUST, SHOULD or MAY
    #[arg(long, value_name = "LEVEL", value_parser = words::<Level>(Level::ALL.map(Level::word)), hide_possible_values = true)]
    level: Option<Level>,
    /// Only what these have to do: server, client or both
    #[arg(long, value_name = "SUBJECT", value_parser = words::<Subject>(Subject::ALL.map(Subject::word)), hide_possible_values = true)]
    subject: Option<Subject>,
    /// Only what is tested so: outside, s2s, restart or never
    #[arg(long, value_name = "HOW", value_parser = words::<Testable>(Testable::ALL.map(Testable::word)), hide_possible_values = true)]
    testable: Option<Testable>,
}

impl FilterArgs {
    /// Whether a sentence is wanted.
    pub(super) fn takes(&self, entry: &Entry) -> bool {
        let section = self.section.as_deref();
        section.is_none_or(|section| is_within(&entry.section, plain(section)))
            && self.level.is_none_or(|level| level == entry.level)
            && self.subject.is_none_or(|subject| subject == entry.subject)
            && self
                .testable
                .is_none_or(|testable| testable == entry.testable)
    }
}

impl FolderArgs {
    /// The indexes of the folder.
    pub(super) fn indexes(&self) -> Result<Indexes, NotFound> {
        Ok(Indexes::in_folder(&self.clauses)?)
    }
}

/// The index of a document that is called so, in one word or two.
pub(super) fn index<'a>(indexes: &'a Indexes, words: &[String]) -> Result<&'a Index, NotFound> {
    let name = words.join(" ");
    let document = DocumentId::named(&name).ok_or(NotFound::NoDocument(name))?;
    indexes.index(document)?.ok_or(NotFound::NoIndex(document))
}

/// The sentences of a section, or, if it has none, of those within it; and else those with such a fingerprint.
pub(super) fn sentences<'a>(index: &'a Index, place: &str) -> Result<Vec<&'a Entry>, NotFound> {
    let section = plain(place);
    let within = |entry: &&Entry| is_within(&entry.section, section);
    let found = [
        index.in_section(section).collect::<Vec<_>>(),
        index.entries.iter().filter(within).collect(),
        index.alike(place.trim_matches(['[', ']'])).collect(),
    ];
    let mut found = found.into_iter().filter(|found| !found.is_empty());
    let nothing = || NotFound::NoSentence {
        document: index.document,
        place: section.to_owned(),
    };
    found.next().ok_or_else(nothing)
}

/// A section as an index has it: `§ 10.5.` is 10.5.
fn plain(section: &str) -> &str {
    section.trim_start_matches('§').trim().trim_end_matches('.')
}

fn is_within(section: &str, outer: &str) -> bool {
    let rest = section.strip_prefix(outer);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}
