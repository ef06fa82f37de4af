//! How a script ended, for the screen and for reports alike.

use std::time::Duration;

use super::failure::{self, Manner};
use super::model::{Place, Script, Verdict};
use super::stanza_error::StanzaError;
use crate::runner::{ScriptOutcome, StepOutcome};
use crate::script::Headline;

/// How a script ended, in one attempt or in several.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// What reports tell of it.
    pub report: Script,
    /// All that the screen tells of why it did not pass, or did not at first.
    pub page: String,
    /// What is to be done with the baseline.
    pub advice: Option<String>,
    /// Whether another script tells why it could not be run.
    pub is_told: bool,
    /// Whether it was not tested, as the server refused its set-up for the moment.
    pub is_put_off: bool,
}

impl Ending {
    /// A script that was run, or that the server does not support. It began that long after the run.
    pub fn of_outcome(outcome: &ScriptOutcome, began: Duration, manner: Manner<'_>) -> Self {
        let report = Script::of_outcome(outcome, began, manner.again);
        Self::of(outcome, report, manner)
    }

    /// The same where nobody wants to know all, so that there is only what the screen tells then.
    pub fn on_screen(outcome: &ScriptOutcome, began: Duration, manner: Manner<'_>) -> Self {
        Self::of(outcome, Script::in_short(outcome, began), manner)
    }

    fn of(outcome: &ScriptOutcome, report: Script, manner: Manner<'_>) -> Self {
        Self {
            is_put_off: is_put_off(outcome),
            ..Self::new(report, page(outcome, manner))
        }
    }

    /// A script that is not run because of what is wrong with it, at a place in it, or with its circumstances: in
    /// words, and in the same words in colour.
    pub fn broken(told: &Headline, place: Option<Place>, words: &str, colored: &str) -> Self {
        let message = gravest(words).trim_start_matches("error: ");
        let report = Script {
            place,
            ..Script::not_begun(told, Verdict::Errored, message, words)
        };
        Self::new(report, format!("{}\n", colored.trim_end()))
    }

    /// A script that is not run, as the run has ended.
    pub fn not_run(told: &Headline) -> Self {
        let message = "the run ended before";
        Self::new(
            Script::not_begun(told, Verdict::NotRun, message, ""),
            String::new(),
        )
    }

    fn new(report: Script, page: String) -> Self {
        Self {
            report,
            page,
            advice: None,
            is_told: false,
            is_put_off: false,
        }
    }

    /// The ending of a script with several attempts, in their order: that of the last one. If it passed then, the
    /// ending also tells why it did not pass at first. Without any attempt there is no ending.
    pub fn of_attempts(mut attempts: Vec<Self>) -> Option<Self> {
        let mut last = attempts.pop()?;
        let earlier = attempts.iter().map(|attempt| attempt.report.attempts);
        last.report.attempts += earlier.sum::<u32>();
        last.is_told &= attempts.iter().all(|attempt| attempt.is_told);
        if let Some(first) = attempts.into_iter().next()
            && last.report.verdict == Verdict::Passed
        {
            last = last.flaky(first);
        }
        Some(last)
    }

    /// The same ending, of a script that did not pass at first.
    fn flaky(self, first: Self) -> Self {
        Self {
            page: first.page,
            report: Script {
                flaky: true,
                message: first.report.message,
                help: first.report.help,
                notes: first.report.notes,
                again: first.report.again,
                explanation: first.report.explanation,
                place: first.report.place,
                breaks: first.report.breaks,
                expected: first.report.expected,
                received: first.report.received,
                comparison: first.report.comparison,
                differences: first.report.differences,
                received_error: first.report.received_error,
                departures: first.report.departures,
                ..self.report
            },
            ..self
        }
    }
}

/// Whether the server has refused the set-up of a script for the moment.
fn is_put_off(outcome: &ScriptOutcome) -> bool {
    let refusal = outcome.ended_at().and_then(StepOutcome::refusal);
    let error = refusal.and_then(StanzaError::of);
    error.is_some_and(|error| error.is_for_the_moment())
}

/// The page of the step that ended a script, if one did.
fn page(outcome: &ScriptOutcome, manner: Manner<'_>) -> String {
    let ended = outcome.ended_at();
    ended.map_or_else(String::new, |step| failure::page(outcome, step, manner))
}

/// The line in which the first error is told; where there is none, the first warning.
fn gravest(words: &str) -> &str {
    let mut found = ["error: ", "warning: "]
        .into_iter()
        .filter_map(|grade| words.lines().find(|line| line.starts_with(grade)));
    let first = || words.lines().next().unwrap_or_default();
    found.next().unwrap_or_else(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_quoted_before_what_is_only_suspicious() {
        let hint = "help: a\n  help: x\n";
        let (warning, error) = ("warning: b\n  warning: x\n", "error: c\n");
        for (words, quoted) in [
            ([hint, warning, error].concat(), "error: c"),
            ([hint, warning].concat(), "warning: b"),
            (hint.to_owned(), "help: a"),
            (String::new(), ""),
        ] {
            assert_eq!(gravest(&words), quoted);
        }
    }
}
