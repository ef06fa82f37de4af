//! The lines of the table above the cast.

use pest::iterators::Pair;

use super::excerpt;
use super::grammar::{self, Rule};
use super::value;
use crate::script::ast::Comment;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::table::{self, Cell, Row, Table};
use crate::source::{Span, Spanned};

/// Reads one table, line by line.
pub(super) struct TableReader {
    table: Table,
}

impl TableReader {
    /// The table under this heading.
    pub(super) fn new(heading: Span) -> Self {
        Self {
            table: Table {
                heading,
                comments: Vec::new(),
                columns: Vec::new(),
                rows: Vec::new(),
                lost: Vec::new(),
            },
        }
    }

    /// The line of the heading.
    pub(super) fn heading(&self) -> Span {
        self.table.heading
    }

    /// Takes in a line, with the comments above it; the text that it is of begins at an offset.
    pub(super) fn row(
        &mut self,
        line: Pair<'_, Rule>,
        at: usize,
        comments: Vec<Comment>,
        complaints: &mut Complaints,
    ) {
        let row = grammar::trimmed(&line, at);
        let span = row.span;
        let (cells, ends) = cells(line, at);
        if !ends {
            self.lose(row.value);
            return complaints.push(Kind::UnclosedRow.at(span));
        }
        if self.table.columns.is_empty() {
            self.table.comments = comments;
            return self.columns(cells, complaints);
        }
        match self.cells(cells, span, complaints) {
            Some(cells) => self.table.rows.push(Row {
                comments,
                cells,
                span,
            }),
            None => self.lose(row.value),
        }
    }

    /// Keeps what stands in a row that is none, be it nothing.
    fn lose(&mut self, row: &str) {
        let cells = row.split('|').map(|cell| cell.trim().trim_matches('"'));
        self.table.lost.extend(cells.map(str::to_owned));
    }

    fn columns(&mut self, names: Vec<Spanned<&str>>, complaints: &mut Complaints) {
        for name in names {
            let mut before = self.table.columns.iter();
            let first = before.find(|column| column.value == name.value);
            if let Some(kind) = mistake_in_column(name.value, first.map(|first| first.span)) {
                complaints.push(kind.at(name.span));
            }
            let column = Spanned::new(name.value.to_owned(), name.span);
            self.table.columns.push(column);
        }
    }

    /// The cells of a row, unless there is something wrong with them.
    fn cells(
        &self,
        cells: Vec<Spanned<&str>>,
        row: Span,
        complaints: &mut Complaints,
    ) -> Option<Vec<Spanned<Cell>>> {
        let columns = &self.table.columns;
        let is_line = |cell: &Spanned<&str>| {
            cell.value.trim_matches(':').len() > 2 && cell.value.trim_matches([':', '-']).is_empty()
        };
        let kind = if self.table.rows.is_empty() && cells.iter().all(is_line) {
            Some(Kind::LineInTable)
        } else if cells.len() != columns.len() {
            let (found, expected) = (cells.len(), columns.len());
            Some(Kind::CellCount { found, expected })
        } else {
            None
        };
        if let Some(kind) = kind {
            complaints.push(kind.at(row));
            return None;
        }
        // All of them are read, so that all mistakes are told.
        let cells: Vec<_> = cells
            .into_iter()
            .map(|written| cell(written, complaints))
            .collect();
        cells.into_iter().collect()
    }

    /// The table, as far as it could be read.
    pub(super) fn finish(self, complaints: &mut Complaints) -> Table {
        let table = self.table;
        if table.rows.is_empty() && table.lost.is_empty() {
            complaints.push(Kind::EmptyTable.at(table.heading));
        }
        for (at, row) in table.rows.iter().enumerate() {
            let is_same = |other: &&Row| {
                let mut cells = other.cells.iter().zip(&row.cells);
                cells.all(|(one, other)| one.value.text == other.value.text)
            };
            if let Some(first) = table.rows[..at].iter().find(is_same) {
                complaints.push(Kind::EqualRows { first: first.span }.at(row.span));
            }
        }
        table
    }
}

/// What stands between the bars of a line, and whether it ends with one.
fn cells(line: Pair<'_, Rule>, at: usize) -> (Vec<Spanned<&str>>, bool) {
    let (mut cells, mut ends) = (Vec::new(), true);
    for part in line.into_inner() {
        let text = Spanned::new(part.as_str(), grammar::span(&part, at));
        match part.as_rule() {
            Rule::cell => cells.push(grammar::trim(text.value, text.span.start)),
            _ => ends = false,
        }
    }
    let is_row = ends && !cells.is_empty();
    (cells, is_row)
}

fn mistake_in_column(name: &str, first: Option<Span>) -> Option<Kind> {
    let is_name = |character: char| character.is_alphanumeric() || "_-.".contains(character);
    let begins_well = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    if !begins_well || !name.chars().all(is_name) || name == "_" {
        let found = excerpt(name);
        return Some(Kind::BadColumn { found });
    }
    let name = name.to_owned();
    first.map(|first| Kind::DuplicateColumn { name, first })
}

pub(super) fn cell(written: Spanned<&str>, complaints: &mut Complaints) -> Option<Spanned<Cell>> {
    if written.value.is_empty() {
        return Some(Spanned::new(Cell::default(), written.span));
    }
    let Some(text) = table::read(written.value) else {
        complaints.push(Kind::BadCell.at(written.span));
        return None;
    };
    match value::pieces(&text, written.span) {
        Ok(pieces) => {
            let text = Some(text);
            Some(Spanned::new(Cell { text, pieces }, written.span))
        }
        Err(mistake) => {
            complaints.push(mistake);
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::script::read;
    use crate::source::SourceFile;

    #[test]
    fn a_table_whose_only_row_is_wrong_is_not_called_empty() {
        let told = |row: &str| {
            let head = format!("# T\n[Cases]\n\t| a | b |\n\t{row}\n");
            let story = "[Client] A\n\tjid: ${a}@${b}\n---\nA connects\nA disconnects\n";
            let reading = read(SourceFile::new("test.scs", &format!("{head}{story}")));
            reading.problems.len()
        };
        assert_eq!(told("| x |"), 1);
        assert_eq!(told("| |"), 1);
    }

    #[test]
    fn columns_have_names_of_any_letters() {
        let text = "# T\n[Cases]\n\t| größe | 名2 |\n\t| a | b |\n[Client] A\n\tjid: ${größe}@${名2}\n---\n\
                    A connects\nA sends:\n\t<${größe} xmlns='urn:x'/>\nA receives:\n\t<a b='$<größe1>'/>\n";
        assert!(read(SourceFile::new("test.scs", text)).problems.is_empty());
    }
}
