//! XMPP over WebSocket (RFC 7395), made to look like a stream over TCP.
//!
//! In a WebSocket every element is a message of its own, and `<open/>` and `<close/>` stand for the stream header and
//! its end. [`Framed`] takes in what comes, each [message](super::message) by itself; what goes out is translated where
//! it is written ([`Framing`]). What does not become a message, such as a ping, counts for the limits here, as the
//! reader of the stream does not see it. Nothing here knows of logins.
//!
//! [`Framing`]: super::transport::Framing

use std::fmt;
use std::io;
use std::pin::Pin;
use std::str::FromStr;
use std::task::{Context, Poll, ready};

use futures::{Sink, Stream};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError, SubProtocolError};
use tokio_tungstenite::tungstenite::http::uri::Authority;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use super::decoder::{DecodeError, Limits};
use super::message::{MessageError, stream_part};
use super::transport::Transport;

/// The subprotocol (RFC 7395 §3.1).
const SUBPROTOCOL: &str = "xmpp";

/// Where a WebSocket is.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct WebSocketUrl {
    /// Whether it begins with TLS: `wss`.
    pub secure: bool,
    /// A name or an address, without brackets.
    pub host: String,
    /// The port.
    pub port: u16,
    uri: Uri,
}

/// The error that a text is no such URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error(
    "this is not the URL of a WebSocket; write ws://HOST[:PORT]/PATH or wss://HOST[:PORT]/PATH, for example \
         wss://localhost:5281/xmpp-websocket"
)]
pub struct NoWebSocketUrl;

impl FromStr for WebSocketUrl {
    type Err = NoWebSocketUrl;

    fn from_str(text: &str) -> Result<Self, NoWebSocketUrl> {
        let uri: Uri = text.parse().map_err(|_| NoWebSocketUrl)?;
        let secure = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(NoWebSocketUrl),
        };
        let host = uri.host().unwrap_or_default();
        if host.is_empty() || uri.port_u16() == Some(0) {
            return Err(NoWebSocketUrl);
        }
        Ok(Self {
            secure,
            host: host.trim_matches(['[', ']']).to_owned(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            uri,
        })
    }
}

impl WebSocketUrl {
    /// The password that stands in it with a user's name (RFC 3986 §3.2.1).
    pub fn password(&self) -> Option<&str> {
        let (user, _) = self.uri.authority()?.as_str().rsplit_once('@')?;
        user.split_once(':').map(|(_, password)| password)
    }
}

/// What could be a secret, a user's name with a password and what stands behind the path, is not shown.
impl fmt::Display for WebSocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.secure { "wss" } else { "ws" };
        let authority = self.uri.authority().map_or("", Authority::as_str);
        let (user, place) = match authority.rsplit_once('@') {
            Some((_, place)) => ("…@", place),
            None => ("", authority),
        };
        let query = if self.uri.query().is_some() {
            "?…"
        } else {
            ""
        };
        write!(f, "{scheme}://{user}{place}{}{query}", self.uri.path())
    }
}

impl fmt::Debug for WebSocketUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WebSocketUrl({self})")
    }
}

/// Why there is no WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WebSocketError {
    /// The HTTP server answered something else.
    #[error("the HTTP server answered {0} and opened no WebSocket")]
    Status(u16),
    /// The server opens WebSockets, but not for XMPP.
    #[error(
        "the server does not speak XMPP in this WebSocket (it did not choose the subprotocol `xmpp`)"
    )]
    NotXmpp,
    /// Anything else.
    #[error("no WebSocket: {0}")]
    Failed(String),
}

impl WebSocketError {
    /// What the user could try.
    pub fn advice(&self) -> Option<String> {
        let advice = match self {
            Self::Status(404) | Self::NotXmpp => {
                "check the path of the URL: Prosody has /xmpp-websocket, ejabberd what its `request_handlers` say"
            }
            Self::Status(_) => "let the server allow WebSockets for this host and path",
            Self::Failed(_) => {
                "is this the port for HTTP, and is it `wss` rather than `ws`, or the other way round?"
            }
        };
        Some(advice.to_owned())
    }
}

impl From<tungstenite::Error> for WebSocketError {
    fn from(error: tungstenite::Error) -> Self {
        match error {
            tungstenite::Error::Http(answer) => Self::Status(answer.status().as_u16()),
            tungstenite::Error::Protocol(ProtocolError::SecWebSocketSubProtocolError(
                SubProtocolError::NoSubProtocol | SubProtocolError::InvalidSubProtocol,
            )) => Self::NotXmpp,
            other => Self::Failed(other.to_string()),
        }
    }
}

/// Opens a WebSocket on a connection, for XMPP.
pub(super) async fn open(
    transport: Box<dyn Transport>,
    url: &WebSocketUrl,
    limits: Limits,
) -> Result<Box<dyn Transport>, WebSocketError> {
    let mut request = url.uri.clone().into_client_request()?;
    let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", subprotocol);
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits.bytes))
        .max_frame_size(Some(limits.bytes));
    let counted = Counted {
        transport,
        weight: 0,
        limit: limits.stream,
    };
    let (socket, _) = client_async_with_config(request, counted, Some(config)).await?;
    Ok(Box::new(Framed {
        socket,
        limits,
        unread: Vec::new(),
    }))
}

/// That what came is no part of an XMPP stream.
fn refused(error: impl Into<DecodeError>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.into())
}

/// A connection over which no more than the limit comes, frames of all kinds included.
struct Counted {
    transport: Box<dyn Transport>,
    weight: usize,
    limit: usize,
}

impl Counted {
    fn add(&mut self, weight: usize) -> io::Result<()> {
        self.weight += weight;
        match self.weight > self.limit {
            true => Err(refused(DecodeError::TooMuch(self.limit))),
            false => Ok(()),
        }
    }
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.transport).poll_read(context, buffer))?;
        Poll::Ready(self.add(buffer.filled().len() - before))
    }
}

impl AsyncWrite for Counted {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.transport).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.transport).poll_shutdown(context)
    }
}

/// A WebSocket that looks like a stream. What is written at once is a message of its own.
struct Framed {
    socket: WebSocketStream<Counted>,
    limits: Limits,
    unread: Vec<u8>,
}

impl Framed {
    /// Counts a message of which nothing is seen above like an element.
    fn count_frame(&mut self) -> io::Result<()> {
        self.socket.get_mut().add(Limits::PER_ELEMENT)
    }
}

impl AsyncRead for Framed {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        while self.unread.is_empty() {
            match ready!(Pin::new(&mut self.socket).poll_next(context)) {
                None | Some(Ok(Message::Close(_))) => return Poll::Ready(Ok(())),
                Some(Ok(Message::Text(text))) => {
                    self.unread = stream_part(&text).map_err(refused)?.into_bytes();
                }
                Some(Ok(Message::Binary(_))) => {
                    return Poll::Ready(Err(refused(MessageError::Binary)));
                }
                // The library answers pings by itself. A server that does not take the answers fills our memory with
                // them, to which there is a bound, as each ping counts.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {
                    self.count_frame()?;
                }
                Some(Err(tungstenite::Error::Capacity(CapacityError::MessageTooLong {
                    ..
                }))) => {
                    return Poll::Ready(Err(refused(DecodeError::TooLarge(self.limits.bytes))));
                }
                Some(Err(tungstenite::Error::Io(error))) => return Poll::Ready(Err(error)),
                Some(Err(error)) => return Poll::Ready(Err(io::Error::other(error))),
            }
        }
        let count = self.unread.len().min(buffer.remaining());
        buffer.put_slice(&self.unread[..count]);
        self.unread.drain(..count);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Framed {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(Pin::new(&mut self.socket).poll_ready(context)).map_err(io::Error::other)?;
        let text = std::str::from_utf8(bytes).map_err(io::Error::other)?;
        let message = Message::text(text);
        Pin::new(&mut self.socket)
            .start_send(message)
            .map_err(io::Error::other)?;
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket)
            .poll_flush(context)
            .map_err(io::Error::other)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket)
            .poll_close(context)
            .map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use futures::SinkExt;
    use tokio::io::AsyncWriteExt;
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

    use super::super::closed::Closed;
    use super::super::stream::{Incoming, XmlStream};
    use super::super::transport::Framing;
    use super::*;
    use crate::ns;

    #[test]
    fn urls_are_read() {
        let url = |text: &str| text.parse::<WebSocketUrl>();
        let read = url("wss://[::1]:5281/xmpp-websocket").unwrap();
        assert_eq!(
            (read.secure, read.host.as_str(), read.port),
            (true, "::1", 5281)
        );
        assert_eq!(url("ws://example.org/x").unwrap().port, 80);
        assert_eq!(url("wss://example.org/x").unwrap().port, 443);
        for text in [
            "http://a.org/x",
            "a.org",
            "ws://",
            "ws:///x",
            "ws://a:0/x",
            "ws://a b/",
        ] {
            assert_eq!(url(text), Err(NoWebSocketUrl), "{text}");
        }
    }

    #[test]
    fn what_could_be_a_secret_in_a_url_is_not_shown() {
        for (text, shown) in [
            ("wss://a.org:5281/x/y", "wss://a.org:5281/x/y"),
            ("ws://[::1]:5280", "ws://[::1]:5280/"),
            ("ws://romeo:secret@a.org:1/x", "ws://…@a.org:1/x"),
            ("wss://secret@a.org/x?token=secret", "wss://…@a.org/x?…"),
        ] {
            let url: WebSocketUrl = text.parse().unwrap();
            assert_eq!(url.to_string(), shown);
            assert!(!format!("{url:?}").contains("secret"));
        }
    }

    /// Answers as a server that speaks XMPP.
    #[expect(clippy::result_large_err, reason = "the library wants it so")]
    fn choose_xmpp(_: &Request, mut answer: Response) -> Result<Response, ErrorResponse> {
        let subprotocol = HeaderValue::from_static(SUBPROTOCOL);
        let headers = answer.headers_mut();
        headers.insert("Sec-WebSocket-Protocol", subprotocol);
        Ok(answer)
    }

    /// The result of a message of so many bytes, where 100 are allowed.
    async fn heard(size: usize) -> Incoming {
        let limits = Limits {
            bytes: 100,
            ..Limits::default()
        };
        let (ours, theirs) = tokio::io::duplex(1024);
        let sent = async {
            let mut socket = accept_hdr_async(theirs, choose_xmpp).await.unwrap();
            let open = format!("<open xmlns='{}'/>", ns::FRAMING);
            let stanza = format!("<a xmlns='{}'>{}</a>", ns::CLIENT, "x".repeat(size - 29));
            assert_eq!(stanza.len(), size);
            for text in [open, stanza] {
                socket.send(Message::text(text)).await.unwrap();
            }
            socket
        };
        let received = async {
            let url = "ws://localhost/".parse().unwrap();
            let transport = open(Box::new(ours), &url, limits).await.unwrap();
            let mut stream = XmlStream::new(transport, limits, Framing::Messages);
            stream.reader.header().await.unwrap();
            stream.reader.next().await
        };
        tokio::join!(sent, received).1
    }

    #[tokio::test]
    async fn a_message_may_be_as_long_as_a_stanza() {
        assert!(matches!(heard(100).await, Incoming::Element(_)));
        let Incoming::Closed(closed) = heard(101).await else {
            panic!("it was taken");
        };
        assert_eq!(
            closed.to_string(),
            "the server sent an element of more than 100 bytes, the limit set by --max-stanza-size"
        );
    }

    /// The result of a frame that a server sends without end, and without reading anything, after these ones.
    async fn heard_without_end(before: &[u8], frame: &[u8]) -> Incoming {
        let limits = Limits {
            stream: 64 * 1024,
            ..Limits::default()
        };
        let (ours, theirs) = tokio::io::duplex(1024);
        let sent = async {
            let mut socket = accept_hdr_async(theirs, choose_xmpp).await.unwrap();
            let open = format!("<open xmlns='{}'/>", ns::FRAMING);
            socket.send(Message::text(open)).await.unwrap();
            let pipe = socket.get_mut();
            pipe.write_all(before).await.unwrap();
            while pipe.write_all(frame).await.is_ok() {}
        };
        let received = async {
            let url = "ws://localhost/".parse().unwrap();
            let transport = open(Box::new(ours), &url, limits).await.unwrap();
            let mut stream = XmlStream::new(transport, limits, Framing::Messages);
            stream.reader.header().await.unwrap();
            stream.reader.next().await
        };
        tokio::join!(sent, received).1
    }

    #[tokio::test]
    async fn frames_of_which_nothing_comes_are_limited() {
        let (ping, pong) = (b"\x89\x02hi", b"\x8a\x00");
        let (begun, continued) = (b"\x01\x00", b"\x00\x00");
        for (before, frame) in [(&b""[..], &ping[..]), (b"", pong), (begun, continued)] {
            let Incoming::Closed(closed) = heard_without_end(before, frame).await else {
                panic!("{frame:?} has come to something");
            };
            assert_eq!(
                closed.to_string(),
                "the server sent more than 65536 bytes over one connection, 256 added for each element, the limit set by \
                 --max-stream-size",
                "{frame:?}"
            );
        }
    }

    #[tokio::test]
    async fn a_message_that_is_none_breaks_the_stream_and_the_end_may_follow() {
        let (ours, theirs) = tokio::io::duplex(1024);
        let sent = async {
            let mut socket = accept_hdr_async(theirs, choose_xmpp).await.unwrap();
            let open = format!("<open xmlns='{}'/>", ns::FRAMING);
            let (blank, binary) = (Message::text(" "), Message::binary("<a xmlns='urn:a'/>"));
            for message in [Message::text(open), blank.clone(), blank, binary] {
                socket.send(message).await.unwrap();
            }
        };
        let received = async {
            let url = "ws://localhost/".parse().unwrap();
            let transport = open(Box::new(ours), &url, Limits::default()).await;
            let limits = Limits::default();
            let mut stream = XmlStream::new(transport.unwrap(), limits, Framing::Messages);
            stream.reader.header().await.unwrap();
            let broken = stream.reader.next().await;
            (broken, stream.reader.end_behind_nonsense().await)
        };
        let ((), (broken, end)) = tokio::join!(sent, received);
        let wrong = "a message that does not begin with `<` (RFC 7395 §3.3.3)";
        let wrong = Closed::NotXmpp(wrong.to_owned());
        assert_eq!(broken, Incoming::Closed(wrong));
        assert!(matches!(end, Some(Closed::ConnectionLost(_))), "{end:?}");
    }
}
