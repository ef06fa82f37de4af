//! The normative sentences of a document, taken out of a copy of it: from its prose to sentences, their key words, and
//! what the rules say of them. What was decided before is not known here.

use std::collections::HashSet;

use super::block::{Block, BlockKind, Prose, Unsuitable};
use super::entry::{Level, Subject, Testable};
use super::keyword::{explains_keywords, strictest};
use super::sentence::sentences;
use super::subject::subject;
use super::testable::testable;
use super::{fingerprint, rfc, xep};
use crate::script::DocumentId;

/// The normative sentences of a copy of a document, in its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extract {
    /// Which document it is.
    pub document: DocumentId,
    /// Its sentences.
    pub sentences: Vec<Sentence>,
}

/// A normative sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// As much of its hash as tells it from the others of the document.
    pub fingerprint: String,
    /// The number of its section.
    pub section: String,
    /// How binding it is.
    pub level: Level,
    /// Who has to do it, by rule.
    pub subject: Subject,
    /// How it can be tested, by rule.
    pub testable: Testable,
    /// Why it cannot be tested from outside, by rule.
    pub reason: &'static str,
    /// The sentence; of an item of a list what leads to the list, and the item.
    pub text: String,
}

/// Takes the normative sentences out of a copy.
///
/// # Errors
///
/// When it is no document, or not all of it.
pub fn extract(copy: &str) -> Result<Extract, Unsuitable> {
    let prose = prose(copy)?;
    let mut gathered = Gathered::default();
    for block in prose.blocks {
        gathered.take(&block);
    }
    Ok(Extract {
        document: prose.document,
        sentences: gathered.sentences(),
    })
}

fn prose(copy: &str) -> Result<Prose, Unsuitable> {
    if let Some(document) = xep::number(copy) {
        return xep::prose(document, copy);
    }
    let document = rfc::number(copy).ok_or(Unsuitable::Unknown)?;
    rfc::prose(document, copy)
}

/// What has been found so far.
#[derive(Default)]
struct Gathered {
    found: Vec<Found>,
    /// The sentences that lists belong to which may follow, the outermost first.
    leads: Vec<Lead>,
}

struct Found {
    section: String,
    titles: String,
    text: String,
    /// Whether the items of a list have taken its place.
    is_continued: bool,
}

/// A sentence that ends in a colon.
struct Lead {
    depth: usize,
    /// The sentence, if it is normative.
    text: Option<String>,
    /// Where it is among those that were found.
    found: Option<usize>,
}

impl Gathered {
    fn take(&mut self, block: &Block) {
        self.leads.retain(|lead| lead.depth < block.depth);
        if block.kind == BlockKind::Figure || explains_keywords(&block.text) {
            return;
        }
        let all = sentences(&block.text);
        for (at, sentence) in all.iter().enumerate() {
            let is_last = at + 1 == all.len();
            let leads = block.kind == BlockKind::Item && at == 0;
            let text = match strictest(sentence) {
                Some(_) => Some((*sentence).to_owned()),
                None if leads => self.continued(sentence),
                None => None,
            };
            let found = text.clone().map(|text| self.add(block, text));
            if is_last && sentence.ends_with(':') {
                self.leads.push(Lead {
                    depth: block.depth,
                    text,
                    found,
                });
            }
        }
    }

    /// The sentence that an item without a key word of its own continues.
    fn continued(&mut self, item: &str) -> Option<String> {
        let lead = self.leads.last()?;
        let text = format!("{} {item}", lead.text.as_ref()?);
        if let Some(at) = lead.found {
            self.found[at].is_continued = true;
        }
        Some(text)
    }

    fn add(&mut self, block: &Block, text: String) -> usize {
        self.found.push(Found {
            section: block.section.clone(),
            titles: block.titles.clone(),
            text,
            is_continued: false,
        });
        self.found.len() - 1
    }

    /// All that are sentences by themselves, each once in its section.
    fn sentences(self) -> Vec<Sentence> {
        let mut seen = HashSet::new();
        let whole = self.found.into_iter().filter(|found| !found.is_continued);
        let hashed = whole.map(|found| (fingerprint::hash(&found.text), found));
        let once =
            hashed.filter(|(hash, found)| seen.insert((found.section.clone(), hash.clone())));
        let once: Vec<(String, Found)> = once.collect();
        let hashes: Vec<&str> = once.iter().map(|(hash, _)| hash.as_str()).collect();
        let fingerprints = fingerprint::fingerprints(&hashes);
        let pairs = fingerprints.into_iter().zip(&once);
        pairs
            .filter_map(|(fingerprint, (_, found))| sentence(fingerprint, found))
            .collect()
    }
}

fn sentence(fingerprint: String, found: &Found) -> Option<Sentence> {
    let keyword = strictest(&found.text)?;
    let subject = subject(&found.text, keyword, &found.titles);
    let (testable, reason) = testable(&found.text, subject, &found.titles);
    Some(Sentence {
        fingerprint,
        section: found.section.clone(),
        level: keyword.level,
        subject,
        testable,
        reason,
        text: found.text.clone(),
    })
}

impl Extract {
    /// The sentence of a section and a fingerprint; of another section, if it has moved there.
    pub fn sentence(&self, section: &str, fingerprint: &str) -> Option<&Sentence> {
        let alike = |sentence: &&Sentence| is_alike(&sentence.fingerprint, fingerprint);
        let mut here = self
            .sentences
            .iter()
            .filter(|sentence| sentence.section == section);
        here.find(alike)
            .or_else(|| self.sentences.iter().find(alike))
    }
}

/// Whether two fingerprints can be of the same sentence: one goes on where the other ends.
pub(super) fn is_alike(one: &str, other: &str) -> bool {
    let length = one.len().min(other.len());
    let begin = |text: &str| text.get(..length).map(str::to_ascii_lowercase);
    begin(one) == begin(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(body: &str) -> Vec<String> {
        let copy = format!("<xep><number>0999</number><section1 topic='A'>{body}</section1></xep>");
        let sentences = extract(&copy).unwrap().sentences.into_iter();
        sentences
            .map(|sentence| format!("{} {}", sentence.level, sentence.text))
            .collect()
    }

    #[test]
    fn only_sentences_with_key_words_are_taken() {
        let body = "<p>A lamp glows. It MUST glow. It MAY smell.</p><p>The key words MUST and MAY are those of RFC 2119.</p>";
        assert_eq!(told(body), ["MUST It MUST glow.", "MAY It MAY smell."]);
    }

    #[test]
    fn an_item_goes_on_a_sentence_before_its_list() {
        let list = "<ul><li>oil</li><li>a wick, which SHOULD be dry</li><li>fire:<ul><li>red</li></ul></li></ul>";
        assert_eq!(
            told(&format!("<p>A lamp MUST have:</p>{list}")),
            [
                "MUST A lamp MUST have: oil",
                "SHOULD a wick, which SHOULD be dry",
                "MUST A lamp MUST have: fire: red",
            ]
        );
        assert_eq!(
            told(&format!("<p>A lamp has:</p>{list}")),
            ["SHOULD a wick, which SHOULD be dry"]
        );
        let parted = format!("<p>A lamp MUST have:</p><example>oil</example>{list}");
        assert_eq!(
            told(&parted),
            [
                "MUST A lamp MUST have:",
                "SHOULD a wick, which SHOULD be dry"
            ]
        );
    }

    #[test]
    fn a_sentence_stands_once_in_its_section() {
        let body = "<p>It MUST glow.</p><p>It MUST glow!</p><section2 topic='B'><p>It MUST glow.</p></section2>";
        assert_eq!(told(body).len(), 2);
    }

    #[test]
    fn what_is_no_document_is_refused() {
        assert_eq!(extract("A lamp MUST glow."), Err(Unsuitable::Unknown));
    }
}
