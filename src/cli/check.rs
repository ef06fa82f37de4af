//! `scansion check`.

use clap::Args;

use super::exit_code::ExitCode;
use super::form::Form;
use super::indexes::IndexArgs;
use super::output::{complain, complain_of_all, deliver, say};
use super::problems::{Counts, render_problems};
use super::profile::ProfileArgs;
use super::select::{SelectArgs, Selection, select};
use super::told_problems;
use crate::diagnostic::Color;

/// `scansion check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) select: SelectArgs,
    #[command(flatten)]
    pub(super) profile: ProfileArgs,
    #[command(flatten)]
    pub(super) indexes: IndexArgs,
    /// Take warnings for errors
    #[arg(long)]
    pub(super) deny_warnings: bool,
    /// In which form
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Form,
}

/// Reports all problems in scripts.
pub(super) fn check(arguments: &CheckArgs, color: Color) -> ExitCode {
    let selection = match select(&arguments.select, &arguments.indexes.library()) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    selection.tell_of_idle_tags();
    let mut counts = Counts::default();
    selection.files().for_each(|script| counts.add(script));
    counts.errors += selection.unreadable.len();
    let told = match arguments.format {
        Form::Text => tell_people(&selection, &counts, color),
        Form::Json => tell_programs(&selection),
    };
    match counts.is_acceptable(arguments.deny_warnings) {
        true => told,
        false => ExitCode::NotDone,
    }
}

fn tell_people(selection: &Selection, counts: &Counts, color: Color) -> ExitCode {
    let drawn: String = selection
        .files()
        .map(|script| render_problems(&script.script.source, &script.problems, color))
        .collect();
    let unreadable = complain_of_all(&selection.unreadable);
    let scripts = selection.files().count() + selection.unreadable.len();
    say(&format!("{drawn}{}\n", counts.sentence(scripts))).max(unreadable)
}

fn tell_programs(selection: &Selection) -> ExitCode {
    let readable = selection.files().map(told_problems::of_script);
    let unreadable = selection.unreadable.iter();
    let unreadable = unreadable.map(told_problems::of_unreadable);
    deliver(&readable.chain(unreadable).collect::<String>())
}
