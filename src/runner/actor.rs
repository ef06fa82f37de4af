//! An actor of a script that is run: its connection and what has come over it.

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use super::arrival::{Arrival, Arrived};
use super::inbox::Inbox;
use super::management::Management;
use super::rules::Rules;
use crate::script::Role;
use crate::xmpp::{Closed, Incoming, Reader, Writer};

/// An actor of a script that is run.
pub(super) struct Actor {
    /// Its connection, while it has one.
    pub(super) live: Option<Live>,
    /// How many sessions it has had.
    pub(super) sessions: u32,
    /// What came and was not taken.
    pub(super) inbox: Inbox,
    /// What is known of stream management.
    pub(super) management: Management,
    /// Its rules that stand.
    pub(super) rules: Rules,
    /// The counts of stream management that variables have, if any.
    pub(super) told_counts: Option<(u32, u32)>,
    /// How often the runner has asked over its streams whether everything is handled.
    pub(super) pings: usize,
}

/// A session.
pub(super) struct Live {
    /// How the server closed the stream, if it did, or announced that it will.
    pub(super) closed: Option<Closed>,
    /// Its connection; a session that is only recorded has none.
    pub(super) line: Option<Line>,
    /// The step by which the actor did something last: connected, sent, or stated the rule that has answered.
    pub(super) acted: usize,
    /// The step by which it sent something last.
    pub(super) sent: Option<usize>,
    /// Whether it has told the server that its user does not look at it (XEP-0352 §4).
    pub(super) is_inactive: bool,
    /// Whether nothing more is to be written but the end of the stream.
    pub(super) is_leaving: bool,
}

/// A connection.
pub(super) struct Line {
    /// The way out.
    pub(super) writer: Writer,
    reader: JoinHandle<()>,
}

impl Actor {
    /// An actor that has not connected.
    pub(super) fn new(role: &'static Role) -> Self {
        Self {
            live: None,
            sessions: 0,
            inbox: Inbox::new(role),
            management: Management::default(),
            rules: Rules::default(),
            told_counts: None,
            pings: 0,
        }
    }

    /// How the stream broke, if it did: the server ended it neither in due form nor by a stream error, nor as a step
    /// has expected it.
    pub(super) fn broken(&self) -> Option<&Closed> {
        let closed = self.live.as_ref()?.closed.as_ref();
        closed.filter(|how| !how.is_by_server() && !self.inbox.is_end_expected())
    }

    /// Whether it has told the server that its user does not look at it.
    pub(super) fn is_inactive(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.is_inactive)
    }

    /// Whether it has sent anything in its session.
    pub(super) fn has_spoken(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.sent.is_some())
    }

    /// The connection, if the server has not closed it.
    pub(super) fn open(&mut self) -> Option<&mut Live> {
        self.live.as_mut().filter(|live| live.closed.is_none())
    }
}

impl Live {
    /// Whether something can be sent: the server has not closed the stream, and neither has the actor.
    pub(super) fn can_say_more(&self) -> bool {
        self.closed.is_none() && !self.is_leaving
    }

    /// Takes note that the stream is closed, or will be. How the server said so first remains.
    pub(super) fn note_closed(&mut self, how: Closed) {
        let is_told = self.closed.as_ref().is_some_and(Closed::is_by_server);
        if !is_told {
            self.closed = Some(how);
        }
    }

    /// A session that the server has not closed, and that begins with a step.
    pub(super) fn new(line: Option<Line>, step: usize) -> Self {
        Self {
            closed: None,
            line,
            acted: step,
            sent: None,
            is_inactive: false,
            is_leaving: false,
        }
    }
}

impl Line {
    /// Begins to read a session's stream and to pass on what comes.
    pub(super) fn new(
        writer: Writer,
        mut reader: Reader,
        actor: usize,
        session: u32,
        arrivals: UnboundedSender<(Instant, Arrival)>,
    ) -> Self {
        let reader = tokio::spawn(async move {
            let pass_on = |arrived| {
                let arrival = Arrival {
                    actor,
                    session,
                    at: None,
                    during: None,
                    arrived,
                };
                arrivals.send((Instant::now(), arrival)).is_ok()
            };
            loop {
                let incoming = reader.next().await;
                let is_last = matches!(incoming, Incoming::Closed(_));
                let announces_end = matches!(&incoming, Incoming::Closed(how) if !how.is_end());
                if !pass_on(Arrived::from(incoming)) {
                    return;
                }
                if announces_end {
                    pass_on(Arrived::Closed(reader.end_after_error().await));
                }
                if is_last {
                    return;
                }
            }
        });
        Self { writer, reader }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::unbounded_channel;
    use tokio::task::yield_now;

    use super::*;
    use crate::xmpp::ConnectOptions;
    use crate::xmpp::testing::{FakeDialer, FakeLogin, play, romeo};

    const FLOOD: usize = 10_000;

    #[tokio::test(start_paused = true)]
    async fn a_flood_is_read_a_little_at_a_time() {
        let (romeo, options) = (romeo(), ConnectOptions::default());
        let played = play(FakeDialer::local(), &romeo, &options, async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server.write(&"<a/>".repeat(FLOOD)).await;
        });
        let session = played.await.session();
        let (sender, mut arrivals) = unbounded_channel();
        let _line = Line::new(session.writer, session.reader, 0, 1, sender);
        yield_now().await;
        assert!((1..FLOOD / 10).contains(&arrivals.len()));
        let mut count = 0;
        while arrivals.recv().await.is_some() {
            count += 1;
        }
        // The last one is the end.
        assert_eq!(count, FLOOD + 1);
    }
}
