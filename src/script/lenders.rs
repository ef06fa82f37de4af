//! Scripts that others take their prologue from. Many take the same one, so what was read of it is kept.
//!
//! Where the texts come from is not known here. They are read each time, so that none is taken for what it was before.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use super::ast::Script;
use super::error::ScriptError;
use super::parse::parse;
use crate::diagnostic::Severity;
use crate::source::SourceFile;

/// How long the texts of all together may be that are kept, in bytes.
const ROOM: usize = 256 * 1024;

/// The scripts that others take their prologue from, by the names of their files.
#[derive(Debug, Default)]
pub(crate) struct Lenders(RefCell<HashMap<String, Lender>>);

/// A script that another one takes its prologue from.
#[derive(Debug, Clone)]
pub(super) struct Lender {
    /// The script, as far as it could be understood.
    pub(super) script: Arc<Script>,
    /// What keeps it from being understood.
    pub(super) errors: Arc<[ScriptError]>,
}

impl Lenders {
    /// What this file says.
    pub(super) fn read(&self, file: SourceFile) -> Lender {
        let known = self.0.borrow().get(file.name()).cloned();
        if let Some(known) = known.filter(|known| *known.script.source == file) {
            return known;
        }
        let lender = Lender::read(file);
        self.keep(&lender);
        lender
    }

    fn keep(&self, lender: &Lender) {
        let mut known = self.0.borrow_mut();
        let all = known.values().chain([lender]);
        let length: usize = all.map(|lender| lender.script.source.text().len()).sum();
        if length <= ROOM {
            known.insert(lender.script.source.name().to_owned(), lender.clone());
        }
    }
}

impl Lender {
    fn read(file: SourceFile) -> Self {
        let parsed = parse(file);
        let errors = parsed.errors.into_iter();
        Self {
            script: Arc::new(parsed.script),
            errors: errors
                .filter(|error| error.severity() == Severity::Error)
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::read::read_of_many;

    const BORROWER: &str =
        "[Client] A\n\tjid: a@b\n\tpassword: c\n---\nPrologue: b.scs\nStory\nA receives nothing\n";
    const LENDER: &str = "[Client] A\n\tjid: a@b\n\tpassword: c\n---\nA connects\n";

    /// The script that another one, of this text, takes its prologue from, of that text.
    fn lender(lenders: &Lenders, text: &str, lent: &str) -> Arc<Script> {
        let load = |_: &_| Ok(SourceFile::new("b.scs", lent));
        let reading = read_of_many(SourceFile::new("a.scs", text), &load, lenders);
        assert!(reading.is_sound());
        reading.script.lender.unwrap()
    }

    #[test]
    fn one_that_many_take_their_prologue_from_is_read_once() {
        let lenders = Lenders::default();
        let first = lender(&lenders, BORROWER, LENDER);
        let longer = format!("# Another one\n{BORROWER}");
        assert!(Arc::ptr_eq(&first, &lender(&lenders, &longer, LENDER)));
    }

    #[test]
    fn one_that_has_changed_is_read_again() {
        let lenders = Lenders::default();
        lender(&lenders, BORROWER, LENDER);
        let changed = lender(&lenders, BORROWER, &format!("# Changed\n{LENDER}"));
        assert_eq!(changed.title(), "Changed");
    }

    #[test]
    fn no_more_are_kept_than_there_is_room_for() {
        let lenders = Lenders::default();
        let long = format!("{LENDER}{}", "\n".repeat(ROOM));
        let first = lender(&lenders, BORROWER, &long);
        assert!(!Arc::ptr_eq(&first, &lender(&lenders, BORROWER, &long)));
    }
}
