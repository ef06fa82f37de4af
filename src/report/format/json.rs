//! The report as JSON, an event a line; and back again.
//!
//! Each line is an object whose `event` says what it is: `run-started`, one `script-finished` for each script, and
//! `run-finished`. `docs/reports.md` describes them.

use std::fmt::Write;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::report::model::{End, Report, Run, SCHEMA, Script};
use crate::visible::{harmless, is_unseen};

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
        let _ = writeln!(lines, "{}", visible(&line));
    }
    lines
}

/// JSON that says the same, in which nothing is obeyed where it is shown: what is unseen, and what begins a command,
/// stands in it by its number.
pub(crate) fn visible(json: &str) -> String {
    let mut shown = String::with_capacity(json.len());
    let mut before = ' ';
    for character in json.chars() {
        match is_unseen(character) || (before, character) == ('#', '#') {
            true => numbered(character, &mut shown),
            false => shown.push(character),
        }
        before = character;
    }
    shown
}

/// Outside of texts JSON has none of them.
fn numbered(character: char, json: &mut String) {
    for unit in character.encode_utf16(&mut [0; 2]) {
        let _ = write!(json, "\\u{unit:04x}");
    }
}

/// Why a text is no report.
#[derive(Debug, Error)]
pub enum ReadError {
    /// A line is not one of a report's.
    #[error("line {line}: {}", harmless(&.source.to_string()))]
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
    /// There is nothing in it.
    #[error("it is empty")]
    Empty,
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
    if text.trim().is_empty() {
        return Err(ReadError::Empty);
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{sample, script};
    use proptest::prelude::*;

    #[test]
    fn what_is_written_is_read_again() {
        assert_eq!(read(&write(&sample())).unwrap(), sample());
    }

    proptest! {
        #[test]
        fn any_text_and_time_is_read_again(text in any::<String>(), duration in 0.0..1e9) {
            let mut report = sample();
            let mut odd = script(&text, crate::report::model::Verdict::Failed);
            odd.server_log = text;
            odd.duration = duration;
            report.scripts = vec![odd];
            prop_assert_eq!(read(&write(&report)).unwrap(), report);
        }
    }

    #[test]
    fn what_is_no_report_is_told_by_its_line() {
        let whole = write(&sample());
        let lines: Vec<&str> = whole.lines().collect();
        let last = lines.len() - 1;
        let newer = lines[0].replace("\"schema\":1", "\"schema\":2");
        for (text, said) in [
            (
                "{\"event\":\"run-started\"}".to_owned(),
                "line 1: missing field",
            ),
            (format!("{}\n\nxml", lines[0]), "line 3: expected value"),
            (
                "{\"event\":\"\\u001b[31m\"}".to_owned(),
                "line 1: unknown variant `\\u{1b}[31m`",
            ),
            (lines[1..].join("\n"), "no line `run-started`"),
            (lines[..last].join("\n"), "the report is not complete"),
            (newer, "the report has version 2"),
            (" \n".to_owned(), "it is empty"),
        ] {
            let error = read(&text).unwrap_err().to_string();
            assert!(error.contains(said), "{error}");
        }
    }
}
