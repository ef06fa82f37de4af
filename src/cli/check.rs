//! `scansion check`.

use super::args::CheckArgs;
use super::exit_code::ExitCode;
use super::hidden;
use super::output::{complain, complain_of_all, hide, say};
use super::select::{Selected, select};
use crate::diagnostic::{Color, Diagnostic, Severity};
use crate::script::ScriptError;
use crate::source::SourceFile;

/// Reports all problems in scripts.
pub(super) fn check(arguments: &CheckArgs, color: Color) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    hide(&hidden::of_scripts(
        selection.scripts.iter().map(|selected| &selected.script),
    ));
    let (mut counts, mut text) = (Counts::default(), String::new());
    for script in &selection.scripts {
        counts.add(script);
        let source = &script.script.source;
        text.push_str(&render_problems(source, &script.problems, color));
    }
    let unreadable = complain_of_all(&selection.unreadable);
    counts.errors += selection.unreadable.len();
    let scripts = selection.scripts.len() + selection.unreadable.len();
    let said = say(&format!("{text}{}\n", counts.sentence(scripts)));
    if counts.is_acceptable(arguments.deny_warnings) {
        unreadable.max(said)
    } else {
        ExitCode::NotDone
    }
}

/// The problems of a script, drawn.
pub(super) fn render_problems(
    source: &SourceFile,
    problems: &[ScriptError],
    color: Color,
) -> String {
    let drawn = problems.iter().map(|problem| {
        let drawn = Diagnostic::from(problem).render(source, color);
        format!("{}\n\n", drawn.trim_end())
    });
    drawn.collect()
}

/// How many problems there are.
#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) errors: usize,
    pub(super) warnings: usize,
}

impl Counts {
    /// Counts the problems of a script in.
    pub(super) fn add(&mut self, script: &Selected) {
        for problem in &script.problems {
            match problem.severity() {
                Severity::Error => self.errors += 1,
                Severity::Warning => self.warnings += 1,
            }
        }
    }

    /// Whether a script with these problems can be run.
    pub(super) fn is_acceptable(&self, deny_warnings: bool) -> bool {
        self.errors == 0 && !(deny_warnings && self.warnings > 0)
    }

    fn sentence(&self, scripts: usize) -> String {
        let count = |count: usize, noun: &str| match count {
            0 => format!("no {noun}s"),
            1 => format!("1 {noun}"),
            count => format!("{count} {noun}s"),
        };
        let errors = count(self.errors, "error");
        let warnings = count(self.warnings, "warning");
        format!("{}: {errors}, {warnings}", count(scripts, "script"))
    }
}
