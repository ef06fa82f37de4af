//! A script file's text and places in it.
//!
//! Everything that is read from a script keeps a [`Span`], so that a later message can point at it. Lines and columns
//! are worked out only when a message needs them. This module must not know what the text means.

use std::fmt;
use std::ops::Range;
use std::path::Path;

use crate::visible::harmless_line;

/// The text of one script, and the name by which messages call it.
///
/// A byte order mark is dropped and `CRLF` becomes `LF` on the way in, so nothing that comes after has
/// to know of either.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    name: String,
    text: String,
    line_starts: Vec<usize>,
}

/// Its text can have passwords, and is not printed by accident.
impl fmt::Debug for SourceFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SourceFile({:?})", self.name)
    }
}

impl SourceFile {
    /// Takes in a script's text.
    pub fn new(name: impl Into<String>, text: &str) -> Self {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let text = text.replace("\r\n", "\n");
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Self {
            name: name.into(),
            text,
            line_starts,
        }
    }

    /// The name given to the file, usually its path as the user wrote it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The name as it is shown.
    pub fn shown_name(&self) -> String {
        harmless_line(&self.name)
    }

    /// The name without folder and ending.
    pub fn stem(&self) -> &str {
        let stem = Path::new(&self.name)
            .file_stem()
            .and_then(|stem| stem.to_str());
        stem.unwrap_or(&self.name)
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The text within a span.
    ///
    /// # Panics
    ///
    /// When the span is of another file.
    pub fn slice(&self, span: Span) -> &str {
        &self.text[span.range()]
    }

    /// Line and column of a byte offset; an offset past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_starts.partition_point(|start| *start <= offset);
        let column = self.text[self.line_starts[line - 1]..offset]
            .chars()
            .count()
            + 1;
        Position { line, column }
    }

    /// The place of a span's beginning, as `file:line:column`.
    pub fn locate(&self, span: Span) -> String {
        format!("{}:{}", self.shown_name(), self.position(span.start))
    }
}

/// A place in a script, as editors count: both numbers begin at 1, columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

/// A range of bytes in a [`SourceFile`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
}

impl Span {
    /// A span from one byte offset to another.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// The span as a range of bytes.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }

    /// Whether there is nothing between its ends.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// The span that begins with `self` and ends with `other`.
    pub fn to(self, other: Span) -> Span {
        Span::new(self.start, other.end)
    }
}

/// A value and the place it was read from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the script.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// A value with its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_counts_lines_and_characters_from_one() {
        let source = SourceFile::new("a.scs", "über\n\tzwei");
        assert_eq!(source.position(0).to_string(), "1:1");
        assert_eq!(source.position("über".len()).to_string(), "1:5");
        assert_eq!(source.position("über\n\t".len()).to_string(), "2:2");
        assert_eq!(source.position(1000).to_string(), "2:6");
    }

    #[test]
    fn byte_order_mark_and_crlf_do_not_show() {
        let source = SourceFile::new("a.scs", "\u{feff}# a\r\n# b\r\n");
        assert_eq!(source.text(), "# a\n# b\n");
        assert_eq!(source.position(4).to_string(), "2:1");
    }
}
