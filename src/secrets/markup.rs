//! The tags in a text, as far as it has any: a stanza, a script, a message about one, or a piece of these.
//!
//! Nothing is an error here, as most texts are no XML. What tags mean is not known here.

use std::borrow::Cow;
use std::ops::Range;

use memchr::{memchr, memmem};

use super::view::references_read;

/// Something in a text that is between angle brackets.
pub(super) enum Mark<'a> {
    Start(Tag<'a>),
    /// An end tag, with the whole name.
    End(&'a [u8], Range<usize>),
    /// A comment or a CDATA section, and what is within.
    Quote(Range<usize>, Range<usize>),
}

/// A start tag.
pub(super) struct Tag<'a> {
    /// The whole name.
    pub(super) name: &'a [u8],
    pub(super) attributes: Vec<Attribute<'a>>,
    pub(super) place: Range<usize>,
    /// Whether there is no end tag for it.
    pub(super) is_empty: bool,
}

/// An attribute as it is written.
pub(super) struct Attribute<'a> {
    pub(super) name: &'a [u8],
    /// Where its value is, without the quotes.
    pub(super) value: Range<usize>,
}

impl Mark<'_> {
    pub(super) fn place(&self) -> Range<usize> {
        match self {
            Mark::Start(tag) => tag.place.clone(),
            Mark::End(_, place) | Mark::Quote(place, _) => place.clone(),
        }
    }
}

impl<'a> Tag<'a> {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute<'a>> {
        let mut attributes = self.attributes.iter();
        attributes.find(|attribute| attribute.name == name.as_bytes())
    }
}

/// The prefix of a name, which is empty for most, and what is behind it.
pub(super) fn split(name: &[u8]) -> (&[u8], &[u8]) {
    match memchr(b':', name) {
        Some(at) => (&name[..at], &name[at + 1..]),
        None => (b"", name),
    }
}

/// The name that begins at a place, without its prefix.
pub(super) fn local_name(text: &[u8], at: usize) -> &[u8] {
    split(&text[name(text, at)]).1
}

/// Whether a text has what looks like an attribute of this name.
pub(super) fn has_attribute(text: &[u8], name: &str) -> bool {
    let mut found = memmem::find_iter(text, name);
    found.any(|at| text.get(blanks(text, at + name.len())) == Some(&b'='))
}

/// What a value says that is written with references.
pub(super) fn read(value: &[u8]) -> Cow<'_, str> {
    match references_read(value) {
        Cow::Borrowed(value) => String::from_utf8_lossy(value),
        Cow::Owned(value) => Cow::Owned(String::from_utf8_lossy(&value).into_owned()),
    }
}

/// The marks of a text, one after the other.
pub(super) struct Marks<'a> {
    text: &'a [u8],
    at: usize,
    /// Whether no comment ends from here on, and no CDATA section: to look for each end anew would take long.
    are_endless: [bool; 2],
}

impl<'a> Marks<'a> {
    pub(super) fn of(text: &'a [u8]) -> Self {
        Self {
            text,
            at: 0,
            are_endless: [false; 2],
        }
    }

    /// Goes on at the beginning of what is in a comment or a CDATA section.
    pub(super) fn enter(&mut self, quoted: &Range<usize>) {
        self.at = quoted.start;
    }

    /// The mark that begins with the bracket at a place.
    fn mark(&mut self, at: usize) -> Option<Mark<'a>> {
        // Wildcards of scripts look so: `$<name>`.
        let is_wildcard = self.text[..at].ends_with(b"$");
        match self.text.get(at + 1)? {
            _ if is_wildcard => None,
            b'/' => Some(end(self.text, at)),
            b'!' => self.quote(at, 0).or_else(|| self.quote(at, 1)),
            _ => start(self.text, at).map(Mark::Start),
        }
    }

    fn quote(&mut self, at: usize, kind: usize) -> Option<Mark<'a>> {
        const KINDS: [[&[u8]; 2]; 2] = [[b"<!--", b"-->"], [b"<![CDATA[", b"]]>"]];
        let [begins, ends] = KINDS[kind];
        if self.are_endless[kind] || !self.text[at..].starts_with(begins) {
            return None;
        }
        let from = at + begins.len();
        let Some(length) = memmem::find(&self.text[from..], ends) else {
            self.are_endless[kind] = true;
            return None;
        };
        let quoted = from..from + length;
        Some(Mark::Quote(at..quoted.end + ends.len(), quoted))
    }
}

impl<'a> Iterator for Marks<'a> {
    type Item = Mark<'a>;

    fn next(&mut self) -> Option<Mark<'a>> {
        loop {
            let at = self.at + memchr(b'<', self.text.get(self.at..)?)?;
            let mark = self.mark(at);
            self.at = mark.as_ref().map_or(at + 1, |mark| mark.place().end);
            if mark.is_some() {
                return mark;
            }
        }
    }
}

fn end(text: &[u8], at: usize) -> Mark<'_> {
    let name = name(text, at + 2);
    let after = blanks(text, name.end);
    let end = if text.get(after) == Some(&b'>') {
        after + 1
    } else {
        name.end
    };
    Mark::End(&text[name], at..end)
}

fn start(text: &[u8], at: usize) -> Option<Tag<'_>> {
    let name = name(text, at + 1);
    let goes_on = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, b'/' | b'>');
    if name.is_empty() || !text.get(name.end).is_none_or(goes_on) {
        return None;
    }
    let (mut attributes, mut at_now) = (Vec::new(), name.end);
    loop {
        at_now = blanks(text, at_now);
        let is_empty = match text.get(at_now) {
            None => true,
            Some(b'>') => false,
            Some(b'/') if text.get(at_now + 1) == Some(&b'>') => true,
            // Somebody writes of a tag, or it is broken.
            Some(b'<') if !text[..at_now].ends_with(b"$") => return None,
            Some(_) => {
                let attribute = attribute(text, at_now)?;
                at_now = attribute.1;
                attributes.extend(attribute.0);
                continue;
            }
        };
        let end = text.len().min(at_now + 1 + usize::from(is_empty));
        return Some(Tag {
            name: &text[name],
            attributes,
            place: at..end,
            is_empty,
        });
    }
}

/// An attribute that begins at a place, if it has a value, and where it ends.
fn attribute(text: &[u8], at: usize) -> Option<(Option<Attribute<'_>>, usize)> {
    let name = name(text, at);
    let after = blanks(text, name.end);
    if name.is_empty() || text.get(after) != Some(&b'=') {
        return Some((None, name.end.max(at + 1)));
    }
    let from = blanks(text, after + 1);
    let escapes = text[from..]
        .iter()
        .take_while(|byte| **byte == b'\\')
        .count();
    let from = from + escapes;
    match text.get(from) {
        Some(quote @ (b'"' | b'\'')) => {
            let value = from + 1..value_end(text, from + 1, *quote)?;
            let end = text.len().min(value.end + 1);
            // In JSON, the quotes are behind as many backslashes.
            let value = value.start..value.end - escapes.min(value.len());
            let name = &text[name];
            Some((Some(Attribute { name, value }), end))
        }
        _ => Some((None, from)),
    }
}

/// Where a value ends, which is the end of its line if it was cut off.
fn value_end(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let mut at = from;
    loop {
        let byte = text.get(at);
        match byte {
            Some(byte) if *byte == quote => return Some(at),
            // No value has one but for the wildcards of scripts.
            Some(b'<') if !text[..at].ends_with(b"$") => return None,
            Some(_) => at += 1,
            None => return Some(cut_end(text, from)),
        }
    }
}

fn cut_end(text: &[u8], from: usize) -> usize {
    let line = memchr(b'\n', &text[from..]);
    line.map_or(text.len(), |length| from + length)
}

/// The name that begins at a place, which is empty if there is none.
fn name(text: &[u8], at: usize) -> Range<usize> {
    let is_part =
        |byte: &u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(byte) || !byte.is_ascii();
    let length = text[at..].iter().take_while(|byte| is_part(byte)).count();
    at..at + length
}

/// Where blanks end that begin at a place.
fn blanks(text: &[u8], at: usize) -> usize {
    let blanks = text[at..]
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace());
    at + blanks.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The marks of a text: a start tag with the values of its attributes, an end tag, or what is quoted.
    fn marks(text: &str) -> Vec<String> {
        let shown = |mark| match mark {
            Mark::Start(tag) => {
                let values = tag.attributes.iter();
                let values = values.map(|own| text[own.value.clone()].to_owned());
                let name = String::from_utf8_lossy(tag.name).into_owned();
                let end = if tag.is_empty { "/" } else { "" };
                std::iter::once(name)
                    .chain(values)
                    .collect::<Vec<_>>()
                    .join(" ")
                    + end
            }
            Mark::End(name, _) => format!("/{}", String::from_utf8_lossy(name)),
            Mark::Quote(_, quoted) => format!("!{}", &text[quoted]),
        };
        Marks::of(text.as_bytes()).map(shown).collect()
    }

    #[test]
    fn tags_are_found_in_all_kinds_of_texts() {
        for (text, found) in [
            ("", &[][..]),
            ("<a>b</a >", &["a", "/a"]),
            ("<s:a\tb='c>d' e = \"f\"/>", &["s:a c>d f/"]),
            (r#""<a b=\"c\">""#, &["a c"]),
            ("<a b='$<c>' $<d>>", &["a $<c>"]),
            ("$<a> ${b} 1 < 2 <c@d> << <", &[]),
            ("<a <b>", &["b"]),
            ("<a b='<c d='e'>", &["c e"]),
            ("<a b='c d\ne", &["a c d/"]),
            ("<!-- <a> --><![CDATA[</b>]]>", &["! <a> ", "!</b>"]),
            ("<!-- <a> <![CDATA[<!--", &["a"]),
            ("</a", &["/a"]),
        ] {
            assert_eq!(marks(text), found, "{text}");
        }
    }
}
