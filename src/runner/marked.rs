//! Some actors of a cast, found without looking at all of them: a story of many actors must not cost their square. What
//! they are marked for is not known here.

use std::collections::HashSet;

/// Some actors of a cast.
#[derive(Debug, Default)]
pub(super) struct Marked(HashSet<usize>);

impl Marked {
    /// Marks an actor.
    pub(super) fn insert(&mut self, actor: usize) {
        self.0.insert(actor);
    }

    /// Unmarks an actor.
    pub(super) fn remove(&mut self, actor: usize) {
        self.0.remove(&actor);
    }

    /// The actors that are marked, in the order of the cast.
    pub(super) fn sorted(&self) -> Vec<usize> {
        let mut all: Vec<usize> = self.0.iter().copied().collect();
        all.sort_unstable();
        all
    }
}
