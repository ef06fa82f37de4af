//! How many faults there were of each kind, and what came of them.

use std::collections::BTreeMap;

use crate::doubt::{Doubted, FaultKind, Finding};

/// How many faults came to what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Those that the play fails with.
    pub noticed: usize,
    /// Those that it passes with.
    pub survived: usize,
    /// Those that it passes with, as the script says that this is fine.
    pub excused: usize,
    /// Those of which a recording shows nothing.
    pub open: usize,
}

impl Counts {
    /// The counts of some plays together.
    pub fn of<'d>(plays: impl IntoIterator<Item = &'d Doubted>) -> Self {
        let faults = plays.into_iter().flat_map(|play| &play.faults);
        let mut counts = Self::default();
        faults.for_each(|tried| counts.add(&tried.finding));
        counts
    }

    /// The counts of each kind of which there are any.
    pub fn by_kind<'d>(plays: impl IntoIterator<Item = &'d Doubted>) -> BTreeMap<FaultKind, Self> {
        let mut kinds: BTreeMap<FaultKind, Self> = BTreeMap::new();
        for tried in plays.into_iter().flat_map(|play| &play.faults) {
            kinds
                .entry(tried.fault.kind)
                .or_default()
                .add(&tried.finding);
        }
        kinds
    }

    /// How many there are in all.
    pub fn total(&self) -> usize {
        self.noticed + self.survived + self.excused + self.open
    }

    fn add(&mut self, finding: &Finding) {
        match finding {
            Finding::Noticed => self.noticed += 1,
            Finding::Survived { .. } => self.survived += 1,
            Finding::Excused { .. } => self.excused += 1,
            Finding::Open { .. } => self.open += 1,
        }
    }
}
