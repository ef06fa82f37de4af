//! What the value of a wildcard must be like, with the values of the variables that are named there.

use super::bindings::Bindings;
use super::pattern::Conditions;
use crate::expression::{Automaton, Bounds, Narrowing};

/// Conditions, and the values that they exclude.
#[derive(Debug, Clone, Default)]
pub(super) struct Demands<'a> {
    narrowings: &'a [Narrowing],
    /// The values that it must not have, with the names of the variables that have them.
    not: Vec<(&'a str, &'a str)>,
}

/// How the parts of a text that meet some demands are found.
pub(super) enum Way<'d> {
    /// All do.
    Anything,
    /// All that have a shape do.
    Shape(&'d Automaton),
    /// All that have a length within bounds do, in characters.
    Length(Bounds),
    /// All but some values do.
    Other,
    /// Each has to be tried.
    Trial,
}

impl<'a> Demands<'a> {
    /// Conditions with the values of variables; none if one does not have a value.
    pub(super) fn of(conditions: &'a Conditions, bindings: &'a Bindings) -> Option<Self> {
        let not = conditions.not.iter();
        let not = not.map(|name| Some((name.as_str(), bindings.get(name)?)));
        Some(Self {
            narrowings: &conditions.narrowings,
            not: not.collect::<Option<_>>()?,
        })
    }

    /// Whether any value will do.
    pub(super) fn is_empty(&self) -> bool {
        self.narrowings.is_empty() && self.not.is_empty()
    }

    /// Whether a value meets them.
    pub(super) fn accept(&self, value: &str) -> bool {
        self.not.iter().all(|(_, other)| *other != value)
            && self.narrowings.iter().all(|own| own.accepts(value))
    }

    /// The first condition that a value does not meet.
    pub(super) fn broken_by(&self, value: &str) -> Option<Broken<'a>> {
        let mut narrowings = self.narrowings.iter();
        if let Some(narrowing) = narrowings.find(|own| !own.accepts(value)) {
            return Some(Broken::Narrowing(narrowing));
        }
        let mut not = self.not.iter();
        let same = not.find(|(_, other)| *other == value);
        same.map(|(name, _)| Broken::Not(name))
    }

    /// Whether one of the narrowings is not all that the wildcard says: it has bounds, or there are others.
    pub(super) fn say_more_than(&self, narrowing: &Narrowing) -> bool {
        let is_alone = self.narrowings.len() + self.not.len() == 1;
        !is_alone || narrowing.has_bounds()
    }

    /// The values that are excluded, none twice.
    pub(super) fn excluded(&self) -> Vec<&'a str> {
        let mut values: Vec<&str> = self.not.iter().map(|(_, value)| *value).collect();
        values.sort_unstable();
        values.dedup();
        values
    }

    /// How long a value can be, in bytes.
    pub(super) fn longest(&self) -> usize {
        let lengths = self.narrowings.iter().map(Narrowing::longest);
        lengths.min().unwrap_or(usize::MAX)
    }

    /// What finds all values in a text that may meet them, and perhaps more.
    pub(super) fn shape(&self) -> Option<&'a Automaton> {
        self.narrowings.iter().find_map(Narrowing::shape)
    }

    /// How all parts of a text are found that meet them.
    pub(super) fn way(&self) -> Way<'a> {
        match (self.narrowings, self.not.as_slice()) {
            ([], []) => Way::Anything,
            ([], _) => Way::Other,
            ([Narrowing::Text(bounds)], []) => Way::Length(*bounds),
            ([own], []) if own.is_shape_enough() => own.shape().map_or(Way::Trial, Way::Shape),
            _ => Way::Trial,
        }
    }
}

/// A condition that is not met.
pub(super) enum Broken<'a> {
    /// The value does not look like this.
    Narrowing(&'a Narrowing),
    /// The value is that of this variable.
    Not(&'a str),
}
