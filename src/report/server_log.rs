//! The part of a server's log that is shown beside a failure: whole entries, warnings and errors first.
//!
//! An entry begins with a line that has a time in it, and has all lines up to the next one, as a traceback does. Where
//! no line has a time, each line that is not indented begins one.

use std::sync::LazyLock;

use regex::Regex;

use crate::visible::harmless;
use crate::wrapping::wrapped;

/// How far lines after the first are indented.
const INDENT: usize = 2;

/// A time of day, near the beginning of a line.
static TIME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^.{0,40}?\b\d{1,2}:\d\d:\d\d")
        .expect("the expression is a constant of this module")
});

/// The first word that says how grave an entry is.
static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    let lesser = "trace|debug|info|notice";
    let grave = "warn|warning|err|error|severe|crit|critical|alert|emerg|emergency|fatal";
    let pattern = format!(
        r#"(?i)^.{{0,120}}?(?:^|[\s\[(|<=":])(?:{lesser}|(?<grave>{grave}))(?:$|[\s\])|>",:])"#
    );
    Regex::new(&pattern).expect("the expression is a constant of this module")
});

/// What is shown of a log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Excerpt {
    /// Its lines.
    pub(super) lines: Vec<String>,
    /// Of how many entries there is something in it.
    pub(super) shown: usize,
    /// How many entries the log has.
    pub(super) all: usize,
}

/// The entries of a log that tell most, in so many lines of so many columns at most; none of an empty log.
pub(super) fn excerpt(log: &str, lines: usize, columns: usize) -> Option<Excerpt> {
    let entries = entries(log);
    let (grave, lesser): (Vec<usize>, Vec<usize>) =
        (0..entries.len()).partition(|entry| is_grave(entries[*entry][0]));
    let by_weight = grave.into_iter().rev().chain(lesser.into_iter().rev());
    let mut chosen = Vec::new();
    let mut room = lines;
    for entry in by_weight {
        let mut shown = rows(&entries[entry], columns);
        if shown.len() > room && chosen.is_empty() {
            cut(&mut shown, room);
        }
        if shown.len() > room {
            break;
        }
        room -= shown.len();
        chosen.push((entry, shown));
    }
    chosen.sort_by_key(|(entry, _)| *entry);
    let shown = chosen.len();
    (shown > 0).then(|| Excerpt {
        lines: chosen.into_iter().flat_map(|(_, lines)| lines).collect(),
        shown,
        all: entries.len(),
    })
}

/// The lines of each entry; the first one has a text.
fn entries(log: &str) -> Vec<Vec<&str>> {
    let has_times = log.lines().any(|line| TIME.is_match(line));
    let begins = |line: &str| match has_times {
        true => TIME.is_match(line),
        false => !line.starts_with(char::is_whitespace),
    };
    let mut entries: Vec<Vec<&str>> = Vec::new();
    for line in log.lines().filter(|line| !line.trim().is_empty()) {
        match entries.last_mut() {
            Some(last) if !begins(line) => last.push(line),
            _ => entries.push(vec![line]),
        }
    }
    entries
}

fn is_grave(line: &str) -> bool {
    let level = LEVEL.captures(line);
    level.is_some_and(|level| level.name("grave").is_some())
}

/// An entry on a screen of so many columns.
fn rows(entry: &[&str], columns: usize) -> Vec<String> {
    let rows = entry.iter();
    let rows = rows.map(|line| {
        let line = harmless(line).replace('\t', "  ");
        wrapped(line.trim_end(), columns, INDENT)
    });
    rows.flat_map(|rows| rows.lines().map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

/// Leaves so many lines of an entry, the last of which tells of the others if there is more than one.
fn cut(entry: &mut Vec<String>, room: usize) {
    let left = (entry.len() + 1).saturating_sub(room);
    entry.truncate(room);
    if let [_, .., last] = entry.as_mut_slice() {
        *last = format!("{}… {left} more lines", " ".repeat(INDENT));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_excerpt(log: &str, lines: usize, expected: &[&str], entries: (usize, usize)) {
        let excerpt = excerpt(log, lines, 50).unwrap();
        assert_eq!(excerpt.lines, expected);
        assert_eq!((excerpt.shown, excerpt.all), entries);
    }

    const PROSODY: &str = "Nov 26 05:31:00 c2s1\tinfo\tClient connected\n\
        Nov 26 05:31:01 c2s1\terror\tTraceback: x\nstack traceback:\n\t[C]: in ?\n\t[string]: in f\n\
        Nov 26 05:31:02 c2s1\tinfo\tan error it is not\n\
        Nov 26 05:31:03 c2s1\tinfo\tgone\n";

    #[test]
    fn what_is_grave_comes_first_and_the_latest_after_it() {
        assert_excerpt(
            PROSODY,
            5,
            &[
                "Nov 26 05:31:01 c2s1  error  Traceback: x",
                "stack traceback:",
                "  [C]: in ?",
                "  [string]: in f",
                "Nov 26 05:31:03 c2s1  info  gone",
            ],
            (2, 4),
        );
    }

    #[test]
    fn an_entry_that_is_too_long_is_cut() {
        let first = "Nov 26 05:31:01 c2s1  error  Traceback: x";
        assert_excerpt(PROSODY, 2, &[first, "  … 3 more lines"], (1, 4));
        assert_excerpt(PROSODY, 1, &[first], (1, 4));
    }

    #[test]
    fn levels_are_known_by_their_looks() {
        for (line, grave) in [
            (
                "2026-11-26 05:24:14.123+00:00 [warning] <0.4.0>@ejabberd: no",
                true,
            ),
            (
                "2026-11-26 05:24:14.123+00:00 [info] <0.4.0>@ejabberd: error",
                false,
            ),
            ("Thu Nov 26 05:24:14 2026 [error] connection refused", true),
            ("2026.11.26 05:24:14 WARN  [socket]: x", true),
            (
                "2026-11-26 05:24:14.123 | INFO     | pyjabber: warning: x",
                false,
            ),
            ("when=2026-11-26T05:24:14 level=error pid=<0.1.0>", true),
            ("{\"time\":\"05:24:14\",\"level\":\"fatal\"}", true),
            ("terror and warnings", false),
        ] {
            assert_eq!(is_grave(line), grave, "{line}");
        }
    }

    #[test]
    fn without_times_indentation_tells_entries_apart() {
        assert_excerpt("one\n  more\n\ntwo\n", 1, &["two"], (1, 2));
        assert_excerpt("one\n  more\n", 3, &["one", "  more"], (1, 1));
        assert_eq!(excerpt(" \n\n", 3, 40), None);
    }

    #[test]
    fn long_lines_are_broken() {
        let line = "a word and another one, up to the end of the line, and on";
        assert_excerpt(
            line,
            3,
            &[
                "a word and another one, up to the end of the line,",
                "  and on",
            ],
            (1, 1),
        );
    }
}
