//! What speaks at a port that has said nothing at all to a stream header, or to TLS.
//!
//! Many servers wait for the end of a line, or hang up without a word. So they are asked on connections of their own,
//! after the login has failed, by a request of HTTP and a handshake of TLS: the user is told which port this is. On the
//! stream itself nothing is sent that does not belong to it.

use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

use super::dial::{Dial, Endpoint};
use super::greeting::{Greeting, LOOKED_AT, Protocol};
use super::tls::{Trust, Unverified, Verification, secure};
use super::transport::Transport;

/// How long each of the two may take. The user waits for it, after a failure.
const PATIENCE: Duration = Duration::from_secs(1);
/// A request that every HTTP server answers.
const REQUEST: &[u8] = b"HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";

/// Asks what speaks at an endpoint where a login, perhaps one that began with TLS, stopped without a word of the server.
pub(super) async fn ask(
    dialer: &dyn Dial,
    endpoint: &Endpoint,
    begins_with_tls: bool,
) -> Option<Greeting> {
    if endpoint.is_websocket() {
        return None;
    }
    let answer = timeout(PATIENCE, ask_in_clear(dialer, endpoint)).await;
    if let Ok(Some(greeting)) = answer
        && !(begins_with_tls && greeting.protocol == Protocol::Tls)
    {
        return Some(greeting);
    }
    // That TLS is spoken there tells nothing new about a login that began with it.
    if begins_with_tls {
        return None;
    }
    let speaks_tls = timeout(PATIENCE, shakes_hands(dialer, endpoint)).await;
    (speaks_tls == Ok(true)).then(|| Protocol::Tls.into())
}

async fn ask_in_clear(dialer: &dyn Dial, endpoint: &Endpoint) -> Option<Greeting> {
    let mut transport = dial(dialer, endpoint).await?;
    transport.write_all(REQUEST).await.ok()?;
    transport.flush().await.ok()?;
    let mut said = Vec::with_capacity(LOOKED_AT);
    while said.len() < LOOKED_AT && !said.contains(&b'\n') {
        match transport.read_buf(&mut said).await {
            Ok(1..) => {}
            Ok(0) | Err(_) => break,
        }
    }
    Greeting::of(&said)
}

async fn shakes_hands(dialer: &dyn Dial, endpoint: &Endpoint) -> bool {
    let Some(transport) = dial(dialer, endpoint).await else {
        return false;
    };
    let (trust, verification) = (Trust::Anything, Verification::Off(Unverified::Insecure));
    secure(transport, "localhost", &trust, verification, None)
        .await
        .is_ok()
}

async fn dial(dialer: &dyn Dial, endpoint: &Endpoint) -> Option<Box<dyn Transport>> {
    let dialed = dialer.dial(endpoint).await.ok()?;
    Some(dialed.transport)
}
