//! What a server says when it refuses something: SASL failures, stream errors and stanza errors have one form.

use std::fmt;

use minidom::Element;

use crate::ns;
use crate::secrets::without_payloads;

/// A server's no: the condition it named and the words it added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The name of the condition, for instance `not-authorized`.
    pub condition: String,
    /// The text for users.
    pub text: Option<String>,
}

impl Refusal {
    /// Reads the error of a client's stanza (RFC 6120 §8.3).
    pub fn of_stanza(answer: &Element) -> Self {
        let error = answer.get_child("error", ns::CLIENT).unwrap_or(answer);
        Self::read(error, ns::STANZA_ERRORS)
    }

    /// Reads a condition and its text, which have the same form in SASL failures, stream errors and stanza errors.
    pub(super) fn read(error: &Element, namespace: &str) -> Self {
        let mut conditions = error.children().filter(|child| child.has_ns(namespace));
        let condition = conditions.find(|child| child.name() != "text");
        let text = error.get_child("text", namespace).or(condition);
        Self {
            condition: condition
                .map_or("undefined-condition", Element::name)
                .to_owned(),
            text: text
                .map(|text| without_payloads(text.text().trim()).into_owned())
                .filter(|text| !text.is_empty()),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.text {
            Some(text) => write!(f, "{} ({text})", self.condition),
            None => f.write_str(&self.condition),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_condition_and_text() {
        let failure: Element = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
             <text> go away </text><account-disabled/></failure>"
            .parse()
            .unwrap();
        let refusal = Refusal::read(&failure, ns::SASL);
        assert_eq!(refusal.to_string(), "account-disabled (go away)");
    }
}
