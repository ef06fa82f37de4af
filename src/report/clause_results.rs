//! What came of each clause in all scripts of a run: whether the server keeps to it, wherever it is tested.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::model::{Clause, Report, Script, Verdict};

/// Which clause; sections are in the order of their numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseKey {
    /// The document: `XEP-0045`, `RFC 6120`.
    pub document: String,
    /// The section.
    pub section: String,
    /// The beginning of the hash of the sentence, in lower case.
    pub fingerprint: String,
}

/// A clause with what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClauseResult {
    /// The clause, as the first script has it that claims it.
    pub clause: Clause,
    /// What came of it: that it was broken if it was anywhere, that it was kept to if it was tested at all.
    pub verdict: Verdict,
}

impl ClauseKey {
    fn of(clause: &Clause) -> Self {
        Self {
            document: clause.document.clone(),
            section: clause.section.clone(),
            fingerprint: clause.fingerprint.to_ascii_lowercase(),
        }
    }

    fn numbers(&self) -> Vec<(u32, &str)> {
        let parts = self.section.split('.');
        parts
            .map(|part| (part.parse().unwrap_or(u32::MAX), part))
            .collect()
    }
}

impl Ord for ClauseKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let own = (&self.document, self.numbers(), &self.fingerprint);
        own.cmp(&(&other.document, other.numbers(), &other.fingerprint))
    }
}

impl PartialOrd for ClauseKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Script {
    /// All clauses that it claims: as a whole, and by its steps.
    pub fn claimed(&self) -> impl Iterator<Item = &Clause> {
        let steps = self.steps.iter().flat_map(|step| &step.clauses);
        self.clauses.iter().chain(steps)
    }
}

impl Report {
    /// What came of each clause that its scripts claim.
    pub fn clause_results(&self) -> BTreeMap<ClauseKey, ClauseResult> {
        let mut results: BTreeMap<ClauseKey, ClauseResult> = BTreeMap::new();
        for clause in self.scripts.iter().flat_map(Script::claimed) {
            let own = || ClauseResult {
                clause: clause.clone(),
                verdict: clause.verdict,
            };
            let known = results.entry(ClauseKey::of(clause)).or_insert_with(own);
            known.verdict = known.verdict.telling(clause.verdict);
        }
        results
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::testing::{clause, sample};

    #[test]
    fn a_clause_is_broken_if_it_is_anywhere() {
        let mut report = sample();
        report.scripts.truncate(2);
        report.scripts[0].clauses = vec![
            clause("10.5", Verdict::Passed),
            clause("8.2", Verdict::Passed),
            clause("8.10", Verdict::NotRun),
            clause("8.10", Verdict::Errored),
        ];
        let results = report.clause_results().into_iter();
        let told: Vec<_> = results
            .map(|(key, result)| (key.section, result.verdict))
            .collect();
        let expected = [
            ("8.2", Verdict::Passed),
            ("8.10", Verdict::Errored),
            ("10.5", Verdict::Failed),
        ];
        assert_eq!(
            told,
            expected.map(|(section, verdict)| (section.to_owned(), verdict))
        );
    }
}
