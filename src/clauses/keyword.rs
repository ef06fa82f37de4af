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

/// Key words in a row, as they stand where all of them are meant.
static LISTED: LazyLock<Regex> = LazyLock::new(|| pattern(r"^, (?:MUST|SHALL|SHOULD|MAY|etc\.)"));
static LIST_BEFORE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:MUST|SHALL|SHOULD|MAY)(?: NOT)?, $"));

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
        let is_listed = LISTED.is_match(after) || LIST_BEFORE.is_match(before);
        let is_abbreviated = before.ends_with("stands for ");
        let is_word = !after.starts_with(char::is_alphanumeric);
        (is_word && !is_quoted && !is_part && !is_listed && !is_abbreviated).then(|| Keyword {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_strictest_key_word_decides() {
        for (sentence, level) in [
            ("A lamp MUST glow.", Some(Level::Must)),
            ("A lamp MUST NOT smoke.", Some(Level::Must)),
            ("Oil is REQUIRED.", Some(Level::Must)),
            ("A lamp SHALL NOT smoke.", Some(Level::Must)),
            ("A lamp SHOULD be clean.", Some(Level::Should)),
            ("A wick is RECOMMENDED.", Some(Level::Should)),
            ("A second wick is NOT RECOMMENDED.", Some(Level::Should)),
            ("A shade MAY be used.", Some(Level::May)),
            ("A shade is OPTIONAL.", Some(Level::May)),
            ("A shade is NOT REQUIRED.", Some(Level::May)),
            ("A shade is not REQUIRED.", Some(Level::May)),
            (
                "A lamp MAY smell, SHOULD shine and MUST burn.",
                Some(Level::Must),
            ),
            ("A lamp must glow, and MUSTARD may be near.", None),
        ] {
            let found = strictest(sentence).map(|keyword| keyword.level);
            assert_eq!(found, level, "{sentence}");
        }
    }

    #[test]
    fn a_key_word_that_is_mentioned_binds_nobody() {
        for sentence in [
            r#"The word "MUST" is short."#,
            "This softens a MUST-level rule.",
            "There is one exception to the SHOULD requirements.",
            "The large words (MUST, SHOULD, etc.) are loud.",
            "In the table S stands for SHOULD.",
        ] {
            assert_eq!(strictest(sentence), None, "{sentence}");
        }
    }

    #[test]
    fn what_explains_key_words_is_known() {
        assert!(explains_keywords(
            "The key words MUST and MAY are those of RFC 2119."
        ));
        assert!(explains_keywords(
            "Capitalized terms are those of [KEYWORDS]."
        ));
        assert!(!explains_keywords("A server MUST read RFC 2119."));
    }
}
