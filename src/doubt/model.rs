//! What came of doubting a play: plain data, which the screen and reports show.

use super::fault::Fault;
use crate::case::CaseId;
use crate::claims::Claim;
use crate::fault_kind::FaultKind;
use crate::source::Span;

/// A play that was doubted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Doubted {
    /// What the play is called.
    pub case: CaseId,
    /// Its title.
    pub title: String,
    /// The faults that were tried, in the order of the steps.
    pub faults: Vec<Tried>,
    /// What its script says is fine.
    pub excuses: Vec<Excuse>,
}

/// A kind of fault with which a step may pass, as the script says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excuse {
    /// The step: an index into the plan's steps.
    pub step: usize,
    /// The kind.
    pub kind: FaultKind,
    /// Why, as the script says.
    pub reason: String,
    /// The place of the line that says so.
    pub span: Span,
}

/// A fault, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tried {
    /// The fault.
    pub fault: Fault,
    /// What came of it.
    pub finding: Finding,
    /// The clauses that the play says are broken by it.
    pub broken: Vec<Claim>,
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
    /// Lets each excuse excuse what it is for.
    pub(super) fn excuse(&mut self) {
        for tried in &mut self.faults {
            let mut excuses = self.excuses.iter();
            let is_for = |excuse: &&Excuse| {
                excuse.step == tried.fault.step && excuse.kind == tried.fault.kind
            };
            if let (Finding::Survived { .. }, Some(excuse)) = (&tried.finding, excuses.find(is_for))
            {
                tried.finding = Finding::Excused {
                    reason: excuse.reason.clone(),
                };
            }
        }
    }

    /// Whether an excuse excuses anything.
    pub fn is_used(&self, excuse: &Excuse) -> bool {
        self.faults.iter().any(|tried| {
            let is_excused = matches!(tried.finding, Finding::Excused { .. });
            is_excused && tried.fault.step == excuse.step && tried.fault.kind == excuse.kind
        })
    }

    /// The faults that the play passes with, though nothing excuses them.
    pub fn survivors(&self) -> impl Iterator<Item = &Tried> {
        let faults = self.faults.iter();
        faults.filter(|tried| matches!(tried.finding, Finding::Survived { .. }))
    }

    /// Whether a step is shown to be able to fail: a fault of it was noticed, and none survived.
    pub fn is_shown_to_fail(&self, step: usize) -> bool {
        self.survives_none(step) && self.of(step).any(|tried| tried.finding == Finding::Noticed)
    }

    /// Whether a step shows that a clause can be broken: by a fault of it the play says so, and none survived.
    pub fn shows(&self, step: usize, is_clause: impl Fn(&Claim) -> bool) -> bool {
        let breaks = |tried: &Tried| tried.broken.iter().any(&is_clause);
        self.survives_none(step) && self.of(step).any(breaks)
    }

    fn survives_none(&self, step: usize) -> bool {
        let mut own = self.of(step);
        !own.any(|tried| matches!(tried.finding, Finding::Survived { .. }))
    }

    fn of(&self, step: usize) -> impl Iterator<Item = &Tried> {
        let faults = self.faults.iter();
        faults.filter(move |tried| tried.fault.step == step)
    }
}
