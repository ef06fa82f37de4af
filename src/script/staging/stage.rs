//! The order in which a script is made into plays.

use super::{lending, rows};
use crate::script::ast::Script;
use crate::script::complaints::Complaints;
use crate::script::error::ScriptError;

/// What is played of a script.
#[derive(Debug, Clone)]
pub struct Staged {
    /// The plays, in order; there is none if it cannot be told what they are.
    pub plays: Vec<Script>,
    /// What is wrong with what they are made from.
    pub problems: Vec<ScriptError>,
}

/// Makes the plays of a script.
pub fn stage(script: &Script) -> Staged {
    let mut script = script.clone();
    script.part_companies();
    let mut complaints = Complaints::default();
    lending::put_in(&mut script, &mut complaints);
    let mut staged = rows::plays(script);
    // A cell, too, can say `${self's JID}`.
    staged.plays.iter_mut().for_each(Script::name_selves);
    let mut problems = complaints.finish();
    problems.extend(staged.problems);
    Staged { problems, ..staged }
}
