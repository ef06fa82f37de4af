//! Scripts that are complete: what they expect is all that comes. When the story is over, and before a verb within it
//! ends a session, nothing may be left in an inbox.

use std::collections::BTreeSet;

use super::outcome::{Failure, Left, Reason};
use super::script_run::ScriptRun;
use super::stop::Stop;

impl ScriptRun<'_> {
    /// Lets all come that is on the way to some actors: the server handles everything, and a while passes.
    pub(super) async fn hear(&mut self, actors: &BTreeSet<usize>) -> Result<(), Stop> {
        let quiet_time = self.options.quiet_time;
        self.keep_quiet(actors, quiet_time, async |_| Ok(false))
            .await?;
        self.recording.hold_back();
        Ok(())
    }

    /// What is wrong at the end of some actors' sessions, if anything is: the server has ended a stream, or stanzas are
    /// left. With the step after which, or during which, that happened.
    pub(super) fn incomplete(&self, actors: &BTreeSet<usize>) -> Option<(usize, Failure)> {
        let mut own = actors.iter();
        let ended = own.find_map(|actor| self.ended_at(*actor));
        ended.or_else(|| self.left_for(actors))
    }

    /// The actors that have sessions.
    pub(super) fn present(&self) -> BTreeSet<usize> {
        let actors = 0..self.actors.len();
        actors
            .filter(|actor| self.actors[*actor].live.is_some())
            .collect()
    }

    /// The step after which the server ended an actor's stream, if it did.
    pub(super) fn ended_at(&self, actor: usize) -> Option<(usize, Failure)> {
        if let Some(broken) = self.broken_at(actor) {
            return Some(broken);
        }
        let state = &self.actors[actor];
        let live = state
            .live
            .as_ref()
            .filter(|_| !state.inbox.is_end_expected())?;
        let reason = Reason::Ended {
            how: live.closed.clone()?,
        };
        let span = self.plan.steps[live.acted].span;
        Some((live.acted, Failure::without_stanza(reason, span)))
    }

    /// The step during which the first of the stanzas came that are left for some actors, if any are, and what is to be
    /// said of all of them.
    fn left_for(&self, actors: &BTreeSet<usize>) -> Option<(usize, Failure)> {
        let left = actors.iter().flat_map(|actor| {
            let stanzas = self.actors[*actor].inbox.stanzas();
            stanzas.map(|(element, during)| (during, *actor, element))
        });
        let mut left: Vec<_> = left.collect();
        left.sort_by_key(|(during, _, _)| *during);
        let first = left.first()?.0;
        let span = |step: usize| self.plan.steps[step].span;
        let left = left.into_iter().map(|(during, actor, element)| Left {
            actor: self.name(actor).clone(),
            element: element.clone(),
            during: span(during),
            claimed: self.claimed_of_like(element),
        });
        let reason = Reason::LeftOver {
            left: left.collect(),
        };
        Some((first, Failure::without_stanza(reason, span(first))))
    }
}
