//! The index of a document, which is a table: a line for each normative sentence, its columns parted by tabs. Where the
//! text comes from is not known here.

use std::fmt;

use memchr::memchr_iter;
use thiserror::Error;

use super::entry::{Entry, Testable};
use crate::script::DocumentId;

/// The first line of an index, which names the columns.
const COLUMNS: &str = "fingerprint\tsection\tlevel\tsubject\ttested\twords\tnote";

/// How many hexadecimal digits a fingerprint has at least.
pub(super) const SHORTEST: usize = 4;

/// The normative sentences of a document, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Index {
    /// Which document it is about.
    pub document: DocumentId,
    /// Its sentences.
    pub entries: Vec<Entry>,
    /// The comments in the file, which stand at its top when it is written again.
    pub comments: Vec<String>,
}

/// What an index has for a section and a fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found<'a> {
    /// The sentence.
    Entry(&'a Entry),
    /// No sentence has this fingerprint.
    Unknown,
    /// A sentence has it, but stands in another section.
    WrongSection(&'a Entry),
    /// Several sentences of this section have a fingerprint that begins so; this is the first of them.
    Ambiguous(&'a Entry),
}

/// A line that is not one of an index.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{wrong}")]
pub struct BadLine {
    /// Its number, counted from 1.
    pub line: usize,
    wrong: Wrong,
}

#[derive(Debug, Clone, PartialEq, Eq, Error)]
enum Wrong {
    #[error("a fingerprint has four hexadecimal digits or more, which `{0}` has not")]
    Fingerprint(String),
    #[error("the section is missing; the columns are parted by tabs")]
    Section,
    #[error("the level is MUST, SHOULD or MAY, and not `{0}`")]
    Level(String),
    #[error("the subject is server, client or both, and not `{0}`")]
    Subject(String),
    #[error("how it is tested is outside, s2s, restart or never, with `: ` and why, and not `{0}`")]
    Tested(String),
}

impl Index {
    /// An index without sentences.
    pub fn empty(document: DocumentId) -> Self {
        Self {
            document,
            entries: Vec::new(),
            comments: Vec::new(),
        }
    }

    /// Reads the index of a document.
    ///
    /// # Errors
    ///
    /// When a line is not one of an index.
    pub fn read(document: DocumentId, text: &str) -> Result<Self, BadLine> {
        let mut index = Self::empty(document);
        index
            .entries
            .reserve(memchr_iter(b'\n', text.as_bytes()).count());
        for (number, line) in text.lines().enumerate() {
            if line.starts_with('#') {
                index.comments.push(line.to_owned());
            } else if !line.trim().is_empty() && !line.starts_with("fingerprint\t") {
                let entry = entry(line).map_err(|wrong| BadLine {
                    line: number + 1,
                    wrong,
                })?;
                index.entries.push(entry);
            }
        }
        Ok(index)
    }

    /// What it has for a section and a fingerprint. Of both the fingerprint of a script and that of the index may be
    /// the longer one.
    pub fn find(&self, section: &str, fingerprint: &str) -> Found<'_> {
        let section = section.trim_end_matches('.');
        let alike: Vec<&Entry> = self.alike(fingerprint).collect();
        let here: Vec<&Entry> = alike
            .iter()
            .copied()
            .filter(|entry| entry.section == section)
            .collect();
        let is_exact = |entry: &&&Entry| entry.fingerprint.eq_ignore_ascii_case(fingerprint);
        match (here.as_slice(), alike.first()) {
            ([entry], _) => Found::Entry(entry),
            ([first, ..], _) => match here.iter().find(is_exact) {
                Some(entry) => Found::Entry(entry),
                None => Found::Ambiguous(first),
            },
            ([], Some(entry)) => Found::WrongSection(entry),
            ([], None) => Found::Unknown,
        }
    }

    /// The sentences whose fingerprints begin as this one does, or the other way round.
    pub fn alike(&self, fingerprint: &str) -> impl Iterator<Item = &Entry> {
        let fingerprint = fingerprint.as_bytes().to_owned();
        let entries = self.entries.iter();
        entries.filter(move |entry| is_alike(entry.fingerprint.as_bytes(), &fingerprint))
    }

    /// The sentences of a section, without those of its subsections.
    pub fn in_section(&self, section: &str) -> impl Iterator<Item = &Entry> {
        let section = section.trim_end_matches('.').to_owned();
        let entries = self.entries.iter();
        entries.filter(move |entry| entry.section == section)
    }
}

/// Whether one of two fingerprints begins as the other one does, in upper or lower case.
fn is_alike(one: &[u8], other: &[u8]) -> bool {
    let both = one.len().min(other.len());
    one[..both].eq_ignore_ascii_case(&other[..both])
}

impl fmt::Display for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for comment in &self.comments {
            writeln!(f, "{comment}")?;
        }
        writeln!(f, "{COLUMNS}")?;
        let mut entries = self.entries.iter();
        entries.try_for_each(|entry| writeln!(f, "{}", line(entry)))
    }
}

/// The line of an entry. What is empty at its end is left out.
fn line(entry: &Entry) -> String {
    let columns = [
        &entry.fingerprint,
        &entry.section,
        entry.level.word(),
        entry.subject.word(),
        &entry.tested(),
        &entry.words,
        &entry.note,
    ];
    columns.join("\t").trim_end().to_owned()
}

fn entry(line: &str) -> Result<Entry, Wrong> {
    let [fingerprint, section, level, subject, tested, words, note] = columns(line);
    let is_hexadecimal = fingerprint.bytes().all(|digit| digit.is_ascii_hexdigit());
    if fingerprint.len() < SHORTEST || !is_hexadecimal {
        return Err(Wrong::Fingerprint(fingerprint.to_owned()));
    }
    if section.is_empty() {
        return Err(Wrong::Section);
    }
    let (testable, reason) = testable(tested).ok_or_else(|| Wrong::Tested(tested.to_owned()))?;
    Ok(Entry {
        fingerprint: fingerprint.into(),
        section: section.into(),
        level: level.parse().map_err(|_| Wrong::Level(level.to_owned()))?,
        subject: subject
            .parse()
            .map_err(|_| Wrong::Subject(subject.to_owned()))?,
        testable,
        reason: reason.into(),
        words: words.to_owned(),
        note: note.to_owned(),
    })
}

/// What stands in the columns of a line; the last one has all that is left.
fn columns(line: &str) -> [&str; 7] {
    let (mut columns, mut begin) = ([""; 7], 0);
    let ends = memchr_iter(b'\t', line.as_bytes())
        .take(6)
        .chain([line.len()]);
    for (column, end) in columns.iter_mut().zip(ends) {
        *column = line[begin..end].trim();
        begin = end + 1;
    }
    columns
}

/// `never: the client's part`, or a word alone.
fn testable(tested: &str) -> Option<(Testable, &str)> {
    let (word, reason) = tested.split_once(':').unwrap_or((tested, ""));
    Some((word.trim().parse().ok()?, reason.trim()))
}

#[cfg(test)]
mod tests {
    use super::super::entry::{Level, Subject};
    use super::*;

    const TEXT: &str = "# made by hand\nfingerprint\tsection\tlevel\tsubject\ttested\twords\n\n\
        7c3f\t10.5\tMUST\tserver\toutside\tthe last owner stays\n\
        91ab04\t8.2.3\tMAY\tclient\tnever: the client's part\n\
        91ab05\t8.2.3\tSHOULD\tboth\ts2s\t\tseen in 1.2\n\
        00aa\t8.2.3\tMUST\tserver\toutside\n\
        00aa\t8.2.4\tMUST\tserver\toutside\n";

    fn index(text: &str) -> Result<Index, BadLine> {
        Index::read(DocumentId::Xep(45), text)
    }

    #[test]
    fn an_index_is_written_as_it_is_read() {
        let index = index(TEXT).unwrap();
        assert_eq!(index.entries.len(), 5);
        let entry = &index.entries[1];
        assert_eq!((entry.level, entry.subject), (Level::May, Subject::Client));
        assert_eq!(
            (entry.testable, entry.reason.as_str()),
            (Testable::Never, "the client's part")
        );
        assert_eq!(index.entries[2].note, "seen in 1.2");
        let written = index.to_string();
        assert!(
            written.starts_with("# made by hand\nfingerprint\t"),
            "{written}"
        );
        assert_eq!(Index::read(DocumentId::Xep(45), &written).unwrap(), index);
    }

    #[test]
    fn a_sentence_is_found_by_its_section_and_fingerprint() {
        let index = index(TEXT).unwrap();
        let words = |section, fingerprint| match index.find(section, fingerprint) {
            Found::Entry(entry) => format!("{} {}", entry.section, entry.fingerprint),
            Found::Unknown => "unknown".to_owned(),
            Found::WrongSection(entry) => format!("in {}", entry.section),
            Found::Ambiguous(entry) => format!("such as {}", entry.fingerprint),
        };
        for (section, fingerprint, expected) in [
            ("10.5", "7C3F", "10.5 7c3f"),
            ("10.5.", "7c3f99", "10.5 7c3f"),
            ("10.5", "7c3e", "unknown"),
            ("10.6", "7c3f", "in 10.5"),
            ("8.2.3", "91ab", "such as 91ab04"),
            ("8.2.3", "91ab05", "8.2.3 91ab05"),
            ("8.2.4", "00aa", "8.2.4 00aa"),
        ] {
            assert_eq!(
                words(section, fingerprint),
                expected,
                "{section} {fingerprint}"
            );
        }
    }

    #[test]
    fn what_is_wrong_in_a_line_is_said_with_its_number() {
        for (line, wrong) in [
            (
                "7c3\t1\tMUST\tserver\toutside",
                "line 2: a fingerprint has four",
            ),
            ("7c3f 1 MUST", "line 2: a fingerprint has four"),
            ("7c3f\t\tMUST\tserver\toutside", "line 2: the section"),
            ("7c3f\t1\tOUGHT\tserver\toutside", "line 2: the level is"),
            ("7c3f\t1\tMUST\tus\toutside", "line 2: the subject is"),
            ("7c3f\t1\tMUST\tserver", "line 2: how it is tested"),
        ] {
            let error = index(&format!("\n{line}\n")).unwrap_err();
            let told = format!("line {}: {error}", error.line);
            assert!(told.starts_with(wrong), "{told}");
        }
    }
}
