//! An index made anew of what a copy of its document says, with all that was decided before, and what has changed.

use compact_str::CompactString;

use super::entry::Entry;
use super::extract::{Extract, Sentence, is_alike};
use super::index::Index;

/// An index of today, and how it differs from that of yesterday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Update {
    /// The index.
    pub index: Index,
    /// What has changed, in the order of the document; what is gone comes last.
    pub changes: Vec<Change>,
}

/// What has changed about a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It was not there.
    New(Entry),
    /// It stood in another section.
    Moved {
        /// Its entry now.
        entry: Entry,
        /// The section that it stood in.
        from: CompactString,
    },
    /// It stands where another one did, whose decisions it has: it is likely to be that one, changed.
    Changed {
        /// Its entry now.
        entry: Entry,
        /// The fingerprint of the one that was there.
        was: CompactString,
    },
    /// It is not there any more, and nothing stands in its place.
    Gone(Entry),
}

/// Makes an index of a copy. What was decided about a sentence that is still there stays.
pub fn update(old: &Index, copy: &Extract) -> Update {
    let matches = Matches::new(&old.entries, &copy.sentences);
    let mut changes = Vec::new();
    let mut entries = Vec::new();
    for (sentence, origin) in copy.sentences.iter().zip(&matches.origins) {
        let entry = entry(sentence, *origin);
        changes.extend(change(&entry, *origin));
        entries.push(entry);
    }
    changes.extend(matches.gone().cloned().map(Change::Gone));
    let index = Index {
        document: copy.document,
        entries,
        comments: old.comments.clone(),
    };
    Update { index, changes }
}

/// Where the entry of a sentence comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin<'a> {
    Nowhere,
    /// It was there before.
    Same(&'a Entry),
    /// Another sentence was there before.
    Place(&'a Entry),
}

fn entry(sentence: &Sentence, origin: Origin<'_>) -> Entry {
    let by_rule = Entry {
        fingerprint: sentence.fingerprint.as_str().into(),
        section: sentence.section.as_str().into(),
        level: sentence.level,
        subject: sentence.subject,
        testable: sentence.testable,
        reason: sentence.reason.into(),
        words: String::new(),
        note: String::new(),
    };
    let (fingerprint, section) = (by_rule.fingerprint.clone(), by_rule.section.clone());
    match origin {
        Origin::Nowhere => by_rule,
        Origin::Same(old) => Entry {
            fingerprint,
            section,
            ..old.clone()
        },
        Origin::Place(old) => Entry {
            fingerprint,
            section,
            level: by_rule.level,
            note: noted(old),
            ..old.clone()
        },
    }
}

/// The remark that decisions were made about another sentence.
fn noted(old: &Entry) -> String {
    let remark = format!("was {}: see whether all this still holds", old.fingerprint);
    match old.note.as_str() {
        "" => remark,
        note => format!("{note}; {remark}"),
    }
}

fn change(entry: &Entry, origin: Origin<'_>) -> Option<Change> {
    let entry = entry.clone();
    match origin {
        Origin::Nowhere => Some(Change::New(entry)),
        Origin::Same(old) if old.section == entry.section => None,
        Origin::Same(old) => Some(Change::Moved {
            entry,
            from: old.section.clone(),
        }),
        Origin::Place(old) => Some(Change::Changed {
            entry,
            was: old.fingerprint.clone(),
        }),
    }
}

/// Which entry of the old index each sentence has, and which entries none has.
struct Matches<'a> {
    old: &'a [Entry],
    is_taken: Vec<bool>,
    origins: Vec<Origin<'a>>,
    /// Where in the old index the entry of each sentence is.
    places: Vec<Option<usize>>,
}

impl<'a> Matches<'a> {
    fn new(old: &'a [Entry], sentences: &[Sentence]) -> Self {
        let mut matches = Self {
            old,
            is_taken: vec![false; old.len()],
            origins: vec![Origin::Nowhere; sentences.len()],
            places: vec![None; sentences.len()],
        };
        matches.take_same(sentences, |sentence, entry| {
            sentence.section == entry.section
        });
        matches.take_same(sentences, |_, _| true);
        matches.take_places(sentences);
        matches
    }

    /// Sentences that were there before, in a section of which this holds.
    fn take_same(&mut self, sentences: &[Sentence], holds: impl Fn(&Sentence, &Entry) -> bool) {
        for (at, sentence) in sentences.iter().enumerate() {
            let is_it = |place: &usize| {
                let entry = &self.old[*place];
                let is_free = !self.is_taken[*place] && self.places[at].is_none();
                is_free
                    && holds(sentence, entry)
                    && is_alike(&sentence.fingerprint, &entry.fingerprint)
            };
            if let Some(place) = (0..self.old.len()).find(is_it) {
                self.origins[at] = Origin::Same(&self.old[place]);
                self.take(at, place);
            }
        }
    }

    /// As many new sentences as are gone between two that are still there are those, changed, if their sections are.
    fn take_places(&mut self, sentences: &[Sentence]) {
        let mut at = 0;
        while at < sentences.len() {
            let end = (at..sentences.len()).find(|at| self.places[*at].is_some());
            let end = end.unwrap_or(sentences.len());
            let gone = self.gone_between(at, end);
            let is_paired = gone.len() == end - at
                && gone
                    .iter()
                    .zip(at..end)
                    .all(|(place, at)| self.old[*place].section == sentences[at].section);
            for (place, at) in gone.into_iter().zip(at..end).filter(|_| is_paired) {
                self.origins[at] = Origin::Place(&self.old[place]);
                self.take(at, place);
            }
            at = end + 1;
        }
    }

    /// The old entries that no sentence has, between those of the sentences around this part.
    fn gone_between(&self, at: usize, end: usize) -> Vec<usize> {
        let before = at.checked_sub(1).and_then(|at| self.places[at]);
        let first = before.map_or(0, |place| place + 1);
        let after = self.places.get(end).copied().flatten();
        let places = first..after.unwrap_or(self.old.len());
        places.filter(|place| !self.is_taken[*place]).collect()
    }

    fn take(&mut self, at: usize, place: usize) {
        self.is_taken[place] = true;
        self.places[at] = Some(place);
    }

    fn gone(&self) -> impl Iterator<Item = &'a Entry> {
        let pairs = self.old.iter().zip(&self.is_taken);
        pairs
            .filter(|(_, is_taken)| !**is_taken)
            .map(|(entry, _)| entry)
    }
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Level, Subject, Testable};
    use super::*;
    use crate::script::DocumentId;

    fn copy(sentences: &[(&str, &str)]) -> Extract {
        let sentences = sentences.iter().map(|(section, fingerprint)| Sentence {
            fingerprint: (*fingerprint).to_owned(),
            section: (*section).to_owned(),
            level: Level::Must,
            subject: Subject::Server,
            testable: Testable::Outside,
            reason: "",
            text: String::new(),
        });
        Extract {
            document: DocumentId::Xep(999),
            sentences: sentences.collect(),
        }
    }

    /// An index with decisions.
    fn decided(sentences: &[(&str, &str)]) -> Index {
        let mut index = update(&Index::empty(DocumentId::Xep(999)), &copy(sentences)).index;
        for entry in &mut index.entries {
            entry.level = Level::Should;
            entry.words = format!("words of {}", entry.fingerprint);
        }
        index
    }

    fn told(update: &Update) -> Vec<String> {
        let changes = update.changes.iter().map(|change| match change {
            Change::New(entry) => format!("new {}", entry.fingerprint),
            Change::Moved { entry, from } => format!("moved {} from {from}", entry.fingerprint),
            Change::Changed { entry, was } => format!("changed {} was {was}", entry.fingerprint),
            Change::Gone(entry) => format!("gone {}", entry.fingerprint),
        });
        changes.collect()
    }

    #[test]
    fn what_was_decided_stays_even_if_the_sentence_moves() {
        let index = decided(&[("1", "aaaa"), ("1", "bbbb"), ("2", "cccc")]);
        let same = update(
            &index,
            &copy(&[("1", "aaaa"), ("1", "bbbb"), ("2", "cccc")]),
        );
        assert_eq!((told(&same), &same.index), (vec![], &index));
        let moved = update(
            &index,
            &copy(&[("1", "bbbb"), ("2", "cccc"), ("3", "aaaa1")]),
        );
        assert_eq!(told(&moved), ["moved aaaa1 from 1"]);
        let entry = &moved.index.entries[2];
        assert_eq!(
            (entry.level, entry.words.as_str()),
            (Level::Should, "words of aaaa")
        );
        assert_eq!(
            (entry.section.as_str(), entry.fingerprint.as_str()),
            ("3", "aaaa1")
        );
    }

    #[test]
    fn one_in_the_place_of_another_has_its_decisions_with_a_note() {
        let index = decided(&[("1", "aaaa"), ("1", "bbbb"), ("1", "cccc"), ("2", "dddd")]);
        let changed = update(
            &index,
            &copy(&[("1", "aaaa"), ("1", "eeee"), ("1", "cccc"), ("2", "dddd")]),
        );
        assert_eq!(told(&changed), ["changed eeee was bbbb"]);
        let entry = &changed.index.entries[1];
        assert_eq!(
            (entry.level, entry.words.as_str()),
            (Level::Must, "words of bbbb")
        );
        assert_eq!(entry.note, "was bbbb: see whether all this still holds");
    }

    #[test]
    fn what_has_no_counterpart_is_new_or_gone() {
        let index = decided(&[("1", "aaaa"), ("1", "bbbb"), ("2", "dddd")]);
        let other = update(
            &index,
            &copy(&[("1", "aaaa"), ("1", "eeee"), ("1", "ffff"), ("2", "dddd")]),
        );
        assert_eq!(told(&other), ["new eeee", "new ffff", "gone bbbb"]);
        let elsewhere = update(
            &index,
            &copy(&[("1", "aaaa"), ("2", "eeee"), ("2", "dddd")]),
        );
        assert_eq!(told(&elsewhere), ["new eeee", "gone bbbb"]);
        assert_eq!(elsewhere.index.entries[1].words, "");
    }
}
