//! What reports and messages say of a script, whatever its result.

use std::sync::Arc;

use super::ast::{Comment, Script, Tag};
use crate::case::CaseId;
use crate::source::SourceFile;

/// What a script is called, its text, and what its head says.
#[derive(Debug, Clone)]
pub struct ScriptInfo {
    /// What it is called.
    pub case: CaseId,
    /// Its text.
    pub source: Arc<SourceFile>,
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
            case: script.case.clone(),
            source: Arc::clone(&script.source),
            title: script.title().to_owned(),
            description: Comment::texts(&script.head.description),
            tags: script.head.tags.clone(),
        }
    }
}
