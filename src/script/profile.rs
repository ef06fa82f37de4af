//! What the properties of an actor say, once they have been understood.

use std::str::FromStr;

use jid::{FullJid, Jid, ResourcePart};

use thiserror::Error;

use super::ast::{Actor, PropertyKey};
use super::error::{ScriptError, ScriptErrorKind as Kind};
use super::role::Address;
use crate::source::Spanned;
use crate::xmpp::{Mechanism, Password, StreamKind, TlsPolicy, WebSocketUrl};

/// The properties of an actor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The JID: of a client bare or full, of a component a domain.
    pub jid: Jid,
    /// The resource of a client, where the script gives one.
    pub resource: Option<String>,
    /// The password of a client, or the secret of a component, which always has one.
    pub secret: Option<Password>,
    /// The host to connect to.
    pub host: Option<String>,
    /// The port to connect to.
    pub port: Option<u16>,
    /// The WebSocket that a client connects to.
    pub url: Option<WebSocketUrl>,
    /// When a client uses TLS.
    pub tls: Option<TlsPolicy>,
    /// The only mechanism by which a client logs in.
    pub mechanism: Option<Mechanism>,
    /// The certificate that a client shows: a path, from the script's folder on.
    pub certificate: Option<String>,
    /// The key of the certificate: a path, from the script's folder on.
    pub key: Option<String>,
    /// How the order of the story is kept where this actor is concerned.
    pub sync: Option<Sync>,
}

/// How the order of the story is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sync {
    /// Before an actor acts, what the others have sent is known to be handled (pings of the runner's own, XEP-0199).
    Ping,
    /// Not at all.
    None,
}

/// That a word is no way to keep the order.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no way to keep the order of the story; write `ping` or `none`")]
pub struct UnknownSync(String);

impl FromStr for Sync {
    type Err = UnknownSync;

    fn from_str(word: &str) -> Result<Self, UnknownSync> {
        match word {
            "ping" => Ok(Self::Ping),
            "none" => Ok(Self::None),
            _ => Err(UnknownSync(word.to_owned())),
        }
    }
}

impl Profile {
    /// Reads the properties of an actor.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn read(actor: &Actor) -> Result<Self, Vec<ScriptError>> {
        let parts = (
            read_jid(actor),
            read_resource(actor),
            read_secret(actor),
            read_port(actor),
            read_login(actor),
            parsed(actor, PropertyKey::Sync, Kind::BadSync),
        );
        match parts {
            (Ok(jid), Ok(resource), Ok(secret), Ok(port), Ok((url, tls, mechanism)), Ok(sync)) => {
                Ok(Self {
                    resource: resource.or_else(|| jid.resource().map(ToString::to_string)),
                    host: actor.property(PropertyKey::ConnectHost).map(text),
                    jid,
                    secret,
                    port,
                    url,
                    tls,
                    mechanism,
                    certificate: actor.property(PropertyKey::Certificate).map(text),
                    key: actor.property(PropertyKey::Key).map(text),
                    sync,
                })
            }
            (jid, resource, secret, port, login, sync) => {
                let errors = [
                    jid.err(),
                    secret.err(),
                    port.err(),
                    resource.err(),
                    login.err(),
                    sync.err(),
                ];
                Err(errors.into_iter().flatten().collect())
            }
        }
    }

    /// The full JID, where the script gives the resource.
    pub fn full_jid(&self) -> Option<FullJid> {
        self.jid
            .to_bare()
            .with_resource_str(self.resource.as_deref()?)
            .ok()
    }
}

fn text(property: &Spanned<String>) -> String {
    property.value.clone()
}

fn read_jid(actor: &Actor) -> Result<Jid, ScriptError> {
    let property = actor.property(PropertyKey::Jid);
    let property = property.ok_or_else(|| Kind::MissingJid.at(actor.name.span))?;
    let bad = |error: jid::Error| Kind::BadJid {
        found: property.value.clone(),
        reason: error.to_string(),
    };
    let jid = Jid::new(&property.value).map_err(|error| bad(error).at(property.span))?;
    match mistake_in(actor, &jid) {
        None => Ok(jid),
        Some(kind) => Err(kind.at(property.span)),
    }
}

/// A client without a localpart is one that logs in by ANONYMOUS, which takes no password (RFC 4505).
fn mistake_in(actor: &Actor, jid: &Jid) -> Option<Kind> {
    match actor.role.value.address {
        Address::Domain if jid.node().is_some() || jid.is_full() => Some(Kind::NoDomain),
        Address::User
            if jid.node().is_none() && actor.property(PropertyKey::Password).is_some() =>
        {
            Some(Kind::MissingLocalpart)
        }
        Address::User | Address::Domain => None,
    }
}

fn read_secret(actor: &Actor) -> Result<Option<Password>, ScriptError> {
    let secret = actor.property(PropertyKey::Secret);
    let secret = secret.or(actor.property(PropertyKey::Password));
    match (secret, actor.role.value.stream) {
        (None, StreamKind::Component) => Err(Kind::MissingSecret.at(actor.name.span)),
        (secret, StreamKind::Client | StreamKind::Component) => {
            Ok(secret.map(|property| Password::from(property.value.as_str())))
        }
    }
}

fn read_port(actor: &Actor) -> Result<Option<u16>, ScriptError> {
    let Some(property) = actor.property(PropertyKey::ConnectPort) else {
        return Ok(None);
    };
    match property.value.parse() {
        Ok(0) | Err(_) => {
            let found = property.value.clone();
            Err(Kind::BadPort { found }.at(property.span))
        }
        Ok(port) => Ok(Some(port)),
    }
}

type Login = (Option<WebSocketUrl>, Option<TlsPolicy>, Option<Mechanism>);

/// How a client logs in, as far as it says so.
fn read_login(actor: &Actor) -> Result<Login, ScriptError> {
    let url = parsed(actor, PropertyKey::ConnectUrl, Kind::BadUrl)?;
    let tls = parsed(actor, PropertyKey::Tls, Kind::BadTls)?;
    let mechanism = parsed(actor, PropertyKey::Mechanism, Kind::BadMechanism)?;
    let certificate = actor.property(PropertyKey::Certificate);
    let key = actor.property(PropertyKey::Key);
    match (certificate, key) {
        (Some(lonely), None) => Err(Kind::MissingKey.at(lonely.span)),
        (None, Some(lonely)) => Err(Kind::MissingCertificate.at(lonely.span)),
        _ => Ok((url, tls, mechanism)),
    }
}

/// The meaning of a property, if it is given.
fn parsed<T: FromStr>(
    actor: &Actor,
    key: PropertyKey,
    wrong: impl Fn(String) -> Kind,
) -> Result<Option<T>, ScriptError>
where
    T::Err: ToString,
{
    let Some(property) = actor.property(key) else {
        return Ok(None);
    };
    let parsed = property.value.parse();
    parsed
        .map(Some)
        .map_err(|error: T::Err| wrong(error.to_string()).at(property.span))
}

fn read_resource(actor: &Actor) -> Result<Option<String>, ScriptError> {
    let Some(property) = actor.property(PropertyKey::Resource) else {
        return Ok(None);
    };
    let reason = match ResourcePart::new(&property.value) {
        Ok(resource) => return Ok(Some(resource.to_string())),
        Err(_) if property.value.is_empty() => "it is empty".to_owned(),
        Err(error) => error.to_string(),
    };
    Err(Kind::BadResource { reason }.at(property.span))
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections};

    fn said(actor: &str) -> Vec<(String, String)> {
        objections(&format!("{actor}\n---\nA connects\nA receives nothing\n"))
    }

    #[test]
    fn clients_need_a_jid_with_a_localpart_unless_they_are_anonymous() {
        assert_eq!(said("[Client] A\n\tjid: a@b\n\tpassword: c"), []);
        assert_eq!(said("[Client] A\n\tjid: a@b/c d"), []);
        assert_eq!(said("[Client] A\n\tjid: b"), []);
        assert_eq!(
            said("[Client] A\n\tjid: b\n\tpassword: c"),
            [at(
                "a client with a password needs a JID with a localpart",
                "b"
            )]
        );
        assert_eq!(said("[Client] A"), [at("an actor needs a `jid`", "A")]);
        assert_eq!(
            said("[Client] A\n\tjid: a@@b"),
            [at("`a@@b` is not a JID", "a@@b")]
        );
        assert_eq!(said("[Client] A\n\tjid:")[0].0, "`` is not a JID");
    }

    #[test]
    fn components_need_a_domain_and_a_secret() {
        assert_eq!(said("[Component] A\n\tjid: b\n\tsecret: c"), []);
        assert_eq!(said("[Component] A\n\tjid: b\n\tpassword: c"), []);
        assert_eq!(
            said("[Component] A\n\tjid: b"),
            [at("a component needs a `secret`", "A")]
        );
        for jid in ["a@b", "b/c"] {
            let text = format!("[Component] A\n\tjid: {jid}\n\tsecret: c");
            assert_eq!(
                said(&text),
                [at("the JID of a component must be a domain", jid)]
            );
        }
    }

    #[test]
    fn ports_and_resources() {
        let with = |line: &str| said(&format!("[Client] A\n\tjid: a@b\n\t{line}"));
        assert_eq!(with("connect_port: 65535"), []);
        for port in ["0", "65536", "http", "-1"] {
            assert_eq!(
                with(&format!("connect_port: {port}")),
                [at(&format!("`{port}` is not a port"), port)]
            );
        }
        assert_eq!(with("resource: c"), []);
        assert_eq!(with("resource:")[0].0, "this is not a resource");
    }
}
