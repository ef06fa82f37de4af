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
    /// The server that was reached.
    pub peer: Peer,
    /// What the user should know about the login so far.
    pub notices: Vec<Notice>,
    /// What the server has offered: its `<stream:features/>`, one after the other (RFC 6120 §4.3.2).
    pub features: Vec<Element>,
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
    pub features: Option<Element>,
}

/// A client's stream after SASL, without a resource.
pub struct LoggedIn {
    /// The connection.
    pub raw: RawStream,
    /// What the server offers now.
    pub features: Element,
}

/// A logged-in stream.
pub struct Session {
    /// What the server sends.
    pub reader: Reader,
    /// What we send.
    pub writer: Writer,
    /// The full JID of a client, the domain of a component.
    pub jid: Jid,
    /// The server that was reached.
    pub peer: Peer,
    /// What the user should know about this login.
    pub notices: Vec<Notice>,
    /// What the server offered: its `<stream:features/>`, one after the other (RFC 6120 §4.3.2).
    pub features: Vec<Element>,
}

impl RawStream {
    /// Forgets the streams that there were, as a new one begins on the same connection (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        self.reader.restart();
        self.writer.restart();
    }

    /// Takes the stream for one that is logged in.
    pub(super) fn into_session(self, jid: Jid) -> Session {
        let Link {
            peer,
            notices,
            features,
            security: _,
        } = self.link;
        Session {
            reader: self.reader,
            writer: self.writer,
            jid,
            peer,
            notices,
            features,
        }
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

/// Ends a stream that is not needed any more.
pub(super) async fn take_leave(mut writer: Writer) {
    let farewell = async {
        // What there was to know is known; that this failed does not matter.
        let _ = writer.close().await;
        let _ = writer.shutdown().await;
    };
    let _ = timeout(FAREWELL, farewell).await;
}
