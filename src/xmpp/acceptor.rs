//! The other end of a stream: the one that accepts it, as a server does.
//!
//! It reads what the client sends as the client reads what a server sends, and writes whatever it is told to, right or
//! wrong. How a server handles a login is not known here.

use tokio_native_tls::TlsAcceptor;

use super::closed::Closed;
use super::decoder::{Limits, StreamEvent};
use super::stream::XmlStream;
use super::transport::{Framing, Transport};

/// The accepting end of a stream, over anything that carries one.
pub(crate) struct Acceptor {
    stream: XmlStream,
}

impl Acceptor {
    /// The end of a connection over which nothing has gone yet.
    pub(crate) fn new(transport: Box<dyn Transport>) -> Self {
        Self {
            stream: XmlStream::new(transport, Limits::default(), Framing::Document),
        }
    }

    /// Waits for the client's next header, element or footer.
    ///
    /// Safe to cancel: nothing that was read is lost.
    ///
    /// # Errors
    ///
    /// When nothing more can be read, because the client has gone or what it sends is not XMPP.
    pub(crate) async fn event(&mut self) -> Result<StreamEvent, Closed> {
        self.stream.reader.event().await
    }

    /// The text of what came last, as the client sent it.
    pub(crate) fn source(&self) -> String {
        self.stream.reader.source()
    }

    /// Sends bytes as they are, and tells whether the client's side has taken them.
    pub(crate) async fn send(&mut self, bytes: &[u8]) -> bool {
        self.stream.writer.send_bytes(&[bytes]).await.is_ok()
    }

    /// Gets ready for a new stream of the client on the same connection (RFC 6120 §4.3.3).
    pub(crate) fn restart(&mut self) {
        self.stream.restart();
    }

    /// Goes over to TLS, now that the client has been told to; nothing when it does not come about.
    pub(crate) async fn encrypt(self, acceptor: &TlsAcceptor) -> Option<Self> {
        let secured = acceptor.accept(self.stream.into_transport()).await;
        Some(Self::new(Box::new(secured.ok()?)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::super::header::Header;
    use super::super::transport::StreamItem;
    use super::*;

    #[tokio::test]
    async fn both_ends_are_made_of_the_same() {
        let (ours, theirs) = duplex(1024);
        let mut server = Acceptor::new(Box::new(theirs));
        let mut client = XmlStream::new(Box::new(ours), Limits::default(), Framing::Document);
        let header = Header::of_client("localhost");
        for _ in 0..2 {
            client.send(StreamItem::Header(&header)).await.unwrap();
            assert_eq!(
                server.event().await,
                Ok(StreamEvent::Header(header.clone()))
            );
            assert_eq!(server.source(), header.to_string());
            assert!(server.send(header.to_string().as_bytes()).await);
            assert_eq!(client.reader.header().await, Ok(header.clone()));
            client.restart();
            server.restart();
        }
        drop(client);
        assert!(matches!(
            server.event().await,
            Err(Closed::ConnectionLost(_))
        ));
        assert!(!server.send(b"<presence/>").await);
    }
}
