//! `connects`.

use jid::Jid;

use super::actor::{Line, Live};
use super::backend::Network;
use super::error::RunError;
use super::event::{Event, Traffic};
use super::outcome::{Failure, Reason};
use super::recording::{Happening, Moment};
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;
use crate::xmpp::{self, ConnectOptions, Home, Notice, Session, Wire};

impl ScriptRun<'_> {
    /// Connects an actor. A session that it still has is ended first.
    pub(super) async fn connect(&mut self, step: &Step) -> Result<(), Stop> {
        self.end_session(step.actor).await?;
        match self.backend.network() {
            Some(network) => {
                let session = self.log_in(step.actor, &network).await?;
                self.take_up(step.actor, session, network);
            }
            None => self.log_in_again(step.actor).await?,
        }
        self.check_identity(step)
    }

    /// Ends the session that an actor still has, before it connects again.
    pub(super) async fn end_session(&mut self, actor: usize) -> Result<(), Stop> {
        self.settle_session(actor).await?;
        self.leave(actor).await?;
        self.close(&[actor], self.deadline()).await;
        self.forget_session(actor);
        Ok(())
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
        let is_same_user = planned.jid.domain() == bound.domain()
            && (planned.jid.node().is_none() || planned.jid.node() == bound.node());
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

    async fn log_in(&mut self, actor: usize, network: &Network<'_>) -> Result<Session, Stop> {
        let plan = self.plan;
        let planned = &plan.actors[actor];
        let options = self.login_options(actor);
        xmpp::connect(
            network.dialer,
            &planned.endpoint,
            &planned.identity,
            &options,
            &mut self.observer(actor),
        )
        .await
        .map_err(|error| RunError::not_connected(&planned.name, error, plan.actors.len()).into())
    }

    /// How an actor logs in.
    pub(super) fn login_options(&self, actor: usize) -> ConnectOptions {
        ConnectOptions {
            login: self.plan.actors[actor].login.clone(),
            ..self.options.connect.clone()
        }
    }

    /// Tells and records what goes over the wire while an actor logs in.
    pub(super) fn observer(&mut self, actor: usize) -> impl FnMut(Wire) + Send {
        let name = &self.plan.actors[actor].name;
        let (reporter, secrets) = (&mut *self.reporter, &self.secrets);
        let recording = &mut self.recording;
        move |wire: Wire| {
            reporter.event(&Event::Wire {
                actor: name,
                direction: wire.direction,
                xml: Traffic::text(&wire.xml, secrets),
            });
            recording.note(actor, Happening::Login(wire.direction, wire.xml));
        }
    }

    /// Tells what the user should know about a login.
    pub(super) fn tell_notices(&mut self, actor: usize, notices: &[Notice]) {
        for notice in notices {
            self.reporter.event(&Event::Notice {
                actor: &self.plan.actors[actor].name,
                text: notice.to_string(),
            });
        }
    }

    pub(super) fn take_up(&mut self, actor: usize, session: Session, network: Network<'_>) {
        self.tell_notices(actor, &session.notices);
        let number = self.enter(actor, session.jid.to_string());
        let line = Line::new(
            session.writer,
            session.reader,
            actor,
            number,
            network.sender,
        );
        self.actors[actor].live = Some(Live::new(Some(line), self.step));
    }

    /// Logs in as it is recorded.
    async fn log_in_again(&mut self, actor: usize) -> Result<(), Stop> {
        for moment in self.tally(actor, Act::Connect).await? {
            self.repeat_login(actor, moment);
        }
        Ok(())
    }

    /// Repeats a moment of a recorded login.
    pub(super) fn repeat_login(&mut self, actor: usize, moment: &Moment) {
        self.recording.go_to(moment.at);
        match &moment.happening {
            Happening::Login(direction, xml) => {
                self.tell_wire(actor, *direction, xml);
                self.recording.note(actor, moment.happening.clone());
            }
            Happening::Connected(jid) => {
                self.enter(actor, jid.clone());
                self.actors[actor].live = Some(Live::new(None, self.step));
            }
            _ => {}
        }
    }

    /// Begins a session under a full JID, and gives its number.
    fn enter(&mut self, actor: usize, jid: String) -> u32 {
        let planned = &self.plan.actors[actor];
        let bare = jid.split('/').next().unwrap_or_default().to_owned();
        self.bindings.bind(planned.full_jid_variable(), jid.clone());
        self.bindings.bind(planned.bare_jid_variable(), bare);
        let home = Home::new(&jid, &planned.server);
        if let Ok(jid) = Jid::new(&jid) {
            self.addressees.enter(actor, &jid);
        }
        self.recording.note(actor, Happening::Connected(jid));
        self.begin_session(actor, home)
    }

    /// Begins a session, and gives its number.
    pub(super) fn begin_session(&mut self, actor: usize, home: Home) -> u32 {
        let state = &mut self.actors[actor];
        state.inbox.begin_session(home);
        state.management.begin_session();
        state.sessions += 1;
        state.sessions
    }
}
