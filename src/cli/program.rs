//! The whole program: from the arguments to a command, and to the exit code.

use std::cell::LazyCell;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use clap::{ArgMatches, CommandFactory, FromArgMatches};
use colored::Colorize;

use super::args::{Cli, Command, command_at, with_command};
use super::clauses::clauses;
use super::doubt::doubt;
use super::exit_code::ExitCode;
use super::late::Late;
use super::launch::launch;
use super::ledger::ledger;
use super::output::{Unsaid, complain, note, say_aside};
use super::profile::{Profiled, arguments_of_all, with_profile};
use super::replaced::see_reports;
use super::report::report;
use super::rerun::Rerun;
use super::{check, explain, fmt, list, manual, run, signals};
use crate::diagnostic::Color;
use crate::secrets::without_payloads;
use crate::visible::harmless;

/// The whole program: reads the arguments, does what they say, and tells what came of it.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    if let Err(error) = signals::outlive_large_files() {
        return complain(&error);
    }
    let mut program = Cli::command();
    let given = with_command(arguments.into_iter().collect(), &program);
    let parsed = program.try_get_matches_from_mut(&given);
    let said = LazyCell::new(|| understood(&parsed, &given));
    let said = || said.as_ref();
    let profiled = match with_profile(&given, command_at(&given), said, &mut program) {
        Ok(profiled) => profiled,
        Err(error) => return complain(&error),
    };
    let merged = profiled.arguments.as_ref();
    let merged = merged.map(|arguments| program.try_get_matches_from_mut(arguments));
    let matches = match merged.as_ref().unwrap_or(&parsed) {
        Ok(matches) => matches,
        Err(error) => return usage(error),
    };
    if let Err(error) = see_reports(matches, &program, &profiled.recipes) {
        return complain(&error);
    }
    let cli = match Cli::from_arg_matches(matches) {
        Ok(cli) => cli,
        Err(error) => return usage(&error.format(&mut program)),
    };
    let color = cli.color.resolve();
    colored::control::set_override(color == Color::Styled);
    let rerun = || Rerun::of(said(), &program);
    obey(cli.command, &profiled, color, rerun)
}

/// Does what a command says.
fn obey(
    command: Command,
    profiled: &Profiled,
    color: Color,
    rerun: impl FnOnce() -> Rerun,
) -> ExitCode {
    let tell_of = |is_quiet: bool| tell_of(profiled.found.as_deref().filter(|_| !is_quiet));
    match command {
        Command::Run(Late(arguments)) => {
            tell_of(arguments.quiet);
            run::run(&arguments, &profiled.recipes, color, rerun())
        }
        Command::Doubt(Late(arguments)) => doubt(*arguments, &profiled.recipes, color, rerun()),
        Command::Explain(Late(arguments)) => explain::explain(&arguments, color),
        Command::Check(Late(arguments)) => {
            tell_of(false);
            check::check(&arguments, color)
        }
        Command::Fmt(Late(arguments)) => fmt::fmt(&arguments, color),
        Command::List(Late(arguments)) => {
            tell_of(false);
            list::list(&arguments)
        }
        Command::Completions(Late(arguments)) => manual::completions(&arguments, Cli::command()),
        Command::Man(Late(arguments)) => manual::man(&arguments, Cli::command()),
        Command::Report(command) => report(&command),
        Command::Clauses(command) => clauses(&command),
        Command::Ledger(Late(arguments)) => ledger(*arguments, color),
        Command::Launch(command) => launch(&command),
    }
}

/// What the command line says by itself, as far as it can be understood; the rest is complained of later.
fn understood(parsed: &Result<ArgMatches, clap::Error>, given: &[OsString]) -> Option<ArgMatches> {
    match parsed {
        Ok(said) => Some(said.clone()),
        Err(_) => {
            let lenient = Cli::command().ignore_errors(true);
            lenient.try_get_matches_from(given).ok()
        }
    }
}

/// The arguments that each profile of such a text stands for, the default ones first; or what is wrong, in words. For
/// `fuzz/`: a run would do what they say.
///
/// # Errors
///
/// When something in the text is wrong.
#[doc(hidden)]
pub fn arguments_of_profiles(text: &str) -> Result<Vec<OsString>, String> {
    let mut program = Cli::command();
    program.build();
    let Some(run) = program.find_subcommand("run") else {
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
        match text.strip_prefix("error") {
            Some(rest) => say_aside(&format!("{}{rest}", "error".red().bold())),
            // That a command is missing is told by the help alone.
            None => say_aside(&text),
        }
        return ExitCode::NotDone;
    }
    match error.print().and_then(|()| io::stdout().flush()) {
        // To a reader that has gone away nothing can be told.
        Err(error) if error.kind() != ErrorKind::BrokenPipe => complain(&Unsaid(error)),
        _ => ExitCode::Passed,
    }
}
