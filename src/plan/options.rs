//! What the user can say about all scripts of a run.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::rename::Renaming;
use crate::claims::Claims;
use crate::clauses::Level;
use crate::matcher::ChildOrder;
use crate::script::Sync;
use crate::xmpp::{Mechanism, Password, TlsPolicy, WebSocketUrl};

/// What is said on the command line and wins over what the scripts say.
#[derive(Debug, Clone, Default)]
pub struct PlanOptions {
    /// Where to connect every actor; none to go by the script and DNS.
    pub server: Option<HostPort>,
    /// Where to connect actors that begin with TLS; none to take `server` for them, too.
    pub direct_tls_server: Option<HostPort>,
    /// The WebSocket for clients; none to connect over TCP, unless an actor says otherwise.
    pub websocket: Option<WebSocketUrl>,
    /// When TLS is used, by actors for which the cast does not say it.
    pub tls: TlsPolicy,
    /// The only mechanism that will do, for actors with a password for which the cast does not say it.
    pub mechanism: Option<Mechanism>,
    /// The password of all clients that have one in the scripts; none to go by the scripts.
    pub password: Option<Password>,
    /// What else the JIDs of the scripts are called.
    pub renaming: Renaming,
    /// What the names stand for that scripts have without capturing them: `unique`, and whatever else is known.
    pub given: BTreeMap<String, String>,
    /// Where to connect components, which servers listen for on a port of its own.
    pub component_server: Option<HostPort>,
    /// The passwords of accounts that are there whatever scripts say, by their bare JIDs.
    pub standing: BTreeMap<String, Password>,
    /// Which stanza a `receives` may take; none to go by the tag `## strict`.
    pub receiving: Option<Receiving>,
    /// Whether nothing may be left that no step takes, also where a script does not have the tag `## complete`.
    pub complete: bool,
    /// How the order of the story is kept; none to go by the tag `## sync`.
    pub sync: Option<Sync>,
    /// Whether children of strict elements have an order; none to go by the tag `## child-order`.
    pub child_order: Option<ChildOrder>,
    /// How elements are compared that do not say it; none to go by the tag `## matching`.
    pub matching: Option<DefaultMode>,
    /// What the script claims, with the levels of its clauses; none where no index has been asked.
    pub claims: Option<Claims>,
    /// Whether it is a failure to depart from what is only recommended.
    pub enforced: Enforced,
}

/// From which level on it is a failure if a clause is broken.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforced {
    /// What is required; what is recommended makes a deviation.
    #[default]
    Must,
    /// What is recommended, too.
    Should,
}

impl Enforced {
    /// The least strict level that makes a failure.
    pub fn level(self) -> Level {
        match self {
            Self::Must => Level::Must,
            Self::Should => Level::Should,
        }
    }
}

/// How elements are compared that do not say it themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DefaultMode {
    /// Those of the stream's namespace are non-strict, all others strict.
    ByNamespace,
    /// All are non-strict.
    Open,
}

/// Which stanza a `receives` may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Receiving {
    /// The first one that matches; those before it stay for later.
    FirstMatch,
    /// The next one, which must match.
    Next,
}

/// A host, and perhaps a port: `example.org`, `127.0.0.1:5222`, `[::1]:5222`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostPort {
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: Option<u16>,
}

/// Why a text is not a host and port.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum HostPortError {
    /// There is no host.
    #[error("there is no host; give HOST or HOST:PORT, for example localhost:5222")]
    NoHost,
    /// The port is not a number from 1 to 65535.
    #[error("{0:?} is not a port; give a number from 1 to 65535")]
    Port(String),
    /// It is a URL.
    #[error("this is a URL; give HOST or HOST:PORT, for example localhost:5222")]
    Url,
    /// A bracket is open.
    #[error("an IPv6 address with a port is written [ADDRESS]:PORT, for example [::1]:5222")]
    Brackets,
}

impl FromStr for HostPort {
    type Err = HostPortError;

    fn from_str(text: &str) -> Result<Self, HostPortError> {
        if text.contains("://") {
            return Err(HostPortError::Url);
        }
        let (host, port) = split(text)?;
        if host.is_empty() {
            return Err(HostPortError::NoHost);
        }
        let port = port.map(parse_port).transpose()?;
        let host = host.to_owned();
        Ok(Self { host, port })
    }
}

fn split(text: &str) -> Result<(&str, Option<&str>), HostPortError> {
    if let Some(rest) = text.strip_prefix('[') {
        let (host, rest) = rest.split_once(']').ok_or(HostPortError::Brackets)?;
        return match rest.strip_prefix(':') {
            Some(port) => Ok((host, Some(port))),
            None if rest.is_empty() => Ok((host, None)),
            None => Err(HostPortError::Brackets),
        };
    }
    match text.split_once(':') {
        // More than one colon without brackets: an IPv6 address alone.
        Some((_, rest)) if rest.contains(':') => Ok((text, None)),
        Some((host, port)) => Ok((host, Some(port))),
        None => Ok((text, None)),
    }
}

fn parse_port(text: &str) -> Result<u16, HostPortError> {
    match text.parse() {
        Ok(port) if port != 0 => Ok(port),
        _ => Err(HostPortError::Port(text.to_owned())),
    }
}

impl fmt::Display for HostPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.port {
            None => f.write_str(&self.host),
            Some(port) if self.host.contains(':') => write!(f, "[{}]:{port}", self.host),
            Some(port) => write!(f, "{}:{port}", self.host),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_host_port(text: &str, host: &str, port: Option<u16>) {
        let read: HostPort = text.parse().unwrap();
        assert_eq!((read.host.as_str(), read.port), (host, port));
    }

    #[test]
    fn host_and_port_are_read_apart() {
        assert_host_port("localhost", "localhost", None);
        assert_host_port("localhost:5222", "localhost", Some(5222));
        assert_host_port("::1", "::1", None);
        assert_host_port("[::1]", "::1", None);
        assert_host_port("[::1]:15222", "::1", Some(15222));
    }

    #[test]
    fn what_is_no_host_and_port_says_why() {
        let error = |text: &str| text.parse::<HostPort>().unwrap_err();
        assert_eq!(error(""), HostPortError::NoHost);
        assert_eq!(error(":5222"), HostPortError::NoHost);
        assert_eq!(error("localhost:"), HostPortError::Port(String::new()));
        assert_eq!(error("localhost:0"), HostPortError::Port("0".into()));
        assert_eq!(
            error("localhost:65536"),
            HostPortError::Port("65536".into())
        );
        assert_eq!(error("[::1"), HostPortError::Brackets);
        assert_eq!(error("[::1]5222"), HostPortError::Brackets);
        assert_eq!(error("http://localhost"), HostPortError::Url);
    }
}
