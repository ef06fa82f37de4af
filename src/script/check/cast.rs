//! The properties of actors.

use jid::{FullJid, Jid, ResourcePart};

use crate::script::ast::{Actor, Class, PropertyKey};
use crate::script::complaints::Complaints;
use crate::script::error::ScriptErrorKind as Kind;
use crate::source::Spanned;

/// Checks the properties of one actor.
pub(super) fn check(actor: &Actor, complaints: &mut Complaints) {
    match actor.property(PropertyKey::Jid) {
        Some(jid) => check_jid(actor, jid, complaints),
        None => complaints.push(Kind::MissingJid.at(actor.name.span)),
    }
    if actor.class.value == Class::Component && !has_secret(actor) {
        complaints.push(Kind::MissingSecret.at(actor.name.span));
    }
    check_port(actor, complaints);
    check_resource(actor, complaints);
}

/// The full JID of an actor whose resource is given in the script.
pub(super) fn full_jid(actor: &Actor) -> Option<FullJid> {
    let jid = Jid::new(&actor.property(PropertyKey::Jid)?.value).ok()?;
    match actor.property(PropertyKey::Resource) {
        Some(resource) => jid.to_bare().with_resource_str(&resource.value).ok(),
        None => jid.try_into_full().ok(),
    }
}

fn check_jid(actor: &Actor, text: &Spanned<String>, complaints: &mut Complaints) {
    let mistake = match Jid::new(&text.value) {
        Ok(jid) => mistake_in(actor, &jid),
        Err(error) => Some(Kind::BadJid {
            found: text.value.clone(),
            reason: error.to_string(),
        }),
    };
    if let Some(kind) = mistake {
        complaints.push(kind.at(text.span));
    }
}

/// A client without a localpart is one that logs in by ANONYMOUS, which takes no password (RFC 4505).
fn mistake_in(actor: &Actor, jid: &Jid) -> Option<Kind> {
    match actor.class.value {
        Class::Component if jid.node().is_some() || jid.is_full() => Some(Kind::NoDomain),
        Class::Client
            if jid.node().is_none() && actor.property(PropertyKey::Password).is_some() =>
        {
            Some(Kind::MissingLocalpart)
        }
        Class::Client | Class::Component => None,
    }
}

fn has_secret(actor: &Actor) -> bool {
    [PropertyKey::Secret, PropertyKey::Password]
        .into_iter()
        .any(|key| actor.property(key).is_some())
}

fn check_port(actor: &Actor, complaints: &mut Complaints) {
    if let Some(port) = actor.property(PropertyKey::ConnectPort)
        && !port.value.parse().is_ok_and(|number: u16| number > 0)
    {
        complaints.push(
            Kind::BadPort {
                found: port.value.clone(),
            }
            .at(port.span),
        );
    }
}

fn check_resource(actor: &Actor, complaints: &mut Complaints) {
    let Some(resource) = actor.property(PropertyKey::Resource) else {
        return;
    };
    let reason = match ResourcePart::new(&resource.value) {
        Ok(_) => return,
        Err(_) if resource.value.is_empty() => "it is empty".to_owned(),
        Err(error) => error.to_string(),
    };
    complaints.push(Kind::BadResource { reason }.at(resource.span));
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
