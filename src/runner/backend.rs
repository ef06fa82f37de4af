//! Where a script is run: in front of a server, or what was recorded of one.

use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::{Instant, timeout_at};

use super::arrival::Arrival;
use super::replay::Replay;
use crate::plan::Plan;
use crate::script::Choice;
use crate::xmpp::{Closed, Dial};

/// A server, or what was recorded of one.
pub(super) enum Backend<'a> {
    /// A server, over the network.
    Live {
        /// The way there.
        network: Network<'a>,
        /// What comes from there.
        arrivals: Arrivals,
    },
    /// A recording, which has nothing to wait for.
    Recorded(Replay<'a>),
}

/// The way to a server.
#[derive(Clone)]
pub(super) struct Network<'a> {
    /// How it is reached.
    pub(super) dialer: &'a dyn Dial,
    /// Where connections put what comes, with the time at which it does.
    pub(super) sender: UnboundedSender<(Instant, Arrival)>,
}

/// What has come, in order. It may grow as much as streams may bring (`xmpp::Limits`).
pub(super) struct Arrivals {
    receiver: UnboundedReceiver<(Instant, Arrival)>,
    /// What came too late for the step that waited, and is for the next one.
    late: Option<(Instant, Arrival)>,
}

impl Arrivals {
    /// What comes until the deadline. Where a server always has something to say, it is not the timer that ends the
    /// waiting: a timer is asked only while nothing is there.
    async fn until(&mut self, deadline: Instant) -> Option<Arrival> {
        let came = match self.late.take() {
            Some(late) => late,
            // The channel stays open: the way there has a sender of its own.
            None => timeout_at(deadline, self.receiver.recv()).await.ok()??,
        };
        self.in_time(came, deadline)
    }

    /// The same, without waiting.
    fn ready_until(&mut self, deadline: Instant) -> Option<Arrival> {
        let late = self.late.take();
        let came = late.or_else(|| self.receiver.try_recv().ok())?;
        self.in_time(came, deadline)
    }

    fn in_time(&mut self, came: (Instant, Arrival), deadline: Instant) -> Option<Arrival> {
        if came.0 > deadline {
            self.late = Some(came);
            return None;
        }
        Some(came.1)
    }

    fn ready(&mut self) -> Option<Arrival> {
        let late = self.late.take();
        let (_, arrival) = late.or_else(|| self.receiver.try_recv().ok())?;
        Some(arrival)
    }
}

impl<'a> Backend<'a> {
    /// In front of a server.
    pub(super) fn live(dialer: &'a dyn Dial) -> Self {
        let (sender, receiver) = mpsc::unbounded_channel();
        let arrivals = Arrivals {
            receiver,
            late: None,
        };
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
    pub(super) fn go_on(&mut self, index: usize, plan: &Plan) {
        if let Self::Recorded(replay) = self {
            replay.go_on(index..index + 1);
            let step = &plan.steps[index];
            let mut expectation = step.verb.expectation().into_iter();
            if expectation.all(|expected| expected.mode.is_of_silence()) {
                replay.hold(step.line(&plan.info.source));
            }
        }
    }

    /// Goes on to a step, before which something else happens. In a recording, what came before it was taken is there,
    /// and nothing else.
    pub(super) fn go_on_to(&mut self, step: usize) {
        if let Self::Recorded(replay) = self {
            replay.hold_before(step);
        }
    }

    /// Goes on to the end of the story. In a recording, what came up to the next deed is there.
    pub(super) fn go_to_end(&mut self) {
        if let Self::Recorded(replay) = self {
            replay.go_on(0..0);
        }
    }

    /// Goes on to an `Either`. In a recording it ends when it did, so that what came later does not count there.
    pub(super) fn go_on_to_choice(&mut self, choice: &Choice, plan: &Plan) {
        if let Self::Recorded(replay) = self {
            replay.go_on(choice.steps());
            let steps = choice.steps().rev();
            let mut lines = steps.map(|step| plan.action(step));
            let _ = lines.any(|line| replay.hold(&line));
        }
    }

    /// How the connection of an actor was lost by the last act, while that was done: in a recording only.
    pub(super) fn lost_by_act(&self, actor: usize) -> Option<Closed> {
        match self {
            Self::Live { .. } => None,
            Self::Recorded(replay) => replay.lost_by_act(actor),
        }
    }

    /// Waits for something to come, for any actor.
    pub(super) async fn next(&mut self, deadline: Instant) -> Option<Arrival> {
        match self {
            Self::Live { arrivals, .. } => arrivals.until(deadline).await,
            Self::Recorded(replay) => replay.next(),
        }
    }

    /// Takes note that the story has waited for what came last.
    pub(super) fn note_waited(&mut self) {
        if let Self::Recorded(replay) = self {
            replay.note_waited();
        }
    }

    /// What has come already, and before the deadline.
    pub(super) fn ready_until(&mut self, deadline: Instant) -> Option<Arrival> {
        match self {
            Self::Live { arrivals, .. } => arrivals.ready_until(deadline),
            Self::Recorded(replay) => replay.next_of_current(),
        }
    }

    /// What has come already.
    pub(super) fn ready(&mut self) -> Option<Arrival> {
        match self {
            Self::Live { arrivals, .. } => arrivals.ready(),
            Self::Recorded(replay) => replay.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::arrival::Arrived;
    use super::*;
    use crate::xmpp::testing::FakeDialer;

    fn arrival(session: u32) -> Arrival {
        Arrival {
            actor: 0,
            session,
            at: None,
            during: None,
            arrived: Arrived::Closed(Closed::ByPeer),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_comes_after_the_deadline_is_for_the_next_who_waits() {
        let (dialer, _servers) = FakeDialer::local();
        let mut backend = Backend::live(&dialer);
        let sender = backend.network().unwrap().sender;
        let deadline = Instant::now();
        let later = deadline + Duration::from_millis(1);
        for (came, session) in [(deadline, 1), (later, 2), (later, 3)] {
            sender.send((came, arrival(session))).unwrap();
        }
        let session = |arrival: Option<Arrival>| arrival.map(|arrival| arrival.session);
        assert_eq!(session(backend.next(deadline).await), Some(1));
        assert_eq!(session(backend.next(deadline).await), None);
        assert_eq!(session(backend.next(later).await), Some(2));
        assert_eq!(session(backend.next(deadline).await), None);
        assert_eq!(session(backend.ready()), Some(3));
        assert_eq!(session(backend.ready()), None);
    }
}
