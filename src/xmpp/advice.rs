//! What to try where a connection did not come about.

use super::closed::Closed;
use super::error::{ConnectError, ConnectErrorKind, Door, LoginStep};
use super::greeting::Protocol;
use super::mechanism::{Mechanism, Takes};
use super::sasl::{Binding, Credentials};
use super::tls::TlsError;

impl ConnectError {
    /// What the user could try, as a lower-case fragment.
    pub fn advice(&self) -> Option<String> {
        if let Some(other) = self.other_protocol() {
            return Some(self.port_advice(other.protocol));
        }
        let advice = match &self.kind {
            ConnectErrorKind::Dial(error) => return error.advice(self.door.option()),
            ConnectErrorKind::Tls(TlsError::Handshake { .. }) | ConnectErrorKind::Timeout(_)
                if self.step == LoginStep::DirectTls && self.heard.is_none() =>
            {
                return Some(self.direct_tls_advice());
            }
            ConnectErrorKind::Tls(error) => return error.advice(),
            ConnectErrorKind::WebSocket(error) => return error.advice(),
            ConnectErrorKind::Refused(_) => return self.refusal_advice(),
            ConnectErrorKind::LoginRefused { refusal, mechanism } => {
                return Some(login_advice(&refusal.condition, *mechanism));
            }
            ConnectErrorKind::PlaintextRefused => {
                "turn on TLS at the server, or give --allow-plaintext"
            }
            ConnectErrorKind::NoMechanism {
                wanted: Some(wanted),
                credentials,
                ..
            } => return Some(wanted_advice(*wanted, *credentials)),
            ConnectErrorKind::NoMechanism { credentials, .. } => {
                return Some(mechanism_advice(*credentials));
            }
            ConnectErrorKind::Timeout(_) if self.is_at_first_word() => {
                return Some(format!(
                    "is this the port for XMPP? try {}; if the server is only slow, a longer --timeout",
                    self.door.option()
                ));
            }
            ConnectErrorKind::Timeout(_) => "is the server overloaded? try a longer --timeout",
            ConnectErrorKind::Closed(closed) => return self.closed_advice(closed),
            ConnectErrorKind::Protocol(_) => return None,
        };
        Some(advice.to_owned())
    }

    /// What leads to the right port, where something else is known to be at this one.
    fn port_advice(&self, protocol: Protocol) -> String {
        let option = self.door.option();
        match (protocol, self.door) {
            (Protocol::Tls, Door::Client) => {
                format!(
                    "begin with TLS, by `--tls direct` or the actor's `tls: direct`; or try {option}"
                )
            }
            (Protocol::Tls, Door::Component) => {
                format!("components connect without TLS: try {option}")
            }
            (Protocol::Xmpp, Door::Client) => format!(
                "this port does not begin with TLS: give `--tls starttls`, or the actor `tls: starttls`; or try {option}"
            ),
            (Protocol::Http, Door::Client) => {
                format!(
                    "XMPP has a port of its own, by default 5222: try {option}; or --transport for a WebSocket"
                )
            }
            (Protocol::Http, Door::WebSocket) => "try `ws` in the place of `wss`".to_owned(),
            (_, Door::Client) => {
                format!("clients have a port of their own, by default 5222: try {option}")
            }
            (_, Door::Component) => {
                format!("components have a port of their own, often 5347: try {option}")
            }
            (_, Door::WebSocket) => format!("is this the port for HTTP? try {option}"),
        }
    }

    /// Whether the server has not opened any stream yet.
    fn is_at_first_word(&self) -> bool {
        self.step == LoginStep::StreamHeader && self.heard.is_none()
    }

    fn direct_tls_advice(&self) -> String {
        match self.door {
            Door::WebSocket => "is it `ws` rather than `wss`?".to_owned(),
            Door::Client | Door::Component => format!(
                "does this port begin with TLS (XEP-0368)? try {}, or `--tls starttls`",
                self.door.option()
            ),
        }
    }

    fn refusal_advice(&self) -> Option<String> {
        let advice = match self.step {
            LoginStep::Handshake => "check the component's `secret:`, and that the server knows it",
            LoginStep::Bind => "check the actor's `resource:`",
            LoginStep::Dial
            | LoginStep::DirectTls
            | LoginStep::WebSocket
            | LoginStep::StreamHeader
            | LoginStep::Features
            | LoginStep::StartTls
            | LoginStep::Authenticate
            | LoginStep::Session => return None,
        };
        Some(advice.to_owned())
    }

    fn closed_advice(&self, closed: &Closed) -> Option<String> {
        let option = self.door.option();
        match closed {
            Closed::NotXmpp(_) | Closed::ConnectionLost(_) if self.is_at_first_word() => {
                Some(format!("is this the port for XMPP? try {option}"))
            }
            Closed::StreamError { condition, text } => {
                stream_error_advice(condition, text.as_deref(), self.door)
            }
            Closed::NotXmpp(_)
            | Closed::ConnectionLost(_)
            | Closed::ByPeer
            | Closed::NotTaken(_) => None,
        }
    }
}

/// What helps against a condition by which a server ends a stream (RFC 6120 §4.9.3).
fn stream_error_advice(condition: &str, text: Option<&str>, door: Door) -> Option<String> {
    let advice = match (condition, door) {
        ("see-other-host", Door::Client) => return text.map(|host| format!("try --server {host}")),
        ("see-other-host", Door::Component) => {
            return text.map(|host| format!("try --component-server {host}"));
        }
        ("host-unknown", Door::Component) => {
            "check the component's `jid:`, and that the server has a component of this name"
        }
        ("host-unknown", _) => {
            "check the domain in the actor's `jid:`; `--domain` takes another one for `localhost`"
        }
        ("conflict", Door::Component) => "does another connection play this component already?",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What helps against a condition by which a server refuses a login by a mechanism (RFC 6120 §6.5).
fn login_advice(condition: &str, mechanism: Mechanism) -> String {
    let advice = match (condition, mechanism.takes()) {
        ("account-disabled" | "credentials-expired", _) => {
            "let the server have the account again; its log may tell more"
        }
        ("encryption-required" | "mechanism-too-weak", _) => {
            "give `--tls starttls`, or another `mechanism:` or --mechanism"
        }
        ("temporary-auth-failure", _) => {
            "the server cannot look it up just now; its log may tell more"
        }
        (_, Takes::Certificate) => {
            "check that the server trusts the actor's `certificate:`, and which account it has for it"
        }
        (_, Takes::Nothing) => "let the server take anonymous logins at this domain",
        (_, Takes::Password) if mechanism.binds() => return bound_advice(mechanism),
        (_, Takes::Password) => {
            "check the actor's `password:`, and that the account exists; on a server of your own `--accounts register` \
             makes the accounts for the run"
        }
    };
    advice.to_owned()
}

fn wanted_advice(wanted: Mechanism, credentials: Credentials) -> String {
    match wanted.takes() {
        Takes::Certificate => format!(
            "{wanted} needs TLS, and the actor's `certificate:` and `key:`; let the server ask for certificates"
        ),
        Takes::Nothing => {
            format!("let the server offer {wanted}, which is for actors without `password:`")
        }
        Takes::Password if wanted.binds() && credentials.binding != Binding::Possible => {
            binding_advice(wanted, credentials.binding)
        }
        Takes::Password => {
            let password = match credentials.password {
                true => "",
                false => "give the actor a `password:`, ",
            };
            format!(
                "let the server offer {wanted}, {password}or name another `mechanism:` or --mechanism"
            )
        }
    }
}

/// What to try where there is nothing to bind to.
fn binding_advice(bound: Mechanism, binding: Binding) -> String {
    let other = match binding {
        Binding::NoHash => "give the server a certificate with a signature by RSA or ECDSA",
        Binding::WithoutTls | Binding::Possible => {
            "give `--tls starttls` or `--tls direct`, or the actor another `tls:`"
        }
    };
    format!("{other}, or {}", unbound_advice(bound))
}

fn bound_advice(bound: Mechanism) -> String {
    format!(
        "check the actor's `password:`; a server that knows only other bindings, or sits behind a proxy with a \
         certificate of its own, refuses as well: {}",
        unbound_advice(bound)
    )
}

fn unbound_advice(bound: Mechanism) -> String {
    let unbound = bound.unbound().unwrap_or(bound);
    format!("try {unbound} as `mechanism:` or --mechanism, which does not bind")
}

fn mechanism_advice(credentials: Credentials) -> String {
    match credentials {
        Credentials { password: true, .. } => {
            format!("let the server offer {}", taking(Takes::Password))
        }
        Credentials {
            certificate: true, ..
        } => format!(
            "let the server offer {}, or give the actor a `password:`",
            taking(Takes::Certificate)
        ),
        _ => format!(
            "give the actor a `password:`, or let the server offer {}",
            taking(Takes::Nothing)
        ),
    }
}

/// The mechanisms that take this and do not bind, for a sentence.
fn taking(takes: Takes) -> String {
    let mechanisms = Mechanism::ALL.into_iter();
    let names = mechanisms.filter(|mechanism| mechanism.takes() == takes && !mechanism.binds());
    let names: Vec<&str> = names.map(Mechanism::name).collect();
    match names.as_slice() {
        [others @ .., last] if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        names => names.concat(),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::error::tests::error;
    use super::super::refusal::Refusal;
    use super::*;

    /// What is told, and what is advised, where this speaks at the port.
    fn told(door: Door, step: LoginStep, protocol: Protocol) -> (String, String) {
        let kind = match protocol {
            Protocol::ForClients | Protocol::ForComponents | Protocol::ForServers => {
                ConnectErrorKind::Closed(Closed::StreamError {
                    condition: "host-unknown".into(),
                    text: None,
                })
            }
            _ => ConnectErrorKind::Timeout(Duration::from_secs(5)),
        };
        let error = ConnectError {
            door,
            heard: Some(protocol.into()),
            ..error(step, kind)
        };
        let told = error.to_string();
        let told = told.rsplit(": ").next().unwrap().to_owned();
        (told, error.advice().unwrap())
    }

    #[test]
    fn the_wrong_port_is_told_with_the_way_to_the_right_one() {
        use LoginStep::{DirectTls, StreamHeader};
        use Protocol::{ForClients, ForComponents, ForServers, Http, Ssh, Tls, Xmpp};
        for (door, step, protocol, words, advice) in [
            (
                Door::Component,
                StreamHeader,
                ForClients,
                "XMPP for clients",
                "--component-server HOST:PORT",
            ),
            (
                Door::Client,
                StreamHeader,
                ForComponents,
                "XMPP for components",
                "5222: try --server HOST:PORT",
            ),
            (
                Door::Client,
                StreamHeader,
                ForServers,
                "XMPP for other servers",
                "5222: try --server HOST:PORT",
            ),
            (
                Door::Component,
                StreamHeader,
                ForServers,
                "XMPP for other servers",
                "5347: try --component-server",
            ),
            (Door::Client, StreamHeader, Tls, "TLS", "`--tls direct`"),
            (
                Door::Component,
                StreamHeader,
                Tls,
                "TLS",
                "components connect without TLS",
            ),
            (Door::Client, DirectTls, Xmpp, "XMPP", "`--tls starttls`"),
            (Door::Client, StreamHeader, Http, "HTTP", "--transport"),
            (
                Door::Component,
                StreamHeader,
                Http,
                "HTTP",
                "--component-server HOST:PORT",
            ),
            (Door::WebSocket, DirectTls, Http, "HTTP", "`ws`"),
            (Door::Client, DirectTls, Ssh, "SSH", "--server HOST:PORT"),
        ] {
            let told = told(door, step, protocol);
            assert!(
                told.0.ends_with(&format!("; {words} answers at this port")),
                "{told:?}"
            );
            assert!(told.1.contains(advice), "{told:?}");
        }
    }

    #[test]
    fn what_was_asked_for_is_no_other_protocol() {
        let cannot = ConnectErrorKind::Tls(TlsError::Handshake {
            domain: "localhost".into(),
            reason: "certificate verify failed".into(),
            verification: crate::xmpp::tls::Verification::On,
        });
        let error = ConnectError {
            heard: Some(Protocol::Tls.into()),
            ..error(LoginStep::DirectTls, cannot)
        };
        assert!(error.to_string().ends_with("verify failed"), "{error}");
        assert!(error.advice().unwrap().contains("--ca FILE"));
    }

    #[test]
    fn advice_goes_by_what_was_refused() {
        let refusal = |condition: &str| Refusal {
            condition: condition.to_owned(),
            text: None,
        };
        for (condition, mechanism, advice) in [
            ("not-authorized", Mechanism::Plain, "--accounts register"),
            ("not-authorized", Mechanism::External, "`certificate:`"),
            ("not-authorized", Mechanism::Anonymous, "anonymous logins"),
            ("not-authorized", Mechanism::ScramSha1Plus, "other bindings"),
            ("account-disabled", Mechanism::Plain, "the account again"),
            ("encryption-required", Mechanism::Plain, "--tls starttls"),
            ("temporary-auth-failure", Mechanism::Plain, "just now"),
        ] {
            let refusal = refusal(condition);
            let kind = ConnectErrorKind::LoginRefused { refusal, mechanism };
            let told = error(LoginStep::Authenticate, kind).advice();
            assert!(told.as_ref().unwrap().contains(advice), "{told:?}");
        }
        for (step, advice) in [
            (LoginStep::Handshake, "`secret:`"),
            (LoginStep::Bind, "`resource:`"),
        ] {
            let told = error(step, ConnectErrorKind::Refused(refusal("conflict"))).advice();
            assert!(told.as_ref().unwrap().contains(advice), "{told:?}");
        }
        for (door, condition, advice) in [
            (Door::Client, "host-unknown", "`--domain`"),
            (Door::Component, "host-unknown", "a component of this name"),
            (Door::Component, "conflict", "another connection"),
        ] {
            let told = stream_error_advice(condition, None, door);
            assert!(told.as_ref().unwrap().contains(advice), "{told:?}");
        }
    }
}
