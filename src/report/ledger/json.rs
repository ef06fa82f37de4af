//! A ledger as JSON, which `docs/ledger.schema.json` describes.

use serde::Serialize;

use crate::case::CaseId;
use crate::ledger::{self, Ledger, Shown, Use, Weakness};
use crate::report::clauses::section_link;
use crate::report::json::visible;
use crate::script::DocumentId;
use crate::verdict::Verdict;

/// The version of the form. It changes when something that is there changes its meaning or goes away, and not when
/// something is added.
const SCHEMA: u32 = 1;

#[derive(Serialize)]
struct Root<'l> {
    schema: u32,
    scansion: &'static str,
    servers: &'l [String],
    counts: Counts,
    documents: Vec<Document<'l>>,
}

#[derive(Serialize)]
struct Counts {
    all: Count,
    must: Count,
}

#[derive(Serialize)]
struct Count {
    sentences: usize,
    server: usize,
    testable: usize,
    claimed: usize,
    covered: usize,
}

#[derive(Serialize)]
struct Document<'l> {
    document: String,
    counts: Counts,
    clauses: Vec<Clause<'l>>,
}

#[derive(Serialize)]
struct Clause<'l> {
    section: &'l str,
    fingerprint: &'l str,
    level: &'static str,
    subject: &'static str,
    tested: String,
    #[serde(skip_serializing_if = "str::is_empty")]
    words: &'l str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sentence: Option<&'l str>,
    link: String,
    claimed: bool,
    covered: bool,
    claims: Vec<Claim<'l>>,
    /// In the order of the servers.
    servers: Vec<Option<&'static str>>,
}

#[derive(Serialize)]
struct Claim<'l> {
    path: &'l CaseId,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    shown: bool,
    #[serde(flatten)]
    why: Why<'l>,
}

#[derive(Serialize)]
#[serde(rename_all = "kebab-case", tag = "by")]
enum Why<'l> {
    Doubt,
    Server { server: &'l str },
    Survivors { survivors: &'l [String] },
    NothingNoticed,
    NoTranscript,
    NotDoubted { reason: &'l str },
}

/// Writes it.
pub(super) fn write(ledger: &Ledger) -> String {
    let root = Root {
        schema: SCHEMA,
        scansion: env!("CARGO_PKG_VERSION"),
        servers: &ledger.servers,
        counts: ledger::Counts::of_all(ledger).into(),
        documents: ledger.documents.iter().map(document).collect(),
    };
    let json = serde_json::to_string(&root).expect("all keys are texts");
    format!("{}\n", visible(&json))
}

fn document(document: &ledger::Document) -> Document<'_> {
    let clauses = document.of_server();
    Document {
        document: document.id.title(),
        counts: ledger::Counts::of(document).into(),
        clauses: clauses.map(|own| clause(document.id, own)).collect(),
    }
}

fn clause(document: DocumentId, clause: &ledger::Clause) -> Clause<'_> {
    let entry = &clause.entry;
    let verdicts = clause.verdicts.iter();
    Clause {
        section: &entry.section,
        fingerprint: &entry.fingerprint,
        level: entry.level.word(),
        subject: entry.subject.word(),
        tested: entry.tested(),
        words: &clause.words,
        sentence: clause.sentence.as_deref(),
        link: section_link(document, &entry.section),
        claimed: clause.is_claimed(),
        covered: clause.is_covered(),
        claims: clause.uses.iter().map(claim).collect(),
        servers: verdicts.map(|verdict| verdict.map(word)).collect(),
    }
}

fn claim(used: &Use) -> Claim<'_> {
    Claim {
        path: &used.case,
        line: used.place.line(),
        shown: used.is_shown(),
        why: match &used.shown {
            Shown::ByDoubt => Why::Doubt,
            Shown::ByServer(server) => Why::Server { server },
            Shown::Not(Weakness::Survivors(survivors)) => Why::Survivors { survivors },
            Shown::Not(Weakness::Unnoticed) => Why::NothingNoticed,
            Shown::Not(Weakness::NotRecorded) => Why::NoTranscript,
            Shown::Not(Weakness::NotDoubted(reason)) => Why::NotDoubted { reason },
        },
    }
}

/// What came of a clause on a server.
pub(super) fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Passed => "kept",
        Verdict::Failed => "broken",
        Verdict::Deviated => "deviated",
        Verdict::Errored => "error",
        Verdict::NotSupported => "not-supported",
        Verdict::NotTested => "not-tested",
        Verdict::NotRun => "not-reached",
    }
}

impl From<ledger::Counts> for Counts {
    fn from(counts: ledger::Counts) -> Self {
        Self {
            all: counts.all.into(),
            must: counts.must.into(),
        }
    }
}

impl From<ledger::Count> for Count {
    fn from(count: ledger::Count) -> Self {
        let [sentences, server, testable, claimed, covered] = count.numbers();
        Self {
            sentences,
            server,
            testable,
            claimed,
            covered,
        }
    }
}
