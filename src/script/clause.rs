//! What a step claims to test: a clause of a standard, by a comment `# § 10.5 [7c3f] in our own words` above it, or
//! `## § …` in the head for the whole script.
//!
//! To everything else such a comment is a comment. Which clauses there are is not known here.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What such a comment begins with.
const MARK: char = '§';

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
    #[error("the number of the document is missing, as in `rfc 6120`")]
    Document,
    /// There is no section.
    #[error("the section is missing, as in `§ 10.5 [7c3f]`")]
    Section,
    /// There is no fingerprint.
    #[error("the fingerprint is missing, four hexadecimal digits or more in brackets")]
    Fingerprint,
}

impl FromStr for Clause {
    type Err = NoClause;

    fn from_str(text: &str) -> Result<Self, NoClause> {
        let rest = text.trim().strip_prefix(MARK).ok_or(NoClause::Mark)?;
        let (document, rest) = document(rest)?;
        let (section, rest) = word(rest);
        let (fingerprint, words) = word(rest);
        let is_section = section.starts_with(|first: char| first.is_ascii_alphanumeric());
        if !is_section {
            return Err(NoClause::Section);
        }
        Ok(Self {
            document,
            section: section.to_owned(),
            fingerprint: bracketed(fingerprint).ok_or(NoClause::Fingerprint)?,
            words: words.to_owned(),
        })
    }
}

/// The document that a text begins with, if it names one, and the rest.
fn document(text: &str) -> Result<(Option<DocumentId>, &str), NoClause> {
    let (kind, rest) = word(text);
    let made = match kind {
        "rfc" => DocumentId::Rfc,
        "xep" => DocumentId::Xep,
        _ => return Ok((None, text)),
    };
    let (number, rest) = word(rest);
    let number = number.parse().map_err(|_| NoClause::Document)?;
    Ok((Some(made(number)), rest))
}

/// The first word of a text, and what follows it.
fn word(text: &str) -> (&str, &str) {
    let text = text.trim_start();
    let (word, rest) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    (word, rest.trim_start())
}

fn bracketed(word: &str) -> Option<String> {
    let digits = word.strip_prefix('[')?.strip_suffix(']')?;
    let is_one = digits.len() >= SHORTEST && digits.chars().all(|c| c.is_ascii_hexdigit());
    is_one.then(|| digits.to_owned())
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
    fn what_is_no_clause_says_what_it_lacks() {
        for (text, missing) in [
            ("10.5 [7c3f] x", NoClause::Mark),
            ("§ rfc [91ab] x", NoClause::Document),
            ("§", NoClause::Section),
            ("§ [7c3f] x", NoClause::Section),
            ("§ 10.5", NoClause::Fingerprint),
            ("§ 10.5 7c3f", NoClause::Fingerprint),
            ("§ 10.5 [7c3] x", NoClause::Fingerprint),
            ("§ 10.5 [7c3g] x", NoClause::Fingerprint),
        ] {
            assert_eq!(clause(text), Err(missing), "{text}");
        }
    }

    #[test]
    fn steps_and_scripts_claim_clauses_by_comments() {
        let script = sound(
            "# Title\n## xep: 0045\n## § 7.2 [1234] all of it: this\n[Client] A\n\tjid: a@b\n\tpassword: c\n---\n\
             # § 10.5 [7c3f] the last owner\n# a comment\n# § rfc 6120 8.2.3 [91ab]\nA connects\nA disconnects\n",
        )
        .script;
        let said = |clauses: Vec<Clause>| {
            let texts = clauses.iter().map(Clause::to_string);
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
