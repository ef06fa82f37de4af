//! Which of the elements that came each expected child is to be compared with, where not all of them match.

use minidom::Element;

use super::bindings::Bindings;
use super::compare::{Assignment, same_name};
use super::explain::{differences, free_elements};
use super::mismatch::distance;
use super::pattern::Pattern;

/// How many elements are looked at to find the partner of an expected child.
const MANY: usize = 64;

/// The element that each expected child gets: one that matches, else the nearest of its name that is left.
pub(crate) fn partners(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Vec<Option<usize>> {
    let matching = Assignment::find(patterns, elements, bindings).matching;
    let mut free = free_elements(&matching);
    let mut partners = matching.left;
    for (pattern, partner) in patterns.iter().zip(&mut partners) {
        if partner.is_none() {
            *partner = nearest(pattern, elements, &free, bindings);
            free.retain(|index| Some(*index) != *partner);
        }
    }
    partners
}

fn nearest(
    pattern: &Pattern,
    elements: &[&Element],
    free: &[usize],
    bindings: &Bindings,
) -> Option<usize> {
    let Pattern::Element(expected) = pattern else {
        return None;
    };
    let of_the_name = free
        .iter()
        .filter(|index| same_name(expected, elements[**index]));
    let distance_of = |index: &&usize| distance(&differences(pattern, elements[**index], bindings));
    of_the_name.take(MANY).min_by_key(distance_of).copied()
}
