//! What `check --format json` tells programs, editors for example: the problems of scripts, with their ranges. The form
//! is that of `docs/check.schema.json`.

use serde::Serialize;

use super::places::without_root;
use super::select::{SelectError, Selected};
use crate::diagnostic::{Diagnostic, Severity};
use crate::report::json;
use crate::script::ScriptError;
use crate::source::{Position, SourceFile, Span};

/// A line: a script, and what is wrong with it.
#[derive(Serialize)]
struct Checked {
    path: String,
    problems: Vec<Problem>,
}

#[derive(Serialize)]
struct Problem {
    severity: &'static str,
    /// What kind of problem it is.
    code: String,
    message: String,
    /// None where the script cannot be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    range: Option<Range>,
    /// A few words for the range.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<String>,
    /// What to try.
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    notes: Vec<String>,
}

/// Another place that has to do with a problem.
#[derive(Serialize)]
struct Related {
    message: String,
    range: Range,
}

/// From a place up to the one behind the last character.
#[derive(Serialize)]
struct Range {
    /// The file, where it is not the script's own.
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<String>,
    start: Place,
    end: Place,
}

#[derive(Serialize)]
struct Place {
    line: usize,
    column: usize,
}

/// The line of a script that could be read.
pub(super) fn of_script(selected: &Selected) -> String {
    let source = &selected.script.source;
    let problems = selected.problems.iter();
    line(
        selected.script.case.path(),
        problems.map(|problem| told(problem, source)).collect(),
    )
}

/// The line of one that cannot be read.
pub(super) fn of_unreadable(error: &SelectError) -> String {
    let problem = Problem {
        severity: word(Severity::Error),
        code: "unreadable".to_owned(),
        message: error.to_string(),
        range: None,
        label: None,
        help: None,
        related: Vec::new(),
        notes: Vec::new(),
    };
    line(error.case().path(), vec![problem])
}

fn line(path: &str, problems: Vec<Problem>) -> String {
    let checked = Checked {
        path: without_root(path),
        problems,
    };
    let object = serde_json::to_string(&checked).expect("texts and numbers are JSON");
    json::visible(&object) + "\n"
}

fn told(problem: &ScriptError, source: &SourceFile) -> Problem {
    let Diagnostic {
        severity,
        message,
        primary: (span, label),
        secondary,
        help,
        notes,
    } = Diagnostic::from(problem);
    let related = secondary.into_iter().map(|(span, message)| Related {
        message,
        range: range(span, source),
    });
    Problem {
        severity: word(severity),
        code: problem.kind.code(),
        message,
        range: Some(range(span, source)),
        label,
        help,
        related: related.collect(),
        notes,
    }
}

fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn range(span: Span, source: &SourceFile) -> Range {
    let place = |offset| {
        let Position { line, column } = source.position(offset);
        Place { line, column }
    };
    let file = source.other_file(span.start);
    Range {
        path: file.map(|file| without_root(file.name())),
        start: place(span.start),
        end: place(span.end),
    }
}
