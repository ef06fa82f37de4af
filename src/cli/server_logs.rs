//! Keeping what a server logged during each script.

use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::file::{Unreadable, unreadable};
use crate::runner::ScriptOutcome;

/// A folder with a file for each script.
pub(super) struct ServerLogs(PathBuf);

impl ServerLogs {
    /// Makes the folder, if it is not there.
    pub(super) fn create(folder: &Path) -> Result<Self, Unreadable> {
        let made = fs::DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(folder);
        made.map_err(|error| unreadable(folder, error))?;
        Ok(Self(folder.to_owned()))
    }

    /// Writes what was logged during an attempt of a script, the `number`th of the run, to a file that only its owner
    /// can read. Both are counted from 0.
    pub(super) fn write(
        &self,
        number: usize,
        attempt: usize,
        outcome: &ScriptOutcome,
    ) -> Result<(), Unreadable> {
        let name = file_name(number, attempt, outcome.source.name());
        let path = self.0.join(name);
        let log = outcome.secrets.redact(&outcome.server_log);
        write_privately(&path, log.as_bytes()).map_err(|error| unreadable(&path, error))
    }
}

/// `007-spec-login.log`: scripts of one name in several folders, or run several times, do not meet.
fn file_name(number: usize, attempt: usize, script: &str) -> String {
    let stem = script.strip_suffix(".scs").unwrap_or(script);
    let plain = stem.replace(|char: char| !(char.is_alphanumeric() || char == '_'), "-");
    let attempt = match attempt {
        0 => String::new(),
        attempt => format!("-attempt-{}", attempt + 1),
    };
    format!("{:03}-{}{attempt}.log", number + 1, plain.trim_matches('-'))
}

fn write_privately(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(path)?.write_all(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_is_named_after_its_script() {
        assert_eq!(file_name(6, 0, "spec/login.scs"), "007-spec-login.log");
        let again = file_name(6, 1, "spec/login.scs");
        assert_eq!(again, "007-spec-login-attempt-2.log");
        assert_eq!(file_name(0, 0, "../a b.scs"), "001-a-b.log");
    }
}
