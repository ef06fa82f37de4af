//! What a report must not take the place of: all that its command reads and writes beside it. It is found by the
//! arguments, before anything is run; so an option that names a file, and is new, is thought of here already.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use clap::{Arg, ArgMatches, Command};
use thiserror::Error;

use super::atomic_file::place;
use super::compare::Named;
use super::launching::LaunchChoice;
use super::profile::FILE;
use super::recipes::Recipes;
use super::reports::{REPORTS, is_kept, named_in};
use super::select::file_of;
use crate::clauses;
use crate::paths::shown;

/// The error that something would be lost by a report.
#[derive(Debug, Error)]
#[error(
    "the report {} would take the place of {what}; give it another name",
    shown(path)
)]
pub(super) struct Replaced {
    path: PathBuf,
    what: String,
}

impl Replaced {
    /// The error that it would be lost by the report at this path.
    pub(super) fn new(path: &Path, what: &str) -> Self {
        Self {
            path: path.to_owned(),
            what: what.to_owned(),
        }
    }
}

/// The options that name folders, and what the names of the files end in that are read or written there.
const FOLDERS: [(&str, &[&str]); 5] = [
    ("transcript", &["transcript"]),
    ("transcripts", &["transcript"]),
    ("server_logs", &["log"]),
    ("clauses", &[clauses::ENDING]),
    ("standards", &["txt", "xml"]),
];

/// Sees that no report takes the place of something.
pub(super) fn see_reports(
    given: &ArgMatches,
    command: &Command,
    recipes: &Recipes,
) -> Result<(), Replaced> {
    if let Some((name, given)) = given.subcommand() {
        let command = command.find_subcommand(name);
        return command.map_or(Ok(()), |command| see_reports(given, command, recipes));
    }
    let reports = given.try_get_raw(REPORTS).ok().flatten();
    let reports = reports.into_iter().flatten().filter_map(named_in);
    for path in reports.filter(|path| is_kept(path)) {
        let place = place(&path);
        let arguments = || {
            command
                .get_arguments()
                .find_map(|arg| met(&place, arg, given))
        };
        let what = kind(&place).or_else(arguments);
        if let Some(what) = what.or_else(|| recipe(&place, recipes)) {
            return Err(Replaced::new(&path, &what));
        }
    }
    Ok(())
}

/// What is there, where its name says it; it may be read without being named.
fn kind(place: &Path) -> Option<String> {
    let is_in = |folder: &str| folder_of(place).is_some_and(|own| own == folder);
    let is_index = is_in(clauses::FOLDER) && ends_in(place, &[clauses::ENDING]);
    let kind = match () {
        () if !place.exists() => return None,
        () if ends_in(place, &["scs"]) => "a script",
        () if place.file_name() == Some(OsStr::new(FILE)) => "the profiles",
        () if is_index => "an index of clauses",
        () => return None,
    };
    Some(kind.to_owned())
}

/// What this argument names, if it is at this place.
fn met(place: &Path, arg: &Arg, given: &ArgMatches) -> Option<String> {
    let option = arg.get_long().map(|name| format!("`--{name}`"));
    let folder = FOLDERS.iter().find(|(id, _)| arg.get_id() == id);
    let files = files(arg, given);
    match folder {
        Some((_, endings)) => {
            let is_there = |folder: &PathBuf| place.parent() == Some(&self::place(folder));
            let is_met = ends_in(place, endings) && files.iter().any(is_there);
            is_met.then(|| format!("a file in the folder of {}", option.unwrap_or_default()))
        }
        None => {
            let is_met = files.iter().any(|file| self::place(file) == place);
            is_met.then(|| match option {
                Some(option) => format!("the file of {option}"),
                None => "a file that is read".to_owned(),
            })
        }
    }
}

/// The paths that an argument names.
fn files(arg: &Arg, given: &ArgMatches) -> Vec<PathBuf> {
    let id = arg.get_id().as_str();
    let paths = given.try_get_many::<PathBuf>(id).ok().flatten();
    let paths = paths.into_iter().flatten().map(|path| file_of(path));
    let reports = given.try_get_many::<Named>(id).ok().flatten();
    let reports = reports
        .into_iter()
        .flatten()
        .map(|named| named.path.clone());
    let recipes = given.try_get_many::<LaunchChoice>(id).ok().flatten();
    let recipes = recipes
        .into_iter()
        .flatten()
        .map(|choice| PathBuf::from(&choice.recipe));
    paths.chain(reports).chain(recipes).collect()
}

fn recipe(place: &Path, recipes: &Recipes) -> Option<String> {
    let mut files = recipes.files();
    let (name, _) = files.find(|(_, file)| self::place(file) == place)?;
    Some(format!("the recipe `{name}`"))
}

fn ends_in(place: &Path, endings: &[&str]) -> bool {
    let ending = place.extension().and_then(OsStr::to_str);
    ending.is_some_and(|ending| endings.contains(&ending))
}

fn folder_of(place: &Path) -> Option<&OsStr> {
    place.parent()?.file_name()
}
