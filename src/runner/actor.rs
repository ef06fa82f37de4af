//! An actor on the stage: its connection and what has come over it.

use tokio::sync::mpsc::UnboundedSender;
use tokio::task::JoinHandle;

use super::flush::Unsettled;
use super::inbox::Inbox;
use crate::script::ast::Class;
use crate::xmpp::{Closed, Incoming, Reader, Writer};

/// Something that came for an actor.
#[derive(Debug)]
pub(super) struct Arrival {
    /// For whom.
    pub(super) actor: usize,
    /// Over which of its sessions, the first being 1.
    pub(super) session: u32,
    /// What.
    pub(super) incoming: Incoming,
}

/// An actor on the stage.
pub(super) struct Actor {
    /// Its connection, while it has one.
    pub(super) live: Option<Live>,
    /// How many sessions it has had.
    pub(super) sessions: u32,
    /// What came and was not taken.
    pub(super) inbox: Inbox,
    /// What it has sent and the server may not have handled yet.
    pub(super) unsettled: Unsettled,
}

/// A connection.
pub(super) struct Live {
    /// The way out.
    pub(super) writer: Writer,
    /// How the server closed the stream, if it did.
    pub(super) closed: Option<Closed>,
    reader: JoinHandle<()>,
}

impl Actor {
    /// An actor that has not connected.
    pub(super) fn new(class: Class) -> Self {
        Self {
            live: None,
            sessions: 0,
            inbox: Inbox::new(class),
            unsettled: Unsettled::default(),
        }
    }

    /// The connection, if the server has not closed it.
    pub(super) fn open(&mut self) -> Option<&mut Live> {
        self.live.as_mut().filter(|live| live.closed.is_none())
    }
}

impl Live {
    /// Begins to read a session's stream and to pass on what comes.
    pub(super) fn new(
        writer: Writer,
        mut reader: Reader,
        actor: usize,
        session: u32,
        arrivals: UnboundedSender<Arrival>,
    ) -> Self {
        let reader = tokio::spawn(async move {
            loop {
                let incoming = reader.next().await;
                let last = matches!(incoming, Incoming::Closed(_));
                let arrival = Arrival {
                    actor,
                    session,
                    incoming,
                };
                if arrivals.send(arrival).is_err() || last {
                    return;
                }
            }
        });
        Self {
            writer,
            closed: None,
            reader,
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
