//! The whole program: from the arguments to a command, and to the exit code.

use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use clap::{CommandFactory, Parser};
use colored::Colorize;

use super::args::{Cli, Command, RunArgs, command_at, with_command};
use super::exit_code::ExitCode;
use super::launch::launch;
use super::output::{Unsaid, complain, note, say_aside};
use super::profile::{ProfileError, Profiled, arguments_of_all, with_profile};
use super::report::report;
use super::rerun::Rerun;
use super::{check, explain, list, manual, run};
use crate::diagnostic::Color;
use crate::secrets::without_payloads;
use crate::visible::harmless;

/// The whole program: reads the arguments, does what they say, and tells what came of it.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let given = with_command(arguments.into_iter().collect());
    let profiled = match profiled(&given) {
        Ok(profiled) => profiled,
        Err(error) => return complain(&error),
    };
    let cli = match Cli::try_parse_from(&profiled.arguments) {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let color = cli.color.resolve();
    colored::control::set_override(color == Color::Styled);
    match cli.command {
        Command::Run(arguments) => run_scripts(&arguments, &profiled, color, &given),
        Command::Explain(arguments) => explain::explain(&arguments, color),
        Command::Check(arguments) => check::check(&arguments, color),
        Command::List(arguments) => list::list(&arguments),
        Command::Completions(arguments) => manual::completions(&arguments, Cli::command()),
        Command::Man(arguments) => manual::man(&arguments, Cli::command()),
        Command::Report(command) => report(&command),
        Command::Launch(command) => launch(&command),
    }
}

/// The arguments with those of a profile, which only `run` has.
fn profiled(given: &[OsString]) -> Result<Profiled, ProfileError> {
    let at = command_at(given);
    match given.get(at).is_some_and(|command| command == "run") {
        true => with_profile(given.to_vec(), at, &Cli::command()),
        false => Ok(Profiled::unchanged(given.to_vec())),
    }
}

fn run_scripts(
    arguments: &RunArgs,
    profiled: &Profiled,
    color: Color,
    given: &[OsString],
) -> ExitCode {
    tell_of(profiled.found.as_deref().filter(|_| !arguments.quiet));
    let rerun = Rerun::of(given, &Cli::command());
    run::run(arguments, &profiled.recipes, color, rerun)
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
