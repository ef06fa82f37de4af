//! How far an actor's connection has come, be it by the runner's own steps or by what the script itself has said on it.

use std::sync::Arc;

use minidom::Element;

use super::inbox::is_answer;
use crate::ns;
use crate::plan::Name;
use crate::xmpp::{Entity, Header, Home, LoggedIn, Milestone, Opened, RawStream, Stage};

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
    /// The same as it can be received.
    said_header: Option<Arc<Element>>,
    /// What the server offers on it.
    pub(super) features: Option<Arc<Element>>,
    /// Whether the script has sent a header before it had the answer to that.
    is_ahead: bool,
    /// What the script has asked for that leads further, and is not answered yet.
    asked: Vec<Asked>,
}

/// What a script asks for that leads further, and by what it is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Asked {
    /// By an element of this namespace that answers: TLS, SASL, the handshake of a component, a session to be resumed.
    InNamespace(String),
    /// To be bound, by the server's answer of this id.
    ToBeBound(String),
}

/// What leads further, by its name and namespace.
const LEADING: [(&str, &str); 9] = [
    ("starttls", ns::TLS),
    ("auth", ns::SASL),
    ("response", ns::SASL),
    ("authenticate", ns::SASL_2),
    ("response", ns::SASL_2),
    ("next", ns::SASL_2),
    ("handshake", ns::COMPONENT),
    ("resume", ns::STREAM_MANAGEMENT),
    ("resume", ns::OLD_STREAM_MANAGEMENT),
];

/// What answers that, in the namespace of what was asked.
const ANSWERS: [&str; 8] = [
    "proceed",
    "challenge",
    "continue",
    "success",
    "failure",
    "handshake",
    "resumed",
    "failed",
];

impl Asked {
    fn is_answered_by(&self, element: &Element, home: &Home) -> bool {
        match self {
            Self::InNamespace(namespace) => {
                element.has_ns(namespace.as_str()) && ANSWERS.contains(&element.name())
            }
            Self::ToBeBound(id) => {
                let is_of_server = home.entity(element.attr("from")) == Entity::Home;
                is_answer(element) && element.attr("id") == Some(id) && is_of_server
            }
        }
    }
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

    /// Takes note of what the script sends; `bind_id` is its id if it is a request to bind a resource.
    pub(super) fn note_sent(&mut self, name: &Name, bind_id: Option<String>) {
        let is_it = |(local, namespace): &(&str, &str)| {
            (*local, *namespace) == (name.local.as_str(), name.namespace.as_str())
        };
        if let Some(id) = bind_id {
            self.asked.push(Asked::ToBeBound(id));
        } else if !self.is_bound && LEADING.iter().any(is_it) {
            self.asked.push(Asked::InNamespace(name.namespace.clone()));
        }
    }

    /// Whether how far the connection has come is up to an answer that the server still owes the script.
    pub(super) fn is_answer_due(&self) -> bool {
        !self.asked.is_empty()
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
        self.is_ahead = self.is_answer_due();
        self.is_bound = false;
        self.header = None;
        self.said_header = None;
        self.features = None;
    }

    /// Takes note of what the server has said to the runner on a new stream.
    pub(super) fn note_greeting(
        &mut self,
        header: Header,
        said: Arc<Element>,
        features: Option<Arc<Element>>,
    ) {
        self.header = Some(header);
        self.said_header = Some(said);
        self.features = features;
    }

    /// What the server has said when the stream was opened, if that is known.
    pub(super) fn greeting(&self) -> Option<impl Iterator<Item = Arc<Element>> + use<>> {
        let header = self.said_header.clone()?;
        Some([header].into_iter().chain(self.features.clone()))
    }

    /// Takes note that TLS has begun: all that was said before does not count any more (RFC 6120 §5.4.3.3).
    pub(super) fn note_secured(&mut self) {
        *self = Self::default();
    }

    /// Takes note of what came, and tells whether it answers what the script has asked for: nothing else leads further,
    /// whatever it looks like. What was asked for by text is not known, so that anything may answer it.
    pub(super) fn note_received(
        &mut self,
        element: &Arc<Element>,
        home: &Home,
        has_sent_text: bool,
    ) -> bool {
        let mut asked = self.asked.iter();
        let answered = asked.position(|asked| asked.is_answered_by(element, home));
        let is_answer = answered.is_some() || has_sent_text && !self.is_bound;
        if let Some(answered) = answered {
            self.asked.remove(answered);
        }
        if element.is("stream", ns::STREAM) || element.is("open", ns::FRAMING) {
            // The server's own is not what opens a stream.
            self.is_open |= has_sent_text;
            self.said_header = Some(Arc::clone(element));
            self.features = None;
        } else if element.is("features", ns::STREAM) {
            self.features = Some(Arc::clone(element));
        } else if !is_answer {
            return false;
        } else if element.is("success", ns::SASL) {
            self.is_authenticated = true;
            self.is_open = std::mem::take(&mut self.is_ahead);
        } else if element.is("success", ns::SASL_2) {
            self.is_authenticated = true;
            // New features follow, without a new stream.
            self.features = None;
        } else if element.is("handshake", ns::COMPONENT) {
            self.is_authenticated = true;
            self.is_bound = true;
        }
        is_answer
    }
}
