//! Elements as text that a parser can read again.
//!
//! A text does not tell which default namespace it stands in; here it is told with it. Nothing here reads.

use minidom::Element;

use crate::ns;

/// Writes an element so that [`read_element`](super::read_element) gives the same again, whatever the default
/// namespace is then.
/// A header of a stream is written as one, without its end.
pub fn write_element(element: &Element) -> String {
    if element.is("stream", ns::STREAM) {
        let text = String::from(element);
        let tag = text.strip_suffix("/>").unwrap_or(&text);
        return format!("{}>", tag.trim_end());
    }
    // What is in no namespace is written without any, as if it could not stand in one.
    with_namespace(&String::from(element), "")
}

/// An element with a default namespace, unless it has one, and with no other change.
pub(super) fn with_namespace(text: &str, namespace: &str) -> String {
    let Some(tag) = text.strip_prefix('<') else {
        return text.to_owned();
    };
    let name = tag
        .find(|char: char| char.is_whitespace() || matches!(char, '/' | '>'))
        .unwrap_or(tag.len());
    if declares_namespace(&tag[name..]) {
        return text.to_owned();
    }
    format!("<{} xmlns='{namespace}'{}", &tag[..name], &tag[name..])
}

/// Whether there is an attribute `xmlns` in the rest of a start tag.
fn declares_namespace(rest: &str) -> bool {
    let mut quote = None;
    for (at, char) in rest.char_indices() {
        match (quote, char) {
            (None, '>') => return false,
            (None, '"' | '\'') => quote = Some(char),
            (Some(open), char) if open == char => quote = None,
            (None, char) if char.is_whitespace() => {
                let after = rest[at..].trim_start().strip_prefix("xmlns");
                if after.is_some_and(|after| after.trim_start().starts_with('=')) {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::super::read_element;
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same() {
        for xml in [
            "<a/>",
            "<a xmlns=''/>",
            "<a xmlns='' b='&gt; xmlns=&quot;'><c/><d xmlns='jabber:client'/></a>",
            "<xml:a><b xmlns=''/></xml:a>",
            "<x:a xmlns:x='urn:x' x:b='1' b='2'><x:c/><d/><e xmlns=''/></x:a>",
            "<x:a xmlns:x='urn:x' x:b='1' xmlns=''><e x:b='1'/></x:a>",
            "<a xmlns:x='urn:x' x:b='1' xmlns=''><x:e/></a>",
        ] {
            let element = read_element(xml, "jabber:client").unwrap();
            let written = write_element(&element);
            for namespace in ["jabber:client", "jabber:component:accept", ""] {
                let again = read_element(&written, namespace);
                assert_eq!(again.as_ref(), Ok(&element), "{written}");
            }
        }
    }
}
