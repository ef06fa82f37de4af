//! From a name to a connected transport.
//!
//! A domain is looked up as RFC 6120 §3.2 says, a host is taken as it is. Every address is tried in turn, and an error
//! tells the result of each attempt. Nothing here speaks XMPP.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use futures::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::proto::rr::rdata::SRV;
use hickory_resolver::proto::rr::{Name, RData};
use thiserror::Error;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};

use super::tcp::QuickAck;
use super::transport::Transport;
use super::websocket::WebSocketUrl;
use crate::open_files::{self, Limit};

/// What to connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// This host and this port.
    Host {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// The WebSocket at this URL (RFC 7395).
    WebSocket(WebSocketUrl),
    /// The servers of a domain.
    Domain {
        /// The domain.
        domain: String,
        /// The port of the domain itself, when there are no SRV records.
        default_port: u16,
        /// The service of the SRV records, such as `_xmpp-client._tcp`.
        service: &'static str,
        /// Another service, for the same, whose servers begin with TLS (XEP-0368).
        direct_tls_service: Option<&'static str>,
    },
}

impl Endpoint {
    /// Whether it is a WebSocket.
    pub fn is_websocket(&self) -> bool {
        matches!(self, Self::WebSocket(_))
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { host, port } => write!(f, "{}", Target::new(host, *port)),
            Self::WebSocket(url) => write!(f, "{url}"),
            Self::Domain { domain, .. } => f.write_str(domain),
        }
    }
}

/// The server at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Peer {
    /// Its address, for messages.
    pub address: String,
    /// Whether it is this machine, so that no other machine can listen in.
    pub loopback: bool,
}

impl From<SocketAddr> for Peer {
    fn from(address: SocketAddr) -> Self {
        Self {
            address: address.to_string(),
            loopback: address.ip().to_canonical().is_loopback(),
        }
    }
}

/// A connection that has been made.
pub struct Dialed {
    /// What carries the stream.
    pub transport: Box<dyn Transport>,
    /// The server at the other end.
    pub peer: Peer,
    /// Whether the DNS says that the server begins with TLS (XEP-0368).
    pub begins_with_tls: bool,
}

/// A way to connect: TCP, or a pipe in tests.
///
/// An implementation gives up by itself after a while; its caller does not watch the clock for it.
pub trait Dial: Send + Sync {
    /// Connects to an endpoint.
    fn dial<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Dialed, DialError>>;
}

/// Why no connection was made.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DialError {
    /// The domain says in the DNS that it does not have the service.
    #[error("{domain} does not offer {service} (its SRV record says so)")]
    NotOffered {
        /// The domain.
        domain: String,
        /// The service.
        service: String,
    },
    /// Nothing that was tried answered.
    #[error("{}", unreachable(endpoint, attempts))]
    Unreachable {
        /// What was dialled.
        endpoint: String,
        /// What was tried, in order.
        attempts: Vec<Attempt>,
    },
}

impl DialError {
    /// Whether it is that no more files could be opened.
    pub(super) fn is_of_open_files(&self) -> bool {
        let out_of_files = |attempt: &Attempt| attempt.failure == AttemptFailure::OpenFiles;
        matches!(self, Self::Unreachable { attempts, .. } if attempts.iter().any(out_of_files))
    }

    /// What the user could try; an option leads elsewhere.
    pub fn advice(&self, option: &str) -> Option<String> {
        let advice = match self {
            Self::NotOffered { .. } => format!("try {option}"),
            Self::Unreachable { .. } if self.is_of_open_files() => Limit::ours().advice(None),
            Self::Unreachable { attempts, .. } if attempts.iter().any(Attempt::is_without_dns) => {
                format!("check the DNS of this machine, or try {option} with an address")
            }
            Self::Unreachable { attempts, .. } if attempts.iter().all(Attempt::is_unresolved) => {
                format!("check the name, or try {option}")
            }
            Self::Unreachable { attempts, .. } if attempts.iter().any(Attempt::is_refused_here) => {
                format!(
                    "is the server running? try {option}; `--launch prosody` starts one for the run, if it is installed"
                )
            }
            Self::Unreachable { .. } => format!("is the server running? try {option}"),
        };
        Some(advice)
    }
}

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// A name with a port, or an address with a port.
    pub target: String,
    /// Its result.
    pub failure: AttemptFailure,
}

impl Attempt {
    fn is_without_dns(&self) -> bool {
        matches!(self.failure, AttemptFailure::NoDns(_))
    }

    fn is_unresolved(&self) -> bool {
        matches!(self.failure, AttemptFailure::Unresolved(_))
    }

    /// Whether it is this machine that has no program at the port.
    fn is_refused_here(&self) -> bool {
        let address = self.target.parse::<SocketAddr>();
        let is_here = address.is_ok_and(|address| Peer::from(address).loopback);
        is_here && self.failure == AttemptFailure::Refused
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.target, self.failure)
    }
}

/// The result of an attempt to connect.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AttemptFailure {
    /// The name does not have an address.
    #[error("no address found ({0})")]
    Unresolved(String),
    /// The DNS could not be asked.
    #[error("the DNS gives no answer ({0})")]
    NoDns(String),
    /// This process may open no more files.
    #[error("too many open files")]
    OpenFiles,
    /// No program listens there.
    #[error("connection refused")]
    Refused,
    /// No answer came in time.
    #[error("no answer in time")]
    TimedOut,
    /// Anything else.
    #[error("{0}")]
    Failed(String),
}

impl AttemptFailure {
    /// What a failed lookup means. The system's resolver tells the kinds of failure apart by its words alone (EAI_AGAIN
    /// of POSIX).
    fn of_lookup(error: &io::Error) -> Self {
        let words = error.to_string();
        // It may hide that it could not open anything.
        if open_files::is_reached(error) || open_files::see_room().is_err() {
            Self::OpenFiles
        } else if words.contains("Temporary failure") || words.contains("try again") {
            Self::NoDns(words)
        } else {
            Self::Unresolved(words)
        }
    }
}

impl From<io::Error> for AttemptFailure {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            _ if open_files::is_reached(&error) => Self::OpenFiles,
            _ => Self::Failed(error.to_string()),
        }
    }
}

/// What was tried; the target is not said twice where it is the endpoint itself.
fn unreachable(endpoint: &str, attempts: &[Attempt]) -> String {
    match attempts {
        [] => format!("no connection to {endpoint}: nothing could be tried in time"),
        [only] if only.target == endpoint => format!("no connection to {only}"),
        several => {
            let tried: Vec<String> = several.iter().map(ToString::to_string).collect();
            format!("no connection to {endpoint} ({})", tried.join("; "))
        }
    }
}

/// A host with a port, neither looked up nor tried yet.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Target {
    host: String,
    port: u16,
    begins_with_tls: bool,
}

impl Target {
    fn new(host: &str, port: u16) -> Self {
        Self {
            host: without_brackets(host).to_owned(),
            port,
            begins_with_tls: false,
        }
    }

    async fn addresses(&self, deadline: Instant) -> Result<Vec<SocketAddr>, AttemptFailure> {
        let host = ascii_name(&self.host);
        let looked_up = timeout_at(deadline, lookup_host((host.as_str(), self.port))).await;
        match looked_up {
            Ok(Ok(addresses)) => Ok(addresses.collect()),
            Ok(Err(error)) => Err(AttemptFailure::of_lookup(&error)),
            Err(_) => Err(AttemptFailure::NoDns("no answer in time".to_owned())),
        }
    }

    fn failed(&self, failure: AttemptFailure) -> Attempt {
        Attempt {
            target: self.to_string(),
            failure,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.parse() {
            Ok(IpAddr::V6(address)) => write!(f, "[{address}]:{}", self.port),
            _ => write!(f, "{}:{}", self.host, self.port),
        }
    }
}

/// Connects over TCP.
#[derive(Debug, Clone)]
pub struct TcpDialer {
    patience: Duration,
}

impl TcpDialer {
    /// A dialer that gives up after this time, all lookups and attempts together.
    pub fn new(patience: Duration) -> Self {
        Self { patience }
    }

    async fn connect(&self, endpoint: &Endpoint) -> Result<Dialed, DialError> {
        let deadline = Instant::now() + self.patience;
        let mut attempts = Vec::new();
        for target in self.targets(endpoint, &mut attempts).await? {
            match connect_any(&target, deadline, &mut attempts).await {
                Some(dialed) => return Ok(dialed),
                None if Instant::now() >= deadline => break,
                None => {}
            }
        }
        Err(DialError::Unreachable {
            endpoint: endpoint.to_string(),
            attempts,
        })
    }

    /// What to try, in order. What was asked of the DNS in vain is an attempt, too.
    async fn targets(
        &self,
        endpoint: &Endpoint,
        attempts: &mut Vec<Attempt>,
    ) -> Result<Vec<Target>, DialError> {
        match endpoint {
            Endpoint::Host { host, port } => Ok(vec![Target::new(host, *port)]),
            Endpoint::WebSocket(url) => Ok(vec![Target::new(&url.host, url.port)]),
            Endpoint::Domain {
                domain,
                default_port,
                service,
                direct_tls_service,
            } => {
                let fallback = Target::new(domain, *default_port);
                if needs_no_srv(domain) {
                    return Ok(vec![fallback]);
                }
                let records = self.records(domain, service, attempts).await;
                let direct = match direct_tls_service {
                    Some(service) => self.records(domain, service, attempts).await,
                    None => Vec::new(),
                };
                srv_targets(records, direct, fallback).ok_or_else(|| DialError::NotOffered {
                    domain: domain.clone(),
                    service: (*service).to_owned(),
                })
            }
        }
    }

    /// The SRV records of a service; none where that cannot be found out, which is noted.
    async fn records(&self, domain: &str, service: &str, attempts: &mut Vec<Attempt>) -> Vec<SRV> {
        // A DNS server that does not answer must leave time to try the domain itself.
        let lookup = timeout(self.patience / 4, srv_records(domain, service)).await;
        lookup
            .unwrap_or_else(|_| Err("no answer in time".to_owned()))
            .unwrap_or_else(|reason| {
                attempts.push(Attempt {
                    target: format!("SRV records {service}.{domain}"),
                    failure: AttemptFailure::NoDns(reason),
                });
                Vec::new()
            })
    }
}

impl Dial for TcpDialer {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Dialed, DialError>> {
        Box::pin(self.connect(endpoint))
    }
}

/// Tries all addresses of a target; each gets its share of the time that is left.
async fn connect_any(
    target: &Target,
    deadline: Instant,
    attempts: &mut Vec<Attempt>,
) -> Option<Dialed> {
    let addresses = match target.addresses(deadline).await {
        Ok(addresses) => addresses,
        Err(failure) => {
            attempts.push(target.failed(failure));
            return None;
        }
    };
    for (tried, address) in addresses.iter().enumerate() {
        let left = u32::try_from(addresses.len() - tried).unwrap_or(u32::MAX);
        let share = deadline.saturating_duration_since(Instant::now()) / left;
        match connect_one(*address, share).await {
            Ok(dialed) => {
                return Some(Dialed {
                    begins_with_tls: target.begins_with_tls,
                    ..dialed
                });
            }
            Err(failure) => attempts.push(Attempt {
                target: address.to_string(),
                failure,
            }),
        }
    }
    None
}

async fn connect_one(address: SocketAddr, share: Duration) -> Result<Dialed, AttemptFailure> {
    let Ok(connected) = timeout(share, TcpStream::connect(address)).await else {
        return Err(AttemptFailure::TimedOut);
    };
    Ok(Dialed {
        transport: Box::new(QuickAck::new(connected?)?),
        peer: Peer::from(address),
        begins_with_tls: false,
    })
}

/// Names without SRV records: addresses, and `localhost` with all below it (RFC 6761 §6.3).
fn needs_no_srv(domain: &str) -> bool {
    let domain = domain.trim_end_matches('.').to_ascii_lowercase();
    without_brackets(&domain).parse::<IpAddr>().is_ok()
        || domain == "localhost"
        || domain.ends_with(".localhost")
}

fn without_brackets(host: &str) -> &str {
    let inner = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// A name as DNS and certificates have it: international names as `xn--`, addresses without brackets.
pub(super) fn ascii_name(name: &str) -> String {
    let name = without_brackets(name);
    if name.parse::<IpAddr>().is_ok() {
        return name.to_owned();
    }
    match Name::from_utf8(name) {
        Ok(parsed) => parsed.to_ascii().trim_end_matches('.').to_owned(),
        Err(_) => name.to_owned(),
    }
}

/// The SRV records of a domain; an error when they cannot be found out.
async fn srv_records(domain: &str, service: &str) -> Result<Vec<SRV>, String> {
    let resolver = resolver()?;
    let name = format!("{service}.{}.", ascii_name(domain));
    let lookup = match resolver.srv_lookup(name).await {
        Ok(lookup) => lookup,
        Err(error) if error.is_no_records_found() => return Ok(Vec::new()),
        Err(error) => return Err(error.to_string()),
    };
    let answers = lookup.answers().iter();
    let records = answers.filter_map(|record| match &record.data {
        RData::SRV(srv) => Some(srv.clone()),
        _ => None,
    });
    Ok(records.collect())
}

fn resolver() -> Result<TokioResolver, String> {
    TokioResolver::builder_tokio()
        .and_then(|builder| builder.build())
        .map_err(|error| error.to_string())
}

/// The targets of SRV records in the order to try them, those that begin with TLS among the others (XEP-0368 §3);
/// `None` when the service is not offered.
///
/// RFC 2782 wants a random order within a priority, to spread load. A test wants the same server every time, so the
/// heaviest comes first.
fn srv_targets(records: Vec<SRV>, direct: Vec<SRV>, fallback: Target) -> Option<Vec<Target>> {
    if records.is_empty() && direct.is_empty() {
        return Some(vec![fallback]);
    }
    let plain = records.into_iter().map(|record| (record, false));
    let direct = direct.into_iter().map(|record| (record, true));
    let mut all: Vec<(SRV, bool)> = plain
        .chain(direct)
        // The root as a target says that the service is not offered (RFC 2782).
        .filter(|(record, _)| !record.target.is_root())
        .collect();
    if all.is_empty() {
        return None;
    }
    all.sort_by_key(|(record, _)| (record.priority, u16::MAX - record.weight));
    let targets = all.into_iter().map(|(record, begins_with_tls)| Target {
        begins_with_tls,
        ..Target::new(record.target.to_ascii().trim_end_matches('.'), record.port)
    });
    Some(targets.collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    fn srv(priority: u16, weight: u16, target: &str) -> SRV {
        SRV::new(priority, weight, 5222, Name::from_ascii(target).unwrap())
    }

    fn fallback() -> Target {
        Target::new("example.org", 5222)
    }

    fn dialer() -> TcpDialer {
        TcpDialer::new(Duration::from_secs(5))
    }

    #[test]
    fn srv_records_are_tried_by_priority_then_weight() {
        let records = vec![srv(20, 9, "c."), srv(10, 1, "b."), srv(10, 5, "a.")];
        let targets = srv_targets(records, Vec::new(), fallback()).unwrap();
        let hosts: Vec<_> = targets.iter().map(Target::to_string).collect();
        assert_eq!(hosts, ["a:5222", "b:5222", "c:5222"]);
    }

    #[test]
    fn servers_that_begin_with_tls_have_their_place_among_the_others() {
        let records = vec![srv(10, 0, "b."), srv(30, 0, "d.")];
        let direct = vec![srv(20, 0, "c."), srv(5, 0, "a.")];
        let targets = srv_targets(records, direct, fallback()).unwrap();
        let begins: Vec<_> = targets
            .iter()
            .map(|target| (target.host.as_str(), target.begins_with_tls))
            .collect();
        assert_eq!(
            begins,
            [("a", true), ("b", false), ("c", true), ("d", false)]
        );
    }

    #[test]
    fn without_srv_records_the_domain_itself_is_tried() {
        let targets = srv_targets(Vec::new(), Vec::new(), fallback()).unwrap();
        assert_eq!(targets, [fallback()]);
    }

    #[test]
    fn the_root_as_target_means_no_service() {
        let none = || vec![srv(0, 0, ".")];
        assert_eq!(srv_targets(none(), Vec::new(), fallback()), None);
        assert_eq!(srv_targets(none(), none(), fallback()), None);
        let other = srv_targets(none(), vec![srv(0, 0, "a.")], fallback());
        assert_eq!(other.unwrap().len(), 1);
    }

    #[test]
    fn local_names_and_addresses_are_not_looked_up() {
        for name in ["localhost", "a.LocalHost", "127.0.0.1", "[::1]", "::1"] {
            assert!(needs_no_srv(name), "{name}");
        }
        assert!(!needs_no_srv("example.org"));
        assert!(!needs_no_srv("notlocalhost"));
    }

    #[test]
    fn names_go_to_ascii() {
        assert_eq!(ascii_name("bücher.example"), "xn--bcher-kva.example");
        assert_eq!(ascii_name("[::1]"), "::1");
        assert_eq!(ascii_name("localhost"), "localhost");
    }

    #[test]
    fn the_loopback_interface_is_known_in_every_form() {
        for address in [
            "127.0.0.1:1",
            "127.9.9.9:1",
            "[::1]:1",
            "[::ffff:127.0.0.1]:1",
        ] {
            assert!(Peer::from(address.parse::<SocketAddr>().unwrap()).loopback);
        }
        assert!(!Peer::from("192.0.2.1:1".parse::<SocketAddr>().unwrap()).loopback);
    }

    #[tokio::test]
    async fn localhost_is_reached_without_dns() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = Endpoint::Domain {
            domain: "localhost".into(),
            default_port: listener.local_addr().unwrap().port(),
            service: "_xmpp-client._tcp",
            direct_tls_service: None,
        };
        let dialed = dialer().dial(&endpoint).await.unwrap();
        assert!(dialed.peer.loopback);
    }

    #[tokio::test]
    async fn a_closed_port_is_refused_and_named() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        drop(listener);
        let host = "127.0.0.1".to_owned();
        let error = dialer()
            .dial(&Endpoint::Host { host, port })
            .await
            .err()
            .unwrap();
        assert_eq!(
            error.to_string(),
            format!("no connection to 127.0.0.1:{port}: connection refused")
        );
        let advice = error.advice("--server HOST:PORT").unwrap();
        assert_eq!(
            advice,
            "is the server running? try --server HOST:PORT; `--launch prosody` starts one for the run, if it is installed"
        );
    }

    #[test]
    fn a_dns_that_is_down_is_told_from_a_name_that_is_not_there() {
        let failure = |words: &str| AttemptFailure::of_lookup(&io::Error::other(words));
        let down =
            failure("failed to lookup address information: Temporary failure in name resolution");
        assert!(matches!(down, AttemptFailure::NoDns(_)));
        let unknown = failure("failed to lookup address information: Name or service not known");
        assert!(matches!(unknown, AttemptFailure::Unresolved(_)));
        let error = DialError::Unreachable {
            endpoint: "example.org".into(),
            attempts: vec![fallback().failed(down)],
        };
        assert!(error.advice("--server HOST:PORT").unwrap().contains("DNS"));
    }

    #[test]
    fn an_unknown_name_is_told_from_a_refusal() {
        let attempt = fallback().failed(AttemptFailure::Unresolved("not known".into()));
        let error = DialError::Unreachable {
            endpoint: "example.org".into(),
            attempts: vec![attempt],
        };
        assert_eq!(
            error.to_string(),
            "no connection to example.org (example.org:5222: no address found (not known))"
        );
        assert!(
            error
                .advice("--server HOST:PORT")
                .unwrap()
                .contains("check the name")
        );
    }
}
