//! From a failed `receives` to a script that expects what came.
//!
//! A pure function of the script, the expectation and the stanza. It changes only what does not hold, and what still
//! does stays to the letter: wildcards, variables, quotes, comments and indentation. At the end the changed script is
//! read and compared again; one that would not accept the stanza is refused rather than given. It must not know of
//! files, servers, nor how anything is shown.

mod edit;
mod family;
mod layout;
mod made_up;
mod occasion;
mod refusal;
mod rewrite;
mod values;
mod written;

#[cfg(test)]
mod tests;

pub use edit::Edit;
pub use occasion::Occasion;
pub use refusal::Refusal;

use crate::plan::PlanOptions;
use crate::runner::{Candidate, Failure, Reason, ScriptOutcome, StepStatus};
use crate::script::ast::Script;

/// A script that expects what came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blessing {
    /// What was changed in the script's text.
    pub edits: Vec<Edit>,
    /// The text with these changes.
    pub text: String,
}

impl Blessing {
    /// The text of the script's file with these changes. Its byte order mark and its line ends stay.
    pub fn in_file(&self, file: &str) -> String {
        edit::apply_to_file(file, &self.edits)
    }
}

/// Lets a script that failed expect what came; none if it did not fail. `options` are those of its plan.
///
/// # Errors
///
/// When nothing came that it could expect, or when there is no way to write that down.
pub fn bless(
    script: &Script,
    outcome: &ScriptOutcome,
    options: &PlanOptions,
) -> Option<Result<Blessing, Refusal>> {
    let ended = outcome.ended_at()?;
    let StepStatus::Failed(failure) = &ended.status else {
        return None;
    };
    let candidate = match candidate(failure) {
        Ok(candidate) => candidate,
        Err(refusal) => return Some(Err(refusal)),
    };
    let expectation = failure.expectation.as_deref();
    let occasion = Occasion {
        script,
        options,
        cast: &outcome.cast,
        step: ended.step,
        pattern: expectation.map(|expectation| &expectation.pattern),
        bindings: &outcome.bindings,
        element: &candidate.element,
    };
    Some(occasion.bless())
}

/// The stanza to expect: the nearest one, unless it is of another name and an earlier `receives` has seen it.
fn candidate(failure: &Failure) -> Result<&Candidate, Refusal> {
    match &failure.reason {
        Reason::Closed { how } => return Err(Refusal::Closed { how: how.clone() }),
        Reason::StillOpen { .. } => return Err(Refusal::NoExpectation),
        Reason::Timeout { .. } | Reason::WrongAnswer | Reason::NotNext | Reason::Unwanted => {}
    }
    let is_meant = |candidate: &&Candidate| {
        let mut differences = candidate.differences.iter();
        !candidate.passed_over || !differences.any(|difference| difference.is_of_name())
    };
    let mut candidates = failure.candidates.iter();
    candidates.find(is_meant).ok_or(Refusal::NothingCame)
}
