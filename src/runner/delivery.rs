//! What comes over the actors' streams, put where it belongs: answers to the runner's own requests are used here, a
//! ping of the server that is not for the script is answered, and all else goes into an actor's inbox, unless a rule of
//! the actor takes it.

use std::sync::Arc;

use minidom::Element;
use tokio::time::Instant;

use super::actor::Live;
use super::arrival::{Arrival, Arrived};
use super::management::{Came, counted};
use super::recording::Happening;
use super::script_run::ScriptRun;
use super::server_ping;
use crate::matcher::Bindings;
use crate::xmpp::Closed;

impl ScriptRun<'_> {
    /// Waits for something to come, for any actor, and puts it where it belongs. Tells whether anything came; nothing
    /// does any more once a rule has made trouble, which ends the step.
    pub(super) async fn wait(&mut self, deadline: Instant) -> bool {
        if self.trouble.is_some() {
            return false;
        }
        let arrival = self.backend.next(deadline).await;
        self.is_time_up = arrival.is_none();
        let Some(arrival) = arrival else {
            return false;
        };
        self.deliver(arrival).await;
        true
    }

    /// Puts all that has come already where it belongs.
    pub(super) async fn catch_up(&mut self) {
        while let Some(arrival) = self.backend.ready() {
            self.deliver(arrival).await;
        }
    }

    /// The same, for what has come before a time.
    pub(super) async fn catch_up_until(&mut self, deadline: Instant) {
        while let Some(arrival) = self.backend.ready_until(deadline) {
            self.deliver(arrival).await;
        }
    }

    /// Puts what has come where it belongs.
    pub(super) async fn deliver(&mut self, arrival: Arrival) {
        let actor = arrival.actor;
        let state = &self.actors[actor];
        // What comes behind the end of a session, or of one before, is nobody's any more.
        if state.sessions != arrival.session || state.live.is_none() {
            return;
        }
        if let Some(at) = arrival.at {
            self.recording.go_to(at);
        }
        match arrival.arrived {
            Arrived::Header(header) => {
                let element = Arc::new(self.header_element(actor, &header));
                if let Some(live) = &mut self.actors[actor].live {
                    live.standing.header = Some(header);
                }
                self.deliver_element(actor, element, self.step).await;
            }
            Arrived::Element(element) => {
                let during = arrival.during.unwrap_or(self.step);
                let element = self.with_computed(element);
                self.deliver_element(actor, element, during).await;
            }
            Arrived::Answered(text) => self.take_over_answer(actor, text),
            Arrived::Kept { stanzas, pings } => {
                let state = &mut self.actors[actor];
                state.pings += pings;
                state.management.note_own(stanzas);
                state.management.note_for_runner(stanzas);
            }
            Arrived::Silence(entities) => {
                self.note_silence(actor, entities, arrival.during.unwrap_or(self.step));
            }
            Arrived::Closed(how) => self.close_off(actor, how),
        }
        self.bind_counts(actor);
    }

    /// Takes note that a stream is over, and how it came. A reader that is handed on tells its end again.
    pub(super) fn close_off(&mut self, actor: usize, how: Closed) {
        if self.actors[actor].inbox.end().is_some() {
            return;
        }
        self.recording.note(actor, Happening::Closed(how.clone()));
        self.flusher.forget(actor);
        let state = &mut self.actors[actor];
        state.inbox.note_end(&how);
        if let Some(live) = &mut state.live {
            // A stream that has ended by an error may be closed behind it.
            live.closed.get_or_insert(how);
        }
    }

    async fn deliver_element(&mut self, actor: usize, element: Arc<Element>, during: usize) {
        let role = self.plan.actors[actor].role;
        let state = &mut self.actors[actor];
        let (mut is_answer, mut may_be_asked_for, mut is_bound) = (false, false, false);
        if let Some(live) = &mut state.live {
            is_bound = live.standing.is_bound;
            // What binds the stream has still its turn.
            state.inbox.go_by_turns(!live.standing.is_bound);
            let (standing, home) = (&mut live.standing, state.inbox.home());
            is_answer = standing.note_received(&element, home, live.has_sent_text);
            may_be_asked_for = is_answer || live.has_sent_text;
        }
        if is_answer {
            self.heed_identity(actor, &element);
        }
        let is_stanza = role.stream.carries(&element);
        let management = &mut self.actors[actor].management;
        match management.note_received(counted(&element), is_stanza, may_be_asked_for) {
            Came::OwnAcknowledgement => return self.flusher.settle_stream(actor),
            Came::Acknowledgement => self.pending.note_acknowledged(actor),
            Came::Other => {}
        }
        let home = self.actors[actor].inbox.home();
        let is_session_of = |asked| self.addressees.share_session(asked, actor);
        if self.flusher.settle(&element, home, is_session_of) {
            return;
        }
        // Where nothing can be sent yet, a stanza is nothing that the script may be spared.
        if is_bound && let Some(xml) = server_ping::answer(self.plan, actor, &element) {
            // Few servers ping, and whatever waits for something need not have room for it.
            return Box::pin(self.answer_ping(actor, &xml)).await;
        }
        self.tell_received(actor, &element);
        self.recording
            .note(actor, Happening::Received(Arc::clone(&element)));
        self.pending.note_answer(actor, &element);
        self.heed_rules(actor, element, during).await;
    }

    /// Answers a ping of the server. If that fails, the next step on this stream tells why.
    async fn answer_ping(&mut self, actor: usize, xml: &str) {
        let is_possible =
            |live: &mut Live| live.can_say_more() && live.takes_requests() && live.line.is_some();
        if !self.actors[actor].open().is_some_and(is_possible) {
            return;
        }
        self.write_aside(actor, xml).await;
        self.actors[actor].management.note_own(1);
        self.recording.note(actor, Happening::Ponged);
        self.tell_sent(actor, xml);
        self.bind_counts(actor);
    }

    /// Takes over the values of variables after something was received. They were derived from older ones: those of
    /// stream management may have changed meanwhile, and so may the JIDs of actors.
    pub(super) fn rebind(&mut self, bindings: Bindings) {
        self.bindings = bindings;
        for (actor, jid) in self.told_jids.clone() {
            self.bind_jids(actor, &jid);
        }
        for actor in self.counted.clone() {
            self.actors[actor].told_counts = None;
            self.bind_counts(actor);
        }
        self.hide_computed();
    }

    /// Gives the variables of stream management the values that they have now (XEP-0198 §4).
    pub(super) fn bind_counts(&mut self, actor: usize) {
        let management = &self.actors[actor].management;
        if !management.is_counting() {
            return;
        }
        let counts = (management.sent(), management.received());
        if self.actors[actor].told_counts != Some(counts) {
            self.actors[actor].told_counts = Some(counts);
            self.counted.insert(actor);
            let planned = &self.plan.actors[actor];
            let bindings = &mut self.bindings;
            bindings.bind(planned.sent_count_variable(), counts.0.to_string());
            bindings.bind(planned.received_count_variable(), counts.1.to_string());
        }
    }
}
