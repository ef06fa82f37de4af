//! Ports that are free.

use std::fs;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

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

/// The lowest port that is taken where there is plenty of room below the system's own range. Well-known
/// services listen below this port.
const LOWEST: u16 = 15_000;
/// How few ports between [`LOWEST`] and the system's range are too few to choose from.
const TOO_FEW: u16 = 5_000;
/// How often a port may turn out to be taken before the system is asked for one.
const TRIES: usize = 50;

/// Whose turn it is of the ports that there are. They are taken one after the other, so that servers which are started at
/// the same time, and do not listen yet, are never given the same one; other runs begin elsewhere.
static TURN: LazyLock<AtomicU32> = LazyLock::new(|| AtomicU32::new(rand::random()));

impl Ports {
    /// Six ports that were free a moment ago. Another program can take one before the server does; so, where there is
    /// room, they are none of those that the system hands out to connections and to programs that listen on any port.
    ///
    /// # Errors
    ///
    /// When the system gives none.
    pub fn free() -> io::Result<Self> {
        let end = first_port_of_the_system();
        // All are open at once while they are looked up, so that they differ.
        let listeners = (0..6)
            .map(|_| listen_below(end))
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

/// A listener on a port between [`LOWEST`] and `end` that is free, on any other port if none is found there.
fn listen_below(end: u16) -> io::Result<TcpListener> {
    let any = || TcpListener::bind((Ipv4Addr::LOCALHOST, 0));
    if end < LOWEST + TOO_FEW {
        return any();
    }
    (0..TRIES)
        .find_map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, next_port(end))).ok())
        .map_or_else(any, Ok)
}

/// The port between [`LOWEST`] and `end` whose turn it is.
fn next_port(end: u16) -> u16 {
    let turn = TURN.fetch_add(1, Ordering::Relaxed) % u32::from(end - LOWEST);
    // It is less than a port.
    LOWEST + turn as u16
}

/// The first port that the system hands out by itself (ip(7), `ip_local_port_range`); Linux begins at 32768
/// unless it was told otherwise.
fn first_port_of_the_system() -> u16 {
    fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range")
        .ok()
        .and_then(|range| range.split_whitespace().next()?.parse().ok())
        .unwrap_or(32_768)
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

    #[test]
    fn servers_that_do_not_listen_yet_are_given_different_ports() {
        let given = (0..200).flat_map(|_| Ports::free().unwrap().named());
        let mut ports: Vec<u16> = given.map(|(_, port)| port).collect();
        ports.sort_unstable();
        assert_eq!(ports.windows(2).find(|pair| pair[0] == pair[1]), None);
    }

    #[test]
    fn ports_are_none_that_the_system_hands_out() {
        let port = listen_below(LOWEST + TOO_FEW)
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        assert!((LOWEST..LOWEST + TOO_FEW).contains(&port), "{port}");
    }

    #[test]
    fn where_the_system_hands_out_nearly_all_it_is_asked_for_one() {
        assert!(listen_below(1024).is_ok());
    }
}
