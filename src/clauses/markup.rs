//! XML as far as it matters where text is taken out of it: tags and text, with the entities that a document declares
//! itself. Comments, instructions and CDATA are left out. What the elements mean is not known here.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::block::Unsuitable;
use super::entity;
use super::pattern::pattern;

/// A tag, or what stands between two of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    Open { name: &'a str, attributes: &'a str },
    Close { name: &'a str },
    Text(&'a str),
}

/// How often entities are looked for within entities.
const DEPTH: usize = 4;
/// How long a text may be once its entities are in place.
const LARGEST: usize = 64 * 1024 * 1024;

static DECLARED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"<!ENTITY\s+([\w.-]+)\s+(?:"([^"]*)"|'([^']*)')\s*>"#));
static REFERENCE: LazyLock<Regex> = LazyLock::new(|| pattern(r"&(#?[\w.-]+);"));
static ATTRIBUTE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"([\w:.-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')"#));

/// A text with the entities in place that are declared in it.
pub(super) fn expanded(text: &str) -> Result<String, Unsuitable> {
    let declared: Vec<(String, String)> = DECLARED
        .captures_iter(text)
        .map(|found| (found[1].to_owned(), value(&found).to_owned()))
        .collect();
    let mut text = text.to_owned();
    for _ in 0..DEPTH {
        let replaced = REFERENCE.replace_all(&text, |found: &Captures<'_>| {
            let mut declared = declared.iter();
            let known = declared.find(|(name, _)| *name == found[1]);
            known.map_or_else(|| found[0].to_owned(), |(_, value)| value.clone())
        });
        if replaced.len() > LARGEST {
            return Err(Unsuitable::Odd("its entities make it too large".to_owned()));
        }
        text = replaced.into_owned();
    }
    Ok(text)
}

fn value<'a>(found: &Captures<'a>) -> &'a str {
    let value = found.get(2).or(found.get(3));
    value.map_or("", |value| value.as_str())
}

/// The value of an attribute, of the attributes of a tag.
pub(super) fn attribute<'a>(attributes: &'a str, name: &str) -> Option<&'a str> {
    let mut found = ATTRIBUTE.captures_iter(attributes);
    found
        .find(|found| &found[1] == name)
        .map(|found| value(&found))
}

/// What a text says once its references are resolved.
pub(super) fn plain(text: &str) -> String {
    let resolved = REFERENCE.replace_all(text, |found: &Captures<'_>| entity::text(&found[1]));
    resolved.into_owned()
}

/// The pieces of a document.
pub(super) struct Pieces<'a> {
    rest: &'a str,
    /// The name of an element without content, whose end is still to come.
    empty: Option<&'a str>,
}

impl<'a> Pieces<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text,
            empty: None,
        }
    }

    fn markup(&mut self) -> Result<Option<Piece<'a>>, Unsuitable> {
        for (begin, end) in [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")] {
            if self.rest.starts_with(begin) {
                self.skip_to(end)?;
                return Ok(None);
            }
        }
        if self.rest.starts_with("<!DOCTYPE") {
            let has_declarations = self.rest.find('[') < self.rest.find('>');
            let declares = has_declarations && self.rest.contains('[');
            self.skip_to(if declares { "]>" } else { ">" })?;
            return Ok(None);
        }
        self.tag().map(Some)
    }

    fn skip_to(&mut self, end: &str) -> Result<(), Unsuitable> {
        let at = self.rest.find(end).ok_or_else(unended)?;
        self.rest = &self.rest[at + end.len()..];
        Ok(())
    }

    fn tag(&mut self) -> Result<Piece<'a>, Unsuitable> {
        let end = tag_end(self.rest).ok_or_else(unended)?;
        let inner = &self.rest[1..end];
        self.rest = &self.rest[end + 1..];
        if let Some(name) = inner.strip_prefix('/') {
            return Ok(Piece::Close { name: name.trim() });
        }
        let content = inner.trim_end_matches('/');
        let name = content
            .split(char::is_whitespace)
            .next()
            .unwrap_or_default();
        self.empty = (content.len() < inner.len()).then_some(name);
        Ok(Piece::Open {
            name,
            attributes: &content[name.len()..],
        })
    }
}

/// Where a tag ends, whatever is in its quotes.
fn tag_end(text: &str) -> Option<usize> {
    let mut quote = None;
    text.char_indices()
        .find(|(_, char)| {
            match (quote, char) {
                (None, '"' | '\'') => quote = Some(*char),
                (Some(open), char) if open == *char => quote = None,
                (_, _) => {}
            }
            quote.is_none() && *char == '>'
        })
        .map(|(at, _)| at)
}

fn unended() -> Unsuitable {
    Unsuitable::CutOff("it ends within a tag".to_owned())
}

impl<'a> Iterator for Pieces<'a> {
    type Item = Result<Piece<'a>, Unsuitable>;

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(name) = self.empty.take() {
            return Some(Ok(Piece::Close { name }));
        }
        while !self.rest.is_empty() {
            if !self.rest.starts_with('<') {
                let (text, rest) = self
                    .rest
                    .split_at(self.rest.find('<').unwrap_or(self.rest.len()));
                self.rest = rest;
                return Some(Ok(Piece::Text(text)));
            }
            match self.markup() {
                Ok(None) => {}
                Ok(Some(piece)) => return Some(Ok(piece)),
                Err(error) => {
                    self.rest = "";
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Result<Vec<String>, Unsuitable> {
        let pieces = Pieces::new(text).map(|piece| {
            Ok(match piece? {
                Piece::Open { name, attributes } => format!("<{name}>{attributes}"),
                Piece::Close { name } => format!("</{name}>"),
                Piece::Text(text) => plain(text),
            })
        });
        pieces.collect()
    }

    #[test]
    fn tags_and_texts_come_one_after_the_other() {
        let text = "<?x?><!DOCTYPE a [ <!ENTITY b 'c'> ]><!-- <no> --><a t='>'>&lt;x/&#62; &#x26;<b/><![CDATA[<z>]]></a>";
        assert_eq!(
            texts(text).unwrap(),
            ["<a> t='>'", "<x/> &", "<b>", "</b>", "</a>"]
        );
        assert_eq!(
            texts("<!DOCTYPE a SYSTEM 'b'><a>[</a>").unwrap(),
            ["<a>", "[", "</a>"]
        );
    }

    #[test]
    fn what_ends_too_early_is_cut_off() {
        for text in [
            "<a",
            "<!-- a",
            "<a t='>",
            "<![CDATA[ ]",
            "<!DOCTYPE a [ <!ENTITY",
        ] {
            assert!(matches!(texts(text), Err(Unsuitable::CutOff(_))), "{text}");
        }
    }

    #[test]
    fn entities_of_the_document_are_put_in_place() {
        let text = r#"<!ENTITY ROOM "&lt;room@&HOST;&gt;"> <!ENTITY HOST 'host'> &ROOM; &xep0030; &forbidden;"#;
        let text = expanded(text).unwrap();
        let said = plain(text.rsplit("> ").next().unwrap());
        assert_eq!(said, "<room@host> XEP-0030 <forbidden/>");
        let endless = "<!ENTITY a '&a;&a;&a;&a;&a;&a;&a;&a;'>&a;";
        assert!(expanded(endless).is_ok());
        let vast = format!("<!ENTITY a '{}'>{}", "&a;".repeat(400), "&a;");
        assert!(matches!(expanded(&vast), Err(Unsuitable::Odd(_))));
    }
}
