//! Why the children of an element are not what a pattern expects for themselves.
//!
//! What is said of all children by constraints is not looked at here.

use minidom::Element;

use super::assignment::Matching;
use super::candidates::List;
use super::children::match_in_order;
use super::compare::Assignment;
use super::constraints::Tallies;
use super::explain::{Explanation, Place};
use super::likely::likely;
use super::mismatch::{Mismatch, Nearest, Rule, distance};
use super::pattern::{ChildOrder, Mode, Pattern};
use super::shown::{is_namesake, start_tag};

/// How many missing or unexpected children are told of: with thousands of children that all differ, a longer list would
/// not help the user.
const MANY: usize = 64;

impl<'s> Explanation<'_, 's> {
    /// What is wrong with the children that are expected for themselves.
    pub(super) fn assigned_children(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        tallies: &Tallies,
    ) -> Vec<Mismatch> {
        let (patterns, bindings) = (&place.expected.children, self.bindings);
        let strict = place.expected.mode == Mode::Strict;
        let ordered = strict && place.expected.order == ChildOrder::AsWritten;
        let needed = tallies.unaccounted(elements.len());
        if ordered && match_in_order(patterns, elements, &needed, bindings, self.search).is_some() {
            return Vec::new();
        }
        let list = List::children_of(place.element, elements);
        let matching = match strict {
            true => Assignment::find_covering(patterns, list, &needed, bindings, self.search),
            false => Assignment::find(patterns, list, bindings, self.search),
        }
        .matching;
        let mut found = self.missing_children(place, elements, &matching);
        if strict {
            let mut left = matching.free_on_right();
            left.retain(|child| needed[*child] && !tallies.has_failing(*child));
            found.extend(self.unexpected_children(place, elements, left, &found));
        }
        if ordered && found.is_empty() && tallies.have_no_failing() {
            found.extend(self.order(place, elements, &matching));
        }
        found
    }

    fn missing_children(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        matching: &Matching,
    ) -> Vec<Mismatch> {
        let mut free = matching.free_on_right();
        let missing = place.expected.children.iter().zip(&matching.left);
        missing
            .filter(|(_, partner)| partner.is_none())
            .take(MANY)
            .map(|(pattern, _)| self.missing_child(place, pattern, elements, &mut free))
            .collect()
    }

    /// Tells of a child that is not there. The nearest element is taken from those without partner, and none
    /// is named twice as long as there are others.
    fn missing_child(
        &self,
        place: &Place<'_, 's>,
        pattern: &'s Pattern,
        elements: &[&Element],
        free: &mut Vec<usize>,
    ) -> Mismatch {
        let likely = likely(pattern, elements, free, self.bindings, self.search.steps);
        let nearest = likely
            .into_iter()
            .take_while(|_| self.search.steps.spend(1).is_some())
            .map(|index| (index, self.element(pattern, elements[index], &place.path)))
            .min_by_key(|(_, differences)| distance(differences));
        if let Some((index, _)) = &nearest {
            free.retain(|other| other != index);
        }
        let is_namesake = nearest
            .as_ref()
            .is_some_and(|(index, _)| is_namesake(pattern, elements[*index]));
        // What is shown beside a namesake has its namespace, also where that is the one of its parent.
        let parent = (!is_namesake).then_some(place.element);
        let expected = Some(self.shown_pattern(parent, pattern));
        let mismatch = place.mismatch(Rule::ChildMissing, pattern.span(), expected, None);
        Mismatch {
            nearest: nearest.map(|(index, differences)| {
                Box::new(Nearest {
                    element: start_tag(elements[index], parent),
                    among: elements.len(),
                    differences,
                })
            }),
            ..mismatch
        }
    }

    /// Tells of children that are too many. One that was named as the nearest to a missing one is not too
    /// many but wrong, if it has the right name.
    fn unexpected_children(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        left: Vec<usize>,
        missing: &[Mismatch],
    ) -> Vec<Mismatch> {
        let mut wrong: Vec<&str> = missing
            .iter()
            .filter(|mismatch| !std::ptr::eq(mismatch.focus(), *mismatch))
            .filter_map(|mismatch| mismatch.nearest.as_deref())
            .map(|nearest| nearest.element.as_str())
            .collect();
        left.into_iter()
            .map(|index| start_tag(elements[index], Some(place.element)))
            .filter(|tag| match wrong.iter().position(|known| known == tag) {
                Some(known) => {
                    wrong.swap_remove(known);
                    false
                }
                None => true,
            })
            .take(MANY)
            .map(|tag| place.mismatch(Rule::ChildUnexpected, place.expected.tag, None, Some(tag)))
            .collect()
    }

    /// Tells of the first child that is not in its place.
    fn order(
        &self,
        place: &Place<'_, 's>,
        elements: &[&Element],
        matching: &Matching,
    ) -> Option<Mismatch> {
        let patterns = &place.expected.children;
        let partners: Vec<usize> = matching.left.iter().flatten().copied().collect();
        let mut in_order = partners.clone();
        in_order.sort_unstable();
        let mut pairs = partners.iter().zip(&in_order);
        let first = pairs.position(|(own, in_order)| own != in_order)?;
        let expected = format!(
            "{} as child {}",
            self.shown_pattern(Some(place.element), patterns.get(first)?),
            first + 1
        );
        let received = start_tag(elements[in_order[first]], Some(place.element));
        let span = patterns[first].span();
        Some(place.mismatch(Rule::ChildOrder, span, Some(expected), Some(received)))
    }
}
