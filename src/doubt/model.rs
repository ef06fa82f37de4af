//! What came of doubting a play: plain data, which the screen and reports show.

use super::fault::Fault;
use crate::case::CaseId;

/// A play that was doubted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// What the play is called.
    pub case: CaseId,
    /// Its title.
    pub title: String,
    /// The faults that were tried, in the order of the steps.
    pub faults: Vec<Tried>,
}

/// A fault, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The fault.
    pub fault: Fault,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// The play fails with it.
    Noticed,
    /// The play passes with it.
    Survived {
        /// What no line reads.
        unread: String,
    },
    /// The play passes with it, and the script says that this is fine.
    Excused {
        /// Why, as the script says.
        reason: String,
    },
    /// A recording cannot show whether the play would notice it.
    Open {
        /// Why not.
        why: String,
    },
}

impl Doubted {
    /// The faults that the play passes with, though nothing excuses them.
    pub fn survivors(&self) -> impl Iterator<Item = &Tried> {
        let faults = self.faults.iter();
        faults.filter(|tried| matches!(tried.finding, Finding::Survived { .. }))
    }

    /// Whether a step is shown to be able to fail: a fault of it was noticed, and none survived.
    pub fn is_shown_to_fail(&self, step: usize) -> bool {
        let own = || self.faults.iter().filter(|tried| tried.fault.step == step);
        let survived = own().any(|tried| matches!(tried.finding, Finding::Survived { .. }));
        !survived && own().any(|tried| tried.finding == Finding::Noticed)
    }
}
