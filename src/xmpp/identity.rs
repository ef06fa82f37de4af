//! Who logs in, and with which secret.

use std::fmt;

use zeroize::Zeroize;

/// A password or a component's secret; it cannot be printed by accident, and is wiped from memory with its owner. The
/// text of the script that has it stays as long as the script.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Password(String);

impl Password {
    /// The secret itself, for whoever has to prove that it is known.
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

/// Whom a connection is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// A user's client (RFC 6120).
    Client {
        /// The user's name; without one the login is anonymous.
        localpart: Option<String>,
        /// The server's domain, also the name its certificate must have.
        domain: String,
        /// The resource to ask for; without one the server chooses.
        resource: Option<String>,
        /// The password; without one the login is anonymous.
        password: Option<Password>,
    },
    /// An external component (XEP-0114).
    Component {
        /// The component's domain.
        domain: String,
        /// The secret it shares with the server.
        secret: Password,
    },
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Client {
                localpart: Some(localpart),
                domain,
                ..
            } => write!(f, "{localpart}@{domain}"),
            Self::Client { domain, .. } | Self::Component { domain, .. } => f.write_str(domain),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_never_printed() {
        let identity = Identity::Client {
            localpart: Some("romeo".into()),
            domain: "localhost".into(),
            resource: None,
            password: Some("rosaline".into()),
        };
        assert!(!format!("{identity:?}").contains("rosaline"));
        assert_eq!(identity.to_string(), "romeo@localhost");
    }
}
