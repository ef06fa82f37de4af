//! `--transport`: whether clients come by WebSocket, and by which.

use std::str::FromStr;

use crate::launch::WebSocket;
use crate::xmpp::{NoWebSocketUrl, WebSocketUrl};

/// `--transport`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Transport {
    /// The WebSocket at this URL.
    Url(WebSocketUrl),
    /// The WebSocket of the launched server, with or without TLS.
    Launched {
        /// Whether with TLS.
        secure: bool,
    },
}

impl FromStr for Transport {
    type Err = NoWebSocketUrl;

    fn from_str(text: &str) -> Result<Self, NoWebSocketUrl> {
        match text {
            "ws" => Ok(Self::Launched { secure: false }),
            "wss" => Ok(Self::Launched { secure: true }),
            url => url.parse().map(Self::Url),
        }
    }
}

impl Transport {
    /// The URL that the user has given.
    pub(super) fn url(&self) -> Option<&WebSocketUrl> {
        match self {
            Self::Url(url) => Some(url),
            Self::Launched { .. } => None,
        }
    }

    /// The WebSocket that a launched server must have.
    pub(super) fn websocket(&self) -> WebSocket {
        match self {
            Self::Url(url) => WebSocket::At(url.clone()),
            Self::Launched { secure } => WebSocket::Own { secure: *secure },
        }
    }
}
