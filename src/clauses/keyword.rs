//! The key words of RFC 2119 in a sentence, and how binding it is by them.

use std::sync::LazyLock;

use regex::Regex;

use super::entry::Level;
use super::pattern::pattern;

/// A key word where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Keyword {
    pub(super) level: Level,
    /// Where it begins.
    pub(super) at: usize,
    /// Where it ends.
    pub(super) end: usize,
}

static KEYWORD: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:MUST|SHALL|SHOULD)(?: +(?:NOT|not)\b)?|\bMAY\b|\bOPTIONAL\b|\b(?:(?:NOT|not) +)?(?:REQUIRED|RECOMMENDED)\b",
    )
});

/// The key words in a sentence. One that is only mentioned is none: what is quoted, or `a MUST-level requirement`.
pub(super) fn keywords(sentence: &str) -> impl Iterator<Item = Keyword> {
    KEYWORD.find_iter(sentence).filter_map(|found| {
        let (before, after) = (&sentence[..found.start()], &sentence[found.end()..]);
        let is_quoted =
            before.ends_with(['"', '\'', '“']) && after.starts_with(['"', '\'', '”', ',']);
        let is_part = after.starts_with(['-', '_', '='])
            || after.starts_with(" requirement")
            || before.ends_with(['-', '_', '=', '#']);
        let is_abbreviated = before.ends_with("stands for ");
        let is_word = !after.starts_with(char::is_alphanumeric);
        (is_word && !is_quoted && !is_part && !is_abbreviated).then(|| Keyword {
            level: level(found.as_str()),
            at: found.start(),
            end: found.end(),
        })
    })
}

/// The one that decides: the first of the strictest.
pub(super) fn strictest(sentence: &str) -> Option<Keyword> {
    let found = keywords(sentence);
    found.reduce(|best, next| if next.level > best.level { next } else { best })
}

/// Whether a paragraph explains the key words.
pub(super) fn explains_keywords(text: &str) -> bool {
    let lower = text.to_lowercase();
    let names = ["key words", "keywords", "capitalized terms"];
    let explains = names.iter().any(|name| lower.contains(name));
    explains
        && ["2119", "8174", "[KEYWORDS]"]
            .iter()
            .any(|source| text.contains(source))
}

fn level(word: &str) -> Level {
    let is_negated = word.to_ascii_uppercase().starts_with("NOT ");
    match word.rsplit(' ').next() {
        Some("REQUIRED") if is_negated => Level::May,
        Some("RECOMMENDED") => Level::Should,
        Some("MAY" | "OPTIONAL") => Level::May,
        _ if word.starts_with("SHOULD") => Level::Should,
        _ => Level::Must,
    }
}
