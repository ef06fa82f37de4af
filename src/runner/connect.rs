//! `connects`.

use super::actor::Live;
use super::error::RunErrorKind;
use super::event::{Event, Traffic};
use super::performance::{Performance, Stop};
use super::recording::Happening;
use crate::plan::Step;
use crate::xmpp::{self, ConnectOptions, Session, Wire};

impl Performance<'_> {
    /// Connects an actor. A session that it still has is ended first.
    pub(super) async fn connect(&mut self, step: &Step) -> Result<(), Stop> {
        self.flush_others(step.actor).await?;
        self.close(&[step.actor], self.deadline()).await;
        self.forget_session(step.actor);
        let session = self.log_in(step.actor).await?;
        self.take_up(step.actor, session);
        Ok(())
    }

    async fn log_in(&mut self, actor: usize) -> Result<Session, Stop> {
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
            self.dialer,
            &planned.endpoint,
            &planned.identity,
            &options,
            &mut observer,
        )
        .await
        .map_err(|error| self.error(actor, RunErrorKind::Connect(error)).into())
    }

    fn take_up(&mut self, actor: usize, session: Session) {
        let planned = &self.plan.actors[actor];
        for notice in &session.notices {
            self.reporter.event(&Event::Notice {
                actor: &planned.name,
                text: notice.to_string(),
            });
        }
        self.bindings
            .bind(planned.full_jid_variable(), session.jid.to_string());
        self.bindings.bind(
            planned.bare_jid_variable(),
            session.jid.to_bare().to_string(),
        );
        self.recording
            .note(actor, Happening::Connected(session.jid.to_string()));
        let state = &mut self.actors[actor];
        state.sessions += 1;
        let sender = self.sender.clone();
        state.live = Some(Live::new(
            session.writer,
            session.reader,
            actor,
            state.sessions,
            sender,
        ));
    }
}
