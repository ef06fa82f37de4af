//! Everything that can be said of a script without running it.

use super::ast::Script;
use super::check::check;
use super::error::ScriptError;
use super::parse::parse;
use super::staging::{Staged, stage};
use crate::diagnostic::Severity;
use crate::source::SourceFile;

/// A script, what is played of it, and what is wrong with it.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The script as it is written, as far as it could be understood.
    pub script: Script,
    /// What is played of it, in order; there may be none if it has errors.
    pub plays: Vec<Script>,
    /// What is wrong, in the order of the text, warnings among them; what is wrong in several plays stands there once.
    pub problems: Vec<ScriptError>,
}

impl Reading {
    /// Whether the script can be run.
    pub fn is_sound(&self) -> bool {
        is_sound(&self.problems)
    }

    /// The first of the plays, or the script as it is written if there is none.
    pub fn play(&self) -> &Script {
        self.plays.first().unwrap_or(&self.script)
    }
}

fn is_sound(problems: &[ScriptError]) -> bool {
    let mut problems = problems.iter();
    problems.all(|problem| problem.severity() < Severity::Error)
}

/// Reads a script and checks what it means.
pub fn read(source: SourceFile) -> Reading {
    let parsed = parse(source);
    let Staged { plays, problems } = stage(&parsed.script);
    let understood = is_sound(&parsed.errors) && is_sound(&problems);
    let meant = problems.into_iter().chain(meant(&plays));
    // What a script lacks can be said only if all of it was understood.
    let meant = meant.filter(|problem| understood || problem.severity() == Severity::Error);
    let mut all = parsed.errors;
    all.extend(meant);
    all.sort_by_key(|problem| problem.span);
    Reading {
        script: parsed.script,
        plays,
        problems: all,
    }
}

/// What is wrong with the meaning of plays, each once.
fn meant(plays: &[Script]) -> impl Iterator<Item = ScriptError> {
    let mut found: Vec<(ScriptError, Vec<usize>)> = Vec::new();
    for (number, play) in plays.iter().enumerate() {
        for problem in check(play) {
            match found.iter_mut().find(|(known, _)| *known == problem) {
                Some((_, numbers)) => numbers.push(number),
                None => found.push((problem, vec![number])),
            }
        }
    }
    let plays = plays.iter().map(|play| play.case.row()).collect::<Vec<_>>();
    found.into_iter().map(move |(problem, numbers)| {
        let is_everywhere = (0..plays.len()).all(|number| numbers.contains(&number));
        let row = numbers.first().and_then(|first| plays[*first].clone());
        ScriptError {
            row: row.filter(|_| !is_everywhere),
            ..problem
        }
    })
}
