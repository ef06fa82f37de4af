//! One script that is run, from the first step to the last connection closed.

use std::time::Duration;

use minidom::Element;
use tokio::sync::watch;
use tokio::time::{Instant, timeout_at};

use super::actor::Actor;
use super::addressees::Addressees;
use super::backend::Backend;
use super::delivery::Pong;
use super::error::{RunError, RunErrorKind};
use super::event::{Event, Reporter, Traffic};
use super::flush::{Flusher, Unsettled};
use super::marked::Marked;
use super::outcome::{
    Failure, Member, Reason, ScriptOutcome, StepOutcome, StepStatus, Stray, Unmet,
};
use super::recording::{Happening, Keep, Moment, Recording};
use super::replay::{Act, NotReplayed, Recorded, Replay};
use crate::matcher::Bindings;
use crate::plan::{self, ActorPlan, Plan, Step};
use crate::script::ast::ActorName;
use crate::script::{Deed, Verb};
use crate::secrets::Secrets;
use crate::xmpp::{ConnectOptions, Dial, Direction};

/// How long a server may take to close its side when a script is over.
const CURTAIN_CALL: Duration = Duration::from_secs(2);

/// What holds for all scripts of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long to wait for what is expected, and for each step of a login.
    pub timeout: Duration,
    /// How long nothing may come for `receives: nothing`.
    pub quiet_time: Duration,
    /// How to connect.
    pub connect: ConnectOptions,
    /// How much of what happens is kept.
    pub keep: Keep,
}

/// Tells runs to stop.
#[derive(Debug)]
pub struct Interrupter(watch::Sender<bool>);

impl Interrupter {
    /// Stops every run that has the other half.
    pub fn interrupt(&self) {
        self.0.send_replace(true);
    }
}

/// Tells a run whether it is to stop.
#[derive(Debug, Clone)]
pub struct Interrupt(watch::Receiver<bool>);

impl Interrupt {
    /// Whether it is to stop.
    pub fn is_set(&self) -> bool {
        *self.0.borrow()
    }

    /// Waits until it is to stop.
    pub async fn wait(&mut self) {
        if self.0.wait_for(|stop| *stop).await.is_err() {
            // Nobody is left who could interrupt.
            std::future::pending().await
        }
    }
}

/// A way to stop runs.
pub fn interrupt() -> (Interrupter, Interrupt) {
    let (sender, receiver) = watch::channel(false);
    (Interrupter(sender), Interrupt(receiver))
}

/// Acts out plans.
pub struct Runner<'a> {
    dialer: &'a dyn Dial,
    options: RunOptions,
    interrupt: Interrupt,
}

impl<'a> Runner<'a> {
    /// A runner that reaches servers by `dialer`.
    pub fn new(dialer: &'a dyn Dial, options: RunOptions, interrupt: Interrupt) -> Self {
        Self {
            dialer,
            options,
            interrupt,
        }
    }

    /// Acts out a plan. Whatever happens, all connections are closed at the end and the outcome has every step.
    pub async fn run(&self, plan: &Plan, reporter: &mut dyn Reporter) -> ScriptOutcome {
        reporter.event(&Event::ScriptStarted(plan));
        let backend = Backend::live(self.dialer);
        let mut script_run = ScriptRun::new(plan, backend, &self.options, reporter);
        let mut steps = script_run.act(self.interrupt.clone()).await;
        script_run.hear_out(&steps, self.interrupt.clone()).await;
        script_run.heed_broken_streams(&mut steps).await;
        script_run.recording.end_story();
        script_run.close_all().await;
        let outcome = script_run.outcome(steps);
        reporter.event(&Event::ScriptFinished(&outcome));
        outcome
    }

    /// Does not act out a plan, as the server has not what it requires.
    pub fn pass_over(
        &self,
        plan: &Plan,
        unmet: Unmet,
        reporter: &mut dyn Reporter,
    ) -> ScriptOutcome {
        reporter.event(&Event::ScriptStarted(plan));
        let backend = Backend::live(self.dialer);
        let script_run = ScriptRun::new(plan, backend, &self.options, reporter);
        let not_run = |step| script_run.step_outcome(step, StepStatus::NotRun, Duration::ZERO);
        let steps = (0..plan.steps.len()).map(not_run).collect();
        let mut outcome = script_run.outcome(steps);
        outcome.unmet = Some(unmet);
        reporter.event(&Event::ScriptFinished(&outcome));
        outcome
    }
}

/// Judges a plan by what was recorded of a script with the same cast, without any server and without waiting. It is
/// judged as a run would do it, up to where the recording cannot tell what comes.
pub async fn replay(
    plan: &Plan,
    recorded: Recorded<'_>,
    options: &RunOptions,
    reporter: &mut dyn Reporter,
) -> ScriptOutcome {
    // The order of the story is that of the recording.
    let plan = &Plan {
        sync: plan::Sync::None,
        ..plan.clone()
    };
    reporter.event(&Event::ScriptStarted(plan));
    let backend = Backend::Recorded(Replay::new(recorded, plan.actors.len()));
    let mut script_run = ScriptRun::new(plan, backend, options, reporter);
    let (_interrupter, interrupt) = interrupt();
    let mut steps = script_run.act(interrupt).await;
    script_run.heed_broken_streams(&mut steps).await;
    script_run.recording.end_story();
    script_run.close_all().await;
    let outcome = script_run.outcome(steps);
    reporter.event(&Event::ScriptFinished(&outcome));
    outcome
}

/// What ends a script before its time.
pub(super) enum Stop {
    /// The server departed from the script, at the step that is being taken.
    Failed(Box<Failure>),
    /// It did so at this step, which was taken before, as is known only now.
    FailedBefore(usize, Box<Failure>),
    /// We could not find out.
    Errored(RunError),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Stop::Failed(Box::new(failure))
    }
}

impl From<RunError> for Stop {
    fn from(error: RunError) -> Self {
        Stop::Errored(error)
    }
}

/// A script that is run: all state that changes while it runs.
pub(super) struct ScriptRun<'a> {
    pub(super) plan: &'a Plan,
    pub(super) backend: Backend<'a>,
    pub(super) options: &'a RunOptions,
    pub(super) reporter: &'a mut dyn Reporter,
    pub(super) actors: Vec<Actor>,
    pub(super) bindings: Bindings,
    pub(super) flusher: Flusher,
    pub(super) addressees: Addressees,
    /// Over whose streams something was sent that may not be handled yet.
    pub(super) unsettled: Marked,
    /// Whose sessions may be at work because of what others have sent.
    pub(super) working: Marked,
    /// Who has variables of stream management.
    pub(super) counted: Marked,
    /// Answers to pings of the server that have not gone out yet.
    pub(super) pongs: Vec<Pong>,
    /// The step that is being taken.
    pub(super) step: usize,
    /// Whether the steps have been taken, and the server only says what it still has to say.
    pub(super) is_heard_out: bool,
    pub(super) secrets: Secrets,
    strays: Vec<Stray>,
    pub(super) recording: Recording,
    started: Instant,
}

impl<'a> ScriptRun<'a> {
    fn new(
        plan: &'a Plan,
        backend: Backend<'a>,
        options: &'a RunOptions,
        reporter: &'a mut dyn Reporter,
    ) -> Self {
        let mut bindings = Bindings::new();
        for actor in &plan.actors {
            bind_known_jids(actor, &mut bindings);
        }
        for (name, value) in plan.known() {
            bindings.bind(name, value);
        }
        Self {
            plan,
            backend,
            options,
            reporter,
            actors: plan
                .actors
                .iter()
                .map(|actor| Actor::new(actor.role))
                .collect(),
            bindings,
            flusher: Flusher::new(),
            addressees: Addressees::of(&plan.actors),
            unsettled: Marked::default(),
            working: Marked::default(),
            counted: Marked::default(),
            pongs: Vec::new(),
            step: 0,
            is_heard_out: false,
            secrets: plan.secrets(),
            strays: Vec::new(),
            recording: Recording::new(plan.actors.len(), options.keep),
            started: Instant::now(),
        }
    }

    /// Takes the steps until one stops it.
    async fn act(&mut self, mut interrupt: Interrupt) -> Vec<StepOutcome> {
        let not_run = |step| self.step_outcome(step, StepStatus::NotRun, Duration::ZERO);
        let mut outcomes: Vec<StepOutcome> = (0..self.plan.steps.len()).map(not_run).collect();
        let end = self.end_of_story();
        let mut is_over = false;
        for (index, step) in self.plan.steps.iter().enumerate() {
            is_over = index == end && self.settle_story(&mut outcomes, &mut interrupt).await;
            is_over = is_over || self.take(index, step, &mut outcomes, &mut interrupt).await;
            if is_over {
                break;
            }
        }
        if end == self.plan.steps.len() && !is_over {
            self.settle_story(&mut outcomes, &mut interrupt).await;
        }
        outcomes
    }

    /// Takes a step, and writes down what comes of it. Tells whether the script is over with it.
    async fn take(
        &mut self,
        index: usize,
        step: &'a Step,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let plan = self.plan;
        self.step = index;
        self.recording.go_on(index);
        self.backend.go_on(step, plan);
        self.reporter
            .event(&Event::StepStarted { plan, step: index });
        let started = Instant::now();
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Err(self.error(step.actor, RunErrorKind::Interrupted).into()),
            result = self.take_step(step) => result,
        };
        let is_over = result.is_err();
        let status = match result {
            Ok(()) => StepStatus::Passed,
            Err(stop) => self.stopped(stop, outcomes),
        };
        outcomes[index] = self.step_outcome(index, status, started.elapsed());
        self.reporter.event(&Event::StepFinished {
            plan,
            outcome: &outcomes[index],
        });
        is_over
    }

    /// What becomes of the step that is being taken when something stops the script.
    fn stopped(&self, stop: Stop, outcomes: &mut [StepOutcome]) -> StepStatus {
        match stop {
            Stop::Failed(failure) => StepStatus::Failed(failure),
            Stop::FailedBefore(step, failure) if step == self.step => StepStatus::Failed(failure),
            Stop::FailedBefore(step, failure) => {
                let duration = outcomes[step].duration;
                outcomes[step] = self.step_outcome(step, StepStatus::Failed(failure), duration);
                StepStatus::NotRun
            }
            Stop::Errored(error) => StepStatus::Errored(error),
        }
    }

    /// The step before which the story is over: the first of those by which actors only leave.
    fn end_of_story(&self) -> usize {
        let stays = |step: &Step| match &step.verb {
            Verb::Does(deed) => !deed.only_leaves(),
            Verb::Expects(_) => true,
        };
        let last = self.plan.steps.iter().rposition(stays);
        last.map_or(0, |last| last + 1)
    }

    /// Waits, when the story is over and before anybody leaves, until everything is handled: what the last stanzas have
    /// done to their streams is then known. Tells whether something has failed.
    async fn settle_story(
        &mut self,
        outcomes: &mut [StepOutcome],
        interrupt: &mut Interrupt,
    ) -> bool {
        let result = tokio::select! {
            biased;
            () = interrupt.wait() => Ok(()),
            result = self.flush_all() => result,
        };
        let Err(stop) = result else {
            return false;
        };
        let duration = outcomes[self.step].duration;
        match self.stopped(stop, outcomes) {
            // It was taken, and what stops the script is not of it.
            StepStatus::NotRun => {}
            status => outcomes[self.step] = self.step_outcome(self.step, status, duration),
        }
        true
    }

    async fn take_step(&mut self, step: &'a Step) -> Result<(), Stop> {
        match &step.verb {
            Verb::Does(Deed::Connect) => self.connect(step).await,
            Verb::Does(Deed::Disconnect) => self.disconnect(step).await,
            Verb::Does(Deed::Send(stanzas)) => self.send(step, stanzas).await,
            Verb::Expects(expectation) => self.expect(step, expectation).await,
        }
    }

    fn step_outcome(&self, step: usize, status: StepStatus, duration: Duration) -> StepOutcome {
        let planned = &self.plan.steps[step];
        StepOutcome {
            step,
            actor: self.name(planned.actor).clone(),
            span: planned.span,
            comments: planned.comments.clone(),
            status,
            duration,
            pings: self.actors[planned.actor].pings,
        }
    }

    /// What the story calls an actor.
    pub(super) fn name(&self, actor: usize) -> &'a ActorName {
        &self.plan.actors[actor].name
    }

    /// A run error of an actor.
    pub(super) fn error(&self, actor: usize, kind: RunErrorKind) -> RunError {
        RunError::new(self.name(actor), kind)
    }

    /// The time at which patience ends.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.options.timeout
    }

    /// Sees that what an actor does is what it is recorded to have done, and gives its moments. Before a server it may
    /// do what it likes.
    pub(super) fn tally(&mut self, actor: usize, act: Act<'_>) -> Result<&'a [Moment], Stop> {
        self.catch_up();
        let Backend::Recorded(replay) = &mut self.backend else {
            return Ok(&[]);
        };
        let moments = replay.act(actor, act).map_err(|untold| match untold {
            NotReplayed::Ended => replay.end(),
            NotReplayed::Otherwise(moment) => RunErrorKind::RecordedOtherwise {
                actor: self.plan.actors[moment.actor].name.clone(),
                act: shortened(&moment.happening.to_string()),
            },
        });
        let moments = moments.map_err(|kind| self.error(actor, kind))?;
        if let Some(moment) = moments.first() {
            self.recording.go_to(moment.at);
        }
        Ok(moments)
    }

    /// Sees that an actor that ends its session is recorded to have ended it.
    pub(super) fn leave(&mut self, actor: usize) -> Result<(), Stop> {
        if self.actors[actor].live.is_some() {
            self.tally(actor, Act::Leave)?;
        }
        Ok(())
    }

    /// Tells what an actor sends.
    pub(super) fn tell_sent(&mut self, actor: usize, xml: &str) {
        self.tell_wire(actor, Direction::Sent, xml);
    }

    /// Tells what goes over an actor's wire.
    pub(super) fn tell_wire(&mut self, actor: usize, direction: Direction, xml: &str) {
        self.reporter.event(&Event::Wire {
            actor: &self.plan.actors[actor].name,
            direction,
            xml: Traffic::text(xml, &self.secrets),
        });
    }

    pub(super) fn tell_received(&mut self, actor: usize, element: &Element) {
        self.reporter.event(&Event::Wire {
            actor: &self.plan.actors[actor].name,
            direction: Direction::Received,
            xml: Traffic::element(element, &self.secrets),
        });
    }

    /// Ends a session, whatever state it is in: what was passed over in it stays unexpected.
    pub(super) fn forget_session(&mut self, actor: usize) {
        let name = self.name(actor).clone();
        let state = &mut self.actors[actor];
        state.live = None;
        state.unsettled = Unsettled::default();
        state.work = None;
        self.unsettled.remove(actor);
        self.working.remove(actor);
        let passed_over = state.inbox.drain_passed_over();
        self.strays
            .extend(passed_over.into_iter().map(|element| Stray {
                actor: name.clone(),
                element,
            }));
    }

    async fn disconnect(&mut self, step: &Step) -> Result<(), Stop> {
        if self.actors[step.actor].live.is_none() {
            return Ok(());
        }
        self.settle_session(step.actor).await?;
        self.leave(step.actor)?;
        let closed = self.close(&[step.actor], self.deadline()).await;
        self.forget_session(step.actor);
        if closed {
            return Ok(());
        }
        let waited = self.options.timeout;
        Err(Failure::without_stanza(Reason::StillOpen { waited }, step.span).into())
    }

    /// Sees, before an actor ends its session, that the server has handled what was sent over it, and that the stream
    /// has not broken of it.
    pub(super) async fn settle_session(&mut self, actor: usize) -> Result<(), Stop> {
        match self.actors[actor].live {
            Some(_) => self.flush_before_leaving(actor).await?,
            None => self.flush_others(actor).await?,
        }
        match self.broken_at(actor) {
            Some((step, failure)) => Err(Stop::FailedBefore(step, Box::new(failure))),
            None => Ok(()),
        }
    }

    /// Closes streams, all at once, and waits for the server to close its side of them; tells whether it did. Then
    /// the connections below them are ended.
    pub(super) async fn close(&mut self, actors: &[usize], deadline: Instant) -> bool {
        for actor in actors {
            if let Some(live) = &mut self.actors[*actor].live {
                live.is_leaving = true;
                self.recording.note(*actor, Happening::Left);
                // Where the server has closed its side, ours is still due (RFC 6120 §4.4); where it takes no more,
                // there is nothing left to say to it.
                if let Some(line) = &mut live.line {
                    let _ = timeout_at(deadline, line.writer.close()).await;
                }
            }
        }
        let closed = self.await_closed(actors, deadline).await;
        for actor in actors {
            let live = self.actors[*actor].live.as_mut();
            if let Some(line) = live.and_then(|live| live.line.as_mut()) {
                let _ = timeout_at(deadline, line.writer.shutdown()).await;
            }
        }
        closed
    }

    /// Waits until the server has closed the streams of some actors; tells whether it did.
    pub(super) async fn await_closed(&mut self, actors: &[usize], deadline: Instant) -> bool {
        while actors
            .iter()
            .any(|actor| self.actors[*actor].open().is_some())
        {
            if !self.wait(deadline).await {
                return false;
            }
        }
        true
    }

    /// Lets the server say what it has to say to the last steps, for a recording by which others may be judged. Who
    /// does not answer has said that much.
    async fn hear_out(&mut self, steps: &[StepOutcome], mut interrupt: Interrupt) {
        let is_clear = |step: &StepOutcome| !matches!(step.status, StepStatus::Errored(_));
        let anybody = self.actors.iter_mut().any(|actor| actor.open().is_some());
        if self.options.keep != Keep::Settled || !anybody || !steps.iter().all(is_clear) {
            return;
        }
        self.is_heard_out = true;
        let everybody = (0..self.actors.len()).collect();
        let silence = async {
            let _ = self.flush(everybody).await;
            let deadline = Instant::now() + self.options.quiet_time;
            while self.wait(deadline).await {}
        };
        tokio::select! {
            biased;
            () = interrupt.wait() => {}
            () = silence => {}
        }
    }

    async fn close_all(&mut self) {
        let everybody: Vec<usize> = (0..self.actors.len()).collect();
        self.close(&everybody, Instant::now() + CURTAIN_CALL).await;
        for actor in everybody {
            self.forget_session(actor);
        }
    }

    fn outcome(self, steps: Vec<StepOutcome>) -> ScriptOutcome {
        ScriptOutcome {
            case: self.plan.case.clone(),
            source: self.plan.source.clone(),
            title: self.plan.title.clone(),
            description: self.plan.description.clone(),
            tags: self.plan.tags.clone(),
            cast: self.plan.actors.iter().map(member).collect(),
            steps,
            kept: self.options.keep,
            story_end: self.recording.story_end(),
            moments: self.recording.into_moments(),
            unexpected: self.strays,
            duration: self.started.elapsed(),
            server_log: String::new(),
            server: None,
            unmet: None,
            suffix: self.plan.suffix.clone(),
            given: self
                .plan
                .known()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
            bindings: self.bindings,
            secrets: self.secrets,
        }
    }
}

/// The beginning of a text, if it is a long one.
fn shortened(text: &str) -> String {
    const LONG: usize = 200;
    match text.char_indices().nth(LONG) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn member(actor: &ActorPlan) -> Member {
    Member {
        name: actor.name.clone(),
        role: actor.role,
        jid: actor.jid.to_string(),
    }
}

/// Binds what is known of an actor's JIDs before it connects: the bare one, and the full one if the script gives
/// the resource.
fn bind_known_jids(actor: &ActorPlan, bindings: &mut Bindings) {
    let bare = actor.jid.to_bare();
    bindings.bind(actor.bare_jid_variable(), bare.to_string());
    if let Some(full) = actor.expected_full_jid() {
        bindings.bind(actor.full_jid_variable(), full);
    }
}
