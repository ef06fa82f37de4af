//! The children of an expected element and those that came: which belong together, which are gone, which are new.

use std::collections::HashSet;

use minidom::Element;

use crate::escape::WHITE_SPACE;
use crate::matcher::{
    Bindings, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValueKind, accounted_for,
    attribute_of, partners, resembles, text_of, value_binds,
};

/// How many children are put in order with an eye to those that look alike.
const MANY: usize = 64;

/// The change to an expected child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ChildChange {
    /// This one came for it, perhaps with differences.
    Kept(usize),
    /// This one of another name came in its place.
    Renamed(usize),
    /// This one of another namespace came in its place.
    Replaced(usize),
    /// Nothing came for it.
    Gone,
}

impl ChildChange {
    fn element(self) -> Option<usize> {
        match self {
            ChildChange::Kept(element)
            | ChildChange::Renamed(element)
            | ChildChange::Replaced(element) => Some(element),
            ChildChange::Gone => None,
        }
    }
}

/// The children of both sides.
pub(super) struct ChildChanges<'a> {
    /// What came.
    pub(super) elements: Vec<&'a Element>,
    /// The change to each expected child.
    pub(super) of_children: Vec<ChildChange>,
    /// For each element whether a constraint accounts for it.
    accounted: Vec<bool>,
    mode: Mode,
    order: ChildOrder,
}

impl<'a> ChildChanges<'a> {
    /// Brings children together; `stream` is the namespace of the stream.
    pub(super) fn of(
        expected: &ElementPattern,
        came: &'a Element,
        bindings: &Bindings,
        stream: &str,
    ) -> Self {
        let elements: Vec<&Element> = came.children().collect();
        let mut partners = partners(&expected.children, came, bindings);
        if expected.mode == Mode::Strict && expected.order == ChildOrder::AsWritten {
            uncross(&mut partners, &expected.children, &elements, bindings);
        }
        let of_children = partners
            .into_iter()
            .map(|partner| partner.map_or(ChildChange::Gone, ChildChange::Kept));
        let mut changes = Self {
            elements,
            of_children: of_children.collect(),
            accounted: accounted_for(expected, came, bindings),
            mode: expected.mode,
            order: expected.order,
        };
        if expected.mode == Mode::NonStrict {
            changes.part_strangers(&expected.children, bindings);
        }
        changes.replace(&expected.children, stream);
        changes
    }

    /// Where more is allowed, and several elements have the name, the name alone does not tell which of them is the
    /// expected one.
    fn part_strangers(&mut self, patterns: &[Pattern], bindings: &Bindings) {
        for (index, pattern) in patterns.iter().enumerate() {
            if let (Pattern::Element(expected), ChildChange::Kept(came)) =
                (pattern, self.of_children[index])
                && !resembles(pattern, self.elements[came], bindings)
                && self.has_rival(came)
                && !has_something_of(expected, self.elements[came], bindings)
            {
                self.of_children[index] = ChildChange::Gone;
            }
        }
    }

    /// Whether another element that is for no expected child has the same name.
    fn has_rival(&self, came: usize) -> bool {
        let own = self.elements[came];
        let mut free = self.free();
        free.any(|(_, other)| other.name() == own.name() && other.ns() == own.ns())
    }

    /// Elements that are for no expected child, by their numbers.
    fn free(&self) -> impl Iterator<Item = (usize, &'a Element)> {
        let taken: HashSet<usize> = self
            .of_children
            .iter()
            .filter_map(|change| change.element())
            .collect();
        let elements = self.elements.iter().copied().enumerate();
        elements.filter(move |(index, _)| !taken.contains(index))
    }

    /// Gives expected children without partner an element that came instead: another one of its namespace, such as
    /// another error condition, or its name in another version of its namespace.
    fn replace(&mut self, patterns: &[Pattern], stream: &str) {
        for (index, pattern) in patterns.iter().enumerate() {
            let (Pattern::Element(expected), ChildChange::Gone) =
                (pattern, self.of_children[index])
            else {
                continue;
            };
            let is_instead = |(_, came): &(usize, &Element)| {
                let same_namespace = came.has_ns(expected.namespace.as_str());
                let same_name = came.name() == expected.name;
                same_name != same_namespace && (same_name || expected.namespace != stream)
            };
            let found = self.free().find(is_instead);
            if let Some((came, element)) = found {
                self.of_children[index] = match element.name() == expected.name {
                    true => ChildChange::Replaced(came),
                    false => ChildChange::Renamed(came),
                };
            }
        }
    }

    /// Whether no child is left and none is new.
    pub(super) fn is_empty(&self) -> bool {
        self.of_children
            .iter()
            .all(|change| *change == ChildChange::Gone)
            && (self.mode == Mode::NonStrict || self.elements.is_empty())
    }

    fn is_ordered(&self) -> bool {
        self.mode == Mode::Strict && self.order == ChildOrder::AsWritten
    }

    /// Whether children would have to be moved, or put between others.
    pub(super) fn is_disordered(&self) -> bool {
        self.is_ordered()
            && (self.slots().iter().any(|(slot, occupant)| slot != occupant)
                || !self.newcomers().is_empty())
    }

    /// The same children, which may come in any order.
    pub(super) fn in_any_order(mut self) -> Self {
        self.order = ChildOrder::Any;
        self
    }

    /// The expected children that have a place, and which of them gets it.
    pub(super) fn slots(&self) -> Vec<(usize, usize)> {
        let has_element = |index: &usize| self.of_children[*index].element().is_some();
        let slots: Vec<usize> = (0..self.of_children.len()).filter(has_element).collect();
        let mut occupants = slots.clone();
        if self.is_ordered() {
            occupants.sort_by_key(|index| self.of_children[*index].element());
        }
        slots.into_iter().zip(occupants).collect()
    }

    /// What came and was not expected where nothing else may, by the place behind which it belongs.
    pub(super) fn newcomers(&self) -> Vec<(Option<usize>, Vec<&'a Element>)> {
        let mut found: Vec<(Option<usize>, Vec<&Element>)> = Vec::new();
        if self.mode == Mode::NonStrict {
            return found;
        }
        let slots = self.slots();
        let free = self.free().filter(|(came, _)| !self.accounted[*came]);
        for (came, element) in free {
            let is_before = |(_, occupant): &&(usize, usize)| {
                !self.is_ordered() || self.of_children[*occupant].element() < Some(came)
            };
            let place = slots.iter().rfind(is_before).map(|(slot, _)| *slot);
            match found.last_mut() {
                Some((last, elements)) if *last == place => elements.push(element),
                _ => found.push((place, vec![element])),
            }
        }
        found
    }
}

/// Exchanges the partners of expected children that look alike, so that as many as can be are in order.
fn uncross(
    partners: &mut [Option<usize>],
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) {
    let fits =
        |pattern: usize, element: usize| resembles(&patterns[pattern], elements[element], bindings);
    let count = partners.len().min(MANY);
    for first in 0..count {
        for second in first + 1..count {
            if let (Some(one), Some(other)) = (partners[first], partners[second])
                && one > other
                && fits(first, other)
                && fits(second, one)
            {
                partners.swap(first, second);
            }
        }
    }
}

/// Whether anything that is expected of an element itself is there: an attribute, a text, or a child.
fn has_something_of(expected: &ElementPattern, came: &Element, bindings: &Bindings) -> bool {
    let has_attribute = expected.attributes.iter().any(|attribute| {
        attribute_of(came, attribute).is_some_and(|value| {
            value_binds(&attribute.value, ValueKind::Attribute, value, bindings).is_some()
        })
    });
    let has_text = match &expected.text {
        TextPattern::Value(value) => {
            let text = text_of(came);
            let text = text.trim_matches(WHITE_SPACE);
            value_binds(value, ValueKind::Text, text, bindings).is_some()
        }
        TextPattern::Free | TextPattern::Absent => false,
    };
    let has_child = expected.children.iter().any(|child| {
        let mut children = came.children();
        children.any(|element| resembles(child, element, bindings))
    });
    has_attribute || has_text || has_child
}
