//! The comparison proper, which binds wildcards freely and needs polynomial time. Names that one pattern uses more than
//! once are settled before (`exact.rs`).

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use minidom::Element;

use super::assignment::Matching;
use super::bindings::{Bindings, Captures};
use super::candidates::{Candidates, Indexes, List};
use super::children::match_children;
use super::effort::Steps;
use super::element::{attribute_named, attribute_of, same_name, text_of};
use super::names::Open;
use super::pattern::{
    Constraint, ElementPattern, Mode, OneOf, Pattern, TextPattern, ValueKind, ValuePattern,
};
use super::value::match_value;
use crate::escape::WHITE_SPACE;

/// What all parts of a comparison share.
pub(super) struct Search<'s> {
    pub(super) steps: &'s Steps<'s>,
    indexes: Rc<Indexes<'s>>,
    /// The names that constraints have to wait for.
    open: Open,
}

impl<'s> Search<'s> {
    pub(super) fn new(steps: &'s Steps<'s>) -> Self {
        Self {
            steps,
            indexes: Rc::default(),
            open: Open::default(),
        }
    }

    /// The same search, where constraints have to wait for these names.
    pub(super) fn waiting_for(&self, open: Open) -> Self {
        Self {
            steps: self.steps,
            indexes: Rc::clone(&self.indexes),
            open,
        }
    }

    /// The elements that a pattern may match, where it is known that these are only some.
    pub(super) fn candidates(
        &self,
        pattern: &'s Pattern,
        list: List<'_>,
        bindings: &Bindings,
    ) -> Option<Rc<Vec<usize>>> {
        self.indexes.look_up(pattern, list, bindings, self.steps)
    }

    /// The names that constraints have to wait for.
    pub(super) fn open(&self) -> &Open {
        &self.open
    }

    /// Whether a constraint has to wait.
    pub(super) fn defers(&self, constraint: &Constraint, bindings: &Bindings) -> bool {
        self.open.defers(constraint, bindings)
    }

    /// The search in what a constraint is about: one that does not have to wait knows all names but its own.
    pub(super) fn within_constraint(&self, is_deferred: bool) -> Self {
        self.waiting_for(match is_deferred {
            true => self.open.clone(),
            false => Open::default(),
        })
    }

    /// The search in a member of a one-of.
    pub(super) fn within_member(&self) -> Self {
        self.waiting_for(self.open.for_members())
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
    let expected = match pattern {
        Pattern::Any(_) => return Some(Vec::new()),
        Pattern::OneOf(one_of) => return match_one_of(one_of, element, bindings, search),
        Pattern::Element(expected) => expected,
    };
    if !same_name(expected, element) {
        return None;
    }
    let mut captures = match_attributes(expected, element, bindings, search)?;
    captures.extend(match_text(expected, element, bindings, search)?);
    captures.extend(match_children(expected, element, bindings, search)?);
    Some(captures)
}

/// Compares an element with the members of a one-of. What only some of them bind has no value afterwards.
fn match_one_of<'s>(
    one_of: &'s OneOf,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    let search = search.within_member();
    let mut members = one_of.members.iter();
    let mut captures = members.find_map(|member| search.captures(member, element, bindings))?;
    captures.retain(|(name, _)| one_of.members.iter().all(|member| member.binds(name)));
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
    let mut absent = expected.absent.iter();
    if absent.any(|absent| attribute_named(element, &absent.namespace, &absent.name).is_some()) {
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
        Self::among(&Crowd::new(patterns, list, bindings, search))
    }

    fn among(crowd: &Crowd<'_, '_>) -> Self {
        let mut assignment = Self {
            matching: Matching::new(crowd.patterns.len(), crowd.elements.len()),
            captures: HashMap::new(),
        };
        if !assignment.take_first_free(crowd) && assignment.may_grow(crowd) {
            assignment.matching.maximise(&crowd.edges());
            assignment.remember_all(crowd);
        }
        assignment
    }

    /// The same, and then gives partners to those elements that need one, as far as there can be.
    pub(super) fn find_covering<'s>(
        patterns: &'s [Pattern],
        list: List<'_>,
        needed: &[bool],
        bindings: &Bindings,
        search: &Search<'s>,
    ) -> Self {
        let crowd = Crowd::new(patterns, list, bindings, search);
        let mut assignment = Self::among(&crowd);
        if !assignment.covers(needed) {
            assignment.matching.cover(needed, &crowd.edges());
            assignment.remember_all(&crowd);
        }
        assignment
    }

    /// Whether each element that needs a partner has one.
    pub(super) fn covers(&self, needed: &[bool]) -> bool {
        let mut elements = needed.iter().zip(&self.matching.right);
        elements.all(|(is_needed, partner)| !is_needed || partner.is_some())
    }

    /// What the partners bind, or none if a pattern does not have a partner.
    pub(super) fn captures(mut self) -> Option<Captures> {
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
            if self.is_in_vain(index, crowd) {
                continue;
            }
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

    /// Whether a pattern without partner could have one if others had another. Where none could, there is no need to
    /// compare all of the others with all elements, of which alike ones are many.
    fn may_grow(&self, crowd: &Crowd<'_, '_>) -> bool {
        let patterns = self.matching.left.iter().enumerate();
        let missing = patterns.filter(|(_, partner)| partner.is_none());
        let mut missing = missing.filter(|(index, _)| !self.is_in_vain(*index, crowd));
        missing.any(|(index, _)| {
            let mut possible = crowd.candidates.of(index).iter();
            possible.any(|element| crowd.compare(index, *element).is_some())
        })
    }

    /// Whether nothing was found for the pattern before one that is like it.
    fn is_in_vain(&self, pattern: usize, crowd: &Crowd<'_, '_>) -> bool {
        let before = pattern.checked_sub(1);
        before.is_some_and(|before| self.matching.left[before].is_none())
            && crowd.is_repeated(pattern)
    }

    /// Finds out what partners bind that were found without asking.
    fn remember_all(&mut self, crowd: &Crowd<'_, '_>) {
        let pairs: Vec<_> = self.matching.left.iter().copied().enumerate().collect();
        for (pattern, element) in pairs {
            let element =
                element.filter(|element| !self.captures.contains_key(&(pattern, *element)));
            if let Some(element) = element {
                let captures = crowd.compare(pattern, element);
                self.remember(pattern, element, captures.unwrap_or_default());
            }
        }
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
    /// What came of comparing what has grandchildren. If that were asked twice of a pair, and so of each of the pairs
    /// below it, it would double at each level. Of what is less deep there may be many pairs, which are soon compared.
    known: RefCell<HashMap<(usize, usize), Option<Captures>>>,
}

impl<'c, 's> Crowd<'c, 's> {
    fn new(
        patterns: &'s [Pattern],
        list: List<'c>,
        bindings: &'c Bindings,
        search: &'c Search<'s>,
    ) -> Self {
        Self {
            patterns,
            elements: list.elements,
            bindings,
            candidates: Candidates::new(patterns, list, bindings, &search.indexes, search.steps),
            search,
            known: RefCell::default(),
        }
    }

    /// For each pattern the elements that fit it. Those that say the same one after the other share theirs.
    fn edges(&self) -> Vec<Rc<[usize]>> {
        let mut edges: Vec<Rc<[usize]>> = Vec::with_capacity(self.patterns.len());
        for index in 0..self.patterns.len() {
            let before = edges.last().filter(|_| self.is_repeated(index));
            let fitting = before.map_or_else(|| self.fitting(index), Rc::clone);
            // A list that is shared is looked through for each of its patterns all the same.
            let _ = self.search.steps.spend(fitting.len() / 8);
            edges.push(fitting);
        }
        edges
    }

    fn fitting(&self, pattern: usize) -> Rc<[usize]> {
        let possible = self.candidates.of(pattern).iter().copied();
        possible
            .take_while(|_| !self.search.steps.are_too_many())
            .filter(|element| self.compare(pattern, *element).is_some())
            .collect()
    }

    /// Whether a pattern says the same as the one before.
    fn is_repeated(&self, pattern: usize) -> bool {
        let before = pattern.checked_sub(1);
        before.is_some_and(|before| self.patterns[pattern].is_alike(&self.patterns[before]))
    }

    fn compare(&self, pattern: usize, element: usize) -> Option<Captures> {
        let pair = (pattern, element);
        if let Some(known) = self.known.borrow().get(&pair) {
            return known.clone();
        }
        let (pattern, element) = (&self.patterns[pattern], self.elements[element]);
        let found = match_element(pattern, element, self.bindings, self.search);
        if pattern.is_deep() {
            self.known.borrow_mut().insert(pair, found.clone());
        }
        found
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
