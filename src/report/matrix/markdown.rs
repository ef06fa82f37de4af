//! The table in Markdown, for a document or a comment.

use std::fmt::Write;
use std::path::Path;

use super::clauses::told;
use super::page::address;
use super::row::{Kind, Row};
use super::table::Matrix;
use crate::report::format::markdown::{code, escaped};

/// Writes a table, to be read in a folder.
pub(super) fn write(matrix: &Matrix, folder: &Path) -> String {
    let mut text = format!("## {}\n", escaped(&matrix.headline()));
    for kind in Kind::ALL {
        text.push_str(&rows(matrix, kind, folder));
    }
    text.push_str(&clauses(matrix));
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
        let name = format!(
            "{}<br>{}",
            escaped(&row.title),
            in_table(&row.case.to_string())
        );
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

/// Which server keeps to which clause.
fn clauses(matrix: &Matrix) -> String {
    if matrix.clauses.is_empty() {
        return String::new();
    }
    let mut text = format!("\n### Clauses\n\n{}", head(matrix, "Clause", "---"));
    for row in &matrix.clauses {
        let (words, link) = (escaped(&row.clause.to_string()), &row.clause.link);
        let cells = row.cells.iter().map(|verdict| match verdict.map(told) {
            Some((sign, word)) => format!("{sign} {word}"),
            None => "—".to_owned(),
        });
        text.push_str(&line(format!("[{words}]({link})"), cells));
    }
    text
}

fn losses(matrix: &Matrix) -> String {
    let mut text = String::new();
    for (loss, rows) in matrix.losses() {
        let _ = write!(text, "\n{}\n\n", escaped(&matrix.loss_heading(loss)));
        for row in rows {
            let _ = writeln!(
                text,
                "- {} ({})",
                escaped(&row.title),
                code(&row.case.to_string())
            );
        }
    }
    match text.is_empty() {
        true => text,
        false => format!("\n### Not supported any more\n{text}"),
    }
}

/// Which runs these were, and the result of each.
fn runs(matrix: &Matrix) -> String {
    let mut text = format!("\n### Runs\n\n{}", head(matrix, "", "---:"));
    for (name, values) in matrix.runs() {
        text.push_str(&line(name, values.iter().map(|value| escaped(value))));
    }
    text
}

/// Code in a table, where a bar would end its cell (GFM §4.10).
fn in_table(text: &str) -> String {
    code(text).replace('|', "\\|")
}
