//! `is refused`: an actor tries to log in, and the server does not let it.

use std::sync::Arc;

use minidom::Element;

use super::actor::{Line, Live};
use super::backend::Network;
use super::error::RunError;
use super::judging::{Judging, Standing};
use super::outcome::{Failure, Reason};
use super::recording::Happening;
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::matcher::Pattern;
use crate::plan::Step;
use crate::script::Expectation as Expected;
use crate::xmpp::{
    self, Closed, ConnectErrorKind, Home, LoginStep, RawStream, Stopped, Unconnected,
};

impl ScriptRun<'_> {
    /// Lets an actor connect as [`ScriptRun::connect`] does, and sees that the server refuses it. The stream stays as
    /// the refusal has left it.
    pub(super) async fn be_refused(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let actor = step.actor;
        self.end_session(actor).await?;
        let bound = match self.backend.network() {
            Some(network) => self.try_to_log_in(actor, network).await?,
            None => self.try_to_log_in_again(actor).await?,
        };
        let let_in = bound.map(|bound| Reason::LetIn { bound });
        match let_in.or_else(|| self.unrefused(actor)) {
            Some(reason) => Err(Failure::without_stanza(reason, step.span).into()),
            None => self.judge_refusal(step, expected).await,
        }
    }

    /// Gives the full JID of an actor that was let in.
    async fn try_to_log_in(
        &mut self,
        actor: usize,
        network: Network<'_>,
    ) -> Result<Option<String>, Stop> {
        let plan = self.plan;
        let planned = &plan.actors[actor];
        let options = self.login_options(actor);
        let connected = xmpp::connect_or_stop(
            network.dialer,
            &planned.endpoint,
            &planned.identity,
            &options,
            &mut self.observer(actor),
        )
        .await;
        let unconnected = match connected {
            Ok(session) => {
                let bound = session.jid.to_string();
                self.take_up(actor, session, network);
                return Ok(Some(bound));
            }
            Err(Unconnected::Stopped(stopped)) if is_for_the_story(&stopped) => {
                self.turn_away(actor, *stopped, network);
                return Ok(None);
            }
            Err(unconnected) => unconnected,
        };
        let error = unconnected.hang_up(&mut self.observer(actor)).await;
        Err(RunError::not_connected(&planned.name, error, plan.actors.len()).into())
    }

    /// Keeps the stream of a login that has stopped, and what the server has said last.
    fn turn_away(&mut self, actor: usize, stopped: Stopped, network: Network<'_>) {
        let Stopped {
            error,
            refusal,
            raw,
            ..
        } = stopped;
        let RawStream {
            reader,
            writer,
            link,
        } = raw;
        self.tell_notices(actor, &link.notices);
        let number = self.begin_unbound(actor);
        let line = Line::new(writer, reader, actor, number, network.sender);
        self.actors[actor].live = Some(Live::new(Some(line), self.step));
        match (refusal, error.kind) {
            (Some(refusal), _) => self.take_refusal(actor, Arc::new(refusal)),
            (None, ConnectErrorKind::Closed(how)) => self.close_off(actor, how),
            (None, _) => {}
        }
    }

    fn begin_unbound(&mut self, actor: usize) -> u32 {
        let planned = &self.plan.actors[actor];
        let home = Home::new(&planned.jid.to_string(), &planned.server);
        self.begin_session(actor, home)
    }

    /// What was told as part of the login is the step's as well.
    fn take_refusal(&mut self, actor: usize, refusal: Arc<Element>) {
        let came = Happening::Received(Arc::clone(&refusal));
        self.recording.note(actor, came);
        self.actors[actor].inbox.push(refusal, self.step);
    }

    /// Does what is recorded.
    async fn try_to_log_in_again(&mut self, actor: usize) -> Result<Option<String>, Stop> {
        let moments = self.tally(actor, Act::BeRefused).await?;
        for moment in moments {
            self.repeat_login(actor, moment);
        }
        if let Some(Happening::Connected(bound)) = moments.last().map(|last| &last.happening) {
            return Ok(Some(bound.clone()));
        }
        self.begin_unbound(actor);
        self.actors[actor].live = Some(Live::new(None, self.step));
        self.wait(self.deadline()).await;
        Ok(None)
    }

    /// What happened to an actor instead of a refusal, if something did.
    fn unrefused(&self, actor: usize) -> Option<Reason> {
        let state = &self.actors[actor];
        if state.inbox.len() > 0 {
            return None;
        }
        let waited = self.options.connect.step_timeout;
        let how = state.live.as_ref()?.closed.clone();
        Some(how.map_or(Reason::NotRefused { waited }, |how| {
            Reason::EndedOtherwise { how }
        }))
    }

    async fn judge_refusal(
        &mut self,
        step: &Step,
        expected: &Expected<Pattern>,
    ) -> Result<(), Stop> {
        let mut judging = Judging::new(expected, self.plan.receiving);
        loop {
            match self.judge(step.actor, &mut judging).await? {
                Standing::Took(bindings) => self.rebind(bindings),
                Standing::Hopeless(hopeless) => {
                    return Err(self.failure(step, &judging, hopeless).await.into());
                }
                Standing::Holds | Standing::Open => return Ok(()),
            }
        }
    }
}

/// Whether a login has stopped because of what the server did when it was asked to let the actor in. That no stream comes
/// about, or that this program could not go on, says nothing of that.
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
    stopped.refusal.is_some()
        || !is_about_connection
            && matches!(
                stopped.error.kind,
                ConnectErrorKind::Timeout(_)
                    | ConnectErrorKind::Closed(Closed::ByPeer | Closed::ConnectionLost(_))
            )
}
