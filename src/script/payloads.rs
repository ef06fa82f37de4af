//! What elements of a script carry that lets somebody in, such as payloads of SASL.
//!
//! Which elements these are is not known here.

use std::collections::BTreeMap;

use super::ast::{Action, ActorName, Script};
use super::verb::{Deed, Verb};
use crate::secrets::Secrets;
use crate::source::SourceFile;

/// What elements of a script carry that lets somebody in, as its text has it, also where an actor sends an element in
/// pieces.
pub(crate) fn payloads(script: &Script) -> Secrets {
    let written = Secrets::carried_in(&[script.source.text()]);
    written.and(&payloads_in_pieces(script))
}

/// What an actor sends of the kind in pieces.
pub(crate) fn payloads_in_pieces(script: &Script) -> Secrets {
    let pieces = pieces(script).into_values();
    pieces.fold(Secrets::default(), |all, pieces| {
        all.and(&Secrets::carried_in(&pieces))
    })
}

/// The same of a play, also with the values of its table, and of what it takes from another script.
pub(crate) fn payloads_of_play(play: &Script) -> Secrets {
    match is_filled(play) || texts(play).any(Secrets::may_be_carried_in) {
        true => payloads(play).and(&Secrets::carried_in(&[&play.to_string()])),
        // Nothing would be there if the play was written anew, which takes longer than to read it.
        false => payloads_in_pieces(play),
    }
}

/// Whether a play may have elements that stand in no text, but are made of the values of a table.
fn is_filled(play: &Script) -> bool {
    let lender = play.lender.iter();
    let mut lent = lender.filter_map(|lender| lender.table.as_ref());
    let borrowing = play.parts.borrowing();
    let is_given = borrowing.is_some_and(|borrowing| !borrowing.given.is_empty());
    play.table.is_some() || is_given || lent.next().is_some()
}

/// The texts that a play was read from.
fn texts(play: &Script) -> impl Iterator<Item = &str> {
    let files = std::iter::once(play.source.as_ref()).chain(play.source.files_behind());
    files.map(SourceFile::text)
}

/// The texts that actors send, several to each.
fn pieces(script: &Script) -> BTreeMap<&ActorName, Vec<&str>> {
    let mut pieces: BTreeMap<&ActorName, Vec<&str>> = BTreeMap::new();
    for Action { actor, verb, .. } in script.story.iter() {
        if let Verb::Does(Deed::SendText(text)) = verb {
            let text = script.source.slice(text.element.extent).trim();
            pieces.entry(&actor.value).or_default().push(text);
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::read_with;

    const CAST: &str = "[Client] A\n\tjid: a@b/r\n\tpassword: p\n---\n";
    const AUTH: &str =
        "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='X'>payload</auth>";

    /// A script in which something is sent.
    fn sending(table: &str, block: &str) -> String {
        format!("# T\n{table}{CAST}A opens a connection\nA sends:\n\t{block}\n")
    }

    /// What is told of the only play of a script, which may take its prologue from another one.
    #[track_caller]
    fn shown(text: &str, other: &str, told: &str) -> String {
        let reading = read_with(SourceFile::new("a.scs", text), &|_| {
            Ok(SourceFile::new("b.scs", other))
        });
        let [play] = reading.plays.as_slice() else {
            panic!("{} plays: {:?}", reading.plays.len(), reading.problems);
        };
        payloads_of_play(play).redact(told).into_owned()
    }

    #[test]
    fn what_a_play_carries_is_known_however_it_is_written() {
        for (cell, block) in [
            ("x", AUTH.to_owned()),
            ("x", AUTH.replace("xmpp-sasl", "xmpp-s&#97;sl")),
            ("x", AUTH.replace("payload", "pay&#x6c;oad")),
            ("x", AUTH.replace("payload", "<![CDATA[payload]]>")),
            ("payload", AUTH.replace("payload", "${x}")),
            ("auth", AUTH.replace("auth", "${x}")),
            ("xmpp-sasl", AUTH.replace("xmpp-sasl", "${x}")),
            ("asl", AUTH.replace("xmpp-sasl", "xmpp-s${x}")),
        ] {
            let table = match cell {
                "x" => String::new(),
                cell => format!("[Cases]\n\t|x|\n\t|{cell}|\n"),
            };
            let shown = shown(&sending(&table, &block), "", "expected 'payload'");
            assert_eq!(shown, "expected '[redacted]'", "{cell} {block}");
        }
    }

    #[test]
    fn what_a_play_borrows_is_known() {
        let table = "[Cases]\n\t|x|\n\t|other|\n";
        let filled = sending(table, &AUTH.replace("payload", "${x}"));
        for (given, other) in [
            ("", sending("", AUTH)),
            ("\tx is payload\n", filled.clone()),
            ("", filled.replace("|other|", "|payload|")),
        ] {
            let text = format!("# T\n{CAST}Prologue: b.scs\n{given}Story\nA disconnects\n");
            let shown = shown(&text, &other, "expected 'payload'");
            assert_eq!(shown, "expected '[redacted]'", "{given}{other}");
        }
    }

    #[test]
    fn a_play_that_carries_nothing_is_not_written_anew() {
        let text = sending("", "<message xmlns='jabber:client'/>");
        let reading = read_with(SourceFile::new("a.scs", &text), &|_| Err(String::new()));
        let play = &reading.plays[0];
        assert!(!is_filled(play) && !texts(play).any(Secrets::may_be_carried_in));
    }
}
