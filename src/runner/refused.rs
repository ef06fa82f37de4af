//! `is refused`: an actor tries to log in, and the server does not let it.

use std::sync::Arc;

use minidom::Element;
use tokio::time::Instant;

use super::arrival::{Arrival, Arrived};
use super::backend::Network;
use super::judging::{Judging, Standing};
use super::outcome::{Failure, Reason};
use super::recording::Happening;
use super::replay::{Act, Begins};
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::matcher::Pattern;
use crate::ns;
use crate::plan::Step;
use crate::script::Expectation as Expected;
use crate::xmpp::{Closed, ConnectErrorKind, LoginStep, Milestone, NotReached, Stage, Stopped};

/// What came of a login.
enum Attempted {
    /// The actor was let in, with this full JID.
    LetIn(String),
    /// The server has done something else, be it a refusal or not.
    TurnedAway {
        /// How much was in the inbox before.
        heard: usize,
    },
}

impl ScriptRun<'_> {
    /// Lets an actor connect as [`ScriptRun::reach`] does, and sees that the server refuses it. The stream stays as the
    /// refusal has left it.
    pub(super) async fn be_refused(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let actor = step.actor;
        let begins = self.make_way(actor, Milestone::Session).await?;
        let attempted = match self.backend.network() {
            Some(network) => Box::pin(self.try_to_log_in(actor, &network)).await?,
            None => self.try_to_log_in_again(actor, begins).await?,
        };
        let instead = self.instead_of_refusal(actor, attempted);
        match instead.or_else(|| self.let_in(actor)) {
            Some(reason) => Err(Failure::without_stanza(reason, step.span).into()),
            None => self.judge_refusal(step, expected).await,
        }
    }

    async fn try_to_log_in(
        &mut self,
        actor: usize,
        network: &Network<'_>,
    ) -> Result<Attempted, Stop> {
        let (begun, milestone) = (self.take_back(actor).await?, Milestone::Session);
        match self.lead_from(actor, begun, milestone, network).await {
            Ok(stage) => {
                let bound = stage.jid().unwrap_or_default();
                self.take_up(actor, stage, milestone, network);
                Ok(Attempted::LetIn(bound))
            }
            Err(NotReached::Stopped(stopped)) if is_for_the_story(&stopped) => {
                Ok(self.turn_away(actor, *stopped, network))
            }
            Err(not_reached) => Err(self.give_up(actor, not_reached).await),
        }
    }

    /// Keeps the connection of a login that has stopped, and what the server has said last.
    fn turn_away(&mut self, actor: usize, stopped: Stopped, network: &Network<'_>) -> Attempted {
        let Stopped {
            error,
            refusal,
            raw,
            ..
        } = stopped;
        self.take_up(actor, Stage::Raw(raw), reached(error.step), network);
        let heard = self.actors[actor].inbox.len();
        match (refusal, error.kind) {
            (Some(refusal), _) => self.take_refusal(actor, Arc::new(refusal)),
            (None, ConnectErrorKind::Closed(how)) => self.close_off(actor, how),
            (None, ConnectErrorKind::Protocol(trouble)) => {
                let what = format!("what does not belong to a login: {trouble}");
                self.close_off(actor, Closed::NotXmpp(what));
            }
            (None, _) => {}
        }
        Attempted::TurnedAway { heard }
    }

    /// What was told as part of the login is the step's as well, and no rule has it.
    fn take_refusal(&mut self, actor: usize, refusal: Arc<Element>) {
        let came = Happening::Received(Arc::clone(&refusal));
        self.recording.note(actor, came);
        let inbox = &mut self.actors[actor].inbox;
        if refusal.is("error", ns::STREAM) {
            inbox.expect_end_after_refusal();
        }
        inbox.push(refusal, self.step);
    }

    /// Does what is recorded.
    async fn try_to_log_in_again(
        &mut self,
        actor: usize,
        begins: Begins,
    ) -> Result<Attempted, Stop> {
        let moments = self.tally(actor, Act::BeRefused(begins)).await?;
        let greeting = self.repeat_login(actor, begins, moments);
        let last = moments.last().map(|last| &last.happening);
        let milestone = last.and_then(Happening::milestone);
        self.stand_at(actor, milestone.unwrap_or(Milestone::Connection), greeting);
        let heard = self.actors[actor].inbox.len();
        match last {
            Some(Happening::Connected(bound)) => return Ok(Attempted::LetIn(bound.clone())),
            Some(Happening::Closed(how)) => self.close_off(actor, how.clone()),
            Some(_) | None => self.be_turned_away_again(actor).await,
        }
        Ok(Attempted::TurnedAway { heard })
    }

    /// Takes what the server is recorded to have said last, or to have done: that comes next.
    async fn be_turned_away_again(&mut self, actor: usize) {
        let Some(arrival) = self.backend.next(self.deadline()).await else {
            return;
        };
        match arrival.arrived {
            Arrived::Element(refusal) if arrival.actor == actor => {
                self.recording.go_to(arrival.at.unwrap_or_default());
                let refusal = self.with_computed(refusal);
                self.take_refusal(actor, refusal);
            }
            arrived => self.deliver(Arrival { arrived, ..arrival }).await,
        }
    }

    /// What happened to an actor in the place of a refusal, if there was none.
    fn instead_of_refusal(&self, actor: usize, attempted: Attempted) -> Option<Reason> {
        let state = &self.actors[actor];
        let closed = || state.live.as_ref()?.closed.clone();
        match attempted {
            Attempted::LetIn(bound) => Some(Reason::LetIn { bound }),
            Attempted::TurnedAway { heard } if state.inbox.len() > heard => None,
            Attempted::TurnedAway { .. } => {
                let waited = self.patience_for_login();
                let silence = Reason::NotRefused { waited };
                Some(closed().map_or(silence, |how| Reason::EndedOtherwise { how }))
            }
        }
    }

    async fn judge_refusal(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let mut judging = Judging::new(expected, self.usual_receiving());
        loop {
            let (before, now) = (self.before_fault(step.actor, &judging), Instant::now());
            match self.judge(step.actor, &mut judging).await? {
                Standing::Took(took) => {
                    if !self.tamper(step, before, &took, &mut judging, now).await {
                        self.take_note(took);
                    }
                }
                Standing::Hopeless(hopeless) => {
                    return Err(self.failure(step, &judging, hopeless).await.into());
                }
                Standing::Holds | Standing::Open => return Ok(()),
            }
        }
    }
}

/// How far a login has come that has stopped at a step.
fn reached(step: LoginStep) -> Milestone {
    match step {
        LoginStep::Dial | LoginStep::DirectTls | LoginStep::WebSocket | LoginStep::StreamHeader => {
            Milestone::Connection
        }
        LoginStep::Features
        | LoginStep::StartTls
        | LoginStep::Authenticate
        | LoginStep::Handshake => Milestone::Stream,
        LoginStep::Bind | LoginStep::Session => Milestone::Login,
    }
}

/// Whether a login has stopped because of what the server did when it was asked to let the actor in. That no stream comes
/// about, or that this program cannot go on, says nothing of that.
fn is_for_the_story(stopped: &Stopped) -> bool {
    let is_about_connection = match stopped.error.step {
        LoginStep::Dial | LoginStep::DirectTls | LoginStep::WebSocket | LoginStep::StartTls => true,
        // After a login, a new one is due.
        LoginStep::StreamHeader => stopped.raw.link.features.is_empty(),
        LoginStep::Features
        | LoginStep::Authenticate
        | LoginStep::Bind
        | LoginStep::Session
        | LoginStep::Handshake => false,
    };
    let is_of_server = matches!(
        stopped.error.kind,
        ConnectErrorKind::Timeout(_) | ConnectErrorKind::Closed(_) | ConnectErrorKind::Protocol(_)
    );
    stopped.refusal.is_some() || !is_about_connection && is_of_server
}
