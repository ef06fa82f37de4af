//! The comparison proper, which binds wildcards freely and needs polynomial time. Names that one pattern uses more than
//! once are settled before (`exact.rs`).

use std::collections::{BTreeMap, HashMap};

use minidom::Element;

use super::assignment::Matching;
use super::bindings::{Bindings, Captures};
use super::candidates::{Candidates, Indexes, List};
use super::effort::Steps;
use super::element::{attribute_of, same_name, text_of};
use super::pattern::{
    ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValueKind, ValuePattern,
};
use super::value::match_value;
use crate::escape::WHITE_SPACE;

/// What all parts of a comparison share.
pub(super) struct Search<'s> {
    pub(super) steps: &'s Steps<'s>,
    indexes: Indexes<'s>,
}

impl<'s> Search<'s> {
    pub(super) fn new(steps: &'s Steps<'s>) -> Self {
        Self {
            steps,
            indexes: Indexes::default(),
        }
    }
}

/// Whether a value is what is expected, and what it binds; names used more than once are bound or taken to be free.
pub(crate) fn value_binds(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
) -> Option<Captures> {
    match_value(expected, kind, received, bindings, &Steps::of_values())
}

/// Whether an element is what is expected, names used more than once bound or taken to be free.
pub(crate) fn resembles(pattern: &Pattern, element: &Element, bindings: &Bindings) -> bool {
    let steps = Steps::of_explanation(element);
    match_element(pattern, element, bindings, &Search::new(&steps)).is_some()
}

/// Compares an element with a pattern, names used more than once bound or taken to be free.
pub(super) fn match_element<'s>(
    pattern: &'s Pattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    search.steps.spend(1)?;
    let Pattern::Element(expected) = pattern else {
        return Some(Vec::new());
    };
    if !same_name(expected, element) {
        return None;
    }
    let mut captures = match_attributes(expected, element, bindings, search)?;
    captures.extend(match_text(expected, element, bindings, search)?);
    captures.extend(match_children(expected, element, bindings, search)?);
    Some(captures)
}

fn match_attributes<'s>(
    expected: &'s ElementPattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    if expected.mode == Mode::Strict && element.attrs().iter().count() > expected.attributes.len() {
        return None;
    }
    let mut captures = Vec::new();
    for attribute in &expected.attributes {
        search.steps.spend(1)?;
        let received = attribute_of(element, attribute)?;
        captures.extend(match_value(
            &attribute.value,
            ValueKind::Attribute,
            received,
            bindings,
            search.steps,
        )?);
    }
    Some(captures)
}

fn match_text<'s>(
    expected: &'s ElementPattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    match &expected.text {
        TextPattern::Free => Some(Vec::new()),
        TextPattern::Absent => text_of(element)
            .trim_matches(WHITE_SPACE)
            .is_empty()
            .then(Vec::new),
        TextPattern::Value(value) => {
            let text = text_of(element);
            match_value(
                value,
                ValueKind::Text,
                text.trim_matches(WHITE_SPACE),
                bindings,
                search.steps,
            )
        }
    }
}

fn match_children<'s>(
    expected: &'s ElementPattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    let elements: Vec<&Element> = element.children().collect();
    search.steps.spend(elements.len() / 8)?;
    let fewer = elements.len() < expected.children.len();
    let more = elements.len() > expected.children.len();
    match (expected.mode, expected.order) {
        _ if fewer => None,
        (Mode::Strict, _) if more => None,
        (Mode::Strict, ChildOrder::AsWritten) => {
            match_in_order(&expected.children, &elements, bindings, search)
        }
        (Mode::NonStrict, _) | (Mode::Strict, ChildOrder::Any) => {
            let list = List::children_of(element, &elements);
            let assignment = Assignment::find(&expected.children, list, bindings, search);
            assignment.captures()
        }
    }
}

fn match_in_order<'s>(
    patterns: &'s [Pattern],
    elements: &[&Element],
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    let mut captures = Vec::new();
    for (pattern, element) in patterns.iter().zip(elements) {
        captures.extend(match_element(pattern, element, bindings, search)?);
    }
    Some(captures)
}

/// Which child each pattern gets.
pub(super) struct Assignment {
    pub(super) matching: Matching,
    captures: HashMap<(usize, usize), Captures>,
}

impl Assignment {
    /// Finds as many partners as there can be.
    pub(super) fn find<'s>(
        patterns: &'s [Pattern],
        list: List<'_>,
        bindings: &Bindings,
        search: &Search<'s>,
    ) -> Self {
        let mut assignment = Self {
            matching: Matching::new(patterns.len(), list.elements.len()),
            captures: HashMap::new(),
        };
        let crowd = Crowd {
            patterns,
            elements: list.elements,
            bindings,
            candidates: Candidates::new(patterns, list, bindings, &search.indexes, search.steps),
            search,
        };
        if !assignment.take_first_free(&crowd) {
            assignment.maximise(&crowd);
        }
        assignment
    }

    /// What the partners bind, or none if a pattern does not have a partner.
    fn captures(mut self) -> Option<Captures> {
        let mut all = Vec::new();
        for (pattern, element) in self.matching.left.iter().enumerate() {
            all.extend(
                self.captures
                    .remove(&(pattern, (*element)?))
                    .unwrap_or_default(),
            );
        }
        Some(all)
    }

    /// Gives each pattern the first free element that fits, which is enough for most stanzas, and tells whether all
    /// have one. The patterns with the least choice go first.
    fn take_first_free(&mut self, crowd: &Crowd<'_, '_>) -> bool {
        let mut order: Vec<usize> = (0..crowd.patterns.len()).collect();
        order.sort_by_key(|index| crowd.candidates.of(*index).len());
        for index in order {
            let possible = crowd.candidates.of(index);
            // Elements most often come in the order of the patterns: to begin there saves looking at those taken.
            let start = possible.partition_point(|element| *element < index);
            let found = possible[start..]
                .iter()
                .chain(&possible[..start])
                .filter(|element| self.matching.right[**element].is_none())
                .take_while(|_| crowd.search.steps.spend(1).is_some())
                .find_map(|element| Some((*element, crowd.compare(index, *element)?)));
            if let Some((element, captures)) = found {
                self.matching.pair(index, element);
                self.remember(index, element, captures);
            }
        }
        self.matching.covers_left()
    }

    fn maximise(&mut self, crowd: &Crowd<'_, '_>) {
        let mut edges = Vec::with_capacity(crowd.patterns.len());
        for index in 0..crowd.patterns.len() {
            let mut fitting = Vec::new();
            let possible = crowd.candidates.of(index).iter();
            for element in possible.take_while(|_| !crowd.search.steps.are_too_many()) {
                if let Some(captures) = crowd.compare(index, *element) {
                    fitting.push(*element);
                    self.remember(index, *element, captures);
                }
            }
            edges.push(fitting);
        }
        self.matching.maximise(&edges);
    }

    fn remember(&mut self, pattern: usize, element: usize, captures: Captures) {
        if !captures.is_empty() {
            self.captures.insert((pattern, element), captures);
        }
    }
}

/// Patterns and elements that are to be assigned to each other.
struct Crowd<'c, 's> {
    patterns: &'s [Pattern],
    elements: &'c [&'c Element],
    bindings: &'c Bindings,
    candidates: Candidates,
    search: &'c Search<'s>,
}

impl Crowd<'_, '_> {
    fn compare(&self, pattern: usize, element: usize) -> Option<Captures> {
        let (pattern, element) = (&self.patterns[pattern], self.elements[element]);
        match_element(pattern, element, self.bindings, self.search)
    }
}

/// The whole assignment that uses the earliest elements: they are offered a place in the order they came, and an
/// element that has a place keeps one.
pub(super) fn earliest_assignment<'s>(
    patterns: &'s [Pattern],
    elements: &[&Element],
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<(Vec<usize>, Captures)> {
    let list = List::stanzas(elements);
    let candidates = Candidates::new(patterns, list, bindings, &search.indexes, search.steps);
    let mut captures = HashMap::new();
    let mut fitting: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (wanted, pattern) in patterns.iter().enumerate() {
        for index in candidates.of(wanted) {
            if let Some(found) = match_element(pattern, elements[*index], bindings, search) {
                fitting.entry(*index).or_default().push(wanted);
                captures.insert((wanted, *index), found);
            }
        }
    }
    let chosen = earliest(patterns.len(), &fitting)?;
    let pairs = chosen.iter().enumerate();
    let captures = pairs.flat_map(|pair| captures.remove(&(pair.0, *pair.1)).unwrap_or_default());
    let captures = captures.collect();
    Some((chosen, captures))
}

/// Which of the elements each of the patterns gets, if all get one; `fitting` has the patterns that elements fit.
fn earliest(patterns: usize, fitting: &BTreeMap<usize, Vec<usize>>) -> Option<Vec<usize>> {
    let mut matching = Matching::new(0, patterns);
    let mut edges = Vec::with_capacity(fitting.len());
    for fits in fitting.values() {
        edges.push(fits.clone());
        matching.admit_next(&edges);
        if matching.covers_right() {
            break;
        }
    }
    let indexes: Vec<usize> = fitting.keys().copied().collect();
    let chosen = matching.right.iter();
    chosen.map(|left| left.map(|left| indexes[left])).collect()
}
