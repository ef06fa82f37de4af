//! Stanzas that come one after the other, compared with patterns, each of which needs one stanza.
//!
//! Each stanza is compared once with each pattern that it may match, however many come: what is known of a stanza stays
//! true, as no variable changes before all are there.

use std::collections::{BTreeMap, BTreeSet};

use minidom::Element;

use super::assignment::Matching;
use super::bindings::{Bindings, Captures, bound};
use super::candidates::{HANDFUL, Seekers};
use super::effort::{Effort, TooHard};
use super::names::{Open, unbound};
use super::pattern::Pattern;

/// The patterns, and what has come for them.
#[derive(Debug)]
pub struct Gathering<'p> {
    patterns: &'p [Pattern],
    /// Which of them a stanza may match, where they are many.
    seekers: Option<Seekers<'p>>,
    bindings: Bindings,
    effort: Effort,
    /// The names that stand in several patterns.
    together: Open,
    offered: usize,
    /// Those that were compared.
    compared: Vec<usize>,
    /// The stanzas that match, with the patterns that they match and what is bound then.
    fitting: BTreeMap<usize, Vec<(usize, Captures)>>,
    /// The patterns that they match, by their order among them.
    edges: Vec<Vec<usize>>,
    matching: Matching,
    /// How many patterns have a stanza.
    matched: usize,
}

/// Which stanza each pattern has, and what is bound then.
pub type Gathered = (Vec<usize>, Bindings);

impl<'p> Gathering<'p> {
    /// Nothing has come yet.
    pub fn new(patterns: &'p [Pattern], bindings: &Bindings) -> Self {
        Self {
            patterns,
            seekers: (patterns.len() > HANDFUL).then(|| Seekers::new(patterns, bindings)),
            bindings: bindings.clone(),
            effort: Effort::new(),
            together: Open::elsewhere(names_in_several(patterns, bindings)),
            offered: 0,
            compared: Vec::new(),
            fitting: BTreeMap::new(),
            edges: Vec::new(),
            matching: Matching::new(0, patterns.len()),
            matched: 0,
        }
    }

    /// The same where the first few stanzas go by.
    #[must_use]
    pub fn behind(self, first: usize) -> Self {
        Self {
            offered: first,
            ..self
        }
    }

    /// The patterns.
    pub fn patterns(&self) -> &'p [Pattern] {
        self.patterns
    }

    /// The bindings that all is compared with.
    pub fn bindings(&self) -> &Bindings {
        &self.bindings
    }

    /// The stanzas that were compared, in order.
    pub fn compared(&self) -> &[usize] {
        &self.compared
    }

    /// How many stanzas were offered, those that went by included.
    pub fn offered(&self) -> usize {
        self.offered
    }

    /// Whether a name stands in several patterns, so that stanzas which match may not do so together.
    pub fn is_bound_together(&self) -> bool {
        !self.together.is_empty()
    }

    /// Whether so much was compared since the last time that others should have their turn.
    pub fn is_tiring(&self) -> bool {
        self.effort.is_tiring()
    }

    /// Compares the next stanza with the patterns.
    ///
    /// # Errors
    ///
    /// When that is too hard.
    pub fn offer(&mut self, stanza: &Element) -> Result<(), TooHard> {
        let fits = self.fits_of(stanza)?;
        if !fits.is_empty() {
            self.edges.push(fits.iter().map(|fit| fit.0).collect());
            self.matched += usize::from(self.matching.admit_next(&self.edges));
            self.fitting.insert(self.offered, fits);
        }
        self.compared.push(self.offered);
        self.offered += 1;
        Ok(())
    }

    /// The patterns that a stanza matches, and what is bound then.
    fn fits_of(&self, stanza: &Element) -> Result<Vec<(usize, Captures)>, TooHard> {
        let seekers = self.seekers.as_ref();
        let possible = seekers.map_or_else(
            || (0..self.patterns.len()).collect(),
            |seekers| seekers.of(stanza),
        );
        let (effort, together) = (&self.effort, &self.together);
        let mut fits = Vec::new();
        for index in possible {
            let pattern = &self.patterns[index];
            let captures = effort.captures(pattern, stanza, &self.bindings, together)?;
            fits.extend(captures.map(|captures| (index, captures)));
        }
        Ok(fits)
    }

    /// Lets a stanza go by that is for none of the patterns.
    pub fn pass(&mut self) {
        self.offered += 1;
    }

    /// Whether a stanza matches a pattern.
    pub fn fits(&self, stanza: usize, pattern: usize) -> bool {
        let fits = self.fitting.get(&stanza);
        fits.is_some_and(|fits| fits.iter().any(|fit| fit.0 == pattern))
    }

    /// Whether a stanza matches any of the patterns.
    pub fn fits_any(&self, stanza: usize) -> bool {
        self.fitting.contains_key(&stanza)
    }

    /// Whether there is a stanza for each pattern, and no need to look at another one.
    pub fn is_complete(&self) -> bool {
        self.has_all() && !self.is_bound_together()
    }

    /// Whether each pattern has a stanza of its own.
    fn has_all(&self) -> bool {
        self.matched == self.patterns.len()
    }

    /// The first pattern for which there is no stanza when as many as possible have one.
    pub fn missing(&self) -> Option<usize> {
        self.matching.right.iter().position(Option::is_none)
    }

    /// Which stanza each pattern has, if all have one; of all ways, one that uses the earliest. `stanza` gives those
    /// that were offered.
    ///
    /// # Errors
    ///
    /// When that is too hard to tell.
    pub fn result<'e>(
        &self,
        stanza: &dyn Fn(usize) -> &'e Element,
    ) -> Result<Option<Gathered>, TooHard> {
        if !self.has_all() {
            return Ok(None);
        }
        let indexes: Vec<usize> = self.fitting.keys().copied().collect();
        if !self.is_bound_together() {
            return Ok(self.as_matched(&indexes));
        }
        let elements: Vec<&Element> = indexes.iter().map(|index| stanza(*index)).collect();
        let found = self
            .effort
            .assign(self.patterns, &elements, &self.bindings)?;
        Ok(found.map(|(chosen, bindings)| {
            let chosen = chosen.into_iter().map(|chosen| indexes[chosen]);
            (chosen.collect(), bindings)
        }))
    }

    fn as_matched(&self, indexes: &[usize]) -> Option<Gathered> {
        let mut bindings = self.bindings.clone();
        let mut chosen = Vec::with_capacity(self.patterns.len());
        for (pattern, left) in self.matching.right.iter().enumerate() {
            let stanza = indexes[(*left)?];
            let mut fits = self.fitting[&stanza].iter();
            let (_, captures) = fits.find(|fit| fit.0 == pattern)?;
            bindings = bound(bindings, captures.clone());
            chosen.push(stanza);
        }
        Some((chosen, bindings))
    }
}

/// The names that stand in several patterns.
fn names_in_several<'p>(patterns: &'p [Pattern], bindings: &Bindings) -> BTreeSet<&'p str> {
    let (mut known, mut several) = (BTreeSet::new(), BTreeSet::new());
    for pattern in patterns {
        for name in unbound(pattern, bindings) {
            if !known.insert(name) {
                several.insert(name);
            }
        }
    }
    several
}
