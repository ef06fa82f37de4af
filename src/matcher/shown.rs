//! How the messages of the matcher show tags, attributes and values: short, and with namespaces where these matter.

use minidom::Element;

use super::element::same_name;
use super::pattern::{AttributePattern, Pattern};
use crate::ns;
use crate::wrapping::shortened;

/// The longest value shown, in characters.
const LONG: usize = 200;

/// The attribute of the same local name in another namespace.
pub(super) fn namesake(element: &Element, expected: &AttributePattern) -> Option<String> {
    let mut attributes = element.attrs().iter();
    let other = attributes.find(|((_, name), _)| name.as_str() == expected.name);
    other
        .map(|((namespace, name), value)| shown_attribute(namespace.as_str(), name.as_str(), value))
}

/// Whether two elements differ only by their namespaces, as far as their names go.
pub(super) fn is_namesake(pattern: &Pattern, element: &Element) -> bool {
    let names = pattern.names().unwrap_or_default();
    let mut alike = names.iter().filter(|own| element.name() == own.name);
    alike.any(|own| !same_name(own, element))
}

/// A child's start tag, with its namespace, unless that is the one of the parent.
pub(super) fn start_tag(element: &Element, parent: Option<&Element>) -> String {
    let attributes: String = element
        .attrs()
        .iter()
        .map(|((namespace, name), value)| {
            format!(
                " {}",
                shown_attribute(namespace.as_str(), name.as_str(), value)
            )
        })
        .collect();
    let namespace = shown_namespace(&element.ns(), parent);
    format!("<{}{namespace}{attributes}>", element.name())
}

/// A child's namespace, where it is another than its parent's.
pub(super) fn shown_namespace(namespace: &str, parent: Option<&Element>) -> String {
    if parent.is_some_and(|parent| parent.has_ns(namespace)) {
        return String::new();
    }
    format!(" xmlns={}", quoted(namespace))
}

pub(super) fn shown_attribute(namespace: &str, name: &str, value: &str) -> String {
    format!("{}={}", attribute_name(namespace, name), quoted(value))
}

/// An attribute's name, with its namespace if it has one.
pub(super) fn attribute_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" | ns::XMLNS => name.to_owned(),
        ns::XML => format!("xml:{name}"),
        other => format!("{{{other}}}{name}"),
    }
}

/// A value between quotes, cut where it is very long.
pub(super) fn quoted(value: &str) -> String {
    format!("'{}'", shortened(value, LONG))
}
