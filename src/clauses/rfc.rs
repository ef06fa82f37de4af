//! The prose of an RFC, of its text: without the heads and feet of pages, and without examples and figures.

use std::sync::LazyLock;

use regex::Regex;

use super::block::{Block, BlockKind, Prose, Unsuitable, collapsed, is_left_out};
use super::pattern::pattern;
use crate::script::DocumentId;

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^Request for Comments:\s+(\d+)"));
static HEADING: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:Appendix )?(\d+(?:\.\d+)*|[A-Z](?:\.\d+)*)\.\s+(\S.*)$"));
static END: LazyLock<Regex> = LazyLock::new(|| pattern(r"^Author['’]?s?['’]? Address"));
static FOOT: LazyLock<Regex> = LazyLock::new(|| pattern(r"\[Page \d+\]\s*$"));
static HEAD: LazyLock<Regex> = LazyLock::new(|| pattern(r"^RFC \d+ .* \d{4}\s*$"));
static MARKER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^ *(?:[o*•-]  |\d+\.  |[a-z]\.  |\(?\d+\)  ?|\(?[a-z]\)  ?)\S"));
static MARKUP: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*(?:\w+: ?)?<[/?!]?\w.*"));
static DRAWN: LazyLock<Regex> = LazyLock::new(|| pattern(r"\+--|--\+|^\s*\|.*\|\s*$|-->|<--"));

/// The number of the RFC that a text is, if it is one.
pub(super) fn number(text: &str) -> Option<DocumentId> {
    let number = NUMBER.captures(text)?.get(1)?;
    number.as_str().parse().ok().map(DocumentId::Rfc)
}

/// The prose of an RFC.
///
/// # Errors
///
/// When the text is not there to its end.
pub(super) fn prose(document: DocumentId, text: &str) -> Result<Prose, Unsuitable> {
    let mut reader = Reader::default();
    for line in text.lines() {
        reader.line(line.trim_end_matches('\u{c}'));
    }
    match reader.has_ended {
        true => Ok(Prose {
            document,
            blocks: reader.blocks,
        }),
        false => Err(Unsuitable::CutOff(
            "the addresses of its authors, which end an RFC, are not there".to_owned(),
        )),
    }
}

#[derive(Default)]
struct Reader {
    blocks: Vec<Block>,
    section: String,
    /// The titles from the outermost section to this one, each with the section's number.
    titles: Vec<(String, String)>,
    /// The lines of a paragraph, as far as it has come.
    lines: Vec<String>,
    /// Whether a page has ended within or behind these lines.
    is_across: bool,
    has_ended: bool,
}

impl Reader {
    fn line(&mut self, line: &str) {
        if self.has_ended || HEAD.is_match(line) {
            return;
        }
        if FOOT.is_match(line) {
            self.is_across = true;
        } else if line.trim().is_empty() {
            self.pause();
        } else if END.is_match(line) {
            self.finish();
            self.has_ended = !self.section.is_empty();
        } else if let Some(heading) = HEADING.captures(line) {
            self.finish();
            self.enter(&heading[1], &heading[2]);
        } else {
            self.prose(line);
        }
    }

    /// An empty line ends a paragraph, unless the foot of a page is what comes next.
    fn pause(&mut self) {
        if !self.is_across && !self.lines.is_empty() {
            self.lines.push(String::new());
        }
    }

    fn prose(&mut self, line: &str) {
        let has_paused = self.lines.last().is_some_and(String::is_empty);
        let goes_on = self.is_across && self.goes_on(line);
        if (has_paused || self.is_across) && !goes_on || self.is_next_item(line) {
            self.finish();
        }
        self.is_across = false;
        self.lines.retain(|line| !line.is_empty());
        self.lines.push(line.to_owned());
    }

    /// Whether a line at the top of a page continues the paragraph at the foot of the one before.
    fn goes_on(&self, line: &str) -> bool {
        let last = self.lines.iter().rfind(|line| !line.is_empty());
        last.is_some_and(|last| {
            let is_open = !last.ends_with(['.', ':', '?', '!', '>', '|']);
            let hangs = self.lines.len() == 1 && MARKER.is_match(last);
            let is_below = indent(line) == indent(last) || hangs && indent(line) > indent(last);
            is_open && is_below && !MARKER.is_match(line)
        })
    }

    /// Items of a list may follow each other without a line between them.
    fn is_next_item(&self, line: &str) -> bool {
        let first = self.lines.first();
        MARKER.is_match(line)
            && first.is_some_and(|first| MARKER.is_match(first) && indent(first) == indent(line))
    }

    fn enter(&mut self, number: &str, title: &str) {
        let is_within = |outer: &str| number.starts_with(&format!("{outer}."));
        self.titles.retain(|(outer, _)| is_within(outer));
        self.titles
            .push((number.to_owned(), title.trim().to_owned()));
        number.clone_into(&mut self.section);
    }

    /// A paragraph is complete.
    fn finish(&mut self) {
        let lines = std::mem::take(&mut self.lines);
        let lines: Vec<String> = lines.into_iter().filter(|line| !line.is_empty()).collect();
        self.is_across = false;
        let is_silent = self.titles.iter().any(|(_, title)| is_left_out(title));
        let Some(first) = lines
            .first()
            .filter(|_| !is_silent && !self.section.is_empty())
        else {
            return;
        };
        let is_item = MARKER.is_match(first);
        let depth = 2 * indent(first) + usize::from(is_item);
        match (is_figure(&lines), is_item) {
            (true, _) => {
                self.push(depth, BlockKind::Figure, String::new());
                for row in lines.iter().filter_map(|line| row(line)) {
                    self.push(depth + 1, BlockKind::Item, row);
                }
            }
            (false, true) => self.push(depth, BlockKind::Item, joined(&lines, true)),
            (false, false) => self.push(depth, BlockKind::Paragraph, joined(&lines, false)),
        }
    }

    fn push(&mut self, depth: usize, kind: BlockKind, text: String) {
        let titles: Vec<&str> = self
            .titles
            .iter()
            .map(|(_, title)| title.as_str())
            .collect();
        self.blocks.push(Block {
            section: self.section.clone(),
            titles: titles.join(" / "),
            depth,
            kind,
            text,
        });
    }
}

/// A row of a table that is drawn, if it has something in each cell; other lines between bars are those of a figure.
fn row(line: &str) -> Option<String> {
    let inner = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<String> = inner.split('|').map(collapsed).collect();
    let is_row = cells.len() > 1 && cells.iter().all(|cell| !cell.is_empty());
    is_row.then(|| cells.join(" | "))
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start().len()
}

fn is_figure(lines: &[String]) -> bool {
    let is_markup = |line: &String| MARKUP.is_match(line);
    let ends_so = lines.last().is_some_and(|line| line.ends_with('>'));
    lines.first().is_some_and(is_markup) && ends_so || lines.iter().any(|line| DRAWN.is_match(line))
}

/// The text of a paragraph, without the mark of an item. What is parted at a hyphen is one word.
fn joined(lines: &[String], is_item: bool) -> String {
    let mut text = String::new();
    for line in lines {
        let is_parted = text.ends_with('-') && !text.ends_with(" -") && !text.ends_with("--");
        if !text.is_empty() && !is_parted {
            text.push(' ');
        }
        text.push_str(&collapsed(line));
    }
    match text.split_once(' ') {
        _ if text.starts_with("Feature: ") => as_row(lines),
        Some((_, rest)) if is_item => rest.to_owned(),
        _ => text,
    }
}

/// A feature of the conformance requirements is a row: its fields are one sentence.
fn as_row(lines: &[String]) -> String {
    let mut fields: Vec<String> = Vec::new();
    let margin = lines.first().map_or(0, |line| indent(line));
    for line in lines {
        let text = collapsed(line);
        match fields.last_mut() {
            Some(field) if indent(line) > margin => *field = format!("{field} {text}"),
            _ => fields.push(text),
        }
    }
    let fields: Vec<&str> = fields
        .iter()
        .map(|field| field.trim_end_matches('.'))
        .collect();
    fields.join(" | ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
Request for Comments: 9999                                  A. Author

   1.  Introduction ......... 1

1.  Introduction

   A lamp
   is a light-
   giving thing.  It

Author                     Standards Track                     [Page 1]
\u{c}
RFC 9999                    Lamps of Old                     March 2011


   shines on the
   other page.

   C: <lamp xmlns='x'
        on='yes'/>

1.1.  Lists

   The rules:

   1.  The first, which
       goes on

Author                     Standards Track                     [Page 2]
RFC 9999                    Lamps of Old                     March 2011

       and on.

       A paragraph in it.

       *  A deeper one.
       *  And another.

   Feature:  lamp-on
   Description:  Shine
      always.
   Roles:  Client N/A, Server MUST.

   +-----------+------+
   | new | old | note |
   |     | MUST |     |
   +-----------+------+

Appendix A.  XML Schemas

   Left out.

A.1.  One

   Left out as well.

Appendix B.  Notes

   Kept.

Author's Address

   Somewhere.
";

    fn blocks(text: &str) -> Result<Vec<String>, Unsuitable> {
        let document = number(text).unwrap();
        Ok(prose(document, text)?.told())
    }

    #[test]
    fn prose_is_read_across_pages_and_without_examples() {
        assert_eq!(
            blocks(TEXT).unwrap(),
            [
                "1 p6 A lamp is a light-giving thing. It shines on the other page.",
                "1 f6 ",
                "1.1 p6 The rules:",
                "1.1 i7 The first, which goes on and on.",
                "1.1 p14 A paragraph in it.",
                "1.1 i15 A deeper one.",
                "1.1 i15 And another.",
                "1.1 p6 Feature: lamp-on | Description: Shine always | Roles: Client N/A, Server MUST",
                "1.1 f6 ",
                "1.1 i7 new | old | note",
                "B p6 Kept.",
            ]
        );
    }

    #[test]
    fn an_rfc_without_its_end_is_refused() {
        let cut = &TEXT[..TEXT.len() - 40];
        assert!(matches!(blocks(cut), Err(Unsuitable::CutOff(_))));
        assert_eq!(number("no rfc"), None);
    }
}
