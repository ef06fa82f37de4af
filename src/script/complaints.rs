//! The errors found while reading, kept to a number that an author might read.

use super::error::{ScriptError, ScriptErrorKind};
use crate::diagnostic::Severity;

/// How many errors, and how many warnings, are worth showing.
const LIMIT: usize = 100;

/// The list that errors are put on.
#[derive(Debug, Default)]
pub(super) struct Complaints {
    errors: Vec<ScriptError>,
    warnings: Vec<ScriptError>,
}

impl Complaints {
    /// Puts an error or a warning on the list, unless the list is full.
    pub(super) fn push(&mut self, error: ScriptError) {
        let list = match error.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning | Severity::Hint => &mut self.warnings,
        };
        match list.len() {
            0..LIMIT => list.push(error),
            LIMIT => list.push(ScriptErrorKind::TooMany.at(error.span)),
            _ => {}
        }
    }

    /// Whether another error would be shown. Where not, the effort of a good message is wasted.
    pub(super) fn is_full(&self) -> bool {
        self.errors.len() > LIMIT
    }

    /// The list, in the order of the text.
    pub(super) fn finish(self) -> Vec<ScriptError> {
        let mut all = self.errors;
        all.extend(self.warnings);
        all.sort_by_key(|error| error.span);
        all
    }
}
