//! The live side: one XMPP connection, from a name to a logged-in stream.
//!
//! [`connect()`] dials, secures and logs in, and hands back a [`Session`]: a [`Reader`] that yields
//! elements as the server sent them and a [`Writer`] that sends text exactly as it is given, but for the namespace that an
//! element needs on a WebSocket (RFC 7395 §3.3.3). An [`Initiator`] goes the
//! same way in stages, each of which can be stopped at: [`RawStream`], [`Opened`], [`LoggedIn`]. This part
//! of the program knows nothing of scripts, of plans or of what the elements mean after the login.

#[cfg(test)]
pub(crate) mod acceptor;
mod advice;
mod authentication;
mod bind;
mod closed;
mod component;
mod connect;
mod decoder;
mod dial;
mod downgrade;
mod error;
mod exchange;
mod features;
mod greeting;
mod header;
#[cfg(test)]
mod hostile;
mod identity;
mod initiator;
mod inquiry;
mod iq;
mod listening;
mod mechanism;
mod message;
mod negotiation;
mod options;
mod providers;
mod refusal;
mod sasl;
mod scram;
#[cfg(test)]
mod scram_server;
mod stage;
mod stream;
mod tcp;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod tls;
mod transport;
mod websocket;
mod wire;

pub use self::sasl::{Binding, Credentials};
pub use closed::Closed;
pub use connect::{connect, knock, open};
pub(crate) use decoder::read_header;
pub use decoder::{Limits, StreamEvent, read_element};
pub use dial::{Attempt, AttemptFailure, Dial, DialError, Dialed, Endpoint, Peer, TcpDialer};
pub use error::{ConnectError, ConnectErrorKind, Door, LoginStep};
pub use greeting::{Greeting, Protocol};
pub use header::Header;
pub use identity::{Identity, Password, StreamKind};
pub use initiator::Initiator;
pub use iq::IqError;
pub(crate) use iq::{Entity, Home, IqClient, IqKind};
pub use mechanism::{Mechanism, UnknownMechanism};
pub use negotiation::Observer;
pub use options::{BrokenTls, ConnectOptions, LoginOptions, Notice, PlaintextPolicy};
pub use refusal::Refusal;
pub use stage::{
    Link, LoggedIn, Milestone, NotReached, Opened, RawStream, Session, Stage, Stopped,
};
pub use stream::{Incoming, Reader, Writer};
pub use text::write_element;
pub use tls::{
    Authorities, ClientCertificate, TlsError, TlsPolicy, Trust, UnknownTlsPolicy, Unverified,
    Verification,
};
pub use transport::{StreamItem, Transport};
pub use websocket::{NoWebSocketUrl, WebSocketError, WebSocketUrl};
pub use wire::{Direction, Wire, WireXml};
