//! Who an actor is and where it connects.

use jid::Jid;

use super::options::{HostPort, PlanOptions};
use crate::script::ast::{Actor, ActorName, Class, PropertyKey, Variable};
use crate::script::{ScriptError, ScriptErrorKind};
use crate::source::Spanned;
use crate::xmpp::{Endpoint, Identity, Password};

/// The port of a server's clients (RFC 6120 §14.7).
const CLIENT_PORT: u16 = 5222;
/// The port that servers commonly have for components; XEP-0114 names none.
const COMPONENT_PORT: u16 = 5347;
/// The service in SRV records (RFC 6120 §3.2.1).
const CLIENT_SERVICE: &str = "_xmpp-client._tcp";

/// An actor, ready to connect.
#[derive(Debug, Clone)]
pub struct ActorPlan {
    /// What the story calls it.
    pub name: ActorName,
    /// What kind of connection it makes.
    pub class: Class,
    /// As whom it logs in.
    pub identity: Identity,
    /// Where it connects.
    pub endpoint: Endpoint,
    /// Its JID as the script gives it, normalised.
    pub jid: Jid,
    /// The entity whose answer shows that the server has handled what the actor sent before.
    pub server: String,
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

    /// The full JID that the server is to give, where the script names the resource; a component's domain.
    pub fn expected_full_jid(&self) -> Option<String> {
        match &self.identity {
            Identity::Client { resource, .. } => {
                let resource = resource.as_ref()?;
                Some(format!("{}/{resource}", self.jid.to_bare()))
            }
            Identity::Component { domain, .. } => Some(domain.clone()),
        }
    }

    /// The secret that must not be shown.
    pub fn secret(&self) -> Option<&Password> {
        match &self.identity {
            Identity::Client { password, .. } => password.as_ref(),
            Identity::Component { secret, .. } => Some(secret),
        }
    }
}

/// Makes an actor of its declaration; `cast` is everybody.
pub(super) fn actor(
    declared: &Actor,
    cast: &[Actor],
    options: &PlanOptions,
) -> Result<ActorPlan, ScriptError> {
    let jid = actor_jid(declared)?;
    let class = declared.class.value;
    let identity = match class {
        Class::Client => client(declared, &jid),
        Class::Component => component(declared, &jid)?,
    };
    Ok(ActorPlan {
        name: declared.name.value.clone(),
        class,
        identity,
        endpoint: endpoint(declared, &jid, options)?,
        server: match class {
            Class::Client => jid.domain().to_string(),
            Class::Component => component_server(&jid, cast),
        },
        jid,
    })
}

fn actor_jid(declared: &Actor) -> Result<Jid, ScriptError> {
    let missing = || {
        let class = declared.class.value;
        ScriptErrorKind::TooMany.at(declared.name.span)
    };
    let property = declared.property(PropertyKey::Jid).ok_or_else(missing)?;
    Jid::new(&property.value).map_err(|error| ScriptErrorKind::TooMany.at(property.span))
}

fn client(declared: &Actor, jid: &Jid) -> Identity {
    let own_resource = jid.resource().map(ToString::to_string);
    let resource = declared
        .property(PropertyKey::Resource)
        .map(text)
        .or(own_resource);
    Identity::Client {
        localpart: jid.node().map(ToString::to_string),
        domain: jid.domain().to_string(),
        resource,
        password: declared
            .property(PropertyKey::Password)
            .map(text)
            .map(Password::from),
    }
}

fn component(declared: &Actor, jid: &Jid) -> Result<Identity, ScriptError> {
    let secret = declared
        .property(PropertyKey::Secret)
        .or_else(|| declared.property(PropertyKey::Password))
        .ok_or_else(|| ScriptErrorKind::TooMany.at(declared.name.span))?;
    Ok(Identity::Component {
        domain: jid.domain().to_string(),
        secret: Password::from(secret.value.clone()),
    })
}

fn text(property: &Spanned<String>) -> String {
    property.value.clone()
}

fn endpoint(declared: &Actor, jid: &Jid, options: &PlanOptions) -> Result<Endpoint, ScriptError> {
    let own = OwnAddress::of(declared)?;
    Ok(match declared.class.value {
        Class::Client => client_endpoint(own, jid, options.server.as_ref()),
        Class::Component => component_endpoint(own, jid, options),
    })
}

/// What the script itself says of where to connect.
struct OwnAddress {
    host: Option<String>,
    port: Option<u16>,
}

impl OwnAddress {
    fn of(declared: &Actor) -> Result<Self, ScriptError> {
        let port = declared.property(PropertyKey::ConnectPort);
        let port = port.map(|port| match port.value.parse() {
            Ok(0) | Err(_) => Err(ScriptErrorKind::TooMany.at(port.span)),
            Ok(number) => Ok(number),
        });
        Ok(Self {
            host: declared.property(PropertyKey::ConnectHost).map(text),
            port: port.transpose()?,
        })
    }
}

fn client_endpoint(own: OwnAddress, jid: &Jid, server: Option<&HostPort>) -> Endpoint {
    let domain = jid.domain().to_string();
    if let Some(server) = server {
        let host = server.host.clone();
        let port = server.port.unwrap_or(CLIENT_PORT);
        return Endpoint::Host { host, port };
    }
    match (own.host, own.port) {
        (None, None) => Endpoint::Domain {
            domain,
            default_port: CLIENT_PORT,
            service: CLIENT_SERVICE,
        },
        (host, port) => Endpoint::Host {
            host: host.unwrap_or(domain),
            port: port.unwrap_or(CLIENT_PORT),
        },
    }
}

/// Servers have another port for components than for clients, so the script's port wins over that of the
/// server given for all.
fn component_endpoint(own: OwnAddress, jid: &Jid, options: &PlanOptions) -> Endpoint {
    if let Some(server) = &options.component_server {
        let host = server.host.clone();
        let port = server.port.unwrap_or(COMPONENT_PORT);
        return Endpoint::Host { host, port };
    }
    let server = options.server.as_ref();
    let host = server.map(|server| server.host.clone()).or(own.host);
    let port = own.port.or(server.and_then(|server| server.port));
    Endpoint::Host {
        host: host.unwrap_or_else(|| jid.domain().to_string()),
        port: port.unwrap_or(COMPONENT_PORT),
    }
}

/// The server that a component is connected to, which the protocol does not tell: the closest domain above it that
/// a client of the cast belongs to, else a client's domain, else the domain above it.
fn component_server(jid: &Jid, cast: &[Actor]) -> String {
    let own = jid.domain().to_string();
    let clients = cast
        .iter()
        .filter(|actor| actor.class.value == Class::Client);
    let domains: Vec<String> = clients
        .filter_map(|client| Jid::new(&client.property(PropertyKey::Jid)?.value).ok())
        .map(|jid| jid.domain().to_string())
        .collect();
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
