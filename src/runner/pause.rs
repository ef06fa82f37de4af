//! `waits`: time passes, and what comes meanwhile is there afterwards.

use std::time::Duration;

use tokio::time::Instant;

use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;

impl ScriptRun<'_> {
    /// Lets time pass, once the server has handled what the others have sent. In front of a recording
    /// none does, and as much has to have passed there.
    pub(super) async fn let_pass(&mut self, step: &Step, lapse: Duration) -> Result<(), Stop> {
        self.flush_others(step.actor).await?;
        let lapse = self.own_time(lapse);
        let over = Instant::now() + lapse;
        while self.wait(over).await {}
        self.see_that_it_lasts(step.actor, lapse)
    }
}
