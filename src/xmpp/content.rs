//! The namespace of a stream's content, which its header declares (RFC 6120 §4.8.2).

use super::decoder::{Decoder, Item, Limits};
use crate::ns;

/// How much of a namespace is shown.
const SHOWN: usize = 60;

/// What is wrong with the default namespace of a server's stream header: it has to be the same as ours. A server may
/// leave it out, or name that of the stream, and then declare ours with each stanza (RFC 6120 §4.8.2).
pub(super) fn other_namespace(header: &str, ours: &str) -> Option<String> {
    let theirs = default_namespace(header)?;
    if ["", ns::STREAM, ours].contains(&theirs.as_str()) {
        return None;
    }
    let theirs: String = theirs.escape_debug().take(SHOWN).collect();
    Some(format!(
        "the server's stream header declares the namespace `{theirs}`, and ours declares `{ours}`"
    ))
}

/// The namespace of an element below a header that has no prefix.
fn default_namespace(header: &str) -> Option<String> {
    let element = "<a/>";
    let mut decoder = Decoder::new(Limits {
        bytes: header.len() + element.len(),
        ..Limits::default()
    });
    decoder
        .input()
        .extend([header, element].concat().into_bytes());
    decoder.next().ok()?;
    match decoder.next() {
        Ok(Some(Item::Element(element))) => Some(element.ns()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(declarations: &str) -> Option<String> {
        let header = format!(
            "<?xml version='1.0'?><s:stream xmlns:s='{}' {declarations}>",
            ns::STREAM
        );
        other_namespace(&header, ns::CLIENT)
    }

    #[test]
    fn a_server_declares_our_namespace_or_leaves_it_to_its_stanzas() {
        for declarations in [
            "xmlns='jabber:client'",
            "xmlns=\"jabber:&#99;lient\" id='xmlns=x'",
            "",
            "xmlns=''",
            "xmlns='http://etherx.jabber.org/streams'",
        ] {
            assert_eq!(trouble(declarations), None, "{declarations}");
        }
    }

    #[test]
    fn another_namespace_is_told() {
        let told = "the server's stream header declares the namespace `jabber:server`, and ours declares `jabber:client`";
        assert_eq!(trouble("xmlns='jabber:server'").as_deref(), Some(told));
        let long = trouble(&format!("xmlns='urn:{}'", "x".repeat(10_000))).unwrap();
        assert!(long.len() < 200, "{long}");
    }
}
