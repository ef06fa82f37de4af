//! Which of the elements that came each expected child is to be compared with, where not all of them match.

use minidom::Element;

use super::bindings::Bindings;
use super::candidates::List;
use super::compare::{Assignment, Search};
use super::effort::Steps;
use super::element::same_name;
use super::explain::{all_differences, free_elements};
use super::mismatch::distance;
use super::pattern::Pattern;

/// How many elements are looked at to find the partner of an expected child.
const MANY: usize = 64;

/// The child of an element that each expected one gets: one that matches, else the nearest of its name that is left.
pub(crate) fn partners(
    patterns: &[Pattern],
    parent: &Element,
    bindings: &Bindings,
) -> Vec<Option<usize>> {
    let elements: Vec<&Element> = parent.children().collect();
    let steps = Steps::of_explanation(parent);
    let list = List::children_of(parent, &elements);
    partners_in(patterns, list, bindings, &Search::new(&steps))
}

/// The same among stanzas.
pub(crate) fn partners_among(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Vec<Option<usize>> {
    let steps = Steps::of_values();
    partners_in(
        patterns,
        List::stanzas(elements),
        bindings,
        &Search::new(&steps),
    )
}

pub(super) fn partners_in<'s>(
    patterns: &'s [Pattern],
    list: List<'_>,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Vec<Option<usize>> {
    let matching = Assignment::find(patterns, list, bindings, search).matching;
    let mut free = free_elements(&matching);
    let mut partners = matching.left;
    for (pattern, partner) in patterns.iter().zip(&mut partners) {
        if partner.is_none() {
            *partner = nearest(pattern, list.elements, &free, bindings, search);
            free.retain(|index| Some(*index) != *partner);
        }
    }
    partners
}

fn nearest<'s>(
    pattern: &'s Pattern,
    elements: &[&Element],
    free: &[usize],
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<usize> {
    let names = pattern.names()?;
    let is_named = |element: &Element| names.iter().any(|own| same_name(own, element));
    let of_the_name = free.iter().filter(|index| is_named(elements[**index]));
    let distance_of = |index: &&usize| {
        distance(&all_differences(
            pattern,
            elements[**index],
            bindings,
            search,
        ))
    };
    of_the_name.take(MANY).min_by_key(distance_of).copied()
}
