//! Elements with one thing changed. A place within an element is a path: at each level the number of a child.
//!
//! It knows neither patterns nor faults.

use minidom::{Element, Node};
use rxml::{Namespace, NcName};

/// The element at a path.
pub(super) fn at<'e>(root: &'e Element, path: &[usize]) -> Option<&'e Element> {
    let mut path = path.iter();
    path.try_fold(root, |element, index| element.children().nth(*index))
}

/// The same element with a change at a path.
pub(super) fn edited(root: &Element, path: &[usize], edit: impl FnOnce(&mut Element)) -> Element {
    let mut changed = root.clone();
    let mut path = path.iter();
    let place = path.try_fold(&mut changed, |element, index| {
        element.children_mut().nth(*index)
    });
    if let Some(place) = place {
        edit(place);
    }
    changed
}

/// The same element without the one at a path.
pub(super) fn without(root: &Element, path: &[usize]) -> Element {
    let Some((index, parent)) = path.split_last() else {
        return root.clone();
    };
    edited(root, parent, |element| remove(element, *index))
}

/// The same element with one child more at a path.
pub(super) fn with_child(root: &Element, path: &[usize], child: Element) -> Element {
    edited(root, path, |element| {
        element.append_child(child);
    })
}

/// The same element with this value of an attribute at a path.
pub(super) fn with_attribute(
    root: &Element,
    path: &[usize],
    (namespace, name): (&str, &str),
    value: &str,
) -> Element {
    edited(root, path, |element| {
        set_attribute(element, (namespace, name), value);
    })
}

/// The same element with this text at a path.
pub(super) fn with_text(root: &Element, path: &[usize], text: &str) -> Element {
    edited(root, path, |element| set_text(element, text))
}

/// An element of another name with the same content.
pub(super) fn renamed(element: &Element, name: &str) -> Element {
    let mut other = Element::bare(name, element.ns());
    *other.attrs_mut() = element.attrs().clone();
    let nodes = element.nodes().cloned();
    nodes.for_each(|node| other.append_node(node));
    other
}

/// The same element with one namespace in the place of another one.
pub(super) fn in_namespace(element: &Element, from: &str, to: &str) -> Element {
    let own = element.ns();
    let namespace = match own == from {
        true => to,
        false => own.as_str(),
    };
    let mut other = Element::bare(element.name(), namespace);
    *other.attrs_mut() = element.attrs().clone();
    for node in element.nodes() {
        other.append_node(match node {
            Node::Element(child) => Node::Element(in_namespace(child, from, to)),
            Node::Text(text) => Node::Text(text.clone()),
        });
    }
    other
}

/// Gives an attribute a value. What is no name in XML is left out.
pub(super) fn set_attribute(element: &mut Element, (namespace, name): (&str, &str), value: &str) {
    if let Ok(name) = NcName::try_from(name) {
        let namespace = Namespace::from(namespace.to_owned());
        element.set_attr(namespace, name, value);
    }
}

/// Gives an element this text in the place of its own, before its children.
pub(super) fn set_text(element: &mut Element, text: &str) {
    let nodes = element.take_nodes();
    if !text.is_empty() {
        element.append_text(text);
    }
    let children = nodes.into_iter().filter(|node| node.as_element().is_some());
    children.for_each(|child| element.append_node(child));
}

fn remove(element: &mut Element, index: usize) {
    let mut children = 0..;
    for node in element.take_nodes() {
        let is_it = matches!(node, Node::Element(_)) && children.next() == Some(index);
        if !is_it {
            element.append_node(node);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ns;
    use crate::xmpp::read_element;

    #[track_caller]
    fn read(xml: &str) -> Element {
        read_element(xml, ns::CLIENT).unwrap()
    }

    #[test]
    fn one_thing_is_changed() {
        let element = read("<a b='1'>x<c/><d><e/></d>y</a>");
        for (changed, expected) in [
            (without(&element, &[0]), "<a b='1'>x<d><e/></d>y</a>"),
            (without(&element, &[1, 0]), "<a b='1'>x<c/><d/>y</a>"),
            (
                with_child(&element, &[0], Element::bare("f", ns::CLIENT)),
                "<a b='1'>x<c><f/></c><d><e/></d>y</a>",
            ),
            (
                with_attribute(&element, &[], ("", "b"), "2"),
                "<a b='2'>x<c/><d><e/></d>y</a>",
            ),
            (
                with_text(&element, &[], "z"),
                "<a b='1'>z<c/><d><e/></d></a>",
            ),
            (
                edited(&element, &[1], |child| *child = renamed(child, "g")),
                "<a b='1'>x<c/><g><e/></g>y</a>",
            ),
        ] {
            assert_eq!(changed, read(expected), "{expected}");
        }
        assert_eq!(at(&element, &[1, 0]).map(Element::name), Some("e"));
        assert_eq!(at(&element, &[2]), None);
    }
}
