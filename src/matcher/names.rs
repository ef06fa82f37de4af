//! The unbound names of expectations: where they stand, which of them share a value among several places, and which of
//! them constraints have to wait for.
//!
//! A name outside of constraints gets its value by the assignment of children, and constraints are judged with it: what
//! they say never decides which value that is. A name that stands in constraints alone gets its value from the first
//! of them that binds it.

use std::collections::{BTreeMap, BTreeSet};

use super::bindings::{Bindings, Captures};
use super::pattern::{Constraint, ElementPattern, Pattern, ValuePattern, ValuePiece};
use crate::source::Span;

/// Places of which a name stands in one, in whichever way a pattern matches: a place, or one for each member of a
/// one-of. It is empty where not every member has the name outside of constraints.
pub(super) type Unit<'p> = Vec<&'p ValuePattern>;

/// Where each unbound name stands outside of constraints.
pub(super) fn units<'p>(
    patterns: impl IntoIterator<Item = &'p Pattern>,
    bindings: &Bindings,
) -> BTreeMap<&'p str, Vec<Unit<'p>>> {
    let mut units = BTreeMap::new();
    for pattern in patterns {
        collect_units(pattern, bindings, &mut units);
    }
    units
}

fn collect_units<'p>(
    pattern: &'p Pattern,
    bindings: &Bindings,
    units: &mut BTreeMap<&'p str, Vec<Unit<'p>>>,
) {
    match pattern {
        Pattern::Any(_) => {}
        Pattern::Element(expected) => {
            expected.visit_own_values(&mut |value| {
                for name in wildcards(value, bindings) {
                    units.entry(name).or_default().push(vec![value]);
                }
            });
            for child in &expected.children {
                collect_units(child, bindings, units);
            }
        }
        Pattern::OneOf(one_of) => {
            for (name, unit) in units_of_members(&one_of.members, bindings) {
                units.entry(name).or_default().push(unit);
            }
        }
    }
}

/// The names in the members of a one-of, with their places.
fn units_of_members<'p>(
    members: &'p [Pattern],
    bindings: &Bindings,
) -> BTreeMap<&'p str, Unit<'p>> {
    let mut found: BTreeMap<&str, Unit<'_>> = BTreeMap::new();
    for member in members {
        member.visit_values(&mut |value| {
            let names = wildcards(value, bindings).into_iter();
            found.extend(names.map(|name| (name, Unit::new())));
        });
    }
    let of_members: Vec<_> = members.iter().map(|own| units([own], bindings)).collect();
    for (name, unit) in &mut found {
        let of_members = of_members.iter();
        let places = of_members.map(|units| units.get(name)?.first().filter(|own| !own.is_empty()));
        let places: Option<Vec<&Unit<'_>>> = places.collect();
        unit.extend(places.into_iter().flatten().flatten());
    }
    found
}

/// Whether a name has to be settled, as it stands in several places. What stands only in some members of one-ofs means
/// something only there.
pub(super) fn is_shared(units: &[Unit<'_>]) -> bool {
    units.len() > 1 && units.iter().any(|unit| !unit.is_empty())
}

/// The unbound wildcards of a value.
fn wildcards<'p>(value: &'p ValuePattern, bindings: &Bindings) -> Vec<&'p str> {
    let names = value.pieces.iter().filter_map(ValuePiece::wildcard);
    names.filter(|name| bindings.get(name).is_none()).collect()
}

/// The unbound wildcards of a pattern.
pub(super) fn unbound<'p>(pattern: &'p Pattern, bindings: &Bindings) -> BTreeSet<&'p str> {
    let mut names = BTreeSet::new();
    pattern.visit_values(&mut |value| names.extend(wildcards(value, bindings)));
    names
}

/// The unbound names that stand in more than one place.
pub(super) fn shared_names(patterns: &[Pattern], bindings: &Bindings) -> Vec<String> {
    let units = units(patterns, bindings).into_iter();
    units
        .filter(|(_, units)| is_shared(units))
        .map(|(name, _)| name.to_owned())
        .collect()
}

/// Whether a name stands anywhere in a pattern as a wildcard.
fn mentions(pattern: &Pattern, name: &str) -> bool {
    let mut found = false;
    pattern.visit_values(&mut |value| {
        found |= value
            .pieces
            .iter()
            .any(|piece| piece.wildcard() == Some(name));
    });
    found
}

/// Names that are unbound and will be bound, so that constraints in which they stand have to wait.
#[derive(Debug, Clone, Default)]
pub(super) struct Open(BTreeMap<String, OpenName>);

#[derive(Debug, Clone)]
struct OpenName {
    /// Where the script has the constraint that binds it; none where the name stands outside of constraints.
    binder: Option<Span>,
    /// Whether it shares its value with places elsewhere, so that no member of a one-of can decide on it.
    is_shared: bool,
}

impl Open {
    /// The names for which constraints in some patterns have to wait.
    pub(super) fn of(patterns: &[Pattern], bindings: &Bindings) -> Self {
        let mut constraints = Vec::new();
        for pattern in patterns {
            collect_constraints(pattern, false, &mut constraints);
        }
        let mut open = Self::default();
        if constraints.is_empty() {
            return open;
        }
        constraints.sort_by_key(|found| found.constraint.pattern.span().start);
        open.add_outer(&units(patterns, bindings), &constraints);
        open.add_counted(&constraints, bindings);
        open
    }

    /// Names that other patterns have as well.
    pub(super) fn elsewhere<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let name = |name: &str| {
            let open = OpenName {
                binder: None,
                is_shared: true,
            };
            (name.to_owned(), open)
        };
        Self(names.into_iter().map(name).collect())
    }

    fn add_outer(&mut self, units: &BTreeMap<&str, Vec<Unit<'_>>>, constraints: &[Found<'_>]) {
        for (name, units) in units {
            let mut constraints = constraints.iter();
            if constraints.any(|found| mentions(&found.constraint.pattern, name)) {
                let open = OpenName {
                    binder: None,
                    is_shared: is_shared(units),
                };
                self.0.insert((*name).to_owned(), open);
            }
        }
    }

    /// Adds the names that one constraint binds and others mention.
    fn add_counted(&mut self, constraints: &[Found<'_>], bindings: &Bindings) {
        for (index, found) in constraints.iter().enumerate() {
            let (constraint, pattern) = (found.constraint, &found.constraint.pattern);
            if found.is_in_member || !constraint.is_capturing() {
                continue;
            }
            let names = unbound(pattern, bindings).into_iter();
            for name in names.filter(|name| pattern.binds(name)) {
                let mut others = constraints.iter().enumerate();
                let is_mentioned = others.any(|(other, found)| {
                    other != index && mentions(&found.constraint.pattern, name)
                });
                if is_mentioned && !self.0.contains_key(name) {
                    let open = OpenName {
                        binder: Some(pattern.span()),
                        is_shared: true,
                    };
                    self.0.insert(name.to_owned(), open);
                }
            }
        }
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether a constraint has to wait.
    pub(super) fn defers(&self, constraint: &Constraint, bindings: &Bindings) -> bool {
        let is_binder = |name: &OpenName| name.binder == Some(constraint.pattern.span());
        let mut names = self.0.iter();
        names.any(|(name, open)| {
            bindings.get(name).is_none() && !is_binder(open) && mentions(&constraint.pattern, name)
        })
    }

    /// These and others.
    pub(super) fn and(&self, others: &Self) -> Self {
        let mut all = others.clone();
        all.0.extend(self.0.clone());
        all
    }

    /// Those that are not among others.
    pub(super) fn without(mut self, others: &Self) -> Self {
        self.0.retain(|name, _| !others.0.contains_key(name));
        self
    }

    /// Those for which what is within a member of a one-of has to wait, too.
    pub(super) fn for_members(&self) -> Self {
        let mut open = self.clone();
        open.0.retain(|_, name| name.is_shared);
        open
    }

    /// Those of what was captured that are among these, which they then are no more.
    pub(super) fn take(&mut self, captures: &Captures) -> Captures {
        let taken = captures.iter();
        taken
            .filter(|(name, _)| self.0.remove(name).is_some())
            .cloned()
            .collect()
    }
}

/// A constraint in a pattern.
struct Found<'p> {
    constraint: &'p Constraint,
    /// Whether it is in a member of a one-of.
    is_in_member: bool,
}

/// Finds the constraints in a pattern, but those within others.
fn collect_constraints<'p>(pattern: &'p Pattern, is_in_member: bool, found: &mut Vec<Found<'p>>) {
    match pattern {
        Pattern::Any(_) => {}
        Pattern::Element(expected) => {
            let ElementPattern {
                children,
                constraints,
                ..
            } = &**expected;
            for child in children {
                collect_constraints(child, is_in_member, found);
            }
            found.extend(constraints.iter().map(|constraint| Found {
                constraint,
                is_in_member,
            }));
        }
        Pattern::OneOf(one_of) => {
            for member in &one_of.members {
                collect_constraints(member, true, found);
            }
        }
    }
}
