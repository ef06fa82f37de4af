//! Whether an element is what a pattern expects, exactly: names that one pattern uses more than once are settled first
//! (`settle.rs`), and with all of them bound the comparison proper (`compare.rs`) is exact.

use minidom::Element;

use super::bindings::{Bindings, Captures, bound};
use super::compare::{Search, earliest_assignment, match_element};
use super::effort::{Effort, TooHard};
use super::looking::collect_values;
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
        let captures = self.captures(pattern, element, bindings)?;
        Ok(captures.map(|captures| bound(bindings.clone(), captures)))
    }

    /// Compares an element with a pattern: what is bound, or none if it does not match.
    pub(super) fn captures(
        &self,
        pattern: &Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Result<Option<Captures>, TooHard> {
        let patterns = std::slice::from_ref(pattern);
        self.compare(patterns, &[element], bindings, |steps| {
            Search::new(steps).captures(pattern, element, bindings)
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

impl<'s> Search<'s> {
    /// Compares an element with a pattern, exactly: what is bound, or none if it does not match.
    pub(super) fn captures(
        &self,
        pattern: &'s Pattern,
        element: &Element,
        bindings: &Bindings,
    ) -> Option<Captures> {
        let settling = Settling {
            steps: self.steps,
            matching: &|bindings| match_element(pattern, element, bindings, self),
            possible: &|name, place, bindings| {
                collect_values(pattern, element, (name, place), bindings, self)
            },
        };
        let patterns = std::slice::from_ref(pattern);
        let (settled, captures) = settling.settle_all(patterns, bindings)?;
        Some([settled, captures].concat())
    }

    fn assign(
        &self,
        patterns: &'s [Pattern],
        elements: &[&Element],
        bindings: &Bindings,
    ) -> Option<(Vec<usize>, Bindings)> {
        let settling = Settling {
            steps: self.steps,
            matching: &|bindings| earliest_assignment(patterns, elements, bindings, self),
            possible: &|name, place, bindings| {
                let mut values = Vec::new();
                for pattern in patterns {
                    for element in elements {
                        let place = (name, place);
                        values.extend(collect_values(pattern, element, place, bindings, self)?);
                    }
                }
                Some(values)
            },
        };
        let (settled, (chosen, captures)) = settling.settle_all(patterns, bindings)?;
        let bindings = bound(bindings.clone(), settled);
        Some((chosen, bound(bindings, captures)))
    }
}
