//! What in the story itself kept something from coming, in words: the end of the sentence, what there is to know, and
//! what to try.

use crate::runner::{Addressed, Obstacle, Unavailability};
use crate::script::ast::ActorName;
use crate::source::{SourceFile, Span};

/// An obstacle in words.
pub(super) struct Told {
    /// The end of a sentence about the actor that waited.
    pub(super) clause: String,
    /// Which rule says that nothing had to come.
    pub(super) note: String,
    /// What to try.
    pub(super) help: String,
}

/// Puts an obstacle in words.
pub(super) fn told(obstacle: &Obstacle, source: &SourceFile) -> Told {
    let line = |span: Span| source.line(span.start);
    match obstacle {
        Obstacle::NotAvailable {
            actor,
            jid,
            why,
            what: Addressed::Message(span),
        } => not_available(actor, *why, by_message(jid, &line(*span)), true),
        Obstacle::NotAvailable {
            actor,
            jid,
            why,
            what: Addressed::Presence,
        } => not_available(actor, *why, by_presence(jid), false),
        Obstacle::NotInRoom {
            actor,
            room,
            writes,
        } => not_in_room(actor, room, writes.map(line)),
        Obstacle::NotInterested { actor } => not_interested(actor),
        Obstacle::NoCarbons { actor } => no_carbons(actor),
        Obstacle::OtherResource {
            actor,
            jid,
            to,
            span,
        } => Told {
            clause: format!("{} sends to {to}, and {actor} is {jid}", line(*span)),
            note: "what is sent to a full JID is for that resource (RFC 6121 §8.5.3)".to_owned(),
            help: format!(
                "send it to `${{{actor}'s full JID}}`, or give {actor} this resource in the cast"
            ),
        },
        Obstacle::NotConnected { jid } => not_connected(jid),
        Obstacle::TakenByRule { rule } => Told {
            clause: format!("it came, and the rule in {} took it", line(*rule)),
            note: "a rule acts on all that comes from its line on".to_owned(),
            help: "let the rule take less, or put it below this step".to_owned(),
        },
        Obstacle::ErrorTakenByRule { rule } => Told {
            clause: format!(
                "an error came in its place, and the rule in {} took it",
                line(*rule)
            ),
            note: "a rule acts on all that comes from its line on".to_owned(),
            help: "let the rule take less, or put it below this step; `-v` shows the error"
                .to_owned(),
        },
    }
}

fn not_available(actor: &ActorName, why: Unavailability, note: String, is_message: bool) -> Told {
    Told {
        clause: format!("{actor} is connected, but not available: {}", because(why)),
        note,
        help: present(actor, why, is_message),
    }
}

fn not_interested(actor: &ActorName) -> Told {
    Told {
        clause: format!("{actor} has not asked for its roster"),
        note: "roster pushes go to sessions that have asked for the roster (RFC 6121 §2.2)"
            .to_owned(),
        help: format!(
            "let {actor} send an iq of type `get` with `<query xmlns='jabber:iq:roster'/>` before"
        ),
    }
}

fn no_carbons(actor: &ActorName) -> Told {
    Told {
        clause: format!("{actor} has not enabled carbons"),
        note: "copies of messages go to sessions that have enabled carbons (XEP-0280 §4)"
            .to_owned(),
        help: format!(
            "let {actor} send an iq of type `set` with `<enable xmlns='urn:xmpp:carbons:2'/>` before"
        ),
    }
}

fn not_connected(jid: &str) -> Told {
    Told {
        clause: format!("nobody of the cast is connected as {jid}"),
        note: "the error came in the name of that address".to_owned(),
        help: "let the addressee connect before, and take its address from `${NAME's full JID}`"
            .to_owned(),
    }
}

fn because(why: Unavailability) -> String {
    match why {
        Unavailability::Silent => "it has sent no presence".to_owned(),
        Unavailability::Gone => "it has sent unavailable presence".to_owned(),
        Unavailability::Negative(priority) => format!("its priority is {priority}"),
    }
}

fn by_message(jid: &str, line: &str) -> String {
    format!(
        "{line} sends to {jid}, and a message to a bare JID goes to available resources whose priority is not \
         negative (RFC 6121 §8.5.2.1.1)"
    )
}

fn by_presence(jid: &str) -> String {
    format!(
        "presence, and requests for it, go from the server of {jid} to available resources (RFC 6121 §3.1.3, §8.5.2.1.2)"
    )
}

/// How an actor gets what is sent to it.
fn present(actor: &ActorName, why: Unavailability, is_message: bool) -> String {
    let presence = match why {
        Unavailability::Negative(_) => "presence of another priority",
        Unavailability::Silent | Unavailability::Gone => "`<presence/>`",
    };
    let otherwise = match is_message {
        true => format!(", or send to `${{{actor}'s full JID}}`"),
        false => String::new(),
    };
    format!("let {actor} send {presence} before{otherwise}")
}

fn not_in_room(actor: &ActorName, room: &str, writes: Option<String>) -> Told {
    let who = match writes {
        None => actor.to_string(),
        Some(line) => format!("{actor}, who writes there in {line},"),
    };
    Told {
        clause: format!("{who} has not entered {room}"),
        note: "what comes from a room is for its occupants, and made by them (XEP-0045 §7.2, §7.4)"
            .to_owned(),
        help: format!(
            "let {actor} send `<presence to='{room}/NICK'><x xmlns='http://jabber.org/protocol/muc'/></presence>` before"
        ),
    }
}
