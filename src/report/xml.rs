//! Pieces of XML as people read them: in one line, and harmless on a terminal.

use crate::{escape, ns};

/// Some XML in one line, with line breaks and the indentation after them left out.
pub(super) fn one_line(xml: &str) -> String {
    let joined: Vec<&str> = xml
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    harmless(&joined.join(" "))
}

/// A text in which nothing can command a terminal or break a file: control characters, those that change the direction
/// of writing or end a line unseen, and those that XML forbids (XML 1.0 §2.2), are shown by their numbers.
pub fn harmless(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{fffe}' | '\u{ffff}' => {
                shown.extend(character.escape_unicode())
            }
            other if other.is_control() => shown.extend(other.escape_unicode()),
            other => shown.push(other),
        }
    }
    shown
}

/// A value as it is shown between quotes.
pub(super) fn attribute(value: &str) -> String {
    harmless(&escape::attribute(value))
}

/// Text as it is shown between tags.
pub(super) fn text_of(value: &str) -> String {
    harmless(&escape::text(value))
}

/// The name of an attribute as it is shown.
pub(super) fn attribute_name(namespace: &str, name: &str) -> String {
    match namespace {
        "" => name.to_owned(),
        ns::XML => format!("xml:{name}"),
        other => format!("{{{other}}}{name}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_shown_not_obeyed() {
        assert_eq!(
            harmless("a\u{1b}[31m\u{202e}b\n"),
            "a\\u{1b}[31m\\u{202e}b\n"
        );
    }
}
