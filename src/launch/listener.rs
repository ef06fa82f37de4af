//! The listeners of a server, and whether they answer: a server is ready when it has a stream for every domain of the
//! scripts, at each listener that they connect to.

use std::fmt;
use std::time::Duration;

use super::ports::Ports;
use crate::xmpp::{
    ConnectErrorKind, ConnectOptions, Endpoint, Identity, LoginOptions, StreamKind, TcpDialer,
    TlsPolicy, Trust, WebSocketUrl, knock,
};

/// For whom a server listens, without a word about where.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ListenerKind {
    /// For clients (RFC 6120).
    Client,
    /// For clients that begin with TLS (XEP-0368).
    DirectTls,
    /// For external components (XEP-0114).
    Component,
}

/// The WebSocket that clients connect to (RFC 7395).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WebSocket {
    /// The one that the server's recipe has, with or without TLS.
    Own {
        /// Whether with TLS.
        secure: bool,
    },
    /// The one at this URL.
    At(WebSocketUrl),
}

/// Where a server listens, and for which domain.
#[derive(Debug, Clone)]
pub(super) struct Listener {
    domain: String,
    kind: ListenerKind,
    endpoint: Endpoint,
}

impl Listener {
    pub(super) fn new(
        kind: ListenerKind,
        domain: &str,
        websocket: Option<&WebSocketUrl>,
        ports: Ports,
    ) -> Self {
        let endpoint = match (kind, websocket) {
            (ListenerKind::Component, _) => at(ports.component),
            (ListenerKind::Client | ListenerKind::DirectTls, Some(url)) => {
                Endpoint::WebSocket(url.clone())
            }
            (ListenerKind::Client, None) => at(ports.client),
            (ListenerKind::DirectTls, None) => at(ports.direct_tls),
        };
        Self {
            domain: domain.to_owned(),
            kind,
            endpoint,
        }
    }

    /// For whom it is, and for which domain.
    pub(super) fn wanted(&self) -> (ListenerKind, String) {
        (self.kind, self.domain.clone())
    }

    /// Whether the server has a stream for the domain here, and else what it answers.
    pub(super) async fn try_stream(&self, patience: Duration) -> Result<(), ConnectErrorKind> {
        let options = ConnectOptions {
            // Whether its certificate is believed is asked when an actor logs in.
            trust: Trust::Anything,
            step_timeout: patience,
            login: LoginOptions {
                tls: match self.kind {
                    ListenerKind::DirectTls => TlsPolicy::Direct,
                    ListenerKind::Client | ListenerKind::Component => TlsPolicy::Auto,
                },
                ..LoginOptions::default()
            },
            ..ConnectOptions::default()
        };
        let dialer = TcpDialer::new(patience);
        let knocked = knock(&dialer, &self.endpoint, &self.identity(), &options).await;
        knocked.map_err(|error| error.kind)
    }

    fn identity(&self) -> Identity {
        Identity {
            stream: match self.kind {
                ListenerKind::Client | ListenerKind::DirectTls => StreamKind::Client,
                ListenerKind::Component => StreamKind::Component,
            },
            localpart: None,
            domain: self.domain.clone(),
            resource: None,
            secret: None,
        }
    }
}

/// A listener that has not answered in time.
#[derive(Debug)]
pub(super) struct Missing<'a> {
    pub(super) listener: &'a Listener,
    /// The result of the last try.
    pub(super) answer: Option<ConnectErrorKind>,
}

/// A port of a launched server.
pub(super) fn at(port: u16) -> Endpoint {
    Endpoint::Host {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

/// What is missing while it does not answer.
impl fmt::Display for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain, endpoint, ..
        } = self;
        match (self.kind, endpoint) {
            (ListenerKind::Component, _) => {
                write!(f, "no stream for {domain} on {endpoint} (components)")
            }
            (_, Endpoint::WebSocket(_)) => {
                write!(f, "no stream features for {domain} at {endpoint}")
            }
            (ListenerKind::Client, _) => {
                write!(f, "no stream features for {domain} on {endpoint} (clients)")
            }
            (ListenerKind::DirectTls, _) => {
                write!(
                    f,
                    "no stream features for {domain} on {endpoint} (direct TLS)"
                )
            }
        }
    }
}
