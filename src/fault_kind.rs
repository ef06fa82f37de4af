//! The kinds of faults that a recording can be given: their words in scripts, options and reports, and what each does.
//!
//! It does not know how a fault is made.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// What is wrong in a recording that was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FaultKind {
    /// What a step took is not there.
    Missing,
    /// It comes twice.
    Twice,
    /// It goes to another actor as well.
    Elsewhere,
    /// An iq is an error instead of a result.
    ErrorForResult,
    /// An iq is a result instead of an error.
    ResultForError,
    /// An attribute that is expected has another value.
    Attribute,
    /// A text that is expected is another one.
    Text,
    /// A child that is expected is not there.
    Child,
    /// It comes from another JID.
    Sender,
    /// Two that are expected in this order come in the other one.
    Swapped,
    /// What must not come does.
    Forbidden,
    /// There is one more of what is counted.
    OneMore,
    /// There is one fewer of what is counted.
    OneFewer,
    /// A sibling is not as each of them has to be.
    Sibling,
    /// An attribute is there that must not be.
    Absent,
    /// A value is one of those that it must not be.
    Not,
    /// The stream goes on, or the login is let in.
    NoEnd,
    /// The error has another condition.
    Condition,
    /// Another alternative is what the server does.
    Alternative,
}

/// A word that names no kind of fault.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is no kind of fault; there are {kinds}", kinds = words())]
pub struct UnknownKind(pub String);

/// What is said of a kind.
struct Entry {
    word: &'static str,
    effect: &'static str,
}

const fn entry(word: &'static str, effect: &'static str) -> Entry {
    Entry { word, effect }
}

impl FaultKind {
    /// All of them; the last one stays the last.
    pub const ALL: [Self; Self::Alternative as usize + 1] = [
        Self::Missing,
        Self::Twice,
        Self::Elsewhere,
        Self::ErrorForResult,
        Self::ResultForError,
        Self::Attribute,
        Self::Text,
        Self::Child,
        Self::Sender,
        Self::Swapped,
        Self::Forbidden,
        Self::OneMore,
        Self::OneFewer,
        Self::Sibling,
        Self::Absent,
        Self::Not,
        Self::NoEnd,
        Self::Condition,
        Self::Alternative,
    ];

    /// How scripts, options and reports call it.
    pub fn word(self) -> &'static str {
        self.entry().word
    }

    /// What it does, in a few words.
    pub fn effect(self) -> &'static str {
        self.entry().effect
    }

    fn entry(self) -> Entry {
        match self {
            Self::Missing => entry("missing", "it does not come"),
            Self::Twice => entry("twice", "it comes twice"),
            Self::Elsewhere => entry("elsewhere", "it goes to another actor as well"),
            Self::ErrorForResult => entry("error-for-result", "it is an error, and no result"),
            Self::ResultForError => entry("result-for-error", "it is a result, and no error"),
            Self::Attribute => entry("attribute", "an attribute has another value"),
            Self::Text => entry("text", "a text is another one"),
            Self::Child => entry("child", "a child is not there"),
            Self::Sender => entry("sender", "it comes from another JID"),
            Self::Swapped => entry("swapped", "it comes before the one that it has to follow"),
            Self::Forbidden => entry("forbidden", "what must not come does"),
            Self::OneMore => entry("one-more", "there is one more than there may be"),
            Self::OneFewer => entry("one-fewer", "there is one fewer than there has to be"),
            Self::Sibling => entry("sibling", "a sibling is not as each has to be"),
            Self::Absent => entry("absent", "an attribute is there that must not be"),
            Self::Not => entry("not", "a value is one that it must not be"),
            Self::NoEnd => entry("no-end", "the server does not end it"),
            Self::Condition => entry("condition", "the error has another condition"),
            Self::Alternative => entry("alternative", "the server does what another one says"),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for FaultKind {
    type Err = UnknownKind;

    fn from_str(word: &str) -> Result<Self, UnknownKind> {
        let mut kinds = Self::ALL.into_iter();
        let kind = kinds.find(|kind| kind.word() == word);
        kind.ok_or_else(|| UnknownKind(word.to_owned()))
    }
}

/// The words of all kinds, for a message.
fn words() -> String {
    let words = FaultKind::ALL.map(FaultKind::word);
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_names_its_kind() {
        for kind in FaultKind::ALL {
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        let unknown = "twicee".parse::<FaultKind>().unwrap_err().to_string();
        assert!(unknown.starts_with("`twicee` is no kind of fault; there are missing, twice,"));
    }
}
