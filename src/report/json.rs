//! The report as JSON, an event a line; and back again.
//!
//! Each line is an object whose `event` says what it is: `run-started`, one `script-finished` for each script, and
//! `run-finished`. `docs/reports.md` describes them.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::model::{End, Report, Run, SCHEMA, Script};

/// A line.
#[derive(Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
enum Event {
    RunStarted(Run),
    ScriptFinished(Box<Script>),
    RunFinished(End),
}

/// Writes a report.
pub fn write(report: &Report) -> String {
    let scripts = report.scripts.iter().cloned();
    let events = [Event::RunStarted(report.run.clone())]
        .into_iter()
        .chain(scripts.map(|script| Event::ScriptFinished(Box::new(script))))
        .chain([Event::RunFinished(report.end.clone())]);
    let mut lines = String::new();
    for event in events {
        let line = serde_json::to_string(&event).expect("all keys of the model are texts");
        let _ = writeln!(lines, "{line}");
    }
    lines
}

/// Why a text is no report.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line is not one of a report's.
    #[error("line {line}: {source}")]
    Line {
        /// Which one, counted from 1.
        line: usize,
        /// What is wrong with it.
        #[source]
        source: serde_json::Error,
    },
    /// It is written in a form that is newer than the program.
    #[error("the report has version {0}, and this program knows versions up to {SCHEMA}")]
    Newer(u32),
    /// Nothing says how the run began.
    #[error("there is no line `run-started`; is this a report written with `--report json`?")]
    Headless,
    /// The run's end is missing, and perhaps some scripts.
    #[error("there is no line `run-finished`: the report is not complete")]
    Endless,
}

/// Reads a report.
///
/// # Errors
///
/// When the text is no report, or not a whole one.
pub fn read(text: &str) -> Result<Report, ReadError> {
    let (mut run, mut scripts, mut end) = (None, Vec::new(), None);
    for (index, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        let event = serde_json::from_str(line).map_err(|source| ReadError::Line {
            line: index + 1,
            source,
        })?;
        match event {
            Event::RunStarted(Run { schema, .. }) if schema > SCHEMA => {
                return Err(ReadError::Newer(schema));
            }
            Event::RunStarted(began) => run = Some(began),
            Event::ScriptFinished(script) => scripts.push(*script),
            Event::RunFinished(ended) => end = Some(ended),
        }
    }
    Ok(Report {
        run: run.ok_or(ReadError::Headless)?,
        scripts,
        end: end.ok_or(ReadError::Endless)?,
    })
}
