//! Names that stand in several places of an expectation, and so share a value.

use std::collections::BTreeMap;

use super::bindings::Bindings;
use super::pattern::{Pattern, ValuePiece};

/// The unbound names that stand in more than one place.
pub(super) fn shared_names(patterns: &[Pattern], bindings: &Bindings) -> Vec<String> {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for pattern in patterns {
        pattern.visit_values(&mut |value| {
            for name in value.pieces.iter().filter_map(ValuePiece::wildcard) {
                if bindings.get(name).is_none() {
                    *counts.entry(name).or_default() += 1;
                }
            }
        });
    }
    counts
        .into_iter()
        .filter(|(_, count)| *count > 1)
        .map(|(name, _)| name.to_owned())
        .collect()
}
