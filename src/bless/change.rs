//! Changes of a script, and what they come to.

use super::edit::{self, Edit};

/// One change: of an expectation to what came, or what came before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// What is changed in the text.
    pub edits: Vec<Edit>,
    /// The text with these changes.
    pub text: String,
    /// The expectation that takes what came: an index into those of its block, once it is changed.
    pub item: usize,
}

impl Change {
    /// The text of the script's file with this change. Its byte order mark and its line ends stay.
    pub fn in_file(&self, file: &str) -> String {
        edit::apply_to_file(file, &self.edits)
    }
}

/// A script that expects what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blessing {
    /// What was changed, each in the text that the one before it left.
    pub changes: Vec<Change>,
    /// The text with these changes.
    pub text: String,
    /// The step that was changed: an index into the story.
    pub step: usize,
    /// The last of its expectations that holds by it: an index into those of its block.
    pub item: usize,
}

impl Blessing {
    /// The text of the script's file with these changes. Its byte order mark and its line ends stay.
    pub fn in_file(&self, file: &str) -> String {
        let changes = self.changes.iter();
        changes.fold(file.to_owned(), |file, change| change.in_file(&file))
    }

    /// The expectations of the step that were changed, or added.
    pub(super) fn items(&self) -> Vec<usize> {
        self.changes.iter().map(|change| change.item).collect()
    }
}
