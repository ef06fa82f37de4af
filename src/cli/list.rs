//! `scansion list`.

use std::path::Path;

use clap::Args;
use colored::Colorize;
use serde::Serialize;

use super::exit_code::ExitCode;
use super::form::Form;
use super::output::{complain, complain_of_all, deliver};
use super::places::without_root;
use super::profile::ProfileArgs;
use super::select::{SelectArgs, Selected, select};
use crate::claims::Library;
use crate::report::json;
use crate::script::ast::{Comment, Script, Tag};
use crate::visible::harmless_line;

/// `scansion list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
    /// In which form
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Form,
}

/// Lists titles, tags and paths of scripts.
pub(super) fn list(arguments: &ListArgs) -> ExitCode {
    let line = match arguments.format {
        Form::Text => line,
        Form::Json => object,
    };
    let lines = |_: &Path, plays: Vec<Selected>| plays.iter().map(line).collect();
    let selection = match select(&arguments.select, &Library::default(), lines) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    selection.tell_of_idle_tags();
    deliver(&selection.scripts.concat()).max(complain_of_all(&selection.unreadable))
}

fn line(selected: &Selected) -> String {
    let script = &selected.script;
    let tags: Vec<String> = tags(script)
        .map(|tag| harmless_line(&format!("[{tag}]")))
        .collect();
    let parts = [
        harmless_line(script.title()),
        tags.join(" "),
        harmless_line(&script.case.to_string()).dimmed().to_string(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ") + "\n"
}

/// The tags of a script. The clauses that it claims are written as tags, and are none.
fn tags(script: &Script) -> impl Iterator<Item = &Tag> {
    script.head.tags.iter().filter(|tag| !tag.is_claim())
}

/// What a program is told of a script; the names are those of a report.
#[derive(Serialize)]
struct Listed<'a> {
    path: String,
    title: &'a str,
    #[serde(skip_serializing_if = "String::is_empty")]
    description: String,
    tags: Vec<String>,
}

fn object(selected: &Selected) -> String {
    let script = &selected.script;
    let listed = Listed {
        path: script.case.at(without_root(script.case.path())).to_string(),
        title: script.title(),
        description: Comment::texts(&script.head.description).join("\n"),
        tags: tags(script).map(Tag::to_string).collect(),
    };
    let object = serde_json::to_string(&listed).expect("texts are JSON");
    json::visible(&object) + "\n"
}
