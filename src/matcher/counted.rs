//! Why what is said of all children of an element does not hold, and which children show it.

use minidom::Element;

use super::constraints::{Tallies, Tally};
use super::explain::{Explanation, Place};
use super::mismatch::{Mismatch, Nearest, Rule, distance};
use super::pattern::Constraint;
use super::shown::start_tag;
use crate::source::Span;

/// How many children are named that are too many, or that do not match.
const NAMED: usize = 8;

/// How many children are looked at to find the nearest one.
const MANY: usize = 64;

impl<'s> Explanation<'_, 's> {
    /// What is wrong with what is said of all children.
    pub(super) fn counted_children(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        tallies: &Tallies,
    ) -> Vec<Mismatch> {
        let mut found = Vec::new();
        // After too many steps it is not known what matches.
        if self.search.steps.are_too_many() {
            return found;
        }
        for (constraint, tally) in place.expected.constraints.iter().zip(&tallies.of) {
            found.extend(self.wrong_times(place, elements, constraint, tally));
            found.extend(self.wrong_each(place, elements, constraint, tally));
        }
        found
    }

    fn wrong_times(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        constraint: &'s Constraint,
        tally: &Tally,
    ) -> Option<Mismatch> {
        let times = constraint.times.as_ref()?;
        if tally.lacking(constraint) == 0 && tally.surplus(constraint).is_empty() {
            return None;
        }
        let shown = self.shown_pattern(Some(place.element), &constraint.pattern);
        let expected = format!("{} {shown}", times.value.in_words());
        let received = match tally.matching.len() {
            0 => "none".to_owned(),
            count => format!(
                "{count}: {}",
                listed(&tally.matching, elements, place.element)
            ),
        };
        let nearest = match tally.matching.is_empty() {
            true => self.nearest_other(place, elements, constraint),
            false => None,
        };
        let mismatch = mismatch(place, Rule::Times, times.span, expected, received);
        Some(Mismatch {
            nearest,
            ..mismatch
        })
    }

    fn wrong_each(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        constraint: &'s Constraint,
        tally: &Tally,
    ) -> Option<Mismatch> {
        let each = constraint.each.as_ref()?;
        let first = *tally.failing.first()?;
        let expected = self.shown_pattern(Some(place.element), &constraint.pattern);
        let verb = if tally.failing.len() == 1 {
            "is"
        } else {
            "are"
        };
        let listed = listed(&tally.failing, elements, place.element);
        let received = format!("{} {verb} not: {listed}", tally.failing.len());
        let nearest = self.nearest(place, elements, constraint, first);
        let mismatch = mismatch(place, Rule::Each, each.span, expected, received);
        Some(Mismatch {
            nearest: Some(Box::new(nearest)),
            ..mismatch
        })
    }

    /// The child that comes closest to matching, if one has the name.
    fn nearest_other(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        constraint: &'s Constraint,
    ) -> Option<Box<Nearest>> {
        let children = 0..elements.len().min(MANY);
        let nearest = children.map(|child| self.nearest(place, elements, constraint, child));
        let nearest = nearest.filter(|nearest| {
            let first = nearest.differences.first();
            first.is_some_and(|first| !first.is_of_name())
        });
        nearest
            .min_by_key(|nearest| distance(&nearest.differences))
            .map(Box::new)
    }

    fn nearest(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        constraint: &'s Constraint,
        child: usize,
    ) -> Nearest {
        Nearest {
            element: start_tag(elements[child], Some(place.element)),
            among: elements.len(),
            differences: self.element(&constraint.pattern, elements[child], &place.path),
        }
    }
}

fn mismatch(
    place: &Place<'_, '_>,
    rule: Rule,
    span: Span,
    expected: String,
    received: String,
) -> Mismatch {
    place.mismatch(rule, span, Some(expected), Some(received))
}

/// The start tags of some children.
fn listed(children: &[usize], elements: &[&Element], parent: &Element) -> String {
    let shown = children.iter().take(NAMED);
    let mut shown: Vec<_> = shown
        .map(|child| start_tag(elements[*child], Some(parent)))
        .collect();
    if children.len() > NAMED {
        shown.push(format!("and {} more", children.len() - NAMED));
    }
    shown.join(", ")
}
