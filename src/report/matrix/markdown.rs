//! The table in Markdown, for a document or a comment.

use std::fmt::Write;
use std::path::Path;

use super::page::address;
use super::{Column, Kind, Matrix, Row, started, took};
use crate::report::markdown::{code, escaped};
use crate::report::status::Status;

/// Writes a table, to be read in a folder.
pub(super) fn write(matrix: &Matrix, folder: &Path) -> String {
    let mut text = format!("## {}\n", escaped(&matrix.headline()));
    for kind in Kind::ALL {
        text.push_str(&rows(matrix, kind, folder));
    }
    text.push_str(&losses(matrix));
    for note in matrix.notes() {
        let _ = write!(text, "\n{}\n", escaped(&note));
    }
    text + &runs(matrix)
}

fn rows(matrix: &Matrix, kind: Kind, folder: &Path) -> String {
    let rows: Vec<&Row> = matrix.of_kind(kind).collect();
    if rows.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n### {}\n\n{}",
        kind.heading(rows.len()),
        head(matrix, "Script", "---")
    );
    for row in rows {
        let cells = (0..matrix.columns.len()).map(|at| cell(matrix, row, at, folder));
        let name = format!("{}<br>{}", escaped(&row.title), in_table(&row.path));
        text.push_str(&line(name, cells));
    }
    text
}

fn head(matrix: &Matrix, first: &str, dashes: &str) -> String {
    let titles = matrix.columns.iter().map(|column| escaped(&column.title));
    let dashes = matrix.columns.iter().map(|_| dashes.to_owned());
    line(first.to_owned(), titles) + &line("---".to_owned(), dashes)
}

fn line(first: String, cells: impl Iterator<Item = String>) -> String {
    let cells: Vec<String> = [first].into_iter().chain(cells).collect();
    format!("| {} |\n", cells.join(" | "))
}

fn cell(matrix: &Matrix, row: &Row, at: usize, folder: &Path) -> String {
    let Some(cell) = &row.cells[at] else {
        return "—".to_owned();
    };
    let is_lost = row.losses.iter().any(|loss| loss.on == at);
    let words = match is_lost {
        true => format!("**▼ {}**", cell.words(is_lost)),
        false => format!("{} {}", cell.sign(), cell.words(is_lost)),
    };
    match address(cell, &matrix.columns[at], folder) {
        Some(address) => format!("[{words}]({address})"),
        None => words,
    }
}

fn losses(matrix: &Matrix) -> String {
    let mut text = String::new();
    for (loss, rows) in matrix.losses() {
        let _ = write!(text, "\n{}\n\n", escaped(&matrix.loss_heading(loss)));
        for row in rows {
            let _ = writeln!(text, "- {} ({})", escaped(&row.title), code(&row.path));
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n### Not supported any more\n{text}"),
    }
}

/// Which runs these were, and what came of each.
fn runs(matrix: &Matrix) -> String {
    let columns = || matrix.columns.iter();
    let mut text = format!("\n### Runs\n\n{}", head(matrix, "", "---:"));
    for status in Status::ALL {
        let counts: Vec<usize> = columns()
            .map(|column| column.report.count(status))
            .collect();
        if counts.iter().any(|count| *count > 0) {
            let counts = counts.iter().map(usize::to_string);
            text.push_str(&line(status.to_string(), counts));
        }
    }
    let facts: [(&str, fn(&Column) -> String); 6] = [
        ("all", |column| column.report.scripts.len().to_string()),
        ("server", |column| {
            column
                .report
                .run
                .server
                .as_deref()
                .map_or("—".to_owned(), escaped)
        }),
        ("report", |column| in_table(&column.path)),
        ("started", |column| escaped(&started(&column.report))),
        ("took", |column| took(&column.report)),
        ("by scansion", |column| escaped(&column.report.run.scansion)),
    ];
    for (name, fact) in facts {
        text.push_str(&line(name.to_owned(), columns().map(fact)));
    }
    text
}

/// Code in a table, where a bar would end its cell (GFM §4.10).
fn in_table(text: &str) -> String {
    code(text).replace('|', "\\|")
}
