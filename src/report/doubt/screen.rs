//! What the screen shows: a page for each play that passes with faults, and the sums.

use std::collections::BTreeMap;

use colored::Colorize;

use super::counts::Counts;
use crate::diagnostic::{Diagnostic, Severity};
use crate::doubt::{Doubted, Finding, Tried};
use crate::report::console::plural;
use crate::report::{Manner, Verbosity};
use crate::source::SourceFile;
use crate::visible::harmless_line;

/// The page of a play: its line, and what it passes with, drawn under the lines that would have to notice it.
pub fn page(
    doubted: &Doubted,
    source: &SourceFile,
    manner: Manner<'_>,
    verbosity: Verbosity,
) -> String {
    let counts = Counts::of([doubted]);
    if verbosity == Verbosity::Quiet && counts.survived == 0 {
        return String::new();
    }
    let mut page = head(doubted, &counts);
    for survivors in by_step(doubted).values() {
        let drawn = diagnostic(survivors).render_within(source, manner.color, manner.columns);
        page.push_str(&format!("{}\n", drawn.trim_end()));
    }
    if verbosity == Verbosity::Verbose {
        let others = doubted.faults.iter().filter_map(told);
        page.extend(others.map(|line| format!("  {}\n", harmless_line(&line))));
    }
    page
}

fn head(doubted: &Doubted, counts: &Counts) -> String {
    let mark = match counts.survived {
        0 => "noticed".green().bold(),
        _ => "passes with faults".yellow().bold(),
    };
    let title = harmless_line(&doubted.title);
    let case = harmless_line(&doubted.case.to_string());
    format!(
        "{mark}  {title}  {} ({})\n",
        case.dimmed(),
        in_words(counts)
    )
}

/// The survivors, by the steps that let them pass.
fn by_step(doubted: &Doubted) -> BTreeMap<usize, Vec<&Tried>> {
    let mut steps: BTreeMap<usize, Vec<&Tried>> = BTreeMap::new();
    for tried in doubted.survivors() {
        steps.entry(tried.fault.step).or_default().push(tried);
    }
    steps
}

/// What a step lets pass.
fn diagnostic(survivors: &[&Tried]) -> Diagnostic {
    let mut labels = survivors
        .iter()
        .map(|tried| (tried.fault.place, label(tried)));
    let primary = labels.next().map(|(place, label)| (place, Some(label)));
    let first = survivors.first().map(|tried| &tried.fault);
    let place = first.map(|fault| format!("{} line {}", fault.actor, fault.line));
    Diagnostic {
        severity: Severity::Warning,
        message: format!(
            "the play passes with {} at {}",
            plural(survivors.len(), "fault"),
            place.unwrap_or_default()
        ),
        primary: primary.unwrap_or_default(),
        secondary: labels.collect(),
        help: None,
        notes: Vec::new(),
    }
}

fn label(tried: &Tried) -> String {
    let fault = &tried.fault;
    let what = match fault.what.as_str() {
        "" => String::new(),
        what => format!(" {what}"),
    };
    match &tried.finding {
        Finding::Survived { unread } => format!("{}{what}: {unread}", fault.kind),
        Finding::Noticed | Finding::Excused { .. } | Finding::Open { .. } => String::new(),
    }
}

/// What came of a fault that is no survivor, in a line.
fn told(tried: &Tried) -> Option<String> {
    let fault = &tried.fault;
    match &tried.finding {
        Finding::Survived { .. } => None,
        Finding::Noticed => Some(format!("noticed  {fault}")),
        Finding::Excused { reason } => Some(format!("excused  {fault} ({reason})")),
        Finding::Open { why } => Some(format!("open     {fault}: {why}")),
    }
}

/// The last lines: how many faults of each kind came to what, and the sum.
pub fn summary(plays: &[Doubted]) -> String {
    let kinds = Counts::by_kind(plays).into_iter();
    let kinds =
        kinds.map(|(kind, counts)| format!("  {:<16} {}\n", kind.word(), in_words(&counts)));
    let counts = Counts::of(plays);
    let (plays, faults) = (plural(plays.len(), "play"), plural(counts.total(), "fault"));
    let sum = format!("{plays}, {faults}: {}\n", in_words(&counts));
    kinds.collect::<String>() + &sum
}

fn in_words(counts: &Counts) -> String {
    let mut words = vec![format!("{} noticed", counts.noticed)];
    let more = [
        (counts.survived, "survived"),
        (counts.excused, "excused"),
        (counts.open, "open"),
    ];
    let more = more.into_iter().filter(|(count, _)| *count > 0);
    words.extend(more.map(|(count, word)| format!("{count} {word}")));
    words.join(", ")
}
