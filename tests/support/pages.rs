//! The tables of pages that are made of runs: `docs/ledger.md` and `docs/servers.md`.

use std::fs;

use crate::program::root;

/// A table of a page.
pub struct Table {
    /// The heading above it.
    pub heading: String,
    /// What its columns are called.
    pub head: Vec<String>,
    /// Its rows, each as long as the head.
    pub rows: Vec<Vec<String>>,
}

/// The tables of a page in `docs/`.
pub fn tables_of(name: &str) -> Vec<Table> {
    tables(&fs::read_to_string(root().join("docs").join(name)).unwrap())
}

/// The tables of a page, in order.
pub fn tables(page: &str) -> Vec<Table> {
    let mut tables: Vec<Table> = Vec::new();
    let (mut heading, mut is_within) = ("", false);
    for line in page.lines() {
        let row = cells(line);
        match (row, tables.last_mut()) {
            (Some(row), Some(table)) if is_within => table.rows.push(row),
            (Some(head), _) => tables.push(Table {
                heading: heading.to_owned(),
                head,
                rows: Vec::new(),
            }),
            (None, _) if line.starts_with('#') => heading = line.trim_start_matches(['#', ' ']),
            (None, _) => {}
        }
        is_within = line.starts_with('|');
    }
    tables.iter_mut().for_each(drop_rule);
    tables
}

fn cells(line: &str) -> Option<Vec<String>> {
    let inner = line.strip_prefix("| ").or(line.strip_prefix('|'))?;
    let inner = inner.strip_suffix(" |").or(inner.strip_suffix('|'))?;
    let separator = if inner.starts_with("---") { "|" } else { " | " };
    Some(inner.split(separator).map(str::to_owned).collect())
}

/// The line below the head is no row.
fn drop_rule(table: &mut Table) {
    table.rows.retain(|row| !row[0].starts_with("---"));
}

impl Table {
    /// Which column is called so.
    pub fn column(&self, name: &str) -> Option<usize> {
        self.head.iter().position(|head| head == name)
    }
}

/// The script of a cell with a link to it, as a run of `spec` calls it.
pub fn linked_script(cell: &str) -> String {
    let (_, path) = cell.split_once("](../").expect("a link to a script");
    path.trim_end_matches(')').to_owned()
}

/// The document whose folder a script is in, as pages call it.
pub fn document(script: &str) -> String {
    let folder = script.split('/').nth(1).unwrap_or_default();
    match folder.split_at(3) {
        ("rfc", number) => format!("RFC {number}"),
        (_, number) => format!("XEP-{number}"),
    }
}
