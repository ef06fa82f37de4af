//! Which stanza each expectation has taken, for those who ask afterwards what was read of it.

use std::sync::Arc;

use minidom::Element;

use crate::matcher::Bindings;

/// A stanza that a step has taken for one of the items of its expectation.
#[derive(Debug, Clone)]
pub struct Taken {
    /// The step: an index into the plan's steps.
    pub step: usize,
    /// The item: an index into those of its expectation.
    pub item: usize,
    /// What was taken.
    pub element: Arc<Element>,
    /// The values that variables had before.
    pub before: Bindings,
}

/// What a judgement takes at once: items one behind the other, with the stanza of each.
#[derive(Debug)]
pub(super) struct Took {
    /// The first of the items.
    pub(super) first: usize,
    /// What was taken for it and for those behind it.
    pub(super) elements: Vec<Arc<Element>>,
    /// What is bound now.
    pub(super) bindings: Bindings,
}

impl Took {
    /// What a step has taken, where variables had these values before.
    pub(super) fn told<'t>(
        &'t self,
        step: usize,
        before: &'t Bindings,
    ) -> impl Iterator<Item = Taken> + 't {
        let items = self.first..;
        let elements = items.zip(&self.elements);
        elements.map(move |(item, element)| Taken {
            step,
            item,
            element: Arc::clone(element),
            before: before.clone(),
        })
    }
}
