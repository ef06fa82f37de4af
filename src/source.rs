//! A script file's text and places in it.
//!
//! Everything that is read from a script keeps a [`Span`], so that a later message can point at it. Lines and columns
//! are worked out only when a message needs them. A file that a script takes something from stands behind the script's
//! own: its places are behind all that a script could have, so a place tells in which file it is, and those of the file
//! are the same behind each script. This module must not know what the text means.

use std::fmt;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use crate::visible::harmless_line;

/// What a line can be indented by.
const BLANKS: [char; 2] = [' ', '\t'];

/// The place of the first byte behind a script's own text, however long that is.
const BEHIND: usize = usize::MAX / 2 + 1;

/// The text of one script, and the name by which messages call it.
///
/// A byte order mark is dropped and `CRLF` becomes `LF` on the way in, so nothing that comes after has
/// to know of either.
#[derive(Clone)]
pub struct SourceFile {
    name: String,
    text: String,
    /// Found when a place is asked for, which few texts are.
    line_starts: OnceLock<Vec<usize>>,
    /// The place of its first byte.
    start: usize,
    behind: Vec<Behind>,
}

/// A file that stands behind another one.
#[derive(Clone, PartialEq, Eq)]
struct Behind {
    file: Arc<SourceFile>,
    /// Where the other one names it.
    named: Span,
}

/// Whether places in it have been asked for makes no difference.
impl PartialEq for SourceFile {
    fn eq(&self, other: &Self) -> bool {
        (self.start, &self.name, &self.text, &self.behind)
            == (other.start, &other.name, &other.text, &other.behind)
    }
}

impl Eq for SourceFile {}

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
        // Most texts have none, and to look for one character takes far less time.
        let text = match text.contains('\r') {
            true => text.replace("\r\n", "\n"),
            false => text.to_owned(),
        };
        Self {
            name: name.into(),
            text,
            line_starts: OnceLock::new(),
            start: 0,
            behind: Vec::new(),
        }
    }

    /// The same text, to stand behind another file.
    pub(crate) fn after(self, file: &Self) -> Self {
        let last = file.behind.last();
        Self {
            // The end of a file is a place, too.
            start: last.map_or(BEHIND, |behind| behind.file.end() + 1),
            ..self
        }
    }

    /// Puts a file behind this one, which names it there.
    pub(crate) fn put_behind(&mut self, file: impl Into<Arc<Self>>, named: Span) {
        let file = file.into();
        self.behind.push(Behind { file, named });
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

    /// The whole text, without that of files behind it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of its first byte.
    pub(crate) fn start(&self) -> usize {
        self.start
    }

    /// The place behind its last byte.
    pub(crate) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// The file that a place is in: this one or one behind it.
    pub fn file(&self, place: usize) -> &Self {
        self.other_file(place).unwrap_or(self)
    }

    /// The file that a place is in, if that is not this one.
    pub fn other_file(&self, place: usize) -> Option<&Self> {
        self.behind(place).map(|behind| &*behind.file)
    }

    fn behind(&self, place: usize) -> Option<&Behind> {
        let mut behind = self.behind.iter().rev();
        behind.find(|behind| behind.file.start <= place)
    }

    /// The files behind this one.
    pub(crate) fn files_behind(&self) -> impl Iterator<Item = &Self> {
        self.behind.iter().map(|behind| &*behind.file)
    }

    /// Where this file names the one that a place is in; none if the place is in this one.
    pub fn named(&self, place: usize) -> Option<Span> {
        self.behind(place).map(|behind| behind.named)
    }

    /// The text within a span.
    ///
    /// # Panics
    ///
    /// When the span is of another file.
    pub fn slice(&self, span: Span) -> &str {
        // Where there is nothing, it need not be in a file.
        if span.is_empty() {
            return "";
        }
        let file = self.file(span.start);
        &file.text[span.start - file.start..span.end - file.start]
    }

    /// The text before a place, from the beginning of its file on.
    pub(crate) fn before(&self, place: usize) -> &str {
        let file = self.file(place);
        &file.text[..place - file.start]
    }

    /// What stands before a place in its line.
    pub(crate) fn line_before(&self, place: usize) -> &str {
        let before = self.before(place);
        &before[before.rfind('\n').map_or(0, |feed| feed + 1)..]
    }

    /// The blanks before a place, if there is nothing else before it in its line.
    pub(crate) fn indentation(&self, place: usize) -> Option<&str> {
        let before = self.line_before(place);
        before
            .trim_start_matches(BLANKS)
            .is_empty()
            .then_some(before)
    }

    /// What the line of a place is indented by.
    pub(crate) fn indentation_of_line(&self, place: usize) -> &str {
        let before = self.line_before(place);
        &before[..before.len() - before.trim_start_matches(BLANKS).len()]
    }

    /// The text from a place on, up to the end of its file.
    pub(crate) fn rest(&self, place: usize) -> &str {
        let file = self.file(place);
        &file.text[place - file.start..]
    }

    /// Where the lines of this file's own text begin.
    fn line_starts(&self) -> &[usize] {
        self.line_starts.get_or_init(|| {
            let feeds = self.text.match_indices('\n').map(|(at, _)| at + 1);
            std::iter::once(0).chain(feeds).collect()
        })
    }

    /// Line and column of a place in its file; one past the end is the end.
    pub fn position(&self, place: usize) -> Position {
        let file = self.file(place);
        let offset = (place - file.start).min(file.text.len());
        let line_starts = file.line_starts();
        let line = line_starts.partition_point(|start| *start <= offset);
        let line_start = line_starts[line - 1];
        let column = file.text[line_start..offset].chars().count() + 1;
        Position { line, column }
    }

    /// The line and column in this file's own text: for a place in another file, that which names it.
    pub fn own_position(&self, place: usize) -> Position {
        let named = self.named(place);
        self.position(named.map_or(place, |named| named.start))
    }

    /// The line of a place, in words: `line 4`, with its file if that is not this one.
    pub fn line(&self, place: usize) -> String {
        let line = self.position(place).line;
        match self.other_file(place) {
            None => format!("line {line}"),
            Some(file) => format!("line {line} of {}", file.shown_name()),
        }
    }

    /// The place of a span's beginning, as `file:line:column`.
    pub fn locate(&self, span: Span) -> String {
        let file = self.file(span.start);
        format!("{}:{}", file.shown_name(), self.position(span.start))
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

/// A range of bytes in a [`SourceFile`] or a file behind it.
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

    #[test]
    fn places_in_a_file_behind_are_told_with_its_name() {
        let mut source = SourceFile::new("a.scs", "one\ntwo");
        let other = SourceFile::new("b.scs", "three\nfour").after(&source);
        let four = Span::new(other.start() + 6, other.end());
        source.put_behind(other, Span::new(4, 7));
        assert_eq!(source.slice(four), "four");
        assert_eq!(source.locate(four), "b.scs:2:1");
        assert_eq!(source.line(four.start), "line 2 of b.scs");
        assert_eq!(source.named(four.start), Some(Span::new(4, 7)));
        assert_eq!(
            (source.before(four.start), source.rest(four.start)),
            ("three\n", "four")
        );
        assert_eq!(source.text(), "one\ntwo");
    }

    #[test]
    fn blanks_before_a_place_indent_it() {
        let mut source = SourceFile::new("a.scs", "one");
        let other = SourceFile::new("b.scs", "x\n\t two three").after(&source);
        let two = other.start() + 4;
        source.put_behind(other, Span::new(0, 3));
        assert_eq!(source.indentation(two), Some("\t "));
        assert_eq!(source.indentation(two + 4), None);
        assert_eq!(source.line_before(two + 4), "\t two ");
        assert_eq!(source.indentation_of_line(two + 4), "\t ");
        assert_eq!(source.indentation(0), Some(""));
    }

    #[test]
    fn the_end_of_a_file_is_not_the_beginning_of_the_next() {
        let mut source = SourceFile::new("a.scs", "one");
        let first = SourceFile::new("b.scs", "").after(&source);
        let only = first.start();
        source.put_behind(first, Span::new(0, 3));
        let second = SourceFile::new("c.scs", "two").after(&source);
        let place = second.start();
        source.put_behind(second, Span::new(0, 3));
        assert_eq!(source.locate(Span::new(3, 3)), "a.scs:1:4");
        assert_eq!(source.line(3), "line 1");
        assert_eq!(source.named(3), None);
        assert_eq!(source.locate(Span::new(only, only)), "b.scs:1:1");
        assert_eq!(source.locate(Span::new(place, place + 3)), "c.scs:1:1");
        assert_eq!(source.slice(Span::new(place, place + 3)), "two");
    }
}
