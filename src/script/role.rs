//! The roles that an actor can have; a script calls them classes. All that sets one apart from another is said here, in
//! one table. Everything else asks a role what it is capable of, and not which one it is.

use super::property::{self, PropertyKey};
use super::sync::Sync;
use crate::xmpp::StreamKind;

/// A kind of actor.
#[derive(Debug, PartialEq, Eq)]
pub struct Role {
    /// The word between the brackets.
    pub keyword: &'static str,
    /// The kind of its stream, and so how it logs in.
    pub stream: StreamKind,
    /// The port that it connects to, where neither the script, the run nor DNS gives another one.
    pub port: u16,
    /// What its JID is.
    pub address: Address,
    /// Whether it logs in with an account of its server, if it has a password; users of one account have one password.
    pub has_account: bool,
    /// Whether it cannot do without a secret.
    pub needs_secret: bool,
    /// Whether each of its stanzas has to say whom it is from, as its server does not add that.
    pub names_sender: bool,
    /// How the order of the story is kept on its stream, where the cast does not say otherwise.
    pub sync: Sync,
    /// The properties that it may have, in the order in which they are listed for users.
    pub properties: &'static [&'static PropertyKey],
}

/// What an actor's JID is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Address {
    /// The JID of a user, bare or full, or the domain alone if the server gives the user a name (RFC 4505). The domain
    /// is the server's.
    User,
    /// A domain that the actor itself plays, all addresses in it included.
    Domain,
}

/// All roles. An actor of an unknown class is taken for one of the first.
pub static ROLES: &[Role] = &[
    // A user's client (RFC 6120). Its port is that of §14.7.
    Role {
        keyword: "Client",
        stream: StreamKind::Client,
        port: 5222,
        address: Address::User,
        has_account: true,
        needs_secret: false,
        names_sender: false,
        sync: Sync::Ping,
        properties: &[
            &property::JID,
            &property::PASSWORD,
            &property::RESOURCE,
            &property::CONNECT_HOST,
            &property::CONNECT_PORT,
            &property::CONNECT_URL,
            &property::TLS,
            &property::MECHANISM,
            &property::CERTIFICATE,
            &property::KEY,
            &property::SYNC,
            &property::IF,
        ],
    },
    // An external component (XEP-0114), which has to say `from` (§3). Its port is the one that servers commonly have;
    // the XEP names none.
    Role {
        keyword: "Component",
        stream: StreamKind::Component,
        port: 5347,
        address: Address::Domain,
        has_account: false,
        needs_secret: true,
        names_sender: true,
        sync: Sync::Ping,
        properties: &[
            &property::JID,
            &property::SECRET,
            &property::PASSWORD,
            &property::CONNECT_HOST,
            &property::CONNECT_PORT,
            &property::SYNC,
            &property::IF,
        ],
    },
];

/// The one that an actor of an unknown class is taken for.
impl Default for &'static Role {
    fn default() -> Self {
        &ROLES[0]
    }
}

impl Role {
    /// The role that a word between brackets names.
    pub fn of_keyword(word: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.keyword == word)
    }

    /// The default namespace of its stream.
    pub fn namespace(&self) -> &'static str {
        self.stream.namespace()
    }

    /// Whether an element of this name and namespace is a stanza on its stream (RFC 6120 §8).
    pub fn is_stanza(&self, name: &str, namespace: &str) -> bool {
        self.stream.is_stanza(name, namespace)
    }

    /// Whether it is a user of a server, which it can ask things, and whose domain is the server's.
    pub fn is_user(&self) -> bool {
        self.address == Address::User
    }

    /// Whether what is sent to any address in its domain comes to it.
    pub fn plays_domain(&self) -> bool {
        self.address == Address::Domain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_role_has_a_keyword_and_an_address() {
        for role in ROLES {
            assert_eq!(Role::of_keyword(role.keyword), Some(role));
            assert!(role.properties.contains(&&property::JID));
        }
        assert_eq!(Role::of_keyword("client"), None);
    }

    #[test]
    fn what_is_a_stanza_depends_on_the_stream() {
        let [client, component] =
            ["Client", "Component"].map(|word| Role::of_keyword(word).unwrap());
        assert!(client.is_stanza("iq", "jabber:client"));
        assert!(!component.is_stanza("iq", "jabber:client"));
        assert!(!client.is_stanza("r", "jabber:client"));
    }
}
