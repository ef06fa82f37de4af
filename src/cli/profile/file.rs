//! A file of profiles and recipes: where it is found, how it is read, and what is in it.

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Command;
use serde::Deserialize;
use toml::{Spanned, Value};

use super::error::{FILE, ProfileError};
use super::option::{Given, OptionReader};
use crate::cli::file::{self, unreadable};
use crate::cli::ownership;
use crate::cli::recipes::{OwnRecipe, Recipes};
use crate::source::SourceFile;

/// The profile that holds where none is named, and that the others begin with.
const DEFAULT: &str = "default";

/// What is in the file, with the places of keys and values.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    profile: BTreeMap<String, Profile>,
    /// Recipes of servers to launch, by name: each a recipe, or the path of one.
    #[serde(default)]
    recipe: BTreeMap<String, Spanned<Value>>,
}

type Profile = BTreeMap<Spanned<String>, Spanned<Value>>;

/// A file that has been read.
pub(super) struct ProfileFile {
    source: SourceFile,
    folder: PathBuf,
    document: Document,
}

/// The recipes of a file, or of the one that is found.
pub(in crate::cli) fn recipes(named: Option<&Path>) -> Result<Recipes, ProfileError> {
    match (named, found()) {
        (Some(named), _) => ProfileFile::read(named)?.recipes(),
        (None, Some(path)) => ProfileFile::read_found(&path)?.recipes(),
        (None, None) => Ok(Recipes::default()),
    }
}

/// The nearest file from the working directory upwards.
pub(super) fn found() -> Option<PathBuf> {
    if Path::new(FILE).is_file() {
        return Some(PathBuf::from(FILE));
    }
    let here = env::current_dir().ok()?;
    let above = here.ancestors().skip(1).map(|folder| folder.join(FILE));
    above.into_iter().find(|path| path.is_file())
}

/// The arguments that each profile of such a text stands for, the default ones first.
pub(in crate::cli) fn arguments_of_all(
    text: &str,
    run: &Command,
) -> Result<Vec<OsString>, ProfileError> {
    let file = ProfileFile::parse(Path::new(FILE), text)?;
    let mut words = Vec::new();
    for name in file.document.profile.keys() {
        let options = file.options(Some(name), run)?;
        words.extend(options.into_iter().flat_map(|option| option.words));
    }
    Ok(words)
}

impl ProfileFile {
    pub(super) fn read(path: &Path) -> Result<Self, ProfileError> {
        let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
        Self::parse(path, &text)
    }

    /// Reads a file that was found, if no other user may have put it there.
    pub(super) fn read_found(path: &Path) -> Result<Self, ProfileError> {
        let (metadata, bytes) = file::read_found(path)?;
        let seen = ownership::see(path, &metadata);
        seen.map_err(|error| unreadable(path, error))??;
        Self::parse(path, &String::from_utf8_lossy(&bytes))
    }

    fn parse(path: &Path, text: &str) -> Result<Self, ProfileError> {
        let source = SourceFile::new(path.display().to_string(), text);
        let document = toml::from_str(source.text()).map_err(|error| {
            let span = error.span().unwrap_or(0..0);
            ProfileError::wrong(&source, error.message().to_owned(), span, None)
        })?;
        Ok(Self {
            folder: path.parent().unwrap_or(Path::new("")).to_owned(),
            source,
            document,
        })
    }

    /// Whether it has recipes.
    pub(super) fn has_recipes(&self) -> bool {
        !self.document.recipe.is_empty()
    }

    pub(super) fn recipes(&self) -> Result<Recipes, ProfileError> {
        let own = self.document.recipe.iter().map(|(name, value)| {
            let recipe = match value.get_ref() {
                Value::String(path) => OwnRecipe::At(self.folder.join(path)),
                Value::Table(table) => OwnRecipe::Text(table.to_string()),
                _ => {
                    let message = format!("`{name}` needs a recipe, or the path of one");
                    let (source, span) = (&self.source, value.span());
                    return Err(ProfileError::wrong(source, message, span, None));
                }
            };
            Ok((name.clone(), recipe))
        });
        Ok(Recipes::new(own.collect::<Result<_, _>>()?))
    }

    /// The options of a profile and those that it begins with, the last ones winning.
    pub(super) fn options<'a>(
        &self,
        wanted: Option<&String>,
        run: &'a Command,
    ) -> Result<Vec<Given<'a>>, ProfileError> {
        let reader = OptionReader {
            source: &self.source,
            folder: &self.folder,
            run,
        };
        let mut options = BTreeMap::new();
        let names = [Some(DEFAULT), wanted.map(String::as_str)];
        for name in names.into_iter().flatten() {
            match self.document.profile.get(name) {
                Some(profile) => {
                    for (key, value) in profile {
                        options.insert(key.get_ref().as_str(), reader.read(key, value)?);
                    }
                }
                None if wanted.is_some_and(|wanted| wanted == name) => {
                    return Err(self.unknown(name));
                }
                None => {}
            }
        }
        Ok(options.into_values().collect())
    }

    fn unknown(&self, name: &str) -> ProfileError {
        let known: Vec<&str> = self.document.profile.keys().map(String::as_str).collect();
        ProfileError::NoProfile {
            path: self.source.shown_name(),
            name: name.to_owned(),
            known: match known[..] {
                [] => "none".to_owned(),
                _ => known.join(", "),
            },
        }
    }
}
