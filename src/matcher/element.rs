//! What an element has of what is expected, taken by itself: its name, an attribute, its text.

use minidom::Element;

use super::pattern::{AttributePattern, ElementPattern};
use crate::ns;

/// Whether an element has the name of the one that is expected; prefixes do not matter.
pub(crate) fn same_name(expected: &ElementPattern, element: &Element) -> bool {
    element.name() == expected.name && element.has_ns(expected.namespace.as_str())
}

/// The value of the attribute that is expected.
pub(crate) fn attribute_of<'a>(
    element: &'a Element,
    expected: &AttributePattern,
) -> Option<&'a str> {
    attribute_named(element, &expected.namespace, &expected.name)
}

/// The value of an attribute; that of a default namespace is what the element itself declares.
pub(super) fn attribute_named<'a>(
    element: &'a Element,
    namespace: &str,
    name: &str,
) -> Option<&'a str> {
    if namespace == ns::XMLNS {
        return element.prefixes.get(&None).map(String::as_str);
    }
    element.attrs().get(namespace, name).map(String::as_str)
}

/// All the text directly within an element; from the wire it comes in several nodes.
pub(crate) fn text_of(element: &Element) -> String {
    element.texts().collect()
}
