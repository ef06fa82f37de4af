//! The words by which a transcript tells what kind of thing has happened, and the text that each has below it.

use std::sync::Arc;

use crate::runner::Happening;
use crate::script::Role;
use crate::xmpp::{self, Closed, Direction};

/// What has happened, in the words of a transcript.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    LoginSent,
    LoginReceived,
    Connected,
    Sent,
    Received,
    Pinged,
    AskedStream,
    Ponged,
    Closed,
    Left,
}

impl Mark {
    /// All of them.
    const ALL: [Self; 10] = [
        Self::LoginSent,
        Self::LoginReceived,
        Self::Connected,
        Self::Sent,
        Self::Received,
        Self::Pinged,
        Self::AskedStream,
        Self::Ponged,
        Self::Closed,
        Self::Left,
    ];

    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::LoginSent => "login ->",
            Self::LoginReceived => "login <-",
            Self::Connected => "connected",
            Self::Sent => "->",
            Self::Received => "<-",
            Self::Pinged => "pings",
            Self::AskedStream => "asks",
            Self::Ponged => "pongs",
            Self::Closed => "closed",
            Self::Left => "leaves",
        }
    }

    /// What a word is for.
    pub(super) fn of_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mark| mark.word() == word)
    }

    /// The mark of something that happened, and its text.
    pub(super) fn of(happening: &Happening) -> (Self, String) {
        match happening {
            Happening::Login(Direction::Sent, xml) => (Self::LoginSent, xml.clone()),
            Happening::Login(Direction::Received, xml) => (Self::LoginReceived, xml.clone()),
            Happening::Connected(jid) => (Self::Connected, jid.clone()),
            Happening::Sent(xml) => (Self::Sent, xml.clone()),
            Happening::Received(element) => (Self::Received, xmpp::write_element(element)),
            Happening::Pinged(entities) => (Self::Pinged, entities.join("\n")),
            Happening::AskedStream => (Self::AskedStream, String::new()),
            Happening::Ponged => (Self::Ponged, String::new()),
            Happening::Closed(how) => (Self::Closed, how.to_string()),
            Happening::Left => (Self::Left, String::new()),
        }
    }

    /// What happened, to an actor of some role, by the text below the mark.
    pub(super) fn happening(self, text: String, role: &Role) -> Result<Happening, String> {
        Ok(match self {
            Self::LoginSent => Happening::Login(Direction::Sent, text),
            Self::LoginReceived => Happening::Login(Direction::Received, text),
            Self::Connected => Happening::Connected(text),
            Self::Sent => Happening::Sent(text),
            Self::Received => {
                Happening::Received(Arc::new(xmpp::read_element(&text, role.namespace())?))
            }
            Self::Pinged => Happening::Pinged(text.lines().map(str::to_owned).collect()),
            Self::AskedStream => Happening::AskedStream,
            Self::Ponged => Happening::Ponged,
            Self::Closed => Happening::Closed(Closed::of_words(&text)),
            Self::Left => Happening::Left,
        })
    }
}
