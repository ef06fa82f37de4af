//! What a server has, as far as it tells, and judging it.

use std::collections::BTreeMap;

use jid::Jid;
use minidom::Element;

use crate::ns;
use crate::script::{Payload, Requirement, Service};

/// What is known of a server.
#[derive(Debug, Clone)]
pub struct Known {
    /// The server itself.
    pub server: Entity,
    /// The account that asked.
    pub account: Entity,
    /// The services at the server, or why it did not name them.
    pub services: Result<Vec<Entity>, String>,
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
    /// Nothing that tells of it; why.
    Unknown(String),
}

/// Why requirements are not met, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unmet {
    /// The server does not have what is required.
    Lacking(String),
    /// Whether it has, is not known: who was to tell it did not.
    Unknown(String),
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
    /// Why it did not tell what it has, if it did not.
    pub unheard: Option<String>,
}

/// The elements with a name in an answer of service discovery. What is in there besides is left, as is an answer of
/// another kind.
fn listed<'a>(
    answer: Option<&'a Element>,
    namespace: &'static str,
    name: &'static str,
) -> impl Iterator<Item = &'a Element> {
    let query = answer.filter(|answer| answer.is("query", namespace));
    let children = query.into_iter().flat_map(Element::children);
    children.filter(move |child| child.is(name, namespace))
}

/// The addresses of the items in an answer (XEP-0030 §4), but for those that are none.
pub(super) fn items(answer: Option<&Element>) -> impl Iterator<Item = Jid> {
    let items = listed(answer, ns::DISCO_ITEMS, "item");
    items.filter_map(|item| Jid::new(item.attr("jid")?).ok())
}

impl Entity {
    /// An entity that answered this. Of a form that may be in there (XEP-0128) nothing is required.
    pub fn new(jid: &str, info: Option<&Element>) -> Self {
        let named = |name| listed(info, ns::DISCO_INFO, name);
        let said = |element: &Element, what| element.attr(what).map(str::to_owned);
        let identity = |element: &Element| said(element, "category").zip(said(element, "type"));
        Self {
            jid: jid.to_owned(),
            identities: named("identity").filter_map(identity).collect(),
            features: named("feature")
                .filter_map(|feature| said(feature, "var"))
                .collect(),
            unheard: None,
        }
    }

    /// An entity that did not tell what it has, and why.
    pub fn unheard(jid: &str, why: String) -> Self {
        Self {
            jid: jid.to_owned(),
            unheard: Some(why),
            ..Self::default()
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
    /// Why the first one that is not met is not met; what is lacking goes before what is not known.
    pub fn met(&self, requirements: &[Requirement]) -> Result<BTreeMap<String, String>, Unmet> {
        let mut named = BTreeMap::new();
        let mut known = Ok(());
        for requirement in requirements {
            match self.named_by(requirement, requirements) {
                Ok(service) => named.extend(service),
                Err(unknown @ Unmet::Unknown(_)) => known = known.and(Err(unknown)),
                Err(lacking @ Unmet::Lacking(_)) => return Err(lacking),
            }
        }
        known.map(|()| named)
    }

    /// The name that one of the requirements gives to a service, if it does, and the service's JID.
    fn named_by(
        &self,
        requirement: &Requirement,
        requirements: &[Requirement],
    ) -> Result<Option<(String, String)>, Unmet> {
        let service = requirement.service();
        let Some(name) = service.and_then(|service| service.name.clone()) else {
            return self.meets(requirement).map(|()| None);
        };
        let jid = self.service(&of_name(&name, requirements))?;
        Ok(Some((name, jid)))
    }

    fn meets(&self, requirement: &Requirement) -> Result<(), Unmet> {
        let (server, account) = (&self.server, &self.account);
        let (has, asked, reason) = match requirement {
            Requirement::Any(feature) => (
                server.has(feature) || account.has(feature) || self.streams(feature),
                &[server, account][..],
                format!(
                    "neither {}, nor an account there, nor the stream has {feature}",
                    server.jid
                ),
            ),
            Requirement::Server(feature) => (
                server.has(feature),
                &[server][..],
                format!("{} does not have {feature}", server.jid),
            ),
            Requirement::Account(feature) => (
                account.has(feature),
                &[account][..],
                format!("an account at {} does not have {feature}", server.jid),
            ),
            Requirement::Stream(namespace) => (
                self.streams(namespace),
                &[][..],
                format!("{} has no stream feature {namespace}", server.jid),
            ),
            Requirement::Sasl(mechanism) => (
                self.offers(mechanism),
                &[][..],
                no_mechanism(&server.jid, mechanism),
            ),
            // The client that asks is at another one; it has been seen before.
            Requirement::Domain(_) => return Ok(()),
            Requirement::Service(service) => return self.service(&[service]).map(drop),
            Requirement::Answer(payload) => return self.answers(payload),
            Requirement::Not(unwanted) => return self.has_not(unwanted),
        };
        match has {
            true => Ok(()),
            false => Err(unmet(asked.iter().copied(), reason)),
        }
    }

    fn has_not(&self, unwanted: &Requirement) -> Result<(), Unmet> {
        match self.meets(unwanted) {
            Err(Unmet::Lacking(_)) => Ok(()),
            Err(unknown @ Unmet::Unknown(_)) => Err(unknown),
            Ok(()) => Err(Unmet::Lacking(format!(
                "{} has what must not be there: {unwanted}",
                self.server.jid
            ))),
        }
    }

    /// The first service, by its JID, that is all of this.
    fn service(&self, wanted: &[&Service]) -> Result<String, Unmet> {
        let services = self.services.as_ref();
        let services = services.map_err(|why| Unmet::Unknown(why.clone()))?;
        let is = |entity: &&Entity| wanted.iter().all(|service| entity.is(service));
        let found = services.iter().filter(is).map(|entity| &entity.jid);
        found.min().cloned().ok_or_else(|| {
            let server = &self.server.jid;
            let wanted: Vec<String> = wanted.iter().map(|service| service.described()).collect();
            let (wanted, there) = (wanted.join(" and "), told(services));
            let reason = format!("{server} has no service that is {wanted}; {there}");
            unmet(services, reason)
        })
    }

    /// Whether a request is answered.
    fn answers(&self, payload: &Payload) -> Result<(), Unmet> {
        let server = &self.server.jid;
        let (name, namespace) = (&payload.name, &payload.namespace);
        let told = match self.answers.get(payload) {
            Some(Answer::Given) => return Ok(()),
            Some(Answer::Unknown(why)) => return Err(Unmet::Unknown(why.clone())),
            Some(Answer::Refused(condition)) => format!("with {condition}"),
            Some(Answer::Missing) | None => "not at all".to_owned(),
        };
        Err(Unmet::Lacking(format!(
            "{server} answers a request with <{name} xmlns='{namespace}'/> {told}"
        )))
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

/// That something is lacking, for this reason, as far as those that were asked for it told what they have.
fn unmet<'a>(asked: impl IntoIterator<Item = &'a Entity>, reason: String) -> Unmet {
    let mut asked = asked.into_iter();
    let unheard = asked.find_map(|entity| entity.unheard.clone());
    unheard.map_or(Unmet::Lacking(reason), Unmet::Unknown)
}

/// Which services there are, in words.
fn told(services: &[Entity]) -> String {
    let mut services: Vec<String> = services.iter().map(Entity::described).collect();
    services.sort();
    let more = services.len().saturating_sub(NAMED);
    services.truncate(NAMED);
    match (services.is_empty(), more) {
        (true, _) => "it names no service".to_owned(),
        (false, 0) => format!("there are {}", services.join(", ")),
        (false, more) => format!("there are {} and {more} more", services.join(", ")),
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
            unheard: None,
        };
        let features = "<stream:features xmlns:stream='http://etherx.jabber.org/streams'>\
            <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms>\
            <sm xmlns='urn:xmpp:sm:3'/></stream:features>";
        Known {
            server: entity("a.org", &["urn:s"], &[("server", "im")]),
            account: entity("me@a.org", &["urn:a"], &[]),
            services: Ok(vec![
                entity("old.a.org", &["urn:old"], &[("conference", "text")]),
                entity("muc.a.org", &["urn:muc"], &[("conference", "text")]),
                entity("irc.a.org", &["urn:irc"], &[("conference", "irc")]),
                entity("mute.a.org", &[], &[]),
            ]),
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
            known().meets(&requirement.parse().unwrap()),
            Ok(()),
            "{requirement}"
        );
    }

    #[track_caller]
    fn assert_lacks(requirement: &str, reason: &str) {
        let met = known().meets(&requirement.parse().unwrap());
        let lacking = Unmet::Lacking(reason.to_owned());
        assert_eq!(met, Err(lacking), "{requirement}");
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
            "not answer urn:never",
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
    fn named(requirements: &[&str]) -> Result<BTreeMap<String, String>, Unmet> {
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
        let Err(Unmet::Lacking(reason)) = named(&requirements) else {
            panic!("there is such a service");
        };
        let wanted = "conference/text urn:old and conference/text urn:muc; there are";
        assert!(reason.contains(wanted), "{reason}");
        assert!(named(&requirements.map(|text| &text[..text.len() - 9])).is_ok());
    }

    #[test]
    fn many_services_are_counted() {
        let entity = |number| Entity::new(&format!("s{number:02}.a.org"), None);
        assert!(told(&[]).contains("no service"));
        let services: Vec<Entity> = (0..20).map(entity).collect();
        assert!(
            told(&services).ends_with(" and 12 more"),
            "{}",
            told(&services)
        );
    }

    #[test]
    fn what_nobody_told_is_neither_there_nor_lacking() {
        let mut known = known();
        let why = |name: &str| Some(format!("{name} is broken"));
        let is_unknown = |known: &Known, requirements: &[&str], name: &str| {
            let parsed = requirements.iter().map(|text| text.parse().unwrap());
            let unmet = known.met(&parsed.collect::<Vec<_>>()).unwrap_err();
            assert_eq!(
                Some(unmet),
                why(name).map(Unmet::Unknown),
                "{requirements:?}"
            );
        };
        known.account.unheard = why("account");
        for requirement in ["urn:x", "account urn:x", "not urn:x", "not account urn:x"] {
            is_unknown(&known, &[requirement], "account");
        }
        let lacking = ["urn:x", "server urn:x"].map(|text| text.parse().unwrap());
        assert!(matches!(known.met(&lacking), Err(Unmet::Lacking(_))));
        known.server.unheard = why("server");
        is_unknown(&known, &["account urn:x", "server urn:x"], "account");
        let told = [
            "urn:xmpp:sm:3",
            "sasl PLAIN",
            "conference/text",
            "answer urn:yes",
        ];
        for requirement in told {
            assert_eq!(
                known.meets(&requirement.parse().unwrap()),
                Ok(()),
                "{requirement}"
            );
        }
        known.services.as_mut().unwrap()[3].unheard = why("mute");
        is_unknown(&known, &["store/file"], "mute");
        assert_eq!(known.meets(&"conference/text".parse().unwrap()), Ok(()));
        known.services = Err("server is broken".to_owned());
        is_unknown(&known, &["conference/text as rooms"], "server");
        let asked = payload("urn:dead", "query");
        known
            .answers
            .insert(asked, Answer::Unknown("account is broken".to_owned()));
        is_unknown(&known, &["not answer urn:dead"], "account");
    }

    #[test]
    fn an_item_without_an_address_hides_no_other() {
        let answer = "<query xmlns='http://jabber.org/protocol/disco#items'>hello<item/><item jid=''/>\
            <item jid='a@@b'/><item jid='a b'/><item xmlns='urn:x' jid='x'/><gap jid='y'/><item jid='muc.a.org'/></query>";
        let jids = |answer: &str| {
            let answer = answer.parse().unwrap();
            let jids: Vec<String> = items(Some(&answer)).map(|jid| jid.to_string()).collect();
            jids
        };
        assert_eq!(jids(answer), ["muc.a.org"]);
        assert!(jids(&answer.replace("disco#items", "disco#info")).is_empty());
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
