//! From the tree back to text.
//!
//! What is printed is read back as the same tree. White space within elements is text and stays; that between
//! lines of the script is put in order. Comments that stood between attributes or among the properties of an
//! actor have moved above the next line that can have comments, as they did when the script was read.

use std::fmt;

use super::ast::{
    Action, Actor, Comment, Declaration, Element, Head, Name, Node, Part, Piece, Property, Script,
    Stanza, Text, TextKind, Value,
};
use super::choice::{Alternative, Choice, ChoiceWord, Scene};
use super::names::Names;
use super::notes::Note;
use super::part::Heading;
use super::phrase::{BlockShape, WITH};
use super::verb::Footer;
use crate::source::{SourceFile, Span, Spanned};

pub(super) const CURTAIN: &str = "---------";

impl fmt::Display for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.head)?;
        if let Some(table) = &self.table {
            write!(f, "\n{table}")?;
        }
        for actor in &self.cast {
            write!(f, "\n{actor}")?;
        }
        writeln!(f, "\n{CURTAIN}")?;
        let names = Names::new(&self.cast);
        for scene in self.scenes() {
            write_headings(f, self.parts.above(scene.first()))?;
            writeln!(f)?;
            match scene {
                Scene::Step(step) => self.write_action(f, &self.story[step], &names, "")?,
                Scene::Choice(choice) => self.write_choice(f, choice, &names)?,
            }
        }
        write_headings(f, self.parts.above(self.story.len()))?;
        if !self.afterword.is_empty() {
            writeln!(f)?;
        }
        write_comments(f, &self.afterword)
    }
}

impl fmt::Display for Head {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_comments(f, self.title.iter().chain(&self.description))?;
        self.tags.iter().try_for_each(|tag| writeln!(f, "## {tag}"))
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_comments(f, &self.comments)?;
        writeln!(f, "{}", declared(self))?;
        let mut properties = self.properties.iter();
        properties.try_for_each(|property| writeln!(f, "\t{}", written_property(property)))
    }
}

/// The line that declares an actor.
pub(super) fn declared(actor: &Actor) -> String {
    format!("[{}] {}", actor.role.value.keyword, actor.name.value)
}

/// The line of a property, without the blanks before it.
pub(super) fn written_property(property: &Property) -> String {
    let line = format!("{}: {}", property.key.value.keyword, property.value.value);
    line.trim_end().to_owned()
}

/// The line of an action, without the blanks before it.
pub(super) fn action_line(action: &Action, names: &Names<'_>) -> String {
    let actors = action.actors().map(|actor| actor.value.0.as_ref());
    let words = action.verb.worded(action.number, action.within);
    format!("{} {words}", names.joined(&actors.collect::<Vec<_>>()))
}

/// The end of a stream that comes last of what is expected.
pub(super) fn footer(action: &Action) -> Option<&Footer> {
    let expectation = action.verb.expectation()?;
    expectation.footer.as_ref()
}

/// The line of an alternative.
pub(super) fn choice_line(word: ChoiceWord, alternative: &Alternative) -> String {
    match &alternative.name {
        Some(name) => format!("{word} ({name})"),
        None => word.to_string(),
    }
}

/// A namespace declaration.
pub(super) fn declaration(declaration: &Declaration) -> String {
    let prefix = declaration.prefix.as_ref();
    let prefix = prefix.map_or_else(String::new, |prefix| format!(":{prefix}"));
    let pieces = &declaration.value.pieces;
    let value = written(String::new(), |printer| {
        printer.pieces(pieces, Place::Attribute('"'));
    });
    format!("xmlns{prefix}=\"{value}\"")
}

pub(super) fn write_comments<'a>(
    f: &mut fmt::Formatter<'_>,
    comments: impl IntoIterator<Item = &'a Comment>,
) -> fmt::Result {
    comments
        .into_iter()
        .try_for_each(|comment| writeln!(f, "{}", format!("# {}", comment.text).trim_end()))
}

fn write_headings<'a>(
    f: &mut fmt::Formatter<'_>,
    mut headings: impl Iterator<Item = &'a Heading>,
) -> fmt::Result {
    headings.try_for_each(|heading| {
        writeln!(f)?;
        write_comments(f, &heading.comments)?;
        let Some(file) = &heading.file else {
            return writeln!(f, "{}", heading.part);
        };
        writeln!(f, "{}: {}", heading.part, file.path.value)?;
        file.given.iter().try_for_each(|given| {
            for comment in &given.comments {
                f.write_str("\t")?;
                write_comments(f, [comment])?;
            }
            writeln!(f, "\t{given}")
        })
    })
}

impl Script {
    fn write_choice(
        &self,
        f: &mut fmt::Formatter<'_>,
        choice: &Choice,
        names: &Names<'_>,
    ) -> fmt::Result {
        let mut word = ChoiceWord::Either;
        for alternative in &choice.alternatives {
            write_comments(f, &alternative.comments)?;
            writeln!(f, "{}", choice_line(word, alternative))?;
            for action in &self.story[alternative.steps.clone()] {
                self.write_action(f, action, names, &alternative.indent)?;
            }
            word = ChoiceWord::Or;
        }
        Ok(())
    }

    /// Writes an action behind these blanks.
    fn write_action(
        &self,
        f: &mut fmt::Formatter<'_>,
        action: &Action,
        names: &Names<'_>,
        indent: &str,
    ) -> fmt::Result {
        // Comments of the block move above the line of the action, and notes stand directly above it.
        let (notes, others): (Vec<_>, Vec<_>) = action
            .comments
            .iter()
            .partition(|comment| Note::of(&comment.text).is_some());
        for comment in others.into_iter().chain(notes) {
            f.write_str(indent)?;
            write_comments(f, [comment])?;
        }
        writeln!(f, "{indent}{}", action_line(action, names))?;
        write_stanzas(f, action.verb.compared(), &self.source, indent)?;
        if let Some(footer) = footer(action) {
            writeln!(f, "{indent}\t{}", footer.form)?;
        }
        if let BlockShape::Pair { .. } = action.verb.phrase().block {
            writeln!(f, "{indent}{WITH}:")?;
        }
        write_stanzas(f, action.verb.sent(), &self.source, indent)
    }
}

fn write_stanzas(
    f: &mut fmt::Formatter<'_>,
    stanzas: &[Stanza],
    source: &SourceFile,
    indent: &str,
) -> fmt::Result {
    stanzas.iter().try_for_each(|stanza| {
        let mut printer = Printer {
            out: format!("{indent}\t"),
            source,
            indent,
        };
        printer.stanza(stanza);
        writeln!(f, "{}", printer.out)
    })
}

/// How a value is written in an attribute, between these quotes.
pub(crate) fn attribute_value(value: &str, quote: char) -> String {
    written(String::new(), |printer| {
        printer.literal(value, Place::Attribute(quote));
    })
}

/// How a value is written as text, behind what stands before it in the block.
pub(crate) fn text_value(value: &str, before: &str) -> String {
    written(before.to_owned(), |printer| {
        printer.literal(value, Place::Text(After::Anything));
    })
}

/// How a value is written in a CDATA section, if it can stand in one.
pub(crate) fn cdata_value(value: &str) -> Option<String> {
    let piece = Piece::Literal(Spanned::new(value.into(), Span::default()));
    fits_cdata(&piece, "").then(|| value.to_owned())
}

/// How a variable is written.
pub(crate) fn variable(name: &str) -> String {
    let name = name.replace('&', "&amp;").replace('<', "&lt;");
    format!("${{{name}}}")
}

fn written(before: String, print: impl FnOnce(&mut Printer<'_>)) -> String {
    let start = before.len();
    let mut printer = Printer {
        out: before,
        source: &SourceFile::new("", ""),
        indent: "",
    };
    print(&mut printer);
    printer.out.split_off(start)
}

/// Prints one element.
struct Printer<'s> {
    out: String,
    /// Where comments are copied from.
    source: &'s SourceFile,
    /// The blanks before the action, which each line of its block begins with.
    indent: &'s str,
}

/// What characters stand in, which decides how they have to be written.
#[derive(Clone, Copy)]
enum Place {
    /// In an attribute, between quotes of this kind.
    Attribute(char),
    /// In text; and whether a comment line comes right after it.
    Text(After),
    Cdata,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum After {
    CommentLine,
    Anything,
}

impl Printer<'_> {
    fn stanza(&mut self, stanza: &Stanza) {
        let element = &stanza.element;
        match stanza.part {
            Part::Whole => self.element(element),
            Part::Header => {
                self.out.push_str(self.source.slice(stanza.declaration()));
                self.start_tag(element);
                self.out.push('>');
            }
            Part::Footer => self.end_tag(element),
            Part::Text => stanza
                .values()
                .into_iter()
                .for_each(|text| self.raw_text(text)),
        }
    }

    fn element(&mut self, element: &Element) {
        self.start_tag(element);
        match element.children.is_empty() {
            true => self.out.push_str("/>"),
            false => self.content(element),
        }
    }

    /// Writes a text, each of its lines behind the blanks of the block.
    fn raw_text(&mut self, text: &Value) {
        for piece in &text.pieces {
            match piece {
                Piece::Literal(literal) => {
                    let indent = format!("\n{}\t", self.indent);
                    let lines = literal.value.replace('\n', &indent);
                    self.out.push_str(&lines);
                }
                piece => self.pieces(std::slice::from_ref(piece), Place::Cdata),
            }
        }
    }

    /// Writes a start tag up to its last character.
    fn start_tag(&mut self, element: &Element) {
        self.out.push('<');
        self.out.push_str(&element.name.written());
        for item in &element.declarations {
            self.out.push(' ');
            self.out.push_str(&declaration(item));
        }
        for attribute in &element.attributes {
            self.attribute(&attribute.name, &attribute.value.pieces, attribute.quote);
        }
    }

    fn end_tag(&mut self, element: &Element) {
        self.out.push_str("</");
        self.out.push_str(&element.name.written());
        self.out.push('>');
    }

    fn content(&mut self, element: &Element) {
        self.out.push('>');
        for (at, child) in element.children.iter().enumerate() {
            match child {
                Node::Element(element) => self.element(element),
                Node::Text(text) => self.text(text, self.after(element.children.get(at + 1))),
                Node::Comment(span) => self.out.push_str(self.source.slice(*span)),
            }
        }
        self.end_tag(element);
    }

    fn after(&self, node: Option<&Node>) -> After {
        match node {
            Some(Node::Comment(span)) if !self.source.slice(*span).starts_with('<') => {
                After::CommentLine
            }
            _ => After::Anything,
        }
    }

    fn attribute(&mut self, name: &Name, value: &[Piece], quote: char) {
        self.out.push(' ');
        self.out.push_str(&name.written());
        self.out.push('=');
        self.out.push(quote);
        self.pieces(value, Place::Attribute(quote));
        self.out.push(quote);
    }

    fn text(&mut self, text: &Text, after: After) {
        if text.kind == TextKind::Cdata && self.fits_cdata(&text.value.pieces) {
            self.out.push_str("<![CDATA[");
            self.pieces(&text.value.pieces, Place::Cdata);
            self.out.push_str("]]>");
        } else {
            self.pieces(&text.value.pieces, Place::Text(after));
        }
    }

    fn fits_cdata(&self, pieces: &[Piece]) -> bool {
        let mut pieces = pieces.iter();
        pieces.all(|piece| fits_cdata(piece, self.indent))
    }

    fn pieces(&mut self, pieces: &[Piece], place: Place) {
        for piece in pieces {
            match piece {
                Piece::Literal(text) => self.literal(&text.value, place),
                Piece::Variable(piece) => self.out.push_str(&piece.value.written()),
                Piece::Wildcard(wildcard) => self.out.push_str(&wildcard.value.to_string()),
                Piece::Any(_) => self.out.push_str("{scansion:any}"),
                Piece::Capture(name) => {
                    self.out.push_str("{scansion:capture:");
                    self.out.push_str(&name.value);
                    self.out.push('}');
                }
            }
        }
    }

    fn literal(&mut self, text: &str, place: Place) {
        match place {
            Place::Cdata => self.out.push_str(text),
            Place::Attribute(quote) => self.in_attribute(text, quote),
            Place::Text(after) => self.in_text(text, after),
        }
    }

    fn in_attribute(&mut self, text: &str, quote: char) {
        for (at, character) in text.char_indices() {
            match character {
                '\t' | '\n' | '\r' => self.number(character),
                '"' if quote == '"' => self.out.push_str("&quot;"),
                '\'' if quote == '\'' => self.out.push_str("&apos;"),
                _ => self.character(character, &text[at..]),
            }
        }
    }

    fn in_text(&mut self, text: &str, after: After) {
        let mut rest = text;
        while let Some(character) = rest.chars().next() {
            match character {
                '\n' => rest = self.line_feeds(rest, after),
                _ => {
                    self.text_character(character, rest);
                    rest = &rest[character.len_utf8()..];
                }
            }
        }
    }

    fn text_character(&mut self, character: char, rest: &str) {
        let begins_comment = ["#", "//", "--"].iter().any(|mark| rest.starts_with(mark));
        match character {
            '\r' => self.number(character),
            '>' if self.out.ends_with("]]") => self.out.push_str("&gt;"),
            _ if begins_comment && self.is_at_line_start() => self.number(character),
            _ => self.character(character, rest),
        }
    }

    fn character(&mut self, character: char, rest: &str) {
        match character {
            '<' => self.out.push_str("&lt;"),
            '&' => self.out.push_str("&amp;"),
            '$' if begins_sigil(rest) => self.number(character),
            '{' if rest.starts_with("{scansion:") => self.number(character),
            _ => self.out.push(character),
        }
    }

    /// Writes the line feeds at the beginning of a text, and gives what comes after them. A line of a block
    /// has to be indented, so a line feed before anything else is written as a number.
    fn line_feeds<'t>(&mut self, text: &'t str, after: After) -> &'t str {
        let rest = text.trim_start_matches('\n');
        let is_indented = match rest.is_empty() {
            false => is_deeper(rest, self.indent),
            true => after == After::CommentLine,
        };
        let line_feed = if is_indented { "\n" } else { "&#10;" };
        self.out
            .push_str(&line_feed.repeat(text.len() - rest.len()));
        rest
    }

    fn number(&mut self, character: char) {
        self.out.push_str(&format!("&#{};", u32::from(character)));
    }

    fn is_at_line_start(&self) -> bool {
        self.out.trim_end_matches([' ', '\t']).ends_with('\n')
    }
}

/// Whether a text that begins with `$` would be taken for a variable or a wildcard. At its end, a tag may
/// follow, which would make it one.
fn begins_sigil(text: &str) -> bool {
    matches!(text.as_bytes().get(1), None | Some(b'{' | b'<'))
}

/// Whether a line of a block stands behind these blanks, and more of them.
fn is_deeper(line: &str, indent: &str) -> bool {
    let rest = line.strip_prefix(indent);
    rest.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// Whether a piece can stand in a CDATA section, where nothing can be written as a number, behind these blanks.
fn fits_cdata(piece: &Piece, indent: &str) -> bool {
    let Piece::Literal(text) = piece else {
        return true;
    };
    let text = text.value.as_str();
    let is_plain = !["]]>", "${", "$<", "{scansion:", "\r"]
        .iter()
        .any(|mark| text.contains(mark));
    let mut lines = text.split('\n').skip(1);
    is_plain && !text.ends_with(['$', ']']) && lines.all(|line| may_be_line(line, indent))
}

fn may_be_line(line: &str, indent: &str) -> bool {
    let is_comment = line.starts_with('#') || line.starts_with("//") || line.starts_with("--");
    is_comment || is_deeper(line, indent)
}

#[cfg(test)]
mod tests {
    use crate::script::parse;
    use crate::source::SourceFile;

    #[track_caller]
    fn prints(block: &str, expected: &str) {
        let text = format!("[Client] A\n-----\nA receives\n\t{block}\n");
        let parsed = parse(SourceFile::new("a.scs", &text));
        assert_eq!(parsed.errors, []);
        let printed = parsed.script.to_string();
        let (_, block) = printed.split_once("A receives:\n\t").unwrap();
        assert_eq!(block, format!("{expected}\n"));
        let again = parse(SourceFile::new("a.scs", &printed));
        assert_eq!(again.errors, []);
        assert_eq!(again.script.to_string(), printed);
    }

    #[test]
    fn lines_are_put_in_order() {
        let text = "## b: 1\n#\n// T\n--d\n[Client]  A \n  # p\n  jid : a@b\n\n#c\n-----\nA  connects:\n   # e";
        let parsed = parse(SourceFile::new("a.scs", text));
        assert_eq!(
            parsed.script.to_string(),
            "# T\n#\n# d\n## b: 1\n\n[Client] A\n\tjid: a@b\n\n---------\n\n# p\n# c\nA connects\n\n# e\n"
        );
    }

    #[test]
    fn elements_keep_their_text() {
        prints(
            "<a b='x\"' c = \"y'\">\n\t\t<b></b>\n\t</a>",
            "<a b='x\"' c=\"y'\">\n\t\t<b/>\n\t</a>",
        );
    }

    #[test]
    fn comments_within_elements_are_copied() {
        prints(
            "<a>\n# one\n\t <!-- two -->\n\t</a>",
            "<a>\n# one\n\t <!-- two -->\n\t</a>",
        );
    }

    #[test]
    fn markup_is_escaped() {
        prints(
            "<a b='&lt;&#9;&apos;'>&lt;&amp;]]&gt;</a>",
            "<a b='&lt;&#9;&apos;'>&lt;&amp;]]&gt;</a>",
        );
    }

    #[test]
    fn what_would_be_a_variable_is_escaped() {
        prints(
            "<a>&#36;&lt;b> &#36;{x} 5$<b/></a>",
            "<a>&#36;&lt;b> &#36;{x} 5&#36;<b/></a>",
        );
        prints("<a>&#123;scansion:any}</a>", "<a>&#123;scansion:any}</a>");
    }

    #[test]
    fn what_would_be_a_comment_line_is_escaped() {
        prints(
            "<a>\n\t&#35; b\n\t&#47;/ c\n\t/d</a>",
            "<a>\n\t&#35; b\n\t&#47;/ c\n\t/d</a>",
        );
    }

    #[test]
    fn line_feeds_that_would_end_the_block_are_escaped() {
        prints("<a>b&#10;c&#10;&#10;</a>", "<a>b&#10;c&#10;&#10;</a>");
    }

    #[test]
    fn cdata_stays_where_it_can() {
        prints(
            "<a><![CDATA[<&\n# b\n\t]]></a>",
            "<a><![CDATA[<&\n# b\n\t]]></a>",
        );
        prints("<a><![CDATA[$<b/>]]></a>", "<a>&#36;&lt;b/></a>");
    }

    #[test]
    fn wildcards_and_variables_are_written_out() {
        prints(
            "<a b='${ A&apos;s JID }' c=\"$<x:/a\\/b/>$<_>\">{scansion:capture:y}</a>",
            "<a b='${A's JID}' c=\"$<x:/a\\/b/>$<_>\">{scansion:capture:y}</a>",
        );
    }
}
