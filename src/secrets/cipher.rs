//! What stands in a text in digits: in base64 (RFC 4648 §4, §5), in base32 (§6), in hexadecimal ones, or as a list of
//! numbers.
//!
//! Where such a text begins is not marked. So each run of digits is read from each place where one could begin.

use std::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::view::{View, digits_of};

/// What some digits say: bytes, each with the place of its digits.
pub(super) struct Plain<'a> {
    pub(super) bytes: &'a [u8],
    places: Places<'a>,
}

enum Places<'a> {
    /// The places of digits that say so many bits each.
    Digits(&'a [usize], usize),
    /// The places of the bytes.
    Bytes(Vec<Range<usize>>),
}

impl Plain<'_> {
    /// Where the digits of each byte are.
    pub(super) fn origins(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (0..self.bytes.len()).map(|byte| match &self.places {
            Places::Bytes(places) => places[byte].clone(),
            Places::Digits(places, bits) => digits_of(byte, places, *bits),
        })
    }

    /// The bytes as a view of their own.
    pub(super) fn view<'v>(&'v self, of: &'v View<'v>) -> View<'v> {
        match &self.places {
            Places::Bytes(places) => of.listed(self.bytes, places),
            Places::Digits(places, bits) => of.deciphered(self.bytes, places, *bits),
        }
    }
}

/// What a byte is in a run of digits.
enum Role {
    /// A digit, in its usual form.
    Digit(u8),
    /// Something that can be between two digits.
    Between,
    Other,
}

/// From how many places a run of digits in base64 is read.
pub(super) const ALIGNMENTS: usize = 4;

/// Reads all that could be in base64 or base32, over several lines perhaps, has so many digits at least, and is worth it
/// by its digits.
pub(super) fn each_base64(
    view: &View<'_>,
    shortest: usize,
    is_worth_it: impl Fn(&[u8]) -> bool,
    mut each: impl FnMut(Plain<'_>),
) {
    let role = |byte: u8, is_between: bool| match byte {
        b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => Role::Digit(byte),
        b'-' => Role::Digit(b'+'),
        b'_' => Role::Digit(b'/'),
        b'\r' | b'\n' => Role::Between,
        b' ' | b'\t' if is_between => Role::Between,
        _ => Role::Other,
    };
    let mut bytes = Vec::new();
    each_run(view, shortest, role, is_worth_it, |digits, places| {
        bytes.resize(digits.len(), 0);
        for start in 0..ALIGNMENTS {
            let (digits, places) = (&digits[start..], &places[start..]);
            // One digit more than whole bytes need says nothing.
            let whole = digits.len() - usize::from(digits.len() % 4 == 1);
            if let Ok(length) = LENIENT.decode_slice_unchecked(&digits[..whole], &mut bytes) {
                let places = Places::Digits(places, 6);
                each(Plain {
                    bytes: &bytes[..length],
                    places,
                });
            }
        }
        if let Some(values) = base32(digits) {
            for start in 0..8.min(values.len()) {
                bytes.clear();
                bytes.extend(packed(&values[start..]));
                each(Plain {
                    bytes: &bytes,
                    places: Places::Digits(&places[start..], 5),
                });
            }
        }
    });
}

/// The values of digits that are in base32, all of them in one case. Words in lower case are none.
fn base32(digits: &[u8]) -> Option<Vec<u8>> {
    const NO_WORD: usize = 16;
    let is_upper = digits.iter().any(u8::is_ascii_uppercase);
    if !is_upper && digits.len() < NO_WORD {
        return None;
    }
    let value = |digit: &u8| match digit {
        b'A'..=b'Z' if is_upper => Some(digit - b'A'),
        b'a'..=b'z' if !is_upper => Some(digit - b'a'),
        b'2'..=b'7' => Some(digit - b'2' + 26),
        _ => None,
    };
    digits.iter().map(value).collect()
}

/// The bytes of which values have five bits each; what is left at the end says none.
fn packed(values: &[u8]) -> impl Iterator<Item = u8> {
    let bit = |at: usize| values[at / 5] >> (4 - at % 5) & 1;
    (0..values.len() * 5 / 8)
        .map(move |byte| (0..8).fold(0, |own, at| own << 1 | bit(byte * 8 + at)))
}

/// The base64 of all who write it, with or without what fills up the last digits.
static LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// Reads all that could be in hexadecimal digits, with something between them perhaps, and has so many at least.
pub(super) fn each_hexadecimal(view: &View<'_>, shortest: usize, mut each: impl FnMut(Plain<'_>)) {
    let role = |byte: u8, _| match byte {
        digit if digit.is_ascii_hexdigit() => Role::Digit(digit),
        b' ' | b'\t' | b'\r' | b'\n' | b':' | b'-' | b',' | b'.' | b'_' => Role::Between,
        _ => Role::Other,
    };
    let mut bytes = Vec::new();
    each_run(
        view,
        shortest,
        role,
        |_| true,
        |digits, places| {
            for start in 0..2 {
                bytes.clear();
                bytes.extend(bytes_of(&digits[start..]));
                each(Plain {
                    bytes: &bytes,
                    places: Places::Digits(&places[start..], 4),
                });
            }
        },
    );
}

/// What something says that is hexadecimal digits and nothing else.
pub(super) fn hexadecimal(text: &[u8]) -> Option<Vec<u8>> {
    let is_hexadecimal = text.len().is_multiple_of(2) && text.iter().all(u8::is_ascii_hexdigit);
    is_hexadecimal.then(|| bytes_of(text).collect())
}

/// The bytes that hexadecimal digits say; a last one without another says none.
fn bytes_of(digits: &[u8]) -> impl Iterator<Item = u8> {
    let pairs = digits.chunks_exact(2);
    pairs.map(|pair| nibble(pair[0]) << 4 | nibble(pair[1]))
}

fn nibble(digit: u8) -> u8 {
    let value = char::from(digit).to_digit(16);
    value
        .and_then(|value| u8::try_from(value).ok())
        .unwrap_or_default()
}

/// Finds all runs of digits that are long enough, worth it, and have not been seen in what was decoded; gives the digits
/// and their places.
fn each_run(
    view: &View<'_>,
    shortest: usize,
    role: impl Fn(u8, bool) -> Role,
    is_worth_it: impl Fn(&[u8]) -> bool,
    mut each: impl FnMut(&[u8], &[usize]),
) {
    let bytes = view.bytes();
    let (mut digits, mut places) = (Vec::new(), Vec::new());
    // Most are words, of whose digits only the number is of interest.
    let mut end = |run: Range<usize>, count: usize| {
        let is_unbroken = run.len() == count;
        if count < shortest || is_unbroken && !is_worth_it(&bytes[run.clone()]) {
            return;
        }
        digits.clear();
        places.clear();
        for at in run {
            if let Role::Digit(digit) = role(bytes[at], true) {
                digits.push(digit);
                places.push(at);
            }
        }
        if is_unbroken || is_worth_it(&digits) {
            each(&digits, &places);
        }
    };
    for fresh in view.fresh(is_part) {
        let (mut start, mut count, mut is_between) = (fresh.start, 0, false);
        for at in fresh.clone() {
            match role(bytes[at], is_between) {
                Role::Digit(_) => (count, is_between) = (count + 1, false),
                Role::Between => is_between = true,
                Role::Other => {
                    end(start..at, count);
                    (start, count, is_between) = (at + 1, 0, false);
                }
            }
        }
        end(start..fresh.end, count);
    }
}

/// Whether a byte can be part of anything that is read here.
fn is_part(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/-_#:;,. \t\r\n".contains(byte)
}

/// Reads all lists of numbers, of bytes or of characters, that have so many at least: `115, 101`, `0x73 0x65`.
pub(super) fn each_list(view: &View<'_>, shortest: usize, mut each: impl FnMut(Plain<'_>)) {
    for fresh in view.fresh(is_part) {
        let (bytes, mut list, mut at) = (&view.bytes()[..fresh.end], Vec::new(), fresh.start);
        while at < bytes.len() {
            let number = number_at(&bytes[at..]);
            let length = number.map_or(1, |(_, length)| length);
            match number.and_then(|(value, _)| value) {
                Some(value) => list.push((value, at..at + length)),
                None if number.is_none() && is_separator(bytes[at]) => {}
                None => {
                    listed(&list, shortest, &mut each);
                    list.clear();
                }
            }
            at += length;
        }
        listed(&list, shortest, &mut each);
    }
}

fn is_separator(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n' | b',' | b';')
}

fn listed(list: &[(char, Range<usize>)], shortest: usize, each: &mut impl FnMut(Plain<'_>)) {
    if list.len() < shortest {
        return;
    }
    let (mut bytes, mut places) = (Vec::new(), Vec::new());
    for (value, place) in list {
        match u8::try_from(*value) {
            Ok(byte) => bytes.push(byte),
            Err(_) => bytes.extend(value.to_string().bytes()),
        }
        places.resize(bytes.len(), place.clone());
    }
    let places = Places::Bytes(places);
    each(Plain {
        bytes: &bytes,
        places,
    });
}

/// A number or a word at the beginning of some bytes, and its length; a word is no character.
fn number_at(bytes: &[u8]) -> Option<(Option<char>, usize)> {
    let is_wordy = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'#');
    let length = bytes.iter().take_while(is_wordy).count();
    if !bytes.first()?.is_ascii_digit() {
        return (length > 0).then_some((None, length));
    }
    let word = std::str::from_utf8(&bytes[..length]).ok()?;
    let hexadecimal = ["0x", "0X", "16#"]
        .iter()
        .find_map(|prefix| word.strip_prefix(prefix));
    let value = match hexadecimal {
        Some(digits) => u32::from_str_radix(digits, 16),
        None => word.parse(),
    };
    Some((value.ok().and_then(char::from_u32), length))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All that is read, as far as it is text.
    fn all(read: impl FnOnce(&mut dyn FnMut(Plain<'_>))) -> Vec<String> {
        let mut texts = Vec::new();
        read(&mut |plain| texts.extend(String::from_utf8(plain.bytes.to_vec())));
        texts
    }

    #[test]
    fn base64_is_read_wherever_it_begins() {
        for text in [
            "xAHJvbWVv",
            "=AHJvbWVv==",
            "/zAHJvbWVv",
            "AHJv\r\n  bWVv",
            "<a>AHJvbWVvAA</a>",
        ] {
            let texts = all(|each| each_base64(&View::of(text), 8, |_| true, each));
            assert!(
                texts.iter().any(|text| text.starts_with("\0romeo")),
                "{text}"
            );
        }
        let texts = all(|each| each_base64(&View::of("Pz8_Pz4-"), 8, |_| true, each));
        assert!(texts.contains(&"????>>".to_owned()), "{texts:?}");
    }

    #[test]
    fn base32_is_read_wherever_it_begins() {
        for text in [
            "ABZG63LFN4AG65DIMVZA====",
            "xxABZG63LFN4AG65DIMVZA",
            "<a>ABZG63LFN4\r\n  AG65DIMVZA</a>",
            "abzg63lfn4ag65dimvza",
        ] {
            let text = text.replace('x', "X");
            let texts = all(|each| each_base64(&View::of(&text), 8, |_| true, each));
            assert!(texts.contains(&"\0romeo\0other".to_owned()), "{text}");
        }
        let texts = all(|each| each_base64(&View::of("receives"), 8, |_| true, each));
        assert!(texts.len() <= ALIGNMENTS, "{texts:?}");
    }

    #[test]
    fn hexadecimal_digits_are_read_with_and_without_something_between() {
        for text in [
            "726f6d656f",
            "72:6F:6D:65:6F",
            "726f 6d65 6f",
            "1726f6d656f",
        ] {
            let texts = all(|each| each_hexadecimal(&View::of(text), 8, each));
            assert!(texts.contains(&"romeo".to_owned()), "{text}: {texts:?}");
        }
    }

    #[test]
    fn lists_of_numbers_are_read() {
        for text in [
            "<<114,111,109,101,111>>",
            "[114, 111, 109, 101, 111]",
            "{0x72, 0x6f, 0x6d, 0x65, 0x6F}",
            "16#72 16#6f 16#6d 16#65 16#6f",
        ] {
            let texts = all(|each| each_list(&View::of(text), 4, each));
            assert_eq!(texts, ["romeo"], "{text}");
        }
        assert!(all(|each| each_list(&View::of("1, 2, x3, 4, 5"), 3, each)).is_empty());
    }

    #[test]
    fn the_digits_of_a_byte_are_known() {
        let mut places = Vec::new();
        each_base64(
            &View::of("YWJjZGVm"),
            8,
            |_| true,
            |plain| places.push(plain.origins().collect::<Vec<_>>()),
        );
        assert_eq!(places[0], [0..2, 1..3, 2..4, 4..6, 5..7, 6..8]);
    }
}
