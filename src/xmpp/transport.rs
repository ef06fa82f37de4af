//! What carries a stream, and how what is written on it is put into bytes.

use std::borrow::Cow;

use tokio::io::{AsyncRead, AsyncWrite};

use super::decoder::read_header;
use super::header::Header;
use super::text::{with_namespace, write_element};
use crate::ns;

/// The end of a stream (RFC 6120 §4.4).
const FOOTER: &str = "</stream:stream>";

/// Something that carries a stream: a TCP connection, TLS on it, or a test's pipe.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

/// What may be written on a stream.
#[derive(Debug, Clone, Copy)]
pub enum StreamItem<'a> {
    /// Its header.
    Header(&'a Header),
    /// Its header, as text.
    WrittenHeader(&'a str),
    /// An element, as text.
    Element(&'a str),
    /// Its end.
    Footer,
    /// Its end, as text.
    WrittenFooter(&'a str),
}

/// How parts of a stream are kept apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// One XML document is all of the stream.
    Document,
    /// Each part is a message of a WebSocket (RFC 7395 §3.3).
    Messages,
}

impl Framing {
    /// The text that goes over the transport.
    pub(super) fn text(self, item: StreamItem<'_>) -> Cow<'_, str> {
        match (self, item) {
            (Self::Document, StreamItem::Header(header)) => header.to_string().into(),
            (
                Self::Document,
                StreamItem::Element(xml)
                | StreamItem::WrittenHeader(xml)
                | StreamItem::WrittenFooter(xml),
            ) => xml.into(),
            (Self::Document, StreamItem::Footer) => FOOTER.into(),
            (Self::Messages, StreamItem::Header(header)) => {
                format!("<open xmlns='{}'{}/>", ns::FRAMING, header.attributes()).into()
            }
            (Self::Messages, StreamItem::WrittenHeader(xml)) => match read_header(xml) {
                // What else the script says in the header is said here as well.
                Some(header) => write_element(&header.open_element()).into(),
                None => xml.into(),
            },
            // A stream would have given it its default namespace (RFC 7395 §3.3.3).
            (Self::Messages, StreamItem::Element(xml)) => with_namespace(xml, ns::CLIENT).into(),
            // A `<close/>` of a script may say more.
            (Self::Messages, StreamItem::WrittenFooter(xml)) if !xml.starts_with("</") => {
                xml.into()
            }
            (Self::Messages, StreamItem::Footer | StreamItem::WrittenFooter(_)) => {
                format!("<close xmlns='{}'/>", ns::FRAMING).into()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(item: StreamItem<'_>) -> Cow<'_, str> {
        Framing::Messages.text(item)
    }

    #[test]
    fn headers_and_ends_are_messages_of_their_own_kind() {
        assert_eq!(
            message(StreamItem::Header(&Header::of_client("a.org"))),
            "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' to='a.org' version='1.0'/>"
        );
        assert_eq!(
            message(StreamItem::Footer),
            "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing'/>"
        );
        assert_eq!(
            message(StreamItem::WrittenFooter("</stream:stream>")),
            message(StreamItem::Footer)
        );
        let close = "<close xmlns='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://b'/>";
        assert_eq!(message(StreamItem::WrittenFooter(close)), close);
    }

    #[test]
    fn an_end_that_a_script_writes_is_sent_as_it_is() {
        let text = Framing::Document.text(StreamItem::WrittenFooter("</s:stream >"));
        assert_eq!(text, "</s:stream >");
    }

    #[test]
    fn elements_get_the_namespace_they_would_have_and_are_not_changed_else() {
        for (text, framed) in [
            ("<presence/>", "<presence xmlns='jabber:client'/>"),
            (
                "<iq\n id='1'>x</iq>",
                "<iq xmlns='jabber:client'\n id='1'>x</iq>",
            ),
            ("<a b=' xmlns='/>", "<a xmlns='jabber:client' b=' xmlns='/>"),
            (
                "<a><b xmlns='x'/></a>",
                "<a xmlns='jabber:client'><b xmlns='x'/></a>",
            ),
            (
                "<a><![CDATA[<stream:stream to='b' xmlns='x'>]]></a>",
                "<a xmlns='jabber:client'><![CDATA[<stream:stream to='b' xmlns='x'>]]></a>",
            ),
        ] {
            assert_eq!(message(StreamItem::Element(text)), framed);
        }
        for text in [
            "<r xmlns='urn:xmpp:sm:3'/>",
            "<a\n\txmlns = \"x\"/>",
            "<a c='>' xmlns='x'/>",
        ] {
            assert_eq!(message(StreamItem::Element(text)), text);
        }
    }
}
