//! The scripts of the project: which there are, and what they say.

use std::fs;
use std::path::{Path, PathBuf};

use scansion::script::{Reading, read_with};
use scansion::source::SourceFile;

use crate::program::root;

/// Their paths, sorted.
pub fn scripts_below(folder: &Path) -> Vec<PathBuf> {
    let files = walkdir::WalkDir::new(folder)
        .into_iter()
        .flatten()
        .map(walkdir::DirEntry::into_path);
    let is_script = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "scs");
    let mut scripts: Vec<PathBuf> = files.filter(is_script).collect();
    scripts.sort();
    scripts
}

/// Scripts that are written as most are elsewhere: without `## complete`, and each element compared by its namespace.
/// What is tried by changing them does not depend on what the scripts in `spec/` say.
pub fn plain_scripts() -> Vec<PathBuf> {
    scripts_below(&root().join("tests/scripts/plain"))
}

/// Reads a script and the files that it names, by the way from the project.
pub fn reading(path: &Path) -> Reading {
    let source = |path: &Path| {
        let text = fs::read_to_string(root().join(path));
        let text = text.map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(SourceFile::new(path.display().to_string(), &text))
    };
    read_with(source(path).unwrap(), &source)
}
