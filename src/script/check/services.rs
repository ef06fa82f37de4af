//! Services that a script requires by what they are, and then calls by what they commonly are called: elsewhere they
//! have other names, and the requirement is met all the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::script::ast::{Actor, Piece, Script};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::hosts::hosts;
use crate::script::profile::Profile;
use crate::script::requirement::{self, Requirement, Service};
use crate::script::role::Role;
use crate::source::Span;

/// How services are commonly called below a domain, with their category and type.
const COMMON: [(&str, &str, &str); 3] = [
    ("conference", "conference", "text"),
    ("pubsub", "pubsub", "service"),
    ("upload", "store", "file"),
];

/// Looks for common names of services that the script requires.
pub(super) fn check(script: &Script, profiles: &[(&Actor, Profile)], complaints: &mut Complaints) {
    let required = required(script, profiles);
    if required.is_empty() {
        return;
    }
    let mut told = BTreeSet::new();
    for span in script.pieces().filter_map(literal) {
        let text = script.source.slice(span);
        for place in hosts(text) {
            let host = text[place.clone()].to_lowercase();
            if let Some(service) = required.get(&host)
                && told.insert(host.clone())
            {
                let place = Span::new(span.start + place.start, span.start + place.end);
                complaints.push(literal_service(host, service).at(place));
            }
        }
    }
}

fn literal_service(found: String, service: &Service) -> Kind {
    Kind::LiteralService {
        found,
        requirement: service.described(),
        name: service.name.clone(),
    }
}

fn literal(piece: &Piece) -> Option<Span> {
    match piece {
        Piece::Literal(text) => Some(text.span),
        Piece::Variable(_) | Piece::Wildcard(_) | Piece::Any(_) | Piece::Capture(_) => None,
    }
}

/// The common names of what is required, but for those that components of the cast have.
fn required(script: &Script, profiles: &[(&Actor, Profile)]) -> BTreeMap<String, Service> {
    let domains = domains_of(profiles, Role::is_user);
    let played = domains_of(profiles, Role::plays_domain);
    let mut required = BTreeMap::new();
    for requirement in requirement::requirements(script) {
        let Requirement::Service(service) = requirement else {
            continue;
        };
        let own = COMMON
            .iter()
            .find(|(_, category, kind)| (*category, *kind) == (&*service.category, &*service.kind));
        for domain in &domains {
            let host = own.map(|(name, ..)| format!("{name}.{domain}"));
            if let Some(host) = host.filter(|host| !played.contains(host)) {
                required.entry(host).or_insert_with(|| service.clone());
            }
        }
    }
    required
}

fn domains_of(profiles: &[(&Actor, Profile)], concerns: fn(&Role) -> bool) -> BTreeSet<String> {
    let profiles = profiles.iter();
    profiles
        .filter(|(actor, _)| concerns(actor.role.value))
        .map(|(_, profile)| profile.jid.domain().as_str().to_lowercase())
        .collect()
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    fn said(requirement: &str, stanza: &str) -> Vec<(String, String)> {
        let cast =
            "[Client] A\n\tjid: a@b.org\n\n[Component] C\n\tjid: pubsub.b.org\n\tsecret: s\n";
        let story = format!("A connects\nC connects\nA receives:\n\t{stanza}\n");
        objections(&format!(
            "# T\n## requires: {requirement}\n{cast}---\n{story}"
        ))
    }

    #[test]
    fn a_common_name_of_what_is_required_is_told_once() {
        let message = "`conference.b.org` is what only some servers call this service";
        let rooms = "conference/text";
        for stanza in [
            "<message from='r@conference.b.org/n' to='r@conference.b.org'/>",
            "<a>at Conference.b.org, perhaps</a>",
        ] {
            let told = said(rooms, stanza);
            assert_eq!(told.len(), 1, "{told:?}");
            assert_eq!(told[0].0, message);
            assert_eq!(told[0].1.to_lowercase(), "conference.b.org");
        }
        assert_eq!(
            said("store/file", "<a b='upload.b.org'/>")[0].1,
            "upload.b.org"
        );
    }

    #[test]
    fn other_names_are_the_authors_own() {
        let rooms = "conference/text as rooms";
        for stanza in [
            "<message from='r@${rooms}/n'/>",
            "<message from='r@conference.c.org'/>",
            "<message from='r@my-conference.b.org'/>",
            "<message from='upload.b.org'/>",
        ] {
            assert_eq!(said(rooms, stanza), [], "{stanza}");
        }
        let literal = "<message from='r@conference.b.org'/>";
        assert_eq!(said("conference/irc", literal), []);
        assert_eq!(said("not conference/text", literal), []);
        // The script plays it itself.
        assert_eq!(said("pubsub/service", "<a b='pubsub.b.org'/>"), []);
        let place = "conference.b.org";
        let message = "`conference.b.org` is what only some servers call this service";
        assert_eq!(said(rooms, literal), [at(message, place)]);
    }
}
