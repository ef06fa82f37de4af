//! What most of a block is, which the grammar gives in runs that are one token each: start tags with values in quotes, end
//! tags, and the text before them.
//!
//! Tags are told apart by `<` and `>`, and their parts by quotes alone. What is not as simple as that is not plain. What it
//! means is not known here.

use std::iter;

use super::tag::TagEnd;
use super::value::is_white;

/// The blanks of a line.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// The beginning of a directive.
const DIRECTIVE: &str = "{scansion:";

/// What comment lines begin with.
const COMMENT_MARKS: [&str; 3] = ["#", "//", "--"];

/// The tags of a run, each behind the text before it.
pub(super) fn parts(run: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = run;
    iter::from_fn(move || {
        let (text, tags) = rest.split_at(rest.find('<')?);
        let (tag, behind) = tags.split_at(tags.find('>')? + 1);
        rest = behind;
        Some((text, tag))
    })
}

/// Whether the text of a run has neither references, nor directives, nor comment lines.
pub(super) fn is_text(text: &str) -> bool {
    let mut further_lines = text.split('\n').skip(1);
    !text.contains('&') && !has_directive(text) && !further_lines.any(is_comment)
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start_matches(BLANKS);
    COMMENT_MARKS.iter().any(|mark| line.starts_with(mark))
}

fn has_directive(text: &str) -> bool {
    text.contains('{') && text.contains(DIRECTIVE)
}

/// A start tag in which nothing is wrong but what its names and values mean. Each part stands behind its offset.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlainTag<'i> {
    pub(super) name: (usize, &'i str),
    pub(super) attributes: Vec<PlainAttribute<'i>>,
    pub(super) end: TagEnd,
}

/// An attribute, whose value is of text and the names of variables.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct PlainAttribute<'i> {
    pub(super) name: (usize, &'i str),
    /// What stands between the quotes.
    pub(super) value: (usize, &'i str),
    pub(super) quote: char,
}

impl<'i> PlainTag<'i> {
    /// A tag of these characters, from `<` to `>`, if it is plain.
    pub(super) fn of(text: &'i str) -> Option<Self> {
        let mut rest = Rest { text, at: 1 };
        let name = rest.name()?;
        let mut attributes = Vec::new();
        loop {
            let is_behind_white = rest.skip_white();
            let end = match rest.left() {
                ">" => TagEnd::Open,
                "/>" => TagEnd::Empty,
                _ if !is_behind_white => return None,
                _ => {
                    attributes.push(rest.attribute()?);
                    continue;
                }
            };
            return Some(Self {
                name,
                attributes,
                end,
            });
        }
    }
}

/// What is left of a tag.
struct Rest<'i> {
    text: &'i str,
    at: usize,
}

impl<'i> Rest<'i> {
    fn left(&self) -> &'i str {
        &self.text[self.at..]
    }

    /// The next characters, so many of them, and their offset.
    fn take(&mut self, length: usize) -> (usize, &'i str) {
        let at = self.at;
        self.at += length;
        (at, &self.text[at..self.at])
    }

    fn skip_white(&mut self) -> bool {
        let left = self.left();
        let length = left.len() - left.trim_start_matches(is_white).len();
        self.take(length);
        length > 0
    }

    fn name(&mut self) -> Option<(usize, &'i str)> {
        let left = self.left().as_bytes();
        let length = left.iter().position(|byte| !is_of_name(*byte))?;
        let begins = left[0].is_ascii_alphabetic() || matches!(left[0], b'_' | b':');
        begins.then(|| self.take(length))
    }

    fn attribute(&mut self) -> Option<PlainAttribute<'i>> {
        let name = self.name()?;
        let quote = match self.left().as_bytes() {
            [b'=', quote @ (b'"' | b'\''), ..] => *quote,
            _ => return None,
        };
        self.take("='".len());
        let value = self.take(length_of_value(self.left(), quote)?);
        self.take("'".len());
        let quote = char::from(quote);
        Some(PlainAttribute { name, value, quote })
    }
}

/// How much stands before the quote at the end; a quote in the name of a variable is not it. Nothing if there is a
/// reference, a directive or a line feed, or if a variable is computed of others.
fn length_of_value(text: &str, quote: u8) -> Option<usize> {
    let mut is_in_name = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'&' | b'\n' => return None,
            b'{' if text[at..].starts_with(DIRECTIVE) => return None,
            b'$' if text[at..].starts_with("${") => {
                if is_in_name {
                    return None;
                }
                is_in_name = true;
            }
            b'}' => is_in_name = false,
            _ if byte == quote && !is_in_name => return Some(at),
            _ => {}
        }
    }
    None
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn parts(text: &str) -> Vec<&str> {
        let tag = PlainTag::of(text).unwrap();
        let attributes = tag.attributes.iter();
        let parts = attributes.flat_map(|own| [own.name, own.value]);
        let parts: Vec<_> = [tag.name].into_iter().chain(parts).collect();
        let stands = |(at, part): &(usize, &str)| text[*at..].starts_with(part);
        assert!(parts.iter().all(stands));
        parts.into_iter().map(|(_, part)| part).collect()
    }

    #[test]
    fn names_and_values_stand_between_quotes() {
        assert_eq!(parts("<a>"), ["a"]);
        assert_eq!(parts("<a:b\n c='>' />"), ["a:b", "c", ">"]);
        let text = "<a b='${Juliet's JID}/${x}' c=\"'$\"/>";
        assert_eq!(parts(text), ["a", "b", "${Juliet's JID}/${x}", "c", "'$"]);
        assert_eq!(PlainTag::of(text).unwrap().end, TagEnd::Empty);
    }

    #[test]
    fn runs_are_parted_by_angles() {
        let run: Vec<_> = super::parts("\n<a>b > c<d/></a>").collect();
        assert_eq!(run, [("\n", "<a>"), ("b > c", "<d/>"), ("", "</a>")]);
    }

    #[test]
    fn directives_and_comment_lines_are_no_plain_text() {
        for text in ["", "# a", "\n\t{", "a // b\n - c"] {
            assert!(is_text(text), "{text}");
        }
        for text in ["&amp;", "{scansion:any}", "\n \t# a", "a\n\r//", "\n\n--\n"] {
            assert!(!is_text(text), "{text}");
        }
    }

    #[test]
    fn what_has_to_be_looked_at_is_not_plain() {
        for text in [
            "<a b>",
            "<a b=c>",
            "<a b = 'c'>",
            "<a b='c'd='e'>",
            "<a b='&amp;'>",
            "<a b='{scansion:any}'>",
            "<a b='c\nd'>",
            "<a b='>",
            "<a b='${c ${d}}'>",
            "<a b='${c'>",
            "<a é='c'>",
            "<a1é>",
            "<a:${b}>",
            "<a\n# c='d'\n>",
            "<a/ >",
        ] {
            assert_eq!(PlainTag::of(text), None, "{text}");
        }
    }
}
