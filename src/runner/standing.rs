//! How far an actor's connection has come, be it by the runner's own steps or by what the script itself has said on it.

use minidom::Element;

use crate::ns;
use crate::xmpp::{Header, LoggedIn, Milestone, Opened, RawStream, Stage};

/// How far a connection has come.
#[derive(Debug, Clone, Default)]
pub(super) struct Standing {
    /// Whether a stream is open: none is at first, after TLS has begun, and after a login, where a new one is due (RFC
    /// 6120 §4.3.3).
    pub(super) is_open: bool,
    /// Whether the server knows who the client is.
    pub(super) is_authenticated: bool,
    /// Whether stanzas may be sent.
    pub(super) is_bound: bool,
    /// The server's header of the stream that is open.
    pub(super) header: Option<Header>,
    /// What the server offers on it.
    pub(super) features: Option<Element>,
}

impl Standing {
    /// Takes note that the connection has been led to a milestone.
    pub(super) fn reach(&mut self, milestone: Milestone) {
        self.is_open |= milestone >= Milestone::Stream;
        self.is_authenticated |= milestone >= Milestone::Login;
        self.is_bound |= milestone >= Milestone::Session;
    }

    /// The connection as the stage to which it has come.
    pub(super) fn stage(&self, raw: RawStream) -> Stage {
        let header = self.header.clone().unwrap_or_default();
        let features = self.features.clone();
        match (self.is_open, self.is_authenticated) {
            (false, false) => Stage::Raw(raw),
            (false, true) => Stage::Authenticated(raw),
            (true, false) => Stage::Opened(Opened {
                raw,
                header,
                features,
            }),
            (true, true) => Stage::LoggedIn(LoggedIn::new(raw, header, features)),
        }
    }

    /// Whether the server still has to say what it says when a stream is opened.
    pub(super) fn is_greeting_due(&self, is_client: bool) -> bool {
        self.is_open && (self.header.is_none() || is_client && self.features.is_none())
    }

    /// Whether the connection can be led on to a milestone, as it has not come so far yet.
    pub(super) fn is_before(&self, milestone: Milestone) -> bool {
        match milestone {
            _ if self.is_bound => false,
            Milestone::Connection => false,
            Milestone::Stream => !self.is_open,
            Milestone::Login => !(self.is_open && self.is_authenticated),
            Milestone::Session => true,
        }
    }

    /// Takes note of a header that the script sends: a new stream begins, on which nothing has come yet.
    pub(super) fn note_sent_header(&mut self) {
        self.is_open = true;
        self.is_bound = false;
        self.header = None;
        self.features = None;
    }

    /// Takes note that TLS has begun: all that was said before does not count any more (RFC 6120 §5.4.3.3).
    pub(super) fn note_secured(&mut self) {
        *self = Self::default();
    }

    /// Takes note of what came.
    pub(super) fn note_received(&mut self, element: &Element) {
        if element.is("stream", ns::STREAM) || element.is("open", ns::FRAMING) {
            self.is_open = true;
            self.features = None;
        } else if element.is("features", ns::STREAM) {
            self.features = Some(element.clone());
        } else if element.is("success", ns::SASL) && !self.is_bound {
            self.is_authenticated = true;
            self.is_open = false;
        } else if element.is("success", ns::SASL_2) && !self.is_bound {
            self.is_authenticated = true;
            // New features follow, without a new stream.
            self.features = None;
        } else if element.is("handshake", ns::COMPONENT) {
            self.is_authenticated = true;
            self.is_bound = true;
        }
    }
}
