//! Whether an element is what a pattern expects.
//!
//! The comparison proper binds wildcards freely and needs polynomial time. Names that one pattern uses more
//! than once are tried with each value they could have, before the comparison; with all of them bound it is exact.

use std::collections::{BTreeMap, HashMap};

use minidom::Element;

use super::assignment::Matching;
use super::bindings::Bindings;
use super::candidates::Candidates;
use super::pattern::{
    AttributePattern, ChildOrder, ElementPattern, Mode, Pattern, TextPattern, ValuePattern,
    ValuePiece,
};
use super::value::{Captures, ValueKind, match_value, possible_values};
use crate::escape::WHITE_SPACE;

/// Compares an element with a pattern: the bindings afterwards, or none if it does not match.
pub fn accepts(pattern: &Pattern, element: &Element, bindings: &Bindings) -> Option<Bindings> {
    let shared = shared_names(std::slice::from_ref(pattern), bindings);
    let matching = |bindings: &Bindings| match_element(pattern, element, bindings);
    let possible = |name: &str, bindings: &Bindings| {
        let mut values = Vec::new();
        collect_values(pattern, element, name, bindings, &mut values);
        values
    };
    let (bindings, captures) = settle(&shared, bindings, &matching, &possible)?;
    Some(bound(bindings, captures))
}

/// Finds an element of its own for each pattern, in any order: which element each one gets, and the bindings
/// afterwards; none if there is no way.
///
/// Of all ways, one is taken that uses the earliest elements.
pub fn assign(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Option<(Vec<usize>, Bindings)> {
    let shared = shared_names(patterns, bindings);
    let matching = |bindings: &Bindings| earliest_assignment(patterns, elements, bindings);
    let possible = |name: &str, bindings: &Bindings| {
        let mut values = Vec::new();
        for pattern in patterns {
            for element in elements {
                collect_values(pattern, element, name, bindings, &mut values);
            }
        }
        values
    };
    let (bindings, (chosen, captures)) = settle(&shared, bindings, &matching, &possible)?;
    Some((chosen, bound(bindings, captures)))
}

/// The first pattern for which no element is left when as many as possible have one.
pub fn unassigned(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Option<usize> {
    let assignment = Assignment::find(patterns, elements, bindings);
    assignment.matching.left.iter().position(Option::is_none)
}

fn bound(mut bindings: Bindings, captures: Captures) -> Bindings {
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

/// Gives each shared name a value with which all matches. With some names still free the match can only be
/// easier, so a dead end is seen early.
fn settle<T>(
    shared: &[String],
    bindings: &Bindings,
    matching: &dyn Fn(&Bindings) -> Option<T>,
    possible: &dyn Fn(&str, &Bindings) -> Vec<String>,
) -> Option<(Bindings, T)> {
    let found = matching(bindings)?;
    let Some((name, rest)) = shared.split_first() else {
        return Some((bindings.clone(), found));
    };
    possible(name, bindings)
        .iter()
        .find_map(|value| settle(rest, &bindings.with(name, value), matching, possible))
}

/// Collects the values that a name could have from its first place in a pattern: no other value can do.
fn collect_values(
    pattern: &Pattern,
    element: &Element,
    name: &str,
    bindings: &Bindings,
    found: &mut Vec<String>,
) {
    let Pattern::Element(expected) = pattern else {
        return;
    };
    if !same_name(expected, element) {
        return;
    }
    let mut add = |value: &ValuePattern, kind: ValueKind, received: &str| {
        for possible in possible_values(value, kind, received, bindings, name) {
            if !found.contains(&possible) {
                found.push(possible);
            }
        }
    };
    for attribute in &expected.attributes {
        if mentions(&attribute.value, name) {
            if let Some(received) = attribute_of(element, attribute) {
                add(&attribute.value, ValueKind::Attribute, received);
            }
            return;
        }
    }
    if let TextPattern::Value(value) = &expected.text
        && mentions(value, name)
    {
        add(
            value,
            ValueKind::Text,
            text_of(element).trim_matches(WHITE_SPACE),
        );
        return;
    }
    let holder = expected.children.iter().find(|child| {
        let mut holds = false;
        child.visit_values(&mut |value| holds |= mentions(value, name));
        holds
    });
    if let Some(holder) = holder {
        for child in element.children() {
            collect_values(holder, child, name, bindings, found);
        }
    }
}

fn mentions(value: &ValuePattern, name: &str) -> bool {
    value
        .pieces
        .iter()
        .any(|piece| piece.wildcard() == Some(name))
}

/// Compares an element with a pattern, names used more than once bound or taken to be free.
pub(crate) fn match_element(
    pattern: &Pattern,
    element: &Element,
    bindings: &Bindings,
) -> Option<Captures> {
    let Pattern::Element(expected) = pattern else {
        return Some(Vec::new());
    };
    if !same_name(expected, element) {
        return None;
    }
    let mut captures = match_attributes(expected, element, bindings)?;
    captures.extend(match_text(expected, element, bindings)?);
    captures.extend(match_children(expected, element, bindings)?);
    Some(captures)
}

pub(crate) fn same_name(expected: &ElementPattern, element: &Element) -> bool {
    element.name() == expected.name && element.has_ns(expected.namespace.as_str())
}

fn match_attributes(
    expected: &ElementPattern,
    element: &Element,
    bindings: &Bindings,
) -> Option<Captures> {
    if expected.mode == Mode::Strict && element.attrs().iter().count() > expected.attributes.len() {
        return None;
    }
    let mut captures = Vec::new();
    for attribute in &expected.attributes {
        let received = attribute_of(element, attribute)?;
        captures.extend(match_value(
            &attribute.value,
            ValueKind::Attribute,
            received,
            bindings,
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

fn match_text(
    expected: &ElementPattern,
    element: &Element,
    bindings: &Bindings,
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
            )
        }
    }
}

fn match_children(
    expected: &ElementPattern,
    element: &Element,
    bindings: &Bindings,
) -> Option<Captures> {
    let elements: Vec<&Element> = element.children().collect();
    let fewer = elements.len() < expected.children.len();
    let more = elements.len() > expected.children.len();
    match (expected.mode, expected.order) {
        _ if fewer => None,
        (Mode::Strict, _) if more => None,
        (Mode::Strict, ChildOrder::AsWritten) => {
            match_in_order(&expected.children, &elements, bindings)
        }
        (Mode::NonStrict, _) | (Mode::Strict, ChildOrder::Any) => {
            let assignment = Assignment::find(&expected.children, &elements, bindings);
            assignment.captures()
        }
    }
}

fn match_in_order(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Option<Captures> {
    let mut captures = Vec::new();
    for (pattern, element) in patterns.iter().zip(elements) {
        captures.extend(match_element(pattern, element, bindings)?);
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
    pub(super) fn find(patterns: &[Pattern], elements: &[&Element], bindings: &Bindings) -> Self {
        let mut assignment = Self {
            matching: Matching::new(patterns.len(), elements.len()),
            captures: HashMap::new(),
        };
        let candidates = Candidates::new(patterns, elements, bindings);
        if !assignment.take_first_free(patterns, elements, bindings, &candidates) {
            assignment.maximise(patterns, elements, bindings, &candidates);
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
    fn take_first_free(
        &mut self,
        patterns: &[Pattern],
        elements: &[&Element],
        bindings: &Bindings,
        candidates: &Candidates<'_>,
    ) -> bool {
        let mut order: Vec<usize> = (0..patterns.len()).collect();
        order.sort_by_key(|index| candidates.of(*index).len());
        for index in order {
            let possible = candidates.of(index);
            // Elements most often come in the order of the patterns: to begin there saves looking at those taken.
            let start = possible.partition_point(|element| *element < index);
            let found = possible[start..]
                .iter()
                .chain(&possible[..start])
                .filter(|element| self.matching.right[**element].is_none())
                .find_map(|element| {
                    let captures = match_element(&patterns[index], elements[*element], bindings)?;
                    Some((*element, captures))
                });
            if let Some((element, captures)) = found {
                self.matching.pair(index, element);
                self.remember(index, element, captures);
            }
        }
        self.matching.covers_left()
    }

    fn maximise(
        &mut self,
        patterns: &[Pattern],
        elements: &[&Element],
        bindings: &Bindings,
        candidates: &Candidates<'_>,
    ) {
        let mut edges = Vec::with_capacity(patterns.len());
        for (index, pattern) in patterns.iter().enumerate() {
            let mut fitting = Vec::new();
            for element in candidates.of(index) {
                if let Some(captures) = match_element(pattern, elements[*element], bindings) {
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

/// The whole assignment that uses the earliest elements: they are offered a place in the order they came, and
/// who has a place keeps one.
fn earliest_assignment(
    patterns: &[Pattern],
    elements: &[&Element],
    bindings: &Bindings,
) -> Option<(Vec<usize>, Captures)> {
    let mut captures = HashMap::new();
    let mut edges = vec![Vec::new(); elements.len()];
    for (index, element) in elements.iter().enumerate() {
        for (wanted, pattern) in patterns.iter().enumerate() {
            if let Some(found) = match_element(pattern, element, bindings) {
                edges[index].push(wanted);
                captures.insert((wanted, index), found);
            }
        }
    }
    let mut matching = Matching::new(elements.len(), patterns.len());
    let mut missing = patterns.len();
    for offered in 0..elements.len() {
        if missing == 0 {
            break;
        }
        missing -= usize::from(matching.admit(offered, &edges));
    }
    let chosen = matching.right.iter().copied().collect::<Option<Vec<_>>>()?;
    let captures = chosen
        .iter()
        .enumerate()
        .flat_map(|pair| captures.remove(&(pair.0, *pair.1)).unwrap_or_default())
        .collect();
    Some((chosen, captures))
}
