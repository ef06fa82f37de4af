//! `is disconnected`, and what is told of how a stream ends.

use super::event::Event;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::matcher::Pattern;
use crate::plan::Step;
use crate::script::{Expectation as Expected, ExpectationMode};
use crate::xmpp::Closed;

impl ScriptRun<'_> {
    /// Waits until the server has ended an actor's stream.
    pub(super) async fn await_end(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        self.receive(step, expected).await?;
        self.tell_rude_end(step);
        Ok(())
    }

    /// Tells, after a step that has expected the end of a stream, that only the connection has ended (RFC 6120 §4.4).
    pub(super) fn tell_rude_end(&mut self, step: &Step) {
        let expected = step.verb.expectation();
        let is_of_end = expected.is_some_and(|own| own.mode == ExpectationMode::Disconnection);
        let end = self.actors[step.actor].inbox.end();
        if let Some(how @ Closed::ConnectionLost(_)) = end.filter(|_| is_of_end) {
            let text = format!("the stream ended without `</stream:stream>`: {how}");
            let actor = self.name(step.actor);
            self.reporter.event(&Event::Notice { actor, text });
        }
    }
}
