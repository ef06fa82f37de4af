//! What is said of all children of an element: how many match, and which have to. That is apart from the assignment of
//! children, to which these patterns do not belong.

use std::rc::Rc;

use minidom::Element;

use super::bindings::{Bindings, Captures};
use super::candidates::List;
use super::compare::Search;
use super::effort::Steps;
use super::element::{attribute_of, same_name};
use super::pattern::{Constraint, Each, ElementPattern, Pattern, ValueKind};
use super::value::match_value;

/// The children of an element, held against one constraint.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Whether it has to wait, as names in it are still to be bound: then only what could match is known.
    pub(super) is_deferred: bool,
    /// The children that match.
    pub(super) matching: Vec<usize>,
    /// The children that have to match and do not.
    pub(super) failing: Vec<usize>,
    captures: Captures,
}

/// The children of an element, held against all of its constraints.
#[derive(Debug)]
pub(super) struct Tallies {
    /// For each constraint what is found.
    pub(super) of: Vec<Tally>,
    /// For each child whether a constraint matches it; empty where there are no constraints.
    accounted: Vec<bool>,
}

impl Tallies {
    /// Holds children against constraints.
    pub(super) fn new<'s>(
        constraints: &'s [Constraint],
        list: List<'_>,
        bindings: &Bindings,
        search: &Search<'s>,
    ) -> Self {
        let tallies = constraints.iter();
        let of: Vec<Tally> = tallies
            .map(|constraint| Tally::new(constraint, list, bindings, search))
            .collect();
        let mut accounted = Vec::new();
        if !of.is_empty() {
            accounted.resize(list.elements.len(), false);
        }
        for index in of.iter().flat_map(|tally| &tally.matching) {
            accounted[*index] = true;
        }
        Self { of, accounted }
    }

    /// What is bound, or none if a constraint does not hold.
    pub(super) fn captures(&self, constraints: &[Constraint]) -> Option<Captures> {
        let mut captures = Captures::new();
        for (constraint, tally) in constraints.iter().zip(&self.of) {
            if !tally.holds(constraint) {
                return None;
            }
            if constraint.is_capturing() && !tally.is_deferred {
                captures.extend(tally.captures.iter().cloned());
            }
        }
        Some(captures)
    }

    /// Whether a constraint accounts for a child, so that a strict element may have it.
    pub(super) fn accounts_for(&self, child: usize) -> bool {
        self.accounted.get(child).copied().unwrap_or_default()
    }

    /// Whether a child has to match a constraint and does not.
    pub(super) fn has_failing(&self, child: usize) -> bool {
        self.of.iter().any(|tally| tally.failing.contains(&child))
    }

    /// Whether no child has to match a constraint and does not.
    pub(super) fn have_no_failing(&self) -> bool {
        self.of.iter().all(|tally| tally.failing.is_empty())
    }

    /// For each of so many children whether a strict element may have it only as one that is expected for itself.
    pub(super) fn unaccounted(&self, children: usize) -> Vec<bool> {
        (0..children)
            .map(|child| !self.accounts_for(child))
            .collect()
    }
}

impl Tally {
    fn new<'s>(
        constraint: &'s Constraint,
        list: List<'_>,
        bindings: &Bindings,
        search: &Search<'s>,
    ) -> Self {
        let mut tally = Self {
            is_deferred: search.defers(constraint, bindings),
            ..Self::default()
        };
        let search = search.within_constraint(tally.is_deferred);
        let few = search.candidates(&constraint.pattern, list, bindings);
        let children = few.unwrap_or_else(|| Rc::new((0..list.elements.len()).collect()));
        for child in children.iter() {
            if search.steps.spend(1).is_none() {
                break;
            }
            let element = list.elements[*child];
            if let Some(captures) = search.captures(&constraint.pattern, element, bindings) {
                tally.add(*child, captures);
            }
        }
        if constraint.each.is_some() && !tally.is_deferred {
            tally.find_failing(constraint, list, bindings, &search);
        }
        tally
    }

    fn find_failing(
        &mut self,
        constraint: &Constraint,
        list: List<'_>,
        bindings: &Bindings,
        search: &Search<'_>,
    ) {
        let mut matching = self.matching.iter().peekable();
        for (child, element) in list.elements.iter().enumerate() {
            if search.steps.spend(1).is_none() {
                break;
            }
            let is_matching = matching.next_if_eq(&&child).is_some();
            if !is_matching && must_match(constraint, element, bindings, search) {
                self.failing.push(child);
            }
        }
    }

    fn add(&mut self, child: usize, captures: Captures) {
        if self.matching.is_empty() {
            self.captures = captures;
        }
        self.matching.push(child);
    }

    /// Whether the constraint holds, as far as that can be told.
    pub(super) fn holds(&self, constraint: &Constraint) -> bool {
        let times = constraint.times.as_ref();
        let is_often_enough = times.is_none_or(|times| times.value.allows(self.matching.len()));
        self.is_deferred || is_often_enough && self.failing.is_empty()
    }

    /// The children that are too many, the last ones.
    pub(super) fn surplus(&self, constraint: &Constraint) -> &[usize] {
        let count = self.matching.len();
        let times = constraint.times.as_ref().filter(|_| !self.is_deferred);
        let surplus = times.map_or(0, |times| times.value.surplus(count));
        &self.matching[count - surplus..]
    }

    /// How many children there are too few.
    pub(super) fn lacking(&self, constraint: &Constraint) -> usize {
        let times = constraint.times.as_ref().filter(|_| !self.is_deferred);
        times.map_or(0, |times| times.value.lacking(self.matching.len()))
    }
}

/// Whether a child is one of those that each have to match.
fn must_match(
    constraint: &Constraint,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'_>,
) -> bool {
    let Some(each) = &constraint.each else {
        return false;
    };
    let names = constraint.pattern.names().unwrap_or_default();
    let mut named = names
        .into_iter()
        .filter(|expected| same_name(expected, element));
    named.any(|expected| match &each.value {
        Each::OfName => true,
        Each::Agreeing { namespace, name } => {
            agrees(expected, element, (namespace, name), bindings, search)
        }
    })
}

/// Whether a child has the expected value of an attribute.
fn agrees(
    expected: &ElementPattern,
    element: &Element,
    (namespace, name): (&str, &str),
    bindings: &Bindings,
    search: &Search<'_>,
) -> bool {
    let mut attributes = expected.attributes.iter();
    let own = attributes.find(|own| own.namespace == namespace && own.name == name);
    let agreeing = own.and_then(|own| {
        let received = attribute_of(element, own)?;
        let kind = ValueKind::Attribute;
        match_value(&own.value, kind, received, bindings, search.steps)
    });
    agreeing.is_some()
}

/// For each child of an element whether a constraint of the expected one accounts for it.
pub(crate) fn accounted_for(
    expected: &ElementPattern,
    element: &Element,
    bindings: &Bindings,
) -> Vec<bool> {
    let steps = Steps::of_explanation(element);
    let elements: Vec<&Element> = element.children().collect();
    let search = Search::new(&steps);
    let list = List::children_of(element, &elements);
    let tallies = Tallies::new(&expected.constraints, list, bindings, &search);
    (0..elements.len())
        .map(|child| tallies.accounts_for(child))
        .collect()
}

/// A pattern in a word: the names of the elements that it can be.
pub(crate) fn names_of(pattern: &Pattern) -> String {
    match pattern.names() {
        None => "<scansion:any>".to_owned(),
        Some(names) => {
            let names: Vec<_> = names.iter().map(|own| format!("<{}>", own.name)).collect();
            names.join(" or ")
        }
    }
}
