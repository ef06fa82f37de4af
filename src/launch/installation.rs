//! Where a server is installed, and the way to start it from there.
//!
//! It is looked for once, before anything is started; knows nothing of ports and scripts.

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use glob::Pattern;

use super::error::LaunchError;
use super::recipe::{Ask, Find, Folder, Recipe, Start, has_blank};
use super::root;
use crate::blanks::Blanks;
use crate::guard::ADMIN_PASSWORD;

/// Where a server is to be found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// Where programs are: in the folders of `PATH`.
    Installed,
    /// This is its program.
    Program(PathBuf),
    /// In this folder, which is its source tree, its release, or what its packages hold.
    Folder(PathBuf),
    /// In a system of its own, whose root this folder is.
    System(PathBuf),
}

impl Place {
    /// What is at a path: a program, a system or another folder.
    ///
    /// # Errors
    ///
    /// When nothing is there.
    pub fn at(path: &Path) -> io::Result<Self> {
        let path = fs::canonicalize(path)?;
        let has = |name: &str| path.join(name).exists();
        Ok(match path.is_dir() {
            false => Self::Program(path),
            true if has("etc/os-release") && has("bin/sh") => Self::System(path),
            true => Self::Folder(path),
        })
    }

    /// The folder that is `/` to the server.
    fn root(&self) -> &Path {
        match self {
            Self::Installed | Self::Program(_) | Self::Folder(_) => Path::new("/"),
            Self::System(root) => root,
        }
    }
}

/// A server that can be started.
#[derive(Debug, Clone)]
pub(super) struct Installation {
    place: Place,
    start: Start,
    /// What was looked up, `{path}` among it.
    pub(super) found: Blanks,
}

impl Installation {
    /// Looks for what a recipe describes.
    ///
    /// # Errors
    ///
    /// When it is not there.
    pub(super) fn find(recipe: &Recipe, place: Place) -> Result<Self, LaunchError> {
        let mut found = Blanks::default();
        if let Place::Folder(path) = &place {
            found.set("path", path.display().to_string());
        }
        let search = Search {
            recipe,
            place: &place,
        };
        let start = search.way(&found)?;
        // What is of no use for this way need not be there.
        let config = recipe.config.as_ref().map_or("", |config| &config.text);
        let wanted =
            |(name, _): &(&String, &Find)| has_blank(config, name) || recipe.fills_in(name, &start);
        for (name, find) in recipe.find.iter().filter(wanted) {
            let value = search.value(name, find, &found)?;
            found.set(name.as_str(), value);
        }
        Ok(Self {
            place,
            start,
            found,
        })
    }

    /// The way in which it is started.
    pub(super) fn start(&self) -> &Start {
        &self.start
    }

    /// The program and its arguments, filled in.
    pub(super) fn words(&self, blanks: &Blanks, folder: &Path) -> Vec<String> {
        let filled = self.start.command();
        let words: Vec<String> = filled.iter().map(|word| blanks.fill(word)).collect();
        match &self.place {
            Place::System(root) => root::entered(root, folder, words),
            Place::Installed | Place::Program(_) | Place::Folder(_) => words,
        }
    }

    /// The variables of its environment.
    pub(super) fn environment(&self, blanks: &Blanks) -> Vec<(String, String)> {
        let variables: &BTreeMap<_, _> = &self.start.environment;
        let filled = variables
            .iter()
            .map(|(name, value)| (name.clone(), blanks.fill(value)));
        filled.collect()
    }

    /// Where it begins.
    pub(super) fn working_folder(&self, blanks: &Blanks, folder: &Path) -> PathBuf {
        match &self.start.working_folder {
            Some(given) => blanks.fill(given).into(),
            None => folder.to_owned(),
        }
    }
}

/// A search for a server at a place.
struct Search<'a> {
    recipe: &'a Recipe,
    place: &'a Place,
}

impl Search<'_> {
    /// The first way to start it for which all is there.
    fn way(&self, found: &Blanks) -> Result<Start, LaunchError> {
        let in_folder = matches!(self.place, Place::Folder(_));
        let ways = self.recipe.start.iter();
        let ways = ways.filter(|way| way.is_for_folder() == in_folder);
        if let Place::Program(path) = self.place
            && ways.clone().all(|way| way.words.is_none())
        {
            return Err(LaunchError::NotOneProgram {
                what: self.recipe.name.clone(),
                path: path.clone(),
            });
        }
        let mut missing = Vec::new();
        for way in ways {
            match self.missing(way, found) {
                None => return Ok(self.with_program(way)),
                Some(what) => missing.push(what),
            }
        }
        Err(match self.place {
            Place::Folder(path) => LaunchError::NotThere {
                what: self.recipe.name.clone(),
                path: path.clone(),
                missing,
            },
            Place::Installed | Place::Program(_) | Place::System(_) => {
                self.not_installed(missing.pop())
            }
        })
    }

    fn not_installed(&self, missing: Option<String>) -> LaunchError {
        LaunchError::NotInstalled {
            what: self.recipe.name.clone(),
            missing: missing.unwrap_or_default(),
            package: self.recipe.package.clone(),
        }
    }

    /// What a way needs that is not there, in words.
    fn missing(&self, way: &Start, found: &Blanks) -> Option<String> {
        let needs = way.needs.iter().map(|pattern| found.fill(pattern));
        let lacks = needs
            .into_iter()
            .find(|pattern| self.paths(pattern).is_empty());
        lacks.map(|pattern| format!("no {pattern}")).or_else(|| {
            let program = way.words.as_ref()?.first()?;
            let program = found.fill(program);
            let is_there = self.is_program(&program);
            (!is_there).then(|| format!("no `{program}` in PATH"))
        })
    }

    /// Whether a program is there. One that a blank names is not known before there are ports.
    fn is_program(&self, program: &str) -> bool {
        if program.contains('{') || matches!(self.place, Place::Program(_)) {
            return true;
        }
        match self.place {
            Place::System(root) if !program.contains('/') => {
                let folders = env::var_os("PATH").unwrap_or_default();
                let mut folders = env::split_paths(&folders);
                folders.any(|folder| below(root, &folder.join(program)).exists())
            }
            Place::System(root) => below(root, Path::new(program)).exists(),
            Place::Installed | Place::Program(_) | Place::Folder(_) => {
                which::which(program).is_ok()
            }
        }
    }

    /// A way with the program that the user has named.
    fn with_program(&self, way: &Start) -> Start {
        let mut way = way.clone();
        if let (Place::Program(program), Some(words)) = (self.place, way.words.as_mut())
            && let Some(first) = words.first_mut()
        {
            *first = program.display().to_string();
        }
        way
    }

    fn value(&self, name: &str, find: &Find, found: &Blanks) -> Result<String, LaunchError> {
        match find {
            Find::Folder(folder) => self.folder(folder, found).ok_or_else(|| {
                let within = folder.within.join(", ");
                self.not_installed(Some(format!("no {} in one of {within}", folder.holds)))
            }),
            Find::Ask(Ask { ask }) => {
                let words = ask.iter().map(|word| found.fill(word)).collect();
                self.answer(words).map_err(|reason| LaunchError::NoAnswer {
                    what: self.recipe.name.clone(),
                    name: name.to_owned(),
                    reason,
                })
            }
        }
    }

    /// The first folder that holds what it must.
    fn folder(&self, folder: &Folder, found: &Blanks) -> Option<String> {
        let in_folder = matches!(self.place, Place::Folder(_));
        let patterns = folder.within.iter();
        let patterns = patterns.filter(|pattern| Folder::is_for_folder(pattern) == in_folder);
        let mut folders = patterns.flat_map(|pattern| self.paths(&found.fill(pattern)));
        let holds = |path: &PathBuf| {
            let path = Pattern::escape(&path.display().to_string());
            !self.paths(&format!("{path}/{}", folder.holds)).is_empty()
        };
        folders.find(holds).map(|path| path.display().to_string())
    }

    /// What is at a pattern, as the server sees it.
    fn paths(&self, pattern: &str) -> Vec<PathBuf> {
        let root = self.place.root();
        let absolute = below(root, Path::new(pattern)).display().to_string();
        let paths = glob::glob(&absolute).into_iter().flatten().flatten();
        paths
            .map(|path| match path.strip_prefix(root) {
                Ok(inner) => Path::new("/").join(inner),
                Err(_) => path,
            })
            .collect()
    }

    fn answer(&self, words: Vec<String>) -> Result<String, String> {
        let words = match self.place {
            Place::System(root) => root::entered(root, &env::temp_dir(), words),
            Place::Installed | Place::Program(_) | Place::Folder(_) => words,
        };
        let (program, arguments) = words.split_first().ok_or("there is no program")?;
        let output = Command::new(program)
            .args(arguments)
            .env_remove(ADMIN_PASSWORD)
            .stdin(Stdio::null())
            .output();
        let output = output.map_err(|error| format!("`{program}`: {error}"))?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        match output.status.success() && !said.is_empty() {
            true => Ok(said),
            false => Err(format!(
                "`{program}` ended with {} and printed nothing",
                output.status
            )),
        }
    }
}

/// A path below another one, even if it is absolute.
fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}
