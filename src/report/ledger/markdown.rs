//! A ledger in Markdown, to be kept with the scripts: the same ledger is the same text, so there is no time in it, and
//! no sentence of a standard.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::ledger::{Clause, Count, Counts, Document, Ledger};
use crate::report::clauses::section_link;
use crate::report::format::markdown::{code, escaped};
use crate::report::matrix::told;
use crate::visible::harmless_line;

/// Writes it.
pub(super) fn write(ledger: &Ledger) -> String {
    let mut text = format!("# Which clauses are tested\n\n{}\n\n", intro(ledger));
    text.push_str(&documents(ledger));
    let claimed = |document: &&Document| document.of_server().any(Clause::is_claimed);
    let documents = ledger.documents.iter().filter(claimed);
    text.extend(documents.map(|document| section(document, ledger)));
    text
}

fn intro(ledger: &Ledger) -> String {
    let servers = match ledger.servers.is_empty() {
        true => "",
        false => " Below is what came of each on each server.",
    };
    format!(
        "Of each standard: how many of its sentences say what is demanded, recommended or allowed; how many of these are \
         about servers, and of those how many can be tested from outside, are claimed by a script, and are covered: a \
         script that claims it is shown to be able to fail.{servers}"
    )
}

// ---- Documents ----------------------------------------------------------------------------------------------

fn documents(ledger: &Ledger) -> String {
    let names = Count::NAMES.join(" | ");
    let must = Count::NAMES.map(|name| format!("MUST: {name}")).join(" | ");
    let mut text = format!(
        "| Document | {names} | {must} |\n|---{}|\n",
        "|---:".repeat(10)
    );
    for document in &ledger.documents {
        text.push_str(&row(&document.id.title(), Counts::of(document)));
    }
    text + &row("**in all**", Counts::of_all(ledger))
}

fn row(first: &str, counts: Counts) -> String {
    let numbers = [counts.all.numbers(), counts.must.numbers()].concat();
    let numbers: Vec<String> = numbers.iter().map(usize::to_string).collect();
    format!("| {first} | {} |\n", numbers.join(" | "))
}

// ---- Clauses ------------------------------------------------------------------------------------------------

fn section(document: &Document, ledger: &Ledger) -> String {
    let Counts { all, must } = Counts::of(document);
    let mut text = format!(
        "\n## {}\n\n{} of {} clauses for servers are covered, {} of {} that demand something.\n\n",
        document.id.title(),
        all.covered,
        all.server,
        must.covered,
        must.server
    );
    let servers: String = ledger
        .servers
        .iter()
        .map(|server| format!(" {} |", cell(server)))
        .collect();
    let _ = writeln!(
        text,
        "| § | Clause | Level | What it says | Covered | Scripts |{servers}"
    );
    let _ = writeln!(
        text,
        "|---|---|---|---|---|---|{}",
        "---|".repeat(ledger.servers.len())
    );
    let claimed = document.of_server().filter(|clause| clause.is_claimed());
    text.extend(claimed.map(|clause| line(document, clause)));
    text
}

fn line(document: &Document, clause: &Clause) -> String {
    let entry = &clause.entry;
    let link = section_link(document.id, &entry.section);
    let covered = if clause.is_covered() { "✓" } else { "" };
    let verdicts = clause
        .verdicts
        .iter()
        .map(|verdict| match verdict.map(told) {
            Some((sign, word)) => format!(" {sign} {word} |"),
            None => " — |".to_owned(),
        });
    format!(
        "| [{}]({link}) | `{}` | {} | {} | {covered} | {} |{}\n",
        cell(&entry.section),
        entry.fingerprint,
        entry.level,
        cell(&clause.words),
        scripts(clause),
        verdicts.collect::<String>()
    )
}

/// The scripts that claim a clause, those first that show something.
fn scripts(clause: &Clause) -> String {
    let mut scripts: BTreeMap<&str, bool> = BTreeMap::new();
    for used in &clause.uses {
        *scripts.entry(used.case.path()).or_default() |= used.is_shown();
    }
    let told = |(path, shown): (&str, bool)| {
        let path = code(&harmless_line(path)).replace('|', "\\|");
        match shown {
            true => path,
            false => format!("({path})"),
        }
    };
    let (shown, weak): (Vec<_>, Vec<_>) = scripts.into_iter().partition(|(_, shown)| *shown);
    let scripts: Vec<String> = shown.into_iter().chain(weak).map(told).collect();
    scripts.join("<br>")
}

fn cell(text: &str) -> String {
    escaped(&harmless_line(text))
}
