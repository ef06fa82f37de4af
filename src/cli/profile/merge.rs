//! The arguments of a profile put before those of the command line, which overrule them. A profile has the options of
//! `run`; another command takes those of them that it has, too.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::error::ProfileError;
use super::file::{ProfileFile, found};
use super::option::Given;
use crate::cli::launching::LAUNCHING;
use crate::cli::recipes::Recipes;

/// What profiles add to a command line.
#[derive(Default)]
pub(in crate::cli) struct Profiled {
    /// The arguments with those of a profile, if it has any.
    pub(in crate::cli) arguments: Option<Vec<OsString>>,
    /// The file that they are from, if the user has not named it.
    pub(in crate::cli) found: Option<PathBuf>,
    /// The servers that can be launched by name.
    pub(in crate::cli) recipes: Recipes,
}

/// The arguments with those of a profile before them, if the command at this place takes any; `said` is what they say by
/// themselves.
pub(in crate::cli) fn with_profile<'a>(
    arguments: &[OsString],
    at: usize,
    said: impl FnOnce() -> Option<&'a ArgMatches>,
    program: &mut Command,
) -> Result<Profiled, ProfileError> {
    let name = name(arguments, at, program);
    let given = name
        .as_ref()
        .and_then(|name| Some((name, given(said()?, name)?)));
    let Some((name, given)) = given else {
        return Ok(Profiled::default());
    };
    let wanted = given.get_one::<String>("profile");
    let (file, found) = match (given.get_one::<PathBuf>("config"), found(), wanted) {
        (Some(named), ..) => (ProfileFile::read(named)?, None),
        (None, Some(path), _) => (ProfileFile::read_found(&path)?, Some(path)),
        (None, None, Some(wanted)) => return Err(ProfileError::NoFile(wanted.clone())),
        (None, None, None) => return Ok(Profiled::default()),
    };
    with_options(program, "run");
    let commands = program
        .find_subcommand("run")
        .zip(program.find_subcommand(name));
    let Some((run, command)) = commands else {
        return Ok(Profiled::default());
    };
    let recipes = file.recipes()?;
    let mut options = of_command(file.options(wanted, run)?, command);
    retain(&mut options, command, given);
    let is_told = !options.is_empty() || file.has_recipes();
    let words: Vec<OsString> = options
        .into_iter()
        .flat_map(|option| option.words)
        .collect();
    let (before, behind) = arguments.split_at(at + 1);
    Ok(Profiled {
        arguments: (!words.is_empty()).then(|| [before, &words, behind].concat()),
        found: found.filter(|_| is_told),
        recipes,
    })
}

/// What the command at this place is called, if it is one that takes the options of a profile.
fn name(arguments: &[OsString], at: usize, program: &mut Command) -> Option<String> {
    let command = with_options(program, arguments.get(at)?)?;
    let mut options = command.get_arguments();
    options
        .any(|option| option.get_id() == "profile")
        .then(|| command.get_name().to_owned())
}

/// A command with its options, which are not made before they are asked for.
fn with_options(program: &mut Command, name: impl AsRef<OsStr>) -> Option<&Command> {
    let command = program.find_subcommand_mut(name)?;
    command.build();
    Some(command)
}

/// The options that a command has as well as `run`.
fn of_command<'a>(options: Vec<Given<'_>>, command: &'a Command) -> Vec<Given<'a>> {
    let own = |option: Given<'_>| {
        let mut arguments = command.get_arguments();
        let arg = arguments.find(|arg| arg.get_id() == option.arg.get_id())?;
        Some(Given {
            arg,
            words: option.words,
        })
    };
    options.into_iter().filter_map(own).collect()
}

/// What is said of a command, if it is to have profiles.
fn given<'a>(said: &'a ArgMatches, command: &str) -> Option<&'a ArgMatches> {
    let given = said.subcommand_matches(command)?;
    // After an error there may be no flags in there at all, not even unset ones.
    let is_unwanted = given.get_one::<bool>("no_config") == Some(&true);
    (!is_unwanted).then_some(given)
}

/// Keeps the options of a profile that the command line does not overrule.
fn retain(options: &mut Vec<Given<'_>>, command: &Command, given: &ArgMatches) {
    options.retain(|option| !is_overruled(option.arg, command, given));
    if !is_launched(options, command, given) {
        options.retain(|option| !is_launching(option.arg));
    }
}

/// Whether the command line says something else: the same option, or one that does not go with it.
fn is_overruled(arg: &Arg, command: &Command, given: &ArgMatches) -> bool {
    let mut others = command
        .get_arguments()
        .filter(|other| is_on_command_line(other, given));
    others.any(|other| {
        other.get_id() == arg.get_id()
            || other.is_positional() && arg.is_positional()
            || conflicts(command, arg, other)
            || conflicts(command, other, arg)
    })
}

fn is_on_command_line(arg: &Arg, given: &ArgMatches) -> bool {
    given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

fn conflicts(command: &Command, arg: &Arg, other: &Arg) -> bool {
    let conflicting = command.get_arg_conflicts_with(arg);
    conflicting
        .iter()
        .any(|conflicting| conflicting.get_id() == other.get_id())
}

/// Whether an option is about launched servers, and means nothing without one.
fn is_launching(arg: &Arg) -> bool {
    arg.get_help_heading() == Some(LAUNCHING)
}

/// Whether a server is launched: the profile says it, and the command line has not done away with that, or the command
/// line says it.
fn is_launched(options: &[Given<'_>], command: &Command, given: &ArgMatches) -> bool {
    let launches = |arg: &Arg| matches!(arg.get_id().as_str(), "launch" | "launch_command");
    let mut on_command_line = command
        .get_arguments()
        .filter(|arg| is_on_command_line(arg, given));
    options.iter().any(|option| launches(option.arg)) || on_command_line.any(launches)
}
