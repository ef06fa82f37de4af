//! A server that lets every client log in, answers pings, keeps a log of what it hears, and else does what its cues
//! say.

use std::collections::HashMap;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::future::{self, BoxFuture};
use minidom::Element;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use xmpp_parsers::sasl::Auth;

use crate::ns;
use crate::xmpp::acceptor::Acceptor;
use crate::xmpp::testing::{BIND_FEATURES, COMPONENT_HEADER, HEADER, PLAIN, SUCCESS, bound};
use crate::xmpp::{Dial, DialError, Dialed, Endpoint, Peer};

/// In a cue, in place of XML: the server ends the connection without a word.
pub(super) const HANG_UP: &str = "(hangs up)";
/// In a cue: the end of the server's stream.
pub(super) const FOOTER: &str = "</stream:stream>";
/// In a cue, in place of XML: bytes that are no UTF-8.
pub(super) const NO_UTF8: &str = "(sends bytes that are no UTF-8)";
/// In a cue, in place of XML: messages without end.
pub(super) const FLOOD: &str = "(sends messages without end)";
/// In a cue, in place of XML: one message without end.
pub(super) const ENDLESS: &str = "(sends a message without end)";
/// In a cue, in place of XML: elements in elements without end.
pub(super) const BOTTOMLESS: &str = "(nests elements without end)";
/// In a cue, in place of XML: keepalives without end.
pub(super) const BLANKS: &str = "(sends white space without end)";
/// In a cue, before XML: it is sent a byte a second.
pub(super) const SLOWLY: &str = "(slowly) ";
/// A host without a server.
pub(super) const NOWHERE: &str = "nowhere";

const REFUSAL: &str =
    "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
/// How the ids of the runner's own pings begin.
const PING_ID: &str = "scansion-flush-";
const PIPE: usize = 16 * 1024 * 1024;

/// How a server takes a login.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Welcome {
    Late(Duration),
    /// As another user, or in another session.
    As(&'static str),
    Refusal,
    /// This is said in the place of a success.
    Says(&'static str),
    Silence,
    Footer,
    HangUp,
}

/// How a server takes a ping.
#[derive(Debug, Clone, Copy)]
pub(super) enum Pong {
    Result,
    Error,
    Silence,
    After(Duration),
    Twice,
    /// Another entity answers, or nobody in particular.
    By(Option<&'static str>),
    /// The answer goes to the last connection whose JID begins so.
    To(&'static str),
    /// Only the very first ping is answered.
    OnlyFirst,
}

/// How a server takes the end of a stream.
#[derive(Debug, Clone, Copy)]
pub(super) enum Farewell {
    Prompt,
    After(Duration),
    Never,
    /// It says this, and ends the connection.
    Says(&'static str),
}

/// What a server does when it hears something.
pub(super) struct Cue {
    /// Part of what it hears.
    pub(super) heard: &'static str,
    /// How long it hesitates.
    pub(super) after: Duration,
    /// The client that it sends this to: the beginning of a JID.
    pub(super) to: &'static str,
    /// What it says.
    pub(super) xml: String,
}

/// The manners of a server.
#[derive(Default)]
pub(super) struct Manners {
    pub(super) cues: Vec<Cue>,
    pub(super) welcomes: HashMap<&'static str, Welcome>,
    pub(super) pongs: HashMap<&'static str, Pong>,
    pub(super) farewell: Option<Farewell>,
    /// How much fits into a connection before the server reads it, in bytes; none for much.
    pub(super) pipe: Option<usize>,
}

/// The server.
#[derive(Clone)]
pub(super) struct FakeServer(Arc<Mutex<State>>);

struct State {
    manners: Manners,
    connections: Vec<Connection>,
    log: Vec<String>,
}

struct Connection {
    jid: String,
    outbox: UnboundedSender<String>,
    /// Every byte that came.
    bytes: Vec<u8>,
    is_over: bool,
}

impl FakeServer {
    pub(super) fn new(manners: Manners) -> Self {
        Self(Arc::new(Mutex::new(State {
            manners,
            connections: Vec::new(),
            log: Vec::new(),
        })))
    }

    /// What it heard, in order: `romeo: <presence/>`, `romeo pings localhost`, `romeo leaves`.
    pub(super) fn log(&self) -> Vec<String> {
        self.state().log.clone()
    }

    /// All that came over a connection, the first being 0.
    pub(super) fn bytes(&self, connection: usize) -> String {
        String::from_utf8(self.state().connections[connection].bytes.clone()).unwrap()
    }

    /// How many connections were made, and how many of them are over.
    pub(super) fn connections(&self) -> (usize, usize) {
        let state = self.state();
        let over = state.connections.iter().filter(|one| one.is_over).count();
        (state.connections.len(), over)
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap()
    }

    fn accept(&self) -> DuplexStream {
        let (outbox, to_say) = unbounded_channel();
        let mut state = self.state();
        let (ours, theirs) = duplex(state.manners.pipe.unwrap_or(PIPE));
        let number = state.connections.len();
        state.connections.push(Connection {
            jid: String::new(),
            outbox,
            bytes: Vec::new(),
            is_over: false,
        });
        let line = Line {
            server: self.clone(),
            number,
            client: Acceptor::new(Box::new(Overheard {
                pipe: theirs,
                server: self.clone(),
                number,
            })),
        };
        tokio::spawn(line.serve(to_say));
        ours
    }

    fn hear(&self, number: usize, item: &str) {
        let who = short(&self.state().connections[number].jid);
        let id = attribute(item, "id").unwrap_or_default();
        if item.starts_with(FOOTER) {
            self.log_line(format!("{who} leaves"));
            self.say_farewell(number);
        } else if id.starts_with(PING_ID) {
            self.hear_ping(number, &who, &id, &attribute(item, "to").unwrap());
        } else {
            self.log_line(format!("{who}: {item}"));
            self.take_cues(item);
        }
    }

    fn log_line(&self, line: String) {
        self.state().log.push(line);
    }

    fn say_farewell(&self, number: usize) {
        let farewell = self.state().manners.farewell;
        match farewell.unwrap_or(Farewell::Prompt) {
            Farewell::Prompt => self.say(number, Duration::ZERO, FOOTER.to_owned()),
            Farewell::After(delay) => self.say(number, delay, FOOTER.to_owned()),
            Farewell::Never => {}
            Farewell::Says(what) => {
                for said in [what, HANG_UP] {
                    self.say(number, Duration::ZERO, said.to_owned());
                }
            }
        }
    }

    fn hear_ping(&self, number: usize, who: &str, id: &str, entity: &str) {
        self.log_line(format!("{who} pings {entity}"));
        let pong = self.state().manners.pongs.get(entity).copied();
        let answer = |kind: &str| format!("<iq type='{kind}' from='{entity}' id='{id}'/>");
        let by = |other: Option<&str>| {
            let from = other.map(|other| format!(" from='{other}'"));
            format!("<iq type='result'{} id='{id}'/>", from.unwrap_or_default())
        };
        match pong.unwrap_or(Pong::Result) {
            Pong::Result => self.say(number, Duration::ZERO, answer("result")),
            Pong::Error => self.say(number, Duration::ZERO, answer("error")),
            Pong::After(delay) => self.say(number, delay, answer("result")),
            Pong::Twice => self.say(number, Duration::ZERO, answer("result").repeat(2)),
            Pong::By(other) => self.say(number, Duration::ZERO, by(other)),
            Pong::To(jid) => self.say(self.last_of(jid), Duration::ZERO, answer("result")),
            Pong::OnlyFirst if id.ends_with("-0") => {
                self.say(number, Duration::ZERO, answer("result"))
            }
            Pong::Silence | Pong::OnlyFirst => {}
        }
    }

    fn take_cues(&self, item: &str) {
        let state = self.state();
        let heard = |cue: &&Cue| item.contains(cue.heard);
        let said: Vec<_> = state
            .manners
            .cues
            .iter()
            .filter(heard)
            .map(|cue| (cue.to, cue.after, cue.xml.clone()))
            .collect();
        drop(state);
        for (to, after, xml) in said {
            self.say(self.last_of(to), after, xml);
        }
    }

    /// The last connection that is open and whose JID begins so.
    fn last_of(&self, jid: &str) -> usize {
        let state = self.state();
        let is_open = |one: &Connection| one.jid.starts_with(jid) && !one.is_over;
        state
            .connections
            .iter()
            .rposition(is_open)
            .expect("somebody is there")
    }

    fn say(&self, number: usize, after: Duration, xml: String) {
        let outbox = self.state().connections[number].outbox.clone();
        if after.is_zero() {
            let _ = outbox.send(xml);
            return;
        }
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            let _ = outbox.send(xml);
        });
    }
}

impl Dial for FakeServer {
    fn dial<'a>(&'a self, endpoint: &'a Endpoint) -> BoxFuture<'a, Result<Dialed, DialError>> {
        let dialed = match endpoint {
            Endpoint::Host { host, .. } if host == NOWHERE => Err(DialError::Unreachable {
                endpoint: endpoint.to_string(),
                attempts: Vec::new(),
            }),
            _ => Ok(Dialed {
                begins_with_tls: false,
                transport: Box::new(self.accept()),
                peer: Peer {
                    address: "127.0.0.1:5222".to_owned(),
                    loopback: true,
                },
            }),
        };
        Box::pin(future::ready(dialed))
    }
}

/// The server's end of a connection.
struct Line {
    server: FakeServer,
    number: usize,
    client: Acceptor,
}

impl Line {
    async fn serve(mut self, mut to_say: UnboundedReceiver<String>) {
        if let Some(jid) = self.log_in().await {
            self.server.log_line(format!("{} comes", short(&jid)));
            self.server.state().connections[self.number].jid = jid;
            self.converse(&mut to_say).await;
        }
        self.server.state().connections[self.number].is_over = true;
    }

    async fn converse(&mut self, to_say: &mut UnboundedReceiver<String>) {
        loop {
            tokio::select! {
                biased;
                item = self.item() => match item {
                    Some(item) => self.server.hear(self.number, &item),
                    None => return,
                },
                Some(xml) = to_say.recv() => match xml.as_str() {
                    HANG_UP => return,
                    xml => self.say(xml).await,
                },
            }
        }
    }

    async fn say(&mut self, what: &str) {
        match what {
            NO_UTF8 => drop(self.client.send(b"<message>\xff</message>").await),
            FLOOD => {
                self.repeat("", "<message id='unasked'><body>waters</body></message>")
                    .await;
            }
            ENDLESS => self.repeat("<message><body>", "and on and on ").await,
            BOTTOMLESS => self.repeat("<message>", "<a xmlns='urn:a'>").await,
            BLANKS => self.repeat("", " \n").await,
            xml => match xml.strip_prefix(SLOWLY) {
                Some(xml) => self.drip(xml).await,
                None => self.write(xml).await,
            },
        }
    }

    /// Says something again and again, as long as the client reads it.
    async fn repeat(&mut self, first: &str, again: &str) {
        let again = again.repeat(1000);
        let mut is_heard = self.client.send(first.as_bytes()).await;
        while is_heard {
            is_heard = self.client.send(again.as_bytes()).await;
        }
    }

    async fn drip(&mut self, xml: &str) {
        for byte in xml.as_bytes() {
            self.client.send(&[*byte]).await;
            match tokio::time::timeout(Duration::from_secs(1), self.item()).await {
                Ok(Some(item)) => self.server.hear(self.number, &item),
                Ok(None) => return,
                Err(_) => {}
            }
        }
    }

    async fn log_in(&mut self) -> Option<String> {
        let header = self.item().await?;
        if header.contains(ns::COMPONENT) {
            self.write(COMPONENT_HEADER).await;
            self.item().await?;
            self.write("<handshake/>").await;
            return attribute(&header, "to");
        }
        self.write(HEADER).await;
        self.write(PLAIN).await;
        let auth: Element = self.request().await?.parse().unwrap();
        let name = user(Auth::try_from(auth).unwrap());
        let welcome = self.server.state().manners.welcomes.get(&*name).copied();
        match welcome {
            None => self.let_in(&name, None).await,
            Some(Welcome::Late(delay)) => {
                tokio::time::sleep(delay).await;
                self.let_in(&name, None).await
            }
            Some(Welcome::As(jid)) => self.let_in(&name, Some(jid)).await,
            Some(welcome) => self.turn_away(welcome).await,
        }
    }

    async fn let_in(&mut self, name: &str, other: Option<&str>) -> Option<String> {
        self.write(SUCCESS).await;
        self.client.restart();
        self.item().await?;
        self.write(HEADER).await;
        self.write(BIND_FEATURES).await;
        let mut request = self.request().await?;
        while request.contains("<unknown ") {
            let id = attribute(&request, "id")?;
            self.write(&format!("<iq type='error' id='{id}'/>")).await;
            request = self.request().await?;
        }
        if request.starts_with("<resume ") {
            self.write("<resumed xmlns='urn:xmpp:sm:3' previd='r' h='1'/>")
                .await;
            return Some(format!("{name}@localhost/stage-0"));
        }
        let resource = match request.split_once("<resource>") {
            Some((_, rest)) => rest.split_once('<')?.0.to_owned(),
            None => format!("stage-{}", self.number),
        };
        let own = format!("{name}@localhost/{resource}");
        let jid = other.map_or(own, str::to_owned);
        self.write(&bound(&attribute(&request, "id")?, &jid)).await;
        Some(jid)
    }

    /// What a client asks for to log in, unless it closes its stream.
    async fn request(&mut self) -> Option<String> {
        let item = self.item().await?;
        if item != FOOTER {
            return Some(item);
        }
        self.write(FOOTER).await;
        None
    }

    async fn turn_away(&mut self, welcome: Welcome) -> Option<String> {
        match welcome {
            Welcome::Refusal => self.write(REFUSAL).await,
            Welcome::Says(text) => self.write(text).await,
            Welcome::Footer => self.write(FOOTER).await,
            Welcome::Silence | Welcome::Late(_) | Welcome::As(_) => {}
            Welcome::HangUp => return None,
        }
        while self.item().await.is_some() {}
        None
    }

    async fn write(&mut self, text: &str) {
        // A client that has hung up is a matter for the client's side of the test.
        self.client.send(text.as_bytes()).await;
    }

    /// The next header, element or footer as it came; none when the client has hung up.
    async fn item(&mut self) -> Option<String> {
        self.client.event().await.ok()?;
        Some(self.client.source())
    }
}

/// A connection to a client, all bytes of which are kept.
struct Overheard {
    pipe: DuplexStream,
    server: FakeServer,
    number: usize,
}

impl AsyncRead for Overheard {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.pipe).poll_read(context, buffer))?;
        let came = &buffer.filled()[before..];
        self.server.state().connections[self.number]
            .bytes
            .extend(came);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Overheard {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.pipe).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.pipe).poll_shutdown(context)
    }
}

/// The user's name in the payload of PLAIN (RFC 4616 §2).
fn user(auth: Auth) -> String {
    let name = auth.data.split(|byte| *byte == 0).nth(1).unwrap();
    String::from_utf8(name.to_vec()).unwrap()
}

/// What the log calls an entity: the user's name, a component's domain.
fn short(jid: &str) -> String {
    jid.split('@').next().unwrap().to_owned()
}

/// The value of an attribute in the first tag of some XML.
pub(super) fn attribute(xml: &str, name: &str) -> Option<String> {
    let tag = xml.strip_prefix("<?xml version='1.0'?>").unwrap_or(xml);
    let tag = &tag[..tag.find('>')?];
    let (_, rest) = tag.split_once(&format!(" {name}="))?;
    let quote = rest.chars().next()?;
    Some(rest[1..].split_once(quote)?.0.to_owned())
}
