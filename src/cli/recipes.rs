//! The recipes of servers to launch that a user can name: those that come with the program, those in `scansion.toml`,
//! and files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::file::{self, Unreadable, draw};
use crate::launch::{BUILTIN, Builtin, Recipe, RecipeError};
use crate::paths::shown;
use crate::script::closest;
use crate::source::SourceFile;
use crate::visible::harmless_line;

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

/// The names of the recipes that come with us.
pub(super) fn builtin() -> impl Iterator<Item = &'static str> {
    BUILTIN.iter().map(|builtin| builtin.name)
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
    /// Those in `scansion.toml` that are files, with their names.
    pub(super) fn files(&self) -> impl Iterator<Item = (&str, &Path)> {
        self.0.iter().filter_map(|(name, recipe)| match recipe {
            OwnRecipe::At(path) => Some((name.as_str(), path.as_path())),
            OwnRecipe::Text(_) => None,
        })
    }

    /// These, and those that come with us.
    pub(super) fn new(own: BTreeMap<String, OwnRecipe>) -> Self {
        Self(own)
    }

    /// The recipe of a name, or at a path.
    pub(super) fn find(&self, name: &str) -> Result<Recipe, NoRecipe> {
        let Text { name, text } = self.read(name)?;
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

    /// The text of a recipe, as it is written.
    pub(super) fn text(&self, name: &str) -> Result<String, NoRecipe> {
        Ok(self.read(name)?.text)
    }

    fn read(&self, name: &str) -> Result<Text, NoRecipe> {
        let at = |path: &Path| -> Result<Text, NoRecipe> {
            let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
            let name = shown(path);
            Ok(Text { name, text })
        };
        let builtin = BUILTIN.iter().find(|builtin| builtin.name == name);
        match (self.0.get(name), builtin) {
            (Some(OwnRecipe::At(path)), _) => at(path),
            (Some(OwnRecipe::Text(text)), _) => Ok(Text {
                name: format!("recipe.{name}"),
                text: text.clone(),
            }),
            (None, Some(builtin)) => Ok(Text {
                name: name.to_owned(),
                text: builtin.text.to_owned(),
            }),
            (None, None) if is_path(name) => at(Path::new(name)),
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
    pub(super) fn lines(&self) -> Result<String, NoRecipe> {
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

/// Whether a recipe is named by its path.
pub(super) fn is_path(recipe: &str) -> bool {
    recipe.contains(['/', '.'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_not_there_is_told_with_the_one_that_is_meant() {
        let error = Recipes::default().find("prosdy").unwrap_err().to_string();
        assert!(error.contains("did you mean `prosody`?"), "{error}");
    }
}
