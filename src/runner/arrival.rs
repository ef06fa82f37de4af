//! What comes over the actors' streams, of a server or of a recording.

use std::sync::Arc;
use std::time::Duration;

use minidom::Element;

use crate::xmpp::{Closed, Header, Incoming};

/// Something that came for an actor.
#[derive(Debug)]
pub(super) struct Arrival {
    /// The actor that it came for.
    pub(super) actor: usize,
    /// Over which of its sessions, the first being 1.
    pub(super) session: u32,
    /// When, from the beginning of the script, if that was not now.
    pub(super) at: Option<Duration>,
    /// During which step, if not during the one that is being taken.
    pub(super) during: Option<usize>,
    /// What.
    pub(super) arrived: Arrived,
}

/// What can come.
#[derive(Debug)]
pub(super) enum Arrived {
    /// The header of a stream.
    Header(Header),
    /// A stanza, or an element that is none; in a recording also the header of a stream.
    Element(Arc<Element>),
    /// In a recording: what a rule answered.
    Answered(String),
    /// In a recording: what the runner has said on its own behalf, and had answered.
    Kept {
        /// How many stanzas went out for it; as many came.
        stanzas: u32,
        /// How often it asked by these whether everything was handled.
        pings: usize,
    },
    /// In a recording: these entities did not answer the runner.
    Silence(Vec<String>),
    /// The end of the stream, and how it came.
    Closed(Closed),
}

impl From<Incoming> for Arrived {
    fn from(incoming: Incoming) -> Self {
        match incoming {
            Incoming::Header(header) => Self::Header(header),
            Incoming::Element(element) => Self::Element(Arc::new(element)),
            Incoming::Closed(closed) => Self::Closed(closed),
        }
    }
}
