//! Lines in which programs show bytes: where they are, their hexadecimal digits, and their letters.
//!
//! What goes on from one line to the next is seen only in a column. What is looked for in it is not known here.

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};

/// Where the digits of the bytes are in such a line.
pub(super) fn digits(line: &[u8]) -> Option<Range<usize>> {
    columns(line).map(|[digits, _]| digits)
}

/// Where the letters of the bytes are.
pub(super) fn letters(line: &[u8]) -> Option<Range<usize>> {
    columns(line).map(|[_, letters]| letters)
}

/// The columns of a line such as `00000010: 6f70 656e  open` or `00000010  6f 70 65 6e  |open|`.
fn columns(line: &[u8]) -> Option<[Range<usize>; 2]> {
    const FEWEST: usize = 4;
    let is_digit = |byte: &&u8| byte.is_ascii_hexdigit();
    let start = blanks(line);
    let place = line[start..].iter().take_while(is_digit).count();
    let end = start + place + usize::from(line.get(start + place) == Some(&b':'));
    let first = end + blanks(&line[end..]);
    if place < FEWEST || first == end {
        return None;
    }
    let letters = letters_behind(first, line);
    let digits = &line[first..letters.start];
    let digits = digits.strip_suffix(b"|").unwrap_or(digits).trim_ascii_end();
    let are_bytes =
        |group: &[u8]| group.len().is_multiple_of(2) && group.iter().all(u8::is_ascii_hexdigit);
    let mut groups = digits.split(|byte| *byte == b' ');
    let is_dump = !digits.is_empty() && groups.all(are_bytes);
    is_dump.then(|| [first..first + digits.len(), letters])
}

/// Where letters stand behind digits: between bars, or else behind two blanks.
fn letters_behind(digits: usize, line: &[u8]) -> Range<usize> {
    let behind = &line[digits..];
    if let (Some(first), Some(last)) = (memchr(b'|', behind), memrchr(b'|', behind)) {
        return digits + first + 1..digits + last.max(first + 1);
    }
    let start = memmem::find(behind, b"  ").unwrap_or(behind.len());
    digits + start + blanks(&behind[start..])..line.len()
}

fn blanks(bytes: &[u8]) -> usize {
    bytes.len() - bytes.trim_ascii_start().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_columns_of_a_dump_are_told_apart() {
        for (line, shown) in [
            ("00000010: 6f70 656e  open", Some(["6f70 656e", "open"])),
            ("00000010: 6f70 656e  ab cd", Some(["6f70 656e", "ab cd"])),
            (
                "  00000010  6f 70  65 6e   |o|en|",
                Some(["6f 70  65 6e", "o|en"]),
            ),
            ("0010 6f 70 65 6e\r", Some(["6f 70 65 6e", ""])),
            ("0010 6f70 65  |", Some(["6f70 65", ""])),
            ("0010", None),
            ("0010 ", None),
            ("001 6f70", None),
            ("0010 6f7", None),
            ("0010 open", None),
            ("at 0010 6f70", None),
            ("", None),
        ] {
            let columns = columns(line.as_bytes());
            let columns = columns.map(|columns| columns.map(|column| &line[column]));
            assert_eq!(columns, shown, "{line}");
        }
    }
}
