//! The prose of a document, piece by piece, whatever it was written in. Which sentences are in it, and what they say, is
//! not known here.

use thiserror::Error;

use crate::script::DocumentId;

/// A document as far as it can say something normative.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Prose {
    pub(super) document: DocumentId,
    pub(super) blocks: Vec<Block>,
}

/// A paragraph, an item of a list, or a row of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// The number of its section.
    pub(super) section: String,
    /// The titles of its section and of those around it, the outermost first.
    pub(super) titles: String,
    /// How deep it is in lists. An item is deeper than the paragraph that leads to its list, and a paragraph within the
    /// item is deeper than where the item begins.
    pub(super) depth: usize,
    pub(super) kind: BlockKind,
    /// Its text, white space collapsed.
    pub(super) text: String,
}

#[cfg(test)]
impl Prose {
    /// Its blocks for a test, each in a line.
    pub(super) fn told(&self) -> Vec<String> {
        let told = self.blocks.iter().map(|block| {
            let kind = match block.kind {
                BlockKind::Paragraph => "p",
                BlockKind::Item => "i",
                BlockKind::Figure => "f",
            };
            format!("{} {kind}{} {}", block.section, block.depth, block.text)
        });
        told.collect()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BlockKind {
    Paragraph,
    /// The beginning of an item, which may go on a sentence before the list.
    Item,
    /// An example or a figure, whose text is left out; no list after it belongs to a sentence before it.
    Figure,
}

/// Why a text is no document of which an index can be made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unsuitable {
    /// It is neither of them.
    #[error(
        "this is neither the text of an RFC nor the XML of a XEP; take them from where they are published"
    )]
    Unknown,
    /// Its end is missing.
    #[error("the copy is cut off: {0}; fetch it again")]
    CutOff(String),
    /// It is not made as such a document is.
    #[error("{0}")]
    Odd(String),
}

/// A text with single spaces between its words.
pub(super) fn collapsed(text: &str) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.join(" ")
}

/// Whether a section of this title says nothing that could be tested, with all that is in it.
pub(super) fn is_left_out(title: &str) -> bool {
    let title = title.to_lowercase();
    let left_out = [
        "acknowledg",
        "author information",
        "author note",
        "author's",
        "authors",
        "contact addresses",
        "contributors",
        "differences from",
        "informative references",
        "legal notice",
        "normative references",
        "references",
        "revision history",
        "schema",
        "xml schema",
    ];
    left_out.iter().any(|one| title.starts_with(one))
}
