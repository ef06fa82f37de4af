//! Whether an element is what a pattern expects, exactly: names that one pattern uses more than once are settled first
//! (`settle.rs`), and with all of them bound the comparison proper (`compare.rs`) is exact. What constraints say is
//! judged in rounds: in each as far as the names in it have got a value, which no later round changes.

use minidom::Element;

use super::bindings::{Bindings, Captures, bound};
use super::compare::{Search, earliest_assignment, match_element};
use super::effort::{Effort, TooHard};
use super::looking::collect_values;
use super::names::Open;
use super::pattern::Pattern;
use super::settle::Settling;

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

/// Whether an element is what a pattern expects; not where that is too hard to tell.
pub fn fits(pattern: &Pattern, element: &Element, bindings: &Bindings) -> bool {
    matches!(accepts(pattern, element, bindings), Ok(Some(_)))
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
        let captures = self.captures(pattern, element, bindings, &Open::default())?;
        Ok(captures.map(|captures| bound(bindings.clone(), captures)))
    }

    /// Compares an element with a pattern: what is bound, or none if it does not match. Constraints wait for names that
    /// are open.
    pub(super) fn captures(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
        open: &Open,
    ) -> Result<Option<Captures>, TooHard> {
        let patterns = std::slice::from_ref(pattern);
        self.compare(patterns, &[element], bindings, |steps| {
            let search = Search::new(steps).waiting_for(open.clone());
            search.captures(pattern, element, bindings)
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
        // A caller that looks again each time that an element has come must not have all of them counted again.
        self.compare(patterns, &[], bindings, |steps| {
            Search::new(steps).assign(patterns, elements, bindings)
        })
    }
}

/// A round of a comparison: what is bound by the ones before it, and which names are still open.
pub(super) struct Round<'s> {
    pub(super) bindings: Bindings,
    pub(super) search: Search<'s>,
}

impl<'s> Search<'s> {
    /// Compares an element with a pattern, exactly: what is bound, or none if it does not match.
    pub(super) fn captures(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Option<Captures> {
        self.compare(pattern, element, bindings).ok()
    }

    /// The round in which an element that does not match a pattern turns out not to.
    pub(super) fn last_round(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Round<'s> {
        let first = || Round {
            bindings: bindings.clone(),
            search: self.waiting_for(self.open().clone()),
        };
        match Open::of(std::slice::from_ref(pattern), bindings).is_empty() {
            true => first(),
            false => match self.compare(pattern, element, bindings) {
                Ok(_) => first(),
                Err(round) => round,
            },
        }
    }

    fn compare(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Result<Captures, Round<'s>> {
        let patterns = std::slice::from_ref(pattern);
        let found = self.in_rounds(patterns, bindings, |round| {
            let settling = Settling {
                steps: self.steps,
                matching: &|bindings| match_element(pattern, element, bindings, &round.search),
                possible: &|name, place, bindings| {
                    collect_values(pattern, element, (name, place), bindings, &round.search)
                },
            };
            let (settled, captures) = settling.settle_all(patterns, &round.bindings)?;
            Some(([settled, captures].concat(), ()))
        });
        found.map(|(captures, ())| captures)
    }

    fn assign(
        &self,
        patterns: &'s [Pattern],
        elements: &[&Element],
        bindings: &Bindings,
    ) -> Option<(Vec<usize>, Bindings)> {
        let found = self.in_rounds(patterns, bindings, |round| {
            let search = &round.search;
            let settling = Settling {
                steps: self.steps,
                matching: &|bindings| earliest_assignment(patterns, elements, bindings, search),
                possible: &|name, place, bindings| {
                    let mut values = Vec::new();
                    for pattern in patterns {
                        for element in elements {
                            let place = (name, place);
                            values
                                .extend(collect_values(pattern, element, place, bindings, search)?);
                        }
                    }
                    Some(values)
                },
            };
            let (settled, (chosen, captures)) = settling.settle_all(patterns, &round.bindings)?;
            Some(([settled, captures].concat(), chosen))
        });
        let (captures, chosen) = found.ok()?;
        Some((chosen, bound(bindings.clone(), captures)))
    }

    /// Compares in rounds, until no names are open but those that were before: what is bound in all of them, and what
    /// else the last one finds. If a round does not match, it is the last.
    fn in_rounds<T>(
        &self,
        patterns: &'s [Pattern],
        bindings: &Bindings,
        compare: impl Fn(&Round<'s>) -> Option<(Captures, T)>,
    ) -> Result<(Captures, T), Round<'s>> {
        let mut own = Open::of(patterns, bindings).without(self.open());
        let mut bindings = bindings.clone();
        let mut before = Captures::new();
        loop {
            let round = Round {
                bindings,
                search: self.waiting_for(self.open().and(&own)),
            };
            let Some((captures, found)) = compare(&round) else {
                return Err(round);
            };
            if own.is_empty() {
                return Ok(([before, captures].concat(), found));
            }
            let taken = own.take(&captures);
            if taken.is_empty() {
                // Nothing binds these names, so they are as good as none.
                own = Open::default();
            }
            bindings = bound(round.bindings, taken.clone());
            before.extend(taken);
        }
    }
}
