//! What is at stake at a step: which clauses a failure there breaks, and whether that is more than a deviation.

use std::sync::Arc;

use super::claim::Claim;
use crate::clauses::Level;

/// The clauses that a failure at a step can break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stakes {
    /// Those of the step.
    pub step: Arc<[Claim]>,
    /// Those of all steps of its `Either`, if it is the first one of these.
    pub either: Arc<[Claim]>,
    /// Those of the whole script.
    pub script: Arc<[Claim]>,
    /// The least strict level that makes a failure of what breaks it.
    pub enforced: Level,
}

/// What a failure is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Breach {
    /// The step.
    Step,
    /// An `Either` of which nothing holds.
    Either,
    /// What is left at the end, which belongs to no step.
    End,
}

impl Default for Stakes {
    fn default() -> Self {
        Self {
            step: Arc::default(),
            either: Arc::default(),
            script: Arc::default(),
            enforced: Level::Must,
        }
    }
}

impl Stakes {
    /// The clauses that are broken: those of the whole script where none of the step's own demands anything.
    pub fn broken(&self, breach: Breach) -> Vec<&Claim> {
        let own = match breach {
            Breach::Step => demands(&self.step),
            Breach::Either => demands(&self.either),
            Breach::End => Vec::new(),
        };
        match own.is_empty() {
            true => demands(&self.script),
            false => own,
        }
    }

    /// Whether the server only departs from what is recommended: the strictest clause that is broken counts, and where
    /// there is none, what the script says is demanded.
    pub fn is_deviation(&self, breach: Breach) -> bool {
        let broken = self.broken(breach).into_iter();
        let strictest = broken.map(Claim::strictness).max();
        strictest.unwrap_or(Level::Must) < self.enforced
    }
}

/// Those of some clauses that can be broken, each once.
fn demands(claims: &[Claim]) -> Vec<&Claim> {
    let mut demands: Vec<&Claim> = Vec::new();
    for claim in claims.iter().filter(|claim| claim.is_demand()) {
        let is_there = demands.iter().any(|known| {
            (known.document, &known.section, &known.fingerprint)
                == (claim.document, &claim.section, &claim.fingerprint)
        });
        if !is_there {
            demands.push(claim);
        }
    }
    demands
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
        assert_eq!(stakes.is_deviation(Breach::Step), expected);
        let strict = Stakes {
            enforced: Level::Should,
            ..stakes
        };
        assert!(!strict.is_deviation(Breach::Step));
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
            step: claims(&[MUST]),
            either: claims(&[MUST, SHOULD, MAY]),
            script: claims(&[SHOULD]),
            ..Stakes::default()
        };
        let broken = |breach| stakes.broken(breach).len();
        assert_eq!(broken(Breach::Step), 1);
        assert_eq!(broken(Breach::Either), 2);
        assert_eq!(broken(Breach::End), 1);
        assert!(stakes.is_deviation(Breach::End));
        let twice = claims(&[MUST, MUST]);
        let same: Vec<Claim> = [&twice[0], &twice[0]].into_iter().cloned().collect();
        assert_eq!(demands(&same).len(), 1);
    }
}
