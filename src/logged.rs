//! A piece of a server's log that may be too long to be kept: its end, and how much is left out before it. Whose log it
//! is, and what for, is not known here.

use std::fmt;

/// How much of a log is read at once, in MiB: a server that writes more has a trouble of another kind.
const MOST_READ_MIB: u64 = 16;

/// How much of a log is read at once, in bytes.
pub(crate) const MOST_READ: u64 = MOST_READ_MIB * 1024 * 1024;

/// What a server logged: all of it, or whole lines at its end.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Logged {
    /// How many bytes before it are left out.
    pub left_out: u64,
    /// What is kept.
    pub text: String,
}

impl Logged {
    /// What was read of a log behind so many bytes that are left out.
    pub(crate) fn behind(left_out: u64, bytes: &[u8]) -> Self {
        let start = match left_out {
            0 => 0,
            _ => next_line(bytes, 0),
        };
        Self {
            left_out: left_out + start as u64,
            text: String::from_utf8_lossy(&bytes[start..]).into_owned(),
        }
    }

    /// At most so many bytes at its end.
    pub(crate) fn end(&self, most: usize) -> Self {
        let Some(over @ 1..) = self.text.len().checked_sub(most) else {
            return self.clone();
        };
        let start = next_line(self.text.as_bytes(), over - 1);
        Self {
            left_out: self.left_out + start as u64,
            text: self.text[start..].to_owned(),
        }
    }

    /// With another text in the place of what is kept.
    pub(crate) fn map(self, change: impl FnOnce(&str) -> String) -> Self {
        let text = change(&self.text);
        Self { text, ..self }
    }
}

/// What is kept, below a line that tells what is not.
impl fmt::Display for Logged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { left_out, text } = self;
        match left_out {
            0 => f.write_str(text),
            _ => write!(
                f,
                "… {left_out} bytes more; `--server-logs DIR` keeps the last {MOST_READ_MIB} MiB\n{text}"
            ),
        }
    }
}

/// Where the first line begins behind the byte at this place, or the end if none does.
fn next_line(bytes: &[u8], from: usize) -> usize {
    let end = bytes[from..].iter().position(|byte| *byte == b'\n');
    end.map_or(bytes.len(), |end| from + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_lines_at_the_end_are_kept() {
        let log = "a line \u{e9}\n".repeat(3);
        let all = Logged::behind(0, log.as_bytes());
        assert_eq!((all.end(log.len()), all.to_string()), (all.clone(), log));
        let told = "… 20 bytes more; `--server-logs DIR` keeps the last 16 MiB\na line \u{e9}\n";
        assert_eq!(all.end(19).to_string(), told);
        assert_eq!(all.end(10), all.end(19));
    }

    #[test]
    fn what_is_left_out_twice_is_told_once() {
        // It begins within a character.
        let read = Logged::behind(100, b"\xa9 cut\none\ntwo\n");
        assert_eq!((read.left_out, read.text.as_str()), (106, "one\ntwo\n"));
        let end = read.end(5);
        assert_eq!((end.left_out, end.text.as_str()), (110, "two\n"));
        assert_eq!(end.to_string().matches("bytes more").count(), 1);
    }
}
