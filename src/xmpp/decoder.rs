//! From bytes to the top-level elements of a stream, without any I/O.
//!
//! Bytes go in as they come, in pieces of any size; out come the stream's header, whole elements and the
//! stream's end. What has arrived is checked at once, so that neither a deep nor an endless element is
//! ever held in memory beyond the limits. Namespaces are resolved; prefixes are not kept.

use minidom::Element;
use rxml::error::EndOrError;
use rxml::{AttrMap, Event, Namespace, Options, Parse, Parser, WithOptions};
use thiserror::Error;

use super::header::Header;
use super::message::MessageError;
use crate::{escape, ns};

/// How much of one element is accepted from a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How deep elements may be nested, the top-level element being the first level.
    pub depth: usize,
    /// How many bytes one top-level element may have.
    pub bytes: usize,
    /// How many bytes all that comes over one connection may have, each element counting [`Limits::PER_ELEMENT`] more
    /// than its text. What waits to be taken, or is kept for a report, takes no more memory than a small multiple of
    /// this.
    pub stream: usize,
}

impl Limits {
    /// What each element counts beside its text, in bytes: about what the smallest one, `<a/>`, takes in memory.
    pub const PER_ELEMENT: usize = 256;
    /// The deepest nesting that may be allowed: what is deeper is more than a stack holds.
    pub const MAX_DEPTH: usize = 1000;
    /// The largest element that may be allowed, in bytes: so much memory may be reserved for an element that is still
    /// being read.
    pub const MAX_BYTES: usize = 1024 * 1024 * 1024;
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            depth: 256,
            bytes: 16 * 1024 * 1024,
            stream: 64 * 1024 * 1024,
        }
    }
}

/// One complete thing read from a stream.
#[derive(Debug, Clone, PartialEq)]
pub enum StreamEvent {
    /// The opening tag of the stream.
    Header(Header),
    /// A stanza or a nonza.
    Element(Element),
    /// The closing tag of the stream.
    Footer,
}

/// Why what came is no XMPP stream.
#[derive(Debug, Clone, PartialEq, Error)]
pub(super) enum DecodeError {
    #[error("not well-formed XML: {0}")]
    Xml(rxml::Error),
    #[error("an element nested deeper than {0} levels, the limit set by --max-depth")]
    TooDeep(usize),
    #[error("an element of more than {0} bytes, the limit set by --max-stanza-size")]
    TooLarge(usize),
    #[error(
        "more than {0} bytes over one connection, {added} added for each element, the limit set by --max-stream-size",
        added = Limits::PER_ELEMENT
    )]
    TooMuch(usize),
    #[error("a second stream header")]
    SecondHeader,
    #[error("text outside of any element")]
    StrayText,
    #[error("<{name} xmlns='{namespace}'> instead of a stream header")]
    NotAStream { name: String, namespace: String },
    #[error(transparent)]
    Message(#[from] MessageError),
}

/// How long a name or the value of an attribute may be for the parser with which a stream begins, in bytes. A parser
/// takes that much memory at once, and seldom needs it.
const USUAL_TOKEN: usize = 4 * 1024;

/// How many bytes the parser is given at once. It looks for the end of a text in all of them, and then takes no more of it
/// than a token may have, and looks again.
const PIECE: usize = 2 * USUAL_TOKEN;

/// The state of one stream's parser. A stream restart needs a new one.
pub(super) struct Decoder {
    parser: Parser,
    /// How long a name or the value of an attribute may be for this parser.
    longest_token: usize,
    limits: Limits,
    input: Vec<u8>,
    parsed: usize,
    phase: Phase,
    open: Vec<Element>,
    /// The header of the stream, and its footer, as they came: another parser reads what is current behind them.
    frame: Vec<u8>,
    current: Vec<u8>,
    source: Vec<u8>,
    /// What all that has come counts, but for what is being read: the current bytes and elements.
    weight: usize,
    current_elements: usize,
    /// Whether a header may begin a new stream between two elements of another one.
    allows_headers: bool,
}

#[derive(PartialEq)]
enum Phase {
    BeforeHeader,
    InStream,
}

impl Decoder {
    pub(super) fn new(limits: Limits) -> Self {
        let longest_token = limits.bytes.min(USUAL_TOKEN);
        Self {
            parser: parser(longest_token),
            longest_token,
            limits,
            input: Vec::new(),
            parsed: 0,
            phase: Phase::BeforeHeader,
            open: Vec::new(),
            frame: Vec::new(),
            current: Vec::new(),
            source: Vec::new(),
            weight: 0,
            current_elements: 0,
            allows_headers: false,
        }
    }

    /// Begins a new stream with the bytes that have not been looked at.
    pub(super) fn restart(&mut self) {
        let unread = self.input.split_off(self.parsed);
        let (weight, allows_headers) = (self.weight(), self.allows_headers);
        *self = Self::new(self.limits);
        self.allows_headers = allows_headers;
        self.input = unread;
        self.add_weight(weight);
    }

    /// Lets headers begin new streams, or not. What comes before one still belongs to the old stream.
    pub(super) fn allow_headers(&mut self, are_allowed: bool) {
        self.allows_headers = are_allowed;
    }

    /// Begins a new stream if one begins here. Tells whether more bytes are needed to know.
    fn heed_header(&mut self) -> bool {
        let is_between = self.open.is_empty() && self.current.trim_ascii().is_empty();
        if !self.allows_headers || self.phase == Phase::BeforeHeader || !is_between {
            return false;
        }
        let rest = &self.input[self.parsed..];
        match begins_stream(rest) {
            Some(true) => {
                self.parsed = self.input.len() - rest.trim_ascii_start().len();
                self.restart();
                false
            }
            Some(false) => false,
            None => true,
        }
    }

    /// What all that has come over the connection counts.
    pub(super) fn weight(&self) -> usize {
        self.weight + self.current.len() + self.current_elements * Limits::PER_ELEMENT
    }

    /// The same of what is complete.
    pub(super) fn complete_weight(&self) -> usize {
        self.weight
    }

    /// Counts what came over the connection before.
    pub(super) fn add_weight(&mut self, weight: usize) {
        self.weight += weight;
    }

    /// Whether bytes have arrived that were not looked at.
    pub(super) fn has_unread(&self) -> bool {
        self.parsed < self.input.len()
    }

    /// Whether an element has begun and not ended.
    fn is_open(&self) -> bool {
        !self.open.is_empty()
    }

    /// Whether something in the stream has begun to come, and is not complete.
    pub(super) fn is_amid_element(&self) -> bool {
        let unread = &self.input[self.parsed..];
        let has_begun = |bytes: &[u8]| !bytes.trim_ascii().is_empty();
        self.phase == Phase::InStream
            && (self.is_open() || has_begun(&self.current) || has_begun(unread))
    }

    /// Where arriving bytes have to be appended.
    pub(super) fn input(&mut self) -> &mut Vec<u8> {
        &mut self.input
    }

    /// The text of the latest item as it came.
    pub(super) fn source(&self) -> String {
        // An item has been read, so it is UTF-8; to look for what is not takes several times as long.
        let text = str::from_utf8(&self.source).unwrap_or_default();
        text.trim().to_owned()
    }

    /// What has come while a header was waited for.
    pub(super) fn beginning(&self) -> Vec<u8> {
        match self.phase {
            Phase::BeforeHeader => [&self.current, &self.input[self.parsed..]].concat(),
            Phase::InStream => Vec::new(),
        }
    }

    /// The next complete item; `None` when more bytes are needed.
    pub(super) fn next(&mut self) -> Result<Option<StreamEvent>, DecodeError> {
        while let Some(event) = self.next_event()? {
            let item = self.apply(event)?;
            self.check_size()?;
            if let Some(item) = item {
                self.finish(&item);
                return Ok(Some(item));
            }
        }
        self.check_size()?;
        Ok(None)
    }

    fn finish(&mut self, item: &StreamEvent) {
        match item {
            StreamEvent::Header(_) | StreamEvent::Footer => self.frame.extend(&self.current),
            StreamEvent::Element(_) => {}
        }
        self.weight = self.weight();
        self.current_elements = 0;
        self.source = std::mem::take(&mut self.current);
    }

    fn check_size(&self) -> Result<(), DecodeError> {
        if self.current.len() > self.limits.bytes {
            return Err(DecodeError::TooLarge(self.limits.bytes));
        }
        if self.weight() > self.limits.stream {
            return Err(DecodeError::TooMuch(self.limits.stream));
        }
        Ok(())
    }

    fn next_event(&mut self) -> Result<Option<Event>, DecodeError> {
        loop {
            if self.heed_header() {
                return Ok(None);
            }
            match self.parse_piece() {
                Ok(event) => return Ok(event),
                Err(EndOrError::NeedMoreData) if self.has_unread() => {}
                Err(EndOrError::NeedMoreData) => {
                    self.input.clear();
                    self.parsed = 0;
                    return Ok(None);
                }
                Err(EndOrError::Error(_)) if self.longest_token < self.limits.bytes => {
                    self.read_again();
                }
                Err(EndOrError::Error(error)) => {
                    // What the parser calls too long, for instance the value of an attribute, we call too large.
                    self.check_size()?;
                    return Err(DecodeError::Xml(error));
                }
            }
        }
    }

    /// What the parser is given next.
    fn piece(&self) -> &[u8] {
        let end = self.input.len().min(self.parsed + PIECE);
        &self.input[self.parsed..end]
    }

    fn parse_piece(&mut self) -> Result<Option<Event>, EndOrError> {
        let end = self.parsed + self.piece().len();
        let mut rest = &self.input[self.parsed..end];
        let parsed = self.parser.parse(&mut rest, false);
        let end = end - rest.len();
        self.current
            .extend_from_slice(&self.input[self.parsed..end]);
        self.parsed = end;
        parsed
    }

    /// Goes back to where the current item begins, with a parser that takes the longest names and values there may be.
    /// What is wrong with the item will be wrong again.
    fn read_again(&mut self) {
        self.longest_token = self.limits.bytes;
        self.parser = parser(self.longest_token);
        let mut frame = self.frame.as_slice();
        while let Ok(Some(_)) = self.parser.parse(&mut frame, false) {}
        self.input.splice(..self.parsed, self.current.drain(..));
        self.parsed = 0;
        self.open.clear();
        self.current_elements = 0;
    }

    fn apply(&mut self, event: Event) -> Result<Option<StreamEvent>, DecodeError> {
        match event {
            Event::XmlDeclaration(..) => Ok(None),
            Event::StartElement(_, (namespace, name), attributes) => {
                self.start(&namespace, &name, attributes)
            }
            Event::EndElement(_) => Ok(self.end()),
            Event::Text(metrics, text) => self.text(&text, metrics.len()),
        }
    }

    fn start(
        &mut self,
        namespace: &Namespace<'static>,
        name: &str,
        attributes: AttrMap,
    ) -> Result<Option<StreamEvent>, DecodeError> {
        if self.phase == Phase::BeforeHeader {
            return self.header(namespace, name, attributes).map(Some);
        }
        if self.open.is_empty() && is_header(namespace, name) {
            return Err(DecodeError::SecondHeader);
        }
        if self.open.len() == self.limits.depth {
            return Err(DecodeError::TooDeep(self.limits.depth));
        }
        self.current_elements += 1;
        let mut element = Element::bare(name, namespace.as_str());
        *element.attrs_mut() = attributes;
        self.open.push(element);
        Ok(None)
    }

    fn header(
        &mut self,
        namespace: &Namespace<'static>,
        name: &str,
        attributes: AttrMap,
    ) -> Result<StreamEvent, DecodeError> {
        if !is_header(namespace, name) {
            return Err(DecodeError::NotAStream {
                name: name.to_owned(),
                namespace: namespace.as_str().to_owned(),
            });
        }
        self.phase = Phase::InStream;
        Ok(StreamEvent::Header(Header {
            namespace: self.namespace(),
            ..Header::of_attributes(attributes)
        }))
    }

    /// The namespace of an element without prefix below the header that was just read (RFC 6120 §4.8.2): the parser, which
    /// alone knows, is given one. None if the header ends itself, as nothing is below it then.
    fn namespace(&mut self) -> Option<String> {
        if self.current.ends_with(b"/>") {
            return None;
        }
        let mut below = b"<a/>".as_slice();
        let start = self.parser.parse(&mut below, false);
        let end = self.parser.parse(&mut below, false);
        match (start, end) {
            (
                Ok(Some(Event::StartElement(_, (namespace, _), _))),
                Ok(Some(Event::EndElement(_))),
            ) => Some(namespace.as_str().to_owned()),
            _ => None,
        }
    }

    fn end(&mut self) -> Option<StreamEvent> {
        let Some(element) = self.open.pop() else {
            return Some(StreamEvent::Footer);
        };
        let Some(parent) = self.open.last_mut() else {
            return Some(StreamEvent::Element(element));
        };
        parent.append_child(element);
        None
    }

    fn text(&mut self, text: &str, length: usize) -> Result<Option<StreamEvent>, DecodeError> {
        if let Some(element) = self.open.last_mut() {
            element.append_text(text);
        } else if text.trim_ascii().is_empty() {
            // White space between stanzas keeps connections alive (RFC 6120 §4.6.1); it is part of none.
            let length = length.min(self.current.len());
            self.current.drain(..length);
            self.weight += length;
        } else {
            return Err(DecodeError::StrayText);
        }
        Ok(None)
    }
}

/// Whether bytes begin a document whose root is called as that of a stream is; none if there are too few of them.
fn begins_stream(bytes: &[u8]) -> Option<bool> {
    const DECLARATION: &[u8] = b"<?xml";
    /// How long the name of a root may be, its prefix included.
    const LONG: usize = 256;
    let bytes = bytes.trim_ascii_start();
    if bytes.is_empty() {
        return Some(false);
    }
    if DECLARATION.starts_with(bytes) || bytes.starts_with(DECLARATION) {
        return (bytes.len() >= DECLARATION.len()).then_some(true);
    }
    let Some(name) = bytes.strip_prefix(b"<") else {
        return Some(false);
    };
    let is_end = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'>' | b'/');
    match name.iter().position(is_end) {
        Some(end) => {
            let local = name[..end].rsplit(|byte| *byte == b':').next();
            Some(local == Some(b"stream"))
        }
        None => (name.len() > LONG).then_some(false),
    }
}

fn is_header(namespace: &Namespace<'static>, name: &str) -> bool {
    namespace.as_str() == ns::STREAM && name == "stream"
}

/// Reads a text that is one element, as it would be read on a stream with this default namespace; or the header of a
/// stream, which is given as [`Header::element`] gives it.
///
/// # Errors
///
/// Why it is none, in words.
pub fn read_element(xml: &str, namespace: &str) -> Result<Element, String> {
    if let Some(header) = read_header(xml) {
        return Ok(header.element());
    }
    let header = format!(
        "<stream:stream xmlns='{}' xmlns:stream='{}'>",
        escape::attribute(namespace),
        ns::STREAM
    );
    // The text is in memory already; only the stack has to be kept from overflowing.
    let mut decoder = Decoder::new(Limits {
        depth: Limits::MAX_DEPTH,
        bytes: header.len() + xml.len(),
        stream: usize::MAX,
    });
    decoder.input().extend(header.bytes().chain(xml.bytes()));
    let mut next = || decoder.next().map_err(|error| error.to_string());
    next()?;
    match (next()?, next()?) {
        (Some(StreamEvent::Element(element)), None) if !decoder.is_open() => Ok(element),
        _ => Err("not one whole element".to_owned()),
    }
}

/// Reads a text that is the header of a stream, and nothing else.
pub(crate) fn read_header(xml: &str) -> Option<Header> {
    if begins_stream(xml.as_bytes()) != Some(true) {
        return None;
    }
    let mut decoder = Decoder::new(Limits {
        bytes: xml.len(),
        ..Limits::default()
    });
    decoder.input().extend(xml.bytes());
    let Ok(Some(StreamEvent::Header(header))) = decoder.next() else {
        return None;
    };
    matches!(decoder.next(), Ok(None)).then_some(header)
}

/// A parser that gives text away as soon as it comes, so that a keepalive is not held back as the
/// beginning of the next element.
fn parser(longest_token: usize) -> Parser {
    let mut parser = Parser::with_options(Options {
        max_token_length: longest_token,
        ..Options::default()
    });
    parser.set_text_buffering(false);
    parser
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "<?xml version='1.0'?><stream:stream id='i' version='1.0' \
         xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

    fn small() -> Limits {
        Limits {
            depth: 3,
            bytes: 400,
            stream: 1024 * 1024,
        }
    }

    /// Everything that comes out when the header and then `bytes` go in, in pieces of `size` bytes.
    fn decode(bytes: &[u8], size: usize) -> Result<Vec<StreamEvent>, DecodeError> {
        let mut decoder = Decoder::new(small());
        let mut items = Vec::new();
        for piece in [HEADER.as_bytes(), bytes].concat().chunks(size) {
            decoder.input().extend_from_slice(piece);
            while let Some(item) = decoder.next()? {
                items.push(item);
            }
        }
        Ok(items)
    }

    #[track_caller]
    fn elements(text: &str) -> Vec<Element> {
        let mut items = decode(text.as_bytes(), usize::MAX).unwrap().into_iter();
        assert!(matches!(items.next(), Some(StreamEvent::Header(_))));
        items
            .filter_map(|item| match item {
                StreamEvent::Element(element) => Some(element),
                StreamEvent::Header(_) | StreamEvent::Footer => None,
            })
            .collect()
    }

    #[track_caller]
    fn refused(text: &[u8], wanted: &str) {
        for size in [1, usize::MAX] {
            let error = decode(text, size).unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[test]
    fn reads_the_header_before_anything_follows() {
        let items = decode(b"", 1).unwrap();
        let header = Header {
            id: Some("i".into()),
            version: Some("1.0".into()),
            namespace: Some(ns::CLIENT.into()),
            ..Header::default()
        };
        assert!(matches!(items.as_slice(), [StreamEvent::Header(read)] if *read == header));
    }

    #[test]
    fn the_namespace_of_a_header_is_that_of_what_comes_below_it() {
        for (declarations, namespace) in [
            ("xmlns='jabber:client'", "jabber:client"),
            ("xmlns=\"jabber:&#99;lient\" id='xmlns=x'", "jabber:client"),
            ("xmlns='jabber:server' xmlns:x='urn:x'", "jabber:server"),
            ("xmlns=''", ""),
            ("", ""),
        ] {
            let mut decoder = Decoder::new(small());
            let text = format!("<s:stream xmlns:s='{}' {declarations}>", ns::STREAM);
            decoder.input().extend_from_slice(text.as_bytes());
            let Ok(Some(StreamEvent::Header(header))) = decoder.next() else {
                panic!("no header");
            };
            assert_eq!(header.namespace.as_deref(), Some(namespace), "{text}");
        }
    }

    #[test]
    fn nothing_is_below_a_header_that_ends_itself() {
        let mut decoder = Decoder::new(small());
        let text = format!("{}/>", HEADER.trim_end_matches('>'));
        decoder.input().extend_from_slice(text.as_bytes());
        let Ok(Some(StreamEvent::Header(header))) = decoder.next() else {
            panic!("no header");
        };
        assert_eq!(header.namespace, None);
        assert_eq!(decoder.next(), Ok(Some(StreamEvent::Footer)));
    }

    #[test]
    fn keeps_namespaces_languages_and_prefixed_attributes() {
        let read = elements(
            "<message xml:lang='de' xmlns:x='urn:x' x:mark='1' mark='2'><x:y/><z xmlns=''/></message>",
        );
        assert_eq!(read[0].ns(), ns::CLIENT);
        assert_eq!(read[0].attr_ns(ns::XML, "lang"), Some("de"));
        assert_eq!(read[0].attr_ns("urn:x", "mark"), Some("1"));
        assert_eq!(read[0].attr("mark"), Some("2"));
        assert!(read[0].has_child("y", "urn:x"));
        assert!(read[0].has_child("z", ""));
    }

    #[test]
    fn whatever_came_can_be_written_again() {
        for text in [
            "<m><z xmlns='' a='1'><y xmlns='urn:y'/></z></m>",
            "<xml:z xml:a='1'/>",
            "<x:z xmlns:x='urn:x' x:a='1' a='2'><x:z/><z/></x:z>",
            "<z><![CDATA[]]>]]&gt;&#13;&#9;&quot;</z>",
            "<z a='&#10;&lt;&quot;&apos;' />",
        ] {
            let element = &elements(text)[0];
            assert_eq!(elements(&String::from(element))[0], *element, "{text}");
        }
    }

    #[test]
    fn pieces_of_any_size_give_the_same() {
        let text = "<message><body>Rosen &amp; Dornen für <![CDATA[<Julia>]]> 🌹</body></message> \n\
                    <presence/></stream:stream>";
        for size in 1..=text.len() {
            let items = decode(text.as_bytes(), size).unwrap();
            let [
                StreamEvent::Header(_),
                StreamEvent::Element(message),
                StreamEvent::Element(presence),
                StreamEvent::Footer,
            ] = items.as_slice()
            else {
                panic!("{items:?}");
            };
            let body = message.get_child("body", ns::CLIENT).unwrap();
            assert_eq!(body.text(), "Rosen & Dornen für <Julia> 🌹");
            assert_eq!(presence.name(), "presence");
        }
    }

    #[test]
    fn keepalives_never_count() {
        let text = " \n".repeat(1000) + "<presence/>" + &"\t".repeat(1000);
        for size in [1, 7, usize::MAX] {
            assert_eq!(decode(text.as_bytes(), size).unwrap().len(), 2);
        }
    }

    #[test]
    fn the_source_is_what_came() {
        let mut decoder = Decoder::new(small());
        let text = format!("{HEADER}  <a  b='1'/> <c></c>");
        decoder.input().extend_from_slice(text.as_bytes());
        let mut sources = Vec::new();
        while decoder.next().unwrap().is_some() {
            sources.push(decoder.source());
        }
        assert_eq!(sources, [HEADER, "<a  b='1'/>", "<c></c>"]);
    }

    #[test]
    fn a_restart_keeps_what_was_not_read() {
        let mut decoder = Decoder::new(small());
        let text = format!("{HEADER}<success/>{HEADER}");
        decoder.input().extend_from_slice(text.as_bytes());
        assert!(matches!(decoder.next(), Ok(Some(StreamEvent::Header(_)))));
        assert!(matches!(decoder.next(), Ok(Some(StreamEvent::Element(_)))));
        assert!(decoder.has_unread());
        decoder.restart();
        assert!(matches!(decoder.next(), Ok(Some(StreamEvent::Header(_)))));
        assert!(!decoder.has_unread());
    }

    #[test]
    fn where_headers_are_allowed_each_begins_a_new_stream() {
        let text = format!(
            "{HEADER}<a/>\n{HEADER}<streams/><b/>{}</stream:stream>",
            &HEADER[21..]
        );
        for size in 1..=text.len() {
            let mut decoder = Decoder::new(small());
            decoder.allow_headers(true);
            let mut events = Vec::new();
            for piece in text.as_bytes().chunks(size) {
                decoder.input().extend_from_slice(piece);
                while let Some(event) = decoder.next().unwrap() {
                    events.push(match event {
                        StreamEvent::Header(_) => "header".to_owned(),
                        StreamEvent::Element(element) => element.name().to_owned(),
                        StreamEvent::Footer => "footer".to_owned(),
                    });
                }
            }
            let wanted = ["header", "a", "header", "streams", "b", "header", "footer"];
            assert_eq!(events, wanted, "{size}");
        }
    }

    #[test]
    fn a_header_is_read_as_it_is_written() {
        let text = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
                    from='a&amp;b' id='&lt;' version='1.0' xml:lang='en' x='y'>";
        let element = read_element(text, "urn:other").unwrap();
        assert_eq!(element.attr("from"), Some("a&b"));
        assert_eq!(element.attr("x"), Some("y"));
        assert_eq!(element.attr_ns(ns::XML, "lang"), Some("en"));
        let default = element.prefixes.get(&None).map(String::as_str);
        assert_eq!(default, Some(ns::CLIENT));
        let written = crate::xmpp::write_element(&element);
        assert!(written.ends_with('>') && !written.ends_with("/>"));
        assert_eq!(read_element(&written, ""), Ok(element));
        for other in [
            format!("{text}<a/>"),
            "<stream/>".to_owned(),
            "<?xml?>".to_owned(),
        ] {
            assert_eq!(read_header(&other), None, "{other}");
        }
    }

    #[test]
    fn refuses_what_xmpp_forbids() {
        refused(b"<!DOCTYPE x>", "not well-formed");
        refused(b"<!-- aside -->", "not well-formed");
        refused(b"<?exit?>", "not well-formed");
        refused(b"<message>&nbsp;</message>", "not well-formed");
        refused(b"<a></b>", "not well-formed");
        refused(b"<a b='1' b='2'/>", "duplicate attribute");
        refused(b"<x:a/>", "undeclared namespace prefix");
        refused(b"<message>\xff\xfe</message>", "utf-8");
        refused(b"hello", "text outside");
        refused(&HEADER.as_bytes()[21..], "a second stream header");
    }

    #[test]
    fn refuses_what_is_no_stream() {
        for (text, wanted) in [
            ("HTTP/1.1 400 Bad Request\r\n", "not well-formed XML"),
            (
                "<html xmlns='urn:web'>",
                "<html xmlns='urn:web'> instead of a stream header",
            ),
        ] {
            let mut decoder = Decoder::new(small());
            decoder.input().extend_from_slice(text.as_bytes());
            let error = decoder.next().unwrap_err().to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    /// What comes out when this goes in, in pieces of `size` bytes, and what all of it counts then: each item and its
    /// text as it came, and what is wrong at last, if anything is.
    fn all_told(mut decoder: Decoder, text: &str, size: usize) -> (Vec<(String, String)>, usize) {
        let mut told = Vec::new();
        for piece in text.as_bytes().chunks(size) {
            decoder.input().extend_from_slice(piece);
            loop {
                let item = match decoder.next() {
                    Ok(Some(StreamEvent::Element(element))) => String::from(&element),
                    Ok(Some(event)) => format!("{event:?}"),
                    Ok(None) => break,
                    Err(error) => {
                        told.push((error.to_string(), String::new()));
                        return (told, decoder.weight());
                    }
                };
                told.push((item, decoder.source()));
            }
        }
        (told, decoder.weight())
    }

    #[track_caller]
    fn is_read_as_if_it_was_usual(text: &str, items: usize) {
        for size in [61, USUAL_TOKEN, usize::MAX] {
            let mut patient = Decoder::new(Limits::default());
            patient.read_again();
            let wanted = all_told(patient, text, size);
            assert_eq!(wanted.0.len(), items, "{:.200}", text);
            let told = all_told(Decoder::new(Limits::default()), text, size);
            assert!(told == wanted, "{text:.200}");
        }
    }

    #[test]
    fn a_long_name_or_value_is_read_as_any_other() {
        let header = HEADER.replace(" id='i'", " xmlns:p='urn:p'");
        let long = "x".repeat(100_000);
        for (rest, items) in [
            (format!("<a/> \n<p:b c='{long}'/>  <d/></stream:stream>"), 5),
            (
                format!("<a><p:b c='1'>{long}</p:b><c p:d='&lt;{long}&amp;'/>v</a><e/>"),
                3,
            ),
            (format!("<a><b>{long}{long}<{long}/></b></a><c/>"), 3),
            (format!("<a b='{long}'/><a b='{long}'/> <p:c/>\n"), 4),
        ] {
            is_read_as_if_it_was_usual(&format!("{header}{rest}"), items);
        }
        let header = header.replace(" xmlns:p=", &format!(" id='{long}' xmlns:p="));
        is_read_as_if_it_was_usual(&format!("{header}<a/>  <p:b/></stream:stream>"), 4);
        for length in USUAL_TOKEN - 1..=USUAL_TOKEN + 1 {
            let usual = "y".repeat(length);
            let text = format!("{HEADER}<a b='{usual}' c='{usual}'/><{usual}/><d>{usual}</d>");
            is_read_as_if_it_was_usual(&text, 4);
        }
    }

    #[test]
    fn what_is_wrong_stays_wrong_when_it_is_read_again() {
        let long = "x".repeat(100_000);
        for (text, items) in [
            (format!("{HEADER}<a/>  <b c='{long}'></d>"), 3),
            (format!("{HEADER}<a/> <!-- {long} -->"), 3),
            (format!("{HEADER}<a/><b>&{long};</b>"), 3),
            (format!("{HEADER}<a/><b c='{long}'><q:c/></b>"), 3),
            (format!("{HEADER}<a/></stream:stream><b/>"), 4),
            (format!("{HEADER}<a/></stream:stream><b c='{long}'/>"), 4),
            (format!("\n{HEADER}<a/>"), 1),
            (format!("<a b='{long}'/>"), 1),
        ] {
            is_read_as_if_it_was_usual(&text, items);
        }
    }

    #[test]
    fn a_long_text_that_is_there_at_once_is_looked_through_once() {
        let text = format!("{HEADER}<a>{}</a>", "x".repeat(1024 * 1024));
        let mut decoder = Decoder::new(Limits::default());
        decoder.input().extend_from_slice(text.as_bytes());
        let mut looked_at = 0;
        while decoder.has_unread() {
            looked_at += decoder.piece().len();
            let parsed = decoder.parse_piece();
            assert!(matches!(parsed, Ok(_) | Err(EndOrError::NeedMoreData)));
        }
        // To look for its end anew for each token that it is cut into is to look at each byte some hundred times.
        assert!(looked_at < 3 * text.len(), "{looked_at}");
    }

    #[test]
    fn a_value_may_be_as_long_as_an_element() {
        let limits = Limits {
            bytes: 10_000,
            ..small()
        };
        let element = |bytes: usize| format!("<a b='{}'/>", "x".repeat(bytes - "<a b=''/>".len()));
        let (told, _) = all_told(
            Decoder::new(limits),
            &(HEADER.to_owned() + &element(10_000)),
            7,
        );
        assert_eq!(told[1].1, element(10_000));
        let (told, _) = all_told(
            Decoder::new(limits),
            &(HEADER.to_owned() + &element(10_001)),
            7,
        );
        assert!(told[1].0.contains("more than 10000 bytes"), "{told:?}");
    }

    #[test]
    fn refuses_depth_before_the_element_is_complete() {
        assert_eq!(elements("<a><b><c/></b></a>").len(), 1);
        refused(b"<a><b><c><d>", "nested deeper than 3 levels");
    }

    #[test]
    fn refuses_size_before_the_element_is_complete() {
        let large = "x".repeat(400);
        refused(format!("<a>{large}").as_bytes(), "more than 400 bytes");
        refused(format!("<a b='{large}").as_bytes(), "more than 400 bytes");
        let many = "<a/>".repeat(400);
        assert_eq!(elements(&many).len(), 400);
    }

    #[test]
    fn refuses_more_than_a_stream_may_bring() {
        let fitting = "<a/>".repeat(1024 * 1024 / (Limits::PER_ELEMENT + 4) - 1);
        assert!(decode(fitting.as_bytes(), usize::MAX).is_ok());
        let flood = "<a/>".repeat(5000);
        refused(
            flood.as_bytes(),
            "more than 1048576 bytes over one connection",
        );
    }

    #[test]
    fn elements_in_one_element_count_as_those_of_a_stream() {
        let limits = Limits {
            bytes: small().stream,
            ..small()
        };
        let mut decoder = Decoder::new(limits);
        let text = format!("{HEADER}<a>{}", "<b/>".repeat(5000));
        decoder.input().extend_from_slice(text.as_bytes());
        assert!(matches!(decoder.next(), Ok(Some(StreamEvent::Header(_)))));
        assert_eq!(
            decoder.next().unwrap_err(),
            DecodeError::TooMuch(limits.stream)
        );
    }
}
