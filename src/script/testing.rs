//! What the tests of this folder have in common.

use super::ast::{Piece, Stanza, Text};
use super::{Parsed, ScriptErrorKind, check, parse, stage};
use crate::source::SourceFile;

/// Reads a text.
pub(super) fn read(text: &str) -> Parsed {
    parse(SourceFile::new("a.scs", text))
}

/// Reads a text without mistakes.
#[track_caller]
pub(super) fn sound(text: &str) -> Parsed {
    let parsed = read(text);
    assert_eq!(parsed.errors, []);
    parsed
}

/// The mistakes of a text, each with the part of the text that it points at.
pub(super) fn mistakes(text: &str) -> Vec<(ScriptErrorKind, String)> {
    let parsed = read(text);
    let place = |span| parsed.script.source.slice(span).to_owned();
    parsed
        .errors
        .into_iter()
        .map(|error| (error.kind, place(error.span)))
        .collect()
}

/// The one mistake of a text: its message and the part of the text that it points at.
#[track_caller]
pub(super) fn mistake(text: &str) -> (String, String) {
    let mut all = mistakes(text);
    assert_eq!(all.len(), 1, "{all:?}");
    let (kind, place) = all.remove(0);
    (kind.to_string(), place)
}

/// The messages and places of what is wrong with the meaning of a text without other mistakes.
#[track_caller]
pub(super) fn objections(text: &str) -> Vec<(String, String)> {
    let parsed = sound(text);
    let place = |span| parsed.script.source.slice(span).to_owned();
    let plays = stage(&parsed.script).plays;
    let objections = plays.iter().flat_map(check);
    objections
        .map(|error| (error.kind.to_string(), place(error.span)))
        .collect()
}

/// The same of a story that goes on after two clients, A and B, have connected.
#[track_caller]
pub(super) fn objections_to_two(story: &str) -> Vec<(String, String)> {
    let cast = "# T\n[Client] A\n\tjid: a@b\n[Client] B\n\tjid: b@b/r\n---\n";
    objections(&format!("{cast}A connects\nB connects\n{story}\n"))
}

/// A script in which Romeo receives a block.
pub(super) fn receiving(block: &str) -> String {
    format!("[Client] Romeo\n---\nRomeo receives:\n\t{block}\n")
}

/// A script in which Romeo sends a block.
pub(super) fn sending(block: &str) -> String {
    format!("[Client] Romeo\n---\nRomeo sends:\n\t{block}\n")
}

/// The only stanza of a script.
#[track_caller]
pub(super) fn stanza(text: &str) -> Stanza {
    let parsed = sound(text);
    let stanzas = parsed.script.story[0].verb.stanzas();
    assert_eq!(stanzas.len(), 1);
    stanzas[0].clone()
}

/// The pieces of the text of `<a>…</a>`.
#[track_caller]
pub(super) fn pieces(text: &str) -> Vec<Piece> {
    let stanza = stanza(&receiving(&format!("<a>{text}</a>")));
    match stanza.element.children.as_slice() {
        [super::ast::Node::Text(Text { value, .. })] => value.pieces.clone(),
        other => panic!("not one text: {other:?}"),
    }
}

/// A message and a place, for comparing with [`mistake`].
pub(super) fn at(message: &str, place: &str) -> (String, String) {
    (message.to_owned(), place.to_owned())
}
