//! What the user sees while scripts run, and the last line.

use std::time::Duration;

use colored::Colorize;

use super::failure::{self, Manner};
use super::pages::{Book, Page};
use super::xml;
use crate::diagnostic::Color;
use crate::plan::{Plan, StepAction};
use crate::runner::{Event, Reporter, ScriptOutcome, StepOutcome, StepStatus, Traffic, Verdict};
use crate::script::ast::{ActorName, Script};
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

/// What came of all scripts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Scripts that passed.
    pub passed: usize,
    /// Scripts in which the server did something else.
    pub failed: usize,
    /// Scripts of which nobody knows.
    pub errored: usize,
    /// Scripts about what the server does not have.
    pub not_supported: usize,
    /// Scripts that were not begun.
    pub not_run: usize,
    /// Stanzas that no script expected.
    pub unexpected: usize,
    /// How long all of it took.
    pub duration: Duration,
}

impl Summary {
    /// Counts a script in.
    pub fn add(&mut self, outcome: &ScriptOutcome) {
        match outcome.verdict() {
            Verdict::Passed => self.passed += 1,
            Verdict::Failed => self.failed += 1,
            Verdict::Errored => self.errored += 1,
            Verdict::NotSupported => self.not_supported += 1,
        }
        self.unexpected += outcome.unexpected.len();
    }

    /// Counts in what another job has counted.
    pub fn join(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.errored += other.errored;
        self.not_supported += other.not_supported;
        self.not_run += other.not_run;
        self.unexpected += other.unexpected;
    }
}

/// Writes the last line.
pub fn write_summary(summary: &Summary, verbosity: Verbosity, book: &Book) {
    let good = summary.passed + summary.not_supported;
    let total = good + summary.failed + summary.errored + summary.not_run;
    let mut parts = vec![format!("{} passed", summary.passed)];
    if summary.failed > 0 {
        parts.push(format!("{} failed", summary.failed).red().to_string());
    }
    if summary.errored > 0 {
        parts.push(
            format!("{} could not be run", summary.errored)
                .yellow()
                .to_string(),
        );
    }
    if summary.not_supported > 0 {
        parts.push(format!("{} not supported", summary.not_supported));
    }
    if summary.not_run > 0 {
        parts.push(format!("{} not run", summary.not_run));
    }
    if summary.unexpected > 0 {
        let stanzas = plural(summary.unexpected, "unexpected stanza");
        let hint = if verbosity == Verbosity::Verbose {
            ""
        } else {
            " (-v shows them)"
        };
        parts.push(format!("{stanzas}{hint}"));
    }
    if verbosity == Verbosity::Quiet && good == total {
        return;
    }
    let scripts = plural(total, "script");
    book.write(&format!(
        "{scripts}: {}, in {}\n",
        parts.join(", "),
        seconds(summary.duration)
    ));
}

/// Writes what happens to a script on its page.
pub struct Console {
    page: Page,
    verbosity: Verbosity,
    color: Color,
    again: Option<String>,
}

impl Console {
    /// A console that writes to a page.
    pub fn new(page: Page, verbosity: Verbosity, color: Color) -> Self {
        Self {
            page,
            verbosity,
            color,
            again: None,
        }
    }

    /// The same, and it tells by which command the script is run alone.
    #[must_use]
    pub fn with_command(mut self, command: String) -> Self {
        self.again = Some(command);
        self
    }

    /// Writes that a script is not run, and what is wrong with it.
    pub fn broken(&mut self, script: &Script, problems: &str) {
        let word = "ERROR".yellow().bold();
        let name = script.source.name().dimmed();
        self.line(&format!(
            "{word} {}  {name}  not run",
            xml::harmless(script.title())
        ));
        self.text(&format!("{}\n\n", problems.trim_end()));
    }

    /// Writes that there are warnings about a script.
    pub fn warned(&mut self, script: &Script, warnings: usize) {
        if warnings > 0 && self.verbosity > Verbosity::Quiet {
            let (warning, name) = ("warning".yellow().bold(), script.source.name());
            let count = plural(warnings, "warning");
            self.line(&format!(
                "{warning}: {name}: {count}; `scansion check` shows more"
            ));
        }
    }

    /// Writes a text as it is.
    pub fn text(&mut self, text: &str) {
        self.page.text(text);
    }

    fn line(&mut self, line: &str) {
        self.text(&format!("{line}\n"));
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
            let line = plan.source.position(step.span.start).line;
            let action = plan.source.slice(step.span);
            format!(
                "  {} {}",
                format!("{line:>4}").dimmed(),
                xml::harmless(action)
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
                actor.to_string().dimmed(),
                xml::one_line(&xml.to_string())
            )
        });
    }

    fn flush(&mut self, actor: &ActorName, entities: &[String]) {
        self.verbose(|| {
            let text = format!(
                "       {actor} ~  pings {}, to keep the order",
                entities.join(", ")
            );
            text.dimmed().to_string()
        });
    }

    /// A notice is said once in a run: it would be the same for every actor and script.
    pub fn notice(&mut self, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            self.page
                .note(format!("{}: {text}\n", "note".blue().bold()));
        }
    }

    fn warning(&mut self, plan: &Plan, step: usize, text: &str) {
        if self.verbosity > Verbosity::Quiet {
            let place = plan.source.locate(plan.steps[step].span);
            let warning = "warning".yellow().bold();
            self.line(&format!("{warning}: {place}: {text}"));
        }
    }

    fn step_finished(&mut self, plan: &Plan, outcome: &StepOutcome) {
        if matches!(plan.steps[outcome.step].action, StepAction::Send(_)) {
            return;
        }
        self.verbose(|| {
            let word = match outcome.status {
                StepStatus::Passed => "ok".green(),
                StepStatus::Failed(_) => "failed".red(),
                StepStatus::Errored(_) | StepStatus::NotRun => "error".yellow(),
            };
            format!("       {word} {}", seconds(outcome.duration).dimmed())
        });
    }

    fn script_finished(&mut self, outcome: &ScriptOutcome) {
        let verdict = outcome.verdict();
        let is_good = matches!(verdict, Verdict::Passed | Verdict::NotSupported);
        if self.verbosity == Verbosity::Quiet && is_good {
            return;
        }
        let word = match verdict {
            Verdict::Passed => "pass ".green().bold(),
            Verdict::Failed => "FAIL ".red().bold(),
            Verdict::Errored => "ERROR".yellow().bold(),
            Verdict::NotSupported => "skip ".cyan().bold(),
        };
        let name = outcome.source.name().dimmed();
        let time = seconds(outcome.duration);
        self.line(&format!(
            "{word} {}  {name}  {time}",
            xml::harmless(&outcome.title)
        ));
        if let Some(unmet) = &outcome.unmet {
            self.line(&format!("      {}", xml::harmless(&unmet.reason)));
        }
        if let Some(step) = outcome.ended_at() {
            self.failure(outcome, step);
        }
        self.strays(outcome);
    }

    fn failure(&mut self, outcome: &ScriptOutcome, step: &StepOutcome) {
        let manner = Manner {
            color: self.color,
            again: self.again.as_deref(),
        };
        self.text(&failure::page(outcome, step, manner));
        self.line("");
    }

    fn strays(&mut self, outcome: &ScriptOutcome) {
        for stray in &outcome.unexpected {
            self.verbose(|| {
                let shown = String::from(&stray.element);
                let shown = outcome.secrets.redact(&shown);
                format!(
                    "      unexpected, to {}: {}",
                    stray.actor,
                    xml::one_line(&shown)
                )
            });
        }
    }
}

impl Reporter for Console {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::ScriptStarted(plan) => {
                self.verbose(|| {
                    format!("{} {}", plan.source.name(), plan.title)
                        .bold()
                        .to_string()
                });
            }
            Event::StepStarted { plan, step } => self.step_started(plan, *step),
            Event::Wire {
                actor,
                direction,
                xml,
            } => self.wire(actor, *direction, *xml),
            Event::Flush { actor, entities } => self.flush(actor, entities),
            Event::Notice { text, .. } => self.notice(text),
            Event::Warning { plan, step, text } => self.warning(plan, *step, text),
            Event::StepFinished { plan, outcome } => self.step_finished(plan, outcome),
            Event::ScriptFinished(outcome) => self.script_finished(outcome),
        }
    }
}

fn plural(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        count => format!("{count} {noun}s"),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}
