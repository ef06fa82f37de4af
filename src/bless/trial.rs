//! What another play of a changed script says of the change.

use thiserror::Error;

use super::change::Blessing;
use super::held::{Place, is_beyond, line_of, robbed};
use crate::plan::{self, PlanOptions};
use crate::runner::ScriptOutcome;
use crate::script::ast::Script;

/// Why a change is undone that was right by what was recorded.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Undone {
    /// The play did not get beyond the change.
    #[error("played once more with it, the script failed in what is its line {line} then")]
    Failed {
        /// The line, in the changed script.
        line: usize,
    },
    /// It was not played.
    #[error("the script could not be played once more with it")]
    NotPlayed,
    /// A later step did not get what it waits for.
    #[error("what it takes is what the step in what is line {line} then waits for")]
    Robbed {
        /// The line, in the changed script.
        line: usize,
    },
}

impl Blessing {
    /// Sees whether the change held in a play of the changed script, of which the plan was made with these options.
    /// What fails behind it does not speak against it, unless it is for want of what the change has taken.
    ///
    /// # Errors
    ///
    /// When the change did not hold.
    pub fn judge(
        &self,
        script: &Script,
        outcome: &ScriptOutcome,
        options: &PlanOptions,
    ) -> Result<(), Undone> {
        let plan = plan::resolve(script, options).map_err(|_| Undone::NotPlayed)?;
        let place = Place {
            step: self.step,
            item: self.item,
        };
        if !is_beyond(&plan, outcome, place) {
            let ended = outcome.ended_at().ok_or(Undone::NotPlayed)?;
            let line = line_of(outcome, ended);
            return Err(Undone::Failed { line });
        }
        match robbed(&plan, outcome, self.step, &self.items()) {
            None => Ok(()),
            Some(step) => {
                let line = outcome
                    .info
                    .source
                    .position(plan.steps[step].span.start)
                    .line;
                Err(Undone::Robbed { line })
            }
        }
    }
}
