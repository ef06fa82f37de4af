//! What a script requires of a server, by its tags `## requires: …`.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use rxml::NcName;
use thiserror::Error;

use super::ast::{Script, Tag};
use super::suggest::is_slip;
use crate::xmpp::Mechanism;

/// The tag.
pub(super) const TAG: &str = "requires";

/// Something that a server must have for a script to make sense on it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
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
    /// The domain of an actor, which is not only the server's first one.
    Domain(String),
    /// A service at the server.
    Service(Service),
    /// The server answers a request.
    Answer(Payload),
    /// Something is not there.
    Not(Box<Requirement>),
}

/// A service at the server, by its identity (XEP-0030 §3.1), perhaps with a feature.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Service {
    /// The category, such as `conference`.
    pub category: String,
    /// The type, such as `text`.
    pub kind: String,
    /// The feature.
    pub feature: Option<String>,
    /// What the script calls its JID. All requirements of one name are of one service.
    pub name: Option<String>,
}

/// The element in a request of type `get` (RFC 6120 §8.2.3), which has neither attributes nor content.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Payload {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
}

/// What the element in a request is called if the script does not say it.
const USUAL_PAYLOAD: &str = "query";

/// The words that a requirement can begin with.
const FIRST_WORDS: [&str; 7] = [
    "server", "account", "stream", "sasl", "answer", "domain", "not",
];

/// The identities of common services.
const COMMON_SERVICES: [&str; 3] = ["conference/text", "pubsub/service", "store/file"];

/// The name of the first client's domain.
pub(super) const DOMAIN: &str = "domain";
/// The name of the token that differs from play to play.
pub(crate) const UNIQUE: &str = "unique";

/// Why a text is no requirement.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NoRequirement {
    /// It is in none of the forms.
    #[error("this is not a requirement")]
    Form,
    /// There is something else than one name behind `as`.
    #[error("a name for a service is one word of letters, digits, `_`, `-` and `.`")]
    Name,
    /// The name means something else already.
    #[error("`${{{0}}}` is not for a service")]
    TakenName(String),
    /// What gets a name is no service, or one that is not to be there.
    #[error("only a service gets a name")]
    Nameless,
}

impl Requirement {
    /// What it is about, whether that is to be there or not.
    pub fn subject(&self) -> &Self {
        match self {
            Self::Not(subject) => subject,
            subject => subject,
        }
    }

    /// The service that is to be there, if it is about one.
    pub fn service(&self) -> Option<&Service> {
        match self {
            Self::Service(service) => Some(service),
            Self::Any(_)
            | Self::Server(_)
            | Self::Account(_)
            | Self::Stream(_)
            | Self::Sasl(_)
            | Self::Domain(_)
            | Self::Answer(_)
            | Self::Not(_) => None,
        }
    }
}

impl FromStr for Requirement {
    type Err = NoRequirement;

    fn from_str(text: &str) -> Result<Self, NoRequirement> {
        let words: Vec<&str> = text.split_whitespace().collect();
        match words.as_slice() {
            ["not", "not" | "domain", ..] => Err(NoRequirement::Form),
            ["not", words @ ..] => match of_words(words)? {
                Self::Service(Service { name: Some(_), .. }) => Err(NoRequirement::Nameless),
                requirement => Ok(Self::Not(Box::new(requirement))),
            },
            words => of_words(words),
        }
    }
}

/// The requirement that was probably meant by a text which is one slip away from it, and is none, or one that hardly any
/// server meets.
pub(super) fn meant(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let (not, words) = match words.as_slice() {
        ["not", words @ ..] => ("not ", words),
        words => ("", words),
    };
    let meant = match *words {
        ["sasl", mechanism] => format!("sasl {}", meant_mechanism(mechanism)?),
        [word] => meant_alone(word)?,
        [identity, feature, name] if feature != "as" && service(identity, None).is_some() => {
            format!("{identity} {feature} as {name}")
        }
        [first, ref rest @ ..] => format!("{} {}", meant_first(first)?, rest.join(" ")),
        [] => return None,
    };
    // That a domain is not there cannot be required.
    let meant = match meant.starts_with("domain ") {
        true => meant,
        false => format!("{not}{meant}"),
    };
    meant.parse::<Requirement>().is_ok().then_some(meant)
}

/// The requirement that was probably meant by a service with a feature that is a name in the story.
pub(super) fn meant_to_name(service: &Service, is_name: impl Fn(&str) -> bool) -> Option<String> {
    let name = service.feature.as_deref()?;
    let is_meant = service.name.is_none() && is_name(name) && name_of_service(&[name]).is_ok();
    let Service { category, kind, .. } = service;
    is_meant.then(|| format!("{category}/{kind} as {name}"))
}

/// The requirement that was probably meant by a single word. What is like `not` may as well be a feature.
fn meant_alone(word: &str) -> Option<String> {
    let meant = meant_first(word)?;
    match meant.as_str() {
        "not" => None,
        first if FIRST_WORDS.contains(&first) => Some(format!("{first} …")),
        _ => Some(meant),
    }
}

/// What was probably meant by the first word.
fn meant_first(word: &str) -> Option<String> {
    let mut known = FIRST_WORDS.into_iter().chain(COMMON_SERVICES);
    let known = known.find(|known| is_slip(word, known));
    known.map(str::to_owned).or_else(|| parted(word))
}

/// A first word and what it is about, between which there is no blank.
fn parted(word: &str) -> Option<String> {
    let (first, rest) = word.split_once([':', '='])?;
    let mut known = FIRST_WORDS.into_iter();
    let known = known.find(|known| first.eq_ignore_ascii_case(known))?;
    Some(format!("{known} {rest}"))
}

/// The mechanism that was probably meant. All have names in upper case (RFC 4422 §3.1).
fn meant_mechanism(word: &str) -> Option<String> {
    let mut names = Mechanism::ALL.iter().map(|mechanism| mechanism.name());
    let known = names.find(|name| is_slip(word, name)).map(str::to_owned);
    let upper = word.to_ascii_uppercase();
    known.or_else(|| (upper != word).then_some(upper))
}

/// A requirement that is not negated, with the name that it may give.
fn of_words(words: &[&str]) -> Result<Requirement, NoRequirement> {
    let naming = words.iter().position(|word| *word == "as");
    let (wanted, name) = match naming {
        // Alone, or behind a word that wants a feature, it is a feature.
        Some(at) if at > 0 && !(words.len() == 2 && FIRST_WORDS.contains(&words[0])) => {
            (&words[..at], Some(&words[at + 1..]))
        }
        _ => (words, None),
    };
    match (of_plain_words(wanted)?, name) {
        (Requirement::Service(service), Some(name)) => Ok(Requirement::Service(Service {
            name: Some(name_of_service(name)?),
            ..service
        })),
        (_, Some(_)) => Err(NoRequirement::Nameless),
        (requirement, None) => Ok(requirement),
    }
}

fn of_plain_words(words: &[&str]) -> Result<Requirement, NoRequirement> {
    let payload = |namespace: &str, name: &str| {
        Requirement::Answer(Payload {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        })
    };
    match *words {
        [word] if FIRST_WORDS.contains(&word) => Err(NoRequirement::Form),
        [word] => Ok(service(word, None).unwrap_or_else(|| Requirement::Any(word.to_owned()))),
        ["server", feature] => Ok(Requirement::Server(feature.to_owned())),
        ["account", feature] => Ok(Requirement::Account(feature.to_owned())),
        ["stream", namespace] => Ok(Requirement::Stream(namespace.to_owned())),
        ["sasl", mechanism] => Ok(Requirement::Sasl(mechanism.to_owned())),
        ["domain", domain] => Ok(Requirement::Domain(domain.to_owned())),
        ["answer", namespace] => Ok(payload(namespace, USUAL_PAYLOAD)),
        ["answer", namespace, name] if NcName::try_from(name).is_ok() => {
            Ok(payload(namespace, name))
        }
        [word, feature] => service(word, Some(feature)).ok_or(NoRequirement::Form),
        _ => Err(NoRequirement::Form),
    }
}

/// The service of an identity, if the word is one.
fn service(identity: &str, feature: Option<&str>) -> Option<Requirement> {
    let (category, kind) = identity.split_once('/')?;
    let plain = |part: &str| !part.is_empty() && !part.contains([':', '/']);
    let service = Service {
        category: category.to_owned(),
        kind: kind.to_owned(),
        feature: feature.map(str::to_owned),
        name: None,
    };
    (plain(category) && plain(kind)).then_some(Requirement::Service(service))
}

/// A name as wildcards have them, so that it cannot be taken for anything else.
fn name_of_service(words: &[&str]) -> Result<String, NoRequirement> {
    let [name] = words else {
        return Err(NoRequirement::Name);
    };
    let begins = name.starts_with(|first: char| first.is_alphabetic() || first == '_');
    let goes_on = |character: char| character.is_alphanumeric() || "_.-".contains(character);
    match *name {
        DOMAIN | UNIQUE => Err(NoRequirement::TakenName((*name).to_owned())),
        "_" => Err(NoRequirement::Name),
        _ if begins && name.chars().all(goes_on) => Ok((*name).to_owned()),
        _ => Err(NoRequirement::Name),
    }
}

impl Service {
    /// The identity and the feature, without the name.
    pub fn described(&self) -> String {
        let identity = format!("{}/{}", self.category, self.kind);
        match &self.feature {
            Some(feature) => format!("{identity} {feature}"),
            None => identity,
        }
    }
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.described())?;
        match &self.name {
            Some(name) => write!(f, " as {name}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.namespace)?;
        match self.name.as_str() {
            USUAL_PAYLOAD => Ok(()),
            name => write!(f, " {name}"),
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
            Self::Domain(domain) => write!(f, "domain {domain}"),
            Self::Service(service) => write!(f, "{service}"),
            Self::Answer(payload) => write!(f, "answer {payload}"),
            Self::Not(requirement) => write!(f, "not {requirement}"),
        }
    }
}

/// What a script requires, and the script that its prologue is from, each with its tag; what is no requirement is left
/// out, and complained of elsewhere.
pub(crate) fn of_script(script: &Script) -> impl Iterator<Item = (Requirement, &Tag)> {
    let tags = script.heads().flat_map(|head| &head.tags);
    let tags = tags.filter(|tag| tag.key == TAG);
    tags.filter_map(|tag| Some((tag.value.as_deref()?.parse().ok()?, tag)))
}

/// What a script requires, and the script that its prologue is from, nothing twice.
pub(crate) fn requirements(script: &Script) -> Vec<Requirement> {
    let mut known = HashSet::new();
    let requirements = of_script(script).map(|(requirement, _)| requirement);
    requirements
        .filter(|requirement| known.insert(requirement.clone()))
        .collect()
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
            "domain anonymous.localhost",
            "conference/text",
            "pubsub/service http://jabber.org/protocol/pubsub#publish",
            "conference/text as rooms",
            "conference/text urn:xmpp:mam:2 as rooms",
            "conference/text as räume",
            "server as",
            "answer jabber:iq:private",
            "answer urn:xmpp:time time",
            "not urn:xmpp:mam:2",
            "not account urn:xmpp:mam:2",
            "not sasl PLAIN",
            "not conference/text urn:xmpp:mam:2",
            "not answer jabber:iq:private",
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
            Requirement::Service(Service { feature: None, .. })
        ));
        assert_eq!(
            "answer urn:x query".parse::<Requirement>(),
            "answer urn:x".parse()
        );
    }

    #[test]
    fn what_is_a_slip_away_from_a_requirement_is_known() {
        for (text, wanted) in [
            ("domian", "domain …"),
            ("Server", "server …"),
            ("domian localhost", "domain localhost"),
            ("Domain localhost", "domain localhost"),
            ("domain: localhost", "domain localhost"),
            ("domain:localhost", "domain localhost"),
            ("stream=urn:xmpp:sm:3", "stream urn:xmpp:sm:3"),
            ("nto urn:xmpp:mam:2", "not urn:xmpp:mam:2"),
            ("not acount urn:xmpp:mam:2", "not account urn:xmpp:mam:2"),
            ("not steram", "not stream …"),
            ("not domian", "domain …"),
            ("not domain:localhost", "domain localhost"),
            (
                "conference/text urn:x rooms",
                "conference/text urn:x as rooms",
            ),
            ("anwser urn:xmpp:time time", "answer urn:xmpp:time time"),
            ("conferance/text as rooms", "conference/text as rooms"),
            ("conference/txt", "conference/text"),
            ("sasl plain", "sasl PLAIN"),
            ("sasl PLIAN", "sasl PLAIN"),
            ("sasl SCRAM-SHA1", "sasl SCRAM-SHA-1"),
            ("sasl digest-md5", "sasl DIGEST-MD5"),
        ] {
            assert_eq!(meant(text).as_deref(), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_servers_have_is_no_slip() {
        for text in [
            "urn:xmpp:mam:2",
            "jabber:iq:last",
            "http://jabber.org/protocol/muc",
            "msgoffline",
            "vcard-temp",
            "gc-1.0",
            "muc_public",
            "dnssrv",
            "amp",
            "server domian",
            "account",
            "stream urn:xmpp:sm:3",
            "sasl SCRAM-SHA3-512",
            "sasl SCRAM-SHA-384",
            "sasl OAUTHBEARER",
            "conference/irc",
            "conference/text urn:x a/b",
            "not conference/text urn:x rooms",
            "pubsub/pep",
            "room urn:x",
            "note",
            "not nod",
            "",
            "not",
        ] {
            assert_eq!(meant(text), None, "{text}");
        }
    }

    #[track_caller]
    fn assert_refused(text: &str, why: NoRequirement) {
        assert_eq!(text.parse::<Requirement>(), Err(why), "{text}");
    }

    #[test]
    fn what_is_no_requirement_is_refused() {
        for text in [
            "",
            "server",
            "stream",
            "room urn:x",
            "server a b",
            "answer",
            "answer urn:x <time>",
            "answer urn:x a b",
            "not",
            "not not urn:x",
            "domain",
            "not domain anonymous.localhost",
            "not room urn:x",
        ] {
            assert_refused(text, NoRequirement::Form);
        }
    }

    #[test]
    fn a_service_gets_a_name_and_nothing_else_does() {
        for text in [
            "conference/text as",
            "conference/text as the rooms",
            "conference/text as ${rooms}",
            "conference/text as 1",
            "conference/text as _",
        ] {
            assert_refused(text, NoRequirement::Name);
        }
        for text in [
            "urn:x as x",
            "server urn:x as x",
            "not conference/text as x",
        ] {
            assert_refused(text, NoRequirement::Nameless);
        }
        let taken = NoRequirement::TakenName("unique".to_owned());
        assert_refused("conference/text as unique", taken);
    }
}
