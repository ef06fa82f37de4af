//! An actor's identity, and where it connects.

use std::path::Path;

use jid::Jid;

use super::options::PlanOptions;
use super::resolver::Resolver;
use crate::script::ast::{Actor, ActorName, Variable};
use crate::script::{Address, Profile, Role, Sync, Wrong};
use crate::xmpp::{ClientCertificate, Endpoint, Identity, LoginOptions, Password, TlsPolicy};

/// The port that servers commonly have for clients that begin with TLS; XEP-0368 names none.
const DIRECT_TLS_PORT: u16 = 5223;
/// The service in SRV records (RFC 6120 §3.2.1).
const CLIENT_SERVICE: &str = "_xmpp-client._tcp";
/// The service of clients that begin with TLS (XEP-0368 §2).
const DIRECT_TLS_SERVICE: &str = "_xmpps-client._tcp";

/// An actor, ready to connect.
#[derive(Debug, Clone)]
pub struct ActorPlan {
    /// What the story calls it.
    pub name: ActorName,
    /// What kind of actor it is.
    pub role: &'static Role,
    /// The identity with which it logs in.
    pub identity: Identity,
    /// Where it connects.
    pub endpoint: Endpoint,
    /// How it logs in.
    pub login: LoginOptions,
    /// How its account is made and removed: not by the mechanism of the script, nor without TLS as that wants it.
    pub account_login: LoginOptions,
    /// Whether neither the run nor the script says where a component connects, so that it goes where one may be.
    pub is_led_nowhere: bool,
    /// Its JID as the script gives it, normalised.
    pub jid: Jid,
    /// The entity whose answer shows that the server has handled what the actor sent before.
    pub server: String,
    /// How the order of the story is kept on its stream, where it is kept at all.
    pub sync: Sync,
    /// What of it is meant to be wrong, so that a server does not have it.
    pub wrong: Option<Wrong>,
    /// Whether the story spells out its full JID with the resource of the cast, so that no other one will do.
    pub spelt_out: bool,
}

impl ActorPlan {
    /// The variable that has the actor's full JID.
    pub fn full_jid_variable(&self) -> String {
        Variable::FullJid(self.name.clone()).to_string()
    }

    /// The variable that has the actor's bare JID.
    pub fn bare_jid_variable(&self) -> String {
        Variable::BareJid(self.name.clone()).to_string()
    }

    /// The variable that has how many stanzas it has sent since stream management was enabled.
    pub fn sent_count_variable(&self) -> String {
        Variable::SentCount(self.name.clone()).to_string()
    }

    /// The variable that has how many stanzas have come for it since then.
    pub fn received_count_variable(&self) -> String {
        Variable::ReceivedCount(self.name.clone()).to_string()
    }

    /// The full JID that the server is to give, where the script names the resource; a component's domain.
    pub fn expected_full_jid(&self) -> Option<String> {
        match self.role.address {
            Address::User => {
                let resource = self.identity.resource.as_ref()?;
                Some(format!("{}/{resource}", self.jid.to_bare()))
            }
            Address::Domain => Some(self.identity.domain.clone()),
        }
    }

    /// Whether a JID is one of its account; a guest has any of its domain.
    pub fn is_user_of(&self, jid: &Jid) -> bool {
        let is_same = |node| jid.node() == Some(node);
        self.jid.domain() == jid.domain() && self.jid.node().is_none_or(is_same)
    }

    /// A full JID that the server could give.
    pub(crate) fn possible_full_jid(&self) -> String {
        let full = self.expected_full_jid();
        full.unwrap_or_else(|| format!("{}/made-up", self.jid))
    }

    /// The JID by which it is known, with its resource if the script gives one.
    pub fn full_name(&self) -> String {
        self.expected_full_jid()
            .unwrap_or_else(|| self.jid.to_string())
    }

    /// The secret that must not be shown.
    pub fn secret(&self) -> Option<&Password> {
        self.identity.secret.as_ref()
    }
}

impl Resolver<'_> {
    /// Makes the actors of the cast.
    pub(super) fn actors(&self) -> Vec<ActorPlan> {
        let cast = self.cast.iter();
        cast.map(|(declared, profile)| self.actor(declared, profile))
            .collect()
    }

    fn actor(&self, declared: &Actor, profile: &Profile) -> ActorPlan {
        let options = self.options;
        let mut profile = profile.clone();
        let full_jid = profile.full_jid();
        let spelt_out = full_jid.is_some_and(|full| self.spells_out(full.as_str()));
        profile.jid = self.renames.jid(profile.jid);
        let role = declared.role.value;
        let wrong = self.impostors.get(&declared.name.value).copied();
        let is_of_account = wrong.is_none() || self.shares_password(&profile);
        if role.has_account && is_of_account && profile.secret.is_some() {
            let standing = options.standing.get(&profile.jid.to_bare().to_string());
            let of_the_run = standing.or(options.password.as_ref());
            profile.secret = of_the_run.cloned().or(profile.secret);
        }
        let login = login(&profile, options, self.folder());
        let account_login = account_login(&profile, options, &login);
        ActorPlan {
            name: declared.name.value.clone(),
            role,
            endpoint: match role.address {
                Address::User => endpoint_of_user(&profile, role.port, login.tls, options),
                Address::Domain => endpoint_of_domain(&profile, role.port, options),
            },
            login,
            account_login,
            is_led_nowhere: match role.address {
                Address::User => false,
                Address::Domain => is_led_nowhere(&profile, options),
            },
            jid: profile.jid.clone(),
            server: match role.address {
                Address::User => profile.jid.domain().to_string(),
                Address::Domain => self.server_of_domain(&profile.jid),
            },
            sync: profile.sync.unwrap_or(role.sync),
            wrong,
            spelt_out,
            identity: identity(role, profile),
        }
    }

    /// Whether an account of the cast has the JID and the password of an actor that is meant to have a wrong one.
    fn shares_password(&self, profile: &Profile) -> bool {
        let mut accounts = self.cast.iter().filter(|(actor, _)| {
            actor.role.value.has_account && !self.impostors.contains_key(&actor.name.value)
        });
        accounts.any(|(_, own)| {
            self.renames.jid(own.jid.clone()).to_bare() == profile.jid.to_bare()
                && own.secret == profile.secret
        })
    }

    /// The server of an actor that plays a domain, which the protocol does not tell: the closest domain above it that
    /// a user of the cast belongs to, else a user's domain, else the domain above it.
    fn server_of_domain(&self, jid: &Jid) -> String {
        let own = jid.domain().to_string();
        let cast = self.cast.iter();
        let users = cast.filter(|(actor, _)| actor.role.value.is_user());
        let jids = users.map(|(_, profile)| self.renames.jid(profile.jid.clone()));
        let domains: Vec<String> = jids.map(|jid| jid.domain().to_string()).collect();
        let above = domains
            .iter()
            .filter(|domain| own.ends_with(&format!(".{domain}")))
            .max_by_key(|domain| domain.len());
        match (above.or(domains.first()), own.split_once('.')) {
            (Some(domain), _) => domain.clone(),
            (None, Some((_, parent))) => parent.to_owned(),
            (None, None) => own,
        }
    }
}

/// What the actor says of its login wins over what is said for the run. A mechanism for the run is one for actors that
/// have a password.
fn login(profile: &Profile, options: &PlanOptions, folder: &Path) -> LoginOptions {
    let for_the_run = options.mechanism.filter(|_| profile.secret.is_some());
    LoginOptions {
        tls: profile.tls.unwrap_or(options.tls),
        mechanism: profile.mechanism.or(for_the_run),
        certificate: profile
            .certificate
            .as_ref()
            .map(|(certificate, key)| ClientCertificate {
                certificate: folder.join(certificate),
                key: folder.join(key),
            }),
    }
}

/// How the account of an actor that logs in so is made.
fn account_login(profile: &Profile, options: &PlanOptions, login: &LoginOptions) -> LoginOptions {
    LoginOptions {
        tls: match profile.tls {
            Some(TlsPolicy::None) => TlsPolicy::Auto,
            Some(TlsPolicy::Auto | TlsPolicy::StartTls | TlsPolicy::Direct) | None => login.tls,
        },
        mechanism: options.mechanism,
        ..login.clone()
    }
}

fn is_led_nowhere(profile: &Profile, options: &PlanOptions) -> bool {
    options.component_server.is_none() && profile.host.is_none() && profile.port.is_none()
}

fn identity(role: &Role, profile: Profile) -> Identity {
    Identity {
        stream: role.stream,
        localpart: profile.jid.node().map(ToString::to_string),
        domain: profile.jid.domain().to_string(),
        resource: profile.resource,
        secret: profile.secret,
    }
}

fn endpoint_of_user(
    profile: &Profile,
    port: u16,
    tls: TlsPolicy,
    options: &PlanOptions,
) -> Endpoint {
    // What is said for the run about where to connect wins over what the actor says.
    let own = profile.url.as_ref().filter(|_| options.server.is_none());
    if let Some(url) = options.websocket.as_ref().or(own) {
        return Endpoint::WebSocket(url.clone());
    }
    let domain = profile.jid.domain().to_string();
    let server = options.server.as_ref();
    let (default_port, service, server) = match tls {
        TlsPolicy::Direct => (
            DIRECT_TLS_PORT,
            DIRECT_TLS_SERVICE,
            options.direct_tls_server.as_ref().or(server),
        ),
        TlsPolicy::Auto | TlsPolicy::StartTls | TlsPolicy::None => (port, CLIENT_SERVICE, server),
    };
    if let Some(server) = server {
        let host = server.host.clone();
        let port = server.port.unwrap_or(default_port);
        return Endpoint::Host { host, port };
    }
    match (profile.host.clone(), profile.port) {
        (None, None) => Endpoint::Domain {
            domain,
            default_port,
            service,
            direct_tls_service: (tls == TlsPolicy::Auto).then_some(DIRECT_TLS_SERVICE),
        },
        (host, port) => Endpoint::Host {
            host: host.unwrap_or(domain),
            port: port.unwrap_or(default_port),
        },
    }
}

/// Servers have another port for components than for clients, so the script's port wins over that of the
/// server given for all.
fn endpoint_of_domain(profile: &Profile, usual_port: u16, options: &PlanOptions) -> Endpoint {
    if let Some(server) = &options.component_server {
        let host = server.host.clone();
        let port = server.port.unwrap_or(usual_port);
        return Endpoint::Host { host, port };
    }
    let server = options.server.as_ref();
    let host = server
        .map(|server| server.host.clone())
        .or(profile.host.clone());
    let port = profile.port.or(server.and_then(|server| server.port));
    Endpoint::Host {
        host: host.unwrap_or_else(|| profile.jid.domain().to_string()),
        port: port.unwrap_or(usual_port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::Mechanism;

    /// The actors of a cast, in a run with a server and a server for components.
    #[track_caller]
    fn actors(cast: &str, server: Option<&str>, component_server: Option<&str>) -> Vec<ActorPlan> {
        let text = format!("{cast}\n---\n");
        let script = read(SourceFile::new("plays/test.scs", &text)).script;
        let options = PlanOptions {
            server: server.map(|server| server.parse().unwrap()),
            component_server: component_server.map(|server| server.parse().unwrap()),
            ..PlanOptions::default()
        };
        Resolver::new(&script, &options).unwrap().actors()
    }

    #[track_caller]
    fn assert_host(actor: &ActorPlan, expected: &str) {
        match &actor.endpoint {
            Endpoint::Host { host, port } => assert_eq!(format!("{host} {port}"), expected),
            other => panic!("{other:?}"),
        }
    }

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@example.org/orchard\n\tpassword: x\n";

    #[test]
    fn a_client_goes_where_dns_says() {
        let romeo = &actors(ROMEO, None, None)[0];
        match &romeo.endpoint {
            Endpoint::Domain {
                domain,
                default_port,
                ..
            } => {
                assert_eq!((domain.as_str(), *default_port), ("example.org", 5222));
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_client_goes_where_its_properties_say() {
        let host = format!("{ROMEO}\tconnect_host: 10.0.0.1\n");
        assert_host(&actors(&host, None, None)[0], "10.0.0.1 5222");
        let port = format!("{ROMEO}\tconnect_port: 15222\n");
        assert_host(&actors(&port, None, None)[0], "example.org 15222");
    }

    #[test]
    fn the_server_given_is_for_every_client() {
        let own = format!("{ROMEO}\tconnect_host: 10.0.0.1\n\tconnect_port: 1\n");
        assert_host(&actors(&own, Some("localhost"), None)[0], "localhost 5222");
        assert_host(&actors(&own, Some("[::1]:5"), None)[0], "::1 5");
    }

    #[test]
    fn whoever_begins_with_tls_goes_to_another_port() {
        let direct = format!("{ROMEO}\ttls: direct\n");
        match &actors(&direct, None, None)[0].endpoint {
            Endpoint::Domain {
                default_port,
                service,
                direct_tls_service,
                ..
            } => assert_eq!(
                (*default_port, *service, *direct_tls_service),
                (5223, "_xmpps-client._tcp", None)
            ),
            other => panic!("{other:?}"),
        }
        assert_host(
            &actors(&direct, Some("localhost"), None)[0],
            "localhost 5223",
        );
        let host = format!("{direct}\tconnect_host: 10.0.0.1\n");
        assert_host(&actors(&host, None, None)[0], "10.0.0.1 5223");
    }

    #[test]
    fn a_client_can_go_to_a_websocket() {
        let own = format!("{ROMEO}\tconnect_url: wss://example.org/ws\n");
        let text = |actor: &ActorPlan| actor.endpoint.to_string();
        assert_eq!(text(&actors(&own, None, None)[0]), "wss://example.org/ws");
        assert_host(&actors(&own, Some("localhost"), None)[0], "localhost 5222");
    }

    #[test]
    fn an_actor_says_how_it_logs_in() {
        let text = "\ttls: none\n\tmechanism: plain\n\tcertificate: romeo.crt\n\tkey: romeo.key\n";
        let login = &actors(&format!("{ROMEO}{text}"), None, None)[0].login;
        assert_eq!(
            (login.tls, login.mechanism),
            (TlsPolicy::None, Some(Mechanism::Plain))
        );
        let certificate = login.certificate.as_ref().unwrap();
        assert_eq!(certificate.key, Path::new("plays/romeo.key"));
        assert_eq!(actors(ROMEO, None, None)[0].login, LoginOptions::default());
    }

    #[test]
    fn the_password_of_the_run_is_for_clients_that_have_one() {
        let component = "[Component] Shop\n\tjid: shop.example.org\n\tsecret: own\n";
        let text = format!("{ROMEO}[Client] Guest\n\tjid: example.org\n{component}\n---\n");
        let script = read(SourceFile::new("test.scs", &text)).script;
        let options = PlanOptions {
            password: Some("other".into()),
            ..PlanOptions::default()
        };
        let plan = crate::plan::resolve(&script, &options).unwrap();
        let secrets = plan.actors.iter().map(|actor| actor.secret());
        let secrets: Vec<Option<&str>> =
            secrets.map(|secret| secret.map(Password::reveal)).collect();
        assert_eq!(secrets, [Some("other"), None, Some("own")]);
    }

    #[test]
    fn a_component_has_a_port_of_its_own() {
        let component = "[Component] Shop\n\tjid: shop.example.org\n\tsecret: x\n";
        assert_host(&actors(component, None, None)[0], "shop.example.org 5347");
        assert_host(
            &actors(component, Some("localhost"), None)[0],
            "localhost 5347",
        );
        assert_host(
            &actors(component, Some("localhost:1"), None)[0],
            "localhost 1",
        );
        assert_host(
            &actors(component, Some("localhost:1"), Some("other:2"))[0],
            "other 2",
        );
        let own = format!("{component}\tconnect_port: 3\n");
        assert_host(&actors(&own, Some("localhost:1"), None)[0], "localhost 3");
    }

    #[test]
    fn a_resource_wins_over_the_one_in_the_jid() {
        assert_eq!(
            actors(ROMEO, None, None)[0].expected_full_jid().as_deref(),
            Some("romeo@example.org/orchard")
        );
        let own = format!("{ROMEO}\tresource: balcony\n");
        assert_eq!(
            actors(&own, None, None)[0].expected_full_jid().as_deref(),
            Some("romeo@example.org/balcony")
        );
    }

    #[test]
    fn a_component_pings_the_domain_above_it() {
        let shop = "[Component] Shop\n\tjid: shop.example.org\n\tsecret: x\n";
        let cast = format!("[Client] A\n\tjid: a@org\n{ROMEO}{shop}");
        assert_eq!(actors(&cast, None, None)[2].server, "example.org");
        assert_eq!(actors(shop, None, None)[0].server, "example.org");
        let elsewhere = format!("[Client] A\n\tjid: a@elsewhere\n{shop}");
        assert_eq!(actors(&elsewhere, None, None)[1].server, "elsewhere");
    }
}
