//! Finding the one value, for each name that stands in several places, with which all places match.
//!
//! A name is tried with each value that it could have in one of its places, the place where it could have the fewest.
//! Most often that is one, as nothing else is free there. Where there are several names with several values each, it
//! is a search.

use std::collections::BTreeSet;

use super::bindings::{Bindings, Captures};
use super::effort::Steps;
use super::names::{Unit, is_shared, units};
use super::pattern::{Pattern, ValuePattern, ValuePiece};

/// In how many of its places the values of a name are looked for.
const FEW: usize = 4;

/// A value in a pattern that a name stands in.
pub(super) type Place<'a> = &'a ValuePattern;

/// The values that a name can have in one of its places, some of them perhaps twice; none where these are too many.
type Possible<'a> = dyn Fn(&str, Place<'_>, &Bindings) -> Option<Vec<String>> + 'a;

/// What is to be settled.
pub(super) struct Settling<'a, T> {
    pub(super) steps: &'a Steps<'a>,
    /// Whether all matches. With some names still free it can only be easier, so a dead end is seen early.
    pub(super) matching: &'a dyn Fn(&Bindings) -> Option<T>,
    /// The values that a name can have.
    pub(super) possible: &'a Possible<'a>,
}

/// A name, and where it stands.
struct Shared<'a> {
    name: String,
    units: Vec<Unit<'a>>,
}

impl<T> Settling<'_, T> {
    /// Gives each name that stands in several places of the patterns a value with which all matches:
    /// these, and what comes of the match.
    pub(super) fn settle_all(
        &self,
        patterns: &[Pattern],
        bindings: &Bindings,
    ) -> Option<(Captures, T)> {
        let shared = shared(patterns, bindings);
        let shared: Vec<&Shared<'_>> = shared.iter().collect();
        if shared.len() > 1 {
            (self.matching)(bindings)?;
            if shared.iter().any(|name| self.is_hopeless(name, bindings)) {
                return None;
            }
        }
        let (settled, found) = self.settle(&shared, bindings)?;
        let values = shared.iter().filter_map(|name| {
            let value = settled.get(&name.name)?;
            Some((name.name.clone(), value.to_owned()))
        });
        Some((values.collect(), found))
    }

    /// Whether a name cannot have any value, even alone. That is asked first: it would else be found out anew with every
    /// value of the others.
    fn is_hopeless(&self, name: &Shared<'_>, bindings: &Bindings) -> bool {
        let values = self.values(name, bindings);
        values.is_some_and(|values| {
            !values.iter().any(|value| {
                let bindings = self.with(bindings, &name.name, value);
                bindings.is_some_and(|bindings| (self.matching)(&bindings).is_some())
            })
        })
    }

    fn settle(&self, shared: &[&Shared<'_>], bindings: &Bindings) -> Option<(Bindings, T)> {
        let found = (self.matching)(bindings)?;
        if shared.is_empty() {
            return Some((bindings.clone(), found));
        }
        let lists = shared.iter().map(|name| self.values(name, bindings));
        let lists = lists
            .enumerate()
            .filter_map(|(name, list)| Some((name, list?)));
        let Some((next, values)) = lists.min_by_key(|list| list.1.len()) else {
            self.steps.give_up();
            return None;
        };
        let mut rest = shared.to_vec();
        let name = rest.remove(next);
        values.iter().find_map(|value| {
            let bindings = self.with(bindings, &name.name, value)?;
            self.settle(&rest, &bindings)
        })
    }

    /// The bindings with a value for a name; none if enough was tried.
    fn with(&self, bindings: &Bindings, name: &str, value: &str) -> Option<Bindings> {
        self.steps.spend(1 + bindings.names().count() / 4)?;
        self.steps.scan(value.len())?;
        Some(bindings.with(name, value))
    }

    /// The values that a name can have, none twice: those in the place where there are the fewest. None where there are
    /// too many in each.
    fn values(&self, name: &Shared<'_>, bindings: &Bindings) -> Option<Vec<String>> {
        let mut fewest: Option<Vec<String>> = None;
        for unit in name.units.iter().take(FEW) {
            if fewest.as_ref().is_some_and(|values| values.len() <= 1) {
                break;
            }
            let values = self.values_in(unit, &name.name, bindings);
            let values = values.map(without_repetitions);
            fewest = match (fewest, values) {
                (Some(fewest), Some(values)) if values.len() < fewest.len() => Some(values),
                (None, values) => values,
                (fewest, _) => fewest,
            };
        }
        fewest
    }

    /// The values that a name can have in any of some places; none where there are too many.
    fn values_in(&self, unit: &Unit<'_>, name: &str, bindings: &Bindings) -> Option<Vec<String>> {
        let values = unit.iter();
        let values: Option<Vec<_>> = values
            .map(|place| (self.possible)(name, place, bindings))
            .collect();
        values.map(|values| values.concat())
    }
}

fn without_repetitions(mut values: Vec<String>) -> Vec<String> {
    let mut is_first = vec![true; values.len()];
    let mut seen = BTreeSet::new();
    for (value, is_first) in values.iter().zip(&mut is_first) {
        *is_first = seen.insert(value.as_str());
    }
    let mut is_first = is_first.into_iter();
    values.retain(|_| is_first.next().unwrap_or_default());
    values
}

/// The names to be settled. Their places are in an order in which the first ones most often tell most.
fn shared<'a>(patterns: &'a [Pattern], bindings: &Bindings) -> Vec<Shared<'a>> {
    let shared = units(patterns, bindings).into_iter();
    let shared = shared.filter(|(_, units)| is_shared(units));
    shared
        .map(|(name, mut units)| {
            units.dedup_by_key(|unit| unit.first().map(|place| std::ptr::from_ref(*place)));
            units.retain(|unit| !unit.is_empty());
            units.sort_by_key(|unit| {
                let others = unit.iter().map(|place| others(place, name, bindings));
                others.max()
            });
            let name = name.to_owned();
            Shared { name, units }
        })
        .collect()
}

/// How much else is free in a value.
fn others(value: &ValuePattern, name: &str, bindings: &Bindings) -> usize {
    let is_free = |piece: &&ValuePiece| match piece {
        ValuePiece::Literal(_) | ValuePiece::Variable(_) => false,
        ValuePiece::Any | ValuePiece::Capture(_) => true,
        ValuePiece::Wildcard { name: own, .. } => {
            let own = own.as_deref();
            own != Some(name) && own.is_none_or(|own| bindings.get(own).is_none())
        }
    };
    value.pieces.iter().filter(is_free).count()
}
