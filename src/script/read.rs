//! Everything that can be said of a script without running it.

use super::ast::Script;
use super::check::check;
use super::error::ScriptError;
use super::parse::parse;
use crate::diagnostic::Severity;
use crate::source::SourceFile;

/// A script, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The script, as far as it could be understood.
    pub script: Script,
    /// What is wrong, in the order of the text, warnings among them.
    pub problems: Vec<ScriptError>,
}

impl Reading {
    /// Whether the script can be run.
    pub fn is_sound(&self) -> bool {
        self.problems
            .iter()
            .all(|problem| problem.severity() < Severity::Error)
    }
}

/// Reads a script and checks what it means.
pub fn read(source: SourceFile) -> Reading {
    let parsed = parse(source);
    let mut reading = Reading {
        script: parsed.script,
        problems: parsed.errors,
    };
    let understood = reading.is_sound();
    let meant = check(&reading.script);
    // What a script lacks can be said only if all of it was understood.
    let meant = meant
        .into_iter()
        .filter(|problem| understood || problem.severity() == Severity::Error);
    reading.problems.extend(meant);
    reading.problems.sort_by_key(|problem| problem.span);
    reading
}
