//! What the properties of an actor say together, once they have been understood.

use jid::{FullJid, Jid};

use super::ast::Actor;
use super::error::{ScriptError, ScriptErrorKind as Kind};
use super::property::{self, Values};
use super::role::Address;
use super::sync::Sync;
use crate::xmpp::{Mechanism, Password, TlsPolicy, WebSocketUrl};

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
    /// The certificate that a client shows, and its key: paths, from the script's folder on.
    pub certificate: Option<(String, String)>,
    /// How the order of the story is kept where this actor is concerned.
    pub sync: Option<Sync>,
}

/// The profiles of a cast, as far as they can be read, and everything that is wrong with the others.
pub(crate) fn profiles(cast: &[Actor]) -> (Vec<(&Actor, Profile)>, Vec<ScriptError>) {
    let mut profiles = Vec::new();
    let mut errors = Vec::new();
    for actor in cast {
        match Profile::read(actor) {
            Ok(profile) => profiles.push((actor, profile)),
            Err(mistakes) => errors.extend(mistakes),
        }
    }
    (profiles, errors)
}

impl Profile {
    /// Reads the properties of an actor.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with them.
    pub fn read(actor: &Actor) -> Result<Self, Vec<ScriptError>> {
        let mut values = Values::default();
        let mut errors = Vec::new();
        for property in &actor.properties {
            if let Err(bad) = property.key.value.read(&property.value.value, &mut values) {
                errors.push(Kind::BadValue(bad).at(property.value.span));
            }
        }
        errors.extend(mistake_in_jid(actor, values.jid.as_ref()));
        errors.extend(missing_secret(actor));
        errors.extend(lonely_file(actor));
        match values.jid.take().filter(|_| errors.is_empty()) {
            Some(jid) => Ok(Self::of(jid, values)),
            None => Err(errors),
        }
    }

    fn of(jid: Jid, values: Values) -> Self {
        let Values {
            jid: _,
            password,
            resource,
            host,
            port,
            secret,
            url,
            tls,
            mechanism,
            certificate,
            key,
            sync,
        } = values;
        Self {
            resource: resource.or_else(|| jid.resource().map(ToString::to_string)),
            jid,
            secret: secret.or(password),
            host,
            port,
            url,
            tls,
            mechanism,
            certificate: certificate.zip(key),
            sync,
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

/// What is wrong with an actor's JID. A client without a localpart is one that logs in by ANONYMOUS, which takes no
/// password (RFC 4505).
fn mistake_in_jid(actor: &Actor, jid: Option<&Jid>) -> Option<ScriptError> {
    let Some(property) = actor.property(&property::JID) else {
        return Some(Kind::MissingJid.at(actor.name.span));
    };
    let jid = jid?;
    let has_password = actor.property(&property::PASSWORD).is_some();
    let kind = match actor.role.value.address {
        Address::Domain if jid.node().is_some() || jid.is_full() => Kind::NoDomain,
        Address::User if jid.node().is_none() && has_password => Kind::MissingLocalpart,
        Address::User | Address::Domain => return None,
    };
    Some(kind.at(property.span))
}

fn missing_secret(actor: &Actor) -> Option<ScriptError> {
    let either = [&property::SECRET, &property::PASSWORD];
    let has_one = either.iter().any(|key| actor.property(key).is_some());
    let is_missing = actor.role.value.needs_secret && !has_one;
    is_missing.then(|| Kind::MissingSecret.at(actor.name.span))
}

/// A certificate is of no use without its key, and the other way round.
fn lonely_file(actor: &Actor) -> Option<ScriptError> {
    let certificate = actor.property(&property::CERTIFICATE);
    match (certificate, actor.property(&property::KEY)) {
        (Some(lonely), None) => Some(Kind::MissingKey.at(lonely.span)),
        (None, Some(lonely)) => Some(Kind::MissingCertificate.at(lonely.span)),
        (Some(_), Some(_)) | (None, None) => None,
    }
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
