//! Elements made of the patterns that they have to match.

use minidom::Element;

use super::edit::{set_attribute, set_text};
use super::value;
use crate::matcher::{Bindings, ElementPattern, Pattern, TextPattern, fits};
use crate::ns;

/// An element that a pattern accepts, with made-up values where it leaves them open; none where none comes to mind.
pub(super) fn made(pattern: &Pattern, bindings: &Bindings) -> Option<Element> {
    let element = draft(pattern, bindings)?;
    fits(pattern, &element, bindings).then_some(element)
}

/// The same, of which it is not known whether the pattern accepts it.
fn draft(pattern: &Pattern, bindings: &Bindings) -> Option<Element> {
    match pattern {
        Pattern::Any(_) => Some(Element::bare("message", ns::CLIENT)),
        Pattern::OneOf(one_of) => {
            let mut members = one_of.members.iter();
            members.find_map(|member| draft(member, bindings))
        }
        Pattern::Element(expected) => of_name(expected, bindings),
    }
}

fn of_name(expected: &ElementPattern, bindings: &Bindings) -> Option<Element> {
    let mut element = Element::bare(expected.name.as_str(), expected.namespace.as_str());
    for attribute in &expected.attributes {
        let value = value::made(&attribute.value, bindings)?;
        match attribute.namespace.as_str() {
            ns::XMLNS => {}
            namespace => set_attribute(&mut element, (namespace, &attribute.name), &value),
        }
    }
    if let TextPattern::Value(text) = &expected.text {
        set_text(&mut element, &value::made(text, bindings)?);
    }
    for child in &expected.children {
        element.append_child(draft(child, bindings)?);
    }
    for constraint in &expected.constraints {
        let lacking = constraint
            .times
            .as_ref()
            .map_or(0, |times| times.value.lacking(0));
        for _ in 0..lacking {
            element.append_child(draft(&constraint.pattern, bindings)?);
        }
    }
    Some(element)
}
