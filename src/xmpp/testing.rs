//! A scripted server on a pipe, for tests that need a connection but no network.
//!
//! [`FakeDialer`] hands out one end of a pipe for every dial and a [`FakeServer`] at the other end; that
//! plays a login as a [`FakeLogin`] says, and then does what a test wants.

use std::str::FromStr;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use futures::future::{BoxFuture, ready};
use jid::Jid;
use minidom::Element;
use sha2::{Digest, Sha256};
use tokio::io::duplex;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio_native_tls::{TlsAcceptor, native_tls};
use xmpp_parsers::component::Handshake;

use super::acceptor::Acceptor;
use super::decoder::StreamEvent;
use super::scram_server::ScramServer;
use super::{
    Closed, ConnectError, ConnectOptions, Dial, DialError, Dialed, Endpoint, Identity, Peer,
    Session, StreamKind, Wire, connect,
};

/// The header of the fake server's client streams.
pub(crate) const HEADER: &str = "<?xml version='1.0'?><stream:stream id='fake' from='localhost' \
     version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
/// The header of the fake server's component streams.
pub(crate) const COMPONENT_HEADER: &str = "<stream:stream id='fake' \
     xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams'>";
/// The conditions of stream errors (RFC 6120 §4.9.3).
pub(crate) const STREAM_ERRORS: [&str; 25] = [
    "bad-format",
    "bad-namespace-prefix",
    "conflict",
    "connection-timeout",
    "host-gone",
    "host-unknown",
    "improper-addressing",
    "internal-server-error",
    "invalid-from",
    "invalid-namespace",
    "invalid-xml",
    "not-authorized",
    "not-well-formed",
    "policy-violation",
    "remote-connection-failed",
    "reset",
    "resource-constraint",
    "restricted-xml",
    "see-other-host",
    "system-shutdown",
    "undefined-condition",
    "unsupported-encoding",
    "unsupported-feature",
    "unsupported-stanza-type",
    "unsupported-version",
];
/// Features before the login, which is to be by PLAIN.
pub(crate) const PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
/// The server's word that the login was good.
pub(crate) const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
/// Features after the login.
pub(crate) const BIND_FEATURES: &str = "<stream:features>\
     <bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>";
/// Features of a server that has TLS, and nothing before it.
pub(crate) const STARTTLS: &str = "<stream:features>\
     <starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:features>";
/// The server's word to begin with TLS.
pub(crate) const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
/// A login that failed.
const FAILURE: &str = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/>\
     <text>no such luck</text></failure>";

/// The certificate of a server for `localhost`, its own authority.
pub(crate) const CERTIFICATE: &str = "\
-----BEGIN CERTIFICATE-----
MIIBYjCCAQegAwIBAgIBATAKBggqhkjOPQQDAjAUMRIwEAYDVQQDDAlsb2NhbGhv
c3QwIBcNMjAwMTAxMDAwMDAwWhgPMjEyMDAxMDEwMDAwMDBaMBQxEjAQBgNVBAMM
CWxvY2FsaG9zdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABFy70tbAmSWvk2FH
28PWOrdKCq8SN0wBhC/WitvQCXEyZHLTsQqIvac1rDsOUBXB5c0/aEA17Q7gDBF4
9p2uO/KjSDBGMA8GA1UdEwEB/wQFMAMBAf8wFAYDVR0RBA0wC4IJbG9jYWxob3N0
MB0GA1UdDgQWBBTPG7l2riCp71sTNcjpEtUhssRipTAKBggqhkjOPQQDAgNJADBG
AiEAxalsLVAGALMfvDIQFlK1ar7F4deLS22qRiNFc3V+bJECIQCNM/DgPqYRh7dO
nozZFqSEtwghKFJKq0sDS+nO6u4YPA==
-----END CERTIFICATE-----
";
/// The key of the certificate; a secret of tests only.
const KEY: &str = "\
-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgbDVtG7gC0zl8mxKn
I8ONQbawWjrG/WXUeDo9oD61sXShRANCAARcu9LWwJklr5NhR9vD1jq3SgqvEjdM
AYQv1orb0AlxMmRy07EKiL2nNaw7DlAVweXNP2hANe0O4AwRePadrjvy
-----END PRIVATE KEY-----
";

/// A feature: that logins can be bound to the certificate (XEP-0440).
pub(crate) const END_POINT: &str = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'>\
     <channel-binding type='tls-exporter'/><channel-binding type='tls-server-end-point'/>\
     </sasl-channel-binding>";

/// How much fits into a pipe, in bytes.
pub(crate) const PIPE: usize = 1024 * 1024;

/// How a server answers a client that logs in.
#[derive(Debug, Clone)]
pub(crate) struct FakeLogin {
    mechanisms: Vec<&'static str>,
    password: String,
    proof: Proof,
    feature: String,
    end_point: Vec<u8>,
    first_extensions: String,
    last_extensions: String,
}

/// Whether the server proves that it knows the password.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Proof {
    True,
    Forged,
}

impl Default for FakeLogin {
    /// PLAIN, and the password of every user is `password`.
    fn default() -> Self {
        Self {
            mechanisms: vec!["PLAIN"],
            password: "password".to_owned(),
            proof: Proof::True,
            feature: String::new(),
            end_point: end_point(),
            first_extensions: String::new(),
            last_extensions: String::new(),
        }
    }
}

impl FakeLogin {
    /// Offers these mechanisms.
    pub(crate) fn offering(mechanisms: &[&'static str]) -> Self {
        Self {
            mechanisms: mechanisms.to_vec(),
            ..Self::default()
        }
    }

    /// Takes this for the password of every user.
    pub(crate) fn with_password(mut self, password: &str) -> Self {
        password.clone_into(&mut self.password);
        self
    }

    /// Announces another feature before the login.
    pub(crate) fn with_feature(mut self, feature: &str) -> Self {
        self.feature.push_str(feature);
        self
    }

    /// Proves itself with a wrong signature.
    pub(crate) fn forging(mut self) -> Self {
        self.proof = Proof::Forged;
        self
    }

    /// Takes this for the hash of its certificate.
    pub(crate) fn bound_to(mut self, end_point: &[u8]) -> Self {
        self.end_point = end_point.to_vec();
        self
    }

    /// Adds these to its first and to its last message of SCRAM, as they are.
    pub(crate) fn with_extensions(mut self, first: &str, last: &str) -> Self {
        first.clone_into(&mut self.first_extensions);
        last.clone_into(&mut self.last_extensions);
        self
    }

    /// The features before the login.
    pub(crate) fn features(&self) -> String {
        let mechanisms = self.mechanisms.iter();
        let mechanisms: String = mechanisms
            .map(|name| format!("<mechanism>{name}</mechanism>"))
            .collect();
        format!(
            "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{mechanisms}\
             </mechanisms>{}</stream:features>",
            self.feature
        )
    }

    /// The server's part of an exchange by SCRAM.
    pub(crate) fn scram(&self, mechanism: &str) -> ScramServer {
        let mut server = ScramServer::new(mechanism, &self.password);
        server.first_extensions.clone_from(&self.first_extensions);
        server.last_extensions.clone_from(&self.last_extensions);
        if mechanism.ends_with("-PLUS") {
            server.binding = Some(("tls-server-end-point", self.end_point.clone()));
        }
        server
    }

    /// The user who logs in by a mechanism that says everything at once; none if the password is wrong.
    fn named(&self, payload: &[u8]) -> Option<String> {
        let payload = std::str::from_utf8(payload).unwrap();
        let Some((name, password)) = payload.get(1..).and_then(|rest| rest.split_once('\0')) else {
            return Some("anonymous".to_owned());
        };
        (password == self.password).then(|| name.to_owned())
    }

    fn proof(&self, mut proof: String) -> String {
        if self.proof == Proof::Forged {
            proof = "v=AAAA".to_owned();
        }
        proof
    }
}

/// What `tls-server-end-point` is for the certificate, whose signature is by SHA-256 (RFC 5929 §4.1).
pub(crate) fn end_point() -> Vec<u8> {
    let lines = CERTIFICATE.lines().filter(|line| !line.starts_with('-'));
    let der = BASE64_STANDARD.decode(lines.collect::<String>()).unwrap();
    Sha256::digest(der).to_vec()
}

/// The server's end of one connection.
pub(crate) struct FakeServer {
    client: Acceptor,
    /// What clients have sent to log in.
    pub(crate) payloads: Vec<Vec<u8>>,
}

impl FakeServer {
    fn new(client: Acceptor) -> Self {
        Self {
            client,
            payloads: Vec::new(),
        }
    }

    /// Plays the login of a client; the answer is its full JID, or nothing when it was refused or the
    /// client gave up.
    pub(crate) async fn log_in(&mut self, login: &FakeLogin) -> Option<Jid> {
        self.greet(&login.features()).await?;
        let localpart = self.authenticate(login).await?;
        self.client.restart();
        self.greet(BIND_FEATURES).await?;
        Some(self.bind(&localpart).await)
    }

    /// Plays the login of a component; whether its digest was right is the answer.
    pub(crate) async fn shake_hands(&mut self, secret: &str) -> bool {
        self.header().await;
        self.write(COMPONENT_HEADER).await;
        let handshake = Handshake::try_from(self.element().await).unwrap();
        let wanted = Handshake::from_stream_id_and_password("fake".to_owned(), secret);
        if handshake == wanted {
            self.write("<handshake/>").await;
            return true;
        }
        self.write(
            "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
             </stream:error></stream:stream>",
        )
        .await;
        false
    }

    /// Waits for the client's stream header, and sends one and these features; nothing when the client
    /// gave up.
    pub(crate) async fn greet(&mut self, features: &str) -> Option<()> {
        self.greet_with(HEADER, features).await
    }

    /// Answers a stream header with this one, and says this.
    pub(crate) async fn greet_with(&mut self, header: &str, rest: &str) -> Option<()> {
        self.next().await?;
        self.write(header).await;
        self.write(rest).await;
        Some(())
    }

    /// Plays a login by PLAIN up to its end, whatever the client sends; a new stream comes next.
    pub(crate) async fn accept_login(&mut self) {
        self.greet(PLAIN).await;
        self.element().await;
        self.write(SUCCESS).await;
        self.restart();
    }

    /// Begins a new stream, as after `<success/>` or `<proceed/>`.
    pub(crate) fn restart(&mut self) {
        self.client.restart();
    }

    /// Sends text as it is.
    pub(crate) async fn write(&mut self, text: &str) {
        self.write_bytes(text.as_bytes()).await;
    }

    /// Sends bytes as they are.
    pub(crate) async fn write_bytes(&mut self, bytes: &[u8]) {
        // A client that has hung up is a matter for the client's side of the test.
        self.client.send(bytes).await;
    }

    /// Sends bytes again and again, as often as this or as the client takes them; tells how many bytes that were.
    pub(crate) async fn pour(&mut self, bytes: &[u8], times: usize) -> usize {
        let mut poured = 0;
        for _ in 0..times {
            if !self.client.send(bytes).await {
                break;
            }
            poured += bytes.len();
        }
        poured
    }

    /// Waits for the client's stream header.
    pub(crate) async fn header(&mut self) {
        let header = self.next().await;
        assert!(
            matches!(header, Some(StreamEvent::Header(_))),
            "got {header:?}"
        );
    }

    /// Waits for an element.
    pub(crate) async fn element(&mut self) -> Element {
        match self.next().await {
            Some(StreamEvent::Element(element)) => element,
            other => panic!("expected an element, but got {other:?}"),
        }
    }

    /// Waits for an element and gives its text as the client sent it.
    pub(crate) async fn text(&mut self) -> String {
        self.element().await;
        self.client.source()
    }

    /// Waits for the end of the client's stream.
    pub(crate) async fn footer(&mut self) {
        let footer = self.next().await;
        assert!(
            matches!(footer, Some(StreamEvent::Footer)),
            "got {footer:?}"
        );
    }

    /// Whether the client has ended the connection, which this waits for; nothing may come before.
    pub(crate) async fn ended(&mut self) -> bool {
        self.next().await.is_none()
    }

    /// Plays the server's part of STARTTLS; nothing when the client does not like the certificate.
    pub(crate) async fn start_tls(mut self) -> Option<Self> {
        self.greet(STARTTLS).await?;
        self.element().await;
        self.write(PROCEED).await;
        self.encrypt().await
    }

    /// Begins with TLS, now that the client has been told to; nothing when it does not like the certificate.
    pub(crate) async fn encrypt(self) -> Option<Self> {
        let identity = native_tls::Identity::from_pkcs8(CERTIFICATE.as_bytes(), KEY.as_bytes());
        let acceptor = native_tls::TlsAcceptor::new(identity.unwrap()).unwrap();
        let secured = self.client.encrypt(&TlsAcceptor::from(acceptor)).await;
        secured.map(Self::new)
    }

    async fn next(&mut self) -> Option<StreamEvent> {
        match self.client.event().await {
            Ok(event) => Some(event),
            Err(Closed::ConnectionLost(_)) => None,
            Err(closed) => panic!("{closed}"),
        }
    }

    async fn authenticate(&mut self, login: &FakeLogin) -> Option<String> {
        let StreamEvent::Element(auth) = self.next().await? else {
            return None;
        };
        let mechanism = auth.attr("mechanism").unwrap();
        let payload = self.payload(&auth);
        let (name, proof) = match mechanism.starts_with("SCRAM") {
            true => {
                self.authenticate_by_scram(login.scram(mechanism), &payload)
                    .await
            }
            false => (login.named(&payload), None),
        };
        let Some(name) = name else {
            self.write(FAILURE).await;
            return None;
        };
        let proof = proof.map(|proof| login.proof(proof));
        let payload = BASE64_STANDARD.encode(proof.unwrap_or_default());
        self.write(&sasl("success", &payload)).await;
        Some(name)
    }

    /// The client's name, if it knows the password, and the proof that the server knows it, too.
    async fn authenticate_by_scram(
        &mut self,
        mut server: ScramServer,
        payload: &[u8],
    ) -> (Option<String>, Option<String>) {
        let first = server.first(std::str::from_utf8(payload).unwrap());
        self.write(&challenge(&first)).await;
        let response = self.next().await;
        let Some(StreamEvent::Element(response)) = response else {
            return (None, None);
        };
        let response = self.payload(&response);
        let proof = server.last(std::str::from_utf8(&response).unwrap());
        (proof.is_some().then(|| server.name().to_owned()), proof)
    }

    /// What a client sends to log in.
    fn payload(&mut self, element: &Element) -> Vec<u8> {
        let payload = match element.text().as_str() {
            // No payload (RFC 6120 §6.4.2).
            "=" => Vec::new(),
            text => BASE64_STANDARD.decode(text).unwrap(),
        };
        self.payloads.push(payload.clone());
        payload
    }

    /// Begins a login, and repeats its first challenge as long as the client answers.
    pub(crate) async fn challenge_again_and_again(&mut self, login: &FakeLogin) {
        let auth = self.element().await;
        let payload = String::from_utf8(self.payload(&auth)).unwrap();
        let first = login.scram(auth.attr("mechanism").unwrap()).first(&payload);
        self.write(&challenge(&first)).await;
        while let Some(StreamEvent::Element(_)) = self.next().await {
            self.write(&challenge(&first)).await;
        }
    }

    async fn bind(&mut self, localpart: &str) -> Jid {
        let request = self.element().await;
        let wanted = request
            .get_child("bind", crate::ns::BIND)
            .and_then(|bind| bind.get_child("resource", crate::ns::BIND))
            .map_or("fake".to_owned(), Element::text);
        let jid = Jid::from_str(&format!("{localpart}@localhost/{wanted}")).unwrap();
        let id = request.attr("id").unwrap();
        self.write(&bound(id, jid.as_str())).await;
        jid
    }
}

/// An element of SASL with this text.
pub(crate) fn sasl(name: &str, text: &str) -> String {
    format!("<{name} xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{text}</{name}>")
}

/// A challenge to answer this.
pub(crate) fn challenge(message: &str) -> String {
    sasl("challenge", &BASE64_STANDARD.encode(message))
}

/// The answer to a bind request.
pub(crate) fn bound(id: &str, jid: &str) -> String {
    format!(
        "<iq type='result' id='{id}'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
         <jid>{jid}</jid></bind></iq>"
    )
}

/// A stream error, and the end of the stream.
pub(crate) fn stream_error(condition: &str, text: &str) -> String {
    format!(
        "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
         <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>{text}</text></stream:error></stream:stream>"
    )
}

/// A dialer that makes pipes.
pub(crate) struct FakeDialer {
    peer: Peer,
    servers: UnboundedSender<FakeServer>,
}

impl FakeDialer {
    /// A dialer to servers on this machine, and the servers, one per dial.
    pub(crate) fn local() -> (Self, UnboundedReceiver<FakeServer>) {
        Self::to(Peer {
            address: "127.0.0.1:5222".to_owned(),
            loopback: true,
        })
    }

    /// A dialer to servers elsewhere, and the servers, one per dial.
    pub(crate) fn remote() -> (Self, UnboundedReceiver<FakeServer>) {
        Self::to(Peer {
            address: "192.0.2.1:5222".to_owned(),
            loopback: false,
        })
    }

    fn to(peer: Peer) -> (Self, UnboundedReceiver<FakeServer>) {
        let (servers, dialed) = unbounded_channel();
        (Self { peer, servers }, dialed)
    }
}

impl Dial for FakeDialer {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Dialed, DialError>> {
        let (ours, theirs) = duplex(PIPE);
        let served = self
            .servers
            .send(FakeServer::new(Acceptor::new(Box::new(theirs))));
        let dialed = served.map_err(|_| DialError::Unreachable {
            endpoint: endpoint.to_string(),
            attempts: Vec::new(),
        });
        let dialed = dialed.map(|()| Dialed {
            begins_with_tls: false,
            transport: Box::new(ours),
            peer: self.peer.clone(),
        });
        Box::pin(ready(dialed))
    }
}

/// Romeo, who has the default password of a [`FakeLogin`].
pub(crate) fn romeo() -> Identity {
    Identity {
        stream: StreamKind::Client,
        localpart: Some("romeo".to_owned()),
        domain: "localhost".to_owned(),
        resource: Some("orchard".to_owned()),
        secret: Some("password".into()),
    }
}

/// Something to dial; a [`FakeDialer`] takes anything.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::Host {
        host: "localhost".to_owned(),
        port: 5222,
    }
}

/// The result of a login, and what an observer saw.
pub(crate) struct Played {
    pub(crate) result: Result<Session, ConnectError>,
    pub(crate) wires: Vec<Wire>,
}

impl Played {
    /// The error of a login that must have failed.
    #[track_caller]
    pub(crate) fn error(self) -> ConnectError {
        self.result.err().expect("the login must fail")
    }

    /// The session of a login that must have succeeded.
    #[track_caller]
    pub(crate) fn session(self) -> Session {
        self.result.expect("the login must succeed")
    }
}

/// Logs in with a server that does what it is told. What the server's part gives back lives on until the
/// client is done: a server to keep the connection open.
pub(crate) async fn play<T>(
    (dialer, mut servers): (FakeDialer, UnboundedReceiver<FakeServer>),
    identity: &Identity,
    options: &ConnectOptions,
    server: impl AsyncFnOnce(FakeServer) -> T,
) -> Played {
    let endpoint = endpoint();
    let mut wires = Vec::new();
    let mut observer = |wire| wires.push(wire);
    let client = connect(&dialer, &endpoint, identity, options, &mut observer);
    let server = async { server(servers.recv().await.expect("a dial")).await };
    let (result, _alive) = tokio::join!(client, server);
    Played { result, wires }
}

/// Logs Romeo in at a server on this machine.
pub(crate) async fn with_server<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> Played {
    play(
        FakeDialer::local(),
        &romeo(),
        &ConnectOptions::default(),
        server,
    )
    .await
}

/// Logs an identity in at a server on this machine that answers like this.
pub(crate) async fn play_login(
    identity: &Identity,
    options: &ConnectOptions,
    login: &FakeLogin,
) -> Played {
    let server = async |mut server: FakeServer| {
        server.log_in(login).await;
        server
    };
    play(FakeDialer::local(), identity, options, server).await
}

/// Logs Romeo in at a server on this machine that answers like this.
pub(crate) async fn with_login(login: FakeLogin) -> Played {
    play_login(&romeo(), &ConnectOptions::default(), &login).await
}
