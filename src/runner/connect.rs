//! `connects`.

use super::actor::{Line, Live};
use super::error::RunError;
use super::event::{Event, Traffic};
use super::performance::{Performance, Stop};
use super::recording::Happening;
use super::stage::Network;
use super::tape::Deed;
use crate::plan::Step;
use crate::xmpp::{self, ConnectOptions, Session, Wire};

impl Performance<'_> {
    /// Connects an actor. A session that it still has is ended first.
    pub(super) async fn connect(&mut self, step: &Step) -> Result<(), Stop> {
        self.flush_others(step.actor).await?;
        self.leave(step.actor)?;
        self.close(&[step.actor], self.deadline()).await;
        self.forget_session(step.actor);
        match self.stage.network() {
            Some(network) => {
                let session = self.log_in(step.actor, &network).await?;
                self.take_up(step.actor, session, network);
                Ok(())
            }
            None => self.log_in_again(step.actor),
        }
    }

    async fn log_in(&mut self, actor: usize, network: &Network<'_>) -> Result<Session, Stop> {
        let planned = &self.plan.actors[actor];
        let options = ConnectOptions {
            login: planned.login.clone(),
            ..self.options.connect.clone()
        };
        let (reporter, secrets) = (&mut *self.reporter, &self.secrets);
        let recording = &mut self.recording;
        let mut observer = |wire: Wire| {
            reporter.event(&Event::Wire {
                actor: &planned.name,
                direction: wire.direction,
                xml: Traffic::text(&wire.xml, secrets),
            });
            recording.note(actor, Happening::Login(wire.direction, wire.xml));
        };
        xmpp::connect(
            network.dialer,
            &planned.endpoint,
            &planned.identity,
            &options,
            &mut observer,
        )
        .await
        .map_err(|error| {
            let actors = self.plan.actors.len();
            RunError::not_connected(&planned.name, error, actors).into()
        })
    }

    fn take_up(&mut self, actor: usize, session: Session, network: Network<'_>) {
        let planned = &self.plan.actors[actor];
        for notice in &session.notices {
            self.reporter.event(&Event::Notice {
                actor: &planned.name,
                text: notice.to_string(),
            });
        }
        let number = self.enter(actor, session.jid.to_string());
        let line = Line::new(
            session.writer,
            session.reader,
            actor,
            number,
            network.sender,
        );
        self.actors[actor].live = Some(Live::new(Some(line)));
    }

    /// Logs in as it is recorded.
    fn log_in_again(&mut self, actor: usize) -> Result<(), Stop> {
        for moment in self.tally(actor, Deed::Connect)? {
            self.recording.go_to(moment.at);
            match &moment.happening {
                Happening::Login(direction, xml) => {
                    self.tell_wire(actor, *direction, xml);
                    self.recording.note(actor, moment.happening.clone());
                }
                Happening::Connected(jid) => {
                    self.enter(actor, jid.clone());
                    self.actors[actor].live = Some(Live::new(None));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Begins a session under a full JID, and gives its number.
    fn enter(&mut self, actor: usize, jid: String) -> u32 {
        let planned = &self.plan.actors[actor];
        let bare = jid.split('/').next().unwrap_or_default().to_owned();
        self.bindings.bind(planned.full_jid_variable(), jid.clone());
        self.bindings.bind(planned.bare_jid_variable(), bare);
        self.recording.note(actor, Happening::Connected(jid));
        let state = &mut self.actors[actor];
        state.sessions += 1;
        state.sessions
    }
}
