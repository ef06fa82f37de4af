//! `sends:`.

use std::borrow::Cow;

use tokio::time::timeout;

use super::backend::Backend;
use super::error::RunErrorKind;
use super::event::Event;
use super::management;
use super::recording::Happening;
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::ns;
use crate::plan::{Outgoing, Step, Template};
use crate::xmpp::Closed;

impl ScriptRun<'_> {
    /// Sends stanzas. If the actor is not connected, nothing is sent, and the user is told: existing test suites have
    /// such steps at the end.
    pub(super) async fn send(&mut self, step: &Step, stanzas: &[Outgoing]) -> Result<(), Stop> {
        self.flush_others(step.actor).await?;
        for stanza in stanzas {
            if self.actors[step.actor].open().is_none() {
                self.tell_unsent(step.actor);
                return Ok(());
            }
            self.send_one(step.actor, stanza).await?;
        }
        Ok(())
    }

    fn tell_unsent(&mut self, actor: usize) {
        let text = format!("{} is not connected, so nothing was sent", self.name(actor));
        let (plan, step) = (self.plan, self.step);
        self.reporter.event(&Event::Warning {
            plan,
            step,
            text: &text,
        });
    }

    async fn send_one(&mut self, actor: usize, stanza: &Outgoing) -> Result<(), Stop> {
        let text = self.fill(actor, &stanza.text)?;
        let to = stanza
            .to
            .as_ref()
            .map(|to| self.fill(actor, to))
            .transpose()?;
        let id = stanza
            .request_id
            .as_ref()
            .map(|id| self.fill(actor, id))
            .transpose()?;
        self.tally_sent(actor, &text)?;
        self.tell_sent(actor, &text);
        self.recording.note(actor, Happening::Sent(text.clone()));
        self.note_sent(actor, stanza, to.as_deref(), id);
        self.write(actor, &[text]).await
    }

    /// Takes note of what is about to be sent, wherever it has to be known later.
    fn note_sent(&mut self, actor: usize, stanza: &Outgoing, to: Option<&str>, id: Option<String>) {
        let role = self.plan.actors[actor].role;
        let is_stanza = role.is_stanza(&stanza.name.local, &stanza.name.namespace);
        self.note_unsettled(actor, stanza, to, id.as_deref());
        let step = self.step;
        let state = &mut self.actors[actor];
        if let Some(live) = &mut state.live {
            live.acted = step;
            live.sent = Some(step);
            if stanza.name.namespace == ns::CLIENT_STATE {
                live.is_inactive = stanza.name.local == "inactive";
            }
        }
        state.management.note_sent(&stanza.name, is_stanza);
        if management::is_request(&stanza.name) {
            state.inbox.expect_acknowledgement();
        }
        if let Some(id) = id {
            state.inbox.expect_answer(id, to);
        }
        self.bind_counts(actor);
    }

    /// In a recording, and only there, something else stands in the place of a secret.
    fn tally_sent(&mut self, actor: usize, text: &str) -> Result<(), Stop> {
        let namespace = self.plan.actors[actor].role.namespace();
        let text = match self.backend {
            Backend::Live { .. } => Cow::Borrowed(text),
            Backend::Recorded(_) => Cow::Owned(self.secrets.seal(text).into_owned()),
        };
        self.tally(actor, Act::Send(&text, namespace))?;
        Ok(())
    }

    fn fill(&self, actor: usize, template: &Template) -> Result<String, Stop> {
        template
            .fill(&self.bindings)
            .map_err(|unbound| self.error(actor, RunErrorKind::Unbound(unbound)).into())
    }

    /// Writes elements to an actor's stream, if it is open. If the server has just ended the connection, that counts as
    /// known before; if it takes no more, the stream has broken.
    pub(super) async fn write(&mut self, actor: usize, elements: &[String]) -> Result<(), Stop> {
        let patience = self.options.timeout;
        let open = self.actors[actor].open();
        let Some(line) = open.and_then(|live| live.line.as_mut()) else {
            return Ok(());
        };
        let how = match timeout(patience, line.writer.send_elements(elements)).await {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(_)) if self.await_closed(&[actor], self.deadline()).await => return Ok(()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("the server has read nothing for {patience:?}"),
        };
        self.close_off(actor, Closed::NotTaken(how));
        Ok(())
    }
}
