//! The scripts that are in a folder and in those below it.

use std::path::{Path, PathBuf};

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
