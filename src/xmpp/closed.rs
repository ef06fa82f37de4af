//! How a stream came to its end: a fact that all parts of the program pass on as this type.
//!
//! Only a transcript keeps it as words. What these words are, and which end they tell, stands here side by side.

use std::fmt;
use std::io;

use minidom::Element;

use super::decoder::DecodeError;
use super::refusal::Refusal;
use crate::ns;

/// How a stream came to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Closed {
    /// The server closed the stream in due form (RFC 6120 §4.4).
    ByPeer,
    /// The server sent a stream error (RFC 6120 §4.9), which came as an element before.
    StreamError {
        /// The name of the condition.
        condition: String,
        /// The text sent along; for `see-other-host` the other host.
        text: Option<String>,
    },
    /// The connection ended without the end of the stream.
    ConnectionLost(String),
    /// What came is not XMPP, or is more than the limits allow.
    NotXmpp(String),
    /// The server takes nothing more; the words say why.
    NotTaken(String),
}

/// How it is told that the server ended the stream.
const BY_PEER: &str = "the server closed the stream";
/// How it begins to be told that a stream ended by a stream error.
const STREAM_ERROR: &str = "stream error ";
/// What stands between the condition of a stream error and its text. No condition has it, being the name of an element.
const AND_TEXT: &str = ": ";
/// How it begins to be told that a connection ended.
const LOST: &str = "the connection was lost: ";
/// How the end of that is told if something had begun to come, and was not complete.
const AMID_ELEMENT: &str = ", in the middle of an element";
/// How it begins to be told that what came is not XMPP.
const NOT_XMPP: &str = "the server sent ";

impl Closed {
    /// The end that a `<stream:error/>` makes.
    pub(super) fn by_error(element: &Element) -> Self {
        let Refusal { condition, text } = Refusal::read(element, ns::STREAM_ERRORS);
        Self::StreamError { condition, text }
    }

    /// Why nothing more can be read. What carries the stream may have seen that what came is not XMPP.
    pub(super) fn unread(error: &io::Error) -> Self {
        let inner = error.get_ref();
        match inner.and_then(|inner| inner.downcast_ref::<DecodeError>()) {
            Some(error) => Self::NotXmpp(error.to_string()),
            None => Self::lost(error),
        }
    }

    /// The end of a stream whose connection ended by this error.
    pub(super) fn lost(error: &io::Error) -> Self {
        Self::ConnectionLost(error.to_string())
    }

    /// The same where something had begun to come, and was not complete.
    pub(super) fn amid_element(self) -> Self {
        match self {
            Self::ConnectionLost(how) => Self::ConnectionLost(how + AMID_ELEMENT),
            Self::ByPeer | Self::StreamError { .. } | Self::NotXmpp(_) | Self::NotTaken(_) => self,
        }
    }

    /// The end that is told in these words, which are all that a transcript has.
    pub fn of_words(words: &str) -> Self {
        if words == BY_PEER {
            return Self::ByPeer;
        }
        if let Some(error) = words.strip_prefix(STREAM_ERROR) {
            let (condition, text) = match error.split_once(AND_TEXT) {
                Some((condition, text)) => (condition, Some(text.to_owned())),
                None => (error, None),
            };
            let condition = condition.to_owned();
            return Self::StreamError { condition, text };
        }
        if let Some(how) = words.strip_prefix(LOST) {
            return Self::ConnectionLost(how.to_owned());
        }
        match words.strip_prefix(NOT_XMPP) {
            Some(what) => Self::NotXmpp(what.to_owned()),
            None => Self::NotTaken(words.to_owned()),
        }
    }

    /// Whether the server has ended the stream or the connection. A stream error announces that, and so does a
    /// connection that takes nothing more; behind what is not XMPP it may follow.
    pub fn is_end(&self) -> bool {
        match self {
            Self::ByPeer | Self::ConnectionLost(_) => true,
            Self::StreamError { .. } | Self::NotXmpp(_) | Self::NotTaken(_) => false,
        }
    }

    /// Whether what came last is not XMPP, or not complete. No server may end so even a stream that the other side has
    /// ended.
    pub fn is_garbled(&self) -> bool {
        match self {
            Self::NotXmpp(_) => true,
            Self::ConnectionLost(how) => how.ends_with(AMID_ELEMENT),
            Self::ByPeer | Self::StreamError { .. } | Self::NotTaken(_) => false,
        }
    }

    /// Whether the server ended the stream by its rights, in due form or by a stream error. Any other end broke it.
    pub fn is_by_server(&self) -> bool {
        match self {
            Self::ByPeer | Self::StreamError { .. } => true,
            Self::ConnectionLost(_) | Self::NotXmpp(_) | Self::NotTaken(_) => false,
        }
    }
}

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByPeer => f.write_str(BY_PEER),
            Self::StreamError {
                condition,
                text: Some(text),
            } => write!(f, "{STREAM_ERROR}{condition}{AND_TEXT}{text}"),
            Self::StreamError {
                condition,
                text: None,
            } => write!(f, "{STREAM_ERROR}{condition}"),
            Self::ConnectionLost(how) => write!(f, "{LOST}{how}"),
            Self::NotXmpp(what) => write!(f, "{NOT_XMPP}{what}"),
            Self::NotTaken(why) => f.write_str(why),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(text: Option<&str>) -> Closed {
        Closed::StreamError {
            condition: "reset".to_owned(),
            text: text.map(str::to_owned),
        }
    }

    #[test]
    fn the_words_tell_which_end_it_was() {
        let why = || "stream error reset: at last".to_owned();
        for (closed, is_by_server) in [
            (Closed::ByPeer, true),
            (error(None), true),
            (error(Some("at last: over")), true),
            (Closed::ConnectionLost(why()), false),
            (Closed::NotXmpp(why()), false),
            (Closed::NotTaken("Broken pipe".to_owned()), false),
        ] {
            assert_eq!(Closed::of_words(&closed.to_string()), closed);
            assert_eq!(closed.is_by_server(), is_by_server, "{closed}");
        }
    }

    #[test]
    fn other_words_are_kept_as_they_are() {
        for words in [
            "",
            "stream error ",
            "stream error : ",
            "stream error a: ",
            "the server sent ",
            "the connection was lost",
            "the server closed the stream ",
        ] {
            assert_eq!(Closed::of_words(words).to_string(), words);
        }
    }
}
