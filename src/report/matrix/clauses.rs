//! The clauses that scripts claim, by servers: which server keeps to which.

use std::collections::BTreeMap;

use super::column::Column;
use crate::report::clause_results::{ClauseKey, ClauseResult};
use crate::report::model::{Clause, Verdict};

/// A clause, and what came of it in each report.
#[derive(Debug, Clone)]
pub(super) struct ClauseRow {
    pub(super) clause: Clause,
    /// By columns; nothing where no script of the report claims it.
    pub(super) cells: Vec<Option<Verdict>>,
}

/// The clauses of all reports, in the order of their documents.
pub(super) fn clause_rows(columns: &[Column]) -> Vec<ClauseRow> {
    let results: Vec<BTreeMap<ClauseKey, ClauseResult>> = columns
        .iter()
        .map(|column| column.report.clause_results())
        .collect();
    let mut all: BTreeMap<&ClauseKey, &Clause> = BTreeMap::new();
    for (key, result) in results.iter().flatten() {
        all.entry(key).or_insert(&result.clause);
    }
    let rows = all.into_iter().map(|(key, clause)| ClauseRow {
        clause: clause.clone(),
        cells: results
            .iter()
            .map(|own| own.get(key).map(|result| result.verdict))
            .collect(),
    });
    rows.collect()
}

/// The sign and the word for what came of a clause.
pub(in crate::report) fn told(verdict: Verdict) -> (&'static str, &'static str) {
    match verdict {
        Verdict::Passed => ("✓", "kept"),
        Verdict::Failed => ("✕", "broken"),
        Verdict::Deviated => ("≠", "departed from"),
        Verdict::Errored => ("!", "error"),
        Verdict::NotSupported => ("–", "not supported"),
        Verdict::NotTested => ("⊘", "not tested"),
        Verdict::NotRun => ("○", "not reached"),
    }
}
