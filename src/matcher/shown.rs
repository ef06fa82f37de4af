//! What came, and what was expected, as a mismatch shows it: start tags, attributes, values.

use minidom::Element;

use crate::ns;

/// The longest value shown, in characters.
const LONG: usize = 200;

/// A child's start tag.
pub(super) fn start_tag(element: &Element, parent: &Element) -> String {
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
pub(super) fn shown_namespace(namespace: &str, parent: &Element) -> String {
    if parent.has_ns(namespace) {
        return String::new();
    }
    format!(" xmlns={}", quoted(namespace))
}

pub(super) fn shown_attribute(namespace: &str, name: &str, value: &str) -> String {
    match namespace {
        "" => format!("{name}={}", quoted(value)),
        ns::XML => format!("xml:{name}={}", quoted(value)),
        other => format!("{{{other}}}{name}={}", quoted(value)),
    }
}

/// A value between quotes, cut where it is very long.
pub(super) fn quoted(value: &str) -> String {
    let cut: String = value.chars().take(LONG).collect();
    let more = if cut.len() < value.len() { "…" } else { "" };
    format!("'{cut}{more}'")
}
