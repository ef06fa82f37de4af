//! A run as data: what all reports that are files are made of.
//!
//! It is complete when the run is, does not contain secrets, and can be written and read again (`json`), so that
//! reports of several machines can become one. `docs/reports.md` describes it; [`SCHEMA`] counts its versions.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::stanza_error::StanzaError;
use crate::case::CaseId;
pub use crate::runner::MomentKind;
pub use crate::script::{Bearing, Part};
pub use crate::verdict::{Standing, Verdict};

/// The version of the form in which a report is written. It changes when something that is there changes its
/// meaning or goes away, and not when something is added.
pub const SCHEMA: u32 = 1;

/// A run and its results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// How it began.
    pub run: Run,
    /// The result of each script, in the order of the run.
    pub scripts: Vec<Script>,
    /// How it ended.
    pub end: End,
}

/// How a run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The version of this form.
    pub schema: u32,
    /// The version of the program.
    pub scansion: String,
    /// When, as RFC 3339 has it, in UTC.
    pub started: String,
    /// What was tested, as far as it is known: the launched server's name and version, else its address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server: Option<String>,
    /// The seed by which the order of the scripts can be repeated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shuffle: Option<String>,
    /// Which part of the scripts was to be run, as K/N.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub partition: Option<String>,
    /// All scripts of which this is a part.
    #[serde(default)]
    pub selected: Vec<CaseId>,
}

impl Run {
    /// When it began, for users: to the second.
    pub(super) fn started_in_words(&self) -> String {
        let seconds = self.started.get(..19).unwrap_or(&self.started);
        format!("{} UTC", seconds.replace('T', " "))
    }
}

/// How a run ended.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct End {
    /// How long it took, in seconds.
    pub duration: f64,
    /// Whether the user stopped it.
    pub interrupted: bool,
}

/// A script and its result.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// What it is called, its path as it was given.
    #[serde(rename = "path")]
    pub case: CaseId,
    /// Its title.
    pub title: String,
    /// What it is about; several lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub description: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Vec<Tag>,
    /// The clauses that it claims to test as a whole.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// What it came to.
    pub verdict: Verdict,
    /// When it began, in seconds from the beginning of the run; of several attempts the last one.
    pub started: f64,
    /// How long it took, in seconds; of several attempts the last one.
    pub duration: f64,
    /// How often it was run.
    pub attempts: u32,
    /// Whether it passed only after it had not.
    #[serde(default)]
    pub flaky: bool,
    /// What the baseline says of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Baseline>,
    /// Why it did not pass, in a sentence.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Where in the script.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// The clauses that the server broke, if that is why it did not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub breaks: Vec<Clause>,
    /// What to try.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// What else there is to know of why it did not pass.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// The command that runs it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<String>,
    /// All that the screen tells of it; several lines.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub explanation: String,
    /// The element that was expected, as the script has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<String>,
    /// What came instead, the nearest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received: Option<String>,
    /// What was expected laid over what came, line by line; nothing where no line differs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comparison: Vec<ComparedLine>,
    /// In what it differs, where that is more than one thing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub differences: Vec<Difference>,
    /// The error that came instead of what was expected, or where nothing should come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_error: Option<StanzaError>,
    /// The actors.
    #[serde(default)]
    pub cast: Vec<Actor>,
    /// The steps, those that were not taken included.
    #[serde(default)]
    pub steps: Vec<Step>,
    /// Which alternative held at each `Either`, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// What happened on the connections, in order.
    #[serde(default)]
    pub moments: Vec<Moment>,
    /// Stanzas that nothing in the script expected.
    #[serde(default)]
    pub unexpected: Vec<Unexpected>,
    /// Known departures of servers that the script tells of, if it failed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departures: Vec<Departure>,
    /// What the server logged meanwhile, as far as that can be seen.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub server_log: String,
}

impl Script {
    /// Whether what the baseline says still holds, if it says anything.
    pub fn standing(&self) -> Option<Standing> {
        self.baseline.as_ref().map(|baseline| baseline.standing)
    }
}

/// A tag of a script, written as `key` or `key: value`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct Tag {
    /// What stands before the colon.
    pub key: String,
    /// What stands after it.
    pub value: Option<String>,
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.value {
            Some(value) => write!(f, "{}: {value}", self.key),
            None => f.write_str(&self.key),
        }
    }
}

impl From<String> for Tag {
    fn from(text: String) -> Self {
        match text.split_once(": ") {
            Some((key, value)) => Self {
                key: key.to_owned(),
                value: Some(value.to_owned()),
            },
            None => Self {
                key: text,
                value: None,
            },
        }
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.to_string()
    }
}

/// A clause of a standard, and what came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clause {
    /// The document: `XEP-0045`, `RFC 6120`.
    pub document: String,
    /// The section.
    pub section: String,
    /// The beginning of the hash of the sentence.
    pub fingerprint: String,
    /// How binding it is, `MUST`, `SHOULD` or `MAY`; none where no index says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub level: Option<String>,
    /// What it says, in other words than the standard's.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub words: String,
    /// What came of it: [`Verdict::NotRun`] if it was not reached.
    pub verdict: Verdict,
    /// Where the section can be read.
    pub link: String,
    /// The sentence itself, if the server broke it and a copy of the document was at hand.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sentence: Option<String>,
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} §{}", self.document, self.section)?;
        if let Some(level) = &self.level {
            write!(f, " ({level})")?;
        }
        match self.words.as_str() {
            "" => write!(f, " [{}]", self.fingerprint),
            words => write!(f, ": {words}"),
        }
    }
}

/// What a baseline says of a script, and whether that still holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Baseline {
    /// Why it is expected not to pass.
    pub reason: String,
    /// The day, as YYYY-MM-DD, from which on that is no excuse any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<String>,
    /// Whether it still holds.
    pub standing: Standing,
}

/// A known departure of a server from what a script expects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Departure {
    /// The name of that server.
    pub server: String,
    /// Its versions, as the script has them; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub versions: Option<String>,
    /// What it does, and which section of a standard says otherwise.
    pub what: String,
    /// Whether that is known of the server that was tested.
    pub bearing: Bearing,
    /// All of it, in a sentence.
    pub sentence: String,
}

/// A place in a script, both counted from 1; the column in characters. For what is in another file, it is where the
/// script names that.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A line of what was expected and of what came, printed in the same way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComparedLine {
    /// Where it is.
    #[serde(rename = "in")]
    pub side: WhichSide,
    /// Its text.
    pub parts: Vec<LinePart>,
}

/// In what a stanza is not what was expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// The line that says what was expected.
    pub line: usize,
    /// The file that it is in, if that is not the script's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// In words.
    pub text: String,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = line_in_words(self.line, self.file.as_deref());
        write!(f, "{line}: {}", self.text)
    }
}

/// A line, with its file if that is not the script's own.
fn line_in_words(line: usize, file: Option<&str>) -> String {
    let file = file.map_or_else(String::new, |file| format!(" of {file}"));
    format!("line {line}{file}")
}

/// Where a line is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WhichSide {
    /// In what was expected and in what came.
    Both,
    /// Only in what was expected.
    Expected,
    /// Only in what came.
    Received,
}

/// A part of such a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinePart {
    /// Its text.
    pub text: String,
    /// Whether it is what differs from a line like it on the other side.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub differs: bool,
}

/// A member of the cast.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// What the story calls it.
    pub name: String,
    /// Its class, as the script has it.
    pub class: String,
    /// Its JID, as the script has it.
    pub jid: String,
}

/// A step of the story.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Its line.
    pub line: usize,
    /// The file that the line is in, if that is not the script's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// The text of that line.
    pub action: String,
    /// The part of the play that it belongs to.
    #[serde(default, skip_serializing_if = "Part::is_story")]
    pub part: Part,
    /// The line of the alternative that it belongs to, if it belongs to an `Either`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alternative: Option<String>,
    /// The comment lines above it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub comments: Vec<String>,
    /// The clauses that it claims to test.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clauses: Vec<Clause>,
    /// How it ended; never [`Verdict::NotSupported`].
    pub verdict: Verdict,
    /// How long it took, in seconds.
    pub duration: f64,
}

/// The alternative that held at an `Either`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// The line of the `Either`.
    pub line: usize,
    /// The file that the line is in, if that is not the script's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub file: Option<String>,
    /// What the alternative is called: its name, or its number.
    pub chose: String,
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = line_in_words(self.line, self.file.as_deref());
        write!(f, "{}, at the Either of {line}", self.chose)
    }
}

/// Something that happened on an actor's connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// When, in seconds from the beginning of the script.
    pub at: f64,
    /// The actor of the connection: its place in the cast, counted from 0.
    pub actor: usize,
    /// During which step, counted from 0.
    pub step: usize,
    /// What.
    pub kind: MomentKind,
    /// The XML that was sent or came; a full JID; or how the stream was closed.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
}

/// A stanza that nothing expected.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unexpected {
    /// The actor that it came for: the place in the cast, counted from 0.
    pub actor: usize,
    /// The stanza; empty where it is only counted.
    pub xml: String,
}
