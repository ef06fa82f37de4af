//! The header of a stream (RFC 6120 §4.7): what it says, how it is written, and whether we can go on with a server's.

use std::collections::BTreeMap;
use std::fmt;

use minidom::Element;
use rxml::{AttrMap, NcName, xml_ncname};

use crate::{escape, ns};

/// How much of a namespace is shown.
const SHOWN: usize = 60;

/// What is wrong with a server's header that declares this namespace where ours declares another one.
pub(super) fn trouble(theirs: &str, ours: &str) -> String {
    let theirs: String = theirs.escape_debug().take(SHOWN).collect();
    format!(
        "the server's stream header declares the namespace `{theirs}`, and ours declares `{ours}`"
    )
}

/// The only version that there is.
const VERSION: &str = "1.0";

/// What the header of a stream says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Header {
    /// The entity that it is for (`to`).
    pub to: Option<String>,
    /// The stream's id, which the server gives it.
    pub id: Option<String>,
    /// The entity that it is from (`from`).
    pub from: Option<String>,
    /// The version of XMPP; a server from before RFC 3920 has none.
    pub version: Option<String>,
    /// The namespace of all in the stream that names no other (RFC 6120 §4.8.2).
    pub namespace: Option<String>,
    /// Its other attributes, `xml:lang` among them.
    pub others: AttrMap,
}

impl Header {
    /// The header of a client's stream to a server.
    pub fn of_client(domain: &str) -> Self {
        Self {
            to: Some(domain.to_owned()),
            version: Some(VERSION.to_owned()),
            namespace: Some(ns::CLIENT.to_owned()),
            ..Self::default()
        }
    }

    /// The header of a component's stream to its server (XEP-0114 §3).
    pub fn of_component(domain: &str) -> Self {
        Self {
            to: Some(domain.to_owned()),
            namespace: Some(ns::COMPONENT.to_owned()),
            ..Self::default()
        }
    }

    /// The header that an `<open/>` of a WebSocket stands for (RFC 7395 §3.4).
    pub(crate) fn of_open(open: &Element) -> Self {
        Self {
            namespace: Some(ns::CLIENT.to_owned()),
            ..Self::of_attributes(open.attrs().clone())
        }
    }

    /// The header that has these attributes, without a default namespace.
    pub(super) fn of_attributes(mut others: AttrMap) -> Self {
        let mut own = |name: &str| others.remove(rxml::Namespace::none(), name);
        Self {
            to: own("to"),
            id: own("id"),
            from: own("from"),
            version: own("version"),
            namespace: None,
            others,
        }
    }

    /// The header as an element that holds nothing. Its default namespace is one that it declares.
    pub fn element(&self) -> Element {
        let mut element = self.element_named("stream", ns::STREAM);
        let mut declared = BTreeMap::from([(Some("stream".to_owned()), ns::STREAM.to_owned())]);
        declared.extend(self.namespace.clone().map(|namespace| (None, namespace)));
        element.prefixes = declared.into();
        element
    }

    /// The `<open/>` that it is in a WebSocket (RFC 7395 §3.4).
    pub fn open_element(&self) -> Element {
        self.element_named("open", ns::FRAMING)
    }

    /// An element that has its attributes.
    fn element_named(&self, name: &str, namespace: &str) -> Element {
        let mut element = Element::bare(name, namespace);
        *element.attrs_mut() = self.others.clone();
        let own: [(&NcName, &Option<String>); 4] = [
            (&xml_ncname!("to").to_owned(), &self.to),
            (&xml_ncname!("id").to_owned(), &self.id),
            (&xml_ncname!("from").to_owned(), &self.from),
            (&xml_ncname!("version").to_owned(), &self.version),
        ];
        for (name, value) in own {
            if let Some(value) = value {
                element.set_attr(
                    rxml::Namespace::none().clone(),
                    name.clone(),
                    value.as_str(),
                );
            }
        }
        element
    }

    /// The attributes, each with a blank before it.
    pub(super) fn attributes(&self) -> String {
        let attributes = [
            ("to", &self.to),
            ("id", &self.id),
            ("from", &self.from),
            ("version", &self.version),
        ];
        let attributes = attributes.into_iter().filter_map(|(name, value)| {
            let value = escape::attribute(value.as_deref()?);
            Some(format!(" {name}='{value}'"))
        });
        attributes.collect()
    }

    /// The default namespace of a server's header, if it is not as it has to be: the same as ours. A server may leave it
    /// out, or name that of the stream, and then declare ours with each stanza (RFC 6120 §4.8.2).
    pub(super) fn other_namespace(&self, ours: &str) -> Option<&str> {
        let theirs = self.namespace.as_deref()?;
        (!["", ns::STREAM, ours].contains(&theirs)).then_some(theirs)
    }

    /// What is wrong with the version in a server's header: it may not be higher than ours, and below 1.0 there is no
    /// login as we know it (RFC 6120 §4.7.5).
    pub(super) fn other_version(&self) -> Option<String> {
        let Some(version) = &self.version else {
            return Some(
                "the server's stream header has no version, so it is no XMPP 1.0".to_owned(),
            );
        };
        let numbers = version.split_once('.').map(|(major, minor)| {
            let number = |text: &str| text.parse::<u32>().ok();
            (number(major), number(minor))
        });
        let is_ours = matches!(numbers, Some((Some(1), Some(_))));
        let version: String = version.escape_debug().take(20).collect();
        (!is_ours).then(|| {
            format!("the server's stream header has the version `{version}`, so it is no XMPP 1.0")
        })
    }
}

/// As it is written.
impl fmt::Display for Header {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "<?xml version='1.0'?><stream:stream{}",
            self.attributes()
        )?;
        if let Some(namespace) = &self.namespace {
            write!(f, " xmlns='{}'", escape::attribute(namespace))?;
        }
        write!(f, " xmlns:stream='{}'>", ns::STREAM)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trouble(namespace: &str) -> Option<String> {
        let header = Header {
            namespace: Some(namespace.to_owned()),
            ..Header::default()
        };
        let theirs = header.other_namespace(ns::CLIENT);
        theirs.map(|theirs| super::trouble(theirs, ns::CLIENT))
    }

    #[test]
    fn a_header_is_written_with_what_it_has() {
        assert_eq!(
            Header::of_client("a'b").to_string(),
            "<?xml version='1.0'?><stream:stream to='a&apos;b' version='1.0' xmlns='jabber:client' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
        assert_eq!(
            Header::of_component("c.localhost").to_string(),
            "<?xml version='1.0'?><stream:stream to='c.localhost' xmlns='jabber:component:accept' \
             xmlns:stream='http://etherx.jabber.org/streams'>"
        );
    }

    #[test]
    fn a_server_declares_our_namespace_or_leaves_it_to_its_stanzas() {
        for namespace in ["jabber:client", "", ns::STREAM] {
            assert_eq!(trouble(namespace), None, "{namespace}");
        }
        assert_eq!(Header::default().other_namespace(ns::CLIENT), None);
    }

    #[test]
    fn another_namespace_is_told() {
        let told = "the server's stream header declares the namespace `jabber:server`, and ours declares `jabber:client`";
        assert_eq!(trouble("jabber:server").as_deref(), Some(told));
        let long = trouble(&format!("urn:{}", "x".repeat(10_000))).unwrap();
        assert!(long.len() < 200, "{long}");
    }
}
