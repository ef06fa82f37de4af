//! Kinds of stanzas: an expectation of one kind never becomes one of another kind.

use minidom::Element;

use super::Refusal;
use crate::matcher::{
    Bindings, ElementPattern, Pattern, ValueKind, ValuePattern, same_name, value_binds,
};

/// The types of an iq (RFC 6120 §8.2.3).
const OF_IQ: [&str; 4] = ["get", "set", "result", "error"];

/// Why what came cannot be written in the place of what is expected, if it is of another kind: another stanza, an
/// error in the place of none, or the reverse.
pub(super) fn other_kind(
    expected: &ElementPattern,
    came: &Element,
    bindings: &Bindings,
) -> Option<Refusal> {
    let kind = came.attr("type");
    if !same_name(expected, came) {
        return Some(Refusal::OtherKind {
            expected: expected.name.clone(),
            came: came.name().to_owned(),
        });
    }
    if !is_stanza(&expected.name) {
        return None;
    }
    if kind == Some("error") && !may_be_error(expected, bindings) {
        return Some(Refusal::Error {
            condition: condition(came),
        });
    }
    if kind != Some("error") && is_error(expected, bindings) {
        return Some(Refusal::NoError);
    }
    let wanted = expected.only_value_of("type", bindings)?;
    let is_other = OF_IQ.contains(&wanted.as_ref()) && kind != Some(&wanted);
    (is_other && expected.name == "iq").then(|| Refusal::OtherKind {
        expected: format!("iq of type {wanted}"),
        came: format!("iq of type {}", kind.unwrap_or_default()),
    })
}

fn is_stanza(name: &str) -> bool {
    matches!(name, "message" | "presence" | "iq")
}

/// Whether nothing but an error is expected.
fn is_error(expected: &ElementPattern, bindings: &Bindings) -> bool {
    let says_so = expected.only_value_of("type", bindings);
    let is_error_child = |child: &Pattern| {
        let mut names = child.names().into_iter().flatten();
        names.any(|child| child.name == "error" && child.namespace == expected.namespace)
    };
    says_so.as_deref() == Some("error") || expected.children.iter().any(is_error_child)
}

/// Whether the author has an error in mind, too: by the type, where no content is expected that only others have.
fn may_be_error(expected: &ElementPattern, bindings: &Bindings) -> bool {
    let is_open = |value: &ValuePattern| {
        value.only_value(bindings).is_none()
            && value_binds(value, ValueKind::Attribute, "error", bindings).is_some()
    };
    is_error(expected, bindings)
        || expected.children.is_empty() && expected.attribute("type").is_some_and(is_open)
}

/// The condition of a stanza error (RFC 6120 §8.3.3).
fn condition(came: &Element) -> String {
    let mut children = came.children();
    let error = children.find(|child| child.name() == "error");
    let mut conditions = error.into_iter().flat_map(Element::children);
    let found = conditions.find(|child| child.name() != "text");
    found.map_or_else(String::new, |found| format!(" ({})", found.name()))
}
