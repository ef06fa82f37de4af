//! A row of the table: a script, its result in each column, and whether that is the same everywhere.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::cell::{Cell, Round};
use super::column::Column;
use crate::case::CaseId;
use crate::report::model::Script;

/// A script.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) case: CaseId,
    pub(super) title: String,
    /// Its results, by the columns; none where the report does not have the script.
    pub(super) cells: Vec<Option<Cell>>,
    pub(super) kind: Kind,
    /// What was supported and is not any more.
    pub(super) losses: Vec<Loss>,
}

/// Of which kind a row is, in the order in which they are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    /// It is not the same on all servers.
    Differs,
    /// It has to be looked at on all servers that tell anything.
    Red,
    /// Everything else.
    Same,
}

impl Kind {
    pub(super) const ALL: [Self; 3] = [Self::Differs, Self::Red, Self::Same];

    /// The heading above `count` rows of this kind.
    pub(super) fn heading(self, count: usize) -> String {
        match self {
            Self::Differs => format!("Not the same everywhere ({count})"),
            Self::Red => format!("Red everywhere ({count})"),
            Self::Same => format!("The same everywhere ({count})"),
        }
    }
}

/// A loss: what one column supported is not supported by another one, which is of a later version of the same software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Loss {
    pub(super) on: usize,
    pub(super) before: usize,
}

/// The rows of some columns, in no order.
pub(super) fn rows(columns: &[Column]) -> Vec<Row> {
    let gathered = gathered(columns).into_iter();
    gathered
        .map(|(case, cells)| row(case, cells, columns))
        .collect()
}

/// The results of each script, by the columns. A script that was repeated has one cell.
fn gathered(columns: &[Column]) -> BTreeMap<CaseId, Vec<Option<Cell>>> {
    let mut rows: BTreeMap<CaseId, Vec<Option<Cell>>> = BTreeMap::new();
    for (at, column) in columns.iter().enumerate() {
        for (index, script) in column.report.scripts.iter().enumerate() {
            let cells = rows
                .entry(script.case.normal())
                .or_insert_with(|| vec![None; columns.len()]);
            let cell = cells[at].get_or_insert_default();
            cell.add(Round::of(script, index));
        }
    }
    rows
}

fn row(case: CaseId, cells: Vec<Option<Cell>>, columns: &[Column]) -> Row {
    let kind = kind(&cells);
    let losses = (0..columns.len()).filter_map(|on| {
        let before = supported_before(on, &cells, columns)?;
        Some(Loss { on, before })
    });
    Row {
        title: title(&case, &cells, columns),
        kind,
        losses: losses.collect(),
        case,
        cells,
    }
}

/// The title of a script, from the first report that has one beside what it is called.
fn title(case: &CaseId, cells: &[Option<Cell>], columns: &[Column]) -> String {
    let scripts = cells.iter().zip(columns).flat_map(|(cell, column)| {
        let rounds = cell.iter().flat_map(Cell::rounds);
        rounds.map(|round| &column.report.scripts[round.index])
    });
    let mut titles = scripts.filter(|script| script.title != script.case.to_string());
    titles
        .next()
        .map_or_else(|| case.to_string(), |script: &Script| script.title.clone())
}

/// A cell that tells nothing, as the script was not run, makes no difference.
fn kind(cells: &[Option<Cell>]) -> Kind {
    let mut telling = cells
        .iter()
        .flatten()
        .filter(|cell| cell.tells())
        .peekable();
    let Some(first) = telling.peek().map(|first| first.statuses()) else {
        return Kind::Same;
    };
    let cells: Vec<&Cell> = telling.collect();
    if cells.iter().any(|cell| cell.statuses() != first) {
        Kind::Differs
    } else if cells.iter().all(|cell| cell.is_red()) {
        Kind::Red
    } else {
        Kind::Same
    }
}

/// The last version of the same software that supported what is not supported in this column.
fn supported_before(on: usize, cells: &[Option<Cell>], columns: &[Column]) -> Option<usize> {
    if !cells[on].as_ref().is_some_and(Cell::is_unsupported) {
        return None;
    }
    let is_candidate = |at: &usize| {
        cells[*at].as_ref().is_some_and(Cell::is_supported) && is_earlier(*at, on, columns)
    };
    let candidates = (0..columns.len()).filter(is_candidate);
    candidates.reduce(|best, at| match is_earlier(best, at, columns) {
        true => at,
        false => best,
    })
}

/// Whether a column is of an earlier version of the software of another one. Where versions do not tell, the order of
/// the reports does.
fn is_earlier(one: usize, other: usize, columns: &[Column]) -> bool {
    let (earlier, later) = (&columns[one].software, &columns[other].software);
    let order = match (earlier.version(), later.version()) {
        (Some(earlier), Some(later)) => earlier.order(later),
        (Some(_) | None, Some(_) | None) => Ordering::Equal,
    };
    one != other && earlier.is_like(later) && order.then(one.cmp(&other)).is_lt()
}
