//! The entities that XEPs use and that are declared elsewhere, as texts. Their names are enough: what they stand for is
//! a reference to a document, an element, or the name of a role.

use crate::script::DocumentId;

/// Conditions of errors, whose entities have short names.
const CONDITIONS: [(&str, &str); 24] = [
    ("badformat", "bad-format"),
    ("badjid", "jid-malformed"),
    ("badrequest", "bad-request"),
    ("conflict", "conflict"),
    ("feature", "feature-not-implemented"),
    ("forbidden", "forbidden"),
    ("gone", "gone"),
    ("internalserver", "internal-server-error"),
    ("invalidxml", "invalid-xml"),
    ("malformed", "jid-malformed"),
    ("notacceptable", "not-acceptable"),
    ("notallowed", "not-allowed"),
    ("notauthorized", "not-authorized"),
    ("notfound", "item-not-found"),
    ("payment", "payment-required"),
    ("policy", "policy-violation"),
    ("recipient", "recipient-unavailable"),
    ("redirect", "redirect"),
    ("registration", "registration-required"),
    ("remotenotfound", "remote-server-not-found"),
    ("remotetimeout", "remote-server-timeout"),
    ("resource", "resource-constraint"),
    ("subscription", "subscription-required"),
    ("undefined", "undefined-condition"),
];

/// Entities that are other elements or words.
const WORDS: [(&str, &str); 16] = [
    ("amp", "&"),
    ("apos", "'"),
    ("gt", ">"),
    ("lt", "<"),
    ("quot", "\""),
    ("nbsp", " "),
    ("IETF", "IETF"),
    ("IANA", "IANA"),
    ("REGISTRAR", "XMPP Registrar"),
    ("XSF", "XMPP Standards Foundation"),
    ("unavailable", "<service-unavailable/>"),
    ("unexpected", "<unexpected-request/>"),
    ("LOCALBARE", "<localpart@domain.tld>"),
    ("LOCALFULL", "<localpart@domain.tld/resource>"),
    ("xmppcore", "RFC 6120"),
    ("xmppim", "RFC 6121"),
];

/// The text of an entity; of one that is not known its name.
pub(super) fn text(name: &str) -> String {
    let word = |words: &[(&str, &'static str)]| {
        let found = words.iter().find(|(known, _)| *known == name);
        found.map(|(_, word)| *word)
    };
    if let Some(number) = name.strip_prefix('#') {
        return character(number).map_or_else(String::new, String::from);
    }
    if let Some(condition) = word(&CONDITIONS) {
        return format!("<{condition}/>");
    }
    if let Some(word) = word(&WORDS) {
        return word.to_owned();
    }
    match DocumentId::named(name).map(DocumentId::title) {
        Some(title) => title,
        // What is said beside the text is a note, and those are not part of it.
        None if name.ends_with("NOTE") || name == "LEGALNOTICE" => String::new(),
        None if name.chars().all(|char| !char.is_lowercase()) => {
            format!("<{}/>", name.to_lowercase())
        }
        None => name.to_owned(),
    }
}

fn character(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(digits) => u32::from_str_radix(digits, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_that_are_declared_elsewhere_are_told_by_their_names() {
        for (name, expected) in [
            ("#65", "A"),
            ("#x41", "A"),
            ("#x110000", ""),
            ("lt", "<"),
            ("xep0045", "XEP-0045"),
            ("rfc6120", "RFC 6120"),
            ("MESSAGE", "<message/>"),
            ("notfound", "<item-not-found/>"),
            ("BOOLEANNOTE", ""),
            ("jingle", "jingle"),
        ] {
            assert_eq!(text(name), expected, "{name}");
        }
    }
}
