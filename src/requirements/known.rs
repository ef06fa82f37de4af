//! What a server has, as far as it tells, and judging it.

use std::collections::BTreeMap;

use minidom::Element;

use crate::ns;
use crate::script::{Payload, Requirement, Service};

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
    /// The answers to requests.
    pub answers: BTreeMap<Payload, Answer>,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A result, or an error by which the server only wants the request to say more (type `modify`, RFC 6120 §8.3.2):
    /// the element that was asked with is empty.
    Given,
    /// Another error, with this condition.
    Refused(String),
    /// Nothing, in time.
    Missing,
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
    /// An entity that answered this. Of a form that may be in there (XEP-0128) nothing is required.
    pub fn new(jid: &str, info: Option<&Element>) -> Self {
        let info = info.filter(|info| info.is("query", ns::DISCO_INFO));
        let named = |name| {
            let children = info.into_iter().flat_map(Element::children);
            children.filter(move |child| child.is(name, ns::DISCO_INFO))
        };
        let said = |element: &Element, what| element.attr(what).map(str::to_owned);
        let identity = |element: &Element| said(element, "category").zip(said(element, "type"));
        Self {
            jid: jid.to_owned(),
            identities: named("identity").filter_map(identity).collect(),
            features: named("feature")
                .filter_map(|feature| said(feature, "var"))
                .collect(),
        }
    }

    fn has(&self, feature: &str) -> bool {
        self.features.iter().any(|known| known == feature)
    }

    /// Whether it has the identity of a service, and the feature.
    fn is(&self, service: &Service) -> bool {
        let wanted = (&service.category, &service.kind);
        let mut identities = self.identities.iter();
        let has_feature = service.feature.as_deref();
        identities.any(|(category, kind)| (category, kind) == wanted)
            && has_feature.is_none_or(|feature| self.has(feature))
    }

    /// Its address and what it is.
    fn described(&self) -> String {
        let identities = self.identities.iter();
        let identities: Vec<String> = identities
            .map(|(category, kind)| format!("{category}/{kind}"))
            .collect();
        match identities.is_empty() {
            true => format!("{} (which says nothing of itself)", self.jid),
            false => format!("{} ({})", self.jid, identities.join(", ")),
        }
    }
}

/// How many services a message names.
const NAMED: usize = 8;

impl Known {
    /// The JIDs of the services that a script has names for, if all requirements are met.
    ///
    /// # Errors
    ///
    /// Why the first one that is not met is not met, in words.
    pub fn met(&self, requirements: &[Requirement]) -> Result<BTreeMap<String, String>, String> {
        let mut named = BTreeMap::new();
        for requirement in requirements {
            let name = requirement
                .service()
                .and_then(|service| service.name.as_ref());
            match name {
                Some(name) if named.contains_key(name) => {}
                Some(name) => {
                    let jid = self.service(&of_name(name, requirements))?;
                    named.insert(name.clone(), jid);
                }
                None => self.lacks(requirement).map_or(Ok(()), Err)?,
            }
        }
        Ok(named)
    }

    /// Why a requirement is not met, in words; none if it is.
    fn lacks(&self, requirement: &Requirement) -> Option<String> {
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
            Requirement::Sasl(mechanism) => {
                (!self.offers(mechanism)).then(|| no_mechanism(&server.jid, mechanism))
            }
            // The client that asks is at another one; it has been seen before.
            Requirement::Domain(_) => None,
            Requirement::Service(service) => self.service(&[service]).err(),
            Requirement::Answer(payload) => self.denies(payload),
            Requirement::Not(unwanted) => self
                .lacks(unwanted)
                .is_none()
                .then(|| format!("{} has what must not be there: {unwanted}", server.jid)),
        }
    }

    /// The first service, by its JID, that is all of this.
    fn service(&self, wanted: &[&Service]) -> Result<String, String> {
        let is = |entity: &&Entity| wanted.iter().all(|service| entity.is(service));
        let found = self.services.iter().filter(is).map(|entity| &entity.jid);
        found.min().cloned().ok_or_else(|| {
            let server = &self.server.jid;
            let wanted: Vec<String> = wanted.iter().map(|service| service.described()).collect();
            let wanted = wanted.join(" and ");
            format!("{server} has no service that is {wanted}; {}", self.named())
        })
    }

    /// Which services there are, in words.
    fn named(&self) -> String {
        let mut services: Vec<String> = self.services.iter().map(Entity::described).collect();
        services.sort();
        let more = services.len().saturating_sub(NAMED);
        services.truncate(NAMED);
        match (services.is_empty(), more) {
            (true, _) => "it names no service".to_owned(),
            (false, 0) => format!("there are {}", services.join(", ")),
            (false, more) => format!("there are {} and {more} more", services.join(", ")),
        }
    }

    /// Why a request is not answered, in words; none if it is.
    fn denies(&self, payload: &Payload) -> Option<String> {
        let server = &self.server.jid;
        let (name, namespace) = (&payload.name, &payload.namespace);
        let told = match self.answers.get(payload) {
            Some(Answer::Given) => return None,
            Some(Answer::Refused(condition)) => format!("with {condition}"),
            Some(Answer::Missing) | None => "not at all".to_owned(),
        };
        Some(format!(
            "{server} answers a request with <{name} xmlns='{namespace}'/> {told}"
        ))
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

/// Says that a mechanism is not offered.
pub(super) fn no_mechanism(server: &str, mechanism: &str) -> String {
    format!("{server} does not offer the mechanism {mechanism}")
}

/// All that is required of the service with a name.
fn of_name<'a>(name: &str, requirements: &'a [Requirement]) -> Vec<&'a Service> {
    let services = requirements.iter().filter_map(Requirement::service);
    services
        .filter(|service| service.name.as_deref() == Some(name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload(namespace: &str, name: &str) -> Payload {
        Payload {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        }
    }

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
                entity("old.a.org", &["urn:old"], &[("conference", "text")]),
                entity("muc.a.org", &["urn:muc"], &[("conference", "text")]),
                entity("irc.a.org", &["urn:irc"], &[("conference", "irc")]),
                entity("mute.a.org", &[], &[]),
            ],
            stream: vec![features.parse().unwrap()],
            answers: [
                ("urn:yes", "query", Answer::Given),
                (
                    "urn:no",
                    "no",
                    Answer::Refused("service-unavailable".to_owned()),
                ),
                ("urn:never", "query", Answer::Missing),
            ]
            .map(|(namespace, name, answer)| (payload(namespace, name), answer))
            .into(),
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
            "answer urn:yes",
            "not urn:x",
            "not account urn:s",
            "not sasl EXTERNAL",
            "not store/file",
            "not conference/text urn:irc",
            "not answer urn:no no",
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
        let services = "there are irc.a.org (conference/irc), muc.a.org (conference/text), \
                        mute.a.org (which says nothing of itself), old.a.org (conference/text)";
        for wanted in ["store/file", "conference/text urn:irc"] {
            let reason = format!("a.org has no service that is {wanted}; {services}");
            assert_lacks(wanted, &reason);
        }
    }

    #[test]
    fn answers_are_told_with_what_was_asked() {
        assert_lacks(
            "answer urn:no no",
            "a.org answers a request with <no xmlns='urn:no'/> with service-unavailable",
        );
        let silent = "a.org answers a request with <query xmlns='urn:never'/> not at all";
        assert_lacks("answer urn:never", silent);
    }

    #[test]
    fn what_must_not_be_there_is_named() {
        for there in ["urn:s", "stream urn:xmpp:sm:3", "conference/text urn:muc"] {
            let reason = format!("a.org has what must not be there: {there}");
            assert_lacks(&format!("not {there}"), &reason);
        }
    }

    #[track_caller]
    fn named(requirements: &[&str]) -> Result<BTreeMap<String, String>, String> {
        let requirements = requirements.iter().map(|text| text.parse().unwrap());
        known().met(&requirements.collect::<Vec<_>>())
    }

    #[test]
    fn the_first_service_by_its_jid_gets_the_name() {
        let muc = || [("rooms".to_owned(), "muc.a.org".to_owned())].into();
        assert_eq!(named(&["urn:s", "conference/text as rooms"]), Ok(muc()));
        let old = "conference/text urn:old as rooms";
        let both = named(&["conference/text as rooms", old, "conference/irc as irc"]).unwrap();
        assert_eq!(both["rooms"], "old.a.org");
        assert_eq!(both["irc"], "irc.a.org");
    }

    #[test]
    fn all_that_has_one_name_is_one_service() {
        let requirements = [
            "conference/text urn:old as rooms",
            "conference/text urn:muc as rooms",
        ];
        let reason = named(&requirements).unwrap_err();
        let wanted = "conference/text urn:old and conference/text urn:muc; there are";
        assert!(reason.contains(wanted), "{reason}");
        assert!(named(&requirements.map(|text| &text[..text.len() - 9])).is_ok());
    }

    #[test]
    fn many_services_are_counted() {
        let mut known = Known::default();
        let entity = |number| Entity::new(&format!("s{number:02}.a.org"), None);
        assert!(known.named().contains("no service"));
        known.services = (0..20).map(entity).collect();
        assert!(known.named().ends_with(" and 12 more"), "{}", known.named());
    }

    #[test]
    fn what_cannot_be_read_hides_nothing_of_the_rest() {
        let info = "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:n'>\
            <identity category='conference' type='text' mood='merry'/><identity category='conference'/>\
            <feature var='urn:muc'/><feature/><feature xmlns='urn:x' var='urn:x'/><gap/>\
            <x xmlns='jabber:x:data' type='merry'/></query>";
        let entity = Entity::new("muc.a.org", Some(&info.parse().unwrap()));
        assert_eq!(
            entity.identities,
            [("conference".to_owned(), "text".to_owned())]
        );
        assert_eq!(entity.features, ["urn:muc"]);
        let other = info.replace("disco#info", "disco#items");
        let entity = Entity::new("muc.a.org", Some(&other.parse().unwrap()));
        assert!(entity.identities.is_empty() && entity.features.is_empty());
    }
}
