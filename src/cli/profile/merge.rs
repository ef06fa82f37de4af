//! The arguments of a profile put before those of the command line, which overrule them.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::parser::ValueSource;
use clap::{Arg, ArgMatches, Command};

use super::error::ProfileError;
use super::file::{ProfileFile, found};
use super::option::Given;
use crate::cli::launching::LAUNCHING;
use crate::cli::recipes::Recipes;

/// The arguments of a run, with those of a profile.
pub(in crate::cli) struct Profiled {
    pub(in crate::cli) arguments: Vec<OsString>,
    /// The file that they are from, if the user has not named it.
    pub(in crate::cli) found: Option<PathBuf>,
    /// The servers that can be launched by name.
    pub(in crate::cli) recipes: Recipes,
}

impl Profiled {
    /// Those of the command line alone.
    pub(in crate::cli) fn unchanged(arguments: Vec<OsString>) -> Self {
        Self {
            arguments,
            found: None,
            recipes: Recipes::default(),
        }
    }
}

/// The arguments with those of a profile before them. `at` is the place of the command `run`.
pub(in crate::cli) fn with_profile(
    arguments: Vec<OsString>,
    at: usize,
    command: &Command,
) -> Result<Profiled, ProfileError> {
    let given = given(&arguments, command).zip(command.find_subcommand("run"));
    let Some((given, run)) = given else {
        return Ok(Profiled::unchanged(arguments));
    };
    let wanted = given.get_one::<String>("profile");
    let (file, found) = match (given.get_one::<PathBuf>("config"), found(), wanted) {
        (Some(named), ..) => (ProfileFile::read(named)?, None),
        (None, Some(path), _) => (ProfileFile::read_found(&path)?, Some(path)),
        (None, None, Some(wanted)) => return Err(ProfileError::NoFile(wanted.clone())),
        (None, None, None) => return Ok(Profiled::unchanged(arguments)),
    };
    let recipes = file.recipes()?;
    let mut options = file.options(wanted, run)?;
    retain(&mut options, run, &given);
    let mut all = arguments[..=at].to_vec();
    all.extend(options.into_iter().flat_map(|option| option.words));
    all.extend_from_slice(&arguments[at + 1..]);
    Ok(Profiled {
        arguments: all,
        found,
        recipes,
    })
}

/// What the command line says by itself, as far as it can be understood; the rest is complained of later.
fn given(arguments: &[OsString], command: &Command) -> Option<ArgMatches> {
    let lenient = command.clone().ignore_errors(true);
    let matches = lenient.try_get_matches_from(arguments).ok()?;
    let given = matches.subcommand_matches("run")?.clone();
    // After an error there may be no flags in there at all, not even unset ones.
    let is_unwanted = given.get_one::<bool>("no_config") == Some(&true);
    (!is_unwanted).then_some(given)
}

/// Keeps the options of a profile that the command line does not overrule.
fn retain(options: &mut Vec<Given<'_>>, run: &Command, given: &ArgMatches) {
    options.retain(|option| !is_overruled(option.arg, run, given));
    if !is_launched(options, run, given) {
        options.retain(|option| !is_launching(option.arg));
    }
}

/// Whether the command line says something else: the same option, or one that does not go with it.
fn is_overruled(arg: &Arg, run: &Command, given: &ArgMatches) -> bool {
    let mut others = run
        .get_arguments()
        .filter(|other| is_on_command_line(other, given));
    others.any(|other| {
        other.get_id() == arg.get_id()
            || other.is_positional() && arg.is_positional()
            || conflicts(run, arg, other)
            || conflicts(run, other, arg)
    })
}

fn is_on_command_line(arg: &Arg, given: &ArgMatches) -> bool {
    given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine)
}

fn conflicts(run: &Command, arg: &Arg, other: &Arg) -> bool {
    let conflicting = run.get_arg_conflicts_with(arg);
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
fn is_launched(options: &[Given<'_>], run: &Command, given: &ArgMatches) -> bool {
    let launches = |arg: &Arg| matches!(arg.get_id().as_str(), "launch" | "launch_command");
    let mut on_command_line = run
        .get_arguments()
        .filter(|arg| is_on_command_line(arg, given));
    options.iter().any(|option| launches(option.arg)) || on_command_line.any(launches)
}
