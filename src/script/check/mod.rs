//! What a script means, as far as that can be known before it is run.
//!
//! A script that was read without errors can still name what does not exist, or let an actor send who never connected.
//! Nothing here looks at the text again, and nothing asks a server.

mod annotations;
mod captures;
mod cast;
mod choice;
mod clauses;
mod computed;
mod ending;
mod excuses;
mod head;
mod hiding;
mod namespaces;
mod rules;
mod services;
mod stanza_names;
mod story;
mod values;

use super::ast::Script;
use super::complaints::Complaints;
use super::error::ScriptError;
use super::profile::profiles;

/// Looks for mistakes in the meaning of a script; they come in the order of the text, warnings among them.
pub fn check(script: &Script) -> Vec<ScriptError> {
    let mut complaints = Complaints::default();
    let (profiles, errors) = profiles(&script.cast);
    errors.into_iter().for_each(|error| complaints.push(error));
    head::check(script, &mut complaints);
    if let Some(lender) = &script.lender {
        head::check(lender, &mut complaints);
    }
    clauses::check(script, &mut complaints);
    excuses::check(script, &mut complaints);
    cast::check(script, &profiles, &mut complaints);
    services::check(script, &profiles, &mut complaints);
    annotations::check(script, &mut complaints);
    namespaces::check(script, &mut complaints);
    stanza_names::check(script, &mut complaints);
    story::check(script, &profiles, &mut complaints);
    complaints.finish()
}
