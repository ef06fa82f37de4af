//! What a server sends: the login and the stanzas after it, with whatever comes.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::future::{BoxFuture, FutureExt};
use minidom::Element;
use scansion::xmpp::{
    ConnectOptions, Dial, DialError, Dialed, Endpoint, Identity, Incoming, Limits, Peer,
    StreamKind, connect, read_element, write_element,
};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Small, so that a fuzzer gets there.
const LIMITS: Limits = Limits {
    depth: 8,
    bytes: 1024,
    stream: 1024 * 1024,
};

const HEADER: &str = "<?xml version='1.0'?><stream:stream id='i' version='1.0' xmlns='jabber:client' \
     xmlns:stream='http://etherx.jabber.org/streams'>";
/// What an anonymous client hears before it is logged in.
const LOGIN: [&str; 5] = [
    HEADER,
    "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>ANONYMOUS</mechanism></mechanisms></stream:features>\
     <success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>",
    HEADER,
    "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>",
    "<iq type='result' id='scansion-bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>\
     <jid>a@localhost/b</jid></bind></iq>",
];
const COMPONENT_LOGIN: &str = "<stream:stream id='i' xmlns='jabber:component:accept' \
     xmlns:stream='http://etherx.jabber.org/streams'><handshake/>";

/// Connects to a server that sends these bytes. The first one says who connects, and how much of a login comes
/// before the others.
pub fn run(bytes: &[u8]) {
    let Some((how, bytes)) = bytes.split_first() else {
        return;
    };
    let begun = usize::from(how >> 2) % (LOGIN.len() + 1);
    let (identity, login) = match how & 3 {
        0 => (component(), COMPONENT_LOGIN.repeat(begun.min(1))),
        1 => (client(Some("juliet")), LOGIN[..begun.min(1)].concat()),
        _ => (client(None), LOGIN[..begun].concat()),
    };
    let sent = [login.as_bytes(), bytes].concat();
    let whole = hear(&identity, &sent, usize::MAX);
    // The nonces of a client with a password are made up, and so differ.
    assert_eq!(whole, hear(&identity, &sent, 1));
    for element in &whole {
        assert_writable(element);
    }
}

fn component() -> Identity {
    Identity {
        stream: StreamKind::Component,
        localpart: None,
        domain: "shop.localhost".to_owned(),
        resource: None,
        secret: Some("secret".into()),
    }
}

fn client(localpart: Option<&str>) -> Identity {
    Identity {
        stream: StreamKind::Client,
        localpart: localpart.map(str::to_owned),
        domain: "localhost".to_owned(),
        resource: None,
        secret: localpart.map(|_| "secret".into()),
    }
}

/// The elements that come after the login, when the bytes come in pieces of this size.
fn hear(identity: &Identity, sent: &[u8], size: usize) -> Vec<Element> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime without I/O needs nothing from the system");
    runtime.block_on(async {
        let server = Server {
            sent: sent.to_vec(),
            size,
        };
        let options = ConnectOptions {
            limits: LIMITS,
            ..ConnectOptions::default()
        };
        let endpoint = Endpoint::Host {
            host: "localhost".to_owned(),
            port: 5222,
        };
        let mut shown = |_| {};
        let session = connect(&server, &endpoint, identity, &options, &mut shown).await;
        let mut heard = Vec::new();
        match session {
            Err(error) => assert!(!error.to_string().is_empty()),
            Ok(mut session) => {
                while let Incoming::Element(element) = session.raw.reader.next().await {
                    heard.push(element);
                }
            }
        }
        heard
    })
}

/// Transcripts write what came, and read it.
fn assert_writable(element: &Element) {
    let text = write_element(element);
    let again = read_element(&text, "jabber:client");
    assert_eq!(again.as_ref(), Ok(element), "{text}");
}

/// A server that sends what it has to say, whatever it hears.
#[derive(Clone)]
struct Server {
    sent: Vec<u8>,
    size: usize,
}

impl Dial for Server {
    fn dial<'a>(&'a self, _: &'a Endpoint) -> BoxFuture<'a, Result<Dialed, DialError>> {
        let dialed = Dialed {
            transport: Box::new(self.clone()),
            peer: Peer {
                address: "127.0.0.1:5222".to_owned(),
                loopback: true,
            },
            begins_with_tls: false,
        };
        async { Ok(dialed) }.boxed()
    }
}

impl AsyncRead for Server {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let size = self.size.min(buffer.remaining()).min(self.sent.len());
        buffer.put_slice(&self.sent[..size]);
        self.sent.drain(..size);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Server {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
