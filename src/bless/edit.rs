//! Changes of a text, and how a file gets them.
//!
//! Knows nothing of scripts.

use crate::source::Span;

/// A part of a text and what takes its place. Where the part is empty, something is added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edit {
    /// The part.
    pub span: Span,
    /// What is written instead.
    pub text: String,
}

impl Edit {
    pub(super) fn replace(span: Span, text: impl Into<String>) -> Self {
        Self {
            span,
            text: text.into(),
        }
    }

    pub(super) fn insert(at: usize, text: impl Into<String>) -> Self {
        Self::replace(Span::new(at, at), text)
    }

    pub(super) fn remove(span: Span) -> Self {
        Self::replace(span, "")
    }
}

/// A text with changes made to it. They are in order and do not overlap.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    apply_to(text, Span::new(0, text.len()), edits)
}

/// A part of a text with the changes made to it that lie in that part.
pub(super) fn apply_to(text: &str, part: Span, edits: &[Edit]) -> String {
    let mut changed = String::new();
    let mut at = part.start;
    for edit in edits {
        changed.push_str(&text[at..edit.span.start]);
        changed.push_str(&edit.text);
        at = edit.span.end;
    }
    changed + &text[at..part.end]
}

/// A file's text with changes that were found in what a [`SourceFile`](crate::source::SourceFile) makes of it: its
/// byte order mark and its line ends stay.
pub(super) fn apply_to_file(file: &str, edits: &[Edit]) -> String {
    const MARK: char = '\u{feff}';
    let text = file.strip_prefix(MARK).unwrap_or(file);
    let long: Vec<usize> = text
        .match_indices("\r\n")
        .enumerate()
        .map(|(before, (at, _))| at - before)
        .collect();
    let lines = text.matches('\n').count();
    let is_long = long.len() * 2 > lines;
    let place = |offset: usize| offset + long.partition_point(|line_end| *line_end < offset);
    let edits: Vec<Edit> = edits
        .iter()
        .map(|edit| Edit {
            span: Span::new(place(edit.span.start), place(edit.span.end)),
            text: match is_long {
                true => edit.text.replace('\n', "\r\n"),
                false => edit.text.clone(),
            },
        })
        .collect();
    let mark = if text.len() < file.len() {
        "\u{feff}"
    } else {
        ""
    };
    format!("{mark}{}", apply(text, &edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_made_in_order() {
        let edits = [
            Edit::insert(0, ">"),
            Edit::replace(Span::new(1, 2), "xx"),
            Edit::remove(Span::new(3, 4)),
        ];
        assert_eq!(apply("abcd", &edits), ">axxc");
    }

    #[test]
    fn a_file_keeps_its_mark_and_its_line_ends() {
        let edits = [
            Edit::replace(Span::new(2, 3), "x"),
            Edit::insert(5, "\ny"),
            Edit::remove(Span::new(5, 7)),
        ];
        assert_eq!(apply("a\nb\nc\nd\ne\n", &edits), "a\nx\nc\ny\ne\n");
        assert_eq!(
            apply_to_file("\u{feff}a\r\nb\r\nc\r\nd\r\ne\r\n", &edits),
            "\u{feff}a\r\nx\r\nc\r\ny\r\ne\r\n"
        );
    }
}
