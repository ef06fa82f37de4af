//! What a server has, as far as it tells, and judging it.

use minidom::Element;
use xmpp_parsers::disco::DiscoInfoResult;

use crate::ns;
use crate::script::Requirement;

/// What is known of a server.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// The server itself.
    pub server: Entity,
    /// The account that asked.
    pub account: Entity,
    /// The services at the server.
    pub services: Vec<Entity>,
    /// Its stream features, before the login and after it.
    pub stream: Vec<Element>,
}

/// An entity, and what it says of itself (XEP-0030 §3). One that says nothing has nothing.
#[derive(Debug, Clone, Default)]
pub struct Entity {
    /// Its address.
    pub jid: String,
    /// Categories and types.
    pub identities: Vec<(String, String)>,
    /// Its features.
    pub features: Vec<String>,
}

impl Entity {
    /// An entity that answered this.
    pub fn new(jid: &str, info: Option<DiscoInfoResult>) -> Self {
        let jid = jid.to_owned();
        let Some(info) = info else {
            return Self {
                jid,
                ..Self::default()
            };
        };
        let identities = info.identities.into_iter();
        Self {
            jid,
            identities: identities
                .map(|identity| (identity.category, identity.type_))
                .collect(),
            features: info.features.into_iter().collect(),
        }
    }

    fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|known| known == feature)
    }

    fn is(&self, category: &str, kind: &str) -> bool {
        self.identities
            .iter()
            .any(|identity| (identity.0.as_str(), identity.1.as_str()) == (category, kind))
    }
}

impl Known {
    /// Why a requirement is not met, in words; none if it is.
    pub fn lacks(&self, requirement: &Requirement) -> Option<String> {
        let (server, account) = (&self.server, &self.account);
        match requirement {
            Requirement::Any(feature) => {
                let has = server.has(feature) || account.has(feature) || self.streams(feature);
                (!has).then(|| {
                    let server = &server.jid;
                    format!("neither {server}, nor an account there, nor the stream has {feature}")
                })
            }
            Requirement::Server(feature) => {
                (!server.has(feature)).then(|| format!("{} does not have {feature}", server.jid))
            }
            Requirement::Account(feature) => (!account.has(feature))
                .then(|| format!("an account at {} does not have {feature}", server.jid)),
            Requirement::Stream(namespace) => (!self.streams(namespace))
                .then(|| format!("{} has no stream feature {namespace}", server.jid)),
            Requirement::Sasl(mechanism) => (!self.offers(mechanism))
                .then(|| format!("{} does not offer the mechanism {mechanism}", server.jid)),
            Requirement::Service {
                category,
                kind,
                feature,
            } => self.lacks_service(category, kind, feature.as_deref()),
        }
    }

    fn lacks_service(&self, category: &str, kind: &str, feature: Option<&str>) -> Option<String> {
        let mut services = self
            .services
            .iter()
            .filter(|service| service.is(category, kind));
        let mut found = services.clone().peekable();
        if found.peek().is_none() {
            return Some(format!(
                "{} has no service that is {category}/{kind}",
                self.server.jid
            ));
        }
        let feature = feature?;
        let has = services.any(|service| service.has(feature));
        (!has).then(|| format!("no {category}/{kind} of {} has {feature}", self.server.jid))
    }

    fn streams(&self, namespace: &str) -> bool {
        let children = self.stream.iter().flat_map(Element::children);
        children.into_iter().any(|child| child.has_ns(namespace))
    }

    fn offers(&self, mechanism: &str) -> bool {
        let children = self.stream.iter().flat_map(Element::children);
        let mut names = children
            .filter(|child| child.is("mechanisms", ns::SASL))
            .flat_map(Element::children);
        names.any(|name| name.text().trim() == mechanism)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn known() -> Known {
        let entity = |jid: &str, features: &[&str], identities: &[(&str, &str)]| Entity {
            jid: jid.to_owned(),
            features: features.iter().map(|&feature| feature.to_owned()).collect(),
            identities: identities
                .iter()
                .map(|(category, kind)| ((*category).to_owned(), (*kind).to_owned()))
                .collect(),
        };
        let features = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
            <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
            <sm xmlns='urn:xmpp:sm:3'/></stream:features>";
        Known {
            server: entity("a.org", &["urn:s"], &[("server", "im")]),
            account: entity("me@a.org", &["urn:a"], &[]),
            services: vec![
                entity("muc.a.org", &["urn:muc"], &[("conference", "text")]),
                entity("irc.a.org", &["urn:irc"], &[("conference", "irc")]),
            ],
            stream: vec![features.parse().unwrap()],
        }
    }

    #[track_caller]
    fn assert_has(requirement: &str) {
        assert_eq!(
            known().lacks(&requirement.parse().unwrap()),
            None,
            "{requirement}"
        );
    }

    #[track_caller]
    fn assert_lacks(requirement: &str, reason: &str) {
        let lacks = known().lacks(&requirement.parse().unwrap());
        assert_eq!(lacks.as_deref(), Some(reason), "{requirement}");
    }

    #[test]
    fn what_is_there_is_found() {
        for requirement in [
            "urn:s",
            "urn:a",
            "urn:xmpp:sm:3",
            "server urn:s",
            "account urn:a",
            "stream urn:xmpp:sm:3",
            "sasl PLAIN",
            "conference/text",
            "conference/text urn:muc",
        ] {
            assert_has(requirement);
        }
    }

    #[test]
    fn what_is_not_there_is_named_with_who_was_asked() {
        assert_lacks(
            "urn:x",
            "neither a.org, nor an account there, nor the stream has urn:x",
        );
        assert_lacks("server urn:a", "a.org does not have urn:a");
        assert_lacks("account urn:s", "an account at a.org does not have urn:s");
        assert_lacks("stream urn:s", "a.org has no stream feature urn:s");
        assert_lacks(
            "sasl EXTERNAL",
            "a.org does not offer the mechanism EXTERNAL",
        );
        assert_lacks("store/file", "a.org has no service that is store/file");
        assert_lacks(
            "conference/text urn:irc",
            "no conference/text of a.org has urn:irc",
        );
    }
}
