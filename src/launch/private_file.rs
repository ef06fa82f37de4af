//! Files of a server's that only their owner can read.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::error::LaunchError;

/// Writes a file of a server's, which can have passwords or a key: only its owner can read it.
pub(super) fn write(path: &Path, text: &str) -> Result<(), LaunchError> {
    let written = path
        .parent()
        .map_or(Ok(()), fs::create_dir_all)
        .and_then(|()| {
            let mut options = OpenOptions::new();
            options.write(true).create(true).truncate(true).mode(0o600);
            options.open(path)?.write_all(text.as_bytes())
        });
    written.map_err(|source| LaunchError::file(path, source))
}
