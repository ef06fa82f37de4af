//! Whether a server is there: it answers a stream header with its features.

use std::time::Duration;

use super::connect::ConnectOptions;
use super::dial::{Dial, Endpoint, TcpDialer};
use super::login::open_stream;
use super::negotiation::{Encryption, Negotiation};

/// How long an answer may take; whoever asks will ask again.
const PATIENCE: Duration = Duration::from_secs(2);

/// Whether a server for clients listens on a port of this machine (127.0.0.1), and knows a domain.
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
    let answers = open_stream(&mut talk, domain).await.is_ok();
    talk.hang_up().await;
    answers
}
