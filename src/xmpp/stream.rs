//! The XML stream on a transport: headers, elements and ends, in and out.
//!
//! Elements are sent as they are given, byte for byte, and read in the order of the wire. Both ends of a stream are
//! made of this: a client's and a server's. Nothing here knows of logins or of what an element means, the stream error
//! excepted.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::io::{self, IoSlice};

use minidom::Element;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::task::consume_budget;

use super::closed::Closed;
use super::decoder::{Decoder, Limits, StreamEvent};
use super::header::Header;
use super::transport::{Framing, StreamItem, Transport};
use crate::ns;

/// How much is asked of the transport at a time, in bytes.
const READ_SIZE: usize = 8 * 1024;

/// How much that is not XMPP may come before the end of a connection, in bytes.
const MOST_NONSENSE: usize = 1024 * 1024;

/// What a [`Reader`] has read.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming {
    /// The header of a stream.
    Header(Header),
    /// A stanza or a nonza. Neighbouring pieces of text are joined.
    Element(Element),
    /// There will be nothing more.
    Closed(Closed),
}

/// The receiving side of a stream.
pub struct Reader {
    half: ReadHalf<Box<dyn Transport>>,
    /// What reads a stream is moved often, and a decoder is large.
    decoder: Box<Decoder>,
    /// What was read before, and is to be read again.
    put_back: VecDeque<Element>,
    closed: Option<Closed>,
}

impl Reader {
    /// Waits for the next element, or the header where one is due. A stream error is given as the element it is, and
    /// then as the end.
    /// After the end, the end is all there is.
    ///
    /// Safe to cancel: nothing that was read is lost.
    pub async fn next(&mut self) -> Incoming {
        if let Some(element) = self.put_back.pop_front() {
            return Incoming::Element(element);
        }
        if let Some(closed) = &self.closed {
            return Incoming::Closed(closed.clone());
        }
        match self.read().await {
            Ok(StreamEvent::Element(element)) => {
                if element.is("error", ns::STREAM) {
                    self.closed = Some(Closed::by_error(&element));
                }
                Incoming::Element(element)
            }
            Ok(StreamEvent::Header(header)) => Incoming::Header(header),
            Ok(StreamEvent::Footer) => self.end(Closed::ByPeer),
            Err(closed) => self.end(closed),
        }
    }

    /// Waits for the next thing of any kind, as it comes: this is how a stream is read on which there may be no login.
    /// A stream error is an element like any other here.
    ///
    /// Safe to cancel, as [`Reader::next`] is.
    ///
    /// # Errors
    ///
    /// When nothing more can be read.
    pub async fn event(&mut self) -> Result<StreamEvent, Closed> {
        match self.put_back.pop_front() {
            Some(element) => Ok(StreamEvent::Element(element)),
            None => self.read().await,
        }
    }

    /// Waits for the header of the other side's stream.
    pub(super) async fn header(&mut self) -> Result<Header, Closed> {
        match self.read().await? {
            StreamEvent::Header(header) => Ok(header),
            StreamEvent::Element(_) | StreamEvent::Footer => Err(Closed::ByPeer),
        }
    }

    /// Reads on, whatever was put back.
    async fn read(&mut self) -> Result<StreamEvent, Closed> {
        // A server that always has something to say must not keep other tasks, and timers, from having their turn.
        consume_budget().await;
        loop {
            match self.decoder.next() {
                Ok(Some(event)) => return Ok(event),
                Ok(None) => self.fill().await?,
                Err(error) => return Err(Closed::NotXmpp(error.to_string())),
            }
        }
    }

    /// Gets ready for a new stream of the other side on the same transport. The old one is over without a footer
    /// (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        self.decoder.restart();
    }

    /// Lets headers begin new streams of the other side, or not. What comes before one still belongs to the old stream.
    pub fn allow_headers(&mut self, are_allowed: bool) {
        self.decoder.allow_headers(are_allowed);
    }

    /// Waits, behind a stream error, for the end of the stream or of the connection.
    ///
    /// Safe to cancel, as [`Reader::next`] is.
    pub async fn end_behind_error(&mut self) -> Closed {
        loop {
            match self.read().await {
                Ok(StreamEvent::Footer) => return Closed::ByPeer,
                Ok(StreamEvent::Header(_) | StreamEvent::Element(_)) => {}
                Err(closed) => return closed,
            }
        }
    }

    /// What has begun to come and is not complete, if there is anything: how much came before it, by which it is told
    /// from what begins later.
    pub fn begun(&self) -> Option<usize> {
        let is_amid = self.decoder.is_amid_element();
        is_amid.then(|| self.decoder.complete_weight())
    }

    /// Waits, behind what is not XMPP, for the end of the connection (RFC 6120 §5.4.3.2). None if there is no end to what
    /// comes.
    ///
    /// Safe to cancel, as [`Reader::next`] is.
    pub async fn end_behind_nonsense(&mut self) -> Option<Closed> {
        let mut rest = Vec::with_capacity(READ_SIZE);
        let mut came = 0;
        while came < MOST_NONSENSE {
            consume_budget().await;
            rest.clear();
            match self.half.read_buf(&mut rest).await {
                Ok(0) => return Some(unended()),
                Ok(count) => came += count,
                Err(error) => match Closed::unread(&error) {
                    // A message of a WebSocket that was none comes as an error; the connection goes on behind it.
                    Closed::NotXmpp(_) => came += Limits::PER_ELEMENT,
                    end => return Some(end),
                },
            }
        }
        None
    }

    /// Lets elements that were read be the next ones again, in this order.
    pub(super) fn put_back(&mut self, elements: impl IntoIterator<Item = Element>) {
        self.put_back.extend(elements);
    }

    /// The text of the latest header or element as it came.
    pub(super) fn source(&self) -> String {
        self.decoder.source()
    }

    /// What has come while a header was waited for.
    pub(super) fn beginning(&self) -> Vec<u8> {
        self.decoder.beginning()
    }

    fn end(&mut self, closed: Closed) -> Incoming {
        self.closed = Some(closed.clone());
        Incoming::Closed(closed)
    }

    async fn fill(&mut self) -> Result<(), Closed> {
        let input = self.decoder.input();
        input.reserve(READ_SIZE);
        let ended = match self.half.read_buf(input).await {
            Ok(0) => unended(),
            Ok(_) => return Ok(()),
            Err(error) => Closed::unread(&error),
        };
        Err(match self.decoder.is_amid_element() {
            true => ended.amid_element(),
            false => ended,
        })
    }
}

/// The end of a connection without that of the stream.
fn unended() -> Closed {
    Closed::ConnectionLost("it ended without </stream:stream>".to_owned())
}

/// The sending side of a stream.
pub struct Writer {
    half: WriteHalf<Box<dyn Transport>>,
    framing: Framing,
    footer: Footer,
}

/// Whether the end of our stream has to be written.
enum Footer {
    NotDue,
    Due,
    Written,
}

impl Writer {
    /// Sends a header, an element, as it is given, or the end of our stream. When this is cancelled, part of it may
    /// have been sent: the stream is then good for nothing but to be dropped.
    ///
    /// # Errors
    ///
    /// When the connection does not take it. Why may be known to the [`Reader`].
    pub async fn send(&mut self, item: StreamItem<'_>) -> io::Result<()> {
        match item {
            StreamItem::Header(_) | StreamItem::WrittenHeader(_) => self.footer = Footer::Due,
            StreamItem::Element(_) => {}
            StreamItem::Footer | StreamItem::WrittenFooter(_) => self.footer = Footer::Written,
        }
        let text = self.framing.text(item);
        self.send_bytes(&[text.as_bytes()]).await
    }

    /// Sends several elements at once. What is said of [`Writer::send`] holds here, too.
    ///
    /// # Errors
    ///
    /// When the connection does not take it.
    pub async fn send_elements(&mut self, elements: &[impl AsRef<str>]) -> io::Result<()> {
        let items = elements.iter().map(|xml| StreamItem::Element(xml.as_ref()));
        let texts: Vec<_> = items.map(|item| self.framing.text(item)).collect();
        let bytes: Vec<&[u8]> = texts.iter().map(|text| text.as_bytes()).collect();
        self.send_bytes(&bytes).await
    }

    /// Sends bytes that need not be XML, each piece at once as far as the transport knows pieces. What is said of
    /// [`Writer::send`] holds here, too.
    ///
    /// # Errors
    ///
    /// When the connection does not take it.
    pub async fn send_bytes(&mut self, pieces: &[&[u8]]) -> io::Result<()> {
        // An empty piece would be taken for a connection that takes nothing more.
        let pieces = pieces.iter().filter(|bytes| !bytes.is_empty());
        let mut slices: Vec<IoSlice<'_>> = pieces.map(|bytes| IoSlice::new(bytes)).collect();
        let mut rest = slices.as_mut_slice();
        while !rest.is_empty() {
            match self.half.write_vectored(rest).await? {
                0 => return Err(io::ErrorKind::WriteZero.into()),
                written => IoSlice::advance_slices(&mut rest, written),
            }
        }
        self.half.flush().await
    }

    /// Ends our side of the stream, once; what the server still sends can be read on, up to the end of
    /// its own side (RFC 6120 §4.4).
    ///
    /// # Errors
    ///
    /// When the connection does not take it.
    pub async fn close(&mut self) -> io::Result<()> {
        match self.footer {
            Footer::Due => self.send(StreamItem::Footer).await,
            Footer::NotDue | Footer::Written => Ok(()),
        }
    }

    /// Forgets that there is a stream of ours, as a new one will begin on the same transport (RFC 6120 §4.3.3).
    pub fn restart(&mut self) {
        self.footer = Footer::NotDue;
    }

    /// The text by which something goes over the transport.
    pub(crate) fn text<'i>(&self, item: StreamItem<'i>) -> Cow<'i, str> {
        self.framing.text(item)
    }

    /// Whether the stream is one of a WebSocket (RFC 7395).
    pub fn is_websocket(&self) -> bool {
        self.framing == Framing::Messages
    }

    /// Ends the connection below the stream: with TLS by a close_notify, without by the end of our side of TCP. The
    /// time for it is when the server has closed its stream too, or when the caller does not want to wait for that. The
    /// connection is gone when the [`Reader`] is dropped as well.
    ///
    /// # Errors
    ///
    /// When the connection was lost before.
    pub async fn shutdown(&mut self) -> io::Result<()> {
        self.half.shutdown().await
    }
}

/// Both sides of a stream, and the transport below them.
pub(super) struct XmlStream {
    pub(super) reader: Reader,
    pub(super) writer: Writer,
}

impl XmlStream {
    pub(super) fn new(transport: Box<dyn Transport>, limits: Limits, framing: Framing) -> Self {
        let (read, write) = tokio::io::split(transport);
        Self {
            reader: Reader {
                half: read,
                decoder: Box::new(Decoder::new(limits)),
                put_back: VecDeque::new(),
                closed: None,
            },
            writer: Writer {
                half: write,
                framing,
                footer: Footer::NotDue,
            },
        }
    }

    /// Sends something; that it cannot be sent is the end of the stream.
    pub(super) async fn send(&mut self, item: StreamItem<'_>) -> Result<(), Closed> {
        let sent = self.writer.send(item).await;
        sent.map_err(|error| Closed::lost(&error))
    }

    /// Gets ready for a new stream on the same transport, in both directions.
    pub(super) fn restart(&mut self) {
        self.writer.restart();
        self.reader.restart();
    }

    /// What all that has come counts ([`Limits::stream`]).
    pub(super) fn weight(&self) -> usize {
        self.reader.decoder.weight()
    }

    /// Counts what came over this connection before.
    pub(super) fn add_weight(&mut self, weight: usize) {
        self.reader.decoder.add_weight(weight);
    }

    /// Whether more has arrived than was asked for.
    pub(super) fn has_unread(&self) -> bool {
        self.reader.decoder.has_unread()
    }

    /// The bare transport; the stream on it is over.
    pub(super) fn into_transport(self) -> Box<dyn Transport> {
        self.reader.half.unsplit(self.writer.half)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::timeout;

    use super::*;

    const HEADER: &[u8] = b"<stream:stream id='i' version='1.0' xmlns='jabber:client' \
         xmlns:stream='http://etherx.jabber.org/streams'>";

    async fn opened() -> (XmlStream, DuplexStream) {
        let (ours, mut theirs) = duplex(64 * 1024);
        let transport = Box::new(ours);
        let mut stream = XmlStream::new(transport, Limits::default(), Framing::Document);
        theirs.write_all(HEADER).await.unwrap();
        let header = Header::of_client("localhost");
        stream.send(StreamItem::Header(&header)).await.unwrap();
        stream.reader.header().await.unwrap();
        (stream, theirs)
    }

    #[tokio::test(start_paused = true)]
    async fn reading_survives_being_cancelled() {
        let (mut stream, mut theirs) = opened().await;
        for byte in b"<presence from='j'/>" {
            let waited = timeout(Duration::from_millis(1), stream.reader.next()).await;
            assert!(waited.is_err());
            theirs.write_all(&[*byte]).await.unwrap();
        }
        let Incoming::Element(element) = stream.reader.next().await else {
            panic!("no element");
        };
        assert_eq!(element.attr("from"), Some("j"));
    }

    #[tokio::test(start_paused = true)]
    async fn a_flood_does_not_keep_a_clock_from_being_looked_at() {
        const FLOOD: usize = 10_000;
        let (mut stream, mut theirs) = opened().await;
        let mut count = 0;
        let flooding = async {
            let _ = theirs.write_all("<a/>".repeat(FLOOD).as_bytes()).await;
        };
        let reading = timeout(Duration::ZERO, async {
            while let Incoming::Element(_) = stream.reader.next().await {
                count += 1;
            }
        });
        let (_, read) = tokio::join!(flooding, reading);
        assert!(read.is_err());
        assert!(count < FLOOD / 10, "{count}");
    }

    #[tokio::test]
    async fn a_stream_error_is_an_element_and_then_the_end() {
        let (mut stream, mut theirs) = opened().await;
        let error = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                     <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>replaced</text></stream:error>";
        theirs.write_all(error.as_bytes()).await.unwrap();
        assert!(matches!(stream.reader.next().await, Incoming::Element(_)));
        let Incoming::Closed(closed) = stream.reader.next().await else {
            panic!("not closed");
        };
        assert_eq!(closed.to_string(), "stream error conflict: replaced");
    }

    #[tokio::test]
    async fn the_end_is_told_again_and_again() {
        let (mut stream, mut theirs) = opened().await;
        theirs.write_all(b"</stream:stream>").await.unwrap();
        for _ in 0..2 {
            assert_eq!(stream.reader.next().await, Incoming::Closed(Closed::ByPeer));
        }
    }

    #[tokio::test]
    async fn an_end_without_the_footer_is_a_loss() {
        let (mut stream, theirs) = opened().await;
        drop(theirs);
        let ended = stream.reader.next().await;
        assert!(matches!(ended, Incoming::Closed(Closed::ConnectionLost(_))));
    }

    #[tokio::test]
    async fn text_goes_out_as_it_is_and_the_footer_once() {
        let (mut stream, mut theirs) = opened().await;
        stream
            .writer
            .send(StreamItem::Element("<a  b=\"'\"><![CDATA[<]]></a>"))
            .await
            .unwrap();
        stream.writer.send_bytes(&[b"", b""]).await.unwrap();
        stream.writer.close().await.unwrap();
        stream.writer.close().await.unwrap();
        stream.writer.shutdown().await.unwrap();
        let mut seen = String::new();
        theirs.read_to_string(&mut seen).await.unwrap();
        let header = Header::of_client("localhost");
        let said = "<a  b=\"'\"><![CDATA[<]]></a></stream:stream>";
        assert_eq!(seen, format!("{header}{said}"));
    }
}
