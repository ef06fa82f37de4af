//! The indexes that scripts are checked against: those in the nearest folder above each, or in one that the user names.
//! Each folder is looked into once, be it one of indexes or one of scripts.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::clauses::{Entry, IndexError, Indexes, Standards, folder_above};
use crate::script::DocumentId;

/// Where indexes come from, and the sentences that these stand for.
#[derive(Debug, Default)]
pub struct Library {
    /// The folder for all scripts, if the user names one.
    folder: Option<PathBuf>,
    known: RefCell<BTreeMap<PathBuf, Rc<Indexes>>>,
    /// The folders of indexes for folders of scripts.
    above: RefCell<BTreeMap<PathBuf, Option<PathBuf>>>,
    /// Copies of the documents, if the user has any.
    standards: Option<Standards>,
    notes: RefCell<BTreeSet<String>>,
    /// The documents that scripts claim clauses of, and that have no index.
    missing: RefCell<BTreeSet<DocumentId>>,
}

/// So many documents are named in a note.
const NAMED: usize = 3;

impl Library {
    /// With the indexes of this folder for all scripts, if there is one.
    pub fn new(folder: Option<PathBuf>) -> Self {
        Self {
            folder,
            ..Self::default()
        }
    }

    /// With copies of the documents as well, from which sentences are taken.
    pub fn with(self, standards: Option<Standards>) -> Self {
        Self { standards, ..self }
    }

    /// The sentence of a clause, if there is a copy of its document that has it.
    pub(super) fn sentence(&self, document: DocumentId, entry: &Entry) -> Option<String> {
        let standards = self.standards.as_ref()?;
        let title = document.title();
        let note = match standards.sentence(document, entry) {
            Ok(Some(sentence)) => return Some(sentence),
            Ok(None) if !standards.has(document) => format!("there is no copy of {title} to quote"),
            Ok(None) => format!(
                "the copy of {title} does not have all that is claimed; is it another version?"
            ),
            Err(error) => error.to_string(),
        };
        self.notes.borrow_mut().insert(note);
        None
    }

    /// Takes note of a document of which clauses are claimed, and that has no index.
    pub(super) fn misses(&self, document: DocumentId) {
        self.missing.borrow_mut().insert(document);
    }

    /// What is to be told of the copies, and of indexes that there are not, each once.
    pub fn notes(&self) -> Vec<String> {
        let notes = self.notes.borrow();
        notes.iter().cloned().chain(self.told_missing()).collect()
    }

    fn told_missing(&self) -> Option<String> {
        let missing = self.missing.borrow();
        let mut titles: Vec<String> = missing.iter().map(|document| document.title()).collect();
        let others = titles.len().saturating_sub(NAMED);
        titles.truncate(NAMED);
        let others = match others {
            0 => String::new(),
            others => format!(" and {others} more"),
        };
        (!titles.is_empty()).then(|| {
            format!(
                "there is no index of {}{others}: each of the clauses counts as a MUST; `--clauses DIR` names the folder \
                 of the indexes",
                titles.join(", ")
            )
        })
    }

    /// The indexes for a script.
    ///
    /// # Errors
    ///
    /// When the folder cannot be read.
    pub fn indexes_for(&self, script: &Path) -> Result<Rc<Indexes>, IndexError> {
        let Some(folder) = self.folder_for(script) else {
            return Ok(Rc::default());
        };
        if let Some(known) = self.known.borrow().get(&folder) {
            return Ok(Rc::clone(known));
        }
        let indexes = Rc::new(Indexes::in_folder(&folder)?);
        self.known.borrow_mut().insert(folder, Rc::clone(&indexes));
        Ok(indexes)
    }

    fn folder_for(&self, script: &Path) -> Option<PathBuf> {
        if self.folder.is_some() {
            return self.folder.clone();
        }
        let own = script.parent().unwrap_or(Path::new(""));
        let mut above = self.above.borrow_mut();
        let above = above.entry(own.to_owned());
        above.or_insert_with(|| folder_above(script)).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_without_an_index_are_told_once_and_not_all_of_many() {
        let library = Library::default();
        assert_eq!(library.notes(), [""; 0]);
        library.misses(DocumentId::Xep(45));
        library.misses(DocumentId::Xep(45));
        let told = "there is no index of XEP-0045: each of the clauses counts as a MUST; ";
        assert!(library.notes()[0].starts_with(told));
        (1..5).for_each(|number| library.misses(DocumentId::Rfc(number)));
        let told = "there is no index of RFC 1, RFC 2, RFC 3 and 2 more: ";
        assert!(
            library.notes()[0].starts_with(told),
            "{:?}",
            library.notes()
        );
    }
}
