//! One normative sentence of a document, as an index has it: which it is, and what was decided about it. The sentence
//! itself is not known here.

use std::fmt;
use std::str::FromStr;

use compact_str::CompactString;
use thiserror::Error;

/// How binding a sentence is; the strictest level is the greatest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// It is allowed: MAY, OPTIONAL.
    May,
    /// It is recommended: SHOULD, RECOMMENDED, and their opposites.
    Should,
    /// It is required: MUST, SHALL, REQUIRED, and their opposites.
    Must,
}

/// Who has to do what a sentence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The server, or a service.
    Server,
    /// The client alone.
    Client,
    /// Each of them.
    Both,
}

/// How it can be tested what a sentence says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Testable {
    /// By clients and components.
    Outside,
    /// Only by another server.
    S2s,
    /// Only by a server that is started again in between.
    Restart,
    /// Not at all.
    Never,
}

/// A word that is none of those that there are.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("it is one of {0}")]
pub struct UnknownWord(String);

/// A line of an index. A run reads many of them to look at few, so what is short stands in no memory of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The beginning of the sentence's hash: four hexadecimal digits, or more where sentences of the document share them.
    pub fingerprint: CompactString,
    /// The number of the section: `8.2.3`, `A.6`.
    pub section: CompactString,
    /// How binding it is.
    pub level: Level,
    /// Who has to do it.
    pub subject: Subject,
    /// How it can be tested.
    pub testable: Testable,
    /// Why it cannot be tested from outside; empty if it can, or if nothing is said about that.
    pub reason: CompactString,
    /// What it says, in our own words; empty as long as no script claims it.
    pub words: String,
    /// What else stands in its line: a remark for those who work on the index.
    pub note: String,
}

impl Level {
    /// All levels, the strictest first.
    pub const ALL: [Self; 3] = [Self::Must, Self::Should, Self::May];

    /// Its word, in an index and everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Must => "MUST",
            Self::Should => "SHOULD",
            Self::May => "MAY",
        }
    }
}

impl Subject {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Server, Self::Client, Self::Both];

    /// Its word, in an index and everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Server => "server",
            Self::Client => "client",
            Self::Both => "both",
        }
    }

    /// Whether a server has to do it, alone or like a client.
    pub fn is_server(self) -> bool {
        match self {
            Self::Server | Self::Both => true,
            Self::Client => false,
        }
    }
}

impl Testable {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Outside, Self::S2s, Self::Restart, Self::Never];

    /// Its word, in an index and everywhere.
    pub fn word(self) -> &'static str {
        match self {
            Self::Outside => "outside",
            Self::S2s => "s2s",
            Self::Restart => "restart",
            Self::Never => "never",
        }
    }
}

impl Entry {
    /// How it can be tested, with the reason if there is one: `never: the client's part`.
    pub fn tested(&self) -> String {
        match self.reason.as_str() {
            "" => self.testable.to_string(),
            reason => format!("{}: {reason}", self.testable),
        }
    }
}

macro_rules! words {
    ($($kind:ty),*) => {$(
        impl FromStr for $kind {
            type Err = UnknownWord;

            /// The one of this word, however its letters are written.
            fn from_str(word: &str) -> Result<Self, UnknownWord> {
                let mut all = Self::ALL.into_iter();
                let found = all.find(|one| one.word().eq_ignore_ascii_case(word));
                found.ok_or_else(|| UnknownWord(Self::ALL.map(Self::word).join(", ")))
            }
        }

        impl fmt::Display for $kind {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.word())
            }
        }
    )*};
}

words!(Level, Subject, Testable);
