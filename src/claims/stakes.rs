//! What is at stake at a step: which clauses a failure there breaks, and whether that is more than a deviation.

use std::iter::once;
use std::sync::Arc;

use super::claim::Claim;
use crate::clauses::Level;

/// The clauses that a failure at a step can break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stakes {
    /// Those of the step.
    pub step: Arc<[Claim]>,
    /// Those of each alternative of its `Either`, if it is the first step of that.
    pub either: Vec<Arc<[Claim]>>,
    /// Those of the whole script.
    pub script: Arc<[Claim]>,
    /// The least strict level that makes a failure of what breaks it.
    pub enforced: Level,
}

/// What a failure is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Breach<'c> {
    /// The step.
    Step,
    /// An `Either` of which nothing holds.
    Either,
    /// A stream that ended where nobody expects it, or a server that does not go on. However little a step demands, that
    /// is nothing that a server may do.
    Stream,
    /// What is left at the end: of each, the clauses of the steps that expect its like.
    End(Vec<&'c [Claim]>),
}

impl Default for Stakes {
    fn default() -> Self {
        Self {
            step: Arc::default(),
            either: Vec::new(),
            script: Arc::default(),
            enforced: Level::Must,
        }
    }
}

impl Stakes {
    /// The clauses that are broken, each once.
    pub fn broken<'c>(&'c self, breach: &Breach<'c>) -> Vec<&'c Claim> {
        let mut broken: Vec<&Claim> = Vec::new();
        for claim in self.counts(breach).into_iter().flatten() {
            if !broken.iter().any(|known| known.is_of_clause_of(claim)) {
                broken.push(claim);
            }
        }
        broken
    }

    /// Whether the server only departs from what is recommended: the strictest clause that is broken counts, and what has
    /// none is demanded.
    pub fn is_deviation(&self, breach: &Breach<'_>) -> bool {
        self.counts(breach).iter().all(|broken| {
            let is_recommended = |claim: &&Claim| self.is_only_recommended(claim);
            !broken.is_empty() && broken.iter().all(is_recommended)
        })
    }

    /// Whether it is no failure to break a clause.
    pub fn is_only_recommended(&self, claim: &Claim) -> bool {
        claim.strictness() < self.enforced
    }

    /// What the server is to blame for, with the clauses that each count breaks.
    fn counts<'c>(&'c self, breach: &Breach<'c>) -> Vec<Vec<&'c Claim>> {
        match breach {
            Breach::Step => vec![self.own_or_of_script(&self.step)],
            Breach::Either => self.counts_of_either(),
            Breach::Stream => vec![self.enforced(self.at_step_or_either())],
            Breach::End(left) => left.iter().map(|alike| self.count_of_left(alike)).collect(),
        }
    }

    /// Those of the step or of all alternatives; those of the whole script, where none of them demands anything.
    fn at_step_or_either(&self) -> Vec<&Claim> {
        let own = once(&self.step).chain(&self.either);
        match own.flat_map(|claims| demands(claims)).collect::<Vec<_>>() {
            own if own.is_empty() => demands(&self.script),
            own => own,
        }
    }

    /// Each alternative would have had to hold, but for those that are only allowed.
    fn counts_of_either(&self) -> Vec<Vec<&Claim>> {
        let mut counts: Vec<Vec<&Claim>> = Vec::new();
        for claims in &self.either {
            if claims.is_empty() || claims.iter().any(Claim::is_demand) {
                counts.push(self.own_or_of_script(claims));
            }
        }
        match counts.is_empty() {
            true => vec![demands(&self.script)],
            false => counts,
        }
    }

    /// What no step with clauses expects the like of is nothing that a recommendation of the whole script could be about.
    fn count_of_left<'c>(&'c self, alike: &'c [Claim]) -> Vec<&'c Claim> {
        match demands(alike) {
            own if own.is_empty() => self.enforced(demands(&self.script)),
            own => own,
        }
    }

    /// Those that demand something; those of the whole script, where none does.
    fn own_or_of_script<'c>(&'c self, claims: &'c [Claim]) -> Vec<&'c Claim> {
        match demands(claims) {
            own if own.is_empty() => demands(&self.script),
            own => own,
        }
    }

    fn enforced<'c>(&self, mut claims: Vec<&'c Claim>) -> Vec<&'c Claim> {
        claims.retain(|claim| !self.is_only_recommended(claim));
        claims
    }
}

/// Those of some clauses that can be broken.
fn demands(claims: &[Claim]) -> Vec<&Claim> {
    claims.iter().filter(|claim| claim.is_demand()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::DocumentId;

    fn claims(levels: &[Option<Level>]) -> Arc<[Claim]> {
        let claims = levels.iter().enumerate().map(|(number, level)| Claim {
            document: DocumentId::Xep(45),
            section: "10.5".to_owned(),
            fingerprint: format!("{number:04}"),
            level: *level,
            words: String::new(),
            sentence: None,
        });
        claims.collect()
    }

    const MUST: Option<Level> = Some(Level::Must);
    const SHOULD: Option<Level> = Some(Level::Should);
    const MAY: Option<Level> = Some(Level::May);

    #[track_caller]
    fn assert_deviates(step: &[Option<Level>], script: &[Option<Level>], expected: bool) {
        let stakes = Stakes {
            step: claims(step),
            script: claims(script),
            ..Stakes::default()
        };
        assert_eq!(stakes.is_deviation(&Breach::Step), expected);
        assert!(!stakes.is_deviation(&Breach::Stream));
        let strict = Stakes {
            enforced: Level::Should,
            ..stakes
        };
        assert!(!strict.is_deviation(&Breach::Step));
    }

    #[test]
    fn the_strictest_clause_counts() {
        assert_deviates(&[SHOULD], &[], true);
        assert_deviates(&[SHOULD], &[MUST], true);
        assert_deviates(&[SHOULD, MUST], &[], false);
        assert_deviates(&[SHOULD, None], &[], false);
        assert_deviates(&[MAY, SHOULD], &[], true);
    }

    #[test]
    fn those_of_the_script_count_where_the_step_has_none() {
        assert_deviates(&[], &[], false);
        assert_deviates(&[], &[SHOULD], true);
        assert_deviates(&[MAY], &[SHOULD], true);
        assert_deviates(&[MAY], &[], false);
    }

    #[test]
    fn each_kind_of_failure_breaks_its_own() {
        let stakes = Stakes {
            step: claims(&[MUST, SHOULD]),
            either: vec![claims(&[MUST, SHOULD, MAY])],
            script: claims(&[SHOULD]),
            ..Stakes::default()
        };
        let broken = |breach: &Breach<'_>| stakes.broken(breach).len();
        assert_eq!(broken(&Breach::Step), 2);
        assert_eq!(broken(&Breach::Either), 2);
        assert_eq!(broken(&Breach::Stream), 1);
        let twice = [claims(&[MUST]), claims(&[MUST])].concat();
        let stakes = Stakes {
            step: twice.into(),
            ..Stakes::default()
        };
        assert_eq!(stakes.broken(&Breach::Step).len(), 1);
    }

    #[track_caller]
    fn assert_either_deviates(
        either: &[&[Option<Level>]],
        script: &[Option<Level>],
        expected: bool,
    ) {
        let stakes = Stakes {
            either: either.iter().map(|levels| claims(levels)).collect(),
            script: claims(script),
            ..Stakes::default()
        };
        assert_eq!(stakes.is_deviation(&Breach::Either), expected, "{either:?}");
    }

    #[test]
    fn the_strictest_alternative_counts() {
        assert_either_deviates(&[&[SHOULD], &[SHOULD]], &[], true);
        assert_either_deviates(&[&[SHOULD], &[MUST]], &[], false);
        assert_either_deviates(&[&[SHOULD], &[MAY]], &[], true);
        assert_either_deviates(&[&[SHOULD], &[]], &[], false);
        assert_either_deviates(&[&[SHOULD], &[]], &[MUST], false);
        assert_either_deviates(&[&[SHOULD], &[]], &[SHOULD], true);
        assert_either_deviates(&[&[], &[MAY]], &[], false);
        assert_either_deviates(&[&[MAY], &[MAY]], &[], false);
        assert_either_deviates(&[&[MAY], &[MAY]], &[SHOULD], true);
    }

    #[test]
    fn what_is_left_breaks_the_clauses_of_its_like() {
        let (should, must) = (claims(&[SHOULD]), claims(&[None, MUST]));
        let of = |script: &[Option<Level>], left: &[&[Claim]]| {
            let stakes = Stakes {
                script: claims(script),
                ..Stakes::default()
            };
            let breach = Breach::End(left.to_vec());
            let broken = stakes.broken(&breach).len();
            (stakes.is_deviation(&breach), broken)
        };
        assert_eq!(of(&[], &[&should]), (true, 1));
        assert_eq!(of(&[], &[&must]), (false, 2));
        assert_eq!(of(&[], &[&should, &must]), (false, 2));
        assert_eq!(of(&[], &[&should, &[]]), (false, 1));
        assert_eq!(of(&[SHOULD], &[&[]]), (false, 0));
        assert_eq!(of(&[MUST], &[&[]]), (false, 1));
    }
}
