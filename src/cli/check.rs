//! `scansion check`.

use std::path::Path;

use clap::Args;

use super::exit_code::ExitCode;
use super::form::Form;
use super::indexes::IndexArgs;
use super::output::{complain, complain_of_all, deliver, note, say};
use super::problems::{Counts, render_problems};
use super::profile::ProfileArgs;
use super::select::{SelectArgs, Selected, Selection, select};
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
    let mut counts = Counts::default();
    let told = |_: &Path, plays: Vec<Selected>| {
        let script = plays.first();
        script.iter().for_each(|script| counts.add(script));
        let told = script.map(|script| match arguments.format {
            Form::Text => render_problems(&script.script.source, &script.problems, color),
            Form::Json => told_problems::of_script(script),
        });
        Vec::from_iter(told)
    };
    let library = arguments.indexes.library();
    let selection = match select(&arguments.select, &library, told) {
        Ok(selection) => selection,
        Err(error) => return complain(&error),
    };
    library.notes().iter().for_each(|told| note(told));
    selection.tell_of_idle_tags();
    counts.errors += selection.unreadable.len();
    let told = match arguments.format {
        Form::Text => tell_people(&selection, &counts),
        Form::Json => tell_programs(&selection),
    };
    match counts.is_acceptable(arguments.deny_warnings) {
        true => told,
        false => ExitCode::NotDone,
    }
}

fn tell_people(selection: &Selection<String>, counts: &Counts) -> ExitCode {
    let drawn = selection.scripts.concat();
    let unreadable = complain_of_all(&selection.unreadable);
    let scripts = selection.scripts.len() + selection.unreadable.len();
    say(&format!("{drawn}{}\n", counts.sentence(scripts))).max(unreadable)
}

fn tell_programs(selection: &Selection<String>) -> ExitCode {
    let unreadable = selection.unreadable.iter();
    let unreadable: String = unreadable.map(told_problems::of_unreadable).collect();
    deliver(&(selection.scripts.concat() + &unreadable))
}
