//! The table as one HTML page, which does not need other files and does not contain scripts.
//!
//! All that a server or a script has said stands in it as text.

use std::path::Path;

use maud::{Markup, html};

use super::cell::Cell;
use super::clauses::{self, ClauseRow};
use super::column::Column;
use super::page::address;
use super::row::{Kind, Row};
use super::table::Matrix;
use crate::report::web_page::{STYLE, WebPage};
use crate::verdict::{Status, Verdict};

const TABLE: &str = include_str!("table.css");

/// Writes a table, to be read in a folder.
pub(super) fn write(matrix: &Matrix, folder: &Path) -> String {
    let title = matrix.headline();
    let page = WebPage {
        title: &title,
        styles: &[STYLE, TABLE],
        script: None,
        body: html! {
            body.matrix {
                header.top { h1 { (title) } }
                main {
                    (table(matrix, folder))
                    (clauses(matrix))
                    (losses(matrix))
                    @for note in matrix.notes() { p.note { (note) } }
                }
            }
        },
    };
    page.write()
}

/// It can be reached by Tab, as it may have to be scrolled.
fn table(matrix: &Matrix, folder: &Path) -> Markup {
    html! {
        div.scrolled role="region" tabindex="0" aria-label="What came of each script on each server" {
            table {
                thead { tr {
                    th scope="col" { "Script" }
                    @for column in &matrix.columns { th scope="col" { (column.title) } }
                } }
                @for kind in Kind::ALL { (rows(matrix, kind, folder)) }
                tfoot { (runs(matrix)) }
            }
        }
    }
}

fn rows(matrix: &Matrix, kind: Kind, folder: &Path) -> Markup {
    let rows: Vec<&Row> = matrix.of_kind(kind).collect();
    html! {
        @if !rows.is_empty() {
            tbody {
                (heading(matrix, &kind.heading(rows.len())))
                @for row in rows { (one(matrix, row, folder)) }
            }
        }
    }
}

fn heading(matrix: &Matrix, text: &str) -> Markup {
    html! { tr.kind { th scope="rowgroup" colspan=(matrix.columns.len() + 1) { (text) } } }
}

fn one(matrix: &Matrix, row: &Row, folder: &Path) -> Markup {
    html! {
        tr {
            th scope="row" { span.title { (row.title) } span.path { (row.case) } }
            @for (at, column) in matrix.columns.iter().enumerate() {
                @match &row.cells[at] {
                    Some(cell) => (told(cell, column, row.losses.iter().any(|loss| loss.on == at), folder)),
                    None => td.not-run { span aria-hidden="true" { "—" } span.unseen { "not in this report" } },
                }
            }
        }
    }
}

fn told(cell: &Cell, column: &Column, is_lost: bool, folder: &Path) -> Markup {
    let sign = if is_lost { "▼" } else { cell.sign() };
    let words = html! {
        span.mark aria-hidden="true" { (sign) } " " (cell.words(is_lost))
    };
    html! {
        td class=(class(cell, is_lost)) {
            @match address(cell, column, folder) {
                Some(address) => a href=(address) { (words) },
                None => (words),
            }
        }
    }
}

/// The colour, which says nothing that the words do not.
fn class(cell: &Cell, is_lost: bool) -> &'static str {
    let shades = cell.statuses().into_iter().map(shade);
    match shades.max() {
        _ if is_lost => "lost",
        shade => shade.unwrap_or(Shade::Pale).class(),
    }
}

/// The colour of one round; of several the last of these counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Shade {
    Pale,
    Passed,
    Unsure,
    Failed,
}

impl Shade {
    fn class(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unsure => "unsure",
            Self::Passed => "passed",
            Self::Pale => "not-supported",
        }
    }
}

fn shade(status: Status) -> Shade {
    match status {
        Status::NotSupported | Status::NotRun => Shade::Pale,
        Status::Passed => Shade::Passed,
        Status::Known | Status::Flaky | Status::Deviated | Status::NotTested => Shade::Unsure,
        Status::Failed | Status::PassesAgain | Status::Expired | Status::Errored => Shade::Failed,
    }
}

/// Which server keeps to which clause.
fn clauses(matrix: &Matrix) -> Markup {
    html! {
        @if !matrix.clauses.is_empty() {
            div.scrolled role="region" tabindex="0" aria-label="What came of each clause on each server" {
                table {
                    thead { tr {
                        th scope="col" { "Clause" }
                        @for column in &matrix.columns { th scope="col" { (column.title) } }
                    } }
                    tbody { @for row in &matrix.clauses { (clause(row)) } }
                }
            }
        }
    }
}

fn clause(row: &ClauseRow) -> Markup {
    let name = row.clause.to_string();
    html! {
        tr {
            th scope="row" { a href=(row.clause.link) rel="noreferrer" { (name) } }
            @for verdict in &row.cells {
                @match verdict {
                    Some(verdict) => (kept(*verdict)),
                    None => td.not-run { span aria-hidden="true" { "—" } span.unseen { "not claimed" } },
                }
            }
        }
    }
}

/// What came of a clause on a server.
pub(in crate::report) fn kept(verdict: Verdict) -> Markup {
    let (sign, word) = clauses::told(verdict);
    html! {
        td class=(shade(Status::of(verdict, None, false)).class()) {
            span.mark aria-hidden="true" { (sign) } " " (word)
        }
    }
}

fn losses(matrix: &Matrix) -> Markup {
    let losses = matrix.losses();
    html! {
        @if !losses.is_empty() {
            section.losses {
                h2 { "Not supported any more" }
                @for (loss, rows) in losses {
                    p { (matrix.loss_heading(loss)) }
                    ul { @for row in rows { li { (row.title) " " span.path { (row.case) } } } }
                }
            }
        }
    }
}

/// Which runs these were, and the result of each.
fn runs(matrix: &Matrix) -> Markup {
    html! {
        (heading(matrix, "Runs"))
        @for (name, values) in matrix.runs() {
            tr { th scope="row" { (name) } @for value in values { td { (value) } } }
        }
    }
}
