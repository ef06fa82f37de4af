//! A text as a reader who decodes it would see it, and where each byte of that is written in the text itself.
//!
//! What is looked for in it is not known here.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr, memchr_iter, memchr3};
use regex::bytes::Regex;

use super::{dump, markup};
use crate::visible::is_unseen;

/// A text, decoded in some way.
pub(super) struct View<'a> {
    bytes: Cow<'a, [u8]>,
    /// Where they come from.
    source: Source<'a>,
    /// What was decoded.
    parent: Option<&'a View<'a>>,
    /// Whether it is a value from its beginning to its end, rather than something with values in it.
    is_value: bool,
}

/// Where the bytes of a view come from.
enum Source<'a> {
    /// They are the text itself, or these places of what was decoded, in order.
    Pieces(Vec<Piece>),
    /// Digits, of which each says so many bits. There can be millions, so no byte has a piece of its own.
    Digits(&'a [usize], usize),
}

/// The digits that say a byte.
pub(super) fn digits_of(byte: usize, places: &[usize], bits: usize) -> Range<usize> {
    let (first, last) = (byte * 8 / bits, (byte * 8 + 7) / bits);
    places[first]..places[last] + 1
}

/// Bytes in a row that come from one place of what was decoded.
struct Piece {
    bytes: Range<usize>,
    origin: Range<usize>,
}

impl Source<'_> {
    /// Where a range of bytes comes from, in order.
    fn origins(&self, range: Range<usize>) -> Vec<Range<usize>> {
        match self {
            Source::Digits(places, bits) => {
                range.map(|byte| digits_of(byte, places, *bits)).collect()
            }
            Source::Pieces(pieces) => {
                let first = pieces.partition_point(|piece| piece.bytes.end <= range.start);
                let pieces = pieces[first..].iter();
                let pieces = pieces.take_while(|piece| piece.bytes.start < range.end);
                pieces.map(|piece| piece.origin_of(&range)).collect()
            }
        }
    }
}

impl Piece {
    /// Whether each byte is one of the origin.
    fn is_literal(&self) -> bool {
        self.bytes.len() == self.origin.len()
    }

    /// Where a part of it comes from.
    fn origin_of(&self, part: &Range<usize>) -> Range<usize> {
        if !self.is_literal() {
            return self.origin.clone();
        }
        let (start, end) = (
            part.start.max(self.bytes.start),
            part.end.min(self.bytes.end),
        );
        let from = self.origin.start + (start - self.bytes.start);
        from..from + (end - start)
    }
}

impl<'a> View<'a> {
    /// The text itself.
    pub(super) fn of(text: &'a str) -> Self {
        Self {
            bytes: Cow::Borrowed(text.as_bytes()),
            source: Source::Pieces(Vec::new()),
            parent: None,
            is_value: false,
        }
    }

    /// A text that is a value.
    pub(super) fn of_value(text: &'a str) -> Self {
        Self {
            is_value: true,
            ..Self::of(text)
        }
    }

    /// Whether it is a text that people can read, in which NUL may stand between other characters.
    pub(super) fn is_text(bytes: &[u8]) -> bool {
        let is_shown = |character: char| {
            !character.is_control() || matches!(character, '\0' | '\t' | '\n' | '\r')
        };
        std::str::from_utf8(bytes).is_ok_and(|text| text.chars().all(is_shown))
    }

    /// What it says.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Whether it is a value from its beginning to its end.
    pub(super) fn is_value(&self) -> bool {
        self.is_value
    }

    /// Where something of such bytes alone can be that was not there in a row in what was decoded, where it has been
    /// seen already.
    pub(super) fn fresh(&self, is_part: impl Fn(&u8) -> bool) -> Vec<Range<usize>> {
        if self.parent.is_none() || self.is_value {
            return std::iter::once(0..self.bytes.len()).collect();
        }
        let mut fresh: Vec<Range<usize>> = Vec::new();
        let Source::Pieces(pieces) = &self.source else {
            return fresh;
        };
        for piece in pieces {
            let joints = [piece.bytes.start, piece.bytes.end];
            for joint in joints.into_iter().skip(usize::from(piece.is_literal())) {
                if fresh.last().is_some_and(|last| joint <= last.end) {
                    continue;
                }
                let before = self.bytes[..joint]
                    .iter()
                    .rev()
                    .take_while(|byte| is_part(byte));
                let after = self.bytes[joint..].iter().take_while(|byte| is_part(byte));
                fresh.push(joint - before.count()..joint + after.count());
            }
        }
        fresh
    }

    /// Where in the text a range of its bytes is written: several places where it is interrupted.
    pub(super) fn origin(&self, range: Range<usize>) -> Vec<Range<usize>> {
        let Some(parent) = self.parent else {
            return vec![range];
        };
        let mut places: Vec<Range<usize>> = Vec::new();
        for own in self.source.origins(range) {
            match places.last_mut() {
                Some(last) if last.end >= own.start => last.end = own.end,
                _ => places.push(own),
            }
        }
        places
            .into_iter()
            .flat_map(|place| parent.origin(place))
            .collect()
    }

    /// The text without its markup and whatever else can stand between the parts of a word: tags, comments, the limits
    /// of CDATA sections, colours, the joints of quoted texts, and characters that cannot be seen. None if there is
    /// nothing of the kind.
    pub(super) fn stripped(&'a self) -> Option<Self> {
        let mut between = self.markup();
        between.extend(self.unseen());
        between.sort_unstable_by_key(|place| place.start);
        let mut decoded = Decoded::new(self);
        for place in between {
            // What cannot be seen may stand in a tag.
            if place.start >= decoded.at {
                decoded.skip(place);
            }
        }
        decoded.finish()
    }

    /// Where tags and the like are.
    fn markup(&self) -> Vec<Range<usize>> {
        static BETWEEN: LazyLock<Regex> = LazyLock::new(|| {
            let pattern = r#"(?s-u)<!\[CDATA\[|\]\]>|</?[A-Za-z_:][^<>]*>|\x1b\[[0-9;]*m|"\s*(?:,|\.\.|\+|)\s*""#;
            Regex::new(pattern).expect("the expression is a constant of this module")
        });
        // To compile the expression takes longer than to read most texts, and few have any of it.
        let begins = |byte: &u8| matches!(byte, b'<' | b']' | b'"' | b'\x1b');
        if !self.bytes.iter().any(begins) {
            return Vec::new();
        }
        markup::places(
            &BETWEEN,
            &[markup::COMMENT, markup::INSTRUCTION],
            &self.bytes,
        )
    }

    /// Where characters are that cannot be seen, but for those of ASCII, which part values and lines.
    fn unseen(&self) -> Vec<Range<usize>> {
        let (mut places, mut at) = (Vec::new(), 0);
        if self.bytes.is_ascii() {
            return places;
        }
        for chunk in self.bytes.utf8_chunks() {
            let characters = chunk.valid().char_indices();
            let unseen = characters.filter(|(_, own)| !own.is_ascii() && is_unseen(*own));
            places.extend(unseen.map(|(start, own)| at + start..at + start + own.len_utf8()));
            at += chunk.valid().len() + chunk.invalid().len();
        }
        places
    }

    /// The texts that this one can be read as whose letters are written in another way, each way on its own.
    pub(super) fn readings(&'a self) -> Vec<Self> {
        let by_ten = self.unescaped(Base::Ten);
        let has_digits = by_ten.is_some() && self.has_digits_escaped();
        let by_digits = |base| has_digits.then(|| self.unescaped(base)).flatten();
        let readings = [
            by_digits(Base::Eight),
            by_digits(Base::Zero),
            self.unquoted(),
            self.narrowed(),
            self.column_of_dump(dump::digits),
            self.column_of_dump(dump::letters),
        ];
        by_ten
            .into_iter()
            .chain(readings.into_iter().flatten())
            .collect()
    }

    /// The text with everything read that is written in the way of XML (`&#x61;`), of URLs (`%61`) or of programming
    /// languages (`\u0061`). Some of those write bytes by numbers to base 10, others to base 8. None if there is
    /// nothing of the kind.
    pub(super) fn unescaped(&'a self, base: Base) -> Option<Self> {
        let next = |bytes: &[u8]| memchr3(b'&', b'%', b'\\', bytes);
        self.replaced(next, |bytes| escape_at(bytes, base))
    }

    /// The text with everything read that is written as in mails (`=61`, RFC 2045 §6.7).
    fn unquoted(&'a self) -> Option<Self> {
        self.replaced(|bytes| memchr(b'=', bytes), quoted)
    }

    /// The text without NUL: so is what was written in units of two or four bytes for a letter.
    fn narrowed(&'a self) -> Option<Self> {
        self.replaced(|bytes| memchr(0, bytes), |_| Some((Vec::new(), 1)))
    }

    /// The text with everything read that is written in some way: what that begins with, and what it says there, with
    /// its length.
    fn replaced(
        &'a self,
        next: impl Fn(&[u8]) -> Option<usize>,
        read: impl Fn(&[u8]) -> Option<(Vec<u8>, usize)>,
    ) -> Option<Self> {
        let mut decoded = Decoded::new(self);
        let mut at = 0;
        while let Some(found) = next(&self.bytes[at..]) {
            at += found;
            match read(&self.bytes[at..]) {
                Some((value, length)) => {
                    decoded.replace(at..at + length, &value);
                    at += length;
                }
                None => at += 1,
            }
        }
        decoded.finish()
    }

    /// A column of the dumps in a text, its lines in a row, without all that stands beside it.
    fn column_of_dump(&'a self, column: impl Fn(&[u8]) -> Option<Range<usize>>) -> Option<Self> {
        let (mut decoded, mut start) = (Decoded::new(self), 0);
        for end in memchr_iter(b'\n', &self.bytes).chain([self.bytes.len()]) {
            if let Some(own) = column(&self.bytes[start..end]) {
                decoded.skip(start..start + own.start);
                decoded.skip(start + own.end..self.bytes.len().min(end + 1));
            }
            start = end + 1;
        }
        decoded.finish()
    }

    /// The text with others in some places, which come in their order. None if there are no such places.
    pub(super) fn changed(&'a self, changes: &[(Range<usize>, Vec<u8>)]) -> Option<Self> {
        let mut decoded = Decoded::new(self);
        for (place, value) in changes {
            decoded.replace(place.clone(), value);
        }
        decoded.finish()
    }

    /// Whether it matters to which base bytes are written by their numbers.
    fn has_digits_escaped(&self) -> bool {
        let mut pairs = self.bytes.windows(2);
        pairs.any(|pair| pair[0] == b'\\' && pair[1].is_ascii_digit())
    }

    /// The view of bytes that numbers in this one stand for; each byte comes with the place of its number.
    pub(super) fn listed(&'a self, bytes: &'a [u8], origins: &[Range<usize>]) -> Self {
        let pieces = origins.iter().enumerate().map(|(at, origin)| Piece {
            bytes: at..at + 1,
            origin: origin.clone(),
        });
        self.said(bytes, Source::Pieces(pieces.collect()))
    }

    /// The view of bytes that digits in these places of this one encode, each of which says so many bits.
    pub(super) fn deciphered(&'a self, bytes: &'a [u8], digits: &'a [usize], bits: usize) -> Self {
        self.said(bytes, Source::Digits(digits, bits))
    }

    fn said(&'a self, bytes: &'a [u8], source: Source<'a>) -> Self {
        Self {
            source,
            bytes: Cow::Borrowed(bytes),
            parent: Some(self),
            is_value: true,
        }
    }
}

/// To which base a byte is written by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Base {
    Eight,
    Ten,
    /// There is one number, and one digit of it: `\0`, as scripts write it.
    Zero,
}

/// A view that is being made.
struct Decoded<'a> {
    parent: &'a View<'a>,
    bytes: Vec<u8>,
    pieces: Vec<Piece>,
    /// How much of the parent has been read.
    at: usize,
}

impl<'a> Decoded<'a> {
    fn new(parent: &'a View<'a>) -> Self {
        Self {
            parent,
            bytes: Vec::new(),
            pieces: Vec::new(),
            at: 0,
        }
    }

    fn push(&mut self, bytes: &[u8], origin: Range<usize>) {
        if !bytes.is_empty() {
            let start = self.bytes.len();
            self.bytes.extend_from_slice(bytes);
            let bytes = start..self.bytes.len();
            self.pieces.push(Piece { bytes, origin });
        }
    }

    /// Takes what comes before a place as it is.
    fn go_to(&mut self, end: usize) {
        let parent = self.parent;
        self.push(&parent.bytes[self.at..end], self.at..end);
        self.at = end;
    }

    fn skip(&mut self, place: Range<usize>) {
        self.go_to(place.start);
        self.at = place.end;
    }

    fn replace(&mut self, place: Range<usize>, value: &[u8]) {
        self.skip(place.clone());
        self.push(value, place);
    }

    fn finish(mut self) -> Option<View<'a>> {
        if self.at == 0 {
            return None;
        }
        self.go_to(self.parent.bytes.len());
        Some(View {
            bytes: Cow::Owned(self.bytes),
            source: Source::Pieces(self.pieces),
            parent: Some(self.parent),
            is_value: self.parent.is_value,
        })
    }
}

/// What is written at the beginning of some bytes by an escape, and the length of that.
fn escape_at(bytes: &[u8], base: Base) -> Option<(Vec<u8>, usize)> {
    match bytes.first()? {
        b'&' => reference(bytes),
        b'%' => Some((vec![number(bytes.get(1..3)?, 16)? as u8], 3)),
        _ => backslash(bytes, base),
    }
}

/// A byte as it is quoted in mails, or nothing, where a line goes on.
fn quoted(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    match bytes.get(1..3)? {
        [b'\n', _] => Some((Vec::new(), 2)),
        b"\r\n" => Some((Vec::new(), 3)),
        digits if digits.iter().any(u8::is_ascii_lowercase) => None,
        digits => Some((vec![number(digits, 16)? as u8], 3)),
    }
}

/// A reference (XML 1.0 §4.1, and by the names that HTML has for what is no letter).
fn reference(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    const LONGEST: usize = 16;
    let end = bytes.iter().take(LONGEST).position(|byte| *byte == b';')?;
    let value = match &bytes[1..end] {
        b"amp" | b"AMP" => '&',
        b"lt" | b"LT" => '<',
        b"gt" | b"GT" => '>',
        b"quot" | b"QUOT" => '"',
        b"apos" => '\'',
        b"Tab" => '\t',
        b"NewLine" => '\n',
        b"nbsp" => ' ',
        b"excl" => '!',
        b"num" => '#',
        b"dollar" => '$',
        b"percnt" => '%',
        b"lpar" => '(',
        b"rpar" => ')',
        b"ast" => '*',
        b"plus" => '+',
        b"comma" => ',',
        b"period" => '.',
        b"sol" => '/',
        b"colon" => ':',
        b"semi" => ';',
        b"equals" => '=',
        b"quest" => '?',
        b"commat" => '@',
        b"lsqb" | b"lbrack" => '[',
        b"bsol" => '\\',
        b"rsqb" | b"rbrack" => ']',
        b"Hat" => '^',
        b"lowbar" => '_',
        b"grave" => '`',
        b"lcub" | b"lbrace" => '{',
        b"verbar" | b"vert" => '|',
        b"rcub" | b"rbrace" => '}',
        [b'#', b'x' | b'X', digits @ ..] => char::from_u32(number(digits, 16)?)?,
        [b'#', digits @ ..] => char::from_u32(number(digits, 10)?)?,
        _ => return None,
    };
    Some((utf8(value), end + 1))
}

/// What a backslash begins in JSON, Lua, Erlang, C or a shell.
fn backslash(bytes: &[u8], base: Base) -> Option<(Vec<u8>, usize)> {
    let value = match *bytes.get(1)? {
        b'u' | b'x' | b'U' => return by_number(bytes),
        digit if digit.is_ascii_digit() => return by_digits(bytes, base),
        b'n' => b'\n',
        b't' => b'\t',
        b'r' => b'\r',
        b'a' => 7,
        b'b' => 8,
        b'v' => 11,
        b'f' => 12,
        b'e' => 27,
        b's' => b' ',
        b'\n' => return Some((Vec::new(), 2)),
        other if other.is_ascii_punctuation() => other,
        _ => return None,
    };
    Some((vec![value], 2))
}

/// `\u0061`, `\ud83d\ude00`, `\u{61}`, `\x{61}`, `\U00000061`, `\x61`.
fn by_number(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    if bytes.get(2) == Some(&b'{') {
        let end = bytes.iter().take(12).position(|byte| *byte == b'}')?;
        let character = char::from_u32(number(&bytes[3..end], 16)?)?;
        return Some((utf8(character), end + 1));
    }
    match bytes[1] {
        b'x' => Some((vec![number(bytes.get(2..4)?, 16)? as u8], 4)),
        b'U' => Some((utf8(char::from_u32(number(bytes.get(2..10)?, 16)?)?), 10)),
        _ => unit(bytes),
    }
}

/// A character by its unit, or two units, of UTF-16.
fn unit(bytes: &[u8]) -> Option<(Vec<u8>, usize)> {
    let first = number(bytes.get(2..6)?, 16)?;
    if let Some(character) = char::from_u32(first) {
        return Some((utf8(character), 6));
    }
    let next = bytes.get(6..12).filter(|next| next.starts_with(b"\\u"))?;
    let units = [first as u16, number(&next[2..], 16)? as u16];
    let character = char::decode_utf16(units).next()?.ok()?;
    Some((utf8(character), 12))
}

/// A byte by up to three digits.
fn by_digits(bytes: &[u8], base: Base) -> Option<(Vec<u8>, usize)> {
    let base = match base {
        Base::Eight => 8,
        Base::Ten => 10,
        Base::Zero => return (bytes[1] == b'0').then(|| (vec![0], 2)),
    };
    let digits = bytes[1..].iter().take(3);
    let count = digits
        .take_while(|byte| char::from(**byte).is_digit(base))
        .count();
    let value = u8::try_from(number(&bytes[1..=count], base)?).ok()?;
    Some((vec![value], count + 1))
}

fn number(digits: &[u8], base: u32) -> Option<u32> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_alphanumeric);
    let digits = std::str::from_utf8(digits).ok().filter(|_| is_number)?;
    u32::from_str_radix(digits, base).ok()
}

fn utf8(character: char) -> Vec<u8> {
    character.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn assert_reads(text: &str, base: Base, read: &[u8]) {
        let view = View::of(text);
        let unescaped = view.unescaped(base).expect(text);
        assert_eq!(unescaped.bytes(), read, "{text}");
    }

    #[test]
    fn escapes_of_many_kinds_are_read() {
        for text in [
            "&#101;",
            "&#x65;",
            "&#x0065;",
            "%65",
            r"\u0065",
            r"\u{65}",
            r"\x{65}",
            r"\x65",
            r"\U00000065",
            r"\101",
        ] {
            assert_reads(text, Base::Ten, b"e");
        }
        assert_reads(r"\145", Base::Eight, b"e");
        for text in ["&#233;", "%C3%a9", r"\u00e9", r"\195\169"] {
            assert_reads(text, Base::Ten, "é".as_bytes());
        }
        assert_reads(r"\303\251", Base::Eight, "é".as_bytes());
        assert_reads(r"\ud83d\ude00", Base::Ten, "😀".as_bytes());
        assert_reads(
            r#"\\\"\/&amp;&lt;&gt;&quot;&apos;"#,
            Base::Ten,
            b"\\\"/&<>\"'",
        );
    }

    #[test]
    fn what_is_no_escape_stays() {
        for text in [
            "",
            "a",
            "&",
            "&;",
            "&x;",
            "&#;",
            "&#x110000;",
            "%",
            "%4",
            "%zz",
            "%+1",
            "\\",
            r"\u12",
            r"\ud83d",
            r"\x",
            r"\é",
        ] {
            assert!(View::of(text).unescaped(Base::Ten).is_none(), "{text}");
        }
    }

    #[test]
    fn what_was_read_is_found_where_it_was_written() {
        let text = "x<a>s&#101;<![CDATA[c]]>r</a>";
        let view = View::of(text);
        let unescaped = view.unescaped(Base::Ten).unwrap();
        let stripped = unescaped.stripped().unwrap();
        assert_eq!(stripped.bytes(), b"xsecr");
        let places = stripped.origin(1..5).into_iter();
        let places: Vec<&str> = places.map(|place| &text[place]).collect();
        assert_eq!(places, ["s&#101;", "c", "r"]);
    }

    #[test]
    fn what_cannot_be_seen_is_no_part_of_a_word() {
        for (text, read) in [
            ("se\u{ad}c\u{200b}\u{feff}r", "secr"),
            ("s<a b='\u{ad}'>\u{e0061}ecr", "secr"),
            ("pässwörd\u{2060}", "pässwörd"),
        ] {
            let view = View::of(text);
            let stripped = view.stripped().expect(text);
            assert_eq!(stripped.bytes(), read.as_bytes(), "{text}");
        }
        for text in ["pässwörd", "a\0b\n"] {
            assert!(View::of(text).stripped().is_none(), "{text}");
        }
        let bytes = b"\xffse\xc2\xadcr\xc2";
        let view = View::of("");
        let said = view.deciphered(bytes, &[], 8);
        assert_eq!(said.stripped().unwrap().bytes(), b"\xffsecr\xc2");
    }
}
