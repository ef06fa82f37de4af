//! Lines that can be shown on a terminal and read back to the letter.
//!
//! Characters that command a terminal or change the direction of writing are written by their numbers, `\u{1b}`; so
//! is a backslash that could be taken for the beginning of one.

use crate::visible::is_unseen;

/// The beginning of a character that is written by its number.
const NUMBERED: &str = "\\u{";

/// A line in which nothing can command a terminal. Tabs stay; line breaks become numbers.
pub(super) fn escaped(line: &str) -> String {
    let mut safe = String::with_capacity(line.len());
    for (at, character) in line.char_indices() {
        match character {
            '\t' => safe.push('\t'),
            '\\' if line[at..].starts_with(NUMBERED) => safe.extend(character.escape_unicode()),
            other if is_unseen(other) => safe.extend(other.escape_unicode()),
            other => safe.push(other),
        }
    }
    safe
}

/// The line that was escaped so. What is no number stays as it is.
pub(super) fn unescaped(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    let mut rest = line;
    while let Some((before, after)) = rest.split_once(NUMBERED) {
        text.push_str(before);
        match numbered(after) {
            Some((character, after)) => {
                text.push(character);
                rest = after;
            }
            None => {
                text.push_str(NUMBERED);
                rest = after;
            }
        }
    }
    text + rest
}

fn numbered(text: &str) -> Option<(char, &str)> {
    let (number, rest) = text.split_once('}')?;
    let number = u32::from_str_radix(number, 16).ok()?;
    Some((char::from_u32(number)?, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn terminals_are_not_commanded() {
        assert_eq!(
            escaped("a\u{1b}[31m\u{202e}\t\r\nb"),
            "a\\u{1b}[31m\\u{202e}\t\\u{d}\\u{a}b"
        );
        assert_eq!(escaped(r"\u{41}\d"), r"\u{5c}u{41}\d");
    }

    proptest! {
        #[test]
        fn any_line_can_be_had_again(line in r"(\\|u|\{|1|b|\}|\PC|\pC)*") {
            prop_assert_eq!(unescaped(&escaped(&line)), line);
        }
    }
}
