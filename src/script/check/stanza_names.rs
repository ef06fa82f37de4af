//! Elements with the name of a stanza in a namespace that has no such element: most often a stanza within another
//! element whose namespace it takes because it has no `xmlns` of its own.

use crate::ns;
use crate::script::ast::{Element, Script};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;

/// The stanzas (RFC 6120 §8).
const STANZAS: [&str; 3] = ["message", "presence", "iq"];

/// How the namespaces of XMPP begin. Others may have what elements they like.
const OF_XMPP: [&str; 5] = [
    "jabber:",
    "http://jabber.org/",
    "urn:xmpp:",
    "urn:ietf:params:xml:ns:xmpp-",
    ns::STREAM,
];

/// Those that have elements of these names: the namespaces of streams (RFC 6120 §4.8.2, XEP-0114), and those in which
/// stanzas are chosen by their kinds (XEP-0016, XEP-0273).
const WITH_STANZAS: [&str; 7] = [
    ns::CLIENT,
    "jabber:server",
    ns::COMPONENT,
    "jabber:component:connect",
    "jabber:iq:privacy",
    "urn:xmpp:sift:1",
    "urn:xmpp:sift:2",
];

/// Looks for such elements in all that is sent and expected.
pub(super) fn check(script: &Script, complaints: &mut Complaints) {
    for action in script.story.iter() {
        let stanzas = action.verb.stanzas().into_iter();
        for element in stanzas.flat_map(|stanza| stanza.element.all()) {
            check_element(element, complaints);
        }
    }
}

fn check_element(element: &Element, complaints: &mut Complaints) {
    let name = &element.name;
    if name.column().is_some() {
        let found = name.written();
        complaints.push(Kind::NamelessElement { found }.at(name.span));
    }
    if STANZAS.contains(&name.local.as_str()) && has_no_stanzas(&name.namespace) {
        let mut declarations = element.declarations.iter();
        let kind = Kind::NoStanza {
            name: name.local.to_string(),
            namespace: name.namespace.to_string(),
            is_inherited: !declarations.any(|declaration| declaration.prefix == name.prefix),
        };
        complaints.push(kind.at(name.span));
    }
}

fn has_no_stanzas(namespace: &str) -> bool {
    let is_of_xmpp = OF_XMPP.iter().any(|begin| namespace.starts_with(begin));
    is_of_xmpp && !WITH_STANZAS.contains(&namespace)
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    fn said(stanza: &str) -> Vec<(String, String)> {
        let text = format!(
            "# T\n[Client] A\n\tjid: a@b\n---\nA connects\nA sends:\n\t{stanza}\nA receives:\n\t<message/>\n"
        );
        objections(&text)
    }

    #[test]
    fn a_stanza_within_an_element_needs_its_own_namespace() {
        let forwarded = |stanza: &str| {
            format!("<iq><forwarded xmlns='urn:xmpp:forward:0'>{stanza}</forwarded></iq>")
        };
        let place = "message";
        let message = "the namespace `urn:xmpp:forward:0` has no `<message>`";
        assert_eq!(said(&forwarded("<message/>")), [at(message, place)]);
        let own = "<message xmlns='urn:xmpp:forward:0'/>";
        assert_eq!(said(&forwarded(own)), [at(message, place)]);
        let prefixed = "<iq xmlns:f='urn:xmpp:forward:0'><f:message/></iq>";
        assert_eq!(said(prefixed), [at(message, "f:message")]);
        for right in [
            "<message xmlns='jabber:client'><iq/></message>",
            "<presence xmlns='jabber:server'/>",
            "<iq xmlns='jabber:component:accept'/>",
            "<body/>",
        ] {
            assert_eq!(said(&forwarded(right)), [], "{right}");
        }
        let privacy = "<iq><query xmlns='jabber:iq:privacy'><item><iq/></item></query></iq>";
        assert_eq!(said(privacy), []);
    }

    #[test]
    fn namespaces_of_others_have_what_they_like() {
        let own = "<message><x xmlns='https://example.com/x'><message/></x></message>";
        assert_eq!(said(own), []);
    }
}
