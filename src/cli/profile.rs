//! `scansion.toml`: options of `run` that are written once, under the name of a profile.
//!
//! A profile becomes arguments, put before those of the command line; so every option that there is can stand in
//! one, and is read in the same way. Nothing here knows what an option means. A file that was found is read if
//! [`super::planted`] has nothing against it.

use std::any::TypeId;
use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::ops::Range;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command, CommandFactory};
use serde::Deserialize;
use thiserror::Error;
use toml::{Spanned, Value};

use super::args::Cli;
use super::file::{self, Unreadable, unreadable};
use super::launch::{LAUNCHING, LaunchChoice, OwnRecipe, Recipes};
use super::planted::{self, Planted};
use super::reports::ReportTo;
use crate::diagnostic::{Color, Diagnostic, Severity};
use crate::script::closest;
use crate::source::{SourceFile, Span};

/// The file.
const FILE: &str = "scansion.toml";
/// The profile that holds where none is named, and that the others begin with.
const DEFAULT: &str = "default";
/// The key for the scripts to run, which have no option.
const SCRIPTS: &str = "scripts";
/// Options that say where profiles are, or ask for something else than a run.
const NOT_IN_PROFILES: [&str; 5] = ["profile", "config", "no-config", "help", "color"];

/// The file, with the places of keys and values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
    /// Recipes of servers to launch, by name: each a recipe, or the path of one.
    #[serde(default)]
    recipe: BTreeMap<String, Spanned<Value>>,
}

type Profile = BTreeMap<Spanned<String>, Spanned<Value>>;

/// Why there is no profile to go by.
#[derive(Debug, Error)]
pub(super) enum ProfileError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Planted(#[from] Planted),
    #[error(
        "there is no {FILE} here or above, where the profile `{0}` could be; `--config` names one elsewhere"
    )]
    NoFile(String),
    #[error("{path}: there is no profile `{name}`; there are {known}")]
    NoProfile {
        path: String,
        name: String,
        known: String,
    },
    /// Something in the file is wrong: the message is drawn under the line.
    #[error("{0}")]
    Wrong(String),
}

/// The arguments of a run, with those of a profile.
pub(super) struct Profiled {
    pub(super) arguments: Vec<OsString>,
    /// The file that they are from, if nobody has named it.
    pub(super) found: Option<PathBuf>,
    /// The servers that can be launched by name.
    pub(super) recipes: Recipes,
}

/// The arguments with those of a profile before them. `at` is the place of the command `run`.
pub(super) fn with_profile(
    arguments: Vec<OsString>,
    at: usize,
    command: &Command,
) -> Result<Profiled, ProfileError> {
    let unchanged = |arguments| Profiled {
        arguments,
        found: None,
        recipes: Recipes::default(),
    };
    let Some(given) = given(&arguments, command) else {
        return Ok(unchanged(arguments));
    };
    let Some(run) = command.find_subcommand("run") else {
        return Ok(unchanged(arguments));
    };
    let wanted = given.get_one::<String>("profile");
    let (file, found) = match (given.get_one::<PathBuf>("config"), found(), wanted) {
        (Some(named), ..) => (ProfileFile::read(named)?, None),
        (None, Some(path), _) => (ProfileFile::read_found(&path)?, Some(path)),
        (None, None, Some(wanted)) => return Err(ProfileError::NoFile(wanted.clone())),
        (None, None, None) => return Ok(unchanged(arguments)),
    };
    let recipes = file.recipes()?;
    let mut options = file.options(wanted, run)?;
    options.retain(|option| !is_overruled(option.arg, run, &given));
    let launches = |option: &Setting<'_>| is_launching(option.arg);
    if is_given_section_overruled(&options, run, &given) {
        options.retain(|option| !launches(option));
    }
    let mut all = arguments[..=at].to_vec();
    all.extend(options.into_iter().flat_map(|option| option.words));
    all.extend_from_slice(&arguments[at + 1..]);
    Ok(Profiled {
        arguments: all,
        found,
        recipes,
    })
}

/// The arguments that each profile of such a text stands for, the default ones first; or what is wrong, in words. For
/// `fuzz/`: a run would do what they say.
///
/// # Errors
///
/// When something in the text is wrong.
#[doc(hidden)]
pub fn arguments_of_profiles(text: &str) -> Result<Vec<OsString>, String> {
    let told = |error: ProfileError| error.to_string();
    let command = Cli::command();
    let Some(run) = command.find_subcommand("run") else {
        return Ok(Vec::new());
    };
    let file = ProfileFile::parse(Path::new(FILE), text).map_err(told)?;
    let mut words = Vec::new();
    for name in file.file.profile.keys() {
        let settings = file.options(Some(name), run).map_err(told)?;
        words.extend(settings.into_iter().flat_map(|setting| setting.words));
    }
    Ok(words)
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

/// The recipes of a file, or of the one that is found.
pub(super) fn recipes(named: Option<&Path>) -> Result<Recipes, ProfileError> {
    match (named, found()) {
        (Some(named), _) => ProfileFile::read(named)?.recipes(),
        (None, Some(path)) => ProfileFile::read_found(&path)?.recipes(),
        (None, None) => Ok(Recipes::default()),
    }
}

/// The nearest file from the working directory upwards.
fn found() -> Option<PathBuf> {
    if Path::new(FILE).is_file() {
        return Some(PathBuf::from(FILE));
    }
    let here = env::current_dir().ok()?;
    let above = here.ancestors().skip(1).map(|folder| folder.join(FILE));
    above.into_iter().find(|path| path.is_file())
}

/// Whether the command line says something else: the same option, or one that does not go with it.
fn is_overruled(arg: &Arg, run: &Command, given: &ArgMatches) -> bool {
    let is_given =
        |arg: &Arg| given.value_source(arg.get_id().as_str()) == Some(ValueSource::CommandLine);
    let mut others = run.get_arguments().filter(|other| is_given(other));
    others.any(|other| {
        other.get_id() == arg.get_id()
            || other.is_positional() && arg.is_positional()
            || conflicts(run, arg, other)
            || conflicts(run, other, arg)
    })
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

/// Whether the command line has done away with the server that the profile would have launched.
fn is_given_section_overruled(options: &[Setting<'_>], run: &Command, given: &ArgMatches) -> bool {
    let starts = |id: &str| matches!(id, "launch" | "launch_command");
    let in_profile = options
        .iter()
        .any(|option| starts(option.arg.get_id().as_str()));
    let on_command_line = run.get_arguments().any(|arg| {
        let id = arg.get_id().as_str();
        starts(id) && given.value_source(id) == Some(ValueSource::CommandLine)
    });
    !in_profile && !on_command_line
}

/// An option of a profile, as arguments.
struct Setting<'a> {
    arg: &'a Arg,
    words: Vec<OsString>,
}

/// A file that has been read.
struct ProfileFile {
    source: SourceFile,
    folder: PathBuf,
    file: File,
}

impl ProfileFile {
    fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
        Self::parse(path, &text)
    }

    /// Reads a file that was found, if nobody else may have put it there.
    fn read_found(path: &Path) -> Result<Self, ProfileError> {
        let (metadata, bytes) = file::read_found(path)?;
        let seen = planted::refuse(path, &metadata);
        seen.map_err(|error| unreadable(path, error))??;
        Self::parse(path, &String::from_utf8_lossy(&bytes))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ProfileError> {
        let source = SourceFile::new(path.display().to_string(), text);
        let file = toml::from_str(source.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            ProfileError::Wrong(draw(&source, error.message().to_owned(), span, None))
        })?;
        Ok(Self {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            source,
            file,
        })
    }

    fn recipes(&self) -> Result<Recipes, ProfileError> {
        let own = self.file.recipe.iter().map(|(name, value)| {
            let recipe = match value.get_ref() {
                Value::String(path) => OwnRecipe::At(self.folder.join(path)),
                Value::Table(table) => OwnRecipe::Text(table.to_string()),
                _ => {
                    let message = format!("`{name}` needs a recipe, or the path of one");
                    return Err(self.wrong(message, value.span(), None));
                }
            };
            Ok((name.clone(), recipe))
        });
        Ok(Recipes::new(own.collect::<Result<_, _>>()?))
    }

    /// The options of a profile and those that it begins with, the last ones winning.
    fn options<'a>(
        &self,
        wanted: Option<&String>,
        run: &'a Command,
    ) -> Result<Vec<Setting<'a>>, ProfileError> {
        let mut settings = BTreeMap::new();
        for name in [Some(DEFAULT), wanted.map(String::as_str)]
            .into_iter()
            .flatten()
        {
            match self.file.profile.get(name) {
                Some(profile) => {
                    for (key, value) in profile {
                        settings.insert(key.get_ref().as_str(), self.setting(key, value, run)?);
                    }
                }
                None if wanted.is_some_and(|wanted| wanted == name) => {
                    return Err(self.unknown(name));
                }
                None => {}
            }
        }
        Ok(settings.into_values().collect())
    }

    fn unknown(&self, name: &str) -> ProfileError {
        let known: Vec<&str> = self.file.profile.keys().map(String::as_str).collect();
        ProfileError::NoProfile {
            path: self.source.shown_name(),
            name: name.to_owned(),
            known: match known[..] {
                [] => "none".to_owned(),
                _ => known.join(", "),
            },
        }
    }

    fn setting<'a>(
        &self,
        key: &Spanned<String>,
        value: &Spanned<Value>,
        run: &'a Command,
    ) -> Result<Setting<'a>, ProfileError> {
        let name = key.get_ref();
        let arg = option(run, name).ok_or_else(|| {
            let known = names(run);
            let help = match closest(name, known.iter().map(String::as_str)) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => {
                    "a profile has the long options of `scansion run`, and `scripts`".to_owned()
                }
            };
            self.wrong(format!("`{name}` is not an option"), key.span(), Some(help))
        })?;
        let words = self.words(arg, name, value)?;
        if let Some(reason) = objection(run, &words) {
            return Err(self.wrong(format!("`{name}` {reason}"), value.span(), None));
        }
        Ok(Setting { arg, words })
    }

    fn words(
        &self,
        arg: &Arg,
        name: &str,
        value: &Spanned<Value>,
    ) -> Result<Vec<OsString>, ProfileError> {
        let is_flag = matches!(arg.get_action(), ArgAction::SetTrue);
        let takes_several = matches!(arg.get_action(), ArgAction::Append) || arg.is_positional();
        match value.get_ref() {
            Value::Boolean(set) if is_flag => Ok(if *set {
                vec![format!("--{name}").into()]
            } else {
                Vec::new()
            }),
            Value::Array(values) if takes_several => {
                let words = values.iter().map(|value| self.word(arg, name, value));
                words
                    .collect::<Option<Vec<_>>>()
                    .ok_or_else(|| self.unfit(name, "a list of texts", value))
            }
            _ if is_flag => Err(self.unfit(name, "`true` or `false`", value)),
            single => {
                let word = self.word(arg, name, single);
                Ok(vec![word.ok_or_else(|| {
                    self.unfit(name, "a text or a number", value)
                })?])
            }
        }
    }

    fn word(&self, arg: &Arg, name: &str, value: &Value) -> Option<OsString> {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Integer(number) => number.to_string(),
            Value::Float(number) => number.to_string(),
            _ => return None,
        };
        let text = match kind(arg) {
            Kind::Path => self.folder.join(text).into_os_string(),
            Kind::Report => ReportTo::below(&self.folder, &text),
            Kind::Launch => LaunchChoice::below(&self.folder, &text),
            Kind::Other => text.into(),
        };
        if arg.is_positional() {
            return Some(text);
        }
        let mut word = OsString::from(format!("--{name}="));
        word.push(text);
        Some(word)
    }

    fn unfit(&self, name: &str, wanted: &str, value: &Spanned<Value>) -> ProfileError {
        self.wrong(format!("`{name}` needs {wanted}"), value.span(), None)
    }

    fn wrong(&self, message: String, span: Range<usize>, help: Option<String>) -> ProfileError {
        ProfileError::Wrong(draw(&self.source, message, span, help))
    }
}

/// Whether there is a path in an option's value, and where.
enum Kind {
    Path,
    Report,
    Launch,
    Other,
}

fn kind(arg: &Arg) -> Kind {
    let parsed = arg.get_value_parser().type_id();
    if parsed == TypeId::of::<PathBuf>() {
        Kind::Path
    } else if parsed == TypeId::of::<ReportTo>() {
        Kind::Report
    } else if parsed == TypeId::of::<LaunchChoice>() {
        Kind::Launch
    } else {
        Kind::Other
    }
}

/// The option of this name.
fn option<'a>(run: &'a Command, name: &str) -> Option<&'a Arg> {
    if NOT_IN_PROFILES.contains(&name) {
        return None;
    }
    let mut arguments = run.get_arguments();
    match name {
        SCRIPTS => arguments.find(|arg| arg.is_positional()),
        name => arguments.find(|arg| arg.get_long() == Some(name)),
    }
}

fn names(run: &Command) -> Vec<String> {
    let long = run.get_arguments().filter_map(Arg::get_long);
    long.filter(|name| !NOT_IN_PROFILES.contains(name))
        .chain([SCRIPTS])
        .map(str::to_owned)
        .collect()
}

/// What is wrong with the value of an option, in the words with which the command line would be refused.
fn objection(run: &Command, words: &[OsString]) -> Option<String> {
    use clap::error::ErrorKind::{InvalidValue, ValueValidation};
    let alone = [OsString::from("run"), OsString::from("--")];
    let words = alone[..1].iter().chain(words);
    let error = run.clone().try_get_matches_from(words).err()?;
    if !matches!(error.kind(), InvalidValue | ValueValidation) {
        return None;
    }
    let text = error.to_string();
    let first = text.lines().next()?.trim_start_matches("error: ");
    Some(format!("cannot be this: {first}"))
}

/// Draws what is wrong in a file of settings, without the word `error`.
pub(super) fn draw(
    source: &SourceFile,
    message: String,
    span: Range<usize>,
    help: Option<String>,
) -> String {
    let diagnostic = Diagnostic {
        severity: Severity::Error,
        message,
        primary: (Span::new(span.start, span.end), None),
        secondary: Vec::new(),
        help,
        notes: Vec::new(),
    };
    let drawn = diagnostic.render(source, Color::Plain);
    // Whoever shows it says that it is an error.
    drawn.trim_start_matches("error: ").to_owned()
}
