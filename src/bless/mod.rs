//! From a failed `receives` to a script that expects what came.
//!
//! A pure function of the script, the expectation and the stanza. It changes only what does not hold, and what still
//! does stays to the letter: wildcards, variables, quotes, comments and indentation. At the end the changed script is
//! read and compared again; one that would not accept the stanza is refused rather than given. It must not know of
//! files, servers, nor how anything is shown.

mod attributes;
mod child_changes;
mod edit;
mod layout;
mod refusal;
mod rewrite;
mod runs;
mod unmet_expectation;
mod unordered;
mod values;
mod volatile;
mod written;

#[cfg(test)]
mod tests;

pub use edit::Edit;
pub use refusal::Refusal;
pub use unmet_expectation::UnmetExpectation;

use minidom::Element;

use crate::matcher::{self, Bindings, Mismatch, Pattern};
use crate::plan::{self, PlanOptions};
use crate::runner::{Candidate, Failure, Reason, ScriptOutcome, StepStatus};
use crate::script::ExpectationMode;
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

/// Changes a script that failed so that it expects what came; none if it did not fail. `options` are those of its plan.
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
    if let Some(words) = left_alone(script, ended.step, failure) {
        return Some(Err(Refusal::LeftAlone { words }));
    }
    let element = match came(script, ended.step, outcome, failure, options) {
        Ok(element) => element,
        Err(refusal) => return Some(Err(refusal)),
    };
    let expectation = failure.expectation.as_deref();
    let unmet = UnmetExpectation {
        script,
        options,
        cast: &outcome.cast,
        step: ended.step,
        pattern: expectation.map(|expectation| &expectation.pattern),
        bindings: &outcome.bindings,
        element,
    };
    Some(unmet.bless())
}

/// The words of the script by which a step failed, if they say more of what comes than which stanzas: that was somebody's
/// decision.
fn left_alone(script: &Script, step: usize, failure: &Failure) -> Option<&'static str> {
    if matches!(
        failure.reason,
        Reason::LeftOver { .. } | Reason::Ended { .. }
    ) {
        return Some("complete");
    }
    let verb = &script.story.get(step)?.verb;
    match verb.expectation()?.mode {
        ExpectationMode::InThisOrder | ExpectationMode::NoneOf => Some(verb.phrase().words),
        ExpectationMode::Each | ExpectationMode::AllInAnyOrder | ExpectationMode::Nothing => None,
    }
}

/// The stanza to expect: the nearest one that no other expectation of the block takes, unless it is of another name
/// and an earlier `receives` has seen it.
fn came<'a>(
    script: &Script,
    step: usize,
    outcome: &ScriptOutcome,
    failure: &'a Failure,
    options: &PlanOptions,
) -> Result<&'a Element, Refusal> {
    match &failure.reason {
        Reason::NotConnected => return Err(Refusal::NotConnected),
        Reason::Closed { how } => return Err(Refusal::Closed { how: how.clone() }),
        Reason::StillOpen { .. }
        | Reason::Broken { .. }
        | Reason::LeftOver { .. }
        | Reason::Ended { .. }
        | Reason::NoAnswer { .. }
        | Reason::BoundAs { .. } => {
            return Err(Refusal::NoExpectation);
        }
        Reason::Timeout { .. }
        | Reason::WrongAnswer
        | Reason::NotNext
        | Reason::CameBefore { .. }
        | Reason::Unwanted
        | Reason::Forbidden => {}
    }
    let elements = failure
        .candidates
        .iter()
        .map(|candidate| &candidate.element);
    let elements: Vec<&Element> = elements.collect();
    let others = others(script, step, failure, options);
    let taken = taken(&others, &elements, &outcome.bindings);
    let mut candidates = failure.candidates.iter().enumerate();
    let found = candidates.find(|(index, candidate)| is_meant(candidate) && !taken.contains(index));
    let (_, candidate) = found.ok_or(Refusal::NothingCame)?;
    Ok(&candidate.element)
}

/// Whether it can have been meant. Of another name it has to be a stanza that no `receives` has seen.
fn is_meant(candidate: &Candidate) -> bool {
    let is_of_name = |difference: &Mismatch| difference.is_of_name();
    let is_stanza = matches!(candidate.element.name(), "message" | "presence" | "iq");
    !candidate.differences.iter().any(is_of_name) || (is_stanza && !candidate.passed_over)
}

/// The other expectations of a block whose stanzas come in any order.
fn others(script: &Script, step: usize, failure: &Failure, options: &PlanOptions) -> Vec<Pattern> {
    let plan = plan::resolve(script, options).ok();
    let step = plan.as_ref().and_then(|plan| plan.steps.get(step));
    let Some(expectation) = step.and_then(|step| step.verb.expectation()) else {
        return Vec::new();
    };
    let is_other = |pattern: &&Pattern| Some(pattern.extent()) != failure.expected();
    match expectation.mode {
        ExpectationMode::AllInAnyOrder => {
            let others = expectation.items.iter().filter(is_other);
            others.cloned().collect()
        }
        ExpectationMode::Each
        | ExpectationMode::InThisOrder
        | ExpectationMode::Nothing
        | ExpectationMode::NoneOf => Vec::new(),
    }
}

/// The elements that expectations have.
fn taken(patterns: &[Pattern], elements: &[&Element], bindings: &Bindings) -> Vec<usize> {
    let partners = matcher::partners_among(patterns, elements, bindings);
    let pairs = patterns.iter().zip(partners);
    let own = pairs.filter_map(|(pattern, partner)| {
        let fits = matcher::accepts(pattern, elements[partner?], bindings);
        fits.ok()??;
        partner
    });
    own.collect()
}
