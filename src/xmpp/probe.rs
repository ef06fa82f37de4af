//! Whether a server is there: it answers a stream header.

use std::time::Duration;

use super::connect::ConnectOptions;
use super::dial::{Dial, Endpoint, TcpDialer};
use super::error::ConnectErrorKind;
use super::login::open_stream;
use super::negotiation::{Encryption, Negotiation};
use super::stream::Closed;

/// How long an answer may take; whoever asks will ask again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a server for clients listens on a port of this machine (127.0.0.1): it answers a stream header (RFC 6120
/// §4.2) to a domain with features, or with a stream error.
pub async fn answers_stream(port: u16, domain: &str) -> bool {
    let endpoint = Endpoint::Host {
        host: "127.0.0.1".to_owned(),
        port,
    };
    let Ok(dialed) = TcpDialer::new(PATIENCE).dial(&endpoint).await else {
        return false;
    };
    let options = ConnectOptions {
        step_timeout: PATIENCE,
        ..ConnectOptions::default()
    };
    let mut unobserved = |_| {};
    let mut talk = Negotiation::new(dialed, Encryption::WhenRequired, &options, &mut unobserved);
    let answer = open_stream(&mut talk, domain).await;
    talk.hang_up().await;
    // A stream error is an answer: whoever connects next will hear what is wrong.
    matches!(
        answer,
        Ok(_) | Err(ConnectErrorKind::Closed(Closed::StreamError { .. }))
    )
}
