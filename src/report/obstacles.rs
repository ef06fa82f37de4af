//! What in the story itself kept something from coming, in words: the end of the sentence, what there is to know, and
//! what to try.

use crate::runner::{Addressed, Obstacle, Unavailability};
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
    let line = |span: Span| source.position(span.start).line;
    let (clause, note, help) = match obstacle {
        Obstacle::NotAvailable {
            actor,
            jid,
            why,
            what,
        } => {
            let (actor, jid) = (actor.to_string(), jid.as_str());
            let clause = format!("{actor} is connected, but not available: {}", because(*why));
            let (note, help) = match what {
                Addressed::Message(span) => {
                    (by_message(jid, line(*span)), present(&actor, *why, true))
                }
                Addressed::Presence => (by_presence(jid), present(&actor, *why, false)),
            };
            (clause, note, help)
        }
        Obstacle::NotInRoom {
            actor,
            room,
            writes,
        } => not_in_room(&actor.to_string(), room, writes.map(line)),
        Obstacle::NotInterested { actor } => (
            format!("{actor} has not asked for its roster"),
            "roster pushes go to sessions that have asked for the roster (RFC 6121 §2.2)"
                .to_owned(),
            format!(
                "let {actor} send an iq of type `get` with `<query xmlns='jabber:iq:roster'/>` before"
            ),
        ),
        Obstacle::NoCarbons { actor } => (
            format!("{actor} has not enabled carbons"),
            "copies of messages go to sessions that have enabled carbons (XEP-0280 §4)".to_owned(),
            format!(
                "let {actor} send an iq of type `set` with `<enable xmlns='urn:xmpp:carbons:2'/>` before"
            ),
        ),
        Obstacle::OtherResource {
            actor,
            jid,
            to,
            span,
        } => (
            format!("line {} sends to {to}, and {actor} is {jid}", line(*span)),
            "what is sent to a full JID is for that resource (RFC 6121 §8.5.3)".to_owned(),
            format!(
                "send it to `${{{actor}'s full JID}}`, or give {actor} this resource in the cast"
            ),
        ),
        Obstacle::NotConnected { jid } => (
            format!("nobody of the cast is connected as {jid}"),
            "the error came in the name of that address".to_owned(),
            "let the addressee connect before, and take its address from `${NAME's full JID}`"
                .to_owned(),
        ),
    };
    Told { clause, note, help }
}

fn because(why: Unavailability) -> String {
    match why {
        Unavailability::Silent => "it has sent no presence".to_owned(),
        Unavailability::Gone => "it has sent unavailable presence".to_owned(),
        Unavailability::Negative(priority) => format!("its priority is {priority}"),
    }
}

fn by_message(jid: &str, line: usize) -> String {
    format!(
        "line {line} sends to {jid}, and a message to a bare JID goes to available resources whose priority is not \
         negative (RFC 6121 §8.5.2.1.1)"
    )
}

fn by_presence(jid: &str) -> String {
    format!(
        "presence, and requests for it, go from the server of {jid} to available resources (RFC 6121 §3.1.3, §8.5.2.1.2)"
    )
}

/// How an actor gets what is sent to it.
fn present(actor: &str, why: Unavailability, is_message: bool) -> String {
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

fn not_in_room(actor: &str, room: &str, writes: Option<usize>) -> (String, String, String) {
    let clause = match writes {
        None => format!("{actor} has not entered {room}"),
        Some(line) => format!("{actor}, who writes there in line {line}, has not entered {room}"),
    };
    (
        clause,
        "what comes from a room is for its occupants, and made by them (XEP-0045 §7.2, §7.4)"
            .to_owned(),
        format!(
            "let {actor} send `<presence to='{room}/NICK'><x xmlns='http://jabber.org/protocol/muc'/></presence>` before"
        ),
    )
}
