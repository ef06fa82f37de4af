//! Where the standards have elements carry what lets somebody in: payloads of SASL, passwords, and what is as good as one.
//!
//! It knows names of elements and attributes, and nothing of how they are written.

use std::borrow::Cow;

use minidom::Element;

/// A place in an element of some kind.
pub(super) struct Place {
    /// The local names of such elements; none if it may be any.
    elements: &'static [&'static str],
    namespace: Namespace,
    /// What an attribute has to say, which is called so.
    condition: Option<Condition>,
    /// What is secret in it.
    pub(super) holds: Holds,
    /// The fewest bytes that say something there. Of a payload, fewer are a sign that there is none (`=`).
    pub(super) fewest: usize,
}

/// The name of an attribute, and what its value has to be.
type Condition = (&'static str, fn(&str) -> bool);

enum Namespace {
    Any,
    /// One of these.
    Of(&'static [&'static str]),
    /// This one, with a number behind it.
    Numbered(&'static str),
}

/// What is secret in an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Holds {
    /// All text in it.
    Text,
    /// The text that is in none of its children.
    OwnText,
    /// Its text, if it is a digest by SHA-1.
    Digest,
    /// The text of children that are called so.
    TextOf(&'static str),
    /// The attribute that is called so.
    Attribute(&'static str),
}

const SASL: Namespace = Namespace::Of(&["urn:ietf:params:xml:ns:xmpp-sasl"]);
const SASL_2: Namespace = Namespace::Numbered("urn:xmpp:sasl:");
const COMPONENT: Namespace = Namespace::Of(&["jabber:component:accept"]);
const OF_ACCOUNTS: Namespace = Namespace::Of(&["jabber:iq:auth", "jabber:iq:register"]);
const OF_ROOMS: Namespace = Namespace::Of(&[
    "http://jabber.org/protocol/muc",
    "http://jabber.org/protocol/muc#user",
    "http://jabber.org/protocol/muc#owner",
    "storage:bookmarks",
]);
const BOOKMARKS: Namespace = Namespace::Numbered("urn:xmpp:bookmarks:");
const FAST: Namespace = Namespace::Numbered("urn:xmpp:fast:");
const ISR: Namespace = Namespace::Numbered("urn:xmpp:isr:");
const UPGRADE: Namespace = Namespace::Numbered("urn:xmpp:scram-upgrade:");
const DIALBACK: Namespace = Namespace::Of(&["jabber:server:dialback"]);
const ICE: Namespace = Namespace::Numbered("urn:xmpp:jingle:transports:ice-udp:");
const ANY: Namespace = Namespace::Any;

/// All of them. Of two that an element has for its text, the last one counts.
static PLACES: [Place; 19] = [
    // RFC 6120 §6.4.
    payload(
        &["auth", "response", "challenge", "success"],
        SASL,
        Holds::Text,
    ),
    // XEP-0388 §2.5, §2.6: what a task sends is in elements of its own. Beside it, `<success/>` tells who logged in.
    payload(&["response", "challenge", "next"], SASL_2, Holds::Text),
    payload(&["auth", "success"], SASL_2, Holds::OwnText),
    payload(
        &["initial-response", "additional-data", "task-data"],
        ANY,
        Holds::Text,
    ),
    // XEP-0480 §4.
    payload(&["hash"], UPGRADE, Holds::Text),
    // XEP-0114 §3: a digest of the secret, which is known by its looks where the namespace is not.
    payload(&["handshake"], ANY, Holds::Digest),
    payload(&["handshake"], COMPONENT, Holds::Text),
    // XEP-0220 §2: keys are made of a secret in such a way, too.
    payload(&["result", "verify"], DIALBACK, Holds::OwnText),
    // XEP-0484 §3, XEP-0397, XEP-0445 §3.
    password(
        &["token", "isr-enabled", "with-isr-token", "preauth"],
        ANY,
        Holds::Attribute("token"),
    ),
    password(&["token"], FAST, Holds::Text),
    password(&["token", "with-isr-token"], ISR, Holds::Text),
    // XEP-0077, XEP-0078.
    password(&["password", "digest"], OF_ACCOUNTS, Holds::Text),
    // XEP-0045 §7.2.6, §7.8, §10.9; XEP-0048.
    password(&["password"], OF_ROOMS, Holds::Text),
    // XEP-0402 §2.
    password(&["password"], BOOKMARKS, Holds::Text),
    // XEP-0215 §3, XEP-0227 §4.2, XEP-0249 §2: whichever element has it.
    password(&[], ANY, Holds::Attribute("password")),
    // XEP-0176 §5.
    password(&["transport"], ICE, Holds::Attribute("pwd")),
    // XEP-0004 §3.3.
    password(&["field"], ANY, Holds::TextOf("value")).of("type", is_private),
    // XEP-0045 §10.2, XEP-0077 §3, XEP-0133 §4, XEP-0357 §5: what is submitted need not have a type.
    password(&["field"], ANY, Holds::TextOf("value")).of("var", is_secret),
    // XEP-0363 §4.
    payload(&["header"], ANY, Holds::Text).of("name", lets_in),
];

const fn password(elements: &'static [&'static str], namespace: Namespace, holds: Holds) -> Place {
    Place {
        elements,
        namespace,
        condition: None,
        holds,
        fewest: 1,
    }
}

const fn payload(elements: &'static [&'static str], namespace: Namespace, holds: Holds) -> Place {
    let fewest = 4;
    Place {
        fewest,
        ..password(elements, namespace, holds)
    }
}

impl Place {
    const fn of(mut self, attribute: &'static str, says: fn(&str) -> bool) -> Self {
        self.condition = Some((attribute, says));
        self
    }

    /// Whether an element is of that kind, which has these attributes.
    pub(super) fn is_in<'a>(
        &self,
        namespaces: &[&str],
        attribute: impl Fn(&'static str) -> Option<Cow<'a, str>>,
    ) -> bool {
        let is_said = |(name, says): Condition| attribute(name).is_some_and(|value| says(&value));
        self.namespace.is_among(namespaces) && self.condition.is_none_or(is_said)
    }
}

impl Namespace {
    fn is_among(&self, namespaces: &[&str]) -> bool {
        match self {
            Self::Any => true,
            Self::Of(own) => namespaces.iter().any(|other| own.contains(other)),
            Self::Numbered(own) => namespaces.iter().any(|other| {
                let number = other.strip_prefix(own).unwrap_or_default();
                !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
            }),
        }
    }
}

/// The places in elements of this local name, as far as it has their attributes.
pub(super) fn places_in(
    element: &str,
    has: impl Fn(&str) -> bool,
) -> impl Iterator<Item = &'static Place> {
    PLACES.iter().filter(move |place| {
        let is_called = place.elements.is_empty() || place.elements.contains(&element);
        is_called
            && match place.holds {
                Holds::Attribute(name) => has(name),
                Holds::Text | Holds::OwnText | Holds::Digest | Holds::TextOf(_) => true,
            }
    })
}

/// Whether there are places in elements of this local name, whatever attributes they have.
pub(super) fn is_in(element: &[u8]) -> bool {
    let mut names = PLACES.iter().flat_map(|place| place.elements);
    names.any(|name| name.as_bytes() == element)
}

/// The attributes that are places in elements of any name.
pub(super) fn of_any_element() -> impl Iterator<Item = &'static str> {
    let of_any = PLACES.iter().filter(|place| place.elements.is_empty());
    of_any.filter_map(|place| match place.holds {
        Holds::Attribute(name) => Some(name),
        Holds::Text | Holds::OwnText | Holds::Digest | Holds::TextOf(_) => None,
    })
}

/// Whether an element has such a place itself, leaving aside its children.
pub(super) fn has_place(element: &Element) -> bool {
    let attribute = |name: &'static str| element.attr(name).map(Cow::Borrowed);
    let mut places = places_in(element.name(), |name| element.attr(name).is_some());
    places.any(|place| place.is_in(&[&element.ns()], attribute))
}

/// A name of a field that is known for what is in it: `muc#roomconfig_roomsecret`, `password-verify`.
fn is_secret(name: &str) -> bool {
    const ENDS: [&str; 4] = ["password", "passwd", "passphrase", "secret"];
    let name = name.to_ascii_lowercase();
    let name = name.strip_suffix("-verify").unwrap_or(&name);
    ENDS.iter().any(|end| name.ends_with(end))
}

fn is_private(kind: &str) -> bool {
    kind == "text-private"
}

/// What a header of HTTP is called by which one may upload.
fn lets_in(name: &str) -> bool {
    ["authorization", "cookie"].contains(&name.to_ascii_lowercase().as_str())
}
