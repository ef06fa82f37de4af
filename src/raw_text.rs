//! Texts that need not be XML, nor even text, as scripts and transcripts write them: characters stand for themselves,
//! `\xNN` for a byte, `\r` for a carriage return, and `\\` for a backslash.

use std::fmt::Write;
use std::ops::Range;

/// A backslash that begins nothing: where it stands, with what follows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BadEscape(pub(crate) Range<usize>);

/// The bytes that a text stands for.
///
/// # Errors
///
/// When a backslash in it begins nothing.
pub(crate) fn read(text: &str) -> Result<Vec<u8>, BadEscape> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('\\') {
        bytes.extend(before.bytes());
        let (byte, after) = escaped(behind).ok_or_else(|| {
            let at = text.len() - behind.len() - 1;
            let length = behind.chars().next().map_or(0, char::len_utf8);
            BadEscape(at..at + 1 + length)
        })?;
        bytes.push(byte);
        rest = after;
    }
    bytes.extend(rest.bytes());
    Ok(bytes)
}

/// The byte that stands behind a backslash, and what follows it.
fn escaped(behind: &str) -> Option<(u8, &str)> {
    if let Some(rest) = behind.strip_prefix('\\') {
        return Some((b'\\', rest));
    }
    if let Some(rest) = behind.strip_prefix('r') {
        return Some((b'\r', rest));
    }
    let digits = behind.strip_prefix('x')?;
    Some((numbered(digits)?, &digits[2..]))
}

/// The byte whose two digits stand behind a `\x`.
pub(crate) fn numbered(digits: &str) -> Option<u8> {
    let digits = digits.get(..2)?;
    let are_digits = digits.bytes().all(|digit| digit.is_ascii_hexdigit());
    u8::from_str_radix(digits, 16).ok().filter(|_| are_digits)
}

/// The text that stands for bytes.
pub(crate) fn write(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    push(&mut text, bytes, |character| match character {
        '\\' => Some("\\\\"),
        '\r' => Some("\\r"),
        '\n' => Some("\n"),
        '\t' => Some("\t"),
        _ => None,
    });
    text
}

/// Adds bytes to a text: some characters as they are written in it, and by its number each byte that belongs to no
/// character, or to another control character.
pub(crate) fn push(
    text: &mut String,
    bytes: &[u8],
    written: impl Fn(char) -> Option<&'static str>,
) {
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            match written(character) {
                Some(written) => text.push_str(written),
                None if character.is_control() => {
                    push_bytes(text, character.encode_utf8(&mut [0; 4]).as_bytes());
                }
                None => text.push(character),
            }
        }
        push_bytes(text, chunk.invalid());
    }
}

/// Bytes in which all that is text has become something else.
pub(crate) fn rewritten(bytes: &[u8], change: impl Fn(&str) -> String) -> Vec<u8> {
    let mut changed = Vec::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        changed.extend(change(chunk.valid()).bytes());
        changed.extend(chunk.invalid());
    }
    changed
}

/// A value as it stands in such a text.
pub(crate) fn value(value: &str) -> String {
    value.replace('\\', "\\\\")
}

fn push_bytes(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        // Writing to a string does not fail.
        let _ = write!(text, "\\x{byte:02x}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_as_the_same_bytes() {
        for bytes in [
            &b"<a>"[..],
            b"a\\xb",
            b"\xff\xfe\x00 \r\n\t",
            "\u{85}ä\u{1f339}".as_bytes(),
            b"",
        ] {
            let text = write(bytes);
            assert_eq!(read(&text).unwrap(), bytes, "{text}");
        }
        assert_eq!(write(b"\xffa\x00\\\r"), r"\xffa\x00\\\r");
        assert_eq!(read(&value(r"a\x41")).unwrap(), br"a\x41");
    }

    #[test]
    fn a_backslash_that_begins_nothing_is_told() {
        for (text, place) in [
            (r"a\n", 1..3),
            (r"\x4", 0..2),
            (r"\xg0", 0..2),
            (r"\x+4", 0..2),
            ("\\xä", 0..2),
            ("ab\\", 2..3),
            ("\\ä", 0..3),
        ] {
            assert_eq!(read(text), Err(BadEscape(place)), "{text}");
        }
    }

    #[test]
    fn what_is_text_may_be_shown_otherwise() {
        let hidden = |text: &str| text.replace("a\\b", "[hidden]");
        assert_eq!(rewritten(b"\xffa\\b\xff", hidden), b"\xff[hidden]\xff");
    }
}
