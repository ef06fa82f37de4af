//! What a step claims to test: a clause of a standard, by a comment `# § 10.5 [7c3f] in our own words` above it, or
//! `## § …` in the head for the whole script.
//!
//! To everything else such a comment is a comment. Which clauses there are is not known here.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What such a comment begins with.
pub(super) const MARK: char = '§';

/// How many hexadecimal digits a fingerprint has at least.
const SHORTEST: usize = 4;

/// A clause that a script claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// The document; none for the one that the script is about.
    pub document: Option<DocumentId>,
    /// The section, such as `8.2.3` or `A.6`.
    pub section: String,
    /// The beginning of the hash of the sentence, in hexadecimal digits.
    pub fingerprint: String,
    /// What it says, in the words of the script's author.
    pub words: String,
}

/// A document that has clauses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DocumentId {
    /// A Request for Comments of the IETF.
    Rfc(u32),
    /// An XMPP Extension Protocol.
    Xep(u32),
}

/// Why a text is no clause.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NoClause {
    /// It does not begin with `§`.
    #[error("a clause begins with `§`")]
    Mark,
    /// A document is named without its number.
    #[error("the number of the document is missing")]
    Document,
    /// There is no section.
    #[error("the section is missing")]
    Section,
    /// There is no fingerprint.
    #[error("the fingerprint is missing")]
    Fingerprint,
    /// What stands in its brackets is none.
    #[error("what stands in brackets is no fingerprint")]
    Digits,
}

impl FromStr for Clause {
    type Err = NoClause;

    fn from_str(text: &str) -> Result<Self, NoClause> {
        let rest = text.trim().strip_prefix(MARK).ok_or(NoClause::Mark)?;
        let (document, rest) = document(rest)?;
        let (section, rest) = word(rest);
        let (fingerprint, words) = word(rest);
        Ok(Self {
            document,
            section: numbered(section).ok_or(NoClause::Section)?.to_owned(),
            fingerprint: bracketed(fingerprint)?,
            words: words.to_owned(),
        })
    }
}

impl DocumentId {
    /// What it is called in texts: `RFC 6120`, `XEP-0045`.
    pub fn title(self) -> String {
        match self {
            Self::Rfc(number) => format!("RFC {number}"),
            Self::Xep(number) => format!("XEP-{number:04}"),
        }
    }

    /// The document that a user or the name of a file means: `xep0045`, `XEP-0045`, `xep 45`, `RFC 6120`.
    pub fn named(text: &str) -> Option<Self> {
        let (made, number) = kind(text.trim())?;
        numeral(number.trim_start_matches([' ', '-', '_'])).map(made)
    }

    /// The document that a tag is about, `## xep: 0045 §8.2`: it may have a section behind the number.
    pub(super) fn of_tag(key: &str, value: &str) -> Option<Self> {
        let made = kind(key)?.0;
        let end = value.find(|digit: char| !digit.is_ascii_digit());
        numeral(&value[..end.unwrap_or(value.len())]).map(made)
    }
}

/// Makes a document of its number.
type Made = fn(u32) -> DocumentId;

/// What a word says of a document: its kind, and perhaps its number.
fn kind(word: &str) -> Option<(Made, &str)> {
    let (kind, number) = word.split_at_checked(3)?;
    let made = match kind.to_ascii_lowercase().as_str() {
        "rfc" => DocumentId::Rfc,
        "xep" => DocumentId::Xep,
        _ => return None,
    };
    Some((made, number.strip_prefix('-').unwrap_or(number)))
}

/// The number of a document: digits, and nothing else.
fn numeral(digits: &str) -> Option<u32> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().ok()).flatten()
}

/// The document that a text begins with, if it names one, and the rest: `rfc 6120`, `XEP-0045`, `xep0045`.
fn document(text: &str) -> Result<(Option<DocumentId>, &str), NoClause> {
    let (first, rest) = word(text);
    let Some((made, number)) = kind(first) else {
        return Ok((None, text));
    };
    let (number, rest) = match number {
        "" => word(rest),
        number => (number, rest),
    };
    let number = numeral(number).ok_or(NoClause::Document)?;
    Ok((Some(made(number)), rest))
}

/// A section without a dot at its end, if it is one: numbers with dots between them, of which the first may be a letter.
fn numbered(word: &str) -> Option<&str> {
    let section = word.strip_suffix('.').unwrap_or(word);
    let (first, rest) = section.split_once('.').unwrap_or((section, "0"));
    let is_number =
        |part: &str| !part.is_empty() && part.bytes().all(|digit| digit.is_ascii_digit());
    let is_letter = first.len() == 1 && first.starts_with(|one: char| one.is_ascii_alphabetic());
    ((is_letter || is_number(first)) && rest.split('.').all(is_number)).then_some(section)
}

/// Whether a comment claims a clause, be it well written or not.
pub(super) fn is_claim(comment: &str) -> bool {
    comment.starts_with(MARK)
}

/// Whether nothing is left of a clause when the cells of a row are filled in.
pub(super) fn is_left_empty(text: &str) -> bool {
    let text = text.trim_start_matches(MARK).trim();
    text.is_empty() || text.contains("[]")
}

/// The first word of a text, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn bracketed(word: &str) -> Result<String, NoClause> {
    let inside = word.strip_prefix('[');
    let inside = inside.and_then(|word| word.strip_suffix(']'));
    let digits = inside.ok_or(NoClause::Fingerprint)?;
    let is_one = digits.len() >= SHORTEST && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_one.then(|| digits.to_owned()).ok_or(NoClause::Digits)
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("§ ")?;
        if let Some(document) = self.document {
            write!(f, "{document} ")?;
        }
        write!(f, "{} [{}]", self.section, self.fingerprint)?;
        match self.words.as_str() {
            "" => Ok(()),
            words => write!(f, " {words}"),
        }
    }
}

impl fmt::Display for DocumentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rfc(number) => write!(f, "rfc {number}"),
            Self::Xep(number) => write!(f, "xep {number:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::testing::sound;
    use crate::source::Spanned;

    fn clause(text: &str) -> Result<Clause, NoClause> {
        text.parse()
    }

    #[test]
    fn a_clause_is_written_as_it_is_read() {
        for text in [
            "§ 10.5 [7c3f] the last owner cannot be taken away",
            "§ 10.5 [7c3f]",
            "§ rfc 6120 8.2.3 [91ab04] an answer: it comes",
            "§ xep 0045 A.6 [0000] x",
        ] {
            assert_eq!(clause(text).unwrap().to_string(), text);
        }
        let loose = clause("§xep 45  10.5  [7C3F]  two  words ").unwrap();
        assert_eq!(loose.document, Some(DocumentId::Xep(45)));
        assert_eq!(loose.to_string(), "§ xep 0045 10.5 [7C3F] two  words");
    }

    #[test]
    fn documents_are_found_by_their_names() {
        for text in ["xep0045", "XEP-0045", "xep 45", " Xep_0045 "] {
            assert_eq!(DocumentId::named(text), Some(DocumentId::Xep(45)), "{text}");
        }
        for text in ["rfc6120", "RFC 6120"] {
            assert_eq!(
                DocumentId::named(text),
                Some(DocumentId::Rfc(6120)),
                "{text}"
            );
        }
        for text in [
            "6120",
            "xep",
            "xep-",
            "xep-x",
            "rfc 61 20",
            "jep 45",
            "é",
            "xep99999999999",
        ] {
            assert_eq!(DocumentId::named(text), None, "{text}");
        }
    }

    #[test]
    fn documents_are_called_in_several_ways() {
        for (text, document) in [
            ("RFC 6120", DocumentId::Rfc(6120)),
            ("rfc6120", DocumentId::Rfc(6120)),
            ("XEP-0045", DocumentId::Xep(45)),
            ("xep0045", DocumentId::Xep(45)),
            ("Xep 45", DocumentId::Xep(45)),
        ] {
            let read = clause(&format!("§ {text} 10.5. [7c3f]")).unwrap();
            assert_eq!(read.document, Some(document), "{text}");
            assert_eq!(read.section, "10.5");
        }
        let titles = [DocumentId::Rfc(6120), DocumentId::Xep(45)].map(DocumentId::title);
        assert_eq!(titles, ["RFC 6120", "XEP-0045"]);
    }

    #[test]
    fn a_tag_says_which_document_a_script_is_about() {
        let of = DocumentId::of_tag;
        assert_eq!(of("xep", "0045 §8.2"), Some(DocumentId::Xep(45)));
        assert_eq!(of("rfc", "6120"), Some(DocumentId::Rfc(6120)));
        for (key, value) in [("xep", "about rooms"), ("rfc", ""), ("slow", "1")] {
            assert_eq!(of(key, value), None);
        }
    }

    #[test]
    fn what_is_no_clause_says_what_it_lacks() {
        for (text, missing) in [
            ("10.5 [7c3f] x", NoClause::Mark),
            ("§ rfc [91ab] x", NoClause::Document),
            ("§ xepx 10.5 [91ab] x", NoClause::Document),
            ("§", NoClause::Section),
            ("§ all of it [7c3f]", NoClause::Section),
            ("§ 10..5 [7c3f]", NoClause::Section),
            ("§ [7c3f] x", NoClause::Section),
            ("§ 10.5", NoClause::Fingerprint),
            ("§ 10.5 7c3f", NoClause::Fingerprint),
            ("§ 10.5 [7c3] x", NoClause::Digits),
            ("§ 10.5 [7c3g] x", NoClause::Digits),
        ] {
            assert_eq!(clause(text), Err(missing), "{text}");
        }
    }

    #[test]
    fn steps_and_scripts_claim_clauses_by_comments() {
        let script = sound(
            "# Title\n## xep: 0045\n## § 7.2 [1234] all of it: this\n[Client] A\n\tjid: a@b\n\tpassword: c\n---\n\
             # a comment\n# § 10.5 [7c3f] the last owner\n# § rfc 6120 8.2.3 [91ab]\nA connects\nA disconnects\n",
        )
        .script;
        let said = |clauses: Vec<Spanned<Clause>>| {
            let texts = clauses.iter().map(|clause| clause.value.to_string());
            texts.collect::<Vec<_>>()
        };
        assert_eq!(
            said(script.head.clauses().collect()),
            ["§ 7.2 [1234] all of it: this"]
        );
        assert_eq!(
            said(script.story[0].clauses().collect()),
            ["§ 10.5 [7c3f] the last owner", "§ rfc 6120 8.2.3 [91ab]"]
        );
        assert_eq!(script.story[1].clauses().count(), 0);
    }
}
