//! Which scripts are meant: finding, reading and choosing them.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use clap::Args;
use thiserror::Error;
use walkdir::{DirEntry, WalkDir};

use super::file::{self, Unreadable};
use crate::case::CaseId;
use crate::paths::shown;
use crate::script::ast::{Script, Tag};
use crate::script::{self, ScriptError};
use crate::source::SourceFile;

/// Which scripts.
#[derive(Debug, Args)]
pub(super) struct SelectArgs {
    /// Scripts, or directories that are searched for *.scs
    #[arg(value_name = "FILE_OR_DIR", required_unless_present = "directories")]
    pub(super) paths: Vec<PathBuf>,
    /// The same as naming the directory; accepted for those used to the Lua tool
    #[arg(short = 'd', value_name = "DIR")]
    pub(super) directories: Vec<PathBuf>,
    /// Only scripts that have one of these tags: `slow`, or with a value `xep: 0313`
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) only_tags: Vec<String>,
    /// No scripts that have one of these tags
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(super) skip_tags: Vec<String>,
    /// Only scripts with this in their title or path, in upper or lower case
    #[arg(long, value_name = "SUBSTRING")]
    pub(super) filter: Vec<String>,
}

/// A script that was read, and what is wrong with it.
pub(super) struct Selected {
    pub(super) script: Script,
    pub(super) problems: Vec<ScriptError>,
}

/// Why scripts cannot be read.
#[derive(Debug, Error)]
pub(super) enum SelectError {
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("{}: {source}", shown(path))]
    Directory {
        path: PathBuf,
        #[source]
        source: walkdir::Error,
    },
    #[error("{}:{line}: this is not UTF-8 text", shown(path))]
    NotText { path: PathBuf, line: usize },
    #[error("no script is selected: there is no *.scs file in what was given")]
    NothingFound,
    #[error("no script is selected: none of {0} has the wanted tags, title or path")]
    NothingLeft(usize),
}

/// The scripts that the arguments mean.
pub(super) struct Selection {
    /// Those that could be read, in order, none twice.
    pub(super) scripts: Vec<Selected>,
    /// What is wrong with the others.
    pub(super) unreadable: Vec<SelectError>,
}

impl SelectError {
    /// The name of the script or folder that it is about, if it is about one.
    pub(super) fn case(&self) -> CaseId {
        CaseId::of_script(match self {
            Self::Unreadable(error) => error.path.display().to_string(),
            Self::Directory { path, .. } | Self::NotText { path, .. } => path.display().to_string(),
            Self::NothingFound | Self::NothingLeft(_) => String::new(),
        })
    }
}

impl Selection {
    /// What all scripts are called, those that cannot be read included.
    pub(super) fn cases(&self) -> Vec<CaseId> {
        let readable = self.scripts.iter();
        let readable = readable.map(|selected| selected.script.case.clone());
        let unreadable = self.unreadable.iter().map(SelectError::case);
        readable.chain(unreadable).collect()
    }
}

/// Reads the scripts that the arguments mean.
pub(super) fn select(arguments: &SelectArgs) -> Result<Selection, SelectError> {
    let roots = arguments.paths.iter().chain(&arguments.directories);
    let (paths, mut unreadable) = find(roots);
    if paths.is_empty() && unreadable.is_empty() {
        return Err(SelectError::NothingFound);
    }
    let count = paths.len();
    let mut scripts = Vec::new();
    for path in paths {
        match read_source(&path).map(script::read) {
            Err(error) => unreadable.push(error),
            Ok(read) if is_wanted(&read.script, arguments) => scripts.push(Selected {
                script: read.script,
                problems: read.problems,
            }),
            Ok(_) => {}
        }
    }
    if scripts.is_empty() && unreadable.is_empty() {
        return Err(SelectError::NothingLeft(count));
    }
    Ok(Selection {
        scripts,
        unreadable,
    })
}

/// The files that files and folders mean, in order, none twice, and what cannot be looked into.
pub(super) fn find<'p>(
    roots: impl Iterator<Item = &'p PathBuf>,
) -> (Vec<PathBuf>, Vec<SelectError>) {
    let mut found = Vec::new();
    let mut unreadable = Vec::new();
    let mut seen = HashSet::new();
    for path in roots.flat_map(|root| find_below(root)) {
        match path {
            // A file can be named in more than one way.
            Ok(path) if seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) => {
                found.push(path);
            }
            Ok(_) => {}
            Err(error) => unreadable.push(error),
        }
    }
    (found, unreadable)
}

fn find_below(root: &Path) -> Vec<Result<PathBuf, SelectError>> {
    if !root.is_dir() {
        return vec![Ok(root.to_owned())];
    }
    let walk = WalkDir::new(root).follow_links(true).sort_by_file_name();
    walk.into_iter()
        .filter_map(|entry| match entry {
            Ok(entry) => is_script(&entry).then(|| Ok(entry.into_path())),
            Err(source) => Some(Err(SelectError::Directory {
                path: root.to_owned(),
                source,
            })),
        })
        .collect()
}

fn is_script(entry: &DirEntry) -> bool {
    let ending = entry.path().extension();
    entry.file_type().is_file() && ending.is_some_and(|ending| ending == "scs")
}

/// Reads the text of a script.
pub(super) fn read_source(path: &Path) -> Result<SourceFile, SelectError> {
    source_of(path, file::read(path)?)
}

/// Reads a text that this program has written.
pub(super) fn read_back(path: &Path) -> Result<SourceFile, SelectError> {
    source_of(path, file::read_back(path)?)
}

/// The text that these bytes of a file are.
pub(super) fn source_of(path: &Path, bytes: Vec<u8>) -> Result<SourceFile, SelectError> {
    let text = String::from_utf8(bytes).map_err(|error| SelectError::NotText {
        path: path.to_owned(),
        line: line_of(error.as_bytes(), error.utf8_error().valid_up_to()),
    })?;
    Ok(SourceFile::new(path.display().to_string(), &text))
}

fn line_of(bytes: &[u8], at: usize) -> usize {
    1 + bytes[..at].iter().filter(|byte| **byte == b'\n').count()
}

fn is_wanted(script: &Script, arguments: &SelectArgs) -> bool {
    let tags = &script.head.tags;
    let has_one = |wanted: &[String]| wanted.iter().any(|wanted| has_tag(tags, wanted));
    let has_text = |wanted: &String| {
        let wanted = wanted.to_lowercase();
        script.title().to_lowercase().contains(&wanted)
            || script.case.to_string().to_lowercase().contains(&wanted)
    };
    (arguments.only_tags.is_empty() || has_one(&arguments.only_tags))
        && !has_one(&arguments.skip_tags)
        && (arguments.filter.is_empty() || arguments.filter.iter().any(has_text))
}

/// Whether a script has a tag; one without value means the tag with any value.
fn has_tag(tags: &[Tag], wanted: &str) -> bool {
    let (key, value) = match wanted.split_once(':') {
        Some((key, value)) => (key.trim(), Some(value.trim())),
        None => (wanted.trim(), None),
    };
    tags.iter()
        .any(|tag| tag.key == key && value.is_none_or(|value| tag.value.as_deref() == Some(value)))
}
