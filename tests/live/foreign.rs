//! Scripts of others, which are not part of the project.

use std::path::PathBuf;

use crate::program::root;

/// Where they are; none where they are not at hand.
pub fn foreign_scripts() -> Option<PathBuf> {
    let folder = root().join("../shared/scripts");
    folder.is_dir().then_some(folder)
}
