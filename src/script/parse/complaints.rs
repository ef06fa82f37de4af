//! The errors found while reading, kept to a number that somebody might read.

use crate::diagnostic::Severity;
use crate::script::error::{ScriptError, ScriptErrorKind};

/// How many errors, and how many warnings, are worth showing.
const LIMIT: usize = 100;

/// The list that errors are put on.
#[derive(Debug, Default)]
pub(in crate::script) struct Complaints {
    errors: Vec<ScriptError>,
    warnings: Vec<ScriptError>,
}

impl Complaints {
    /// Puts an error or a warning on the list, unless the list is full.
    pub(in crate::script) fn push(&mut self, error: ScriptError) {
        let list = match error.severity() {
            Severity::Error => &mut self.errors,
            Severity::Warning => &mut self.warnings,
        };
        match list.len() {
            0..LIMIT => list.push(error),
            LIMIT => list.push(ScriptErrorKind::TooMany.at(error.span)),
            _ => {}
        }
    }

    /// Whether another error would be shown. Where not, the effort of a good message is wasted.
    pub(in crate::script) fn is_full(&self) -> bool {
        self.errors.len() > LIMIT
    }

    /// The list, in the order of the text.
    pub(in crate::script) fn finish(self) -> Vec<ScriptError> {
        let mut all = self.errors;
        all.extend(self.warnings);
        all.sort_by_key(|error| error.span);
        all
    }
}
