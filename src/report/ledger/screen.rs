//! What the screen shows of a ledger: a table of the documents, what each server keeps to, and what is claimed and not
//! shown to be able to fail.

use colored::Colorize;

use super::uses::{by_place, why};
use crate::ledger::{Clause, Count, Counts, Document, Ledger, Shown, Weakness};
use crate::report::Verbosity;
use crate::report::matrix::told;
use crate::verdict::Verdict;
use crate::visible::harmless_line;

/// All that the screen shows.
pub fn text(ledger: &Ledger, verbosity: Verbosity) -> String {
    let mut text = table(ledger);
    match verbosity {
        Verbosity::Quiet => return text,
        Verbosity::Normal => {}
        Verbosity::Verbose => text.push_str(&lists(ledger)),
    }
    text + &servers(ledger) + &weak(ledger) + "\n" + &sums(ledger)
}

/// The sums, in a line.
pub fn sums(ledger: &Ledger) -> String {
    let Counts { all, must } = Counts::of_all(ledger);
    format!(
        "{} of {} clauses for servers are covered, {} of {} that demand something\n",
        all.covered, all.server, must.covered, must.server
    )
}

// ---- Documents ----------------------------------------------------------------------------------------------

fn table(ledger: &Ledger) -> String {
    let names = Count::NAMES.map(str::to_owned);
    let must = "MUST:".to_owned();
    let head = line("document", &names, &must, &names);
    let documents = ledger.documents.iter();
    let rows = documents.map(|document| row(&document.id.title(), Counts::of(document)));
    let sum = row("in all", Counts::of_all(ledger));
    format!("{}{}{}", head.bold(), rows.collect::<String>(), sum.bold())
}

fn row(title: &str, counts: Counts) -> String {
    let [all, must] = [counts.all, counts.must].map(|count| count.numbers().map(|n| n.to_string()));
    line(title, &all, "", &must)
}

fn line(first: &str, all: &[String; 5], between: &str, must: &[String; 5]) -> String {
    let columns = |texts: &[String; 5]| -> String {
        texts.iter().map(|text| format!(" {text:>9}")).collect()
    };
    format!(
        "{first:<9}{}  {between:>6}{}\n",
        columns(all),
        columns(must)
    )
}

// ---- Clauses ------------------------------------------------------------------------------------------------

fn lists(ledger: &Ledger) -> String {
    let documents = ledger.documents.iter();
    documents.map(|document| list(document, ledger)).collect()
}

fn list(document: &Document, ledger: &Ledger) -> String {
    let clauses: String = document
        .of_server()
        .map(|clause| one(document, clause, ledger))
        .collect();
    match clauses.is_empty() {
        true => clauses,
        false => format!("\n{clauses}"),
    }
}

fn one(document: &Document, clause: &Clause, ledger: &Ledger) -> String {
    let mark = match (clause.is_claimed(), clause.is_covered()) {
        (_, true) => "covered".green(),
        (true, false) => "claimed".yellow(),
        (false, false) => "-".dimmed(),
    };
    let mut text = format!("{mark:<7}  {}\n", named(document, clause));
    if let Some(sentence) = &clause.sentence {
        text.push_str(&format!("         “{}”\n", harmless_line(sentence)));
    }
    for rows in by_place(&clause.uses) {
        let (place, why) = (harmless_line(&rows.in_words()), harmless_line(&rows.why()));
        text.push_str(&format!("         {place}: {why}\n"));
    }
    for (server, verdict) in ledger.servers.iter().zip(&clause.verdicts) {
        if let Some(verdict) = verdict {
            let (sign, word) = told(*verdict);
            text.push_str(&format!(
                "         {sign} {word} by {}\n",
                harmless_line(server)
            ));
        }
    }
    text
}

fn named(document: &Document, clause: &Clause) -> String {
    let entry = &clause.entry;
    let name = format!(
        "{} § {} [{}] {} {}",
        document.id.title(),
        entry.section,
        entry.fingerprint,
        entry.level,
        clause.words
    );
    harmless_line(name.trim_end())
}

// ---- Servers ------------------------------------------------------------------------------------------------

/// Of how many clauses what came on each server.
fn servers(ledger: &Ledger) -> String {
    let servers = ledger.servers.iter().enumerate();
    let lines: String = servers
        .map(|(at, server)| format!("{}: {}\n", harmless_line(server), of_server(ledger, at)))
        .collect();
    match lines.is_empty() {
        true => lines,
        false => format!("\n{lines}"),
    }
}

fn of_server(ledger: &Ledger, server: usize) -> String {
    let clauses = || ledger.documents.iter().flat_map(Document::of_server);
    let counts = Verdict::ALL.into_iter().map(|verdict| {
        let is_so = |clause: &&Clause| clause.verdicts[server] == Some(verdict);
        (clauses().filter(is_so).count(), told(verdict).1)
    });
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<String> = counts
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
    match counts.is_empty() {
        true => "nothing is known of it".to_owned(),
        false => counts.join(", "),
    }
}

// ---- What is missing ----------------------------------------------------------------------------------------

/// What is claimed and not shown to be able to fail. Where there is only no transcript, it is counted.
fn weak(ledger: &Ledger) -> String {
    let documents = ledger.documents.iter();
    let clauses = documents.flat_map(|document| {
        let weak = document.of_server().filter(|clause| is_weak(clause));
        weak.map(move |clause| (document, clause))
    });
    let (silent, told): (Vec<_>, Vec<_>) = clauses.partition(|(_, clause)| is_unrecorded(clause));
    let mut text = String::new();
    if !told.is_empty() {
        let head = "Claimed, and not shown to be able to fail:";
        text.push_str(&format!("\n{}\n", head.bold()));
    }
    text.extend(
        told.into_iter()
            .map(|(document, clause)| weak_one(document, clause)),
    );
    match silent.len() {
        0 => text,
        1 => text + "\n1 clause is claimed by scripts without a transcript\n",
        count => text + &format!("\n{count} clauses are claimed by scripts without a transcript\n"),
    }
}

fn is_weak(clause: &Clause) -> bool {
    clause.is_claimed() && !clause.is_covered()
}

fn is_unrecorded(clause: &Clause) -> bool {
    let mut uses = clause.uses.iter();
    uses.all(|used| used.shown == Shown::Not(Weakness::NotRecorded))
}

fn weak_one(document: &Document, clause: &Clause) -> String {
    let uses = clause.uses.iter().map(|used| {
        let place = format!("{}{}", used.case, used.place);
        let (place, why) = (harmless_line(&place), harmless_line(&why(&used.shown)));
        format!("    {place}: {why}\n")
    });
    format!(
        "  {}\n{}",
        named(document, clause),
        uses.collect::<String>()
    )
}
