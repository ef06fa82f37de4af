//! What the user sees while scripts run, and the last line.

use std::time::Duration;

use colored::{ColoredString, Colorize};
use console::truncate_str;

use super::ending::Ending;
use super::model::{Baseline, Bearing, Departure, Script, Standing, Verdict};
use super::ordered_output::{OrderedOutput, OutputPart};
use super::summary::Summary;
use super::xml;
use crate::plan::Plan;
use crate::runner::{Event, Reporter, StepOutcome, StepStatus, Traffic};
use crate::script::ast::{self, ActorName};
use crate::script::{Choice, Heading};
use crate::source::{SourceFile, Span};
use crate::verdict::Status;
use crate::visible::{harmless, harmless_line};
use crate::wrapping::wrapped;
use crate::xmpp::Direction;

/// How much is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// Only what did not pass.
    Quiet,
    /// A line per script.
    Normal,
    /// Each step, and all that goes over the wires.
    Verbose,
}

/// By how much is indented what stands below the word of a script's line.
const INDENT: usize = 6;

/// The order in which the screen counts: those that passed, then what has to be looked at, then the rest.
const ON_SCREEN: [Status; Status::ALL.len()] = [
    Status::Passed,
    Status::Failed,
    Status::PassesAgain,
    Status::Expired,
    Status::Errored,
    Status::Flaky,
    Status::Deviated,
    Status::Known,
    Status::NotSupported,
    Status::NotTested,
    Status::NotRun,
];

/// The counts in words, in colour, with those left out of which there are none.
pub(super) fn counts(summary: &Summary) -> String {
    let told = ON_SCREEN.into_iter().filter_map(|status| {
        let count = summary.count(status);
        let text = format!("{count} {status}");
        match status {
            Status::Passed => Some(text),
            _ if count == 0 => None,
            Status::Failed | Status::PassesAgain | Status::Expired => Some(text.red().to_string()),
            Status::Errored | Status::Flaky | Status::Deviated | Status::NotTested => {
                Some(text.yellow().to_string())
            }
            Status::Known | Status::NotSupported | Status::NotRun => Some(text),
        }
    });
    told.collect::<Vec<_>>().join(", ")
}

/// Whether a script that counts as this does not need a look by the user.
fn is_good(status: Status) -> bool {
    match status {
        Status::Passed | Status::NotSupported | Status::Known => true,
        Status::Flaky
        | Status::Deviated
        | Status::NotTested
        | Status::Failed
        | Status::PassesAgain
        | Status::Expired
        | Status::Errored
        | Status::NotRun => false,
    }
}

/// A script that has to be looked at, in a line: what it came to, where, and why.
pub fn in_a_line(script: &Script, columns: Option<usize>) -> String {
    let is_known = |departure: &Departure| departure.bearing == Bearing::Known;
    let known = match script.departures.iter().any(is_known) {
        true => "(known departure) ",
        false => "",
    };
    let reason = script.reason();
    let reason = reason.lines().next().unwrap_or_default();
    let (word, location) = (word(script), harmless_line(&script.location()));
    let line = format!(
        "  {word} {}  {known}{}",
        location.dimmed(),
        harmless(reason)
    );
    match columns {
        Some(columns) => truncate_str(&line, columns, "…").into_owned(),
        None => line,
    }
}

/// Writes the scripts that have to be looked at, a line each, if there are several: the page of the first one may be far
/// above.
pub fn write_list(lines: &[String], output: &OrderedOutput) {
    if lines.len() > 1 {
        output.write(&format!("to look at:\n{}\n", lines.join("\n")));
    }
}

/// Writes the last line.
pub fn write_summary(
    summary: &Summary,
    verbosity: Verbosity,
    columns: Option<usize>,
    output: &OrderedOutput,
) {
    if verbosity == Verbosity::Quiet && summary.counted().all(|(_, status)| is_good(status)) {
        return;
    }
    let mut counts = counts(summary);
    if summary.unexpected > 0 {
        let stanzas = plural(summary.unexpected, "unexpected stanza");
        let hint = match verbosity {
            Verbosity::Verbose => "",
            Verbosity::Normal | Verbosity::Quiet => " (-v shows them)",
        };
        counts.push_str(&format!(", {stanzas}{hint}"));
    }
    let (scripts, time) = (plural(summary.total(), "script"), seconds(summary.duration));
    let line = format!("{scripts}: {counts}, in {time}");
    let columns = columns.unwrap_or(usize::MAX);
    output.write(&format!("{}\n", wrapped(&line, columns, INDENT)));
}

/// The number of a line, behind the name of its file if that is not the script's own.
fn number(source: &SourceFile, span: Span) -> String {
    let line = source.position(span.start).line;
    match source.other_file(span.start) {
        None => format!("{line:>4}"),
        Some(file) => format!("{}:{line}", file.shown_name()),
    }
}

/// Writes what happens to a script in its part of the output.
pub struct Console {
    part: OutputPart,
    verbosity: Verbosity,
    columns: Option<usize>,
}

impl Console {
    /// A console that writes to a part of the output. Lines are broken between words if it has fewer columns, where that
    /// is known.
    pub fn new(part: OutputPart, verbosity: Verbosity, columns: Option<usize>) -> Self {
        Self {
            part,
            verbosity,
            columns,
        }
    }

    /// Writes that there are warnings about a script.
    pub fn warned(&mut self, script: &ast::Script, warnings: usize) {
        if warnings > 0 && self.verbosity > Verbosity::Quiet {
            let (warning, name) = ("warning".yellow().bold(), script.source.shown_name());
            let count = plural(warnings, "warning");
            self.broken_line(&format!(
                "{warning}: {name}: {count}; `scansion check` shows more"
            ));
        }
    }

    /// Writes a text as it is.
    pub fn text(&mut self, text: &str) {
        self.part.text(text);
    }

    fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
    }

    /// A line, which goes on below its text where the screen is narrow.
    fn broken_line(&mut self, line: &str) {
        let line = self.broken(line);
        self.line(&line);
    }

    fn broken(&self, line: &str) -> String {
        wrapped(line, self.columns.unwrap_or(usize::MAX), INDENT)
    }

    fn verbose(&mut self, line: impl FnOnce() -> String) {
        if self.verbosity == Verbosity::Verbose {
            let line = line();
            self.line(&line);
        }
    }

    fn step_started(&mut self, plan: &Plan, step: usize) {
        let step = &plan.steps[step];
        self.verbose(|| {
            let line = number(&plan.info.source, step.span);
            let action = step.line(&plan.info.source);
            format!("  {} {}", line.dimmed(), harmless(action))
        });
    }

    fn part_started(&mut self, plan: &Plan, heading: &Heading) {
        self.verbose(|| {
            let line = plan.info.source.position(heading.span.start).line;
            format!("  {} {}", format!("{line:>4}").dimmed(), heading.part)
        });
    }

    fn choice_started(&mut self, plan: &Plan, choice: &Choice) {
        self.verbose(|| {
            let line = number(&plan.info.source, choice.span());
            let either = plan.info.source.slice(choice.span());
            format!("  {} {}", line.dimmed(), harmless(either))
        });
    }

    fn chose(&mut self, choice: &Choice, alternative: usize) {
        self.verbose(|| {
            format!(
                "       chose: {}",
                harmless_line(&choice.label(alternative))
            )
        });
    }

    fn wire(&mut self, actor: &ActorName, direction: Direction, xml: Traffic<'_>) {
        self.verbose(|| {
            let mark = match direction {
                Direction::Sent => "->".cyan(),
                Direction::Received => "<-".magenta(),
            };
            format!(
                "       {} {mark} {}",
                harmless_line(&actor.to_string()).dimmed(),
                xml::one_line(&xml.to_string())
            )
        });
    }

    fn ruled(&mut self, plan: &Plan, step: usize, earlier: Option<Traffic<'_>>) {
        self.verbose(|| {
            let step = &plan.steps[step];
            let word = match step.verb.sent().is_empty() {
                true => "ignored",
                false => "answered",
            };
            let line = plan.info.source.line(step.span.start);
            let actor = harmless_line(&plan.actors[step.actor].name.to_string());
            let earlier = earlier.map(|xml| format!(": {}", xml::one_line(&xml.to_string())));
            let text = format!("       {actor} ~  {word}, by {line}");
            format!("{}{}", text.dimmed(), earlier.unwrap_or_default())
        });
    }

    fn flush(&mut self, actor: &ActorName, entities: &[String]) {
        self.verbose(|| {
            let text = format!(
                "       {actor} ~  pings {}, to keep the order",
                entities.join(", ")
            );
            harmless_line(&text).dimmed().to_string()
        });
    }

    /// A notice is said once in a run: it would be the same for every actor and script.
    pub fn notice(&mut self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let line = format!("{}: {}", "note".blue().bold(), harmless(text));
            self.part.note(format!("{}\n", self.broken(&line)));
        }
    }

    fn warning(&mut self, plan: &Plan, step: usize, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let place = plan.info.source.locate(plan.steps[step].span);
            let warning = "warning".yellow().bold();
            self.broken_line(&format!("{warning}: {place}: {}", harmless(text)));
        }
    }

    fn step_finished(&mut self, plan: &Plan, outcome: &StepOutcome) {
        let verb = &plan.steps[outcome.step].verb;
        if !verb.sent().is_empty() || verb.rule().is_some() {
            return;
        }
        self.verbose(|| {
            let word = match outcome.status {
                StepStatus::Passed => "ok".green(),
                StepStatus::Failed(_) if outcome.verdict() == Verdict::Deviated => {
                    "deviates".yellow()
                }
                StepStatus::Failed(_) => "failed".red(),
                StepStatus::Errored(_) | StepStatus::NotRun => "error".yellow(),
            };
            format!("       {word} {}", seconds(outcome.duration).dimmed())
        });
    }

    /// Writes which attempt of a script begins, counted from 1.
    pub fn attempt(&mut self, number: usize) {
        if number > 1 {
            self.verbose(|| format!("      it did not pass; attempt {number}"));
        }
    }

    /// Writes how a script has ended.
    pub fn ended(&mut self, ending: &Ending) {
        let script = &ending.report;
        let is_good = !script.is_red() && !script.flaky;
        if script.verdict == Verdict::NotRun || self.verbosity == Verbosity::Quiet && is_good {
            return;
        }
        let (title, case) = (
            harmless_line(&script.title),
            harmless_line(&script.case.to_string()),
        );
        self.broken_line(&format!(
            "{} {title}  {}  {}",
            word(script),
            case.dimmed(),
            time(script)
        ));
        self.below(ending);
        if self.has_page(ending) {
            self.text(&format!("{}\n", ending.page));
        }
        self.strays(script);
    }

    /// Writes in a line or two why a script ended so, where there is no page or it is not all.
    fn below(&mut self, ending: &Ending) {
        let script = &ending.report;
        let lines = match (&script.baseline, &script.message) {
            (Some(baseline), _) => in_baseline(baseline),
            (None, Some(message)) if !self.has_page(ending) => message.clone(),
            (None, _) => String::new(),
        };
        let is_told = script.baseline.is_none() && !self.has_page(ending);
        let broken = script.breaks.iter().filter(|_| is_told);
        let broken: Vec<String> = broken.map(|clause| format!("breaks {clause}")).collect();
        let broken = broken.iter().map(String::as_str);
        for line in lines.lines().chain(broken).chain(ending.advice.as_deref()) {
            self.broken_line(&format!("      {}", harmless(line)));
        }
    }

    /// Whether there is a page that is shown.
    fn has_page(&self, ending: &Ending) -> bool {
        let script = &ending.report;
        let is_wanted = self.verbosity == Verbosity::Verbose || script.is_red() || script.flaky;
        is_wanted && !ending.page.is_empty()
    }

    fn strays(&mut self, script: &Script) {
        for stray in &script.unexpected {
            self.verbose(|| {
                let actor = script.cast.get(stray.actor).map_or("", |actor| &actor.name);
                format!(
                    "      unexpected, to {}: {}",
                    harmless_line(actor),
                    xml::one_line(&stray.xml)
                )
            });
        }
    }
}

/// The word that a script's line begins with.
fn word(script: &Script) -> ColoredString {
    match (script.status(), script.verdict) {
        (Status::Known, _) => "known".yellow(),
        (Status::PassesAgain, _) => "fixed".red().bold(),
        (Status::Flaky, _) => "flaky".yellow().bold(),
        (_, Verdict::Passed) => "pass ".green().bold(),
        (_, Verdict::Failed) => "FAIL ".red().bold(),
        (_, Verdict::Deviated) => "devi.".yellow().bold(),
        (_, Verdict::Errored | Verdict::NotRun) => "ERROR".yellow().bold(),
        (_, Verdict::NotSupported) => "skip ".cyan().bold(),
        (_, Verdict::NotTested) => "moot ".yellow().bold(),
    }
}

/// How long it took, and in how many attempts if there were several.
fn time(script: &Script) -> String {
    let time = format!("{:.2} s", script.duration);
    match script.attempts {
        0 if script.verdict == Verdict::Errored => "not run".to_owned(),
        0 | 1 => time,
        attempts => format!("{time}  {attempts} attempts"),
    }
}

/// What a baseline says of a script, in a line.
fn in_baseline(baseline: &Baseline) -> String {
    let reason = &baseline.reason;
    match (baseline.standing, &baseline.expires) {
        (Standing::Known, None) => reason.clone(),
        (Standing::Known, Some(day)) => format!("{reason} (until {day})"),
        (Standing::PassesAgain, _) => format!("it passes, and was known not to pass: {reason}"),
        (Standing::Expired, day) => {
            let day = day.as_deref().unwrap_or_default();
            format!("known only until {day}: {reason}")
        }
    }
}

impl Reporter for Console {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::ScriptStarted(plan) => {
                self.verbose(|| {
                    let title = harmless_line(&plan.info.headline.title);
                    format!(
                        "{} {title}",
                        harmless_line(&plan.info.headline.case.to_string())
                    )
                    .bold()
                    .to_string()
                });
            }
            Event::StepStarted { plan, step } => self.step_started(plan, *step),
            Event::PartStarted { plan, heading } => self.part_started(plan, heading),
            Event::ChoiceStarted { plan, choice } => self.choice_started(plan, choice),
            Event::Chose {
                choice,
                alternative,
                ..
            } => self.chose(choice, *alternative),
            Event::Wire {
                actor,
                direction,
                xml,
            } => self.wire(actor, *direction, *xml),
            Event::Ruled {
                plan,
                step,
                earlier,
            } => self.ruled(plan, *step, *earlier),
            Event::Flush { actor, entities } => self.flush(actor, entities),
            Event::Notice { text, .. } => self.notice(text),
            Event::Warning { plan, step, text } => self.warning(plan, *step, text),
            Event::StepFinished { plan, outcome } => self.step_finished(plan, outcome),
            // Whether that was the last attempt is not known here; `ended` tells of it then.
            Event::ScriptFinished(_) => {}
        }
    }
}

pub(super) fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::sample;

    #[test]
    fn a_script_to_look_at_is_a_line() {
        let report = sample();
        let mut failed = report.scripts[1].clone();
        failed.message = Some("Romeo received\nnothing".to_owned());
        let line = |script: &Script, columns| in_a_line(script, columns);
        let shown = line(&failed, None);
        assert!(shown.ends_with(":7:9  Romeo received"), "{shown}");
        assert!(!shown.contains("known departure"));
        failed.departures[0].bearing = Bearing::Known;
        assert!(line(&failed, None).ends_with("  (known departure) Romeo received"));
        let short = line(&failed, Some(20));
        assert_eq!(console::measure_text_width(&short), 20, "{short}");
    }
}
