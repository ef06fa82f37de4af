//! XML as people read it: one element a line, indented, and harmless on a terminal.

use std::fmt::Write;

use minidom::{Element, Node};

use crate::{escape, ns};

/// An element over as many lines as it needs; namespaces are shown where they change.
pub(super) fn pretty(element: &Element, stream_namespace: &str) -> String {
    let mut text = String::new();
    write_element(&mut text, element, stream_namespace, 0);
    text
}

/// Some XML in one line, with line breaks and the indentation after them left out.
pub(super) fn one_line(xml: &str) -> String {
    let joined: Vec<&str> = xml
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    harmless(&joined.join(" "))
}

/// A text in which nothing can command a terminal: control characters and those that change the direction of
/// writing are shown by their numbers.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                shown.extend(character.escape_unicode())
            }
            other if other.is_control() => shown.extend(other.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

fn write_element(text: &mut String, element: &Element, parent_namespace: &str, depth: usize) {
    let indent = "  ".repeat(depth);
    let _ = write!(text, "{indent}<{}", element.name());
    let namespace = element.ns();
    if namespace != parent_namespace {
        let _ = write!(text, " xmlns=\"{}\"", attribute(&namespace));
    }
    for ((namespace, name), value) in element.attrs() {
        let name = attribute_name(namespace.as_str(), name.as_str());
        let _ = write!(text, " {name}=\"{}\"", attribute(value));
    }
    let nodes: Vec<&Node> = element.nodes().filter(|node| !is_blank(node)).collect();
    match nodes.as_slice() {
        [] => text.push_str("/>"),
        nodes if nodes.iter().all(|node| node.as_element().is_none()) => {
            let own: String = nodes.iter().filter_map(|node| node.as_text()).collect();
            let _ = write!(text, ">{}</{}>", text_of(&own), element.name());
        }
        nodes => {
            text.push('>');
            for node in nodes {
                text.push('\n');
                write_node(text, node, &namespace, depth + 1);
            }
            let _ = write!(text, "\n{indent}</{}>", element.name());
        }
    }
}

fn write_node(text: &mut String, node: &Node, namespace: &str, depth: usize) {
    match node {
        Node::Element(element) => write_element(text, element, namespace, depth),
        Node::Text(own) => {
            let _ = write!(text, "{}{}", "  ".repeat(depth), text_of(own.trim()));
        }
    }
}

fn is_blank(node: &Node) -> bool {
    node.as_text().is_some_and(|text| text.trim().is_empty())
}

fn attribute(value: &str) -> String {
    harmless(&escape::attribute(value))
}

fn text_of(value: &str) -> String {
    harmless(&escape::text(value))
}

fn attribute_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        ns::XML => format!("xml:{name}"),
        other => format!("{{{other}}}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_are_shown_where_they_change() {
        let element: Element = "<message xmlns='jabber:client' to='a'>\n <body>x &lt; y</body>\
             <x xmlns='urn:x'><y/></x></message>"
            .parse()
            .unwrap();
        assert_eq!(
            pretty(&element, ns::CLIENT),
            "<message to=\"a\">\n  <body>x &lt; y</body>\n  <x xmlns=\"urn:x\">\n    <y/>\n  </x>\n</message>"
        );
    }

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(
            harmless("a\u{1b}[31m\u{202e}b\n"),
            "a\\u{1b}[31m\\u{202e}b\n"
        );
    }
}
