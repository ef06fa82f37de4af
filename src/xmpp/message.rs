//! A message of a WebSocket (RFC 7395 §3.3): whether it may be one, and which part of a stream it stands for.
//!
//! Each is an XML document of its own, with all that it needs declared in it, so it is read here by itself: the stream
//! that it becomes a part of would lend it namespaces, and let an element go on in the next one. Nothing here reads or
//! writes a connection.

use minidom::Element;
use rxml::error::EndOrError;
use rxml::{Event, Options, Parse, Parser, WithOptions};
use thiserror::Error;

use super::header::Header;
use super::text::{with_namespace, write_element};
use crate::{escape, ns};

/// What no message may be.
#[derive(Debug, Clone, PartialEq, Error)]
pub(super) enum MessageError {
    #[error("a binary message, which RFC 7395 does not have")]
    Binary,
    #[error("a message that does not begin with `<` (RFC 7395 §3.3.3)")]
    Beginning,
    #[error("a message that is no XML document of its own (RFC 7395 §3.3.3): {0}")]
    NotADocument(rxml::Error),
    #[error("a message whose element is in no namespace that it declares (RFC 7395 §3.3.3)")]
    NoNamespace,
    #[error("a message that is <stream:stream/>, for which RFC 7395 §3.3.1 has <open/>")]
    Header,
}

/// A message as a part of a stream.
pub(super) fn stream_part(text: &str) -> Result<String, MessageError> {
    if !text.starts_with('<') {
        return Err(MessageError::Beginning);
    }
    let (root, text) = read_document(text).map_err(MessageError::NotADocument)?;
    match (root.ns().as_str(), root.name()) {
        (ns::FRAMING, "open") => Ok(write_element(&Header::of_open(&root).element())),
        (ns::FRAMING, "close") => Ok(end(&root)),
        (ns::STREAM, "stream") => Err(MessageError::Header),
        ("", _) => Err(MessageError::NoNamespace),
        // What has no prefix is in no namespace below a root that has one, whatever the stream declares.
        _ => Ok(with_namespace(text, "")),
    }
}

/// The root of a document, without what is in it, and the text behind the XML declaration.
fn read_document(text: &str) -> Result<(Element, &str), rxml::Error> {
    let mut parser = Parser::with_options(Options {
        max_token_length: text.len(),
        ..Options::default()
    });
    let (mut root, mut body) = (None, text);
    let mut rest = text.as_bytes();
    while let Some(event) = parser.parse(&mut rest, true).map_err(error)? {
        match event {
            Event::XmlDeclaration(..) => body = text[text.len() - rest.len()..].trim_start(),
            Event::StartElement(_, (namespace, name), attributes) if root.is_none() => {
                let mut element = Element::bare(name, namespace.as_str());
                *element.attrs_mut() = attributes;
                root = Some(element);
            }
            Event::StartElement(..) | Event::EndElement(_) | Event::Text(..) => {}
        }
    }
    let root = root.ok_or_else(|| error(EndOrError::NeedMoreData))?;
    Ok((root, body))
}

/// What is wrong with a document of which all has been given.
fn error(error: EndOrError) -> rxml::Error {
    match error {
        EndOrError::NeedMoreData => rxml::Error::InvalidEof(None),
        EndOrError::Error(error) => error,
    }
}

/// The end of a stream that a `<close/>` stands for; one that sends us elsewhere says so (RFC 7395 §3.6.1).
fn end(close: &Element) -> String {
    let elsewhere = close.attr("see-other-uri").map(|uri| {
        let (stream, errors, uri) = (ns::STREAM, ns::STREAM_ERRORS, escape::text(uri));
        format!(
            "<stream:error xmlns:stream='{stream}'><see-other-host xmlns='{errors}'>{uri}</see-other-host>\
             </stream:error>"
        )
    });
    elsewhere.unwrap_or_default() + "</stream:stream>"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> String {
        stream_part(text).unwrap()
    }

    #[test]
    fn headers_and_ends_are_translated() {
        assert_eq!(
            part(
                "<open xmlns='urn:ietf:params:xml:ns:xmpp-framing' from='a.org' id='&lt;' version='1.0'/>"
            ),
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
             from='a.org' id='&lt;' version='1.0'>"
        );
        let end = part(
            "<f:close xmlns:f='urn:ietf:params:xml:ns:xmpp-framing' see-other-uri='wss://b.org/x'/>",
        );
        assert!(end.contains(">wss://b.org/x</see-other-host>"), "{end}");
        assert!(end.ends_with("</stream:stream>"), "{end}");
    }

    #[test]
    fn a_document_with_its_namespaces_is_taken_as_it_is() {
        for text in [
            "<message xmlns='jabber:client'/>",
            "<message xmlns='jabber:client'><body>a</body></message>\n",
            "<stream:features xmlns:stream='http://etherx.jabber.org/streams' xmlns=''/>",
            "<error xmlns='http://etherx.jabber.org/streams'/>",
        ] {
            assert_eq!(part(text), text);
        }
    }

    #[test]
    fn a_document_may_declare_that_it_is_xml() {
        let declared = "<?xml version='1.0'?>\n<presence xmlns='jabber:client'/>";
        assert_eq!(part(declared), "<presence xmlns='jabber:client'/>");
    }

    #[test]
    fn a_stream_gives_no_namespace_to_what_is_in_a_message() {
        assert_eq!(
            part("<c:iq xmlns:c='jabber:client'><query/></c:iq>"),
            "<c:iq xmlns='' xmlns:c='jabber:client'><query/></c:iq>"
        );
    }

    #[test]
    fn what_is_no_document_of_its_own_is_refused() {
        let presence = "<presence xmlns='jabber:client'/>";
        for text in [
            &presence.repeat(2),
            "<presence xmlns='jabber:client'>",
            "</stream:stream>",
            "<",
            "<?xml version='1.0'?>",
            "<stream:features/>",
            "<presence xmlns='jabber:client'/>text",
            "<presence xmlns='jabber:client'><!-- a --></presence>",
        ] {
            let refused = stream_part(text);
            assert!(
                matches!(refused, Err(MessageError::NotADocument(_))),
                "{text}: {refused:?}"
            );
        }
    }

    #[test]
    fn a_message_begins_with_its_first_tag() {
        for text in [
            "",
            " ",
            " <presence xmlns='jabber:client'/>",
            "text",
            "\u{feff}<a/>",
        ] {
            assert_eq!(stream_part(text), Err(MessageError::Beginning), "{text}");
        }
    }

    #[test]
    fn a_message_declares_what_a_stream_would() {
        for text in ["<presence/>", "<presence xmlns=''/>", "<open/>"] {
            assert_eq!(stream_part(text), Err(MessageError::NoNamespace), "{text}");
        }
        let header = "<stream xmlns='http://etherx.jabber.org/streams'/>";
        assert_eq!(stream_part(header), Err(MessageError::Header));
    }
}
