//! Which of the elements that are left an expected one may have been meant to be, before they are compared closely.

use minidom::Element;

use super::bindings::Bindings;
use super::effort::Steps;
use super::element::{attribute_of, same_name};
use super::pattern::{ElementPattern, Pattern, ValueKind};
use super::value::match_value;

/// How many elements are compared closely to find the nearest one.
pub(super) const MANY: usize = 64;

/// Among how many elements these are chosen by their attributes.
const VERY_MANY: usize = 1_000;

/// The elements among some that are worth a closer look. Where there are many, they are those whose attributes agree
/// best with what is expected.
pub(super) fn likely(
    pattern: &Pattern,
    elements: &[&Element],
    among: &[usize],
    bindings: &Bindings,
    steps: &Steps<'_>,
) -> Vec<usize> {
    let mut likely: Vec<usize> = among.iter().copied().take(VERY_MANY).collect();
    if let (Pattern::Element(expected), true) = (pattern, likely.len() > MANY) {
        likely.sort_by_cached_key(|index| strangeness(expected, elements[*index], bindings, steps));
    }
    likely.truncate(MANY);
    likely
}

/// How many attributes of an element are not as expected; one of another name is stranger than all others.
fn strangeness(
    expected: &ElementPattern,
    element: &Element,
    bindings: &Bindings,
    steps: &Steps<'_>,
) -> usize {
    if !same_name(expected, element) {
        return usize::MAX;
    }
    let kind = ValueKind::Attribute;
    let attributes = expected.attributes.iter();
    let strange = attributes.filter(|attribute| {
        let received = attribute_of(element, attribute);
        received
            .is_none_or(|own| match_value(&attribute.value, kind, own, bindings, steps).is_none())
    });
    strange.count()
}
