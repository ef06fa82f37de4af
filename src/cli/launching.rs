//! The server that a run launches for itself: the options for it, and what they make of a recipe.

use std::env::current_exe;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::Args;
use thiserror::Error;

use super::file::{self, Unreadable, unreadable};
use super::recipes::{NoRecipe, Recipes, builtin, is_path};
use super::waiting::parse_duration;
use super::words::words;
use crate::launch::{Blueprint, Encryption, Place, Recipe, Setting};
use crate::xmpp::TlsPolicy;

/// What the options about launched servers stand under.
pub(super) const LAUNCHING: &str = "Launching a server";

/// A server of the run's own.
#[derive(Debug, Args)]
#[command(next_help_heading = LAUNCHING)]
pub(super) struct LaunchArgs {
    /// Start a throw-away server on free ports, with all that the scripts need, by a recipe: a name that `scansion
    /// launch list` tells, or a file. PATH is where the server is: its program, its source tree or release, a folder
    /// into which its packages were unpacked, or the root of a system that has it
    #[arg(long, value_name = "RECIPE[=PATH]", group = "launched", conflicts_with_all = ["server", "component_server"], value_parser = words::<LaunchChoice>(builtin()), hide_possible_values = true)]
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

/// The error that `--launch` does not name a recipe.
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
    /// Where the server is.
    fn place(&self) -> Result<Place, Unreadable> {
        match &self.place {
            None => Ok(Place::Installed),
            Some(path) => Place::at(path).map_err(|source| unreadable(path, source)),
        }
    }

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

fn parse_setting(text: &str) -> Result<Setting, String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => Ok(Setting {
            name: name.trim().to_owned(),
            value: value.to_owned(),
        }),
        _ => Err("give NAME=VALUE, for example mam_smart_enable=true".to_owned()),
    }
}

/// Why no server can be described.
#[derive(Debug, Error)]
pub(super) enum NoBlueprint {
    #[error(transparent)]
    Recipe(#[from] NoRecipe),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("cannot guard a server, as this program does not know where it is: {0}")]
    Nameless(#[source] io::Error),
}

impl LaunchArgs {
    /// The server to launch, if one is asked for; whether it requires encryption depends on how clients connect.
    pub(super) fn blueprint(
        &self,
        recipes: &Recipes,
        tls: TlsPolicy,
    ) -> Result<Option<Blueprint>, NoBlueprint> {
        let (recipe, place) = match (&self.launch, &self.launch_command) {
            (Some(choice), _) => (recipes.find(&choice.recipe)?, choice.place()?),
            (None, Some(command)) => (Recipe::of_command(command), Place::Installed),
            (None, None) => return Ok(None),
        };
        Ok(Some(Blueprint {
            recipe,
            place,
            config: self.config()?,
            settings: self.launch_set.clone(),
            encryption: match tls {
                TlsPolicy::StartTls => Encryption::Required,
                TlsPolicy::Auto | TlsPolicy::Direct | TlsPolicy::None => Encryption::Offered,
            },
            patience: self.launch_timeout,
            guard: this_program().map_err(NoBlueprint::Nameless)?,
        }))
    }

    /// The name and the text of the user's configuration.
    fn config(&self) -> Result<Option<(String, String)>, Unreadable> {
        let Some(path) = &self.launch_config else {
            return Ok(None);
        };
        let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
        let name = path.file_name().unwrap_or_default();
        Ok(Some((name.to_string_lossy().into_owned(), text)))
    }
}

/// This program, as it is even if another one has been built in its place since.
fn this_program() -> io::Result<PathBuf> {
    let ours = Path::new("/proc/self/exe");
    match ours.exists() {
        true => Ok(ours.to_owned()),
        false => current_exe(),
    }
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
}
