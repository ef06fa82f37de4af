//! The tags of a text, and in which namespace each element is, wherever that is declared.
//!
//! The text can be anything that has tags in it: a stanza, a script, a part of either. What elements mean is not known
//! here.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use memchr::{memchr, memmem};
use regex::bytes::Regex;

use super::markup::{self, COMMENT, Ends, INSTRUCTION};

/// A tag of an element.
pub(super) struct Tag<'a> {
    pub(super) place: Range<usize>,
    /// Where the attributes begin.
    pub(super) attributes: usize,
    prefix: &'a [u8],
    /// The name without a prefix.
    pub(super) name: &'a [u8],
    pub(super) kind: Kind,
    /// The number of the tag with which its element is over, if not before: its own end tag, or that of one around it.
    until: usize,
    is_closed: bool,
    /// The namespace of a start tag, if it is declared.
    pub(super) namespace: Option<&'a [u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Start,
    End,
    /// A start tag that is the end as well.
    Empty,
}

/// A section in which nothing is a tag (XML 1.0 §2.7).
const CDATA: Ends = ["<![CDATA[", "]]>"];

/// A tag. Values of attributes may have `>` in them, and wildcards of scripts.
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r#"</?[\w.:\x80-\xff-]+(?:(?:[^<>"']|"(?:[^"<]|\$<[^"<>]*>)*"|'(?:[^'<]|\$<[^'<>]*>)*')*|[^<>]*)>"#,
    )
});

/// A declaration of a namespace.
static DECLARATION: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r#"\sxmlns(?::(?<prefix>[\w.\x80-\xff-]+))?\s*=\s*\\*["'](?<namespace>[^"'<>\\]*)\\*["']"#,
    )
});

fn expression(pattern: &str) -> Regex {
    let pattern = format!("(?s-u){pattern}");
    Regex::new(&pattern).expect("the expressions are constants of this module")
}

/// The tags of a text, in order.
pub(super) fn tags(text: &[u8]) -> Vec<Tag<'_>> {
    let places = markup::places(&TAG, &[COMMENT, INSTRUCTION, CDATA], text);
    let tags = places.into_iter().filter_map(|place| Tag::at(text, place));
    let mut tags: Vec<Tag<'_>> = tags.collect();
    close(&mut tags);
    resolve(text, &mut tags);
    tags
}

impl<'a> Tag<'a> {
    /// The tag at a place; none if something else is there that begins like one.
    fn at(text: &'a [u8], place: Range<usize>) -> Option<Self> {
        let is_end = text[place.start + 1] == b'/';
        let from = place.start + 1 + usize::from(is_end);
        let length = text[from..].iter().take_while(|byte| is_of_name(**byte));
        let attributes = from + length.count();
        let name = &text[from..attributes];
        let (prefix, name) = match memchr(b':', name) {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            None => (&name[..0], name),
        };
        let kind = match is_end {
            true => Kind::End,
            false if text[..place.end].ends_with(b"/>") => Kind::Empty,
            false => Kind::Start,
        };
        (!name.is_empty()).then_some(Self {
            place,
            attributes,
            prefix,
            name,
            kind,
            until: usize::MAX,
            is_closed: false,
            namespace: None,
        })
    }

    /// The number of its own end tag.
    pub(super) fn end(&self) -> Option<usize> {
        self.is_closed.then_some(self.until)
    }
}

fn is_of_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b':' | b'-') || !byte.is_ascii()
}

/// Finds the end of each element. A tag can be a word of a text, so some have none.
fn close(tags: &mut [Tag<'_>]) {
    let (mut open, mut names) = (Vec::new(), HashMap::<_, usize>::new());
    for at in 0..tags.len() {
        let name = (tags[at].prefix, tags[at].name);
        match tags[at].kind {
            Kind::Empty => tags[at].until = at + 1,
            Kind::Start => {
                *names.entry(name).or_default() += 1;
                open.push(at);
            }
            Kind::End if names.get(&name).is_none_or(|open| *open == 0) => {}
            Kind::End => {
                while let Some(last) = open.pop() {
                    let last = &mut tags[last];
                    last.until = at;
                    last.is_closed = (last.prefix, last.name) == name;
                    names
                        .entry((last.prefix, last.name))
                        .and_modify(|open| *open -= 1);
                    if last.is_closed {
                        break;
                    }
                }
            }
        }
    }
}

/// Finds the namespace of each element. One without an end says with a prefix alone what those behind it are.
fn resolve<'a>(text: &'a [u8], tags: &mut [Tag<'a>]) {
    let mut declared: HashMap<&[u8], Vec<(usize, &[u8])>> = HashMap::new();
    for (at, tag) in tags.iter_mut().enumerate() {
        if tag.kind == Kind::End {
            continue;
        }
        for (prefix, namespace) in declarations(&text[tag.attributes..tag.place.end]) {
            let until = match prefix {
                b"" if !tag.is_closed => at + 1,
                _ => tag.until,
            };
            declared.entry(prefix).or_default().push((until, namespace));
        }
        let Some(declared) = declared.get_mut(tag.prefix) else {
            continue;
        };
        while declared.pop_if(|(until, _)| *until <= at).is_some() {}
        tag.namespace = declared.last().map(|(_, namespace)| *namespace);
    }
}

/// The namespaces that attributes declare, each after its prefix.
fn declarations(attributes: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    let is_any = memmem::find(attributes, b"xmlns").is_some();
    let found = is_any.then(|| DECLARATION.captures_iter(attributes));
    found.into_iter().flatten().map(|found| {
        let part = |name| found.name(name).map_or(&b""[..], |part| part.as_bytes());
        (part("prefix"), part("namespace"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The namespaces of all start tags, as far as they are known.
    fn namespaces(text: &str) -> Vec<String> {
        let tags = tags(text.as_bytes()).into_iter();
        let starts = tags.filter(|tag| tag.kind != Kind::End);
        let namespaces = starts.map(|tag| tag.namespace.unwrap_or(b"?"));
        namespaces
            .map(|own| String::from_utf8_lossy(own).into_owned())
            .collect()
    }

    #[test]
    fn a_namespace_is_that_of_the_element_around() {
        for (text, found) in [
            ("<a><b/></a>", &["?", "?"][..]),
            ("<a xmlns='u'><b/><c></c></a><d/>", &["u", "u", "u", "?"]),
            ("<a xmlns='u'><b xmlns='v'/><c/></a>", &["u", "v", "u"]),
            (
                "<p:a xmlns:p='u' xmlns=\"v\"><p:b/><c/></p:a><p:d/>",
                &["u", "u", "v", "?"],
            ),
            (r#"<a xmlns=\"u\"><b/></a>"#, &["u", "u"]),
            ("<a b='>' c='$<d>' xmlns = 'u'><b/></a>", &["u", "u"]),
            (
                "<a xmlns='u'><!-- </a> --><![CDATA[</a>]]><b/></a>",
                &["u", "u"],
            ),
            ("<a xmlns='u'><c><b/></a><b/>", &["u", "u", "u", "?"]),
        ] {
            assert_eq!(namespaces(text), found, "{text}");
        }
    }

    #[test]
    fn an_element_without_an_end_holds_nothing_but_what_has_its_prefix() {
        for (text, found) in [
            ("<a xmlns='u'><b/>", &["u", "?"][..]),
            ("<p:a xmlns:p='u'><b/></c><p:b/>", &["u", "?", "u"]),
            ("<c><p:a xmlns:p='u'></c><p:b/>", &["?", "u", "?"]),
        ] {
            assert_eq!(namespaces(text), found, "{text}");
        }
    }

    /// In a text that was made to be read for long.
    #[test]
    fn each_tag_is_read_once() {
        let times = 50_000;
        for text in [
            "<a>".repeat(times) + &"</b>".repeat(times),
            "<a>".repeat(times) + &"</a>".repeat(times),
            "<a xmlns='u' xmlns:p='v'>".repeat(times) + &"<p:b/>".repeat(times),
            "<a \"".repeat(times),
            "<a '>".repeat(times),
            "<a ".to_owned() + &"xmlns:p='u' ".repeat(times) + ">",
        ] {
            assert!(tags(text.as_bytes()).len() <= 2 * times);
        }
    }
}
