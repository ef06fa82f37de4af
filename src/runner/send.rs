//! `sends:`, and `sends text:`.

use std::borrow::Cow;
use std::io;
use std::time::Duration;

use tokio::time::timeout;

use super::backend::Backend;
use super::error::RunErrorKind;
use super::event::{Event, Traffic};
use super::management;
use super::recording::Happening;
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::ns;
use crate::plan::{Name, Outgoing, Step, Template, Unbound};
use crate::raw_text;
use crate::script::Role;
use crate::script::ast::Part;
use crate::xmpp::{self, Closed, Direction, StreamItem, Writer};

/// A stanza that is sent, or an element that is none, with its values.
pub(super) struct Sent {
    /// Its text.
    pub(super) text: String,
    /// Its `to`.
    pub(super) to: Option<String>,
    /// Its id, if it is a request.
    pub(super) request_id: Option<String>,
    /// Whether it is a request that changes nothing.
    pub(super) only_asks: bool,
    name: Name,
}

impl Sent {
    /// A stanza of the script whose values are filled in.
    pub(super) fn filled(
        stanza: &Outgoing,
        fill: impl Fn(&Template) -> Result<String, Unbound>,
    ) -> Result<Self, Unbound> {
        let perhaps = |template: &Option<Template>| template.as_ref().map(&fill).transpose();
        Ok(Self {
            text: fill(&stanza.text)?,
            to: perhaps(&stanza.to)?,
            request_id: perhaps(&stanza.request_id)?,
            only_asks: stanza.only_asks,
            name: stanza.name.clone(),
        })
    }

    /// A stanza that is recorded to have been sent, on a stream with this default namespace.
    ///
    /// # Errors
    ///
    /// When it is no XML: the text as it is.
    pub(super) fn recorded(text: String, namespace: &str) -> Result<Self, String> {
        let Ok(element) = xmpp::read_element(&text, namespace) else {
            return Err(text);
        };
        let own = |name: &str| element.attr(name).map(str::to_owned);
        let kind = element.attr("type").filter(|_| element.is("iq", namespace));
        Ok(Self {
            to: own("to"),
            request_id: own("id").filter(|_| matches!(kind, Some("get" | "set"))),
            only_asks: kind == Some("get"),
            name: Name {
                namespace: element.ns(),
                local: element.name().to_owned(),
            },
            text,
        })
    }

    /// Whether it is a stanza where actors of a role are at home.
    pub(super) fn is_stanza_of(&self, role: &Role) -> bool {
        role.is_stanza(&self.name.local, &self.name.namespace)
    }

    /// Its id, if it is a request to bind a resource (RFC 6120 §7).
    fn bind_id(&self) -> Option<String> {
        let id = self.request_id.as_ref().filter(|_| !self.only_asks)?;
        if !self.text.contains(ns::BIND) {
            return None;
        }
        let request = xmpp::read_element(&self.text, &self.name.namespace).ok()?;
        request.has_child("bind", ns::BIND).then(|| id.clone())
    }
}

impl ScriptRun<'_> {
    /// Sends stanzas. If the actor is not connected, nothing is sent, and the user is told: existing test suites have
    /// such steps at the end.
    pub(super) async fn send(&mut self, step: &Step, stanzas: &[Outgoing]) -> Result<(), Stop> {
        self.get_ready_to_send(step.actor).await?;
        for stanza in stanzas {
            // What tells that the stream has ended is there before the next stanza, also in a recording.
            self.catch_up().await;
            if self.actors[step.actor].open().is_none() {
                self.tell_unsent(step.actor);
                return Ok(());
            }
            self.send_one(step.actor, stanza).await?;
        }
        Ok(())
    }

    async fn get_ready_to_send(&mut self, actor: usize) -> Result<(), Stop> {
        self.flush_others(actor).await?;
        // It may have taken a while until the others' deeds were done, and this one comes after them.
        self.set_clock(self.step..self.step + 1);
        // What the server does for this actor from here on comes after what it did because of the others, and is asked
        // for with it.
        self.pending.finish_work(actor, self.pending.noted());
        Ok(())
    }

    /// Sends text that need not be XML. What it does to the stream is not known, so that nothing is asked there until
    /// a new one is opened.
    pub(super) async fn send_text(&mut self, step: &Step, text: &Outgoing) -> Result<(), Stop> {
        let actor = step.actor;
        self.must_be_a_document(step)?;
        self.get_ready_to_send(actor).await?;
        self.catch_up().await;
        if self.actors[actor].open().is_none() {
            self.tell_unsent(actor);
            return Ok(());
        }
        let filled = text.text.fill(&self.bindings);
        let filled = filled.map_err(|unbound| self.error(actor, RunErrorKind::Unbound(unbound)))?;
        // That all backslashes are in order was seen when the script was read.
        let bytes = raw_text::read(&filled).unwrap_or_else(|_| filled.into_bytes());
        self.tally_text(actor, &bytes).await?;
        self.reporter.event(&Event::Wire {
            actor: self.name(actor),
            direction: Direction::Sent,
            xml: Traffic::bytes(&bytes, &self.secrets),
        });
        self.recording
            .note(actor, Happening::SentText(bytes.clone()));
        self.note_acted(actor, self.step);
        if let Some(live) = &mut self.actors[actor].live {
            live.has_sent_text = true;
        }
        self.write_with(actor, async |writer| writer.send_bytes(&[&bytes]).await)
            .await
    }

    async fn tally_text(&mut self, actor: usize, bytes: &[u8]) -> Result<(), Stop> {
        let bytes = match self.backend {
            Backend::Live { .. } => Cow::Borrowed(bytes),
            Backend::Recorded(_) => Cow::Owned(raw_text::rewritten(bytes, |text| {
                self.secrets.seal(text).into_owned()
            })),
        };
        self.tally(actor, Act::SendText(&bytes)).await?;
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
        let filled = Sent::filled(stanza, |template| template.fill(&self.bindings));
        let sent = filled.map_err(|unbound| self.error(actor, RunErrorKind::Unbound(unbound)))?;
        self.tally_sent(actor, &sent.text).await?;
        let part = self.part_of(actor, stanza);
        let told = self.on_wire(actor, part, &sent.text).into_owned();
        self.tell_sent(actor, &told);
        self.recording.note(actor, Happening::Sent(told));
        self.note_sent(actor, self.step, &sent);
        self.note_last_sent(actor, &sent);
        match part {
            Part::Header => self.send_header(actor, &sent.text).await,
            Part::Footer => self.send_footer(actor, &sent.text).await,
            Part::Whole | Part::Text => self.write(actor, &[sent.text]).await,
        }
    }

    /// What a stanza is on an actor's stream: the header and the end of a stream are elements in a WebSocket (RFC 7395
    /// §3.3). A recording does not tell what it is of, and elsewhere these would mean nothing.
    fn part_of(&self, actor: usize, stanza: &Outgoing) -> Part {
        let may_be_websocket = match self.backend {
            Backend::Live { .. } => self.is_over_websocket(actor),
            Backend::Recorded(_) => true,
        };
        match stanza.name.local.as_str() {
            _ if !may_be_websocket || stanza.name.namespace != ns::FRAMING => stanza.part,
            "open" => Part::Header,
            "close" => Part::Footer,
            _ => stanza.part,
        }
    }

    /// What goes over the wire for a text of the script: headers and ends become elements in a WebSocket.
    fn on_wire<'t>(&self, actor: usize, part: Part, text: &'t str) -> Cow<'t, str> {
        let item = match part {
            Part::Header => StreamItem::WrittenHeader(text),
            Part::Footer => StreamItem::WrittenFooter(text),
            Part::Whole | Part::Text => return text.into(),
        };
        let live = self.actors[actor].live.as_ref();
        let line = live.and_then(|live| live.line.as_ref());
        line.map_or(text.into(), |line| line.writer.text(item))
    }

    /// Sends the header of a stream, to which the server answers by one of its own.
    async fn send_header(&mut self, actor: usize, text: &str) -> Result<(), Stop> {
        self.begin_stream(actor).await;
        let header = StreamItem::WrittenHeader(text);
        self.write_with(actor, async |writer| writer.send(header).await)
            .await
    }

    /// Sends the end of a stream. The server may still send what it likes.
    async fn send_footer(&mut self, actor: usize, text: &str) -> Result<(), Stop> {
        if let Some(live) = &mut self.actors[actor].live {
            live.is_leaving = true;
        }
        let footer = StreamItem::WrittenFooter(text);
        self.write_with(actor, async |writer| writer.send(footer).await)
            .await
    }

    /// Takes note that an actor does something on its connection by a step.
    fn note_acted(&mut self, actor: usize, step: usize) {
        if let Some(live) = &mut self.actors[actor].live {
            live.acted = step;
            live.sent = Some(step);
        }
    }

    /// Takes note of what is about to be sent because of a step, wherever it has to be known later.
    pub(super) fn note_sent(&mut self, actor: usize, step: usize, sent: &Sent) {
        let is_stanza = sent.is_stanza_of(self.plan.actors[actor].role);
        if self.actors[actor].can_be_settled() {
            self.note_unsettled(actor, step, sent);
        }
        self.note_acted(actor, step);
        self.note_own_error(actor, sent);
        let state = &mut self.actors[actor];
        if let Some(live) = &mut state.live
            && sent.name.namespace == ns::CLIENT_STATE
        {
            live.is_inactive = sent.name.local == "inactive";
        }
        if let Some(live) = &mut state.live {
            live.standing.note_sent(&sent.name, sent.bind_id());
        }
        state.management.note_sent(&sent.name, is_stanza);
        if management::is_request(&sent.name) {
            state.inbox.expect_acknowledgement();
        }
        if let Some(id) = &sent.request_id {
            state.inbox.expect_answer(id.clone(), sent.to.as_deref());
        }
        self.bind_counts(actor);
    }

    /// In a recording, and only there, something else stands in the place of a secret.
    async fn tally_sent(&mut self, actor: usize, text: &str) -> Result<(), Stop> {
        let namespace = self.plan.actors[actor].role.namespace();
        let text = match self.backend {
            Backend::Live { .. } => Cow::Borrowed(text),
            Backend::Recorded(_) => Cow::Owned(self.secrets.seal(text).into_owned()),
        };
        self.tally(actor, Act::Send(&text, namespace)).await?;
        Ok(())
    }

    /// Writes elements to an actor's stream, if it is open. If the server has just ended the connection, that counts as
    /// known before; if it takes no more, the stream has broken.
    pub(super) async fn write(&mut self, actor: usize, elements: &[String]) -> Result<(), Stop> {
        self.write_with(actor, async |writer| writer.send_elements(elements).await)
            .await
    }

    /// Writes to an actor's stream, as [`ScriptRun::write`] does.
    async fn write_with(
        &mut self,
        actor: usize,
        write: impl AsyncFnOnce(&mut Writer) -> io::Result<()>,
    ) -> Result<(), Stop> {
        let patience = self.patience();
        let open = self.actors[actor].open();
        let Some(line) = open.and_then(|live| live.line.as_mut()) else {
            return Ok(());
        };
        let how = match timeout(patience, write(&mut line.writer)).await {
            Ok(Ok(())) => return Ok(()),
            // It seldom comes to that, and what writes need not have room for it.
            Ok(Err(_)) if Box::pin(self.await_closed(&[actor], self.deadline())).await => {
                return Ok(());
            }
            Ok(Err(error)) => error.to_string(),
            Err(_) => not_read_for(patience),
        };
        self.close_off(actor, Closed::NotTaken(how));
        Ok(())
    }

    /// Writes what is no step of the story, if the stream is open. If that fails, the next step on this stream tells why.
    pub(super) async fn write_aside(&mut self, actor: usize, xml: &str) {
        let patience = self.patience();
        let open = self.actors[actor].open().filter(|live| live.can_say_more());
        let Some(live) = open else { return };
        let Some(line) = &mut live.line else { return };
        match timeout(patience, line.writer.send(StreamItem::Element(xml))).await {
            Ok(Ok(())) => {}
            // How the connection has ended is told by the task that reads it.
            Ok(Err(_)) => live.is_leaving = true,
            Err(_) => self.close_off(actor, Closed::NotTaken(not_read_for(patience))),
        }
    }
}

/// How it is told that nothing could be written.
fn not_read_for(patience: Duration) -> String {
    format!("the server has read nothing for {patience:?}")
}
