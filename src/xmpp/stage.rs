//! The stages of a connection, from the first byte to a session.
//!
//! ```text
//! RawStream ── open ──▶ Opened ── log in ──▶ LoggedIn ── bind ──▶ Session
//!                          └─────── shake hands (components) ──────▶┘
//! ```
//!
//! Each stage is a value that can be kept, and holds the [`RawStream`] that it has come about on: a caller that does
//! not go on to the next stage can read and write there what it wants. The [`Initiator`](super::Initiator) leads from
//! one stage to the next.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use jid::Jid;
use minidom::Element;
use tokio::time::timeout;

use super::dial::Peer;
use super::error::ConnectError;
use super::header::Header;
use super::options::Notice;
use super::stream::{Reader, Writer};
use super::tls::EndPoint;
use super::wire::Wire;
use crate::ns;

/// How long a failed login waits for its last words to be taken.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection, on which anything can be read and written.
pub struct RawStream {
    /// What the server sends.
    pub reader: Reader,
    /// What we send.
    pub writer: Writer,
    /// What is known of the connection.
    pub link: Link,
}

/// What is known of a connection.
#[derive(Debug)]
pub struct Link {
    /// The server's latest header, if it has sent one.
    pub header: Option<Header>,
    /// The server that was reached.
    pub peer: Peer,
    /// What the user should know about the login so far.
    pub notices: Vec<Notice>,
    /// What the server has offered: its `<stream:features/>`, one after the other (RFC 6120 §4.3.2).
    pub features: Vec<Arc<Element>>,
    pub(super) security: Security,
}

/// Whether a machine on the way can read along.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Security {
    /// It can.
    Clear,
    /// It cannot; and this is what a login can be bound to.
    Tls(Option<EndPoint>),
}

impl Security {
    pub(super) fn is_clear(&self) -> bool {
        *self == Self::Clear
    }

    pub(super) fn end_point(&self) -> Option<&EndPoint> {
        match self {
            Self::Clear => None,
            Self::Tls(end_point) => end_point.as_ref(),
        }
    }
}

/// A stream whose headers have been exchanged.
pub struct Opened {
    /// The connection.
    pub raw: RawStream,
    /// The server's header.
    pub header: Header,
    /// What the server offers now. Components are not offered features.
    pub features: Option<Arc<Element>>,
}

/// A client's stream after SASL, without a resource.
pub struct LoggedIn {
    /// The connection.
    pub raw: RawStream,
    /// The server's header.
    pub header: Header,
    /// What the server offers now.
    pub features: Arc<Element>,
}

impl LoggedIn {
    /// A stream with these; without features the server offers nothing.
    pub fn new(raw: RawStream, header: Header, features: Option<Arc<Element>>) -> Self {
        let nothing = || Arc::new(Element::bare("features", ns::STREAM));
        Self {
            raw,
            header,
            features: features.unwrap_or_else(nothing),
        }
    }
}

/// A logged-in stream.
pub struct Session {
    /// The connection.
    pub raw: RawStream,
    /// The full JID of a client, the domain of a component.
    pub jid: Jid,
}

/// A connection at any of its stages.
pub enum Stage {
    /// Nothing has been said on it, or not since it went over to TLS.
    Raw(RawStream),
    /// The client is authenticated, and a new stream is due (RFC 6120 §6.4.6).
    Authenticated(RawStream),
    /// The headers have been exchanged.
    Opened(Opened),
    /// The client is authenticated, and the headers have been exchanged once more.
    LoggedIn(LoggedIn),
    /// Stanzas may be sent.
    Bound(Session),
}

/// How far a connection is to be led.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Milestone {
    /// There is a connection, with TLS where that comes first.
    Connection,
    /// A stream is open, and the server has said what it offers.
    Stream,
    /// The client is authenticated, and a stream is open. A component has proved itself.
    Login,
    /// Stanzas may be sent.
    Session,
}

impl Milestone {
    /// All of them.
    const ALL: [Self; 4] = [Self::Connection, Self::Stream, Self::Login, Self::Session];

    /// The one that is told in these words.
    pub fn of_words(words: &str) -> Option<Self> {
        let mut all = Self::ALL.into_iter();
        all.find(|milestone| milestone.to_string() == words)
    }
}

impl fmt::Display for Milestone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Connection => "a connection",
            Self::Stream => "a stream",
            Self::Login => "a login",
            Self::Session => "a session",
        })
    }
}

impl Stage {
    /// Whether the connection has come so far. Where a new stream is due, none is open.
    pub(super) fn is_at(&self, milestone: Milestone) -> bool {
        let reached = match self {
            Self::Raw(_) | Self::Authenticated(_) => Milestone::Connection,
            Self::Opened(_) => Milestone::Stream,
            Self::LoggedIn(_) => Milestone::Login,
            Self::Bound(_) => Milestone::Session,
        };
        reached >= milestone
    }

    /// The full JID of the session, if it has come to one.
    pub fn jid(&self) -> Option<String> {
        match self {
            Self::Bound(session) => Some(session.jid.to_string()),
            Self::Raw(_) | Self::Authenticated(_) | Self::Opened(_) | Self::LoggedIn(_) => None,
        }
    }

    /// The connection.
    pub fn into_raw(self) -> RawStream {
        match self {
            Self::Raw(raw) | Self::Authenticated(raw) => raw,
            Self::Opened(opened) => opened.raw,
            Self::LoggedIn(logged_in) => logged_in.raw,
            Self::Bound(session) => session.raw,
        }
    }
}

impl RawStream {
    /// Forgets the streams that there were, as a new one begins on the same connection (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        self.reader.restart();
        self.writer.restart();
    }
}

/// A stage that was not reached.
pub struct Stopped {
    /// Why not.
    pub error: ConnectError,
    /// What the server said, if it refused to go on: the `<failure/>` of SASL, the `<stream:error/>`, or the answer to
    /// the request to bind.
    pub refusal: Option<Element>,
    /// The connection as the failed step has left it: open, unless the server has ended it.
    pub raw: RawStream,
    /// What has been received before and is still to be read there, as it would be shown.
    pub(super) unshown: Vec<Wire>,
}

impl Stopped {
    /// Takes leave of the server, as far as it still listens. The observer sees what it has not seen.
    pub async fn hang_up(self, observer: &mut (dyn FnMut(Wire) + Send)) -> ConnectError {
        for wire in self.unshown {
            observer(wire);
        }
        take_leave(self.raw.writer).await;
        self.error
    }
}

/// Why a connection was not led to a milestone.
pub enum NotReached {
    /// There is no connection.
    Unconnected(ConnectError),
    /// It has stopped on the way.
    Stopped(Box<Stopped>),
}

impl NotReached {
    /// The error.
    pub fn error(&self) -> &ConnectError {
        match self {
            Self::Unconnected(error) => error,
            Self::Stopped(stopped) => &stopped.error,
        }
    }

    /// Takes leave of the server, as [`Stopped::hang_up`] does.
    pub async fn hang_up(self, observer: &mut (dyn FnMut(Wire) + Send)) -> ConnectError {
        match self {
            Self::Unconnected(error) => error,
            Self::Stopped(stopped) => stopped.hang_up(observer).await,
        }
    }
}

impl From<Box<Stopped>> for NotReached {
    fn from(stopped: Box<Stopped>) -> Self {
        Self::Stopped(stopped)
    }
}

/// Ends a stream that is not needed any more.
pub(super) async fn take_leave(mut writer: Writer) {
    let farewell = async {
        // What there was to know is known; that this failed does not matter.
        let _ = writer.close().await;
        let _ = writer.shutdown().await;
    };
    let _ = timeout(FAREWELL, farewell).await;
}
