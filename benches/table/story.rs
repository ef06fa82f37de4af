//! The stories that are measured, as scripts and as what slixmpp is told.

use std::fmt::Write;

use super::children::Variant;

/// Some actors, and the messages between them.
pub struct Story {
    /// How many actors connect, all of them at first.
    pub actors: usize,
    /// Sender and recipient of each message; the next one is sent only when this one has come.
    pub turns: Vec<(usize, usize)>,
    /// What is in each message beside its body.
    pub children: Option<(Variant, usize)>,
}

impl Story {
    /// Two actors, of which one sends all the messages.
    pub fn one_way(messages: usize) -> Self {
        Self::of(2, (0..messages).map(|_| (0, 1)))
    }

    /// Two actors that send in turn.
    pub fn alternating(messages: usize) -> Self {
        Self::of(2, (0..messages).map(|turn| (turn % 2, (turn + 1) % 2)))
    }

    /// Each actor sends to the next, the last one to the first.
    pub fn ring(actors: usize) -> Self {
        Self::of(
            actors,
            (0..actors).map(|actor| (actor, (actor + 1) % actors)),
        )
    }

    /// One message with many children.
    pub fn children(variant: Variant, count: usize) -> Self {
        Self {
            children: Some((variant, count)),
            ..Self::one_way(1)
        }
    }

    fn of(actors: usize, turns: impl Iterator<Item = (usize, usize)>) -> Self {
        Self {
            actors,
            turns: turns.collect(),
            children: None,
        }
    }

    /// The story as a script.
    pub fn script(&self) -> String {
        let mut text = "# A story to be measured by\n".to_owned();
        for actor in 0..self.actors {
            let _ = writeln!(
                text,
                "[Client] A{actor}\n\tjid: a{actor}@localhost/r\n\tpassword: password"
            );
        }
        text += "---------\n";
        for actor in 0..self.actors {
            let _ = writeln!(text, "A{actor} connects");
        }
        for (turn, (from, to)) in self.turns.iter().enumerate() {
            let (sent, expected) = self.payload(turn);
            let _ = writeln!(
                text,
                "A{from} sends:\n\t<message type='headline' id='m{turn}' to='a{to}@localhost/r'>{sent}</message>\n\
                 A{to} receives:\n\t<message type='headline' id='m{turn}' from='a{from}@localhost/r'>{expected}</message>"
            );
        }
        text
    }

    fn payload(&self, turn: usize) -> (String, String) {
        match self.children {
            Some((variant, count)) => (
                variant.sent_children(count),
                variant.expected_children(count),
            ),
            None => {
                let body = format!("<body>{turn}</body>");
                (body.clone(), body)
            }
        }
    }

    /// The story as slixmpp is told it, which sends no children.
    pub fn for_slixmpp(&self) -> Option<String> {
        if self.children.is_some() {
            return None;
        }
        let actors = (0..self.actors).map(|actor| format!("actor a{actor}\n"));
        let turns = self
            .turns
            .iter()
            .map(|(from, to)| format!("turn {from} {to}\n"));
        Some(actors.chain(turns).collect())
    }
}
