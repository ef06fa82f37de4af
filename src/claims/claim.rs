//! What a play claims: which clauses its steps test, and which it tests as a whole.

use std::ops::Range;
use std::sync::Arc;

use crate::clauses::Level;
use crate::script::ast::{Head, Script};
use crate::script::{Clause, DocumentId};

/// A clause that is claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The document.
    pub document: DocumentId,
    /// The section.
    pub section: String,
    /// The beginning of the hash of the sentence.
    pub fingerprint: String,
    /// How binding it is; none where there is no index that says it.
    pub level: Option<Level>,
    /// What it says, in the words of the script, or of the index where the script has none.
    pub words: String,
    /// The sentence itself, where a copy of the document is at hand.
    pub sentence: Option<String>,
}

/// All that a play claims.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The clauses of each step.
    pub steps: Vec<Arc<[Claim]>>,
    /// Those of the whole script.
    pub script: Arc<[Claim]>,
    /// Those of the whole script that the prologue is taken from, which hold for its steps.
    pub lent: Arc<[Claim]>,
}

impl Claim {
    /// How binding it is. What no index knows is taken for a demand.
    pub fn strictness(&self) -> Level {
        self.level.unwrap_or(Level::Must)
    }

    /// Whether a server can break it: what is only allowed demands nothing.
    pub fn is_demand(&self) -> bool {
        match self.strictness() {
            Level::Must | Level::Should => true,
            Level::May => false,
        }
    }

    /// Whether another claim is of the same clause.
    pub fn is_of_clause_of(&self, other: &Self) -> bool {
        self.is_of(other.document, &other.section, &other.fingerprint)
    }

    /// Whether it is of this clause.
    pub fn is_of(&self, document: DocumentId, section: &str, fingerprint: &str) -> bool {
        self.document == document
            && self.section == section
            && self.fingerprint.eq_ignore_ascii_case(fingerprint)
    }

    /// The claim of a clause in a script with this head; none if it is of no document.
    pub(super) fn of(clause: Clause, head: &Head) -> Option<Self> {
        Some(Self {
            document: clause.document.or_else(|| head.document())?,
            section: clause.section,
            fingerprint: clause.fingerprint,
            level: None,
            words: clause.words,
            sentence: None,
        })
    }
}

impl Claims {
    /// What a play claims, as long as no index has been asked.
    pub fn of(play: &Script) -> Self {
        let claims = |head: &Head| -> Arc<[Claim]> {
            let clauses = head.clauses();
            clauses
                .filter_map(|clause| Claim::of(clause.value, head))
                .collect()
        };
        let steps = play.story.iter().map(|action| {
            let clauses = action.clauses();
            clauses
                .filter_map(|clause| Claim::of(clause.value, play.head_at(clause.span.start)))
                .collect()
        });
        Self {
            steps: steps.collect(),
            script: claims(&play.head),
            lent: play
                .lender
                .iter()
                .map(|lender| claims(&lender.head))
                .next()
                .unwrap_or_default(),
        }
    }

    /// The clauses of a step.
    pub fn of_step(&self, step: usize) -> Arc<[Claim]> {
        self.steps.get(step).cloned().unwrap_or_default()
    }

    /// Those of some steps.
    pub fn of_steps(&self, steps: &Range<usize>) -> Arc<[Claim]> {
        let claims = steps.clone().flat_map(|step| self.of_step(step).to_vec());
        claims.collect()
    }
}
