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
    /// Other servers (RFC 6120 §4.3.2, `jabber:server`).
    pub s2s: u16,
}

impl Ports {
    /// Six ports that were free a moment ago. Somebody else can take one before the server does.
    ///
    /// # Errors
    ///
    /// When the system gives none.
    pub fn free() -> io::Result<Self> {
        // All are open at once while they are looked up, so that they differ.
        let listeners = (0..6)
            .map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))
            .collect::<io::Result<Vec<_>>>()?;
        let port = |index: usize| Ok::<_, io::Error>(listeners[index].local_addr()?.port());
        Ok(Self {
            client: port(0)?,
            direct_tls: port(1)?,
            component: port(2)?,
            http: port(3)?,
            https: port(4)?,
            s2s: port(5)?,
        })
    }

    /// All of them, by the names of their blanks.
    pub fn named(&self) -> [(&'static str, u16); 6] {
        [
            ("port", self.client),
            ("direct_tls_port", self.direct_tls),
            ("component_port", self.component),
            ("http_port", self.http),
            ("https_port", self.https),
            ("s2s_port", self.s2s),
        ]
    }

    /// The WebSocket at a path; none if that is no path.
    pub(super) fn websocket(&self, secure: bool, path: &str) -> Option<WebSocketUrl> {
        let (scheme, port) = match secure {
            true => ("wss", self.https),
            false => ("ws", self.http),
        };
        format!("{scheme}://127.0.0.1:{port}{path}").parse().ok()
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
            ports.s2s,
        ];
        all.sort_unstable();
        assert!(all.windows(2).all(|pair| pair[0] != pair[1]));
    }
}
