//! Trying all faults of a play, one at a time.

use thiserror::Error;

use super::alternative::{Other, others};
use super::model::{Doubted, Excuse, Finding, Tried};
use super::play::{Play, Recording};
use super::suspect::{Suspect, suspects};
use super::tampering::Tampering;
use super::unread::unread;
use crate::claims::Claim;
use crate::fault_kind::FaultKind;
use crate::plan::Plan;
use crate::runner::{ABOUT_HIDDEN, ScriptOutcome, StepStatus};
use crate::script::{Choice, Part};
use crate::verdict::Verdict;

/// A play that cannot be doubted, as it does not pass by its recording.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "it {} by its recording, and only what passes can be doubted{}",
    in_words(.verdict),
    why(*.is_of_hidden)
)]
pub struct NotDoubted {
    /// What it comes to.
    pub verdict: Verdict,
    /// Whether that is because of what a recording does not have.
    pub is_of_hidden: bool,
}

impl NotDoubted {
    fn of(outcome: &ScriptOutcome) -> Self {
        let ended = outcome.ended_at().map(|step| &step.status);
        Self {
            verdict: outcome.verdict(),
            is_of_hidden: matches!(ended, Some(StepStatus::Failed(failure)) if failure.is_of_hidden()),
        }
    }
}

fn why(is_of_hidden: bool) -> String {
    match is_of_hidden {
        true => format!(": {ABOUT_HIDDEN}"),
        false => String::new(),
    }
}

fn in_words(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passes",
        Verdict::Failed => "fails",
        Verdict::Deviated => "deviates",
        Verdict::Errored => "cannot be judged",
        Verdict::NotSupported => "is not supported",
        Verdict::NotTested => "is not tested",
        Verdict::NotRun => "is not run",
    }
}

/// Judges a play that passes again with one fault at a time.
///
/// # Errors
///
/// When it does not pass as it was recorded.
pub async fn doubt(recording: Recording<'_>) -> Result<Doubted, NotDoubted> {
    let play = recording.play(recording.recorded.moments.to_vec()).await;
    if play.outcome.verdict() != Verdict::Passed {
        return Err(NotDoubted::of(&play.outcome));
    }
    let mut faults = Vec::new();
    let steps: Vec<usize> = play.steps().collect();
    for step in steps {
        faults.extend(try_step(&play, step).await);
    }
    faults.extend(try_alternatives(&play).await);
    faults.sort_by_key(|tried| tried.fault.step);
    let info = &recording.plan.plan().info;
    let mut doubted = Doubted {
        case: info.headline.case.clone(),
        title: info.headline.title.clone(),
        faults,
        excuses: excuses(recording.plan.plan()),
    };
    doubted.excuse();
    Ok(doubted)
}

/// What the script of a plan says is fine.
fn excuses(plan: &Plan) -> Vec<Excuse> {
    let steps = plan.steps.iter().enumerate();
    let excuses = steps.flat_map(|(step, planned)| {
        let own = planned.excuses.iter();
        own.map(move |excuse| Excuse {
            step,
            kind: excuse.value.kind,
            reason: excuse.value.reason.clone(),
            span: excuse.span,
        })
    });
    excuses.collect()
}

/// Tries all faults of a step.
async fn try_step(play: &Play<'_>, step: usize) -> Vec<Tried> {
    let mut tried = Vec::new();
    for suspect in suspects(play, step) {
        tried.extend(try_one(play, suspect).await);
    }
    tried
}

/// Tries all alternatives that were not chosen, each made true, and the faults of their steps.
async fn try_alternatives(play: &Play<'_>) -> Vec<Tried> {
    let plan = play.plan();
    let is_tested = |choice: &&Choice| plan.part_of(choice.steps().start) == Part::Story;
    let mut tried = Vec::new();
    for choice in plan.choices.iter().filter(is_tested) {
        for other in others(play, choice) {
            let played = play_other(play, choice, &other).await;
            let finding = match &played {
                Some(_) => Finding::Noticed,
                None => open("the play does not pass with what could be made of its patterns"),
            };
            tried.push(Tried {
                fault: other.fault,
                finding,
                broken: Vec::new(),
            });
            if let Some(played) = played {
                for step in other.steps {
                    tried.extend(try_step(&played, step).await);
                }
            }
        }
    }
    tried
}

/// The play in which another alternative holds, if one can be made.
async fn play_other<'a>(play: &Play<'a>, choice: &Choice, other: &Other) -> Option<Play<'a>> {
    let is_chosen = |outcome: &ScriptOutcome| {
        let mut chosen = outcome.chosen.iter();
        chosen.any(|own| own.either == choice.span() && own.label == other.fault.what)
    };
    for way in &other.ways {
        let played = play.with(way).await;
        if played.outcome.verdict() == Verdict::Passed && is_chosen(&played.outcome) {
            return Some(played);
        }
    }
    None
}

/// Tries a fault; there is nothing to try, if the script allows that in another way.
async fn try_one(play: &Play<'_>, suspect: Suspect) -> Option<Tried> {
    let (finding, broken) = match &suspect.tampering {
        Ok(tampering) => find(play, &suspect, tampering).await?,
        Err(why) => (open(why), Vec::new()),
    };
    Some(Tried {
        fault: suspect.fault,
        finding,
        broken,
    })
}

/// What comes of a fault, and which clauses it breaks; nothing, if it is none.
async fn find(
    play: &Play<'_>,
    suspect: &Suspect,
    tampering: &Tampering,
) -> Option<(Finding, Vec<Claim>)> {
    let outcome = play.judge(tampering).await;
    let Some(ended) = outcome.ended_at() else {
        let is_lawful = outcome.chosen != play.outcome.chosen;
        return (!is_lawful).then(|| (passed(play, suspect), Vec::new()));
    };
    let finding = match (&ended.status, ended.verdict()) {
        (StepStatus::Errored(error), _) => open(&error.to_string()),
        (_, Verdict::NotTested) => {
            open("what prepares the play is refused then, and nothing is tested")
        }
        _ => Finding::Noticed,
    };
    Some((finding, ended.broken().into_iter().cloned().collect()))
}

/// What it means that the play passes with a fault.
fn passed(play: &Play<'_>, suspect: &Suspect) -> Finding {
    let fault = &suspect.fault;
    if play.plan().part_of(fault.step) == Part::Prologue {
        return open("what prepares the play is not what it tests");
    }
    if fault.kind == FaultKind::Sender && is_unnamed(play, suspect) {
        return open("the stanza comes without `from`, so that it is the account's own");
    }
    Finding::Survived {
        unread: unread(fault, &suspect.about),
    }
}

/// Whether what a step took names no sender (RFC 6120 §8.1.2.1).
fn is_unnamed(play: &Play<'_>, suspect: &Suspect) -> bool {
    let mut taken = play.taken_by(suspect.fault.step);
    let is_it = |item: usize, place| {
        let expected = play.plan().steps[suspect.fault.step].verb.expectation();
        expected.is_some_and(|expected| expected.items[item].span() == place)
    };
    let own = taken.find(|taken| is_it(taken.item, suspect.fault.place));
    own.is_some_and(|taken| taken.element.attr("from").is_none())
}

fn open(why: &str) -> Finding {
    Finding::Open {
        why: why.to_owned(),
    }
}
