//! Streams that broke: the server ended them neither in due form nor by a stream error. That is a failure of the step
//! after which it happened, however the story goes on.

use tokio::task::yield_now;

use super::outcome::{Failure, Reason, StepOutcome, StepStatus};
use super::script_run::ScriptRun;

/// How often the tasks that read streams get the opportunity to tell what has come to this machine: at the first the
/// system is asked, at the second the stream is read, at the third what was read is passed on.
const OPPORTUNITIES: usize = 3;

impl ScriptRun<'_> {
    /// Sees, before any actor leaves, that no stream has broken. If one has, the last step by which its actor did
    /// something on it fails.
    pub(super) async fn heed_broken_streams(&mut self, steps: &mut [StepOutcome]) {
        for _ in 0..OPPORTUNITIES {
            yield_now().await;
        }
        self.catch_up().await;
        if steps.iter().any(StepOutcome::has_stopped) {
            return;
        }
        let mut actors = 0..self.actors.len();
        if let Some((step, failure)) = actors.find_map(|actor| self.broken_at(actor)) {
            steps[step].status = StepStatus::Failed(Box::new(failure));
        }
    }

    /// The step after which an actor's stream broke, if it did, and what is to be said of it.
    pub(super) fn broken_at(&self, actor: usize) -> Option<(usize, Failure)> {
        let how = self.actors[actor].broken()?.clone();
        let step = self.actors[actor].live.as_ref()?.acted;
        let span = self.plan.steps[step].span;
        Some((step, Failure::without_stanza(Reason::Broken { how }, span)))
    }
}
