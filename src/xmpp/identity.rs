//! The identity that logs in, and its secret.

use std::fmt;

use minidom::Element;
use zeroize::Zeroize;

use crate::ns;

/// A password or a component's secret; it cannot be printed by accident, and is wiped from memory with its owner. The
/// text of the script that has it stays as long as the script.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Password(String);

impl Password {
    /// The secret itself, for a login that has to prove that it is known.
    pub(crate) fn reveal(&self) -> &str {
        &self.0
    }
}

impl Drop for Password {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<String> for Password {
    fn from(secret: String) -> Self {
        Self(secret)
    }
}

impl From<&str> for Password {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password([hidden])")
    }
}

/// The kinds of streams between a server and something that connects to it. The kind says how it logs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamKind {
    /// A user's client: SASL, and a resource that is bound (RFC 6120 §6 and §7).
    Client,
    /// An external component: a digest that proves the shared secret (XEP-0114 §3).
    Component,
}

impl StreamKind {
    /// The default namespace of such a stream.
    pub fn namespace(self) -> &'static str {
        match self {
            Self::Client => ns::CLIENT,
            Self::Component => ns::COMPONENT,
        }
    }

    /// Whether an element of this name and namespace is a stanza on such a stream (RFC 6120 §8).
    pub fn is_stanza(self, name: &str, namespace: &str) -> bool {
        namespace == self.namespace() && matches!(name, "message" | "presence" | "iq")
    }

    /// Whether an element is a stanza on such a stream.
    pub fn carries(self, element: &Element) -> bool {
        element.has_ns(self.namespace()) && self.is_stanza(element.name(), self.namespace())
    }
}

/// The identity that a connection is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The kind of stream it gets.
    pub stream: StreamKind,
    /// The name of a client's user; without one the login is anonymous. A component has none.
    pub localpart: Option<String>,
    /// The domain of a client's server, also the name that the server's certificate must have; of a component its own.
    pub domain: String,
    /// The resource that a client asks for; without one the server chooses.
    pub resource: Option<String>,
    /// A client's password, without which the login is anonymous, or the secret that a component shares with the
    /// server.
    pub secret: Option<Password>,
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(localpart) = &self.localpart {
            write!(f, "{localpart}@")?;
        }
        f.write_str(&self.domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let identity = Identity {
            stream: StreamKind::Client,
            localpart: Some("romeo".into()),
            domain: "localhost".into(),
            resource: None,
            secret: Some("rosaline".into()),
        };
        assert!(!format!("{identity:?}").contains("rosaline"));
        assert_eq!(identity.to_string(), "romeo@localhost");
    }
}
