//! The words by which a transcript tells what kind of thing has happened, and the text that each has below it.

use std::sync::Arc;

use crate::raw_text;
use crate::runner::{Happening, MomentKind};
use crate::script::Role;
use crate::xmpp::{self, Closed, Direction, Milestone};

/// The word for a kind of thing that happened.
pub(super) fn word(kind: MomentKind) -> &'static str {
    match kind {
        MomentKind::LoginSent => "login ->",
        MomentKind::LoginReceived => "login <-",
        MomentKind::Reached => "reached",
        MomentKind::Secured => "secured",
        MomentKind::Connected => "connected",
        MomentKind::Sent => "->",
        MomentKind::SentText => "text ->",
        MomentKind::Received => "<-",
        MomentKind::Pinged => "pings",
        MomentKind::AskedStream => "asks",
        MomentKind::Silent => "silent",
        MomentKind::Ponged => "pongs",
        MomentKind::Answered => "rule ->",
        MomentKind::Closed => "closed",
        MomentKind::Left => "leaves",
        MomentKind::Dropped => "drops",
    }
}

/// What a word is for.
pub(super) fn kind(wanted: &str) -> Option<MomentKind> {
    let mut all = MomentKind::ALL.into_iter();
    all.find(|kind| word(*kind) == wanted)
}

/// The text of something that happened.
pub(super) fn text(happening: &Happening) -> String {
    match happening {
        Happening::Login(_, xml) => xml.shown().into_owned(),
        Happening::Connected(text) | Happening::Sent(text) | Happening::Answered(text) => {
            text.clone()
        }
        Happening::SentText(bytes) => raw_text::write(bytes),
        Happening::Received(element) => xmpp::write_element(element),
        Happening::Pinged(entities) | Happening::Silent(entities) => entities.join("\n"),
        Happening::Closed(how) => how.to_string(),
        Happening::Reached(milestone) => milestone.to_string(),
        Happening::Secured
        | Happening::AskedStream
        | Happening::Ponged
        | Happening::Left
        | Happening::Dropped => String::new(),
    }
}

/// What happened, of this kind, to an actor of this role, by its text.
pub(super) fn happening(kind: MomentKind, text: String, role: &Role) -> Result<Happening, String> {
    Ok(match kind {
        MomentKind::LoginSent => Happening::Login(Direction::Sent, text.into()),
        MomentKind::LoginReceived => Happening::Login(Direction::Received, text.into()),
        MomentKind::Reached => {
            let milestone = Milestone::of_words(&text);
            Happening::Reached(milestone.ok_or_else(|| format!("`{text}` is no milestone"))?)
        }
        MomentKind::Secured => Happening::Secured,
        MomentKind::Connected => Happening::Connected(text),
        MomentKind::Sent => Happening::Sent(text),
        MomentKind::SentText => {
            let unread = |_| format!("a backslash in `{text}` stands for no byte");
            Happening::SentText(raw_text::read(&text).map_err(unread)?)
        }
        MomentKind::Received => {
            Happening::Received(Arc::new(xmpp::read_element(&text, role.namespace())?))
        }
        MomentKind::Pinged => Happening::Pinged(text.lines().map(str::to_owned).collect()),
        MomentKind::AskedStream => Happening::AskedStream,
        MomentKind::Silent => Happening::Silent(text.lines().map(str::to_owned).collect()),
        MomentKind::Ponged => Happening::Ponged,
        MomentKind::Answered => Happening::Answered(text),
        MomentKind::Closed => Happening::Closed(Closed::of_words(&text)),
        MomentKind::Left => Happening::Left,
        MomentKind::Dropped => Happening::Dropped,
    })
}
