//! What reports and messages say of a script, whatever its result.

use std::sync::Arc;

use super::ast::{Comment, Script, Tag};
use super::departure::Departure;
use crate::case::CaseId;
use crate::source::SourceFile;

/// What is told of a script, and its text.
#[derive(Debug, Clone)]
pub struct ScriptInfo {
    /// What is told of it.
    pub headline: Headline,
    /// Its text.
    pub source: Arc<SourceFile>,
}

/// What a script is called, and what its head says.
#[derive(Debug, Clone)]
pub struct Headline {
    /// What it is called.
    pub case: CaseId,
    /// Its title, or the file's name where it has none.
    pub title: String,
    /// What it is about, a line each.
    pub description: Vec<String>,
    /// Its tags.
    pub tags: Vec<Tag>,
}

impl ScriptInfo {
    /// What reports and messages say of a script.
    pub fn of(script: &Script) -> Self {
        Self {
            headline: Headline::of(script),
            source: Arc::clone(&script.source),
        }
    }
}

impl Headline {
    /// What is told of a script without its text.
    pub fn of(script: &Script) -> Self {
        Self {
            case: script.case.clone(),
            title: script.title().to_owned(),
            description: Comment::texts(&script.head.description),
            tags: script.head.tags.clone(),
        }
    }

    /// What it tells of that known servers do otherwise.
    pub fn departures(&self) -> impl Iterator<Item = Departure> {
        let tags = self.tags.iter();
        tags.filter_map(|tag| Departure::of_tag(&tag.key, tag.value.as_deref()))
    }
}
