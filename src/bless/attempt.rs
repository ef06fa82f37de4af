//! From a failed script to a changed one that holds by what was recorded of the failure.
//!
//! What came is expected in the place of what was, or before it: which of these, a replay of the recording decides.

use std::time::Duration;

use super::Refusal;
use super::change::{Blessing, Change};
use super::failed_step::FailedStep;
use super::held::{Place, is_beyond, robbed};
use crate::plan::{self, Plan, PlanOptions};
use crate::runner::{self, Keep, Reason, Recorded, RunOptions, ScriptOutcome};
use crate::script::ast::Script;
use crate::script::reread;
use crate::transcript::steps_taken;

/// How many stanzas that nobody expects may come before one that is expected.
const MANY: usize = 16;

/// How a script was run.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// What its plan was made with.
    pub plan: &'a PlanOptions,
    /// How long was waited.
    pub run: &'a RunOptions,
}

/// Changes a script that failed so that it expects what came; none if it did not fail. All moments of the outcome must
/// have been kept.
///
/// # Errors
///
/// When nothing came that it could expect, or when there is no way to write that down that holds.
pub async fn bless(
    script: &Script,
    outcome: &ScriptOutcome,
    terms: Terms<'_>,
) -> Option<Result<Blessing, Refusal>> {
    let failed = FailedStep::of(script, outcome, terms.plan)?;
    let attempt = Attempt {
        failed,
        recorded: outcome,
        terms,
    };
    Some(attempt.bless().await)
}

/// A failure that is to be put right.
struct Attempt<'a> {
    failed: FailedStep<'a>,
    recorded: &'a ScriptOutcome,
    terms: Terms<'a>,
}

/// A script that was changed, and how it comes out.
struct Draft {
    script: Script,
    plan: Plan,
    outcome: ScriptOutcome,
    changes: Vec<Change>,
    /// The expectation of the step that is to hold by the last change.
    item: usize,
}

impl Attempt<'_> {
    async fn bless(&self) -> Result<Blessing, Refusal> {
        if let Some(refusal) = self.failed.left_alone() {
            return Err(refusal);
        }
        let draft = match self.with_extras().await {
            Some(draft) => draft,
            None => self.with_another().await?,
        };
        let blessing = Blessing {
            text: draft.script.source.text().to_owned(),
            step: self.failed.step,
            item: draft.item,
            changes: draft.changes,
        };
        match robbed(
            &draft.plan,
            &draft.outcome,
            blessing.step,
            &blessing.items(),
        ) {
            None => Ok(blessing),
            Some(step) => Err(Refusal::Elsewhere {
                line: self.line_of(step),
            }),
        }
    }

    /// Expects what came before what is expected, in a script that is strict about that, if what is expected comes
    /// then.
    async fn with_extras(&self) -> Option<Draft> {
        let mut draft = None;
        for _ in 0..MANY {
            let failed = self.failed_after(draft.as_ref())?;
            if failed.failure.reason != Reason::NotNext {
                return None;
            }
            let change = failed.insertion().ok()?;
            let mut after = self.after(draft, change).await.ok()?;
            after.item += 1;
            if after.is_beyond(self.failed.step) {
                return Some(after);
            }
            draft = Some(after);
        }
        None
    }

    /// Expects what came in the place of what is expected. What came before it and is of another kind is expected, too.
    async fn with_another(&self) -> Result<Draft, Refusal> {
        let mut draft = None;
        let mut refused = None;
        for _ in 0..MANY {
            let Some(failed) = self.failed_after(draft.as_ref()) else {
                break;
            };
            let refusal = match failed.change() {
                Ok(change) => {
                    let after = self.after(draft, change).await?;
                    return match after.is_beyond(self.failed.step) {
                        true => Ok(after),
                        false => Err(refused.unwrap_or(Refusal::FailsAsRecorded)),
                    };
                }
                Err(refusal) => refusal,
            };
            let is_between = matches!(refusal, Refusal::OtherKind { .. })
                && failed.failure.reason == Reason::NotNext;
            refused.get_or_insert(refusal);
            if !is_between {
                break;
            }
            let change = failed.insertion()?;
            draft = Some(self.after(draft, change).await?);
        }
        Err(refused.unwrap_or(Refusal::FailsAsRecorded))
    }

    /// The line of a step in the script as it is.
    fn line_of(&self, step: usize) -> usize {
        let step = &self.recorded.steps[step];
        let source = &self.recorded.info.source;
        source.position(step.span.start).line
    }

    /// Where the script fails after the changes so far, if it is in the same step.
    fn failed_after<'s>(&'s self, draft: Option<&'s Draft>) -> Option<FailedStep<'s>> {
        let failed = match draft {
            None => Some(self.failed),
            Some(draft) => FailedStep::of(&draft.script, &draft.outcome, self.terms.plan),
        };
        failed.filter(|failed| failed.step == self.failed.step)
    }

    /// The script with another change, judged by what was recorded: the server was heard out, so that nothing more
    /// would have come.
    async fn after(&self, before: Option<Draft>, change: Change) -> Result<Draft, Refusal> {
        let source = &self.recorded.info.source;
        let script = reread(source, &change.text).play().clone();
        let plan = plan::resolve(&script, self.terms.plan).map_err(|_| Refusal::Unfit)?;
        let steps = steps_taken(self.recorded);
        let story = self
            .recorded
            .story_end
            .moments
            .min(self.recorded.moments.len());
        let recorded = Recorded {
            moments: &self.recorded.moments[..story],
            steps: &steps,
            ended: Duration::MAX,
            is_cut_off: false,
        };
        let options = RunOptions {
            keep: Keep::All,
            ..self.terms.run.clone()
        };
        let outcome = runner::replay(&plan, recorded, &options, &mut ()).await;
        let mut changes = before.map_or_else(Vec::new, |before| before.changes);
        let item = change.item;
        changes.push(change);
        Ok(Draft {
            script,
            plan,
            outcome,
            changes,
            item,
        })
    }
}

impl Draft {
    /// Whether it gets beyond that expectation.
    fn is_beyond(&self, step: usize) -> bool {
        let item = self.item;
        is_beyond(&self.plan, &self.outcome, Place { step, item })
    }
}
