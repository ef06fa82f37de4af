//! What went over the wires while a script was run, as a text that users and the program read.
//!
//! [`Transcript::of`] makes one of an outcome, its [`Display`](std::fmt::Display) writes it, [`Transcript::read`] reads
//! it, and [`Transcript::moments_for`] casts it for a script that is to be judged by it. It is data and text, and
//! knows neither the network nor how anything is judged. `docs/running.md` describes the text; [`FORM`] counts its
//! versions.

mod error;
mod escape;
mod mark;
mod read;
mod recast;
#[cfg(test)]
mod tests;
mod write;

use std::collections::BTreeMap;
use std::time::Duration;

pub use error::{TranscriptError, TranscriptErrorKind};
pub use recast::RecastError;

use crate::case::CaseId;
use crate::plan::{Enforced, Renaming};
use crate::runner::{
    Member, Moment, Recorded, ScriptOutcome, StepOutcome, StepStatus, StoryEnd, TakenStep,
};
use crate::script::Part;
use crate::verdict::Verdict;

/// The version of the form in which a transcript is written. It changes when a reader of the old form would
/// misunderstand the new one.
pub const FORM: u32 = 1;

/// What the first line begins with; the version follows.
const TITLE: &str = "scansion transcript ";

/// The line below which stands what came too late for a step.
const LATE: &str = "too late";

/// The key of the time that it was for a step.
const TIME: &str = "${now}";

/// What went over the wires while a script was run.
#[derive(Debug, Clone)]
pub struct Transcript {
    /// What the script is called.
    pub case: CaseId,
    /// Its title.
    pub title: String,
    /// When it began, as RFC 3339 has it.
    pub began: String,
    /// How it was run.
    pub conditions: Conditions,
    /// The cast.
    pub cast: Vec<Member>,
    /// The steps that were taken, the one at which it ended included.
    pub steps: Vec<TakenStep>,
    /// What happened on the connections, in order, without secrets.
    pub moments: Vec<Moment>,
    /// Where in them the story ended.
    pub story_end: StoryEnd,
    /// How it ended.
    pub end: End,
}

/// How a script was run, as far as it matters for judging it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conditions {
    /// What else the JIDs of the script were called.
    pub renaming: Renaming,
    /// What the names stood for that the script uses without capturing them.
    pub given: BTreeMap<String, String>,
    /// Whether the run asked for strictness, whatever the script says.
    pub strict: bool,
    /// Whether nothing was to be left that no step takes, whatever the script says.
    pub complete: bool,
    /// Whether the run took children of strict elements in any order, whatever the script says.
    pub any_order: bool,
    /// Whether the run took elements of every namespace as non-strict, whatever the script says.
    pub open: bool,
    /// From which level on the run took a broken clause for a failure.
    pub enforced: Enforced,
    /// How long it waited for what was expected.
    pub timeout: Duration,
    /// How long nothing was to come for `receives: nothing`.
    pub quiet_time: Duration,
}

/// How a script ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// In a word.
    pub verdict: String,
    /// Why, if it did not pass; several lines.
    pub message: String,
}

impl Transcript {
    /// The transcript of a script that was run, with all its moments kept. `message` says why it did not pass.
    pub fn of(
        outcome: &ScriptOutcome,
        conditions: Conditions,
        began: String,
        message: Option<String>,
    ) -> Self {
        let shown = |text: &str| outcome.secrets.redact(text).into_owned();
        let taken = steps_taken(outcome).into_iter();
        Self {
            case: outcome.info.headline.case.clone(),
            title: shown(&outcome.info.headline.title),
            began,
            conditions,
            cast: outcome.cast.clone(),
            steps: taken
                .map(|step| TakenStep {
                    action: shown(&step.action),
                    ..step
                })
                .collect(),
            moments: recast::sealed(outcome),
            story_end: outcome.story_end,
            end: End {
                verdict: word(outcome.verdict()).to_owned(),
                message: shown(&message.unwrap_or_default()),
            },
        }
    }

    /// The recording by which a story can be judged: `moments` are those of this transcript, assigned to the actors of
    /// the story.
    pub fn recorded<'a>(&'a self, moments: &'a [Moment]) -> Recorded<'a> {
        Recorded {
            moments: moments.get(..self.story_end.moments).unwrap_or(moments),
            steps: &self.steps,
            ended: self.story_end.at,
            is_cut_off: self.end.verdict == word(Verdict::Errored),
        }
    }
}

/// The steps that were taken up to the end of the story, the one at which it ended included. Secrets are not taken out.
pub(crate) fn steps_taken(outcome: &ScriptOutcome) -> Vec<TakenStep> {
    let source = &outcome.info.source;
    let taken = outcome.steps.iter().take(begun(outcome));
    let taken = taken.map(|step| TakenStep {
        line: source.own_position(step.span.start).line,
        action: step.action(source),
        time: step.time,
    });
    taken.collect()
}

/// How many steps were begun, without those of the epilogue. Something may have happened in one that was not taken in the end, as it showed that an
/// earlier one had failed.
fn begun(outcome: &ScriptOutcome) -> usize {
    let was_taken = |step: &StepOutcome| {
        step.part != Part::Epilogue && !matches!(step.status, StepStatus::NotRun)
    };
    let taken = outcome.steps.iter().rposition(was_taken);
    let story = outcome.moments.iter().take(outcome.story_end.moments);
    let reached = story.map(|moment| moment.step).max();
    taken.max(reached).map_or(0, |last| last + 1)
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "passed",
        Verdict::Failed => "failed",
        Verdict::Deviated => "deviating",
        Verdict::Errored => "could not be found out",
        Verdict::NotSupported => "not supported",
        Verdict::NotTested => "not tested",
        Verdict::NotRun => "not run",
    }
}
