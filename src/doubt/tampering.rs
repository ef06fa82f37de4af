//! A recording with something else in the place of some of its moments.
//!
//! It does not know why.

use std::collections::BTreeMap;
use std::sync::Arc;

use minidom::Element;

use crate::runner::{Happening, Moment};

/// What is changed in a recording.
#[derive(Debug, Clone, Default)]
pub(super) struct Tampering {
    /// What happens in the place of some moments; nothing, where there is none.
    replaced: BTreeMap<usize, Option<Happening>>,
    /// What happens besides, each before a moment.
    inserted: Vec<(usize, Moment)>,
}

impl Tampering {
    /// Something else happens in the place of a moment.
    pub(super) fn replace(mut self, place: usize, happening: Happening) -> Self {
        self.replaced.insert(place, Some(happening));
        self
    }

    /// A moment does not happen.
    pub(super) fn remove(mut self, place: usize) -> Self {
        self.replaced.insert(place, None);
        self
    }

    /// Something happens besides, before a moment.
    pub(super) fn insert(mut self, place: usize, moment: Moment) -> Self {
        self.inserted.push((place, moment));
        self
    }

    /// The recording with these changes.
    pub(super) fn of(&self, moments: &[Moment]) -> Vec<Moment> {
        let mut changed = Vec::with_capacity(moments.len() + self.inserted.len());
        for place in 0..=moments.len() {
            let more = self.inserted.iter().filter(|(own, _)| *own == place);
            changed.extend(more.map(|(_, moment)| moment.clone()));
            let Some(moment) = moments.get(place) else {
                break;
            };
            match self.replaced.get(&place) {
                None => changed.push(moment.clone()),
                Some(None) => {}
                Some(Some(happening)) => changed.push(Moment {
                    happening: happening.clone(),
                    ..moment.clone()
                }),
            }
        }
        changed
    }
}

/// That an element came.
pub(super) fn came(element: Element) -> Happening {
    Happening::Received(Arc::new(element))
}
