//! The ledger put together: of indexes first, then of plays, then of servers.

use std::collections::{BTreeMap, HashMap};

use super::claimed::{ClaimedClause, Place};
use super::model::{Clause, Document, Ledger, Shown, Use, Weakness};
use crate::case::CaseId;
use crate::claims::Claim;
use crate::clauses::{self, Entry, Index};
use crate::doubt::{Doubted, Tried};
use crate::paths::ByTail;
use crate::script::DocumentId;
use crate::verdict::Verdict;

/// What doubt found of a play, or why there is nothing.
#[derive(Debug)]
pub enum Found {
    /// What it found.
    Doubted(Doubted),
    /// It was not asked, for this reason.
    Not(Weakness),
}

/// What a report says of a server.
#[derive(Debug, Clone)]
pub struct Server {
    /// What it is called.
    pub title: String,
    /// What came of each clause that a script of the report claims.
    pub results: Vec<Result>,
}

/// What came of a clause in a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Result {
    /// The script, with the row of its table.
    pub case: CaseId,
    /// Where in it; none if it is claimed in another script that prepares this one.
    pub place: Option<Place>,
    /// The document.
    pub document: DocumentId,
    /// The section.
    pub section: String,
    /// The beginning of the hash of the sentence.
    pub fingerprint: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// A ledger that is being made.
#[derive(Debug, Default)]
pub struct Builder {
    indexes: BTreeMap<DocumentId, Indexed>,
    unindexed: BTreeMap<DocumentId, usize>,
    servers: Vec<String>,
    /// Where servers broke clauses, by the paths of scripts.
    broken: ByTail<Broken>,
}

/// An index, and its clauses in the same order.
#[derive(Debug)]
struct Indexed {
    index: Index,
    places: HashMap<(String, String), usize>,
    clauses: Vec<Clause>,
}

/// A clause that a server broke.
#[derive(Debug)]
struct Broken {
    row: Option<String>,
    place: Place,
    clause: (DocumentId, usize),
    server: usize,
}

impl Builder {
    /// Adds what an index lists, and is not there yet, with its sentences where these are at hand.
    pub fn add_index(&mut self, index: &Index, sentences: &[Option<String>]) {
        let known = self.indexes.entry(index.document);
        let known = known.or_insert_with(|| Indexed::empty(index.document));
        for (at, entry) in index.entries.iter().enumerate() {
            known.add(entry, sentences.get(at).cloned().flatten());
        }
    }

    /// Adds what a play claims.
    pub fn add_play(&mut self, case: &CaseId, claimed: &[ClaimedClause], found: &Found) {
        for claim in claimed {
            let place = self.place(claim.document, &claim.section, &claim.fingerprint);
            let Some(clause) = place.and_then(|place| self.clause(place)) else {
                *self.unindexed.entry(claim.document).or_default() += 1;
                continue;
            };
            if clause.words.is_empty() {
                clause.words.clone_from(&claim.words);
            }
            clause.uses.push(Use {
                case: case.clone(),
                place: claim.place,
                shown: shown(claim, found),
            });
        }
    }

    /// Adds what a report says of a server.
    pub fn add_server(&mut self, server: &Server) {
        let number = self.servers.len();
        self.servers.push(server.title.clone());
        for result in &server.results {
            let clause = self.place(result.document, &result.section, &result.fingerprint);
            if let Some(clause) = clause {
                self.add_verdict(number, clause, result.verdict);
                self.add_broken(number, clause, result);
            }
        }
    }

    /// The ledger.
    pub fn finish(mut self) -> Ledger {
        let servers = std::mem::take(&mut self.servers);
        let documents = self.indexes.into_iter().map(|(id, indexed)| {
            let mut clauses = indexed.clauses;
            for (at, clause) in clauses.iter_mut().enumerate() {
                clause.verdicts.resize(servers.len(), None);
                show_by_servers(clause, (id, at), &self.broken, &servers);
            }
            Document { id, clauses }
        });
        Ledger {
            documents: documents.collect(),
            unindexed: self.unindexed,
            servers,
        }
    }

    /// Where the clause is that is meant.
    fn place(
        &self,
        document: DocumentId,
        section: &str,
        print: &str,
    ) -> Option<(DocumentId, usize)> {
        let place = self.indexes.get(&document)?.place(section, print)?;
        Some((document, place))
    }

    fn clause(&mut self, (document, place): (DocumentId, usize)) -> Option<&mut Clause> {
        self.indexes.get_mut(&document)?.clauses.get_mut(place)
    }

    fn add_verdict(&mut self, server: usize, clause: (DocumentId, usize), verdict: Verdict) {
        if let Some(clause) = self.clause(clause) {
            clause.verdicts.resize(server + 1, None);
            let known = clause.verdicts[server];
            clause.verdicts[server] = Some(known.map_or(verdict, |known| known.telling(verdict)));
        }
    }

    fn add_broken(&mut self, server: usize, clause: (DocumentId, usize), result: &Result) {
        let is_broken = matches!(result.verdict, Verdict::Failed | Verdict::Deviated);
        if let (true, Some(place)) = (is_broken, result.place) {
            let row = result.case.row();
            let broken = Broken {
                row,
                place,
                clause,
                server,
            };
            self.broken.insert(result.case.path(), broken);
        }
    }
}

/// Where doubt has not shown it, a server may have.
fn show_by_servers(
    clause: &mut Clause,
    place: (DocumentId, usize),
    broken: &ByTail<Broken>,
    servers: &[String],
) {
    for used in clause.uses.iter_mut().filter(|used| !used.is_shown()) {
        let row = used.case.row();
        let mut known = broken.find(used.case.path());
        let found = known.find(|broken| {
            broken.clause == place && broken.place == used.place && broken.row == row
        });
        if let Some(found) = found {
            used.shown = Shown::ByServer(servers[found.server].clone());
        }
    }
}

/// Whether doubt shows that a clause can be broken where it is claimed: at the steps of a line all together, or at one
/// step of a script.
fn shown(claim: &ClaimedClause, found: &Found) -> Shown {
    let doubted = match found {
        Found::Doubted(doubted) => doubted,
        Found::Not(weakness) => return Shown::Not(weakness.clone()),
    };
    let is_it = |own: &Claim| own.is_of(claim.document, &claim.section, &claim.fingerprint);
    let is_shown = |step: &usize| doubted.shows(*step, is_it);
    let survivors = survivors(claim, doubted);
    match claim.place {
        Place::Script if claim.steps.iter().any(is_shown) => Shown::ByDoubt,
        Place::Line(_) if survivors.is_empty() && claim.steps.iter().any(is_shown) => {
            Shown::ByDoubt
        }
        Place::Script | Place::Line(_) if survivors.is_empty() => Shown::Not(Weakness::Unnoticed),
        Place::Script | Place::Line(_) => Shown::Not(Weakness::Survivors(survivors)),
    }
}

/// The faults that the steps of a claim let pass.
fn survivors(claim: &ClaimedClause, doubted: &Doubted) -> Vec<String> {
    let is_of = |tried: &&Tried| claim.steps.contains(&tried.fault.step);
    let survivors = doubted.survivors().filter(is_of);
    survivors.map(|tried| tried.fault.to_string()).collect()
}

impl Indexed {
    fn empty(document: DocumentId) -> Self {
        Self {
            index: Index::empty(document),
            places: HashMap::new(),
            clauses: Vec::new(),
        }
    }

    fn add(&mut self, entry: &Entry, sentence: Option<String>) {
        let key = (
            entry.section.to_string(),
            entry.fingerprint.as_str().to_ascii_lowercase(),
        );
        if self.places.contains_key(&key) {
            return;
        }
        self.places.insert(key, self.clauses.len());
        self.index.entries.push(entry.clone());
        self.clauses.push(Clause {
            words: entry.words.clone(),
            sentence,
            entry: entry.clone(),
            uses: Vec::new(),
            verdicts: Vec::new(),
        });
    }

    /// Where the clause is. A fingerprint of a script may be shorter or longer than that of the index.
    fn place(&self, section: &str, print: &str) -> Option<usize> {
        let key = (section.to_owned(), print.to_ascii_lowercase());
        if let Some(place) = self.places.get(&key) {
            return Some(*place);
        }
        match self.index.find(&key.0, &key.1) {
            clauses::Found::Entry(entry) => {
                let own = (
                    entry.section.to_string(),
                    entry.fingerprint.as_str().to_ascii_lowercase(),
                );
                self.places.get(&own).copied()
            }
            clauses::Found::Unknown
            | clauses::Found::WrongSection(_)
            | clauses::Found::Ambiguous(_) => None,
        }
    }
}
