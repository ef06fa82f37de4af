//! Whether an element is what a pattern expects.
//!
//! The comparison proper binds wildcards freely and needs polynomial time. Names that one pattern uses more
//! than once are settled before (`settle.rs`); with all of them bound it is exact.

use std::collections::{BTreeMap, HashMap};

use minidom::Element;

use super::assignment::Matching;
use super::bindings::Bindings;
use super::candidates::{Candidates, Indexes, List};
use super::effort::{Effort, Steps, TooHard};
use super::pattern::{
    AttributePattern, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValuePattern,
    ValuePiece,
};
use super::settle::{Settling, collect_values};
use super::value::{Captures, ValueKind, match_value};
use crate::escape::WHITE_SPACE;

/// Compares an element with a pattern: the bindings afterwards, or none if it does not match.
///
/// # Errors
///
/// When there are more ways in which it could match than can be tried.
pub fn accepts(
    pattern: &Pattern,
    element: &Element,
    bindings: &Bindings,
) -> Result<Option<Bindings>, TooHard> {
    Effort::new().accepts(pattern, element, bindings)
}

impl Effort {
    /// Compares an element with a pattern: the bindings afterwards, or none if it does not match.
    ///
    /// # Errors
    ///
    /// When there are more ways in which it could match than can be tried.
    pub fn accepts(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Result<Option<Bindings>, TooHard> {
        let captures = self.captures(pattern, element, bindings)?;
        Ok(captures.map(|captures| bound(bindings.clone(), captures)))
    }

    /// Compares an element with a pattern: what is bound, or none if it does not match.
    pub(super) fn captures(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Result<Option<Captures>, TooHard> {
        let patterns = std::slice::from_ref(pattern);
        self.compare(patterns, &[element], bindings, |steps| {
            Search::new(steps).captures(pattern, element, bindings)
        })
    }

    /// Finds an element of its own for each pattern, in any order: which element each one gets, and the bindings
    /// afterwards; none if there is no way.
    ///
    /// Of all ways, one is taken that uses the earliest elements.
    ///
    /// # Errors
    ///
    /// When there are more ways than can be tried.
    pub fn assign(
        &self,
        patterns: &[Pattern],
        elements: &[&Element],
        bindings: &Bindings,
    ) -> Result<Option<(Vec<usize>, Bindings)>, TooHard> {
        // Who looks for more elements each time that one has come may not count them again each time.
        self.compare(patterns, &[], bindings, |steps| {
            Search::new(steps).assign(patterns, elements, bindings)
        })
    }
}

/// What a comparison takes with it wherever it goes.
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

    /// Compares an element with a pattern, exactly: what is bound, or none if it does not match.
    pub(super) fn captures(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Option<Captures> {
        let settling = Settling {
            steps: self.steps,
            matching: &|bindings| match_element(pattern, element, bindings, self),
            possible: &|name, place, bindings| {
                collect_values(pattern, element, (name, place), bindings, self)
            },
        };
        let patterns = std::slice::from_ref(pattern);
        let (settled, captures) = settling.settle_all(patterns, bindings)?;
        Some([settled, captures].concat())
    }

    fn assign(
        &self,
        patterns: &'s [Pattern],
        elements: &[&Element],
        bindings: &Bindings,
    ) -> Option<(Vec<usize>, Bindings)> {
        let settling = Settling {
            steps: self.steps,
            matching: &|bindings| earliest_assignment(patterns, elements, bindings, self),
            possible: &|name, place, bindings| {
                let mut values = Vec::new();
                for pattern in patterns {
                    for element in elements {
                        let place = (name, place);
                        values.extend(collect_values(pattern, element, place, bindings, self)?);
                    }
                }
                Some(values)
            },
        };
        let (settled, (chosen, captures)) = settling.settle_all(patterns, bindings)?;
        let bindings = bound(bindings.clone(), settled);
        Some((chosen, bound(bindings, captures)))
    }
}

/// The bindings with what was captured.
pub(super) fn bound(mut bindings: Bindings, captures: Captures) -> Bindings {
    for (name, value) in captures {
        bindings.bind(name, value);
    }
    bindings
}

/// The unbound names that stand in more than one place.
pub(super) fn shared_names(patterns: &[Pattern], bindings: &Bindings) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pattern in patterns {
        pattern.visit_values(&mut |value| {
            for name in value.pieces.iter().filter_map(ValuePiece::wildcard) {
                if bindings.get(name).is_none() {
                    *counts.entry(name).or_default() += 1;
                }
            }
        });
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(name, _)| name.to_owned())
        .collect()
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

pub(crate) fn same_name(expected: &ElementPattern, element: &Element) -> bool {
    element.name() == expected.name && element.has_ns(expected.namespace.as_str())
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

pub(crate) fn attribute_of<'a>(
    element: &'a Element,
    expected: &AttributePattern,
) -> Option<&'a str> {
    element
        .attrs()
        .iter()
        .find(|((namespace, name), _)| {
            namespace.as_str() == expected.namespace && name.as_str() == expected.name
        })
        .map(|(_, value)| value.as_str())
}

/// All the text directly within an element; from the wire it comes in several nodes.
pub(crate) fn text_of(element: &Element) -> String {
    element.texts().collect()
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

    /// What the partners bind, or none if a pattern has no partner.
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

    /// Gives each pattern the first free element that fits, which is enough for most stanzas, and tells
    /// whether all have one. Who has the least choice goes first.
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

/// Patterns and elements that are to find each other.
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

/// The whole assignment that uses the earliest elements: they are offered a place in the order they came, and
/// who has a place keeps one.
fn earliest_assignment<'s>(
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
