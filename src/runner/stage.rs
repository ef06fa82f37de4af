//! What a performance is played in front of: a server, or what was recorded of one.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use super::actor::Arrival;
use super::tape::Tape;
use crate::plan::{Plan, Step, StepAction};
use crate::xmpp::Dial;

/// A server, or what was recorded of one.
pub(super) enum Stage<'a> {
    /// A server, over the network.
    Live {
        /// The way there.
        network: Network<'a>,
        /// What comes from there.
        arrivals: UnboundedReceiver<Arrival>,
    },
    /// A recording, which has nothing to wait for.
    Recorded(Tape<'a>),
}

/// The way to a server.
#[derive(Clone)]
pub(super) struct Network<'a> {
    /// How it is reached.
    pub(super) dialer: &'a dyn Dial,
    /// Where connections put what comes.
    pub(super) sender: UnboundedSender<Arrival>,
}

impl<'a> Stage<'a> {
    /// In front of a server.
    pub(super) fn live(dialer: &'a dyn Dial) -> Self {
        let (sender, arrivals) = mpsc::unbounded_channel();
        let network = Network { dialer, sender };
        Self::Live { network, arrivals }
    }

    /// The way to the server, if there is one.
    pub(super) fn network(&self) -> Option<Network<'a>> {
        match self {
            Self::Live { network, .. } => Some(network.clone()),
            Self::Recorded(_) => None,
        }
    }

    /// Goes on to a step. In a recording, one that receives nothing ends when it did.
    pub(super) fn go_on(&mut self, step: &Step, plan: &Plan) {
        if let Self::Recorded(tape) = self {
            match step.action {
                StepAction::ReceiveNothing => tape.hold(plan.source.slice(step.span)),
                _ => tape.release(),
            }
        }
    }

    /// Waits for something to come, to whomever.
    pub(super) async fn next(&mut self, deadline: Instant) -> Option<Arrival> {
        match self {
            // The channel stays open: the way there has a sender of its own.
            Self::Live { arrivals, .. } => timeout_at(deadline, arrivals.recv()).await.ok()?,
            Self::Recorded(tape) => tape.next(),
        }
    }

    /// What has come already.
    pub(super) fn ready(&mut self) -> Option<Arrival> {
        match self {
            Self::Live { arrivals, .. } => arrivals.try_recv().ok(),
            Self::Recorded(tape) => tape.next(),
        }
    }
}
