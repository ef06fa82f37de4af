//! Comparing what the actors do with what a recording says that they did.

use std::time::Duration;

use super::backend::Backend;
use super::error::RunErrorKind;
use super::recording::Moment;
use super::replay::{Act, NotReplayed};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::wrapping::shortened;

/// How much is told of what was recorded, in characters.
const LONG: usize = 200;

impl<'a> ScriptRun<'a> {
    /// Sees that what an actor does is what it is recorded to have done, and gives its moments. Before a server it may
    /// do what it likes.
    pub(super) async fn tally(&mut self, actor: usize, act: Act<'_>) -> Result<&'a [Moment], Stop> {
        self.catch_up().await;
        let Backend::Recorded(replay) = &mut self.backend else {
            return Ok(&[]);
        };
        let moments = replay.act(actor, act).map_err(|untold| match untold {
            NotReplayed::Ended => replay.end(),
            NotReplayed::Otherwise(moment) => RunErrorKind::RecordedOtherwise {
                actor: self.plan.actors[moment.actor].name.clone(),
                act: shortened(&moment.happening.to_string(), LONG),
            },
        });
        let moments = moments.map_err(|kind| self.error(actor, kind))?;
        if let Some(moment) = moments.first() {
            self.recording.go_to(moment.at);
        }
        Ok(moments)
    }

    /// Sees that in front of a recording nothing was done for so long.
    pub(super) fn see_that_it_lasts(&mut self, actor: usize, time: Duration) -> Result<(), Stop> {
        let Backend::Recorded(replay) = &mut self.backend else {
            return Ok(());
        };
        let recorded = replay.let_pass(time);
        recorded.map_err(|recorded| {
            let kind = RunErrorKind::RecordedSooner { time, recorded };
            self.error(actor, kind).into()
        })
    }
}
