//! Whether a changed expectation held in a play, live or judged by what was recorded.

use minidom::Element;

use crate::matcher::{Pattern, fits};
use crate::plan::{Plan, Step};
use crate::runner::{Failure, Happening, Reason, ScriptOutcome, StepOutcome, StepStatus};
use crate::script::ExpectationMode;

/// An expectation of a step: an index into the story, and one into the block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) step: usize,
    pub(super) item: usize,
}

/// Whether a play got beyond an expectation.
pub(super) fn is_beyond(plan: &Plan, outcome: &ScriptOutcome, place: Place) -> bool {
    let Some(ended) = outcome.ended_at() else {
        return outcome.unmet.is_none();
    };
    if let StepStatus::Failed(failure) = &ended.status
        && let Reason::LeftOver { .. } | Reason::Ended { .. } = failure.reason
    {
        // The story was over, whichever step is told.
        return true;
    }
    if ended.step != place.step {
        return ended.step > place.step;
    }
    match &ended.status {
        StepStatus::Failed(failure) => is_other(&plan.steps[place.step], failure, place.item),
        StepStatus::Errored(_) | StepStatus::Passed | StepStatus::NotRun => false,
    }
}

/// Whether another expectation of the step is the one that failed, for which this one must have been met.
fn is_other(step: &Step, failure: &Failure, item: usize) -> bool {
    let Some(expectation) = step.verb.expectation() else {
        return false;
    };
    let mut items = expectation.items.iter();
    let failed = items.position(|pattern| Some(pattern.extent()) == failure.expected());
    match expectation.mode {
        ExpectationMode::Each | ExpectationMode::InThisOrder => failed > Some(item),
        ExpectationMode::AllInAnyOrder => failed.is_some_and(|failed| failed != item),
        ExpectationMode::Nothing
        | ExpectationMode::NoneOf
        | ExpectationMode::Disconnection
        | ExpectationMode::Refusal => false,
    }
}

/// The step in which a play ended because changed expectations have taken what it waits for.
pub(super) fn robbed(
    plan: &Plan,
    outcome: &ScriptOutcome,
    step: usize,
    items: &[usize],
) -> Option<usize> {
    let ended = outcome.ended_at()?;
    let StepStatus::Failed(failure) = &ended.status else {
        return None;
    };
    let failed = failure.expectation.as_deref()?;
    let actor = plan.steps[step].actor;
    let robber = plan.steps[step].verb.expectation()?;
    let robbers = items.iter().filter_map(|item| robber.items.get(*item));
    let robbers: Vec<&Pattern> = robbers.collect();
    let is_booty = |element: &Element| {
        fits(&failed.pattern, element, &failed.bindings)
            && robbers
                .iter()
                .any(|robber| fits(robber, element, &outcome.bindings))
    };
    let is_same_actor = plan.steps[ended.step].actor == actor;
    let is_robbed = is_same_actor && received(outcome, actor).any(is_booty);
    is_robbed.then_some(ended.step)
}

fn received(outcome: &ScriptOutcome, actor: usize) -> impl Iterator<Item = &Element> {
    let moments = outcome.moments.iter();
    moments.filter_map(move |moment| match &moment.happening {
        Happening::Received(element) if moment.actor == actor => Some(&**element),
        Happening::Received(_)
        | Happening::Login(..)
        | Happening::Connected(_)
        | Happening::Sent(_)
        | Happening::SentText(_)
        | Happening::Pinged(_)
        | Happening::AskedStream
        | Happening::Silent(_)
        | Happening::Ponged
        | Happening::Answered(_)
        | Happening::Closed(_)
        | Happening::Left
        | Happening::Reached(_)
        | Happening::Secured
        | Happening::Dropped => None,
    })
}

/// The line in which a play ended.
pub(super) fn line_of(outcome: &ScriptOutcome, ended: &StepOutcome) -> usize {
    let span = match &ended.status {
        StepStatus::Failed(failure) => failure.span,
        StepStatus::Errored(_) | StepStatus::Passed | StepStatus::NotRun => ended.span,
    };
    outcome.info.source.position(span.start).line
}
