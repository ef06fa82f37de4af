//! The names of the cast, for lines that begin with one or with several.

use std::collections::BTreeSet;

use fnv::FnvHashMap;

use super::ast::{Actor, ActorName};
use super::role::Role;
use super::suggest::closest;

/// The cast by name.
#[derive(Debug)]
pub(super) struct Names<'s> {
    actors: FnvHashMap<&'s str, &'s Actor>,
    /// How long the names are, in bytes, so that a line is looked up once for each length and not for each name.
    lengths: BTreeSet<usize>,
}

impl<'s> Names<'s> {
    /// The names of a cast.
    pub(super) fn new(cast: &'s [Actor]) -> Self {
        let names = || cast.iter().map(|actor| actor.name.value.0.as_ref());
        Self {
            actors: names().zip(cast).collect(),
            lengths: names().map(str::len).collect(),
        }
    }

    /// The name, where it is of the cast.
    pub(super) fn get(&self, name: &str) -> Option<&'s ActorName> {
        self.actors.get(name).map(|actor| &actor.name.value)
    }

    /// The role of an actor; one that is not of the cast is taken for a client.
    pub(super) fn role(&self, name: &str) -> &'static Role {
        let actor = self.actors.get(name);
        actor.map(|actor| actor.role.value).unwrap_or_default()
    }

    /// The names that a text begins with, the longest first.
    pub(super) fn all_at<'t>(&self, text: &'t str) -> impl Iterator<Item = &'t str> {
        let lengths = self.lengths.range(..=text.len()).rev();
        lengths.filter_map(|length| {
            let name = text.get(..*length)?;
            self.actors.contains_key(name).then_some(name)
        })
    }

    /// The name that was probably meant.
    pub(super) fn closest(&self, word: &str) -> Option<String> {
        closest(word, self.actors.keys().copied()).map(str::to_owned)
    }
}
