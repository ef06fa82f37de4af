//! Formulas by the names of their values, and by what they are computed of.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::Formula;

/// How the values of some names are computed. A copy costs nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formulas(Arc<Index>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Index {
    all: BTreeMap<String, Formula>,
    /// For each name that something is computed of, what that is.
    dependent: BTreeMap<String, Vec<String>>,
    /// What changes with the time.
    of_time: Vec<String>,
}

impl Formulas {
    /// Formulas, each with the name of its value.
    pub fn new(formulas: impl IntoIterator<Item = (String, Formula)>) -> Self {
        let all: BTreeMap<String, Formula> = formulas.into_iter().collect();
        let mut dependent: BTreeMap<String, Vec<String>> = BTreeMap::new();
        let mut of_time = Vec::new();
        for (name, formula) in &all {
            for needed in formula.names() {
                let own = dependent.entry(needed.to_owned()).or_default();
                own.push(name.clone());
            }
            if formula.tells_time() {
                of_time.push(name.clone());
            }
        }
        Self(Arc::new(Index {
            all,
            dependent,
            of_time,
        }))
    }

    /// All of them, with the names of their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Formula)> {
        let all = self.0.all.iter();
        all.map(|(name, formula)| (name.as_str(), formula))
    }

    /// Those that are computed of the value of a name.
    pub(crate) fn of_name(&self, name: &str) -> impl Iterator<Item = (&str, &Formula)> {
        let dependent = self.0.dependent.get(name);
        self.named(dependent.map_or(&[], Vec::as_slice))
    }

    /// Those that change with the time.
    pub(crate) fn of_time(&self) -> impl Iterator<Item = (&str, &Formula)> {
        self.named(&self.0.of_time)
    }

    /// Whether nothing is computed.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.all.is_empty()
    }

    /// Whether one of them changes with the time.
    pub fn tell_time(&self) -> bool {
        !self.0.of_time.is_empty()
    }

    fn named<'s>(&'s self, names: &'s [String]) -> impl Iterator<Item = (&'s str, &'s Formula)> {
        let all = &self.0.all;
        names
            .iter()
            .filter_map(|name| Some((name.as_str(), all.get(name)?)))
    }
}
