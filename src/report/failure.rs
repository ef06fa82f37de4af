//! A step that did not go well, in words: what was expected, what came, and where the script says so.

use similar::{ChangeTag, TextDiff};

use super::xml;
use crate::diagnostic::{Color, Diagnostic, Severity};
use crate::matcher::Mismatch;
use crate::ns;
use crate::runner::{Candidate, Failure, Reason, RunError, ScriptOutcome, StepOutcome, StepStatus};
use crate::source::{SourceFile, Span};

/// How many lines of the server's log are shown, the last ones.
const LOG_LINES: usize = 10;

/// What is written under an expectation of which nothing else can be said.
const EXPECTED_HERE: &str = "expected here";

/// How many other stanzas are shown beside the nearest one.
const OTHERS: usize = 5;

/// What went wrong at a step, ready to be drawn; none if nothing did.
fn diagnostic(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<Diagnostic> {
    match &step.status {
        StepStatus::Failed(failure) => Some(failed(outcome, failure, step)),
        StepStatus::Errored(error) => Some(errored(error, step)),
        StepStatus::Passed | StepStatus::NotRun => None,
    }
}

fn failed(outcome: &ScriptOutcome, failure: &Failure, step: &StepOutcome) -> Diagnostic {
    let label = failure
        .nearest_difference()
        .map(|mismatch| in_words(mismatch, outcome))
        .or_else(|| failure.expected().map(|_| EXPECTED_HERE.to_owned()));
    Diagnostic {
        severity: Severity::Error,
        message: xml::harmless(&format!("{} {}", step.actor, sentence(failure))),
        primary: (failure.focus(), label),
        secondary: Vec::new(),
        help: advice(failure),
        notes: Vec::new(),
    }
}

fn sentence(failure: &Failure) -> String {
    match &failure.reason {
        Reason::Timeout { waited } => match failure.candidates.len() {
            0 => format!("received nothing within {waited:?}"),
            1 => format!("received one stanza within {waited:?}, which does not match"),
            count => format!("received {count} stanzas within {waited:?}, none of which matches"),
        },
        Reason::WrongAnswer => "received another answer to the request than expected".to_owned(),
        Reason::NotNext => "received another stanza next, and the script is strict".to_owned(),
        Reason::Closed { how } => format!("cannot receive anything any more: {how}"),
        Reason::Unwanted => match failure.candidates.len() {
            1 => "received a stanza where nothing should come".to_owned(),
            count => format!("received {count} stanzas where nothing should come"),
        },
        Reason::StillOpen { waited } => {
            format!("closed the stream, and the server did not close its side within {waited:?}")
        }
    }
}

fn advice(failure: &Failure) -> Option<String> {
    match failure.reason {
        Reason::Timeout { .. } if failure.candidates.is_empty() => {
            Some("if the server needs longer, give `--timeout`".to_owned())
        }
        _ => None,
    }
}

fn errored(error: &RunError, step: &StepOutcome) -> Diagnostic {
    Diagnostic {
        severity: Severity::Error,
        message: xml::harmless(&error.to_string()),
        primary: (step.span, None),
        secondary: Vec::new(),
        help: error.advice(),
        notes: Vec::new(),
    }
}

/// Where the script says what went wrong at a step.
pub(super) fn focus(step: &StepOutcome) -> Span {
    match &step.status {
        StepStatus::Failed(failure) => failure.focus(),
        StepStatus::Errored(_) | StepStatus::Passed | StepStatus::NotRun => step.span,
    }
}

/// What went wrong at a step, in a sentence.
pub(super) fn message(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let diagnostic = diagnostic(outcome, step)?;
    Some(match diagnostic.primary.1 {
        Some(label) if label != EXPECTED_HERE => format!("{}: {label}", diagnostic.message),
        _ => diagnostic.message,
    })
}

/// All that is shown of a step that did not go well.
pub(super) fn page(outcome: &ScriptOutcome, step: &StepOutcome, color: Color) -> String {
    let drawn = diagnostic(outcome, step).map(|diagnostic| {
        let drawn = diagnostic.render(&outcome.source, color);
        format!("{}\n", drawn.trim_end())
    });
    let below = [details(outcome, step), names(outcome), server_log(outcome)];
    drawn.into_iter().chain(below).collect()
}

/// The element that was expected at a step, as the script has it.
pub(super) fn expected(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    let expected = dedented(&outcome.source, failure.expected()?);
    Some(outcome.secrets.redact(&expected).into_owned())
}

/// The stanza that came instead of what was expected at a step.
pub(super) fn received(outcome: &ScriptOutcome, step: &StepOutcome) -> Option<String> {
    let StepStatus::Failed(failure) = &step.status else {
        return None;
    };
    Some(shown(outcome, failure.candidates.first()?))
}

/// The details below the diagnostic: expectation, nearest stanza, differences, the other stanzas.
fn details(outcome: &ScriptOutcome, step: &StepOutcome) -> String {
    let StepStatus::Failed(failure) = &step.status else {
        return String::new();
    };
    let mut sections = Vec::new();
    sections.extend(expected(outcome, step).map(|expected| section("expected", &expected)));
    let mut candidates = failure.candidates.iter();
    if failure.expectation.is_some()
        && let Some(nearest) = candidates.next()
    {
        sections.extend(nearest_stanza(outcome, failure, nearest));
    }
    let others: Vec<&Candidate> = candidates.collect();
    sections.extend(other_stanzas(outcome, failure, &others));
    sections.concat()
}

/// Under which names the script was run, where these are not its own.
fn names(outcome: &ScriptOutcome) -> String {
    match &outcome.suffix {
        Some(suffix) => format!("  names of accounts and rooms ended in {suffix} (--unique)\n"),
        None => String::new(),
    }
}

/// The last that the server wrote to its log; nothing where that is not known.
fn server_log(outcome: &ScriptOutcome) -> String {
    let log = outcome.secrets.redact(&outcome.server_log);
    let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = &lines[lines.len().saturating_sub(LOG_LINES)..];
    if last.is_empty() {
        return String::new();
    }
    section("the server's log, last lines", &last.join("\n"))
}

fn nearest_stanza(outcome: &ScriptOutcome, failure: &Failure, nearest: &Candidate) -> Vec<String> {
    let title = match failure.candidates.len() {
        1 => "received".to_owned(),
        count => format!("received (the nearest of {count})"),
    };
    let mut sections = vec![section(&title, &shown(outcome, nearest))];
    let mut lines = Vec::new();
    describe(&nearest.differences, 0, outcome, &mut lines);
    sections.push(section("differences", &lines.join("\n")));
    sections.extend(text_diff(&nearest.differences));
    sections
}

fn other_stanzas(outcome: &ScriptOutcome, failure: &Failure, others: &[&Candidate]) -> Vec<String> {
    if others.is_empty() {
        return Vec::new();
    }
    let title = if failure.expectation.is_some() {
        "also received"
    } else {
        "received"
    };
    let shown_ones = others
        .iter()
        .take(OTHERS)
        .map(|candidate| shown(outcome, candidate));
    let mut text = shown_ones.collect::<Vec<_>>().join("\n");
    if others.len() > OTHERS {
        text.push_str(&format!("\n… and {} more", others.len() - OTHERS));
    }
    vec![section(title, &text)]
}

fn shown(outcome: &ScriptOutcome, candidate: &Candidate) -> String {
    let namespace = match candidate.element.ns().as_str() {
        ns::COMPONENT => ns::COMPONENT,
        _ => ns::CLIENT,
    };
    let pretty = xml::pretty(&candidate.element, namespace);
    outcome.secrets.redact(&pretty).into_owned()
}

/// The differences, a line each, those of a missing child's nearest indented below it.
fn describe(
    differences: &[Mismatch],
    depth: usize,
    outcome: &ScriptOutcome,
    lines: &mut Vec<String>,
) {
    for mismatch in differences {
        let line = outcome.source.position(mismatch.span.start).line;
        let words = in_words(mismatch, outcome);
        lines.push(format!("{}- {words} (line {line})", "  ".repeat(depth)));
        // That the nearest child is another one altogether has been said.
        if let Some(nearest) = &mismatch.nearest
            && !nearest.differences.iter().any(Mismatch::is_of_name)
        {
            describe(&nearest.differences, depth + 1, outcome, lines);
        }
    }
}

/// A difference in one line, without secrets.
fn in_words(mismatch: &Mismatch, outcome: &ScriptOutcome) -> String {
    let words = mismatch
        .to_string()
        .replace('\n', "\\n")
        .replace('\t', "\\t");
    xml::harmless(&outcome.secrets.redact(&words))
}

/// Where a text of several lines differs, the lines that do.
fn text_diff(differences: &[Mismatch]) -> Option<String> {
    let focus = differences.first()?.focus();
    let (expected, received) = (focus.expected.as_deref()?, focus.received.as_deref()?);
    if !expected.contains('\n') && !received.contains('\n') {
        return None;
    }
    let (expected, received) = (expected.trim_matches('\''), received.trim_matches('\''));
    let diff = TextDiff::from_lines(expected, received);
    let lines: Vec<String> = diff
        .iter_all_changes()
        .map(|change| {
            let mark = match change.tag() {
                ChangeTag::Delete => '-',
                ChangeTag::Insert => '+',
                ChangeTag::Equal => ' ',
            };
            format!("{mark}{}", change.value().trim_end_matches('\n'))
        })
        .collect();
    Some(section(
        "text, expected (-) and received (+)",
        &lines.join("\n"),
    ))
}

fn section(title: &str, text: &str) -> String {
    let mut section = format!("  {title}:\n");
    for line in text.lines() {
        section.push_str("    ");
        section.push_str(&xml::harmless(line));
        section.push('\n');
    }
    section
}

/// Lines of the script without the indentation that all of them have.
fn dedented(source: &SourceFile, span: Span) -> String {
    let line_start = source.text()[..span.start]
        .rfind('\n')
        .map_or(0, |at| at + 1);
    let indent = &source.text()[line_start..span.start];
    source
        .slice(span)
        .lines()
        .map(|line| line.strip_prefix(indent).unwrap_or(line))
        .collect::<Vec<_>>()
        .join("\n")
}
