//! What a script requires of a server, by its tags `## requires: …`.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::ast::Head;

/// The tag.
pub(super) const TAG: &str = "requires";

/// Something that a server must have for a script to make sense on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Requirement {
    /// A feature of the server or of the account (XEP-0030), or the namespace of a stream feature.
    Any(String),
    /// A feature of the server (XEP-0030).
    Server(String),
    /// A feature of the account, at its bare JID (XEP-0030).
    Account(String),
    /// The namespace of a stream feature (RFC 6120 §4.3.2).
    Stream(String),
    /// A SASL mechanism (RFC 6120 §6.4.1).
    Sasl(String),
    /// A service at the server, by its identity (XEP-0030 §3.1), perhaps with a feature.
    Service {
        /// The category, such as `conference`.
        category: String,
        /// The type, such as `text`.
        kind: String,
        /// The feature.
        feature: Option<String>,
    },
}

/// That a text is no requirement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("this is not a requirement")]
pub struct NoRequirement;

impl FromStr for Requirement {
    type Err = NoRequirement;

    fn from_str(text: &str) -> Result<Self, NoRequirement> {
        let words: Vec<&str> = text.split_whitespace().collect();
        let identity = |word: &str| {
            let (category, kind) = word.split_once('/')?;
            let plain = |part: &str| !part.is_empty() && !part.contains([':', '/']);
            (plain(category) && plain(kind)).then(|| (category.to_owned(), kind.to_owned()))
        };
        let service = |word: &str, feature: Option<String>| {
            let (category, kind) = identity(word)?;
            Some(Self::Service {
                category,
                kind,
                feature,
            })
        };
        match words[..] {
            ["server" | "account" | "stream" | "sasl"] => Err(NoRequirement),
            [word] => Ok(service(word, None).unwrap_or_else(|| Self::Any(word.to_owned()))),
            ["server", feature] => Ok(Self::Server(feature.to_owned())),
            ["account", feature] => Ok(Self::Account(feature.to_owned())),
            ["stream", namespace] => Ok(Self::Stream(namespace.to_owned())),
            ["sasl", mechanism] => Ok(Self::Sasl(mechanism.to_owned())),
            [word, feature] => service(word, Some(feature.to_owned())).ok_or(NoRequirement),
            _ => Err(NoRequirement),
        }
    }
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any(feature) => f.write_str(feature),
            Self::Server(feature) => write!(f, "server {feature}"),
            Self::Account(feature) => write!(f, "account {feature}"),
            Self::Stream(namespace) => write!(f, "stream {namespace}"),
            Self::Sasl(mechanism) => write!(f, "sasl {mechanism}"),
            Self::Service {
                category,
                kind,
                feature: None,
            } => write!(f, "{category}/{kind}"),
            Self::Service {
                category,
                kind,
                feature: Some(feature),
            } => write!(f, "{category}/{kind} {feature}"),
        }
    }
}

/// The requirements in the head of a script; what is no requirement is left out, and complained of elsewhere.
pub(crate) fn of_head(head: &Head) -> Vec<Requirement> {
    let values = head.values(TAG);
    values.filter_map(|value| value.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_are_read_and_written() {
        for text in [
            "urn:xmpp:mam:2",
            "http://jabber.org/protocol/muc",
            "msgoffline",
            "server urn:xmpp:blocking",
            "account urn:xmpp:mam:2",
            "stream urn:xmpp:sm:3",
            "sasl SCRAM-SHA-1-PLUS",
            "conference/text",
            "pubsub/service http://jabber.org/protocol/pubsub#publish",
        ] {
            let requirement: Requirement = text.parse().unwrap();
            assert_eq!(requirement.to_string(), text);
        }
        assert_eq!(
            "http://jabber.org/protocol/muc".parse(),
            Ok(Requirement::Any("http://jabber.org/protocol/muc".into()))
        );
        let service = "conference/text".parse().unwrap();
        assert!(matches!(
            service,
            Requirement::Service { feature: None, .. }
        ));
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in ["", "server", "stream", "room urn:x", "server a b"] {
            assert_eq!(text.parse::<Requirement>(), Err(NoRequirement), "{text}");
        }
    }
}
