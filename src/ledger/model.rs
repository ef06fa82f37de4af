//! The ledger as data, of which all its forms are made.

use std::collections::BTreeMap;

use super::claimed::Place;
use crate::case::CaseId;
use crate::clauses::Entry;
use crate::script::DocumentId;
use crate::verdict::Verdict;

/// Which clauses are tested, and what came of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ledger {
    /// The servers that there are reports of, no two of which are called the same.
    pub servers: Vec<String>,
    /// The documents that have an index.
    pub documents: Vec<Document>,
    /// How often scripts claim a clause of a document that does not have one.
    pub unindexed: BTreeMap<DocumentId, usize>,
}

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// Which.
    pub id: DocumentId,
    /// Its sentences, in the order of the document; also those that are about clients alone.
    pub clauses: Vec<Clause>,
}

/// A clause, who claims to test it, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// What the index says of it.
    pub entry: Entry,
    /// What it says: in the words of the index, or of the first script that claims it.
    pub words: String,
    /// The sentence itself, if a copy of the document is at hand.
    pub sentence: Option<String>,
    /// What claims it.
    pub uses: Vec<Use>,
    /// What came of it, by servers; none where nothing in the report of the server claims it.
    pub verdicts: Vec<Option<Verdict>>,
}

/// A place that claims a clause.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Use {
    /// The script, with the row of its table.
    pub case: CaseId,
    /// Where in it.
    pub place: Place,
    /// Whether it is shown to be able to fail.
    pub shown: Shown,
}

/// Whether a step is shown to be able to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// Faults of it break the clause, and none survives.
    ByDoubt,
    /// This server broke the clause there.
    ByServer(String),
    /// It is not.
    Not(Weakness),
}

/// Why a step is not shown to be able to fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Weakness {
    /// The play passes with these faults.
    Survivors(Vec<String>),
    /// No fault of it breaks the clause.
    Unnoticed,
    /// There is no transcript of the play.
    NotRecorded,
    /// The play cannot be doubted, for this reason.
    NotDoubted(String),
}

impl Clause {
    /// Whether something claims it.
    pub fn is_claimed(&self) -> bool {
        !self.uses.is_empty()
    }

    /// Whether something claims it that is shown to be able to fail.
    pub fn is_covered(&self) -> bool {
        self.uses.iter().any(Use::is_shown)
    }
}

impl Use {
    /// Whether it is shown to be able to fail.
    pub fn is_shown(&self) -> bool {
        match self.shown {
            Shown::ByDoubt | Shown::ByServer(_) => true,
            Shown::Not(_) => false,
        }
    }
}

impl Document {
    /// The clauses that are about servers.
    pub fn of_server(&self) -> impl Iterator<Item = &Clause> {
        self.clauses
            .iter()
            .filter(|clause| clause.entry.subject.is_server())
    }
}
