//! The values that a name can have in one place of a pattern, looked for in what came.

use minidom::Element;

use super::bindings::Bindings;
use super::compare::{Search, match_element};
use super::element::{attribute_of, same_name, text_of};
use super::parts::possible_values;
use super::pattern::{ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValueKind};
use super::settle::Place;
use crate::escape::WHITE_SPACE;

/// The values that a name can have in one of its places, which may be in this pattern.
pub(super) fn collect_values<'s>(
    pattern: &'s Pattern,
    element: &Element,
    (name, place): (&str, Place<'_>),
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let looking = Looking {
        name,
        place,
        bindings,
        search,
    };
    looking.within(pattern, element, &mut found)?;
    Some(found)
}

/// The search for the values of a name.
struct Looking<'l, 's> {
    name: &'l str,
    place: Place<'l>,
    bindings: &'l Bindings,
    search: &'l Search<'s>,
}

impl<'s> Looking<'_, 's> {
    /// Adds the values; none if these are too many.
    fn within(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        found: &mut Vec<String>,
    ) -> Option<()> {
        let expected = match pattern {
            Pattern::Any(_) => return Some(()),
            Pattern::OneOf(one_of) => {
                let mut members = one_of.members.iter().filter(|member| self.is_in(member));
                return members.try_for_each(|member| self.within(member, element, found));
            }
            Pattern::Element(expected) => expected,
        };
        if self.search.steps.spend(1).is_none() || !same_name(expected, element) {
            return Some(());
        }
        for attribute in &expected.attributes {
            if std::ptr::eq(&attribute.value, self.place) {
                let received = attribute_of(element, attribute);
                let values = received.map(|received| self.values(ValueKind::Attribute, received));
                found.extend(values.unwrap_or_else(|| Some(Vec::new()))?);
                return Some(());
            }
        }
        if let TextPattern::Value(value) = &expected.text
            && std::ptr::eq(value, self.place)
        {
            let text = text_of(element);
            found.extend(self.values(ValueKind::Text, text.trim_matches(WHITE_SPACE))?);
            return Some(());
        }
        self.below(expected, element, found)
    }

    /// Adds those in the child that is to have the place.
    fn below(
        &self,
        expected: &'s ElementPattern,
        element: &Element,
        found: &mut Vec<String>,
    ) -> Option<()> {
        let holder = expected.children.iter().position(|child| self.is_in(child));
        let Some(holder) = holder else {
            return Some(());
        };
        let child = &expected.children[holder];
        let is_in_place = expected.mode == Mode::Strict
            && expected.order == ChildOrder::AsWritten
            && expected.constraints.is_empty();
        match is_in_place {
            true => {
                let mut own = element.children().skip(holder).take(1);
                own.try_for_each(|element| self.within(child, element, found))
            }
            false => self.within_any(child, element, found),
        }
    }

    /// Any of the children may be the one, if it can be meant at all.
    fn within_any(
        &self,
        pattern: &'s Pattern,
        parent: &Element,
        found: &mut Vec<String>,
    ) -> Option<()> {
        let is_only = parent.children().nth(1).is_none();
        let mut children = parent.children().filter(|element| {
            is_only || match_element(pattern, element, self.bindings, self.search).is_some()
        });
        children.try_for_each(|element| self.within(pattern, element, found))
    }

    fn values(&self, kind: ValueKind, received: &str) -> Option<Vec<String>> {
        let steps = self.search.steps;
        possible_values(self.place, kind, received, self.bindings, self.name, steps)
    }

    fn is_in(&self, pattern: &Pattern) -> bool {
        let mut is_in = false;
        pattern.visit_values(&mut |value| is_in |= std::ptr::eq(value, self.place));
        is_in
    }
}
