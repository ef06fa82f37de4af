//! A paragraph parted into its sentences.

use std::sync::LazyLock;

use regex::Regex;

use super::pattern::pattern;

/// Where a sentence may end: behind a mark and what closes with it, before white space.
static END: LazyLock<Regex> = LazyLock::new(|| pattern(r#"[.?!]["'”’)\]]*\s+"#));

/// Words that a full stop belongs to.
const ABBREVIATIONS: [&str; 16] = [
    "e.g.", "i.e.", "cf.", "vs.", "resp.", "sec.", "sect.", "fig.", "no.", "al.", "st.", "viz.",
    "approx.", "incl.", "ca.", "eq.",
];

/// The sentences of a paragraph.
pub(super) fn sentences(paragraph: &str) -> Vec<&str> {
    let balanced = parted(paragraph, true);
    // With a parenthesis that is never closed all that follows would be one sentence.
    match balanced.last().is_some_and(|last| depth(last) > 0) {
        true => parted(paragraph, false),
        false => balanced,
    }
}

fn parted(paragraph: &str, heeds_parentheses: bool) -> Vec<&str> {
    let mut sentences = Vec::new();
    let mut start = 0;
    for end in END.find_iter(paragraph) {
        let (sentence, rest) = (&paragraph[start..end.end()], &paragraph[end.end()..]);
        let is_within =
            heeds_parentheses && depth(sentence.strip_prefix('(').unwrap_or(sentence)) > 0;
        if !is_within && begins_sentence(rest) && !ends_abbreviated(sentence.trim_end()) {
            sentences.push(sentence.trim());
            start = end.end();
        }
    }
    sentences.push(paragraph[start..].trim());
    sentences.retain(|sentence| !sentence.is_empty());
    sentences
}

/// How many parentheses are open at the end of a text.
fn depth(text: &str) -> usize {
    text.chars().fold(0, |depth: usize, char| match char {
        '(' => depth + 1,
        ')' => depth.saturating_sub(1),
        _ => depth,
    })
}

/// A sentence begins with a capital letter, or with something that has no such letter: a name, an element.
fn begins_sentence(text: &str) -> bool {
    let text = text.trim_start_matches(['(', '"', '“', '\'', '‘', '[', '*']);
    text.starts_with(|first: char| {
        !first.is_lowercase() && (first.is_alphanumeric() || first == '<')
    })
}

fn ends_abbreviated(sentence: &str) -> bool {
    let last = sentence
        .rsplit(char::is_whitespace)
        .next()
        .unwrap_or_default();
    let last = last.trim_start_matches(['(', '"', '[']).to_lowercase();
    let is_initial = last.len() == 2 && last.starts_with(char::is_alphabetic);
    is_initial || ABBREVIATIONS.contains(&last.as_str()) || is_number(&last) && sentence == last
}

/// The number of an item, such as `1.`, is no sentence.
fn is_number(word: &str) -> bool {
    word.strip_suffix('.')
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_paragraph_is_parted_at_the_ends_of_sentences() {
        for (paragraph, expected) in [
            (
                "One. Two! Three? Four",
                vec!["One.", "Two!", "Three?", "Four"],
            ),
            ("Say \"no.\" Then go.", vec!["Say \"no.\"", "Then go."]),
            ("See it. <lamp/> is on.", vec!["See it.", "<lamp/> is on."]),
            (
                "Use oil, e.g. Whale oil, i.e. None.",
                vec!["Use oil, e.g. Whale oil, i.e. None."],
            ),
            ("Cf. XEP-0001. Done.", vec!["Cf. XEP-0001.", "Done."]),
            (
                "It is 1.5 high. 2 wide.",
                vec!["It is 1.5 high.", "2 wide."],
            ),
            (
                "It ends at a.b and goes. on.",
                vec!["It ends at a.b and goes. on."],
            ),
            ("1. First.", vec!["1. First."]),
        ] {
            assert_eq!(sentences(paragraph), expected, "{paragraph}");
        }
    }

    #[test]
    fn what_is_in_parentheses_belongs_to_the_sentence_around_it() {
        let whole = "A lamp (it burns. It shines) is hot.";
        assert_eq!(sentences(&format!("{whole} Yes.")), [whole, "Yes."]);
        let own = sentences("Go. (Stay here. Wait.) Come.");
        assert_eq!(own, ["Go.", "(Stay here.", "Wait.)", "Come."]);
        assert_eq!(
            sentences("Go (on. Or stay. Now."),
            ["Go (on.", "Or stay.", "Now."]
        );
    }
}
