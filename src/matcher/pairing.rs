//! Which of the elements that came each expected child is to be compared with, where not all of them match.

use minidom::Element;

use super::bindings::Bindings;
use super::candidates::List;
use super::compare::{Assignment, Search};
use super::effort::Steps;
use super::element::same_name;
use super::explain::all_differences;
use super::likely::{MANY, likely};
use super::mismatch::distance;
use super::pattern::Pattern;

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
    let mut free = matching.free_on_right();
    let mut partners = matching.left;
    let missing = partners.iter().filter(|partner| partner.is_none()).count();
    for (pattern, partner) in patterns.iter().zip(&mut partners) {
        if partner.is_none() {
            let same: Vec<usize> = of_its_name(pattern, list.elements, &free).collect();
            let likely = match missing > MANY {
                true => same.into_iter().take(MANY).collect(),
                false => likely(pattern, list.elements, &same, bindings, search.steps),
            };
            *partner = nearest(pattern, list.elements, &likely, bindings, search);
            free.retain(|index| Some(*index) != *partner);
        }
    }
    partners
}

/// The elements among some that have the name of a pattern.
fn of_its_name<'a>(
    pattern: &'a Pattern,
    elements: &'a [&Element],
    among: &'a [usize],
) -> impl Iterator<Item = usize> + 'a {
    let names = pattern.names().unwrap_or_default();
    let among = among.iter().copied();
    among.filter(move |index| names.iter().any(|own| same_name(own, elements[*index])))
}

fn nearest<'s>(
    pattern: &'s Pattern,
    elements: &[&Element],
    among: &[usize],
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<usize> {
    let distance_of = |index: &&usize| {
        distance(&all_differences(
            pattern,
            elements[**index],
            bindings,
            search,
        ))
    };
    among.iter().min_by_key(distance_of).copied()
}
