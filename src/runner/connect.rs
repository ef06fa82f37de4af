//! `connects`, and the verbs that go only a part of its way: `opens a connection`, `opens a stream`, `logs in`.

use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use minidom::Element;

use super::actor::Live;
use super::backend::Network;
use super::error::{RunError, RunErrorKind};
use super::event::{Event, Traffic};
use super::line::Line;
use super::outcome::{Failure, Reason};
use super::recording::{Happening, Moment};
use super::replay::{Act, Begins};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::ns;
use crate::plan::Step;
use crate::xmpp::{
    Closed, ConnectError, ConnectErrorKind, ConnectOptions, Direction, Header, Home, Initiator,
    Link, Milestone, NotReached, RawStream, Stage, StreamKind, Wire, read_element, read_header,
};

impl<'a> ScriptRun<'a> {
    /// Leads an actor's connection on to a milestone. Where it has come so far already, or has ended, and where there is
    /// none, a new one is begun.
    pub(super) async fn reach(&mut self, step: &Step, milestone: Milestone) -> Result<(), Stop> {
        let actor = step.actor;
        let milestone = self.own_milestone(actor, milestone);
        let begins = self.make_way(actor, milestone).await?;
        match self.backend.network() {
            // A login is long, and a step that is something else need not have room for it.
            Some(network) => Box::pin(self.lead(actor, milestone, &network)).await?,
            None => self.lead_again(actor, milestone, begins).await?,
        }
        if let Some(live) = &mut self.actors[actor].live {
            live.is_let_in |= milestone >= Milestone::Login;
        }
        match milestone {
            Milestone::Session => self.check_identity(step),
            Milestone::Connection | Milestone::Stream | Milestone::Login => Ok(()),
        }
    }

    /// A component that has proved itself is all that it can be.
    fn own_milestone(&self, actor: usize, milestone: Milestone) -> Milestone {
        match (milestone, self.plan.actors[actor].identity.stream) {
            (Milestone::Login, StreamKind::Component) => Milestone::Session,
            (milestone, _) => milestone,
        }
    }

    /// Gets ready to lead an actor's connection on, or to begin a new one.
    pub(super) async fn make_way(
        &mut self,
        actor: usize,
        milestone: Milestone,
    ) -> Result<Begins, Stop> {
        self.await_answer(actor).await;
        self.catch_up().await;
        if self.can_be_led_on(actor, milestone) {
            self.flush_others(actor).await?;
        }
        // The server may have ended the stream meanwhile.
        if self.can_be_led_on(actor, milestone) {
            return Ok(Begins::WhereItStands);
        }
        self.end_session(actor, self.patience()).await?;
        Ok(Begins::Anew)
    }

    fn can_be_led_on(&mut self, actor: usize, milestone: Milestone) -> bool {
        let open = self.actors[actor].open();
        let open = open.filter(|live| live.can_say_more());
        open.is_some_and(|live| live.standing.is_before(milestone))
    }

    /// Sees that an actor is bound to a JID of the account that it has logged in with. The resource is up to the server
    /// (RFC 6120 §7.7.2.2), unless the story spells it out.
    fn check_identity(&mut self, step: &Step) -> Result<(), Stop> {
        let planned = &self.plan.actors[step.actor];
        let bound = self.bindings.get(&planned.full_jid_variable());
        let bound = bound.and_then(|jid| Jid::new(jid).ok());
        let Some(bound) = bound.filter(|_| planned.role.is_user()) else {
            return Ok(());
        };
        let is_same_user = planned.is_user_of(&bound);
        let wanted = planned.expected_full_jid();
        let other = wanted.filter(|wanted| Jid::new(wanted).is_ok_and(|wanted| wanted != bound));
        let wanted = match (is_same_user, other) {
            (false, _) => planned.jid.to_bare().to_string(),
            (true, Some(wanted)) if planned.spelt_out => wanted,
            (true, Some(wanted)) => {
                self.reporter.event(&Event::Notice {
                    actor: &planned.name,
                    text: format!("the server bound {bound} where {wanted} was asked for, as it may (RFC 6120 §7.7.2.2)"),
                });
                return Ok(());
            }
            (true, None) => return Ok(()),
        };
        let bound = bound.to_string();
        Err(Failure::without_stanza(Reason::BoundAs { wanted, bound }, step.span).into())
    }

    /// Leads a connection on, in front of a server.
    async fn lead(
        &mut self,
        actor: usize,
        milestone: Milestone,
        network: &Network<'_>,
    ) -> Result<(), Stop> {
        let begun = self.take_back(actor).await?;
        let is_led_on = begun.is_some();
        match self.lead_from(actor, begun, milestone, network).await {
            Ok(stage) => {
                self.take_up(actor, stage, milestone, network);
                Ok(())
            }
            Err(not_reached) => match &not_reached.error().kind {
                ConnectErrorKind::Closed(how) if is_led_on => {
                    let how = how.clone();
                    Err(self.break_off(actor, not_reached, how).await)
                }
                _ => Err(self.give_up(actor, not_reached).await),
            },
        }
    }

    /// The failure that the server has ended a connection which the script itself has led to where it stood.
    pub(super) async fn break_off(
        &mut self,
        actor: usize,
        not_reached: NotReached,
        how: Closed,
    ) -> Stop {
        let mut observer = self.observer(actor);
        not_reached.hang_up(&mut observer).await;
        drop(observer);
        self.broken_by(actor, how)
    }

    pub(super) fn broken_by(&mut self, actor: usize, how: Closed) -> Stop {
        self.close_off(actor, how.clone());
        self.failure_by_break(how).into()
    }

    /// The failure that a stream broke in the step that is being taken.
    pub(super) fn failure_by_break(&self, how: Closed) -> Failure {
        let span = self.plan.steps[self.step].span;
        Failure::without_stanza(Reason::Broken { how }, span)
    }

    /// Takes leave of a connection that could not be led on.
    pub(super) async fn give_up(&mut self, actor: usize, not_reached: NotReached) -> Stop {
        let mut observer = self.observer(actor);
        let error = not_reached.hang_up(&mut observer).await;
        drop(observer);
        self.actors[actor].live = None;
        self.not_connected(actor, error)
    }

    /// Leads a connection on from a stage, or a new one. It is then neither read nor known to be the actor's.
    pub(super) async fn lead_from(
        &mut self,
        actor: usize,
        begun: Option<Stage>,
        milestone: Milestone,
        network: &Network<'_>,
    ) -> Result<Stage, NotReached> {
        let options = self.connect_options(actor);
        let initiator = self.initiator(actor, network, &options);
        let mut observer = self.observer(actor);
        initiator.lead(begun, milestone, &mut observer).await
    }

    pub(super) fn initiator<'o>(
        &self,
        actor: usize,
        network: &Network<'o>,
        options: &'o ConnectOptions,
    ) -> Initiator<'o>
    where
        'a: 'o,
    {
        let planned = &self.plan.actors[actor];
        Initiator {
            dialer: network.dialer,
            endpoint: &planned.endpoint,
            identity: &planned.identity,
            options,
        }
    }

    pub(super) fn connect_options(&self, actor: usize) -> ConnectOptions {
        ConnectOptions {
            login: self.plan.actors[actor].login.clone(),
            step_timeout: self.patience_for_login(),
            ..self.options.connect.clone()
        }
    }

    /// How long is waited for each step of a login, in the step that is being taken.
    pub(super) fn patience_for_login(&self) -> Duration {
        let own = self.plan.steps[self.step].within;
        own.unwrap_or(self.options.connect.step_timeout)
    }

    /// Tells and writes down what goes over the wire while a connection is led on.
    pub(super) fn observer(&mut self, actor: usize) -> impl FnMut(Wire) + Send {
        let planned = &self.plan.actors[actor];
        let (reporter, secrets) = (&mut *self.reporter, &self.secrets);
        let recording = &mut self.recording;
        move |wire: Wire| {
            reporter.event(&Event::Wire {
                actor: &planned.name,
                direction: wire.direction,
                xml: Traffic::login(&wire.xml, secrets),
            });
            recording.note(actor, Happening::Login(wire.direction, wire.xml));
        }
    }

    fn not_connected(&self, actor: usize, error: ConnectError) -> Stop {
        RunError::not_connected(self.name(actor), error, self.plan.actors.len()).into()
    }

    /// The connection of an actor, if it has one, at the stage to which it has come. What came up to now is delivered,
    /// and nothing more is read. One that has ended meanwhile is none.
    pub(super) async fn take_back(&mut self, actor: usize) -> Result<Option<Stage>, Stop> {
        self.await_greeting(actor).await;
        let Some(mut raw) = self.stop_reading(actor).await else {
            return Ok(None);
        };
        if self.actors[actor].open().is_none() {
            self.end_session(actor, self.patience()).await?;
            return Ok(None);
        }
        // What the server has said on its streams up to now is known.
        raw.link.header = None;
        let live = self.actors[actor].live.as_ref();
        Ok(live.map(|live| live.standing.stage(raw)))
    }

    /// The connection of an actor, if it has one, which is not read any more. What came up to now is delivered.
    pub(super) async fn stop_reading(&mut self, actor: usize) -> Option<RawStream> {
        let line = self.actors[actor].live.as_mut()?.line.take()?;
        let raw = line.stop().await;
        self.catch_up().await;
        Some(raw)
    }

    /// Waits for the header and the features of a stream that the script itself has begun.
    async fn await_greeting(&mut self, actor: usize) {
        let is_client = self.plan.actors[actor].identity.stream == StreamKind::Client;
        let deadline = self.deadline();
        let is_due = |live: &mut Live| live.standing.is_greeting_due(is_client);
        while self.actors[actor].open().is_some_and(is_due) {
            if !self.wait(deadline).await {
                return;
            }
        }
    }

    /// Waits for the answer to what the script itself has asked for: it says how far the connection has come.
    pub(super) async fn await_answer(&mut self, actor: usize) {
        let deadline = self.deadline();
        let is_due = |live: &mut Live| live.standing.is_answer_due();
        while self.actors[actor].open().is_some_and(is_due) {
            if !self.wait(deadline).await {
                return;
            }
        }
    }

    /// Lets a connection that was led to a milestone be the actor's, and reads it.
    pub(super) fn take_up(
        &mut self,
        actor: usize,
        stage: Stage,
        milestone: Milestone,
        network: &Network<'_>,
    ) {
        let jid = stage.jid();
        let mut raw = stage.into_raw();
        self.tell_notices(actor, &mut raw.link);
        if self.actors[actor].live.is_none() {
            self.begin_connection(actor);
        }
        match jid {
            Some(jid) => self.enter(actor, jid),
            None => self.recording.note(actor, Happening::Reached(milestone)),
        }
        self.stand_at(actor, milestone, Greeting::of(&raw));
        self.read(actor, raw, network);
    }

    pub(super) fn tell_notices(&mut self, actor: usize, link: &mut Link) {
        for notice in std::mem::take(&mut link.notices) {
            self.reporter.event(&Event::Notice {
                actor: self.name(actor),
                text: notice.to_string(),
            });
        }
    }

    /// Begins to read an actor's connection. As long as it is not bound, the server may begin new streams on it: it does
    /// after a login and when a header comes, whether or not it was due.
    pub(super) fn read(&mut self, actor: usize, mut raw: RawStream, network: &Network<'_>) {
        let state = &mut self.actors[actor];
        if let Some(live) = &mut state.live {
            raw.reader.allow_headers(!live.standing.is_bound);
            let line = Line::new(raw, actor, state.sessions, network.sender.clone());
            live.line = Some(line);
        }
    }

    /// Leads a connection on as it is recorded.
    async fn lead_again(
        &mut self,
        actor: usize,
        milestone: Milestone,
        begins: Begins,
    ) -> Result<(), Stop> {
        let moments = self.tally(actor, Act::Reach(milestone, begins)).await?;
        let greeting = self.repeat_login(actor, begins, moments);
        if let Some(Happening::Closed(how)) = moments.last().map(|last| &last.happening) {
            return Err(self.broken_by(actor, how.clone()));
        }
        self.stand_at(actor, milestone, greeting);
        Ok(())
    }

    /// Repeats a recorded login, and gives what the server has said on the last stream.
    pub(super) fn repeat_login(
        &mut self,
        actor: usize,
        begins: Begins,
        moments: &[Moment],
    ) -> Greeting {
        if begins == Begins::Anew {
            self.begin_connection(actor);
        }
        for moment in moments {
            self.recording.go_to(moment.at);
            match &moment.happening {
                Happening::Login(direction, xml) => {
                    self.tell_wire(actor, *direction, &xml.shown());
                    self.recording.note(actor, moment.happening.clone());
                }
                Happening::Connected(jid) => self.enter(actor, jid.clone()),
                // It is taken note of as what came of the login.
                Happening::Closed(_) => {}
                Happening::Reached(_)
                | Happening::Secured
                | Happening::Sent(_)
                | Happening::SentText(_)
                | Happening::Received(_)
                | Happening::Pinged(_)
                | Happening::AskedStream
                | Happening::Silent(_)
                | Happening::Ponged
                | Happening::Answered(_)
                | Happening::Left
                | Happening::Dropped => self.recording.note(actor, moment.happening.clone()),
            }
        }
        Greeting::recorded(moments, self.plan.actors[actor].role.namespace())
    }

    /// What there is not over a WebSocket (RFC 7395) is nothing that a server could be judged by.
    pub(super) fn must_be_a_document(&self, step: &Step) -> Result<(), Stop> {
        if !self.is_over_websocket(step.actor) {
            return Ok(());
        }
        let verb = step.verb.phrase().words;
        let kind = RunErrorKind::NotOverWebSocket { verb };
        Err(self.error(step.actor, kind).into())
    }

    /// Whether an actor's stream goes over a WebSocket.
    pub(super) fn is_over_websocket(&self, actor: usize) -> bool {
        self.plan.actors[actor].endpoint.is_websocket()
    }

    /// Begins a connection, on which nothing has been said.
    fn begin_connection(&mut self, actor: usize) {
        let planned = &self.plan.actors[actor];
        let home = Home::new(planned.jid.as_str(), &planned.server);
        let state = &mut self.actors[actor];
        state.sessions += 1;
        state.live = Some(Live::new(self.step));
        state.inbox.begin_session(home);
        state.management.begin_session();
    }

    /// Takes note that a connection has come to a milestone, with what the server has said on the new stream if it said
    /// that to the runner: it can be received.
    pub(super) fn stand_at(&mut self, actor: usize, milestone: Milestone, greeting: Greeting) {
        let step = self.step;
        let state = &mut self.actors[actor];
        let Some(live) = &mut state.live else { return };
        live.acted = step;
        live.standing.reach(milestone);
        state.inbox.go_by_turns(!live.standing.is_bound);
        if let Some(header) = greeting.header {
            let said = Arc::new(written(&header, greeting.is_framed));
            live.has_sent_text = false;
            live.standing.note_greeting(header, said, greeting.features);
        }
        if let Some(greeting) = live.standing.greeting() {
            state.inbox.greet(greeting, step);
        }
    }

    /// Takes note that an actor sends a header, be it on a stream that is bound: a new one of the server may follow.
    pub(super) async fn begin_stream(&mut self, actor: usize) {
        let state = &mut self.actors[actor];
        let Some(live) = &mut state.live else {
            return;
        };
        let was_bound = live.standing.is_bound;
        live.standing.note_sent_header();
        state.inbox.let_all_go_by_turns(true);
        live.has_sent_text = false;
        let line = live.line.take_if(|_| was_bound);
        if let Some((line, network)) = line.zip(self.backend.network()) {
            let raw = line.stop().await;
            self.read(actor, raw, &network);
        }
    }

    /// The header of a server as the script may receive it: the beginning of a document, or a message of a WebSocket.
    pub(super) fn header_element(&self, actor: usize, header: &Header) -> Element {
        written(header, self.is_over_websocket(actor))
    }
}

/// What a server says when a stream is opened; nothing where none was.
pub(super) struct Greeting {
    header: Option<Header>,
    /// Whether the header came as a message of a WebSocket.
    is_framed: bool,
    features: Option<Arc<Element>>,
}

impl Greeting {
    /// The last since a connection was taken back.
    fn of(raw: &RawStream) -> Self {
        Self {
            header: raw.link.header.clone(),
            is_framed: raw.writer.is_websocket(),
            features: raw.link.features.last().cloned(),
        }
    }

    /// The last that is recorded.
    fn recorded(moments: &[Moment], namespace: &str) -> Self {
        let mut features = None;
        for moment in moments.iter().rev() {
            let Happening::Login(Direction::Received, xml) = &moment.happening else {
                continue;
            };
            let xml = xml.shown();
            let element = read_element(&xml, namespace).ok();
            let open = element.as_ref().filter(|own| own.is("open", ns::FRAMING));
            let header = open.map(Header::of_open).or_else(|| read_header(&xml));
            if header.is_some() {
                return Self {
                    header,
                    is_framed: open.is_some(),
                    features,
                };
            }
            let element = element.filter(|element| element.is("features", ns::STREAM));
            features = features.or(element.map(Arc::new));
        }
        Self {
            header: None,
            is_framed: false,
            features,
        }
    }
}

/// A header as it came: as the beginning of a document, or as a message of a WebSocket.
fn written(header: &Header, is_framed: bool) -> Element {
    match is_framed {
        true => header.open_element(),
        false => header.element(),
    }
}
