//! Pieces of XML for users to read: in one line, and harmless on a terminal.

use crate::visible::harmless;
use crate::{escape, ns};

/// Some XML in one line, with line breaks and the indentation after them left out.
pub(super) fn one_line(xml: &str) -> String {
    let joined: Vec<&str> = xml
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    harmless(&joined.join(" "))
}

/// A value as it is shown between quotes.
pub(super) fn attribute(value: &str) -> String {
    harmless(&escape::attribute(value))
}

/// Text as it is shown between tags.
pub(super) fn text_of(value: &str) -> String {
    harmless(&escape::text(value))
}

/// The name of an attribute as it is shown.
pub(super) fn attribute_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" | ns::XMLNS => harmless(name),
        ns::XML => harmless(&format!("xml:{name}")),
        other => harmless(&format!("{{{other}}}{name}")),
    }
}
