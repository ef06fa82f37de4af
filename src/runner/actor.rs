//! An actor of a script that is run: its connection and what has come over it.

use super::inbox::Inbox;
use super::line::Line;
use super::management::Management;
use super::rules::Rules;
use super::standing::Standing;
use crate::script::Role;
use crate::xmpp::Closed;

/// An actor of a script that is run.
pub(super) struct Actor {
    /// Its connection, while it has one.
    pub(super) live: Option<Live>,
    /// How many connections it has had.
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

/// A connection, and what has come about on it.
pub(super) struct Live {
    /// How the server closed the stream, if it did, or announced that it will.
    pub(super) closed: Option<Closed>,
    /// The connection; one that is only recorded has none.
    pub(super) line: Option<Line>,
    /// How far it has come.
    pub(super) standing: Standing,
    /// Whether the runner has logged in the actor, whose sessions can only be its own then.
    pub(super) is_let_in: bool,
    /// Whether text has been sent over it, so that the server may be in the middle of anything.
    pub(super) has_sent_text: bool,
    /// The step by which the actor did something last: connected, sent, or stated the rule that has answered.
    pub(super) acted: usize,
    /// The step by which it sent something last.
    pub(super) sent: Option<usize>,
    /// Whether it has told the server that its user does not look at it (XEP-0352 §4).
    pub(super) is_inactive: bool,
    /// Whether nothing more is to be written but the end of the stream.
    pub(super) is_leaving: bool,
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
    /// has expected it, be it one of an alternative that was not chosen.
    pub(super) fn broken(&self) -> Option<&Closed> {
        let closed = self.live.as_ref()?.closed.as_ref();
        let is_loss = |how: &Closed| matches!(how, Closed::ConnectionLost(_));
        closed
            .filter(|how| !how.is_by_server() && !self.inbox.is_end_expected())
            .filter(|how| !(is_loss(how) && self.inbox.may_be_lost()))
    }

    /// How the stream broke while the actor left it, if it did: that the connection ends then is not more than rude.
    pub(super) fn broken_in_leaving(&self) -> Option<&Closed> {
        let had_stream = self.live.as_ref()?.standing.is_open;
        let broken = self.broken().filter(|how| how.is_garbled());
        broken.filter(|_| had_stream)
    }

    /// Whether it has sent anything in its session.
    pub(super) fn has_spoken(&self) -> bool {
        self.live.as_ref().is_some_and(|live| live.sent.is_some())
    }

    /// Whether the runner may ask over its stream whether everything is handled. To ask would make the server treat an
    /// inactive client as active (XEP-0352 §5).
    pub(super) fn can_be_asked(&self) -> bool {
        let live = self.live.as_ref();
        live.is_some_and(|live| live.takes_requests() && !live.is_inactive)
    }

    /// Whether it can be found out that the server has handled what the actor sends.
    pub(super) fn can_be_settled(&self) -> bool {
        self.live.as_ref().is_some_and(Live::takes_requests)
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

    /// Whether requests that are not the script's make sense on the stream: it is bound, nothing but elements was sent
    /// over it, and it has not been closed.
    pub(super) fn takes_requests(&self) -> bool {
        self.standing.is_bound && !self.has_sent_text && !self.is_leaving
    }

    /// A connection that the server has not closed, and that begins with a step.
    pub(super) fn new(step: usize) -> Self {
        Self {
            closed: None,
            line: None,
            standing: Standing::default(),
            is_let_in: false,
            has_sent_text: false,
            acted: step,
            sent: None,
            is_inactive: false,
            is_leaving: false,
        }
    }
}
