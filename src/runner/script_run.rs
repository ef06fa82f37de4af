//! One script that is run: all state that changes meanwhile. The functions that work on it are in the files beside this
//! one, by subject.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use minidom::Element;
use tokio::time::Instant;

use super::actor::Actor;
use super::addressees::Addressees;
use super::backend::Backend;
use super::error::{RunError, RunErrorKind};
use super::event::{Event, Reporter, Traffic};
use super::flusher::Flusher;
use super::obstacle::{Obstacle, obstacle};
use super::options::RunOptions;
use super::outcome::{
    Chosen, Failure, Member, Reason, ScriptOutcome, StepOutcome, StepStatus, Stray, TestedServer,
};
use super::own_errors::OwnError;
use super::pending::Pending;
use super::recording::Recording;
use super::rules::Answers;
use super::story_so_far::StorySoFar;
use super::taken::Taken;
use super::tamper::Tamper;
use crate::matcher::Bindings;
use crate::plan::{ActorPlan, Plan, Receiving, Step};
use crate::script::ast::{ActorName, Comment};
use crate::script::{self, Part};
use crate::secrets::Secrets;
use crate::xmpp::Direction;

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
    pub(super) pending: Pending,
    /// The actors that have variables of stream management, so that a story of many actors does not look at all of them
    /// each time.
    pub(super) counted: BTreeSet<usize>,
    /// The JIDs of actors that came to be known by what the server said on their streams.
    pub(super) told_jids: BTreeMap<usize, String>,
    /// How often something has told who an actor is.
    pub(super) identities: usize,
    /// The errors that actors have sent.
    pub(super) own_errors: Vec<OwnError>,
    /// What rules have answered so far.
    pub(super) answers: Answers,
    /// What has gone wrong with a rule, whichever step is being taken.
    pub(super) trouble: Option<RunError>,
    /// What fails the step that is being taken, as a session that the script has bound is another user's.
    pub(super) foreign: Option<Failure>,
    /// That the server is recorded not to have answered the runner, during which step, and the step of which that is a
    /// failure.
    pub(super) silence: Option<(usize, usize, Box<Failure>)>,
    /// The step that is being taken.
    pub(super) step: usize,
    /// When the first step of its line was begun: the steps of a line wait together.
    pub(super) line_begun: Instant,
    /// The step before which it has been quiet for all of those that wait for that together.
    pub(super) quiet_until: usize,
    /// Whether the step that is being taken has waited last until its time was up, or shares such a silence.
    pub(super) is_time_up: bool,
    /// The last step, if after it all was heard that came for a while.
    pub(super) heard_after: Option<usize>,
    /// Whether all steps have been taken, so that only what the server still sends is awaited.
    pub(super) is_heard_out: bool,
    pub(super) secrets: Secrets,
    /// When each step was taken, if the story tells the time.
    pub(super) times: BTreeMap<usize, SystemTime>,
    pub(super) strays: Vec<Stray>,
    /// Whether these are all, as the story is over.
    pub(super) are_strays_told: bool,
    pub(super) chosen: Vec<Chosen>,
    /// What the steps have taken, in front of a recording.
    pub(super) taken: Vec<Taken>,
    /// The values that names had before the steps of a complete script that claim clauses.
    pub(super) known: BTreeMap<usize, Bindings>,
    /// The fault of this run, if it has one.
    pub(super) fault: Option<&'a dyn Tamper>,
    pub(super) is_fault_put_in: bool,
    /// In such a run, the last stanza that an actor has sent by a step.
    pub(super) last_sent: Option<(usize, String)>,
    /// Whether another alternative holds with it than without it.
    pub(super) is_fault_lawful: bool,
    pub(super) recording: Recording,
    started: Instant,
}

impl<'a> ScriptRun<'a> {
    /// One in which nothing has happened yet.
    pub(super) fn new(
        plan: &'a Plan,
        backend: Backend<'a>,
        options: &'a RunOptions,
        reporter: &'a mut dyn Reporter,
    ) -> Self {
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
            bindings: plan.bindings(),
            flusher: Flusher::new(),
            addressees: Addressees::of(&plan.actors),
            pending: Pending::default(),
            counted: BTreeSet::new(),
            told_jids: BTreeMap::new(),
            own_errors: Vec::new(),
            identities: 0,
            answers: Answers::default(),
            trouble: None,
            foreign: None,
            silence: None,
            step: 0,
            line_begun: Instant::now(),
            quiet_until: 0,
            is_time_up: false,
            heard_after: None,
            is_heard_out: false,
            secrets: plan.secrets(),
            times: BTreeMap::new(),
            strays: Vec::new(),
            are_strays_told: false,
            chosen: Vec::new(),
            taken: Vec::new(),
            known: BTreeMap::new(),
            fault: None,
            is_fault_put_in: false,
            last_sent: None,
            is_fault_lawful: false,
            recording: Recording::new(plan.actors.len(), options.keep),
            started: Instant::now(),
        }
    }

    /// The outcomes of all steps before the first one is taken.
    pub(super) fn none_taken(&self) -> Vec<StepOutcome> {
        let not_run = |step| self.step_outcome(step, StepStatus::NotRun, Duration::ZERO);
        (0..self.plan.steps.len()).map(not_run).collect()
    }

    /// The outcome of a step, as far as it is known when the step ends.
    pub(super) fn step_outcome(
        &self,
        step: usize,
        mut status: StepStatus,
        duration: Duration,
    ) -> StepOutcome {
        let planned = &self.plan.steps[step];
        let alternative = script::alternative_of(&self.plan.choices, step);
        let first = alternative.filter(|alternative| alternative.steps.start == step);
        let above = first.map_or_else(Vec::new, |first| Comment::texts(&first.comments));
        let obstacle = match &mut status {
            StepStatus::Failed(failure) => {
                failure.note_own(|came| self.is_own_error(came));
                self.obstacle(planned.actor, step, failure)
            }
            StepStatus::Passed | StepStatus::Errored(_) | StepStatus::NotRun => None,
        };
        StepOutcome {
            step,
            actor: self.name(planned.actor).clone(),
            span: planned.span,
            said: planned.said.clone(),
            part: self.plan.part_of(step),
            alternative: alternative.map(|alternative| alternative.span),
            comments: above.into_iter().chain(planned.comments.clone()).collect(),
            status,
            duration,
            within: planned.within,
            obstacle,
            pings: self.actors[planned.actor].pings,
            time: self.times.get(&step).copied(),
            stakes: self.plan.stakes(step),
            overruled: None,
        }
    }

    /// What in the story itself kept from coming what a step waited for.
    fn obstacle(&self, actor: usize, step: usize, failure: &Failure) -> Option<Obstacle> {
        let awaited = failure.expectation.as_deref();
        let awaited = awaited.filter(|_| matches!(failure.reason, Reason::Timeout { .. }));
        let rules = &self.actors[actor].rules;
        let line = |taker: usize| self.plan.steps[taker].span;
        let by_rule = awaited.and_then(|own| {
            let taker = rules.taker_of(&own.pattern, &own.bindings);
            taker.map(|taker| Obstacle::TakenByRule { rule: line(taker) })
        });
        let error = || {
            let own = awaited?;
            let taker = rules.taker_of_error(&own.pattern, &own.bindings)?;
            Some(Obstacle::ErrorTakenByRule { rule: line(taker) })
        };
        by_rule.or_else(error).or_else(|| {
            let story = StorySoFar::before(step, self.plan, &self.bindings);
            obstacle(actor, failure, &story)
        })
    }

    /// Which stanza a `receives` may take at the step that is being taken.
    pub(super) fn usual_receiving(&self) -> Receiving {
        self.plan.terms_of(self.step).receiving
    }

    /// What the story calls an actor.
    pub(super) fn name(&self, actor: usize) -> &'a ActorName {
        &self.plan.actors[actor].name
    }

    /// A run error of an actor.
    pub(super) fn error(&self, actor: usize, kind: RunErrorKind) -> RunError {
        RunError::new(self.name(actor), kind)
    }

    /// How long is waited for what has to come. The epilogue cannot fail, so it waits for nothing that takes its time.
    pub(super) fn patience(&self) -> Duration {
        match self.part() {
            Part::Prologue | Part::Story => self.options.timeout,
            Part::Epilogue => self.options.quiet_time.min(self.options.timeout),
        }
    }

    /// How long is waited for what a step expects.
    pub(super) fn patience_for(&self, step: &Step) -> Duration {
        step.within
            .map_or_else(|| self.patience(), |said| self.own_time(said))
    }

    /// A time that a step says itself, which in the epilogue is no longer than it has to be quiet.
    pub(super) fn own_time(&self, said: Duration) -> Duration {
        match self.part() {
            Part::Prologue | Part::Story => said,
            Part::Epilogue => said.min(self.options.quiet_time),
        }
    }

    /// The time at which patience ends.
    pub(super) fn deadline(&self) -> Instant {
        Instant::now() + self.patience()
    }

    /// Tells what an actor sends.
    pub(super) fn tell_sent(&mut self, actor: usize, xml: &str) {
        self.tell_wire(actor, Direction::Sent, xml);
    }

    /// Tells what goes over an actor's wire.
    pub(super) fn tell_wire(&mut self, actor: usize, direction: Direction, xml: &str) {
        self.hide_carried(&Secrets::carried_in(&[xml]));
        self.reporter.event(&Event::Wire {
            actor: &self.plan.actors[actor].name,
            direction,
            xml: Traffic::text(xml, &self.secrets),
        });
    }

    /// Tells what an actor receives.
    pub(super) fn tell_received(&mut self, actor: usize, element: &Element) {
        self.hide_carried(&Secrets::carried_by(element));
        self.reporter.event(&Event::Wire {
            actor: &self.plan.actors[actor].name,
            direction: Direction::Received,
            xml: Traffic::element(element, &self.secrets),
        });
    }

    /// The outcome of the whole script.
    pub(super) fn outcome(self, steps: Vec<StepOutcome>) -> ScriptOutcome {
        let tampered = self.tampered();
        ScriptOutcome {
            info: Arc::clone(&self.plan.info),
            cast: self.plan.actors.iter().map(member).collect(),
            steps,
            claims: self.plan.claims.clone(),
            chosen: self.chosen,
            tampered,
            taken: self.taken,
            kept: self.options.keep,
            story_end: self.recording.story_end(),
            moments: self.recording.into_moments(),
            unexpected: self.strays,
            duration: self.started.elapsed(),
            server: TestedServer::default(),
            unmet: None,
            must_be_tested: false,
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

fn member(actor: &ActorPlan) -> Member {
    Member {
        name: actor.name.clone(),
        role: actor.role,
        jid: actor.jid.to_string(),
    }
}
