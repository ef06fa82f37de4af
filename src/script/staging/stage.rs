//! The order in which a script is made into plays.

use super::rows;
use crate::script::ast::Script;
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
    rows::plays(script.clone())
}
