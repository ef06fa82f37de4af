//! The report in Markdown, for the summary of a job or a comment.

use std::fmt::Write;

use crate::report::model::{Report, Script};
use crate::report::xml::one_line;
use crate::verdict::Status;
use crate::visible::harmless;

/// Writes a report.
pub(super) fn write(report: &Report) -> String {
    let mut text = format!("## {}\n\n", headline(report));
    if let Some(server) = &report.run.server {
        let _ = writeln!(text, "Server: {}\n", escaped(server));
    }
    text.push_str(&counts(report));
    let red = report.scripts.iter().filter(|script| script.is_red());
    text.extend(red.map(section));
    text.push_str(&folded(report));
    text.push_str(&choices(report));
    text
}

fn headline(report: &Report) -> String {
    let summary = report.summary();
    match summary.red() {
        0 if summary.count(Status::NotRun) > 0 => "scansion: the run is not complete".to_owned(),
        0 => "scansion: nothing is wrong".to_owned(),
        1 if summary.total() == 1 => "scansion: 1 script to look at".to_owned(),
        red => format!("scansion: {red} of {} scripts to look at", summary.total()),
    }
}

fn counts(report: &Report) -> String {
    let mut table = String::from("| Scripts | |\n|---:|---|\n");
    for (count, status) in report.summary().counted() {
        let _ = writeln!(table, "| {count} | {status} |");
    }
    let _ = writeln!(
        table,
        "| {} | in {:.2} s |",
        report.scripts.len(),
        report.end.duration
    );
    table
}

fn section(script: &Script) -> String {
    let mut text = format!("\n### {}\n\n", escaped(&script.title));
    let _ = writeln!(text, "{}, {}", code(&script.location()), script.status());
    let _ = writeln!(text, "\n{}", escaped(&script.reason()));
    for clause in &script.breaks {
        let words = escaped(&clause.to_string());
        let _ = writeln!(text, "\nBreaks [{words}]({})", clause.link);
        if let Some(sentence) = &clause.sentence {
            let _ = writeln!(text, "\n> {}", escaped(sentence));
        }
    }
    if !script.explanation.trim().is_empty() {
        let _ = write!(text, "\n{}", fenced(&script.explanation));
    }
    text
}

/// Those that are neither good nor to be looked at now.
fn folded(report: &Report) -> String {
    let is_among = |script: &&Script| {
        let status = script.status();
        !script.is_red() && status != Status::Passed
    };
    let scripts: Vec<&Script> = report.scripts.iter().filter(is_among).collect();
    if scripts.is_empty() {
        return String::new();
    }
    let mut text = format!(
        "\n<details><summary>Known, flaky, deviating, not supported, not tested, not run: {}</summary>\n\n\
         | Script | | Why |\n|---|---|---|\n",
        scripts.len()
    );
    for script in scripts {
        let (title, reason) = (escaped(&script.title), escaped(&script.reason()));
        let _ = writeln!(
            text,
            "| {title}<br>{} | {} | {reason} |",
            escaped(&script.case.to_string()),
            script.status()
        );
    }
    text + "\n</details>\n"
}

/// Which alternatives the server went by, where scripts leave them open.
fn choices(report: &Report) -> String {
    let choices = report.scripts.iter().flat_map(|script| {
        let choices = script.choices.iter();
        choices.map(move |choice| (script, choice))
    });
    let rows: Vec<String> = choices
        .map(|(script, choice)| {
            let case = script.case.to_string();
            let file = escaped(choice.file.as_ref().unwrap_or(&case));
            format!("| {file}:{} | {} |\n", choice.line, escaped(&choice.chose))
        })
        .collect();
    match rows.len() {
        0 => String::new(),
        count => format!(
            "\n<details><summary>Alternatives chosen: {count}</summary>\n\n| Either | Chose |\n|---|---|\n{}\n</details>\n",
            rows.concat()
        ),
    }
}

/// A text in one line, in which nothing is marked up.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for character in one_line(text).chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '#' | '|' | '~' | '!' | '@' => {
                escaped.extend(['\\', character]);
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// A text in one line, as code.
pub(in crate::report) fn code(text: &str) -> String {
    let ticks = "`".repeat(1 + longest_run(text));
    let space = if text.contains('`') { " " } else { "" };
    format!("{ticks}{space}{}{space}{ticks}", one_line(text))
}

/// A block that is closed by nothing in it (CommonMark §4.5).
fn fenced(text: &str) -> String {
    let fence = "`".repeat(3.max(1 + longest_run(text)));
    format!(
        "{fence}text\n{}\n{fence}\n",
        harmless(text.trim_matches('\n'))
    )
}

/// How many backticks stand side by side at most.
fn longest_run(text: &str) -> usize {
    let runs = text.split(|character| character != '`').map(str::len);
    runs.max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_closed_by_nothing_in_it() {
        assert_eq!(fenced("a"), "```text\na\n```\n");
        assert_eq!(fenced("````\n```"), "`````text\n````\n```\n`````\n");
        assert_eq!(code("a`b"), "`` a`b ``");
    }

    #[test]
    fn a_title_marks_nothing_up() {
        assert_eq!(escaped("<b> *a*|b\nc"), "&lt;b&gt; \\*a\\*\\|b c");
    }
}
