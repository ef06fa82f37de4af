//! How a script ended, for the screen and for reports alike.

use std::time::Duration;

use super::failure;
use super::model::{Script, Verdict};
use crate::diagnostic::Color;
use crate::runner::ScriptOutcome;
use crate::script::ast;

/// How a script ended, in one attempt or in several.
#[derive(Debug, Clone, PartialEq)]
pub struct Ending {
    /// What reports tell of it.
    pub report: Script,
    /// All that the screen tells of why it did not pass, or did not at first.
    pub page: String,
    /// What is to be done with the baseline.
    pub advice: Option<String>,
}

impl Ending {
    /// A script that was run, or that the server does not support. It began that long after the run.
    pub fn of_outcome(outcome: &ScriptOutcome, began: Duration, color: Color) -> Self {
        let page = outcome
            .ended_at()
            .map(|step| failure::page(outcome, step, color));
        Self::new(Script::of_outcome(outcome, began), page.unwrap_or_default())
    }

    /// A script that is not run because of what is wrong with it or its circumstances: in words, and in the same words
    /// in colour.
    pub fn broken(script: &ast::Script, words: &str, colored: &str) -> Self {
        let message = words.lines().next().unwrap_or_default();
        let message = message.trim_start_matches("error: ");
        let report = Script::not_begun(script, Verdict::Errored, message, words);
        Self::new(report, format!("{}\n", colored.trim_end()))
    }

    /// A script that is not run, as the run has ended.
    pub fn not_run(script: &ast::Script) -> Self {
        let message = "the run ended before";
        Self::new(
            Script::not_begun(script, Verdict::NotRun, message, ""),
            String::new(),
        )
    }

    fn new(report: Script, page: String) -> Self {
        Self {
            report,
            page,
            advice: None,
        }
    }

    /// What comes of this attempt and those before it, the first one first: the script ended as it did now. If it
    /// passed, why it did not at first is told.
    #[must_use]
    pub fn after(mut self, earlier: &[Self]) -> Self {
        let attempts = earlier.iter().map(|attempt| attempt.report.attempts);
        self.report.attempts += attempts.sum::<u32>();
        if let Some(first) = earlier.first()
            && self.report.verdict == Verdict::Passed
        {
            self.report.flaky = true;
            self.page.clone_from(&first.page);
            self.report.message.clone_from(&first.report.message);
            self.report
                .explanation
                .clone_from(&first.report.explanation);
            self.report.place = first.report.place;
            self.report.expected.clone_from(&first.report.expected);
            self.report.received.clone_from(&first.report.received);
        }
        self
    }
}
