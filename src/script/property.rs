//! The properties that the actors of a cast can have: each is one entry, which says what it is called, how its value is
//! read, and what in there must not be shown. Which role may have which is said in `role.rs`, and what several say
//! together in `profile.rs`.

use std::fmt;
use std::str::FromStr;

use jid::{Jid, ResourcePart};
use thiserror::Error;

use super::sync::Sync;
use crate::xmpp::{Mechanism, Password, TlsPolicy, WebSocketUrl};

/// A property that an actor can have.
pub struct PropertyKey {
    /// The word before the colon.
    pub keyword: &'static str,
    /// What of its value must stay hidden.
    pub holds: Holds,
    read: Read,
}

type Read = fn(&str, &mut Values) -> Result<(), BadValue>;

/// What of a property's value must stay hidden.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Nothing; it is a name, which is shown even where a password reads the same.
    Name,
    /// All of it: it is a secret.
    Secret,
    /// The password in it, if there is one: it is a URL.
    Url,
    /// Nothing.
    Setting,
}

/// What an actor's properties say, one by one.
#[derive(Debug, Default)]
pub(super) struct Values {
    pub(super) jid: Option<Jid>,
    pub(super) password: Option<Password>,
    pub(super) resource: Option<String>,
    pub(super) host: Option<String>,
    pub(super) port: Option<u16>,
    pub(super) secret: Option<Password>,
    pub(super) url: Option<WebSocketUrl>,
    pub(super) tls: Option<TlsPolicy>,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) certificate: Option<String>,
    pub(super) key: Option<String>,
    pub(super) sync: Option<Sync>,
}

/// Why a text cannot be the value of a property.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct BadValue {
    message: String,
    /// A few words for the caret.
    pub(super) label: Option<String>,
    /// What to write instead.
    pub(super) help: Option<&'static str>,
}

/// A client's bare or full JID, or a component's domain.
pub static JID: PropertyKey = PropertyKey {
    keyword: "jid",
    holds: Holds::Name,
    read: |text, values| {
        let jid = Jid::new(text).map_err(|error| BadValue {
            message: format!("`{text}` is not a JID"),
            label: Some(error.to_string()),
            help: Some("a JID is written `localpart@domain` or `localpart@domain/resource`"),
        });
        put(&mut values.jid, jid)
    },
};

/// A client's password; for a component the same as [`SECRET`].
pub static PASSWORD: PropertyKey = PropertyKey {
    keyword: "password",
    holds: Holds::Secret,
    read: |text, values| put(&mut values.password, Ok(Password::from(text))),
};

/// The resource to bind; it wins over the one in the JID.
pub static RESOURCE: PropertyKey = PropertyKey {
    keyword: "resource",
    holds: Holds::Name,
    read: |text, values| {
        let resource = ResourcePart::new(text).map_err(|error| BadValue {
            message: "this is not a resource".to_owned(),
            label: Some(match text.is_empty() {
                true => "it is empty".to_owned(),
                false => error.to_string(),
            }),
            help: None,
        });
        let resource = resource.map(|resource| resource.to_string());
        put(&mut values.resource, resource)
    },
};

/// The host to connect to instead of the one DNS gives.
pub static CONNECT_HOST: PropertyKey = PropertyKey {
    keyword: "connect_host",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.host, Ok(text.to_owned())),
};

/// The port to connect to.
pub static CONNECT_PORT: PropertyKey = PropertyKey {
    keyword: "connect_port",
    holds: Holds::Setting,
    read: |text, values| {
        let port = text.parse::<u16>().ok().filter(|port| *port != 0);
        let port = port.ok_or_else(|| BadValue {
            message: format!("`{text}` is not a port"),
            label: None,
            help: Some("a port is a number from 1 to 65535"),
        });
        put(&mut values.port, port)
    },
};

/// A component's shared secret.
pub static SECRET: PropertyKey = PropertyKey {
    keyword: "secret",
    holds: Holds::Secret,
    read: |text, values| put(&mut values.secret, Ok(Password::from(text))),
};

/// The WebSocket that a client connects to.
pub static CONNECT_URL: PropertyKey = PropertyKey {
    keyword: "connect_url",
    holds: Holds::Url,
    read: |text, values| put(&mut values.url, parsed(text)),
};

/// When a client uses TLS, and how it begins.
pub static TLS: PropertyKey = PropertyKey {
    keyword: "tls",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.tls, parsed(text)),
};

/// The SASL mechanism that a client must use.
pub static MECHANISM: PropertyKey = PropertyKey {
    keyword: "mechanism",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.mechanism, parsed(text)),
};

/// The file with the certificate that a client shows to the server (PEM).
pub static CERTIFICATE: PropertyKey = PropertyKey {
    keyword: "certificate",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.certificate, Ok(text.to_owned())),
};

/// The file with the key of that certificate (PEM).
pub static KEY: PropertyKey = PropertyKey {
    keyword: "key",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.key, Ok(text.to_owned())),
};

/// Whether the runner may ping over the actor's stream to keep the order of the story.
pub static SYNC: PropertyKey = PropertyKey {
    keyword: "sync",
    holds: Holds::Setting,
    read: |text, values| put(&mut values.sync, parsed(text)),
};

/// The column of the table by which the actor takes part or not; a play has it no more.
pub static IF: PropertyKey = PropertyKey {
    keyword: "if",
    holds: Holds::Setting,
    read: |_, _| Ok(()),
};

impl PropertyKey {
    /// Takes up what the text after the colon says.
    pub(super) fn read(&self, text: &str, values: &mut Values) -> Result<(), BadValue> {
        (self.read)(text, values)
    }
}

/// Two are the same if they are called the same.
impl PartialEq for PropertyKey {
    fn eq(&self, other: &Self) -> bool {
        self.keyword == other.keyword
    }
}

impl Eq for PropertyKey {}

impl fmt::Debug for PropertyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.keyword)
    }
}

fn put<T>(place: &mut Option<T>, value: Result<T, BadValue>) -> Result<(), BadValue> {
    *place = Some(value?);
    Ok(())
}

/// The meaning of a text the errors of which say themselves what to write.
fn parsed<T: FromStr>(text: &str) -> Result<T, BadValue>
where
    T::Err: ToString,
{
    text.parse().map_err(|error: T::Err| BadValue {
        message: error.to_string(),
        label: None,
        help: None,
    })
}
