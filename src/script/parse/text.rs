//! The block of `sends text`: its lines as they are, without their indentation.

use compact_str::CompactString;

use super::excerpt;
use super::grammar::{self, Rule};
use super::value::{ValueReader, push_literal};
use crate::raw_text::{self, BadEscape};
use crate::script::ast::{
    Comment, Element, Filled, Name, Node, Part, Piece, Stanza, Text, TextKind, Value,
};
use crate::script::complaints::Complaints;
use crate::script::error::{Around, ScriptErrorKind};
use crate::script::phrase::Usage;
use crate::source::{SourceFile, Span, Spanned};

/// The blanks that indent lines.
const BLANKS: [char; 2] = [' ', '\t'];

/// What such a block holds.
pub(super) struct TextBlock {
    /// The text.
    pub(super) stanza: Stanza,
    /// Whether there is none.
    pub(super) is_empty: bool,
    /// Comments at the margin, before its last line.
    pub(super) comments: Vec<Comment>,
    /// Comments after it.
    pub(super) trailing: Vec<Comment>,
}

/// Reads such a block, which is a part of the file, of an action that stands behind these blanks.
pub(super) fn read(
    source: &SourceFile,
    span: Span,
    margin: &str,
    complaints: &mut Complaints,
) -> TextBlock {
    let (mut lines, mut comments) = (Vec::new(), Vec::new());
    for line in lines_of(source.slice(span), span.start) {
        match is_of_text(line.value, margin) {
            true => lines.push(line),
            false => comments.push(grammar::comment_of(line.value, line.span.start)),
        }
    }
    let is_blank = |line: &Spanned<&str>| line.value.trim().is_empty();
    let lines = trimmed(&lines, is_blank);
    let end = lines.last().map_or(span.start, |line| line.span.end);
    let trailing = comments.split_off(comments.partition_point(|own| own.span.start < end));
    let indent = indent_of(lines.iter().map(|line| line.value));
    let mut reader = TextReader {
        source,
        complaints,
        pieces: Vec::new(),
    };
    for line in lines {
        reader.line(*line, indent.len());
    }
    let start = lines
        .first()
        .map_or(end, |line| line.span.start + indent.len());
    TextBlock {
        is_empty: lines.is_empty(),
        stanza: stanza(reader.pieces, Span::new(start, end)),
        comments,
        trailing,
    }
}

/// The lines of a text that begins at an offset, without their ends.
fn lines_of(text: &str, mut at: usize) -> impl Iterator<Item = Spanned<&str>> {
    text.split_inclusive('\n').map(move |whole| {
        let line = whole.strip_suffix('\n').unwrap_or(whole);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let span = Span::new(at, at + line.len());
        at += whole.len();
        Spanned::new(line, span)
    })
}

/// Whether a line is of the text: what is not indented deeper than the action is a comment.
fn is_of_text(line: &str, margin: &str) -> bool {
    let behind = line.strip_prefix(margin);
    line.trim().is_empty() || behind.is_some_and(|behind| behind.starts_with(BLANKS))
}

/// Lines without those at the beginning and the end that are blank.
fn trimmed<T>(lines: &[T], is_blank: impl Fn(&T) -> bool) -> &[T] {
    let first = lines.iter().position(|line| !is_blank(line));
    let last = lines.iter().rposition(|line| !is_blank(line));
    match (first, last) {
        (Some(first), Some(last)) => &lines[first..=last],
        _ => &[],
    }
}

/// The blanks with which all lines begin that are not blank.
fn indent_of<'t>(lines: impl Iterator<Item = &'t str>) -> &'t str {
    let lines = lines.filter(|line| !line.trim().is_empty());
    let indents = lines.map(|line| &line[..line.len() - line.trim_start_matches(BLANKS).len()]);
    let common = |one: &'t str, other: &'t str| {
        let pairs = one.bytes().zip(other.bytes());
        &one[..pairs.take_while(|(one, other)| one == other).count()]
    };
    indents.reduce(common).unwrap_or_default()
}

fn stanza(pieces: Vec<Piece>, span: Span) -> Stanza {
    let text = Text {
        value: Value {
            pieces,
            span,
            filled: Filled::No,
        },
        kind: TextKind::Plain,
    };
    Stanza {
        element: Element {
            name: Name {
                prefix: None,
                local: CompactString::default(),
                namespace: "".into(),
                span,
            },
            declarations: Vec::new(),
            attributes: Vec::new(),
            absent: Vec::new(),
            children: vec![Node::Text(text)],
            tag: span,
            extent: span,
        },
        part: Part::Text,
        omitted: Vec::new(),
    }
}

struct TextReader<'s, 'c> {
    source: &'s SourceFile,
    complaints: &'c mut Complaints,
    pieces: Vec<Piece>,
}

impl TextReader<'_, '_> {
    fn line(&mut self, line: Spanned<&str>, indent: usize) {
        if !self.pieces.is_empty() {
            let place = Span::new(line.span.start, line.span.start);
            push_literal(&mut self.pieces, "\n", place);
        }
        let (text, at) = match line.value.get(indent..) {
            Some(text) if !line.value.trim().is_empty() => (text, line.span.start + indent),
            _ => ("", line.span.end),
        };
        for token in grammar::raw_tokens(text) {
            let span = grammar::span(&token, at);
            match token.as_rule() {
                Rule::EOI => {}
                Rule::raw_chars => self.characters(token.as_str(), span),
                _ => {
                    let mut values = ValueReader {
                        source: self.source,
                        at,
                        usage: Usage::Send,
                        around: Around::Bytes,
                        complaints: self.complaints,
                    };
                    values.add(token, &mut self.pieces);
                }
            }
        }
    }

    fn characters(&mut self, text: &str, span: Span) {
        if let Err(BadEscape(place)) = raw_text::read(text) {
            let found = excerpt(&text[place.clone()]);
            let place = Span::new(span.start + place.start, span.start + place.end);
            self.complaints
                .push(ScriptErrorKind::BadEscape { found }.at(place));
        }
        push_literal(&mut self.pieces, text, span);
    }
}

#[cfg(test)]
mod tests {
    use crate::script::ast::Piece;
    use crate::script::testing::at;
    use crate::script::{Deed, Verb, parse};
    use crate::source::SourceFile;

    const HEAD: &str = "# T\n[Client] A\n\tjid: a@b\n---\nA connects\nA sends text:\n";

    /// The text of a block as a script has it, and the script as it is printed.
    fn read(block: &str) -> (String, String) {
        let parsed = parse(SourceFile::new("a.scs", &format!("{HEAD}{block}")));
        assert_eq!(parsed.errors, [], "{block:?}");
        let Verb::Does(Deed::SendText(text)) = &parsed.script.story[1].verb else {
            panic!("no text");
        };
        let pieces = text.pieces().map(|piece| match piece {
            Piece::Literal(literal) => literal.value.to_string(),
            Piece::Variable(variable) => format!("${{{}}}", variable.value),
            other => panic!("{other:?}"),
        });
        (pieces.collect(), parsed.script.to_string())
    }

    #[test]
    fn lines_are_taken_without_their_indentation() {
        for (block, text) in [
            ("\t<a>\n", "<a>"),
            ("\t<a>\r\n\t\tb\r\n", "<a>\n\tb"),
            ("\n\t  <a>\n\n\t b\n\n", " <a>\n\nb"),
            ("\t# a\n\t// b\n\t-- c\n\t---\n", "# a\n// b\n-- c\n---"),
            ("\t<a>\n# comment\n\t</a>\n# next\n", "<a>\n</a>"),
            ("\t${A's JID}${x y}$<z>\n", "${A's JID}${x y}$<z>"),
            (
                "\t<?xml version='1.0'?><!-- a --><!DOCTYPE b>&c;\n",
                "<?xml version='1.0'?><!-- a --><!DOCTYPE b>&c;",
            ),
            ("    \\x00\\\\\\r", "\\x00\\\\\\r"),
        ] {
            let (read_text, printed) = read(block);
            assert_eq!(read_text, text, "{block:?}");
            let again = parse(SourceFile::new("a.scs", &printed)).script;
            assert_eq!(again.to_string(), printed);
            let (_, block) = printed.split_once("sends text:\n").unwrap();
            let block = block.split("\n#").next().unwrap();
            assert_eq!(read(block).0, text, "{printed}");
        }
    }

    #[test]
    fn mistakes_in_text_are_told() {
        let said = |block: &str| {
            let source = SourceFile::new("a.scs", &format!("{HEAD}{block}A receives:\n\t<a/>\n"));
            let parsed = parse(source);
            let errors = parsed.errors.iter();
            let place = |span| parsed.script.source.slice(span).to_owned();
            let errors = errors.map(|error| (error.kind.to_string(), place(error.span)));
            errors.collect::<Vec<_>>()
        };
        assert_eq!(said("\ta\\n\n"), [at("`\\n` stands for no byte", "\\n")]);
        let unclosed = "this variable is never closed";
        assert_eq!(said("\t${x\n"), [at(unclosed, "${")]);
        assert_eq!(said("").len(), 1);
    }
}
