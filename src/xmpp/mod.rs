//! The live side: one XMPP connection, from a name to a logged-in stream.
//!
//! [`connect()`] dials, secures and logs in, and hands back a [`Session`]: a [`Reader`] that yields
//! elements as the server sent them and a [`Writer`] that sends text exactly as it is given. This part
//! of the program knows nothing of scripts, of plans or of what the elements mean after the login.

mod closed;
mod component;
mod connect;
mod content;
mod decoder;
mod dial;
mod downgrade;
mod error;
mod exchange;
#[cfg(test)]
mod hostile;
mod identity;
mod login;
mod negotiation;
mod providers;
mod refusal;
mod sasl;
mod scram;
#[cfg(test)]
mod scram_server;
mod stream;
mod tcp;
#[cfg(test)]
pub(crate) mod testing;
mod text;
mod tls;
mod websocket;
mod wire;

pub use self::sasl::{Binding, Credentials, Mechanism, UnknownMechanism};
pub use closed::Closed;
pub use connect::{
    BrokenTls, ConnectOptions, LoginOptions, Notice, PlaintextPolicy, Session, connect, knock, open,
};
pub use decoder::{Limits, read_element};
pub use dial::{Attempt, AttemptFailure, Dial, DialError, Dialed, Endpoint, Peer, TcpDialer};
pub use error::{ConnectError, ConnectErrorKind, LoginStep};
pub use identity::{Identity, Password, StreamKind};
pub use refusal::Refusal;
pub use stream::{Incoming, Reader, Transport, Writer};
pub use text::write_element;
pub use tls::{
    Authorities, ClientCertificate, TlsError, TlsPolicy, Trust, UnknownTlsPolicy, Unverified,
    Verification,
};
pub use websocket::{NoWebSocketUrl, WebSocketError, WebSocketUrl};
pub use wire::{Direction, Wire};
