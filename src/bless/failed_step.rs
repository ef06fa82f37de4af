//! Where a script failed, and which stanza it could expect there.

use minidom::Element;

use super::change::Change;
use super::kind::other_kind;
use super::scope::left_alone;
use super::{Refusal, UnmetExpectation};
use crate::matcher::{self, Bindings, Pattern};
use crate::plan::{self, PlanOptions};
use crate::runner::{Candidate, Failure, Reason, ScriptOutcome, StepStatus};
use crate::script::ast::Script;
use crate::script::{ExpectationMode, Part};

/// A script that failed, and where it did.
#[derive(Debug, Clone, Copy)]
pub(super) struct FailedStep<'a> {
    script: &'a Script,
    outcome: &'a ScriptOutcome,
    options: &'a PlanOptions,
    /// The step: an index into the story.
    pub(super) step: usize,
    pub(super) failure: &'a Failure,
}

impl<'a> FailedStep<'a> {
    /// None if it did not fail.
    pub(super) fn of(
        script: &'a Script,
        outcome: &'a ScriptOutcome,
        options: &'a PlanOptions,
    ) -> Option<Self> {
        let ended = outcome.ended_at()?;
        let StepStatus::Failed(failure) = &ended.status else {
            return None;
        };
        Some(Self {
            script,
            outcome,
            options,
            step: ended.step,
            failure,
        })
    }

    /// Why nothing is changed in the step, whatever came, if that is so.
    pub(super) fn left_alone(&self) -> Option<Refusal> {
        if self.script.parts.of(self.step) == Part::Prologue {
            return Some(Refusal::Prologue);
        }
        match self.failure.reason {
            _ if self.script.table.is_some() => Some(Refusal::Table),
            Reason::LeftOver { .. } | Reason::Ended { .. } => Some(Refusal::Complete),
            Reason::NoneHolds => Some(Refusal::LeftOpen),
            Reason::NotNextElement => Some(Refusal::Unbound),
            _ => left_alone(self.script, self.script.story.get(self.step)?),
        }
    }

    /// Lets the script expect the stanza that is meant.
    pub(super) fn change(&self) -> Result<Change, Refusal> {
        self.unmet(self.meant()?).change()
    }

    /// Lets the script expect what came next before what it expects.
    pub(super) fn insertion(&self) -> Result<Change, Refusal> {
        let culprit = self.failure.candidates.first();
        let culprit = culprit.ok_or(Refusal::NothingCame)?;
        self.unmet(&culprit.element).insertion()
    }

    fn unmet(&self, element: &'a Element) -> UnmetExpectation<'a> {
        UnmetExpectation {
            script: self.script,
            options: self.options,
            cast: &self.outcome.cast,
            step: self.step,
            pattern: self.pattern(),
            bindings: &self.outcome.bindings,
            element,
        }
    }

    fn pattern(&self) -> Option<&'a Pattern> {
        let expectation = self.failure.expectation.as_deref()?;
        Some(&expectation.pattern)
    }

    /// The stanza to expect: the nearest one of its kind that no other expectation of the block takes.
    fn meant(&self) -> Result<&'a Element, Refusal> {
        let mut refused = None;
        for candidate in self.candidates()? {
            match self.other_kind(candidate) {
                None => return Ok(&candidate.element),
                Some(refusal) if !candidate.passed_over => {
                    refused.get_or_insert(refusal);
                }
                Some(_) => {}
            }
        }
        Err(refused.unwrap_or(Refusal::NothingCame))
    }

    fn other_kind(&self, candidate: &Candidate) -> Option<Refusal> {
        match self.pattern()? {
            Pattern::Element(expected) => {
                other_kind(expected, &candidate.element, &self.outcome.bindings)
            }
            Pattern::Any(_) | Pattern::OneOf(_) => None,
        }
    }

    /// What can have been meant.
    fn candidates(&self) -> Result<Vec<&'a Candidate>, Refusal> {
        let candidates = &self.failure.candidates;
        match &self.failure.reason {
            Reason::NotConnected => Err(Refusal::NotConnected),
            Reason::Closed { how } => Err(Refusal::Closed { how: how.clone() }),
            Reason::StillOpen { .. }
            | Reason::Broken { .. }
            | Reason::NoAnswer { .. }
            | Reason::NotEnded { .. }
            | Reason::EndedOtherwise { .. }
            | Reason::RefusedOtherwise
            | Reason::LetIn { .. }
            | Reason::NotRefused { .. }
            | Reason::BoundAs { .. } => Err(Refusal::NoExpectation),
            Reason::LeftOver { .. } | Reason::Ended { .. } => Err(Refusal::Complete),
            Reason::NoneHolds => Err(Refusal::LeftOpen),
            Reason::NotNextElement => Err(Refusal::Unbound),
            Reason::NotNext
            | Reason::WrongAnswer
            | Reason::Unwanted
            | Reason::CameBefore { .. }
            | Reason::Forbidden => Ok(candidates.first().into_iter().collect()),
            Reason::Timeout { .. } => {
                let elements = candidates.iter().map(|candidate| &candidate.element);
                let elements: Vec<&Element> = elements.collect();
                let taken = taken(&self.others(), &elements, &self.outcome.bindings);
                let free = candidates.iter().enumerate();
                let free = free.filter(|(index, _)| !taken.contains(index));
                Ok(free.map(|(_, candidate)| candidate).collect())
            }
        }
    }

    /// The other expectations of a block whose stanzas come in any order.
    fn others(&self) -> Vec<Pattern> {
        let plan = plan::resolve(self.script, self.options).ok();
        let step = plan.as_ref().and_then(|plan| plan.steps.get(self.step));
        let Some(expectation) = step.and_then(|step| step.verb.expectation()) else {
            return Vec::new();
        };
        let is_other = |pattern: &&Pattern| Some(pattern.extent()) != self.failure.expected();
        match expectation.mode {
            ExpectationMode::AllInAnyOrder => {
                let others = expectation.items.iter().filter(is_other);
                others.cloned().collect()
            }
            ExpectationMode::Each
            | ExpectationMode::InThisOrder
            | ExpectationMode::Nothing
            | ExpectationMode::NoneOf
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => Vec::new(),
        }
    }
}

/// The elements that expectations have.
fn taken(patterns: &[Pattern], elements: &[&Element], bindings: &Bindings) -> Vec<usize> {
    let partners = matcher::partners_among(patterns, elements, bindings);
    let pairs = patterns.iter().zip(partners);
    let own = pairs.filter_map(|(pattern, partner)| {
        partner.filter(|partner| matcher::fits(pattern, elements[*partner], bindings))
    });
    own.collect()
}
