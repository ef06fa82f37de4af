//! What elements of a script carry that lets somebody in, such as payloads of SASL.
//!
//! Which elements these are is not known here.

use std::collections::BTreeMap;

use super::ast::{Action, ActorName, Script};
use super::verb::{Deed, Verb};
use crate::secrets::Secrets;

/// What elements of a script carry that lets somebody in, as its text has it, also where an actor sends an element in
/// pieces.
pub(crate) fn payloads(script: &Script) -> Secrets {
    let written = Secrets::carried_in(&[script.source.text()]);
    let pieces = pieces(script).into_values();
    pieces.fold(written, |all, pieces| {
        all.and(&Secrets::carried_in(&pieces))
    })
}

/// The texts that actors send, several to each.
fn pieces(script: &Script) -> BTreeMap<&ActorName, Vec<&str>> {
    let mut pieces: BTreeMap<&ActorName, Vec<&str>> = BTreeMap::new();
    for Action { actor, verb, .. } in script.story.iter() {
        if let Verb::Does(Deed::SendText(text)) = verb {
            let text = script.source.slice(text.element.extent).trim();
            pieces.entry(&actor.value).or_default().push(text);
        }
    }
    pieces
}
