//! What is wrong with a script before it is run: counted, drawn, and as the end of a script that is not run.

use console::strip_ansi_codes;

use super::queue::Queued;
use super::select::Selected;
use crate::diagnostic::{Color, Diagnostic, Severity, render_each};
use crate::report::Ending;
use crate::report::model::Place;
use crate::script::{Headline, ScriptError};
use crate::source::SourceFile;

/// The problems of a script, drawn.
pub(super) fn render_problems(
    source: &SourceFile,
    problems: &[ScriptError],
    color: Color,
) -> String {
    let problems = problems.iter().map(Diagnostic::from);
    let drawn = render_each(problems, source, color);
    drawn
        .map(|drawn| format!("{}\n\n", drawn.trim_end()))
        .collect()
}

/// How many problems there are.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) errors: usize,
    pub(super) warnings: usize,
    pub(super) hints: usize,
}

impl Counts {
    /// Counts the problems of a script in.
    pub(super) fn add(&mut self, script: &Selected) {
        for problem in &script.problems {
            match problem.severity() {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
                Severity::Hint => self.hints += 1,
            }
        }
    }

    /// Whether a script with these problems can be run.
    pub(super) fn is_acceptable(&self, deny_warnings: bool) -> bool {
        self.errors == 0 && !(deny_warnings && self.warnings > 0)
    }

    pub(super) fn sentence(&self, scripts: usize) -> String {
        let count = |count: usize, noun: &str| match count {
            0 => format!("no {noun}s"),
            1 => format!("1 {noun}"),
            count => format!("{count} {noun}s"),
        };
        let errors = count(self.errors, "error");
        let warnings = count(self.warnings, "warning");
        let hints = match self.hints {
            0 => String::new(),
            hints => format!(", {}", count(hints, "hint")),
        };
        format!("{}: {errors}, {warnings}{hints}", count(scripts, "script"))
    }
}

/// How a script ends that is not run, for reasons of its own.
pub(super) fn broken(selected: &Selected, problems: &str) -> Ending {
    let errors = selected.problems.iter();
    let mut errors = errors.filter(|problem| problem.severity() == Severity::Error);
    let place = |problem: &ScriptError| Place::of(&selected.script.source, problem.span.start);
    let place = errors.next().map(place);
    let told = Headline::of(&selected.script);
    Ending::broken(&told, place, &strip_ansi_codes(problems), problems)
}

/// How a script ends that cannot be read when its turn has come.
pub(super) fn unread(queued: &Queued, problems: &str) -> Ending {
    Ending::broken(
        &queued.headline,
        None,
        &strip_ansi_codes(problems),
        problems,
    )
}
