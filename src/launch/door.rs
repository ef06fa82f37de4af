//! The doors of a server, and whether they are open: a server is ready when it has a stream for every domain of the
//! scripts, at each door by which they come.

use std::fmt;
use std::time::Duration;

use super::ports::Ports;
use crate::xmpp::{
    ConnectErrorKind, ConnectOptions, Endpoint, Identity, LoginOptions, StreamKind, TcpDialer,
    TlsPolicy, Trust, WebSocketUrl, knock,
};

/// How somebody comes to a server, without a word about where that is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Way {
    /// As a client (RFC 6120).
    Client,
    /// As a client that begins with TLS (XEP-0368).
    DirectTls,
    /// As an external component (XEP-0114).
    Component,
}

/// The WebSocket that clients come by (RFC 7395).
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

/// Where a domain is asked for.
#[derive(Debug, Clone)]
pub(super) struct Door {
    domain: String,
    way: Way,
    endpoint: Endpoint,
}

impl Door {
    pub(super) fn new(
        way: Way,
        domain: &str,
        websocket: Option<&WebSocketUrl>,
        ports: Ports,
    ) -> Self {
        let endpoint = match (way, websocket) {
            (Way::Component, _) => at(ports.component),
            (Way::Client | Way::DirectTls, Some(url)) => Endpoint::WebSocket(url.clone()),
            (Way::Client, None) => at(ports.client),
            (Way::DirectTls, None) => at(ports.direct_tls),
        };
        Self {
            domain: domain.to_owned(),
            way,
            endpoint,
        }
    }

    /// Whether the server has a stream for the domain here, and else what it answers.
    pub(super) async fn knock(&self, patience: Duration) -> Result<(), ConnectErrorKind> {
        let options = ConnectOptions {
            // Whether it is to be believed is asked when somebody comes to log in.
            trust: Trust::Anything,
            step_timeout: patience,
            login: LoginOptions {
                tls: match self.way {
                    Way::DirectTls => TlsPolicy::Direct,
                    Way::Client | Way::Component => TlsPolicy::Auto,
                },
                ..LoginOptions::default()
            },
            ..ConnectOptions::default()
        };
        let dialer = TcpDialer::new(patience);
        let knocked = knock(&dialer, &self.endpoint, &self.visitor(), &options).await;
        knocked.map_err(|error| error.kind)
    }

    fn visitor(&self) -> Identity {
        Identity {
            stream: match self.way {
                Way::Client | Way::DirectTls => StreamKind::Client,
                Way::Component => StreamKind::Component,
            },
            localpart: None,
            domain: self.domain.clone(),
            resource: None,
            secret: None,
        }
    }
}

/// A port of a launched server.
pub(super) fn at(port: u16) -> Endpoint {
    Endpoint::Host {
        host: "127.0.0.1".to_owned(),
        port,
    }
}

/// What is missing while it is closed.
impl fmt::Display for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            domain, endpoint, ..
        } = self;
        match (self.way, endpoint) {
            (Way::Component, _) => write!(f, "no stream for {domain} on {endpoint} (components)"),
            (_, Endpoint::WebSocket(_)) => {
                write!(f, "no stream features for {domain} at {endpoint}")
            }
            (Way::Client, _) => {
                write!(f, "no stream features for {domain} on {endpoint} (clients)")
            }
            (Way::DirectTls, _) => {
                write!(
                    f,
                    "no stream features for {domain} on {endpoint} (direct TLS)"
                )
            }
        }
    }
}
