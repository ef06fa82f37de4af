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
    let mut complaints = Complaints::default();
    let mut staged = rows::plays(before_rows(script, &mut complaints));
    // A cell, too, can say `${self's JID}`.
    staged.plays.iter_mut().for_each(Script::name_selves);
    let mut problems = complaints.finish();
    problems.extend(staged.problems);
    Staged { problems, ..staged }
}

/// Makes the play of this number alone, as it is among those that [`stage`] makes. What is wrong, that tells.
pub(crate) fn stage_one(script: &Script, number: usize) -> Option<Script> {
    let script = before_rows(script, &mut Complaints::default());
    let mut play = rows::one(script, number)?;
    play.name_selves();
    Some(play)
}

/// The script with what all of its plays have in common.
fn before_rows(script: &Script, complaints: &mut Complaints) -> Script {
    let mut script = script.clone();
    script.part_companies();
    lending::put_in(&mut script, complaints);
    script
}
