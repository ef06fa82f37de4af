//! The report in the Test Anything Protocol, with diagnostics in YAML.
//!
//! It keeps to version 14, and says 13 on its first line: there is nothing in it that version 13 does not have, and
//! `prove` takes a higher number for an error. The YAML is of the simple kind that readers of TAP understand, as they
//! do not have a complete parser for it.

use std::fmt::Write;

use crate::report::model::{Report, Script};
use crate::report::xml::one_line;
use crate::verdict::Status;
use crate::visible::harmless;

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let mut text = String::from("TAP version 13\n");
    let _ = writeln!(text, "1..{}", report.scripts.len());
    for (index, script) in report.scripts.iter().enumerate() {
        text.push_str(&test_point(index + 1, script));
        text.push_str(&diagnostics(script));
        for choice in &script.choices {
            let _ = writeln!(text, "# chose {}", one_line(&choice.to_string()));
        }
    }
    let _ = writeln!(text, "# {}", report.tally());
    text
}

fn test_point(number: usize, script: &Script) -> String {
    let status = script.status();
    let result = match status {
        Status::Passed
        | Status::Flaky
        | Status::NotSupported
        | Status::NotTested
        | Status::NotRun => "ok",
        Status::Known
        | Status::Deviated
        | Status::Failed
        | Status::PassesAgain
        | Status::Expired
        | Status::Errored => "not ok",
    };
    let directive = match status {
        Status::NotSupported | Status::NotTested | Status::NotRun => {
            format!(" # SKIP {}", escaped(&script.reason()))
        }
        Status::Known | Status::Deviated => format!(" # TODO {}", escaped(&script.reason())),
        Status::Passed
        | Status::Flaky
        | Status::Failed
        | Status::PassesAgain
        | Status::Expired
        | Status::Errored => String::new(),
    };
    format!(
        "{result} {number} - {}{directive}\n",
        escaped(&script.name())
    )
}

/// A text in one line, in which nothing is a directive.
fn escaped(text: &str) -> String {
    one_line(text).replace('\\', "\\\\").replace('#', "\\#")
}

/// What is told of a script apart from that it passed.
fn diagnostics(script: &Script) -> String {
    let status = script.status();
    if status == Status::Passed {
        return String::new();
    }
    let mut yaml = String::from("  ---\n");
    let _ = writeln!(yaml, "  status: {}", status.word());
    let _ = writeln!(yaml, "  message: {}", quoted(&script.reason()));
    let _ = writeln!(yaml, "  at:\n    file: {}", quoted(script.case.path()));
    if let Some(place) = script.place {
        let _ = writeln!(
            yaml,
            "    line: {}\n    column: {}",
            place.line, place.column
        );
    }
    if !script.breaks.is_empty() {
        yaml.push_str("  breaks:\n");
    }
    for clause in &script.breaks {
        let _ = writeln!(yaml, "    - {}", quoted(&clause.to_string()));
    }
    yaml.push_str(&block("explanation", &script.explanation));
    yaml + "  ...\n"
}

fn quoted(text: &str) -> String {
    let text = harmless(text).replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{}\"", text.replace('\n', "\\n").replace('\t', "\\t"))
}

/// A text of several lines. The first must not begin with a space, by which readers would indent the others; and an
/// empty one is indented as well, as some take it for the end otherwise.
fn block(key: &str, text: &str) -> String {
    let text = harmless(text.trim());
    if text.is_empty() {
        return String::new();
    }
    let lines = text.lines().map(|line| format!("    {line}\n"));
    format!("  {key}: |\n{}", lines.collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_a_title_is_a_directive_or_another_line() {
        assert_eq!(
            escaped("a # TODO \\ b\nnot ok 1\u{7}"),
            "a \\# TODO \\\\ b not ok 1\\\\u{7}"
        );
    }
}
