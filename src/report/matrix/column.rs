//! A column of the table: a report, what it is called, and of which software it is.

use std::path::PathBuf;

use crate::report::model::Report;
use crate::software::Software;
use crate::visible::harmless_line;

/// A report that is to be a column.
#[derive(Debug, Clone)]
pub struct Source {
    /// The report.
    pub report: Report,
    /// The path of its file, as it was given.
    pub path: PathBuf,
    /// What the user wants the column to be called.
    pub title: Option<String>,
    /// The absolute path of the same report as a page, where there is one.
    pub page: Option<PathBuf>,
}

/// A report.
#[derive(Debug, Clone)]
pub(in crate::report) struct Column {
    /// What no other column is called.
    pub(in crate::report) title: String,
    pub(super) software: Software,
    pub(in crate::report) report: Report,
    pub(super) path: String,
    pub(super) page: Option<PathBuf>,
}

/// The reports as columns, no two of which are called the same.
pub(in crate::report) fn columns(sources: Vec<Source>) -> Vec<Column> {
    let columns = sources.into_iter().map(|source| {
        let report = source.report.made_visible();
        let file = source.path.file_stem().unwrap_or_default();
        let file = harmless_line(&file.to_string_lossy());
        let described = report.run.server.clone();
        let given = source.title.map(|title| harmless_line(&title));
        Column {
            software: software(given.as_deref(), described.as_deref()),
            title: given.or(described).unwrap_or(file),
            path: harmless_line(&source.path.to_string_lossy()),
            page: source.page,
            report,
        }
    });
    distinct(columns.collect())
}

/// What a column is about: what the user says of it, if that has a version; or else what the report does.
fn software(given: Option<&str>, described: Option<&str>) -> Software {
    let given = given.map(Software::of);
    let described = described.map(Software::of);
    match given {
        Some(given) if given.version().is_some() || described.is_none() => given,
        Some(_) | None => described.unwrap_or_else(|| Software::of("")),
    }
}

/// Columns of one title get the path of their report, by which they are told from each other; then their place.
fn distinct(mut columns: Vec<Column>) -> Vec<Column> {
    let mut mark = |mark: fn(usize, &Column) -> String| {
        let titles: Vec<String> = columns.iter().map(|column| column.title.clone()).collect();
        for (at, column) in columns.iter_mut().enumerate() {
            let alike = titles.iter().filter(|title| **title == column.title);
            if alike.count() > 1 {
                column.title = mark(at, column);
            }
        }
    };
    mark(|_, column| format!("{} ({})", column.title, column.path));
    mark(|at, column| format!("{}, {}", column.title, at + 1));
    columns
}

impl Column {
    pub(super) fn facts(&self) -> [(&'static str, String); 6] {
        let Report { run, scripts, .. } = &self.report;
        let server = run.server.clone();
        [
            ("all", scripts.len().to_string()),
            ("server", server.unwrap_or_else(|| "—".to_owned())),
            ("report", self.path.clone()),
            ("started", harmless_line(&run.started_in_words())),
            ("took", took(&self.report)),
            ("by scansion", harmless_line(&run.scansion)),
        ]
    }
}

/// How long a run took, and whether it came to its end.
pub(super) fn took(report: &Report) -> String {
    let interrupted = if report.end.interrupted {
        ", interrupted"
    } else {
        ""
    };
    format!("{:.2} s{interrupted}", report.end.duration)
}
