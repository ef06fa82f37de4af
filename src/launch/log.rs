//! What a server writes down while scripts run.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use crate::logged::{Logged, MOST_READ};

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

    /// What was written behind the first `length` bytes; the end, if that is too much.
    pub fn since(&self, length: u64) -> Logged {
        let from = length.max(self.length().saturating_sub(MOST_READ));
        Logged::behind(from - length, &self.read(from))
    }

    /// What was written behind the first `from` bytes.
    fn read(&self, from: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        if let Ok(mut file) = File::open(&self.0)
            && file.seek(SeekFrom::Start(from)).is_ok()
        {
            // What could be read until then is better than nothing.
            let _ = file.take(MOST_READ).read_to_end(&mut bytes);
        }
        bytes
    }

    /// Looks for a line with this beginning behind the first `length` bytes of the log, and gives the rest of the line.
    /// A line that is still being written does not count.
    pub(super) fn line_after(&self, length: u64, beginning: &str) -> Option<String> {
        let written = self.since(length).text;
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
        assert_eq!((log.length(), log.since(0)), (0, Logged::default()));
        fs::write(&path, "one\n").unwrap();
        let before = log.length();
        fs::write(&path, "one\ntwo \u{e9}\n").unwrap();
        assert_eq!(log.since(before).text, "two \u{e9}\n");
        assert_eq!(log.line_after(0, "two ").as_deref(), Some("\u{e9}"));
        assert_eq!(log.line_after(before, "one"), None);
        fs::write(&path, "one\nthr").unwrap();
        assert_eq!(log.line_after(0, "thr"), None);
    }

    #[test]
    fn of_a_long_log_the_end_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let line = "a line of many\n";
        let before = "before\n";
        let many = usize::try_from(MOST_READ).unwrap() / line.len() + 1;
        let logged = format!("{}the end\n", line.repeat(many));
        fs::write(&path, format!("{before}{logged}")).unwrap();
        let read = ServerLog::new(path).since(before.len() as u64);
        assert!(read.text.starts_with(line) && read.text.ends_with("many\nthe end\n"));
        assert_eq!(read.left_out, (logged.len() - read.text.len()) as u64);
        assert!(read.left_out > 0);
    }
}
