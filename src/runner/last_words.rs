//! What actors say last, when the story is over: a stream that has broken by then may not have carried it.
//!
//! While an actor still receives something, that tells how its stream has broken. After its last stanzas nothing does.

use tokio::task::yield_now;

use super::outcome::{Failure, Reason, StepOutcome, StepStatus};
use super::performance::Performance;
use crate::plan::{Plan, StepAction};

/// How often whoever reads streams gets the opportunity to tell what has come to this machine: the system is asked,
/// the stream is read, and what was read is passed on.
const OPPORTUNITIES: usize = 3;

impl Performance<'_> {
    /// Sees, before anybody leaves, that no stream has broken over which an actor has sent its last stanzas. It is the
    /// step that sent them which fails then.
    pub(super) async fn heed_last_words(&mut self, steps: &mut [StepOutcome]) {
        for _ in 0..OPPORTUNITIES {
            yield_now().await;
        }
        self.catch_up();
        let passed = |step: &StepOutcome| matches!(step.status, StepStatus::Passed);
        if !steps.iter().all(passed) {
            return;
        }
        let mut actors = 0..self.actors.len();
        let unheard = actors.find_map(|actor| {
            let how = self.actors[actor].broken()?;
            Some((last_words(self.plan, actor)?, how))
        });
        if let Some((step, how)) = unheard {
            steps[step].status = StepStatus::Failed(Box::new(Failure {
                reason: Reason::Unheard { how },
                span: self.plan.steps[step].span,
                expectation: None,
                candidates: Vec::new(),
            }));
        }
    }
}

/// An actor's last step, if it sends something.
fn last_words(plan: &Plan, actor: usize) -> Option<usize> {
    let last = plan.steps.iter().rposition(|step| step.actor == actor)?;
    matches!(plan.steps[last].action, StepAction::Send(_)).then_some(last)
}
