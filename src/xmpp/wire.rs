//! What went over the wire during a login, fit to be shown.
//!
//! Stream headers, features and bind are shown as they are. Whatever could help to find out a secret, SASL payloads and
//! a component's digest, is left out here, before any other module gets to see it; but what is not SASL's only when it is
//! to be shown, as most logins are never looked at.

use std::borrow::Cow;
use std::fmt;

use minidom::Element;

use crate::ns;
use crate::secrets::without_payloads;

/// What namespaces of Extensible SASL begin with (XEP-0388).
const SASL_2: &str = "urn:xmpp:sasl:";
/// What stands in the place of a payload.
const REDACTED: &str = "[redacted]";

/// Which way a piece of the login went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From us to the server.
    Sent,
    /// From the server to us.
    Received,
}

/// One piece of the login: a stream header or an element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wire {
    /// Which way it went.
    pub direction: Direction,
    /// Its text.
    pub xml: WireXml,
}

/// The text of a piece of a login, which gives away no secret.
#[derive(Clone, PartialEq, Eq)]
pub struct WireXml(Content);

#[derive(Clone, PartialEq, Eq)]
enum Content {
    /// What can be shown as it is.
    Plain(String),
    /// What may repeat a payload, as it is on the wire.
    Suspect(String),
    /// An element that had a payload, without it.
    Redacted(Box<Element>),
}

impl WireXml {
    /// The text without secrets.
    pub fn shown(&self) -> Cow<'_, str> {
        match &self.0 {
            Content::Plain(xml) => xml.into(),
            Content::Suspect(xml) => without_payloads(xml),
            Content::Redacted(element) => String::from(&**element).into(),
        }
    }
}

/// What has been shown before.
impl From<String> for WireXml {
    fn from(shown: String) -> Self {
        Self(Content::Plain(shown))
    }
}

impl fmt::Debug for WireXml {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown(), f)
    }
}

impl Wire {
    /// A stream header, which never holds a secret.
    pub(super) fn header(direction: Direction, header: &str) -> Self {
        Self {
            direction,
            xml: header.to_owned().into(),
        }
    }

    /// An element, and its text on the wire.
    pub(super) fn element(direction: Direction, element: &Element, source: String) -> Self {
        // What else comes can repeat a payload.
        let content = redacted(element).map_or(Content::Suspect(source), Content::Redacted);
        Self {
            direction,
            xml: WireXml(content),
        }
    }
}

/// The element without its payload, when it is of those that carry one.
fn redacted(element: &Element) -> Option<Box<Element>> {
    let is_sasl = element.has_ns(ns::SASL) || element.ns().starts_with(SASL_2);
    let sasl = is_sasl && element.name() != "failure";
    let handshake = element.is("handshake", ns::COMPONENT);
    if !sasl && !handshake {
        return None;
    }
    let mut shown = Element::bare(element.name(), element.ns());
    *shown.attrs_mut() = element.attrs().clone();
    if element.nodes().next().is_some() {
        shown.append_text(REDACTED);
    }
    Some(Box::new(shown))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn shown(source: &str) -> String {
        let element: Element = source.parse().unwrap();
        let wire = Wire::element(Direction::Sent, &element, source.to_owned());
        wire.xml.shown().into_owned()
    }

    #[test]
    fn payloads_are_left_out() {
        let auth =
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AGEAYg==</auth>";
        let handshake = "<handshake xmlns='jabber:component:accept'>00ff</handshake>";
        for source in [auth, handshake] {
            assert!(shown(source).contains(">[redacted]</"), "{source}");
        }
        assert!(shown(auth).contains("mechanism='PLAIN'"));
    }

    #[test]
    fn payloads_are_left_out_of_what_else_there_is() {
        let authenticate = "<authenticate xmlns='urn:xmpp:sasl:2' mechanism='PLAIN'><initial-response>AGEAYg==\
                            </initial-response></authenticate>";
        let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>AGFiAGNkZQ== is wrong</text></failure>";
        assert!(!shown(authenticate).contains("AGEAYg"));
        assert!(!shown(failure).contains("AGFiAGNkZQ"));
        assert!(shown(failure).contains(" is wrong"));
    }

    #[test]
    fn what_is_not_shown_yet_gives_nothing_away_either() {
        for source in [
            "<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>AGFiAGNkZQ==</auth>",
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><text>AGFiAGNkZQ==</text></failure>",
        ] {
            let element: Element = source.parse().unwrap();
            let wire = Wire::element(Direction::Sent, &element, source.to_owned());
            let told = format!("{wire:?}");
            assert!(
                told.contains("xmpp-sasl") && !told.contains("AGFi"),
                "{told}"
            );
        }
    }

    #[test]
    fn the_rest_is_shown_as_it_is() {
        let failure =
            "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized  /></failure>";
        let bind = "<iq xmlns='jabber:client'  type='set'/>";
        let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
        assert_eq!(shown(failure), failure);
        assert_eq!(shown(bind), bind);
        assert!(!shown(success).contains("redacted"));
    }
}
