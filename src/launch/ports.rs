//! Ports that nobody uses.

use std::io;
use std::net::{Ipv4Addr, TcpListener};

use crate::xmpp::WebSocketUrl;

/// Where a server listens, on 127.0.0.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ports {
    /// Clients (RFC 6120).
    pub client: u16,
    /// Clients that begin with TLS (XEP-0368).
    pub direct_tls: u16,
    /// External components (XEP-0114).
    pub component: u16,
    /// HTTP: uploads, WebSocket (RFC 7395).
    pub http: u16,
    /// The same with TLS.
    pub https: u16,
}

impl Ports {
    /// Five ports that were free a moment ago. Somebody else can take one before the server does.
    ///
    /// # Errors
    ///
    /// When the system gives none.
    pub fn free() -> io::Result<Self> {
        // All are open at once while they are looked up, so that they differ.
        let listeners = (0..5)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<io::Result<Vec<_>>>()?;
        let port = |index: usize| Ok::<_, io::Error>(listeners[index].local_addr()?.port());
        Ok(Self {
            client: port(0)?,
            direct_tls: port(1)?,
            component: port(2)?,
            http: port(3)?,
            https: port(4)?,
        })
    }

    /// The WebSocket of servers with our own configurations.
    pub fn websocket(&self, secure: bool) -> WebSocketUrl {
        let (scheme, port) = if secure {
            ("wss", self.https)
        } else {
            ("ws", self.http)
        };
        let url = format!("{scheme}://127.0.0.1:{port}/xmpp-websocket").parse();
        url.expect("it is a URL")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_port_is_given_twice() {
        let ports = Ports::free().unwrap();
        let mut all = [
            ports.client,
            ports.direct_tls,
            ports.component,
            ports.http,
            ports.https,
        ];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
