//! How much comparing may cost.
//!
//! Most comparing takes as long as the pattern and the element are large. Names that stand in several places, and
//! children that can be meant by several patterns, are a search, and some searches have more ways than can be tried. So
//! steps are counted; time is not asked, and what comes of a comparison is the same on every machine.

use std::cell::Cell;
use std::error::Error;
use std::fmt;

use minidom::Element;

use super::bindings::Bindings;
use super::names::shared_names;
use super::pattern::Pattern;
use crate::source::Span;

/// How many steps one comparison may take, beside those for its size. It is some hundred milliseconds, at worst a second.
const ONE: u64 = 8_000_000;

/// How many steps all comparisons of one expectation may take together, beside those for their sizes.
const ALL: u64 = 40_000_000;

/// How many steps a comparison may take for each byte and node of the element.
const FOR_SIZE: u64 = 16;

/// The first steps of each comparison, which are not counted towards those of all.
const FEW: u64 = 1_000;

/// After how many steps it is time to let other tasks run.
const LONG: u64 = 100_000;

/// The error that there are more ways to match than can be tried, so that it is not known whether something matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooHard {
    /// Where the script has the expectation.
    pub span: Span,
    /// The wildcards that stand in several places, or as several stanzas are expected, in several of them.
    pub shared: Vec<String>,
}

impl TooHard {
    /// The error that some patterns are too hard; it names the place of the first one.
    pub(super) fn of(patterns: &[Pattern], bindings: &Bindings) -> Self {
        Self {
            span: patterns.first().map(Pattern::span).unwrap_or_default(),
            shared: shared_names(patterns, bindings),
        }
    }
}

impl Error for TooHard {}

impl fmt::Display for TooHard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self
            .shared
            .iter()
            .map(|name| format!("$<{name}>"))
            .collect();
        match names.as_slice() {
            [] => f.write_str("its wildcards and children can be meant in too many ways"),
            [name] => write!(
                f,
                "{name} stands in several places, and too many values can be meant"
            ),
            names => write!(
                f,
                "{} stand in several places, and too many values can be meant",
                names.join(" and ")
            ),
        }
    }
}

/// What may be spent on all comparisons of one expectation.
#[derive(Debug, Default)]
pub struct Effort {
    spent: Cell<u64>,
    since_rest: Cell<u64>,
}

impl Effort {
    /// Nothing is spent yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether so much was compared since the last time that others should have their turn.
    pub fn is_tiring(&self) -> bool {
        let is_tiring = self.since_rest.get() >= LONG;
        if is_tiring {
            self.since_rest.set(0);
        }
        is_tiring
    }

    /// Makes one comparison. The sizes of the elements are allowed for.
    ///
    /// # Errors
    ///
    /// When it takes too many steps.
    pub(super) fn compare<T>(
        &self,
        patterns: &[Pattern],
        elements: &[&Element],
        bindings: &Bindings,
        comparison: impl FnOnce(&Steps<'_>) -> T,
    ) -> Result<T, TooHard> {
        let steps = self.steps(elements);
        let found = comparison(&steps);
        self.add(&steps);
        match steps.are_too_many() {
            false => Ok(found),
            true => Err(TooHard::of(patterns, bindings)),
        }
    }

    /// Finds out why an element does not match, as far as what is left allows.
    pub(super) fn explain<T>(
        &self,
        element: &Element,
        explanation: impl FnOnce(&Steps<'_>) -> T,
    ) -> T {
        let steps = self.steps(&[element]);
        let found = explanation(&steps);
        self.add(&steps);
        found
    }

    fn steps<'e>(&self, elements: &[&'e Element]) -> Steps<'e> {
        let left = ALL.saturating_sub(self.spent.get());
        Steps::new(elements.to_vec(), ONE.min(left + FEW))
    }

    fn add(&self, steps: &Steps<'_>) {
        let spent = steps.spent.get();
        let counting = spent.saturating_sub(steps.allowed_for_size() + FEW);
        self.since_rest
            .set(self.since_rest.get().saturating_add(spent));
        self.spent.set(self.spent.get().saturating_add(counting));
    }
}

/// The steps of one comparison.
pub(super) struct Steps<'e> {
    elements: Vec<&'e Element>,
    limit: Cell<u64>,
    spent: Cell<u64>,
    /// How many are allowed for the size of the elements; worked out when it is needed.
    for_size: Cell<Option<u64>>,
}

impl<'e> Steps<'e> {
    fn new(elements: Vec<&'e Element>, limit: u64) -> Self {
        Self {
            elements,
            limit: Cell::new(limit),
            spent: Cell::new(0),
            for_size: Cell::new(None),
        }
    }

    /// For telling why something does not match: where it ends, less is told.
    pub(super) fn of_explanation(element: &'e Element) -> Self {
        Self::new(vec![element], ONE)
    }

    /// For single values.
    pub(super) fn of_values() -> Self {
        Self::new(Vec::new(), ALL)
    }

    /// Takes some steps; none if that is too much. After that nothing matches any more.
    pub(super) fn spend(&self, steps: usize) -> Option<()> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.spent.set(self.spent.get().saturating_add(steps));
        (!self.are_too_many()).then_some(())
    }

    /// Takes no more steps, as there would be too many.
    pub(super) fn give_up(&self) {
        self.spent.set(u64::MAX);
    }

    /// Looks at so many bytes at once, which is no more than a step for many of them.
    pub(super) fn scan(&self, bytes: usize) -> Option<()> {
        self.spend(1 + bytes / 64)
    }

    /// Whether it took too many steps.
    pub(super) fn are_too_many(&self) -> bool {
        if self.spent.get() <= self.limit.get() {
            return false;
        }
        if self.for_size.get().is_none() {
            self.limit.set(self.limit.get() + self.allowed_for_size());
        }
        self.spent.get() > self.limit.get()
    }

    fn allowed_for_size(&self) -> u64 {
        if self.spent.get() <= FEW {
            return 0;
        }
        let allowed = self
            .for_size
            .get()
            .unwrap_or_else(|| FOR_SIZE * size(&self.elements));
        self.for_size.set(Some(allowed));
        allowed
    }
}

/// How many nodes and bytes there are in elements.
fn size(elements: &[&Element]) -> u64 {
    let mut size = 0;
    let mut left = elements.to_vec();
    while let Some(element) = left.pop() {
        let values = element.attrs().iter().map(|(_, value)| value.len() + 1);
        size += 1 + values.sum::<usize>() + element.texts().map(str::len).sum::<usize>();
        left.extend(element.children());
    }
    u64::try_from(size).unwrap_or(u64::MAX / FOR_SIZE)
}
