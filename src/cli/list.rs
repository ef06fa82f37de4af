//! `scansion list`.

use clap::Args;
use colored::Colorize;

use super::exit_code::ExitCode;
use super::hidden;
use super::output::{complain, complain_of_all, deliver, hide};
use super::select::{SelectArgs, Selected, select};
use crate::visible::harmless_line;

/// `scansion list`.
#[derive(Debug, Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
}

/// Lists titles, tags and paths of scripts.
pub(super) fn list(arguments: &ListArgs) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    hide(&hidden::of_scripts(
        selection.scripts.iter().map(|selected| &selected.script),
    ));
    let lines: String = selection.scripts.iter().map(line).collect();
    deliver(&lines).max(complain_of_all(&selection.unreadable))
}

fn line(selected: &Selected) -> String {
    let script = &selected.script;
    let tags: Vec<String> = script
        .head
        .tags
        .iter()
        .map(|tag| harmless_line(&format!("[{tag}]")))
        .collect();
    let parts = [
        harmless_line(script.title()),
        tags.join(" "),
        script.source.shown_name().dimmed().to_string(),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("  ") + "\n"
}
