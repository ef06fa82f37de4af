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
        if is_of_end {
            self.tell_loss(step.actor);
        }
    }

    /// Tells the same of a stream that an actor has left. Where there was none, only the connection can end.
    pub(super) fn tell_rude_farewell(&mut self, actor: usize) {
        let live = self.actors[actor].live.as_ref();
        if live.is_some_and(|live| live.standing.is_open && !live.has_sent_text) {
            self.tell_loss(actor);
        }
    }

    /// Tells that, and of what is not XMPP, of a stream that the runner has left as the story was over.
    pub(super) fn tell_bad_farewell(&mut self, actor: usize) {
        let Some(how) = self.actors[actor].broken_in_leaving() else {
            return self.tell_rude_farewell(actor);
        };
        let text = format!(
            "a stream broke while it was closed behind the end of a script: {how}; in a step by which an actor \
             `disconnects` that is a failure"
        );
        self.tell(actor, text);
    }

    fn tell_loss(&mut self, actor: usize) {
        if let Some(how @ Closed::ConnectionLost(_)) = self.actors[actor].inbox.end() {
            let text = format!("the stream ended without `</stream:stream>`: {how}");
            self.tell(actor, text);
        }
    }

    fn tell(&mut self, actor: usize, text: String) {
        let actor = self.name(actor);
        self.reporter.event(&Event::Notice { actor, text });
    }
}
