//! The prose of a XEP, of its XML: without examples, code and footnotes. Sections are numbered as the published page
//! numbers them.

use std::sync::LazyLock;

use regex::Regex;

use super::block::{Block, BlockKind, Prose, Unsuitable, collapsed, is_left_out};
use super::markup::{Piece, Pieces, attribute, expanded, plain};
use super::pattern::pattern;
use crate::script::DocumentId;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"<number>\s*(\d+)\s*</number>"));

/// The number of the XEP that a text is, if it is one.
pub(super) fn number(text: &str) -> Option<DocumentId> {
    let number = text.contains("<xep").then(|| NUMBER.captures(text))??;
    number[1].parse().ok().map(DocumentId::Xep)
}

/// The prose of a XEP.
///
/// # Errors
///
/// When the text is not there to its end, or its elements are not nested.
pub(super) fn prose(document: DocumentId, text: &str) -> Result<Prose, Unsuitable> {
    let text = expanded(text)?;
    let mut reader = Reader::default();
    for piece in Pieces::new(&text) {
        match piece? {
            Piece::Open { name, attributes } => reader.open(name, attributes),
            Piece::Close { name } => reader.close(name)?,
            Piece::Text(text) => reader.text(text),
        }
    }
    reader.finish()?;
    Ok(Prose {
        document,
        blocks: reader.blocks,
    })
}

#[derive(Default)]
struct Reader<'a> {
    blocks: Vec<Block>,
    elements: Vec<&'a str>,
    /// The numbers of the sections that are open, each counted within the one around it, and their titles.
    sections: Vec<(usize, String)>,
    /// How many sections there have been in each that is open, the document first.
    counts: Vec<usize>,
    /// How many elements are open whose text is left out.
    silent: usize,
    lists: usize,
    is_item: bool,
    text: String,
    /// The cells of a row, as far as they have come.
    row: Vec<String>,
}

/// What an element is to the text in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Section,
    Paragraph,
    List,
    Item,
    Row,
    Cell,
    /// Left out, with a mark that it was there.
    Figure,
    /// Left out.
    Silent,
    Inline,
}

impl Role {
    fn of(name: &str) -> Self {
        match name {
            "section1" | "section2" | "section3" | "section4" | "section5" => Self::Section,
            "p" | "blockquote" | "div" | "dd" => Self::Paragraph,
            "ul" | "ol" | "dl" | "di" | "table" => Self::List,
            "li" | "dt" => Self::Item,
            "tr" => Self::Row,
            "td" => Self::Cell,
            "example" | "code" | "img" | "math" => Self::Figure,
            "note" | "header" | "th" | "caption" => Self::Silent,
            _ => Self::Inline,
        }
    }
}

impl<'a> Reader<'a> {
    fn open(&mut self, name: &'a str, attributes: &str) {
        self.elements.push(name);
        match Role::of(name) {
            Role::Section => self.enter(attribute(attributes, "topic").unwrap_or_default()),
            // A definition goes on after its term.
            Role::Paragraph if name == "dd" && self.is_item => self.text.push_str(": "),
            Role::Paragraph if name == "p" && self.is_in("td") => self.text.push(' '),
            Role::Paragraph if self.is_item && !self.has_begun() => {}
            Role::Paragraph => self.end_block(),
            Role::List if name == "di" => self.end_block(),
            Role::List => {
                self.end_block();
                self.lists += 1;
            }
            Role::Item | Role::Row => {
                self.end_block();
                self.is_item = true;
            }
            Role::Cell => self.text.clear(),
            Role::Figure => {
                self.end_block();
                self.push(BlockKind::Figure, String::new());
                self.silent += 1;
            }
            Role::Silent => self.silent += 1,
            Role::Inline => {}
        }
    }

    fn close(&mut self, name: &str) -> Result<(), Unsuitable> {
        match self.elements.pop() {
            Some(open) if open == name => {}
            Some(open) => return Err(Unsuitable::Odd(format!("<{open}> ends as </{name}>"))),
            None => return Err(Unsuitable::Odd(format!("</{name}> ends nothing"))),
        }
        match Role::of(name) {
            Role::Section => self.leave(),
            Role::Paragraph if name == "p" && self.is_in("td") => self.text.push(' '),
            Role::Paragraph => self.end_block(),
            Role::List if name == "di" => self.end_block(),
            Role::List => {
                self.end_block();
                self.lists -= 1;
            }
            // Its definition follows.
            Role::Item if name == "dt" => {}
            Role::Item => self.end_block(),
            Role::Cell => self.row.push(std::mem::take(&mut self.text)),
            Role::Row => self.end_row(),
            Role::Figure | Role::Silent => self.silent -= 1,
            Role::Inline => {}
        }
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.silent == 0 && !self.sections.is_empty() {
            self.text.push_str(&plain(text));
        }
    }

    /// Whether there is more of an item than a term that is to be defined.
    fn has_begun(&self) -> bool {
        let text = self.text.trim_end();
        let is_term = self.is_in("dd") && text.ends_with(':');
        !text.is_empty() && !is_term
    }

    fn is_in(&self, name: &str) -> bool {
        self.elements.contains(&name)
    }

    fn enter(&mut self, title: &str) {
        self.end_block();
        self.counts.resize(self.sections.len() + 1, 0);
        let count = &mut self.counts[self.sections.len()];
        *count += 1;
        self.sections.push((*count, plain(title)));
        self.counts.push(0);
    }

    fn leave(&mut self) {
        self.end_block();
        self.sections.pop();
        self.counts.truncate(self.sections.len() + 1);
    }

    fn end_row(&mut self) {
        let cells = std::mem::take(&mut self.row);
        let cells: Vec<String> = cells.iter().map(|cell| collapsed(cell)).collect();
        self.text = cells.join(" | ");
        self.is_item = !self.text.is_empty();
        self.end_block();
    }

    /// What has come so far is a block. What follows in the same item is another one.
    fn end_block(&mut self) {
        let text = collapsed(&std::mem::take(&mut self.text));
        let is_item = std::mem::take(&mut self.is_item);
        match (text.is_empty(), is_item) {
            (true, _) => self.is_item = is_item && self.elements.last() == Some(&"li"),
            (false, true) => self.push(BlockKind::Item, text),
            (false, false) => self.push(BlockKind::Paragraph, text),
        }
    }

    fn push(&mut self, kind: BlockKind, text: String) {
        let titles: Vec<&str> = self
            .sections
            .iter()
            .map(|(_, title)| title.as_str())
            .collect();
        let numbers = self.sections.iter().map(|(number, _)| number.to_string());
        if self.sections.is_empty() || titles.iter().any(|title| is_left_out(title)) {
            return;
        }
        self.blocks.push(Block {
            section: numbers.collect::<Vec<_>>().join("."),
            titles: titles.join(" / "),
            depth: 2 * self.lists - usize::from(kind == BlockKind::Item && self.lists > 0),
            kind,
            text,
        });
    }

    fn finish(&mut self) -> Result<(), Unsuitable> {
        match self.elements.last() {
            Some(open) => Err(Unsuitable::CutOff(format!("<{open}> has no end"))),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(body: &str) -> Vec<String> {
        let text = format!("<xep><header><number>0999</number></header>{body}</xep>");
        let document = number(&text).unwrap();
        assert_eq!(document, DocumentId::Xep(999));
        prose(document, &text).unwrap().told()
    }

    #[test]
    fn sections_are_numbered_and_paragraphs_told_apart() {
        let body = "<section1 topic='A'><p>One <em>two</em>\n three<note>no</note>.</p>\
            <section2 topic='B'><p>x</p><example caption='c'>y</example><p>z</p></section2>\
            <section2 topic='C'><p>u</p></section2></section1>\
            <section1 topic='XML Schema'><p>left out</p></section1>\
            <section1 topic='D'><section2 topic='E'><section3 topic='F'><p>v</p></section3></section2></section1>";
        assert_eq!(
            blocks(body),
            [
                "1 p0 One two three.",
                "1.1 p0 x",
                "1.1 f0 ",
                "1.1 p0 z",
                "1.2 p0 u",
                "3.1.1 p0 v",
            ]
        );
    }

    #[test]
    fn items_rows_and_definitions_are_blocks_of_their_own() {
        let body = "<section1 topic='A'><p>lead:</p>\
            <ul><li>one</li><li><p>two</p><p>more</p><ol><li>deep</li></ol></li></ul>\
            <table caption='no'><tr><th>head</th></tr><tr><td>a</td><td><p>b</p> c</td></tr></table>\
            <dl><di><dt>term</dt><dd><p>meaning</p></dd></di></dl></section1>";
        assert_eq!(
            blocks(body),
            [
                "1 p0 lead:",
                "1 i1 one",
                "1 i1 two",
                "1 p2 more",
                "1 i3 deep",
                "1 i1 a | b c",
                "1 i1 term: meaning",
            ]
        );
    }

    #[test]
    fn a_xep_without_its_end_is_refused() {
        let read = |text: &str| prose(DocumentId::Xep(1), text).unwrap_err().to_string();
        assert_eq!(
            read("<xep><section1 topic='A'><p>x</p>"),
            "the copy is cut off: <section1> has no end; fetch it again"
        );
        assert_eq!(read("<xep><p></xep>"), "<p> ends as </xep>");
        assert_eq!(read("<xep></xep></p>"), "</p> ends nothing");
        assert_eq!(number("<number>1</number>"), None);
    }
}
