//! What a server writes down while scripts run.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

/// The most of a log that is read at once, in bytes: a server that writes more has a trouble of another kind.
const MOST: u64 = 16 * 1024 * 1024;

/// The file that a server writes its log to.
#[derive(Debug, Clone)]
pub struct ServerLog(PathBuf);

impl ServerLog {
    /// The log in this file, which need not be there yet.
    pub fn new(path: PathBuf) -> Self {
        Self(path)
    }

    /// How long it is now, in bytes.
    pub fn length(&self) -> u64 {
        fs::metadata(&self.0).map_or(0, |metadata| metadata.len())
    }

    /// What was written behind the first `length` bytes.
    pub fn since(&self, length: u64) -> String {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.0)
            && file.seek(SeekFrom::Start(length)).is_ok()
        {
            // What could be read until then is better than nothing.
            let _ = file.take(MOST).read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Looks for a line with this beginning behind the first `length` bytes of the log, and gives the rest of the line.
    /// A line that is still being written does not count.
    pub(super) fn line_after(&self, length: u64, beginning: &str) -> Option<String> {
        let written = self.since(length);
        let lines = written.split_inclusive('\n');
        let mut ended = lines.filter_map(|line| line.strip_suffix('\n'));
        let rest = ended.find_map(|line| line.strip_prefix(beginning))?;
        Some(rest.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_begins_where_the_log_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let log = ServerLog::new(path.clone());
        assert_eq!((log.length(), log.since(0)), (0, String::new()));
        fs::write(&path, "one\n").unwrap();
        let before = log.length();
        fs::write(&path, "one\ntwo \u{e9}\n").unwrap();
        assert_eq!(log.since(before), "two \u{e9}\n");
        assert_eq!(log.line_after(0, "two ").as_deref(), Some("\u{e9}"));
        assert_eq!(log.line_after(before, "one"), None);
        fs::write(&path, "one\nthr").unwrap();
        assert_eq!(log.line_after(0, "thr"), None);
    }
}
