//! What a server must have for some scripts.

use std::collections::{BTreeMap, BTreeSet};

use super::listener::{Listener, ListenerKind, WebSocket};
use super::ports::Ports;
use crate::accounts::{Account, of_plan};
use crate::plan::{ActorPlan, Plan};
use crate::script::Wrong;
use crate::xmpp::{Password, StreamKind, TlsPolicy, WebSocketUrl};

/// The domain that a server has when no script needs any.
const DEFAULT_DOMAIN: &str = "localhost";

/// The domains, components and accounts that some plans need of their server.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Domains whose users have accounts.
    pub domains: BTreeSet<String>,
    /// Domains where clients log in without a password (RFC 4505).
    pub anonymous: BTreeSet<String>,
    /// External components (XEP-0114): their domains and secrets.
    pub components: BTreeMap<String, Password>,
    /// The accounts with which clients log in.
    pub accounts: BTreeSet<Account>,
    /// For whom there has to be a listener, and for which domain.
    pub listeners: BTreeSet<(ListenerKind, String)>,
    /// The WebSocket that clients connect to; none if they connect by TCP.
    pub websocket: Option<WebSocket>,
    /// Whether one server cannot have all that the plans need: a component with two secrets, or a domain that is for
    /// anonymous users in one of them, and has accounts in another.
    pub is_disputed: bool,
}

/// What is to be known of a plan before it can be told what a server needs for it and others. It outlives the plan, and
/// has little of it.
#[derive(Debug, Clone)]
pub struct Demand {
    actors: Box<[Newcomer]>,
    accounts: Box<[Account]>,
}

/// Whom a server is to let in, or not.
#[derive(Debug, Clone)]
struct Newcomer {
    stream: StreamKind,
    localpart: Option<String>,
    domain: String,
    secret: Option<Password>,
    wrong: Option<Wrong>,
    listener: ListenerKind,
    /// Whether it is refused, and comes in no other way.
    is_only_refused: bool,
}

impl Demand {
    /// What is to be known of a plan.
    pub fn of(plan: &Plan) -> Self {
        let actors = plan.actors.iter().enumerate();
        let actors = actors.map(|(number, actor)| Newcomer {
            stream: actor.identity.stream,
            localpart: actor.identity.localpart.clone(),
            domain: actor.identity.domain.clone(),
            secret: actor.identity.secret.clone(),
            wrong: actor.wrong,
            listener: listener(actor),
            is_only_refused: plan.is_only_refused(number),
        });
        Self {
            actors: actors.collect(),
            accounts: of_plan(plan).into_iter().collect(),
        }
    }

    /// The accounts with which its actors log in, each once.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// The actors whose domains the server has to know. Who does nothing but be refused does not change what the server
    /// is to know for the others.
    fn wanted(&self, unknown: &BTreeSet<&str>) -> impl Iterator<Item = &Newcomer> {
        self.actors.iter().filter(|actor| {
            let is_unknown = unknown.contains(actor.domain.as_str());
            actor.wrong != Some(Wrong::Domain) && !(is_unknown && actor.is_only_refused)
        })
    }
}

impl Needs {
    /// What these plans need, all of them together.
    pub fn of_plans<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Self {
        let demands: Vec<Demand> = plans.into_iter().map(Demand::of).collect();
        Self::of(&demands)
    }

    /// What plans need of which this is known, all of them together.
    pub fn of<'a>(demands: impl IntoIterator<Item = &'a Demand>) -> Self {
        let demands: Vec<&Demand> = demands.into_iter().collect();
        let unknown = unknown_domains(&demands);
        let mut needs = Self::default();
        let mut impostors = Vec::new();
        for demand in demands {
            for actor in demand.wanted(&unknown) {
                match actor.stream {
                    StreamKind::Component if actor.wrong.is_some() => impostors.push(actor),
                    StreamKind::Component | StreamKind::Client => needs.add(actor),
                }
                let listener = (actor.listener, actor.domain.clone());
                needs.listeners.insert(listener);
            }
            needs.accounts.extend(demand.accounts.iter().cloned());
        }
        impostors.into_iter().for_each(|own| needs.foil(own));
        needs.accounts.retain(|account| {
            !unknown.contains(account.domain.as_str()) || needs.domains.contains(&account.domain)
        });
        // A domain that has accounts, too, cannot be for anonymous users alone.
        needs.is_disputed |= !needs.anonymous.is_disjoint(&needs.domains);
        needs
            .anonymous
            .retain(|domain| !needs.domains.contains(domain));
        if needs.domains.is_empty() && needs.anonymous.is_empty() {
            needs.domains.insert(DEFAULT_DOMAIN.to_owned());
        }
        needs
    }

    fn add(&mut self, actor: &Newcomer) {
        let domain = actor.domain.clone();
        match (actor.stream, &actor.localpart) {
            (StreamKind::Client, Some(_)) => drop(self.domains.insert(domain)),
            (StreamKind::Client, None) => drop(self.anonymous.insert(domain)),
            (StreamKind::Component, _) => {
                let secret = actor.secret.clone().unwrap_or_default();
                let known = self.components.entry(domain);
                self.is_disputed |= *known.or_insert_with(|| secret.clone()) != secret;
            }
        }
    }

    /// Lets the server know the domain of a component that it is to refuse, with another secret.
    fn foil(&mut self, impostor: &Newcomer) {
        let wrong = impostor.secret.clone().unwrap_or_default();
        let other = || Password::from(format!("not {}", wrong.reveal()));
        let known = self.components.entry(impostor.domain.clone());
        self.is_disputed |= *known.or_insert_with(other) == wrong;
    }

    /// Whether a server that has these needs has those of one of its scripts, too.
    pub(super) fn includes(&self, script: &Self) -> bool {
        let mut components = script.components.iter();
        components.all(|(domain, secret)| self.components.get(domain) == Some(secret))
            && script.anonymous.is_subset(&self.anonymous)
    }

    /// All domains that clients belong to, those with accounts first.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &String> {
        self.domains.iter().chain(&self.anonymous)
    }

    /// The first domain, for what can have only one.
    pub(super) fn first_domain(&self) -> &str {
        self.hosts().next().map_or(DEFAULT_DOMAIN, String::as_str)
    }

    /// The listeners of a server at these ports that must answer, at least one. `websocket` is the URL for clients that
    /// connect to its WebSocket.
    pub(super) fn listeners(
        &self,
        ports: Ports,
        websocket: Option<&WebSocketUrl>,
    ) -> Vec<Listener> {
        let listener = |kind, domain: &str| Listener::new(kind, domain, websocket, ports);
        match self.listeners.is_empty() {
            true => vec![listener(ListenerKind::Client, self.first_domain())],
            false => {
                let listeners = self.listeners.iter();
                listeners
                    .map(|(kind, domain)| listener(*kind, domain))
                    .collect()
            }
        }
    }

    /// Whether a component of the cast or a host has a domain.
    pub(super) fn is_taken(&self, domain: &str) -> bool {
        self.components.contains_key(domain)
            || self.domains.contains(domain)
            || self.anonymous.contains(domain)
    }
}

/// The domains that the server is not to know, as an actor is refused because of its own.
fn unknown_domains<'a>(demands: &[&'a Demand]) -> BTreeSet<&'a str> {
    let actors = demands.iter().flat_map(|demand| &demand.actors);
    let unknown = actors.filter(|actor| actor.wrong == Some(Wrong::Domain));
    unknown.map(|actor| actor.domain.as_str()).collect()
}

/// The listener that an actor connects to.
fn listener(actor: &ActorPlan) -> ListenerKind {
    match (actor.identity.stream, actor.login.tls) {
        (StreamKind::Component, _) => ListenerKind::Component,
        (StreamKind::Client, TlsPolicy::Direct) => ListenerKind::DirectTls,
        (StreamKind::Client, TlsPolicy::Auto | TlsPolicy::StartTls | TlsPolicy::None) => {
            ListenerKind::Client
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;

    fn needs(casts: &[&str]) -> Needs {
        let plans: Vec<Plan> = casts
            .iter()
            .map(|cast| {
                let text = format!("{cast}\n---\n");
                let script = read(SourceFile::new("test.scs", &text)).script;
                resolve(&script, &PlanOptions::default()).unwrap()
            })
            .collect();
        Needs::of_plans(&plans)
    }

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@a.org\n\tpassword: x\n";
    const GUEST: &str = "[Client] Guest\n\tjid: b.org\n";
    const SHOP: &str = "[Component] Shop\n\tjid: pubsub.a.org\n\tsecret: x\n";

    #[test]
    fn every_domain_of_the_casts_is_needed() {
        let needs = needs(&[ROMEO, GUEST, SHOP]);
        assert_eq!(needs.domains.iter().collect::<Vec<_>>(), ["a.org"]);
        assert_eq!(needs.anonymous.iter().collect::<Vec<_>>(), ["b.org"]);
        assert_eq!(needs.accounts.len(), 1);
        assert!(needs.is_taken("pubsub.a.org") && needs.is_taken("b.org"));
        assert!(!needs.is_taken("conference.a.org"));
    }

    #[test]
    fn a_component_that_is_to_be_refused_does_not_have_the_secret() {
        let story = "---\nShop is refused:\n\t<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
        let alone = needs(&[&format!("{SHOP}{story}")]);
        assert_ne!(alone.components["pubsub.a.org"].reveal(), "x");
        let other = SHOP
            .replace("Shop", "Other")
            .replace("secret: x", "secret: y");
        let beside = needs(&[&format!("{SHOP}{other}{story}")]);
        assert_eq!(beside.components["pubsub.a.org"].reveal(), "y");
    }

    #[test]
    fn what_one_server_cannot_be_for_all_is_disputed() {
        let other = SHOP.replace("secret: x", "secret: y");
        let guest = GUEST.replace("b.org", "a.org");
        let refused = format!(
            "{SHOP}---\nShop is refused:\n\t<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>"
        );
        for (first, second) in [(SHOP, &other), (ROMEO, &guest), (SHOP, &refused)] {
            let both = needs(&[first, second]);
            assert!(both.is_disputed, "{second}");
            assert!(both.includes(&needs(&[first])), "{second}");
            assert!(!both.includes(&needs(&[second])), "{second}");
        }
        let agreed = needs(&[ROMEO, GUEST, SHOP, SHOP]);
        assert!(!agreed.is_disputed && agreed.includes(&needs(&[SHOP])));
    }

    #[test]
    fn a_domain_that_is_not_to_be_known_is_not_needed() {
        let story = "---\nGuest is refused:\n\t<stream:error><host-unknown xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
        let needs = needs(&[&format!("{ROMEO}{GUEST}{story}")]);
        assert!(needs.anonymous.is_empty());
        assert_eq!(needs.listeners.len(), 1);
    }

    #[test]
    fn who_is_only_refused_brings_no_domain_that_is_not_to_be_known() {
        let refused = |cast: &str, name: &str, conditions: &str| {
            let error = format!("<stream:error>{conditions}</stream:error>");
            format!("{cast}---\n{name} is refused:\n\t{error}")
        };
        let condition =
            |name: &str| format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>");
        let unknown = condition("host-unknown");
        let one_of = format!("<scansion:one-of>{unknown}<reset/></scansion:one-of>");
        let ghost = ROMEO.replace("romeo@a.org", "ghost@b.org");
        for other in [condition("host-gone"), condition("reset"), one_of] {
            let domains = |scripts: &[&str]| {
                let needs = needs(scripts);
                assert!(
                    needs
                        .accounts
                        .iter()
                        .all(|account| account.domain == "a.org")
                );
                needs.domains.into_iter().collect::<Vec<_>>()
            };
            let good = refused(&ghost, "Romeo", &unknown);
            let twin = refused(&ghost, "Romeo", &other);
            assert_eq!(domains(&[ROMEO, &good, &twin]), ["a.org"], "{other}");
        }
        let shop = refused(SHOP, "Shop", &unknown);
        let twin = refused(SHOP, "Shop", &condition("not-authorized"));
        assert!(needs(&[&shop, &twin]).components.is_empty());
        let connects = format!("{ghost}---\nRomeo connects");
        let good = refused(&ghost, "Romeo", &unknown);
        assert_eq!(needs(&[&good, &connects]).domains.len(), 1);
    }

    #[test]
    fn a_domain_with_accounts_is_not_anonymous() {
        let guest = GUEST.replace("b.org", "a.org");
        let needs = needs(&[&guest, ROMEO]);
        assert!(needs.anonymous.is_empty());
        assert_eq!(needs.domains.len(), 1);
    }

    #[test]
    fn every_listener_that_an_actor_connects_to_must_answer() {
        let direct = ROMEO.replace("a.org", "c.org") + "\ttls: direct\n";
        let needs = needs(&[ROMEO, GUEST, SHOP, &direct, ROMEO]);
        let ports = Ports {
            client: 1,
            direct_tls: 2,
            component: 3,
            http: 4,
            https: 5,
            s2s: 6,
        };
        let listeners = |needs: &Needs, websocket: Option<WebSocketUrl>| {
            let listeners = needs.listeners(ports, websocket.as_ref()).into_iter();
            listeners
                .map(|listener| listener.to_string())
                .collect::<Vec<_>>()
        };
        let by_tcp = listeners(&needs, None);
        let by_websocket = listeners(&needs, ports.websocket(true, "/xmpp-websocket"));
        let elsewhere = listeners(&needs, "ws://127.0.0.1:6/ws".parse().ok());
        let of_none = listeners(&Needs::default(), None);
        insta::assert_snapshot!(
            [by_tcp, by_websocket, elsewhere, of_none]
                .concat()
                .join("\n")
        );
    }

    #[test]
    fn there_is_always_a_domain() {
        assert_eq!(needs(&[]).first_domain(), "localhost");
    }
}
