//! `scansion launch`: which servers can be launched, and how.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use thiserror::Error;

use super::exit_code::ExitCode;
use super::output::{complain, deliver};
use super::profile::{self, ProfileError};
use super::recipes::{NoRecipe, Recipes, builtin};
use super::words::words;

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
    #[arg(value_name = "RECIPE", value_parser = words::<String>(builtin()), hide_possible_values = true)]
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
    Ok(recipes.text(name)?)
}
