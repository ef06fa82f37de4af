//! `starts TLS`: the handshake on a connection, whatever was said there before.

use super::backend::Network;
use super::outcome::Failure;
use super::recording::Happening;
use super::replay::Act;
use super::script_run::ScriptRun;
use super::stop::Stop;
use crate::plan::Step;
use crate::xmpp::{Closed, ConnectError, ConnectErrorKind, Protocol, TlsError, Verification};

impl ScriptRun<'_> {
    /// Goes over to TLS on the connection of an actor.
    pub(super) async fn start_tls(&mut self, step: &Step) -> Result<(), Stop> {
        let actor = step.actor;
        self.flush_others(actor).await?;
        self.await_answer(actor).await;
        if let Some(reason) = self.closed(actor) {
            return Err(Failure::without_stanza(reason, step.span).into());
        }
        self.must_be_a_document(step)?;
        if let Some(live) = &mut self.actors[actor].live {
            live.acted = self.step;
        }
        match self.backend.network() {
            Some(network) => Box::pin(self.secure(actor, &network)).await?,
            None => self.secure_again(actor).await?,
        }
        if let Some(live) = &mut self.actors[actor].live {
            live.standing.note_secured();
        }
        self.actors[actor].inbox.note_secured();
        Ok(())
    }

    /// Sees, before TLS begins, that nothing which came in its place can be received as if TLS had protected it (RFC 6120
    /// §5.4.3.3).
    fn see_that_nothing_is_injected(&mut self, actor: usize) -> Result<(), Stop> {
        if !self.actors[actor].inbox.has_any_in_place_of_tls() {
            return Ok(());
        }
        self.recording.note(actor, Happening::Secured);
        let how = Closed::ConnectionLost(TlsError::Injection.to_string());
        Err(self.broken_by(actor, how))
    }

    /// Goes over to TLS as it is recorded. If the connection did not live to see it, nothing else came between.
    async fn secure_again(&mut self, actor: usize) -> Result<(), Stop> {
        self.tally(actor, Act::Secure).await?;
        self.see_that_nothing_is_injected(actor)?;
        self.recording.note(actor, Happening::Secured);
        match self.backend.lost_by_act(actor) {
            Some(how) => Err(self.broken_by(actor, how)),
            None => Ok(()),
        }
    }

    async fn secure(&mut self, actor: usize, network: &Network<'_>) -> Result<(), Stop> {
        let Some(raw) = self.stop_reading(actor).await else {
            return Ok(());
        };
        self.see_that_nothing_is_injected(actor)?;
        let options = self.connect_options(actor);
        let initiator = self.initiator(actor, network, &options);
        let mut observer = self.observer(actor);
        let secured = initiator.start_tls(raw, &mut observer).await;
        drop(observer);
        match secured {
            Ok(mut raw) => {
                self.recording.note(actor, Happening::Secured);
                self.tell_notices(actor, &mut raw.link);
                self.read(actor, raw, network);
                Ok(())
            }
            Err(stopped) => match unsecured(&stopped.error) {
                Some(how) => {
                    self.recording.note(actor, Happening::Secured);
                    Err(self.break_off(actor, stopped.into(), how).await)
                }
                None => Err(self.give_up(actor, stopped.into()).await),
            },
        }
    }
}

/// How a connection has ended on which TLS was to begin because the script says so, if that is the server's doing: what
/// this program lacks is not, such as the authority of a certificate. Where there is TLS, that is what the server begins
/// with; one that hangs up or says something else does not have it there.
fn unsecured(error: &ConnectError) -> Option<Closed> {
    let is_of_server = match &error.kind {
        ConnectErrorKind::Closed(how) => return Some(how.clone()),
        ConnectErrorKind::Tls(TlsError::Handshake { verification, .. }) => {
            !speaks_tls(error) || *verification != Verification::On
        }
        ConnectErrorKind::Tls(TlsError::Injection) | ConnectErrorKind::Timeout(_) => true,
        ConnectErrorKind::Tls(_)
        | ConnectErrorKind::Dial(_)
        | ConnectErrorKind::Refused(_)
        | ConnectErrorKind::LoginRefused { .. }
        | ConnectErrorKind::WebSocket(_)
        | ConnectErrorKind::NoMechanism { .. }
        | ConnectErrorKind::PlaintextRefused
        | ConnectErrorKind::Protocol(_) => false,
    };
    is_of_server.then(|| Closed::ConnectionLost(error.kind.to_string()))
}

fn speaks_tls(error: &ConnectError) -> bool {
    let heard = error.heard.as_ref();
    heard.is_some_and(|heard| heard.protocol == Protocol::Tls)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::xmpp::{Door, LoginStep, Unverified};

    /// A handshake that failed, after a server has spoken in some way.
    fn failed(heard: Option<Protocol>, verification: Verification) -> ConnectError {
        ConnectError {
            step: LoginStep::StartTls,
            who: "romeo@localhost".to_owned(),
            peer: "127.0.0.1:5222".to_owned(),
            door: Door::Client,
            heard: heard.map(Protocol::into),
            kind: ConnectErrorKind::Tls(TlsError::Handshake {
                domain: "localhost".to_owned(),
                reason: "it went wrong".to_owned(),
                verification,
            }),
        }
    }

    #[test]
    fn a_server_without_tls_there_is_told_from_one_that_is_not_trusted() {
        let loopback = Verification::Off(Unverified::Loopback);
        for (heard, verification, is_of_server) in [
            (None, Verification::On, true),
            (Some(Protocol::Xmpp), Verification::On, true),
            (Some(Protocol::Tls), Verification::On, false),
            (Some(Protocol::Tls), loopback, true),
        ] {
            let error = failed(heard, verification);
            assert_eq!(unsecured(&error).is_some(), is_of_server, "{error:?}");
        }
    }
}
