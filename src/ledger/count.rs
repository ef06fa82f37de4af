//! How many clauses there are, how many are claimed, and how many are covered.

use super::model::{Clause, Document, Ledger};
use crate::clauses::{Level, Testable};

/// What is counted of some documents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Clauses of all levels.
    pub all: Count,
    /// Those that demand something: MUST.
    pub must: Count,
}

/// How many clauses there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Sentences, also those that are about clients alone.
    pub sentences: usize,
    /// Those that are about servers. All that follow are counted of these.
    pub server: usize,
    /// Those that can be tested from outside.
    pub testable: usize,
    /// Those that something claims.
    pub claimed: usize,
    /// Those that something claims that is shown to be able to fail.
    pub covered: usize,
}

impl Counts {
    /// Counts a document.
    pub fn of(document: &Document) -> Self {
        let mut counts = Self::default();
        for clause in &document.clauses {
            counts.all.add(clause);
            match clause.entry.level {
                Level::Must => counts.must.add(clause),
                Level::Should | Level::May => {}
            }
        }
        counts
    }

    /// Counts all documents.
    pub fn of_all(ledger: &Ledger) -> Self {
        let documents = ledger.documents.iter().map(Self::of);
        documents.fold(Self::default(), |sum, own| Self {
            all: sum.all.and(own.all),
            must: sum.must.and(own.must),
        })
    }
}

impl Count {
    /// What the numbers are of, in their order.
    pub const NAMES: [&'static str; 5] = ["sentences", "server", "testable", "claimed", "covered"];

    /// The numbers.
    pub fn numbers(self) -> [usize; 5] {
        [
            self.sentences,
            self.server,
            self.testable,
            self.claimed,
            self.covered,
        ]
    }

    fn add(&mut self, clause: &Clause) {
        let is_server = clause.entry.subject.is_server();
        let is_testable = clause.entry.testable == Testable::Outside;
        self.sentences += 1;
        self.server += usize::from(is_server);
        self.testable += usize::from(is_server && is_testable);
        self.claimed += usize::from(is_server && clause.is_claimed());
        self.covered += usize::from(is_server && clause.is_covered());
    }

    fn and(self, other: Self) -> Self {
        Self {
            sentences: self.sentences + other.sentences,
            server: self.server + other.server,
            testable: self.testable + other.testable,
            claimed: self.claimed + other.claimed,
            covered: self.covered + other.covered,
        }
    }
}
