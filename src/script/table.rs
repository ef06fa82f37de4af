//! `[Cases]`: a table whose rows are plays of their own, and how it is written.
//!
//! What the cells are put in the place of is not known here.

use std::fmt;

use unicode_width::UnicodeWidthStr;

use super::ast::{Comment, Piece};
use super::display::write_comments;
use crate::source::{Span, Spanned};

/// The word between brackets that a table stands under.
pub(super) const HEADING: &str = "Cases";

/// A table.
#[derive(Debug, Clone)]
pub struct Table {
    /// The line of its heading, `[Cases]`.
    pub heading: Span,
    /// Comments above the line of the columns.
    pub comments: Vec<Comment>,
    /// The names of its columns.
    pub columns: Vec<Spanned<String>>,
    /// A play each.
    pub rows: Vec<Row>,
    /// What stands in rows that could not be read, for it may be a password.
    pub lost: Vec<String>,
}

/// A row of a table.
#[derive(Debug, Clone)]
pub struct Row {
    /// Comments above its line.
    pub comments: Vec<Comment>,
    /// As many cells as there are columns.
    pub cells: Vec<Spanned<Cell>>,
    /// The line, without the blanks around it.
    pub span: Span,
}

/// What stands in a cell.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cell {
    /// The text without the quotes around it; none if the cell is empty.
    pub text: Option<String>,
    /// The same text, read as a value.
    pub pieces: Vec<Piece>,
}

impl Table {
    /// The column of a name.
    pub(super) fn column(&self, name: &str) -> Option<&Spanned<String>> {
        self.columns.iter().find(|column| column.value == name)
    }

    /// All comments in it.
    pub(super) fn comments(&self) -> impl Iterator<Item = &Comment> {
        let rows = self.rows.iter().flat_map(|row| &row.comments);
        self.comments.iter().chain(rows)
    }

    /// The lines of the table, each with its cells as they are written, and as wide as the widest one in their column.
    pub(super) fn lines(&self) -> impl Iterator<Item = (&[Comment], String)> {
        let header = self.columns.iter().map(|column| column.value.clone());
        let rows = self.rows.iter().map(|row| {
            let cells = row.cells.iter();
            let cells =
                cells.map(|cell| cell.value.text.as_deref().map_or_else(String::new, written));
            (row.comments.as_slice(), cells.collect::<Vec<_>>())
        });
        let header = (self.comments.as_slice(), header.collect());
        let lines: Vec<_> = std::iter::once(header).chain(rows).collect();
        let width = |at: usize| {
            let cells = lines.iter().filter_map(|(_, cells)| cells.get(at));
            cells.map(|cell| cell.width()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..self.columns.len()).map(width).collect();
        lines
            .into_iter()
            .map(move |(comments, cells)| (comments, line(&cells, &widths)))
    }
}

fn line(cells: &[String], widths: &[usize]) -> String {
    let cells = cells.iter().zip(widths).map(|(cell, width)| {
        let blanks = " ".repeat(width - cell.width());
        format!(" {cell}{blanks} |")
    });
    format!("|{}", cells.collect::<String>())
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "[{HEADING}]")?;
        self.lines().try_for_each(|(comments, line)| {
            write_comments(f, comments)?;
            writeln!(f, "\t{line}")
        })
    }
}

/// How the text of a cell is written: in quotes what would be taken for something else.
fn written(text: &str) -> String {
    let needs_quotes = text.trim() != text || text.is_empty() || text.starts_with('"');
    match needs_quotes {
        true => format!(
            "\"{}\"",
            text.replace('\\', r"\\")
                .replace('"', "\\\"")
                .replace('|', r"\|")
        ),
        false => text.replace('|', r"\|"),
    }
}

/// The text of a cell as it is written, without the blanks around it; none if its quotes do not fit.
pub(super) fn read(written: &str) -> Option<String> {
    match written.strip_prefix('"') {
        Some(rest) => quoted(rest),
        None => Some(written.replace(r"\|", "|")),
    }
}

/// The text before a quotation mark that ends the cell.
fn quoted(written: &str) -> Option<String> {
    let mut text = String::new();
    let mut characters = written.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '"' => return characters.peek().is_none().then_some(text),
            '\\' => text.push(
                characters
                    .next_if(|next| "\"\\|".contains(*next))
                    .unwrap_or('\\'),
            ),
            other => text.push(other),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quotes_keep_blanks_and_say_that_a_text_is_empty() {
        for (cell, text) in [
            ("a b", Some("a b")),
            (r"a\|b", Some("a|b")),
            (r"\d+\", Some(r"\d+\")),
            (r#"say "hi""#, Some(r#"say "hi""#)),
            (r#""""#, Some("")),
            (r#"" a ""#, Some(" a ")),
            (r#""\"\\\|\d""#, Some(r#""\|\d"#)),
            (r#"""#, None),
            (r#""a" b"#, None),
            (r#""a\""#, None),
        ] {
            assert_eq!(read(cell).as_deref(), text, "{cell}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in r#"( |"|\\|\||a|\PC)*"#) {
            let cell = written(&text);
            prop_assert_eq!(read(&cell), Some(text));
            prop_assert_eq!(cell.trim(), &cell);
        }
    }
}
