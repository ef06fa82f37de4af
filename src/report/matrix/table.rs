//! The table: a row for each script, a column for each report.

use std::collections::{BTreeMap, BTreeSet};

use super::clauses::{ClauseRow, clause_rows};
use super::column::{Column, Source, columns};
use super::row::{Kind, Loss, Row, rows};
use crate::report::summary::Summary;
use crate::verdict::Status;

/// Several reports side by side.
#[derive(Debug, Clone)]
pub struct Matrix {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) clauses: Vec<ClauseRow>,
}

impl Matrix {
    /// Puts reports side by side, in their order.
    pub fn new(sources: Vec<Source>) -> Self {
        let columns = columns(sources);
        let mut rows = rows(&columns);
        rows.sort_by(|one, other| (one.kind, &one.case).cmp(&(other.kind, &other.case)));
        Self {
            clauses: clause_rows(&columns),
            columns,
            rows,
        }
    }

    /// What the table says, in a line.
    pub fn headline(&self) -> String {
        let count = |kind| self.of_kind(kind).count();
        let counted = |count: usize, word: &str| match count {
            1 => format!("1 {word}"),
            count => format!("{count} {word}s"),
        };
        format!(
            "{} in {}: {} not the same everywhere, {} red everywhere",
            counted(self.rows.len(), "script"),
            counted(self.columns.len(), "report"),
            count(Kind::Differs),
            count(Kind::Red)
        )
    }

    pub(super) fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.kind == kind)
    }

    /// What was supported and is not any more, with the rows about that; by columns.
    pub(super) fn losses(&self) -> BTreeMap<Loss, Vec<&Row>> {
        let mut losses: BTreeMap<Loss, Vec<&Row>> = BTreeMap::new();
        for row in &self.rows {
            for loss in &row.losses {
                losses.entry(*loss).or_default().push(row);
            }
        }
        losses
    }

    /// What stands above the list of what one loss is about.
    pub(super) fn loss_heading(&self, loss: Loss) -> String {
        let (on, before) = (&self.columns[loss.on], &self.columns[loss.before]);
        format!(
            "Supported on {}, and not supported any more on {}:",
            before.title, on.title
        )
    }

    /// What is to be known of the table itself.
    pub(super) fn notes(&self) -> Vec<String> {
        let cells = |row: &Row| row.cells.iter().flatten().count();
        let is_missing = self.rows.iter().any(|row| cells(row) < self.columns.len());
        let is_apart = self.columns.len() > 1 && self.rows.iter().all(|row| cells(row) == 1);
        let versions: BTreeSet<&str> = self
            .columns
            .iter()
            .map(|column| column.report.run.scansion.as_str())
            .collect();
        let missing = "— means that the report has nothing of the script.".to_owned();
        let apart = "No script is in two of the reports; scripts are known by their paths, so run them from the same \
                     folder."
            .to_owned();
        let mixed = "The reports are of different versions of scansion.".to_owned();
        let notes = [
            (is_missing, missing),
            (is_apart && is_missing, apart),
            (versions.len() > 1, mixed),
        ];
        let notes = notes.into_iter().filter(|(is_true, _)| *is_true);
        notes.map(|(_, note)| note).collect()
    }

    /// The results of each run, and which run it was: what a line is about, and its values by the columns.
    pub(super) fn runs(&self) -> Vec<(String, Vec<String>)> {
        let columns = self.columns.iter();
        let summaries: Vec<Summary> = columns.map(|column| column.report.summary()).collect();
        let counts = Status::ALL.into_iter().map(|status| {
            let counts = summaries.iter().map(|summary| summary.count(status));
            (status, counts.collect::<Vec<_>>())
        });
        let counts = counts.filter(|(_, counts)| counts.iter().any(|count| *count > 0));
        let counts = counts.map(|(status, counts)| {
            let counts = counts.iter().map(usize::to_string);
            (status.to_string(), counts.collect())
        });
        let facts: Vec<[(&str, String); 6]> = self.columns.iter().map(Column::facts).collect();
        let facts = (0..6).filter_map(|at| {
            let (name, _) = facts.first()?.get(at)?;
            let values = facts.iter().map(|facts| facts[at].1.clone());
            Some(((*name).to_owned(), values.collect()))
        });
        counts.chain(facts).collect()
    }
}
