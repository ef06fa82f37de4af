//! The children of an element that came, compared with those that are expected.

use std::collections::HashMap;

use minidom::Element;

use super::bindings::{Bindings, Captures};
use super::candidates::List;
use super::compare::{Assignment, Search, match_element};
use super::constraints::Tallies;
use super::pattern::{ChildOrder, ElementPattern, Mode, Pattern};

/// Compares the children of an element with what is expected of them: what is bound, or none if they do not match.
pub(super) fn match_children<'s>(
    expected: &'s ElementPattern,
    element: &Element,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    let elements: Vec<&Element> = element.children().collect();
    search.steps.spend(elements.len() / 8)?;
    if elements.len() < expected.children.len() {
        return None;
    }
    let list = List::children_of(element, &elements);
    let tallies = Tallies::new(&expected.constraints, list, bindings, search);
    let counted = tallies.captures(&expected.constraints)?;
    let needed = tallies.unaccounted(elements.len());
    let mut captures = match (expected.mode, expected.order) {
        (Mode::NonStrict, _) => match_in_any_order(&expected.children, list, bindings, search),
        (Mode::Strict, _) if are_too_many(&needed, expected) => None,
        (Mode::Strict, ChildOrder::AsWritten) => {
            match_in_order(&expected.children, &elements, &needed, bindings, search)
        }
        (Mode::Strict, ChildOrder::Any) => {
            let assignment =
                Assignment::find_covering(&expected.children, list, &needed, bindings, search);
            assignment.covers(&needed).then(|| assignment.captures())?
        }
    }?;
    captures.extend(counted);
    Some(captures)
}

/// Compares children with those that are expected, in whatever order they are; others may be there.
fn match_in_any_order<'s>(
    patterns: &'s [Pattern],
    list: List<'_>,
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    match (patterns, list.elements) {
        // Of most elements nothing more is expected, or one child, and no other one is there.
        ([], _) => Some(Captures::new()),
        ([pattern], [element]) => match_element(pattern, element, bindings, search),
        _ => Assignment::find(patterns, list, bindings, search).captures(),
    }
}

/// Whether more children have to be expected for themselves than are.
fn are_too_many(needed: &[bool], expected: &ElementPattern) -> bool {
    needed.iter().filter(|needed| **needed).count() > expected.children.len()
}

/// Compares children with those that are expected in this order; those that are not needed may be left out.
pub(super) fn match_in_order<'s>(
    patterns: &'s [Pattern],
    elements: &[&Element],
    needed: &[bool],
    bindings: &Bindings,
    search: &Search<'s>,
) -> Option<Captures> {
    let spare = elements.len().checked_sub(patterns.len())?;
    if spare > 0 {
        let row = Row {
            patterns,
            elements,
            needed,
            spare,
        };
        return row.captures(bindings, search);
    }
    let mut captures = Vec::new();
    for (pattern, element) in patterns.iter().zip(elements) {
        captures.extend(match_element(pattern, element, bindings, search)?);
    }
    Some(captures)
}

/// Children in a row, some of which may be left out: as many as are spare.
struct Row<'r, 's> {
    patterns: &'s [Pattern],
    elements: &'r [&'r Element],
    needed: &'r [bool],
    spare: usize,
}

impl<'s> Row<'_, 's> {
    /// What is bound, or none where there is no way. Of several ways it is the one that leaves out the last ones.
    fn captures(&self, bindings: &Bindings, search: &Search<'s>) -> Option<Captures> {
        let (count, width) = (self.patterns.len(), self.spare + 1);
        search.steps.spend((count + 1) * width / 8)?;
        let mut found = HashMap::new();
        // Whether the patterns from one on match the children that are left, so many having been left out.
        let mut ways = vec![vec![false; width]; count + 1];
        for pattern in (0..=count).rev() {
            for left_out in (0..width).rev() {
                let child = pattern + left_out;
                let is_end = pattern == count && left_out == self.spare;
                let may_match = pattern < count && ways[pattern + 1][left_out];
                let captures = may_match
                    .then(|| self.compare(pattern, child, bindings, search))
                    .flatten();
                let may_leave_out = left_out < self.spare && !self.needed[child];
                let is_left_out = may_leave_out && ways[pattern][left_out + 1];
                ways[pattern][left_out] = is_end || captures.is_some() || is_left_out;
                found.extend(captures.map(|captures| ((child, left_out), captures)));
            }
        }
        ways[0][0].then(|| self.along(&mut found))
    }

    fn compare(
        &self,
        pattern: usize,
        child: usize,
        bindings: &Bindings,
        search: &Search<'s>,
    ) -> Option<Captures> {
        let (pattern, child) = (&self.patterns[pattern], self.elements[child]);
        match_element(pattern, child, bindings, search)
    }

    /// What is bound on the way that takes each child it can.
    fn along(&self, found: &mut HashMap<(usize, usize), Captures>) -> Captures {
        let mut captures = Captures::new();
        let mut left_out = 0;
        for child in 0..self.elements.len() {
            match found.remove(&(child, left_out)) {
                Some(own) => captures.extend(own),
                None => left_out += 1,
            }
        }
        captures
    }
}
