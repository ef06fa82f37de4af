//! A ledger as one HTML page, which needs nothing but itself. Without its script there is no filter.
//!
//! All that a server or a script has said stands in it as text.

use std::collections::BTreeSet;

use maud::{Markup, PreEscaped, html};

use super::json::word;
use super::screen::sums;
use super::uses::{Rows, by_place};
use crate::clauses::Level;
use crate::ledger::{Clause, Count, Counts, Document, Ledger};
use crate::report::clauses::section_link;
use crate::report::matrix::{kept, told};
use crate::report::web_page::{STYLE, WebPage};
use crate::verdict::Verdict;
use crate::visible::harmless;

const TABLE: &str = include_str!("../matrix/table.css");
const LEDGER: &str = include_str!("ledger.css");
const SCRIPT: &str = include_str!("ledger.js");

/// Writes it.
pub(super) fn write(ledger: &Ledger) -> String {
    let title = "Which clauses are tested";
    let page = WebPage {
        title,
        styles: &[STYLE, TABLE, LEDGER],
        script: Some(SCRIPT),
        body: html! {
            body.matrix.ledger {
                header.top { h1 { (title) } }
                main {
                    p { (sums(ledger).trim()) }
                    (documents(ledger))
                    (filters(ledger))
                    (clauses(ledger))
                }
                script { (PreEscaped(SCRIPT)) }
            }
        },
    };
    page.write()
}

// ---- Documents ----------------------------------------------------------------------------------------------

/// It can be reached by Tab, as it may have to be scrolled.
fn documents(ledger: &Ledger) -> Markup {
    html! {
        div.scrolled role="region" tabindex="0" aria-label="How much of each document is covered" {
            table {
                thead { tr {
                    th scope="col" { "Document" }
                    @for name in Count::NAMES { th.number scope="col" { (name) } }
                    @for name in Count::NAMES { th.number scope="col" { "MUST: " (name) } }
                } }
                tbody { @for document in &ledger.documents { (counts(&document.id.title(), Counts::of(document))) } }
                tfoot { (counts("In all", Counts::of_all(ledger))) }
            }
        }
    }
}

fn counts(first: &str, counts: Counts) -> Markup {
    html! {
        tr {
            th scope="row" { (first) }
            @for number in [counts.all.numbers(), counts.must.numbers()].concat() { td.number { (number) } }
        }
    }
}

// ---- Filters ------------------------------------------------------------------------------------------------

fn filters(ledger: &Ledger) -> Markup {
    let documents = ledger
        .documents
        .iter()
        .filter(|document| document.of_server().next().is_some());
    html! {
        form #filters role="search" aria-label="Which clauses are shown" hidden {
            label { span { "Document" } select #document {
                option value="" { "any" }
                @for document in documents { option { (document.id.title()) } }
            } }
            label { span { "Level" } select #level {
                option value="" { "any" }
                @for level in Level::ALL { option { (level) } }
            } }
            label { span { "Covered" } select #state {
                option value="" { "or not" }
                @for state in State::ALL { option value=(state.word()) { (state.word()) } }
            } }
            @if !ledger.servers.is_empty() { (verdicts(ledger)) }
            label.text { span { "Text" } input #text type="search" autocomplete="off" spellcheck="false"
                placeholder="section, fingerprint, words, script" aria-keyshortcuts="/"; }
            p #shown role="status" {}
        }
        noscript { p { "Without JavaScript there is no filter." } }
    }
}

fn verdicts(ledger: &Ledger) -> Markup {
    html! {
        label { span { "Server" } select #verdict {
            option value="" { "any" }
            @for (at, server) in ledger.servers.iter().enumerate() {
                optgroup label=(harmless(server)) {
                    @for verdict in verdicts_of(ledger, at) {
                        option value={ (at) ":" (word(verdict)) } { (told(verdict).1) }
                    }
                }
            }
        } }
    }
}

/// What came of clauses on a server.
fn verdicts_of(ledger: &Ledger, server: usize) -> BTreeSet<Verdict> {
    let clauses = ledger.documents.iter().flat_map(Document::of_server);
    clauses
        .filter_map(|clause| clause.verdicts[server])
        .collect()
}

/// How far a clause is tested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Covered,
    Claimed,
    Unclaimed,
}

impl State {
    const ALL: [Self; 3] = [Self::Covered, Self::Claimed, Self::Unclaimed];

    fn of(clause: &Clause) -> Self {
        match (clause.is_claimed(), clause.is_covered()) {
            (_, true) => Self::Covered,
            (true, false) => Self::Claimed,
            (false, false) => Self::Unclaimed,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::Covered => "covered",
            Self::Claimed => "only claimed",
            Self::Unclaimed => "not claimed",
        }
    }

    /// The colour, which says nothing that the word does not.
    fn class(self) -> &'static str {
        match self {
            Self::Covered => "passed",
            Self::Claimed => "unsure",
            Self::Unclaimed => "not-run",
        }
    }
}

// ---- Clauses ------------------------------------------------------------------------------------------------

fn clauses(ledger: &Ledger) -> Markup {
    html! {
        div.scrolled.clauses role="region" tabindex="0" aria-label="Clauses" {
            table {
                thead { tr {
                    @for name in ["Clause", "Level", "What it says", "Covered", "Claimed by"] { th scope="col" { (name) } }
                    @for server in &ledger.servers { th scope="col" { (harmless(server)) } }
                } }
                @for document in &ledger.documents { (of_document(document, ledger.servers.len())) }
            }
        }
    }
}

fn of_document(document: &Document, servers: usize) -> Markup {
    let clauses: Vec<&Clause> = document.of_server().collect();
    html! {
        @if !clauses.is_empty() {
            tbody {
                tr.kind { th scope="rowgroup" colspan=(5 + servers) { (document.id.title()) } }
                @for clause in clauses { (one(document, clause)) }
            }
        }
    }
}

fn one(document: &Document, clause: &Clause) -> Markup {
    let (entry, state) = (&clause.entry, State::of(clause));
    let link = section_link(document.id, &entry.section);
    html! {
        tr.clause data-document=(document.id.title()) data-level=(entry.level) data-state=(state.word())
            data-verdicts=(keys(clause)) {
            th scope="row" {
                a href=(link) rel="noreferrer" { "§ " (harmless(&entry.section)) } " "
                span.print { "[" (entry.fingerprint) "]" }
            }
            td { (entry.level) }
            td.words {
                (harmless(&clause.words))
                @if let Some(sentence) = &clause.sentence { q { (harmless(sentence)) } }
            }
            td class=(state.class()) { (state.word()) }
            td { (uses(clause)) }
            @for verdict in &clause.verdicts { (result(*verdict)) }
        }
    }
}

/// What the filter knows of the servers.
fn keys(clause: &Clause) -> String {
    let verdicts = clause.verdicts.iter().enumerate();
    let known = verdicts.filter_map(|(at, verdict)| Some(format!("{at}:{}", word((*verdict)?))));
    known.collect::<Vec<_>>().join(" ")
}

fn uses(clause: &Clause) -> Markup {
    html! {
        @if clause.is_claimed() {
            ul.uses { @for rows in by_place(&clause.uses) { (used(&rows)) } }
        }
    }
}

fn used(rows: &Rows<'_>) -> Markup {
    html! {
        li {
            span.path { (harmless(&rows.in_words())) }
            @if !rows.is_shown() { ": " span.weak { (harmless(&rows.why())) } }
        }
    }
}

/// What came of a clause on a server, if its report has it.
fn result(verdict: Option<Verdict>) -> Markup {
    html! {
        @match verdict {
            Some(verdict) => (kept(verdict)),
            None => td.not-run { span aria-hidden="true" { "—" } span.unseen { "not in its report" } },
        }
    }
}
