//! The children that were expected beside those that came.

use minidom::Element;

use super::align::{Comparison, Mention, Side, SideValue, received, side_attribute};
use super::candidates::List;
use super::constraints::Tallies;
use super::pairing::partners_in;
use super::pattern::{ChildOrder, ElementPattern, Mode, Pattern};
use super::shown::is_namesake;

/// The children of an expected element and of the one that came.
pub(super) struct Beside<'b, 's> {
    comparison: &'b Comparison<'b, 's>,
    expected: &'s ElementPattern,
    elements: Vec<&'b Element>,
    tallies: Tallies,
    /// For each child that came, the expected one that it is for.
    partners: Vec<Option<usize>>,
}

impl<'b, 's> Beside<'b, 's> {
    /// Brings children together.
    pub(super) fn new(
        comparison: &'b Comparison<'b, 's>,
        expected: &'s ElementPattern,
        element: &'b Element,
    ) -> Self {
        let (bindings, search) = (comparison.bindings, comparison.search);
        let elements: Vec<&Element> = element.children().collect();
        let list = List::children_of(element, &elements);
        let mut of_patterns = partners_in(&expected.children, list, bindings, search);
        add_namesakes(&mut of_patterns, &expected.children, &elements);
        let mut partners = vec![None; elements.len()];
        for (pattern, partner) in of_patterns.iter().enumerate() {
            if let Some(child) = partner {
                partners[*child] = Some(pattern);
            }
        }
        Self {
            tallies: Tallies::new(&expected.constraints, list, bindings, search),
            comparison,
            expected,
            elements,
            partners,
        }
    }

    /// Both sides.
    pub(super) fn sides(&self) -> (Vec<Side>, Vec<Side>) {
        let pairs: Vec<(Option<Side>, Side)> = (0..self.elements.len())
            .map(|child| self.pair(child))
            .collect();
        let mut wanted = self.in_order(&pairs);
        let patterns = self.expected.children.iter().enumerate();
        if !self.is_ordered() {
            let missing = patterns.filter(|(index, _)| !self.partners.contains(&Some(*index)));
            wanted.extend(missing.map(|(_, pattern)| self.comparison.expected(pattern)));
        }
        wanted.extend(self.lacking());
        (wanted, pairs.into_iter().map(|pair| pair.1).collect())
    }

    /// What is expected in the place of a child, if anything, and the child.
    fn pair(&self, child: usize) -> (Option<Side>, Side) {
        let element = self.elements[child];
        let is_strict = self.expected.mode == Mode::Strict;
        if self.is_surplus(child) {
            return (None, received(element, Mention::Mentioned));
        }
        if let Some(pattern) = self.partners[child] {
            let (wanted, came) = self
                .comparison
                .of(&self.expected.children[pattern], element);
            return (Some(wanted), came);
        }
        if let Some(pair) = self.failing(child) {
            return pair;
        }
        let is_accounted = self.tallies.accounts_for(child);
        let mention = match is_strict || is_accounted {
            true => Mention::Mentioned,
            false => Mention::Unmentioned,
        };
        let came = received(element, mention);
        ((is_accounted || !is_strict).then(|| came.clone()), came)
    }

    /// Whether there are too many children with this one.
    fn is_surplus(&self, child: usize) -> bool {
        let constraints = self.expected.constraints.iter();
        let mut tallies = constraints.zip(&self.tallies.of);
        tallies.any(|(constraint, tally)| tally.surplus(constraint).contains(&child))
    }

    /// A child that has to match a constraint and does not, beside that.
    fn failing(&self, child: usize) -> Option<(Option<Side>, Side)> {
        let constraints = self.expected.constraints.iter();
        let mut tallies = constraints.zip(&self.tallies.of);
        let (constraint, _) = tallies.find(|(_, tally)| tally.failing.contains(&child))?;
        let (wanted, came) = self
            .comparison
            .of(&constraint.pattern, self.elements[child]);
        Some((Some(wanted), came))
    }

    fn is_ordered(&self) -> bool {
        self.expected.mode == Mode::Strict && self.expected.order == ChildOrder::AsWritten
    }

    /// What is expected in the place of children: in the order in which they came or, where the order counts, in the
    /// one in which they should have come.
    fn in_order(&self, pairs: &[(Option<Side>, Side)]) -> Vec<Side> {
        let came = |child: usize| pairs[child].0.clone();
        if !self.is_ordered() {
            return (0..pairs.len()).filter_map(came).collect();
        }
        let mut others: Vec<usize> = (0..pairs.len()).collect();
        others.retain(|child| self.partners[*child].is_none());
        let mut wanted = Vec::new();
        for (index, pattern) in self.expected.children.iter().enumerate() {
            let partner = self.partners.iter().position(|own| *own == Some(index));
            let behind = others.partition_point(|other| Some(*other) < partner);
            wanted.extend(others.drain(..behind).filter_map(came));
            wanted.extend(match partner {
                Some(child) => came(child),
                None => Some(self.comparison.expected(pattern)),
            });
        }
        wanted.extend(others.into_iter().filter_map(came));
        wanted
    }

    /// Children of which there are too few, once each, with the number that there should be; unless those are shown that
    /// should be of them.
    fn lacking(&self) -> Vec<Side> {
        let constraints = self.expected.constraints.iter().zip(&self.tallies.of);
        let lacking = constraints.filter(|(constraint, tally)| {
            tally.lacking(constraint) > 0 && tally.failing.is_empty()
        });
        let sides = lacking.filter_map(|(constraint, _)| {
            let times = SideValue::Expected(constraint.times.as_ref()?.value.to_string());
            let mut side = self.comparison.expected(&constraint.pattern);
            let mention = Mention::Mentioned;
            side.attributes
                .push(side_attribute("", "scansion:times", times, mention));
            Some(side)
        });
        sides.collect()
    }
}

/// Gives patterns without partner an element of the same name in another namespace, which may be what was meant.
fn add_namesakes(partners: &mut [Option<usize>], patterns: &[Pattern], elements: &[&Element]) {
    let mut is_free = vec![true; elements.len()];
    let taken = partners.iter().flatten();
    taken.for_each(|partner| is_free[*partner] = false);
    let alone = partners.iter_mut().zip(patterns);
    for (partner, pattern) in alone.filter(|(partner, _)| partner.is_none()) {
        let mut all = elements.iter().zip(&mut is_free);
        *partner = all.position(|(element, is_free)| {
            is_namesake(pattern, element) && std::mem::take(is_free)
        });
    }
}
