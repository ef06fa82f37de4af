//! Why an element is none of several.

use minidom::Element;

use super::bindings::Bindings;
use super::compare::Search;
use super::constraints::names_of;
use super::explain::{Explanation, explained};
use super::mismatch::{Mismatch, Rule, distance};
use super::pattern::{OneOf, Pattern};

/// The member of a one-of that fits an element, else the nearest to it, and what is then wrong.
pub(super) fn nearest_member<'s>(
    one_of: &'s OneOf,
    element: &Element,
    parent: &str,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<(&'s Pattern, Vec<Mismatch>)> {
    let search = search.within_member();
    let mut members = one_of.members.iter();
    if let Some(fitting) =
        members.find(|member| search.captures(member, element, bindings).is_some())
    {
        return Some((fitting, Vec::new()));
    }
    let members = one_of.members.iter();
    let members = members.map(|member| {
        let differences = explained(member, element, parent, bindings, &search);
        (member, differences)
    });
    members.min_by_key(|(_, differences)| distance(differences))
}

impl<'s> Explanation<'_, 's> {
    /// What is wrong with an element that no member of a one-of fits.
    pub(super) fn one_of(
        &self,
        one_of: &'s OneOf,
        pattern: &Pattern,
        element: &Element,
        parent: &str,
    ) -> Vec<Mismatch> {
        let nearest = nearest_member(one_of, element, parent, self.bindings, self.search);
        let mut found = nearest.map_or_else(Vec::new, |(_, differences)| differences);
        if let Some(first) = found.first_mut()
            && first.rule == Rule::Name
        {
            first.span = one_of.tag;
            first.expected = Some(names_of(pattern));
        }
        found
    }
}
