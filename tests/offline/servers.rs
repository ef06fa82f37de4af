//! `docs/servers.md` counts the plays that there are, and tells what scripts say of its servers.

use std::collections::{BTreeMap, BTreeSet};

use scansion::script::{Bearing, Departure};
use scansion::software::Software;

use crate::pages::{Table, document, linked_script, tables_of};
use crate::program::root;
use crate::scripts::{reading, scripts_below};

/// What a script says that a server does: the script, the server, and what.
type Said = (String, String, String);

fn is_known(table: &&Table) -> bool {
    table.head[0] == "Script" && table.head[1] == "Servers"
}

/// The servers, by what their columns are called.
fn servers(tables: &[Table]) -> &[String] {
    let totals = tables.iter().find(|table| table.head[0] == "Plays");
    &totals.expect("a table of all plays").head[1..]
}

fn said_in_page(tables: &[Table]) -> BTreeSet<Said> {
    let rows = tables.iter().filter(is_known).flat_map(|table| &table.rows);
    let said = rows.flat_map(|row| {
        let servers = row[1].split(", ");
        servers.map(|server| said(linked_script(&row[0]), server, &row[2]))
    });
    said.collect()
}

fn said_in_scripts(servers: &[String]) -> BTreeSet<Said> {
    let mut all = BTreeSet::new();
    for path in scripts_below(&root().join("spec")) {
        let script = path.strip_prefix(root()).unwrap().display().to_string();
        let tags = reading(&path).script.head.tags;
        let departures = tags
            .iter()
            .filter_map(|tag| Departure::of_tag(&tag.key, tag.value.as_deref()));
        for departure in departures {
            let known =
                |server: &&String| departure.bearing(&Software::of(server)) == Bearing::Known;
            let known = servers.iter().filter(known);
            all.extend(known.map(|server| said(script.clone(), server, &departure.what)));
        }
    }
    all
}

/// Elements are code in the page, and a bar would end the cell there.
fn said(script: String, server: &str, what: &str) -> Said {
    (script, server.to_owned(), what.replace(['`', '\\'], ""))
}

#[test]
fn what_scripts_say_of_servers_stands_in_the_page() {
    let tables = tables_of("servers.md");
    let in_page = said_in_page(&tables);
    let in_scripts = said_in_scripts(servers(&tables));
    assert!(in_page.len() > 100, "{in_page:#?}");
    let missing: Vec<_> = in_scripts.difference(&in_page).collect();
    let gone: Vec<_> = in_page.difference(&in_scripts).collect();
    assert!(
        missing.is_empty() && gone.is_empty(),
        "`make matrix` makes docs/servers.md anew: it does not have {missing:#?}, and no script has {gone:#?}"
    );
}

/// How many plays there are about each document.
fn plays() -> BTreeMap<String, usize> {
    let mut plays = BTreeMap::new();
    for path in scripts_below(&root().join("spec")) {
        let script = path.strip_prefix(root()).unwrap().display().to_string();
        *plays.entry(document(&script)).or_default() += reading(&path).plays.len();
    }
    plays
}

fn number(cell: &str) -> usize {
    cell.parse().unwrap_or_default()
}

#[test]
fn each_server_has_had_all_plays() {
    let (tables, plays) = (tables_of("servers.md"), plays());
    let mut wrong = Vec::new();
    for (place, server) in servers(&tables).iter().enumerate() {
        let table = tables.iter().find(|table| table.head[0] == *server);
        let rows = table.map_or(&[][..], |table| &table.rows).iter();
        let counted: BTreeMap<String, usize> = rows
            .map(|row| {
                (
                    row[0].clone(),
                    row[1..].iter().map(|cell| number(cell)).sum(),
                )
            })
            .collect();
        // Only the first one has to have everything: a whole document is left out where a server would hold up all others.
        let differs = |(document, count): &(&String, &usize)| match counted.get(*document) {
            None => place == 0,
            Some(counted) => counted != *count,
        };
        let differing = plays.iter().filter(differs);
        wrong.extend(differing.map(|(document, count)| {
            let counted = counted.get(document).copied().unwrap_or_default();
            format!("{server}, {document}: {counted} plays, of {count}")
        }));
    }
    assert!(
        wrong.is_empty(),
        "`make matrix` makes docs/servers.md anew: {wrong:#?}"
    );
}
