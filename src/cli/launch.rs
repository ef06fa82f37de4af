//! Servers to launch: the options for them, the recipes that they name, and `scansion launch`.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{Args, Subcommand};
use thiserror::Error;

use super::args::parse_duration;
use super::exit_code::ExitCode;
use super::file::{self, Unreadable};
use super::output::{complain, deliver};
use super::profile::{self, ProfileError, draw};
use crate::launch::{BUILTIN, Builtin, Recipe, RecipeError, Setting};
use crate::paths::shown;
use crate::script::closest;
use crate::source::SourceFile;
use crate::visible::harmless_line;

/// What the options about launched servers stand under.
pub(super) const LAUNCHING: &str = "Launching a server";

/// A server of the run's own.
#[derive(Debug, Args)]
#[command(next_help_heading = LAUNCHING)]
pub(super) struct LaunchArgs {
    /// Start a throw-away server on free ports, with all that the scripts need, by a recipe: a name that `scansion launch
    /// list` tells, or a file. PATH is where the server is: its program, its source tree or release, a folder into which
    /// its packages were unpacked, or the root of a system that has it
    #[arg(long, value_name = "RECIPE[=PATH]", group = "launched", conflicts_with_all = ["server", "component_server"])]
    pub(super) launch: Option<LaunchChoice>,
    /// Start a server by a command of the shell; {port}, {dir} and others are filled in
    #[arg(long, value_name = "CMD", group = "launched", conflicts_with_all = ["server", "component_server", "launch"])]
    pub(super) launch_command: Option<String>,
    /// Configure the launched server by this file; {port}, {dir} and others are filled in
    #[arg(long, value_name = "FILE", requires = "launched")]
    pub(super) launch_config: Option<PathBuf>,
    /// Change a setting of the launched server's configuration; can be given several times
    #[arg(long, value_name = "NAME=VALUE", requires = "launch", value_parser = parse_setting)]
    pub(super) launch_set: Vec<Setting>,
    /// How long a launched server may take until it is ready: it has a stream for every domain of the scripts
    #[arg(long, value_name = "TIME", default_value = "30s", value_parser = parse_duration)]
    pub(super) launch_timeout: Duration,
    /// Let a launched server run on after the scripts, and tell how to connect to it
    #[arg(long, requires = "launched")]
    pub(super) keep_server: bool,
    /// Write what a launched server logged during each script to a file in this folder
    #[arg(long, value_name = "DIR", requires = "launched")]
    pub(super) server_logs: Option<PathBuf>,
}

/// `--launch`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct LaunchChoice {
    /// The name of a recipe, or the path of one.
    pub(super) recipe: String,
    /// Where the server is.
    pub(super) place: Option<PathBuf>,
}

/// That `--launch` does not name a recipe.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("give a recipe, or RECIPE=PATH, for example prosody or prosody=/opt/prosody")]
pub(super) struct NoChoice;

impl FromStr for LaunchChoice {
    type Err = NoChoice;

    fn from_str(text: &str) -> Result<Self, NoChoice> {
        let (recipe, place) = match text.split_once('=') {
            Some((_, "")) => return Err(NoChoice),
            Some((recipe, place)) => (recipe, Some(place.into())),
            None => (text, None),
        };
        match recipe.is_empty() {
            true => Err(NoChoice),
            false => Ok(Self {
                recipe: recipe.to_owned(),
                place,
            }),
        }
    }
}

impl LaunchChoice {
    /// What is asked for in a file in a folder, where the paths in it begin.
    pub(super) fn below(folder: &Path, text: &str) -> OsString {
        let (recipe, place) = match text.split_once('=') {
            Some((recipe, place)) => (recipe, Some(place)),
            None => (text, None),
        };
        let mut text = match is_path(recipe) {
            true => folder.join(recipe).into_os_string(),
            false => recipe.into(),
        };
        if let Some(place) = place {
            text.push("=");
            text.push(folder.join(place));
        }
        text
    }
}

/// Whether a recipe is named by its path.
fn is_path(recipe: &str) -> bool {
    recipe.contains(['/', '.'])
}

fn parse_setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Setting {
            name: name.trim().to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("give NAME=VALUE, for example mam_smart_enable=true".to_owned()),
    }
}

/// Why there is no recipe.
#[derive(Debug, Error)]
pub(super) enum NoRecipe {
    #[error(
        "there is no recipe `{name}`{}; `scansion launch list` tells which there are, and a path names one of your own",
        meant.as_ref().map_or_else(String::new, |meant| format!(" (did you mean `{meant}`?)"))
    )]
    Unknown { name: String, meant: Option<String> },
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// Something in it is wrong: the message is drawn under the line.
    #[error("{0}")]
    Wrong(String),
    #[error("{path}: {source}")]
    Other {
        path: String,
        #[source]
        source: RecipeError,
    },
}

/// The recipes that can be named: those that come with us, and those in `scansion.toml`.
#[derive(Debug, Clone, Default)]
pub(super) struct Recipes(BTreeMap<String, OwnRecipe>);

/// A recipe in `scansion.toml`.
#[derive(Debug, Clone)]
pub(super) enum OwnRecipe {
    /// Its text.
    Text(String),
    /// Its path.
    At(PathBuf),
}

/// The text of a recipe, and what it is called in messages.
struct Text {
    name: String,
    text: String,
}

impl Recipes {
    /// These, and those that come with us.
    pub(super) fn new(own: BTreeMap<String, OwnRecipe>) -> Self {
        Self(own)
    }

    /// The recipe of a name, or at a path.
    pub(super) fn find(&self, name: &str) -> Result<Recipe, NoRecipe> {
        let Text { name, text } = self.text(name)?;
        Recipe::read(&text).map_err(|error| match error {
            RecipeError::Syntax { message, span } => {
                let source = SourceFile::new(name, &text);
                NoRecipe::Wrong(draw(&source, message, span, None))
            }
            other => NoRecipe::Other {
                path: name,
                source: other,
            },
        })
    }

    fn text(&self, name: &str) -> Result<Text, NoRecipe> {
        let read = |path: &Path| -> Result<Text, NoRecipe> {
            let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
            let name = shown(path);
            Ok(Text { name, text })
        };
        let builtin = BUILTIN.iter().find(|builtin| builtin.name == name);
        match (self.0.get(name), builtin) {
            (Some(OwnRecipe::At(path)), _) => read(path),
            (Some(OwnRecipe::Text(text)), _) => Ok(Text {
                name: format!("recipe.{name}"),
                text: text.clone(),
            }),
            (None, Some(builtin)) => Ok(Text {
                name: name.to_owned(),
                text: builtin.text.to_owned(),
            }),
            (None, None) if is_path(name) => read(Path::new(name)),
            (None, None) => Err(NoRecipe::Unknown {
                name: name.to_owned(),
                meant: closest(name, self.names()).map(str::to_owned),
            }),
        }
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        let builtin = BUILTIN.iter().map(|Builtin { name, .. }| *name);
        self.0.keys().map(String::as_str).chain(builtin)
    }

    /// A line for each recipe that can be named.
    fn lines(&self) -> Result<String, NoRecipe> {
        let mut names: Vec<&str> = self.names().collect();
        names.sort_unstable();
        names.dedup();
        let width = names.iter().map(|name| name.len()).max().unwrap_or(0);
        let line = |name: &&str| {
            let about = harmless_line(&self.find(name)?.about);
            let line = format!("{:width$}  {about}", harmless_line(name));
            Ok(format!("{}\n", line.trim_end()))
        };
        names.iter().map(line).collect()
    }
}

/// `scansion launch`.
#[derive(Debug, Subcommand)]
pub(super) enum LaunchCommand {
    /// Lists the recipes that `--launch` knows by name
    List(ListRecipesArgs),
    /// Prints a recipe, with which one of your own can begin
    Show(ShowRecipeArgs),
}

/// `scansion launch list`.
#[derive(Debug, Args)]
pub(super) struct ListRecipesArgs {
    #[command(flatten)]
    config: ConfigArgs,
}

/// `scansion launch show`.
#[derive(Debug, Args)]
pub(super) struct ShowRecipeArgs {
    /// The name of a recipe, or its path
    #[arg(value_name = "RECIPE")]
    recipe: String,
    #[command(flatten)]
    config: ConfigArgs,
}

/// Where recipes of the user's have names.
#[derive(Debug, Args)]
struct ConfigArgs {
    /// Take this file instead of scansion.toml, whosever it is
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    config: Option<PathBuf>,
    /// Read no scansion.toml
    #[arg(long)]
    no_config: bool,
}

impl ConfigArgs {
    fn recipes(&self) -> Result<Recipes, ProfileError> {
        match self.no_config {
            true => Ok(Recipes::default()),
            false => profile::recipes(self.config.as_deref()),
        }
    }
}

/// Why recipes cannot be shown.
#[derive(Debug, Error)]
enum NothingToShow {
    #[error(transparent)]
    Recipe(#[from] NoRecipe),
    #[error(transparent)]
    Profile(#[from] ProfileError),
}

/// Lists recipes, or shows one.
pub(super) fn launch(command: &LaunchCommand) -> ExitCode {
    let text = match command {
        LaunchCommand::List(arguments) => list(&arguments.config),
        LaunchCommand::Show(arguments) => show(&arguments.recipe, &arguments.config),
    };
    match text {
        Ok(text) => deliver(&text),
        Err(error) => complain(&error),
    }
}

fn list(config: &ConfigArgs) -> Result<String, NothingToShow> {
    Ok(config.recipes()?.lines()?)
}

fn show(name: &str, config: &ConfigArgs) -> Result<String, NothingToShow> {
    let recipes = config.recipes()?;
    // One that has mistakes is told with them.
    recipes.find(name)?;
    Ok(recipes.text(name)?.text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_chosen_by_its_recipe_and_where_it_is() {
        let choice = |text: &str| text.parse::<LaunchChoice>().ok();
        let of = |recipe: &str, place: Option<&str>| {
            Some(LaunchChoice {
                recipe: recipe.to_owned(),
                place: place.map(PathBuf::from),
            })
        };
        assert_eq!(choice("prosody"), of("prosody", None));
        assert_eq!(
            choice("./a.toml=/opt/a=b"),
            of("./a.toml", Some("/opt/a=b"))
        );
        for wrong in ["", "=", "prosody=", "=/opt"] {
            assert_eq!(choice(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn paths_in_a_file_begin_in_its_folder() {
        let below = |text: &str| LaunchChoice::below(Path::new("/a"), text);
        assert_eq!(below("prosody"), "prosody");
        assert_eq!(below("prosody=src"), "prosody=/a/src");
        assert_eq!(below("mine.toml=/src"), "/a/mine.toml=/src");
    }

    #[test]
    fn a_name_that_is_not_there_is_told_with_the_one_that_is_meant() {
        let error = Recipes::default().find("prosdy").unwrap_err().to_string();
        assert!(error.contains("did you mean `prosody`?"), "{error}");
    }
}
