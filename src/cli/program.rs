//! The whole program: from the arguments to a command, and to the exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use clap::{CommandFactory, FromArgMatches};
use colored::Colorize;

use super::args::{Cli, Command, command_at, with_command};
use super::clauses::clauses;
use super::doubt::doubt;
use super::exit_code::ExitCode;
use super::launch::launch;
use super::ledger::ledger;
use super::output::{Unsaid, complain, note, say_aside};
use super::profile::{arguments_of_all, with_profile};
use super::report::report;
use super::rerun::Rerun;
use super::{check, explain, fmt, list, manual, run};
use crate::diagnostic::Color;
use crate::secrets::without_payloads;
use crate::visible::harmless;

/// The whole program: reads the arguments, does what they say, and tells what came of it.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let program = Cli::command();
    let given = with_command(arguments.into_iter().collect(), &program);
    let profiled = match with_profile(&given, command_at(&given), &program) {
        Ok(profiled) => profiled,
        Err(error) => return complain(&error),
    };
    let cli = match read(&profiled.arguments, &program) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let color = cli.color.resolve();
    colored::control::set_override(color == Color::Styled);
    match cli.command {
        Command::Run(arguments) => {
            tell_of(profiled.found.as_deref().filter(|_| !arguments.quiet));
            let rerun = Rerun::of(&given, &program);
            run::run(&arguments, &profiled.recipes, color, rerun)
        }
        Command::Doubt(arguments) => {
            let rerun = Rerun::of(&given, &program);
            doubt(*arguments, &profiled.recipes, color, rerun)
        }
        Command::Explain(arguments) => explain::explain(&arguments, color),
        Command::Check(arguments) => {
            tell_of(profiled.found.as_deref());
            check::check(&arguments, color)
        }
        Command::Fmt(arguments) => fmt::fmt(&arguments, color),
        Command::List(arguments) => {
            tell_of(profiled.found.as_deref());
            list::list(&arguments)
        }
        Command::Completions(arguments) => manual::completions(&arguments, program),
        Command::Man(arguments) => manual::man(&arguments, program),
        Command::Report(command) => report(&command),
        Command::Clauses(command) => clauses(&command),
        Command::Ledger(arguments) => ledger(*arguments, color),
        Command::Launch(command) => launch(&command),
    }
}

/// What the arguments say.
fn read(arguments: &[OsString], program: &clap::Command) -> Result<Cli, clap::Error> {
    let mut program = program.clone();
    let matches = program.try_get_matches_from_mut(arguments)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut program))
}

/// The arguments that each profile of such a text stands for, the default ones first; or what is wrong, in words. For
/// `fuzz/`: a run would do what they say.
///
/// # Errors
///
/// When something in the text is wrong.
#[doc(hidden)]
pub fn arguments_of_profiles(text: &str) -> Result<Vec<OsString>, String> {
    let command = Cli::command();
    let Some(run) = command.find_subcommand("run") else {
        return Ok(Vec::new());
    };
    arguments_of_all(text, run).map_err(|error| error.to_string())
}

/// Tells where options are from that do not stand on the command line.
fn tell_of(found: Option<&Path>) {
    if let Some(path) = found {
        note(&format!(
            "options from {}",
            harmless(&path.display().to_string())
        ));
    }
}

/// Prints help and version, or what is wrong with the usage.
fn usage(error: &clap::Error) -> ExitCode {
    if error.use_stderr() {
        // It repeats arguments, which are not to bring colours of their own.
        let text = harmless(&without_payloads(&error.render().to_string()));
        let text = text.strip_prefix("error").unwrap_or(&text);
        say_aside(&format!("{}{text}", "error".red().bold()));
        return ExitCode::NotDone;
    }
    match error.print().and_then(|()| io::stdout().flush()) {
        // To a reader that has gone away nothing can be told.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(&Unsaid(error)),
        _ => ExitCode::Passed,
    }
}
