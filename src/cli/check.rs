//! `scansion check`.

use clap::Args;

use super::exit_code::ExitCode;
use super::output::{complain, complain_of_all, say};
use super::problems::{Counts, render_problems};
use super::profile::ProfileArgs;
use super::select::{SelectArgs, select};
use crate::diagnostic::Color;

/// `scansion check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
    /// Take warnings for errors
    #[arg(long)]
    pub(super) deny_warnings: bool,
}

/// Reports all problems in scripts.
pub(super) fn check(arguments: &CheckArgs, color: Color) -> ExitCode {
    let selection = match select(&arguments.select) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    let (mut counts, mut text) = (Counts::default(), String::new());
    for script in selection.files() {
        counts.add(script);
        let source = &script.script.source;
        text.push_str(&render_problems(source, &script.problems, color));
    }
    let unreadable = complain_of_all(&selection.unreadable);
    counts.errors += selection.unreadable.len();
    let scripts = selection.files().count() + selection.unreadable.len();
    let said = say(&format!("{text}{}\n", counts.sentence(scripts)));
    if counts.is_acceptable(arguments.deny_warnings) {
        unreadable.max(said)
    } else {
        ExitCode::NotDone
    }
}
