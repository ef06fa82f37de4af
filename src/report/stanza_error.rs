//! The error that a server answered with: read of the stanza, as data, and in words.

use std::fmt;

use minidom::Element;
use serde::{Deserialize, Serialize};

use crate::ns;
use crate::runner::{Candidate, is_error};
use crate::wrapping::shortened;

/// The name of the child that says what is wrong. It has the namespace of the stanza, whichever that is.
pub(super) const ERROR: &str = "error";

/// How many characters of a text for users are told in a sentence.
const LONGEST: usize = 300;

/// An error stanza, as far as it says what is wrong (RFC 6120 §8.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StanzaError {
    /// The name of the defined condition (RFC 6120 §8.3.3); none if the server named none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<String>,
    /// Its type: `auth`, `cancel`, `continue`, `modify` or `wait` (RFC 6120 §8.3.2).
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// The application-specific condition (RFC 6120 §8.3.4), with its attributes: `unsupported feature="retract"`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub application: Option<String>,
    /// The text for users, in one line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

impl StanzaError {
    /// The error that a stanza is; none of another stanza.
    pub(super) fn of(stanza: &Element) -> Option<Self> {
        if !is_error(stanza) {
            return None;
        }
        let error = stanza.children().find(|child| child.name() == ERROR);
        let parts = || error.into_iter().flat_map(Element::children);
        let is_defined = |part: &&Element| part.has_ns(ns::STANZA_ERRORS);
        let condition = parts().find(|part| is_defined(part) && part.name() != "text");
        let application = parts().find(|part| !is_defined(part));
        let text = parts().find(|part| is_defined(part) && part.name() == "text");
        let text = text.map(|text| text.text().split_whitespace().collect::<Vec<_>>().join(" "));
        Some(Self {
            condition: condition.map(|condition| condition.name().to_owned()),
            kind: error
                .and_then(|error| error.attr("type"))
                .map(str::to_owned),
            application: application.map(with_attributes),
            text: text
                .filter(|text| !text.is_empty())
                .map(|text| shortened(&text, LONGEST)),
        })
    }

    /// Whether it may not be one when the same is tried again: the server says so by its type (RFC 6120 §8.3.2), or it
    /// could not do what it would have done (§8.3.3.6), whatever the type is then.
    pub(super) fn is_for_the_moment(&self) -> bool {
        let is_trouble = self.condition.as_deref() == Some("internal-server-error");
        is_trouble || self.kind.as_deref() == Some("wait")
    }

    /// All its texts.
    pub(super) fn texts_mut(&mut self) -> impl Iterator<Item = &mut String> {
        let Self {
            condition,
            kind,
            application,
            text,
        } = self;
        [condition, kind, application, text].into_iter().flatten()
    }
}

/// The name of an element and its attributes.
fn with_attributes(element: &Element) -> String {
    let attributes = element.attrs().iter();
    let attributes = attributes.map(|((_, name), value)| format!(" {}=\"{value}\"", name.as_str()));
    element.name().to_owned() + &attributes.collect::<String>()
}

/// The error among stanzas that were not what was expected; and whether it is the nearest.
pub(super) fn among(candidates: &[Candidate]) -> Option<(StanzaError, bool)> {
    let error = Candidate::error_among(candidates)?;
    let nearest = &candidates.first()?.element;
    Some((StanzaError::of(error)?, std::ptr::eq(error, nearest)))
}

/// `resource-constraint (wait): Unknown field`.
impl fmt::Display for StanzaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.condition.as_deref().unwrap_or("without a condition"))?;
        let beside = self.kind.iter().chain(&self.application);
        let beside: Vec<&str> = beside.map(String::as_str).collect();
        if !beside.is_empty() {
            write!(f, " ({})", beside.join(", "))?;
        }
        match &self.text {
            Some(text) => write!(f, ": {text}"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(inner: &str) -> StanzaError {
        let stanza = format!("<iq xmlns='jabber:client' type='error' id='1'>{inner}</iq>");
        StanzaError::of(&stanza.parse().unwrap()).unwrap()
    }

    #[test]
    fn an_error_is_told_by_condition_type_and_text() {
        let stanza = |name: &str| format!("<{name} xmlns='{}'/>", ns::STANZA_ERRORS);
        for (inner, words) in [
            (
                format!(
                    "<error type='wait'>{}<text xmlns='{}'>Unknown\n  field</text></error>",
                    stanza("resource-constraint"),
                    ns::STANZA_ERRORS
                ),
                "resource-constraint (wait): Unknown field",
            ),
            (
                format!(
                    "<query xmlns='urn:q'/><error type='cancel'>{}\
                     <unsupported xmlns='http://jabber.org/protocol/pubsub#errors' feature='retract'/></error>",
                    stanza("feature-not-implemented")
                ),
                "feature-not-implemented (cancel, unsupported feature=\"retract\")",
            ),
            (format!("<error>{}</error>", stanza("gone")), "gone"),
            (
                "<error type='auth'/>".to_owned(),
                "without a condition (auth)",
            ),
            (String::new(), "without a condition"),
        ] {
            assert_eq!(error(&inner).to_string(), words);
        }
    }

    #[test]
    fn what_is_no_error_is_none() {
        for xml in [
            "<iq xmlns='jabber:client' type='result'><error/></iq>",
            "<failed xmlns='urn:xmpp:sm:3' type='error'/>",
        ] {
            assert_eq!(StanzaError::of(&xml.parse().unwrap()), None);
        }
    }
}
