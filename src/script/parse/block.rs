//! Blocks: from a flat row of tokens to trees of elements.
//!
//! The tree is built with a stack of its own, so that the depth of nesting is bounded by [`MAX_DEPTH`] and
//! not by the machine's stack.

use pest::iterators::{Pair, Pairs};

use super::annotated::{self, Position};
use super::excerpt;
use super::grammar::{self, Rule};
use super::plain::{self, PlainTag};
use super::tag::{Tag, TagEnd, TagReader};
use super::value::{self, ValueReader};
use crate::ns;
use crate::script::ast::{
    Comment, Element, Filled, Name, Node, Part, Piece, Stanza, Text, TextKind, Value,
};
use crate::script::complaints::Complaints;
use crate::script::error::{Around, ScriptErrorKind, UnclosedBy};
use crate::script::phrase::{NOTHING, Usage};
use crate::script::role::Role;
use crate::script::scope::Scope;
use crate::source::{SourceFile, Span};

/// How deep elements can be nested. Servers allow less; and code that walks the tree can be recursive.
const MAX_DEPTH: usize = 128;

/// The name of the element that is a whole stream (RFC 6120 §4.2), and how it is written by the prefix that all
/// streams have.
const STREAM: &str = "stream";
const WRITTEN_STREAM: &str = "stream:stream";

/// What a block holds.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) stanzas: Vec<Stanza>,
    /// Comments before the last stanza that the tree cannot hold: between elements and within tags.
    pub(super) comments: Vec<Comment>,
    /// Comments after the last stanza.
    pub(super) trailing: Vec<Comment>,
    /// The word `nothing`, where it stands instead of a stanza.
    pub(super) nothing: Option<Span>,
    /// Whether there is nothing but comments.
    pub(super) is_empty: bool,
}

/// The tokens of a block, or of the rest of it.
pub(super) struct Tokens<'i> {
    pairs: Pairs<'i, Rule>,
    /// Where the text begins that they are of.
    at: usize,
}

impl<'i> Tokens<'i> {
    /// Those that were read with the script.
    pub(super) fn of_script(pairs: Pairs<'i, Rule>, source: &SourceFile) -> Self {
        let at = source.start();
        Self { pairs, at }
    }

    /// Those of a block, which is a part of the file.
    pub(super) fn of_block(source: &'i SourceFile, span: Span) -> Self {
        Self {
            pairs: grammar::tokens(source.slice(span)),
            at: span.start,
        }
    }
}

/// Reads the block of an actor of a role, which is a part of the file.
pub(super) fn read(
    source: &SourceFile,
    span: Span,
    Tokens {
        pairs: mut tokens,
        at,
    }: Tokens<'_>,
    role: &Role,
    usage: Usage,
    complaints: &mut Complaints,
) -> Block {
    let mut reader = BlockReader {
        source,
        span,
        at,
        usage,
        complaints,
        scope: Scope::new(role),
        open: Vec::new(),
        text: None,
        omitted: Vec::new(),
        declaration: None,
        state: State::Sound,
        block: Block {
            is_empty: true,
            ..Block::default()
        },
    };
    while let Some(token) = tokens.next()
        && reader.state != State::Abandoned
    {
        if let Err(NotPlain { start }) = reader.token(token) {
            reader.at = start;
            tokens = grammar::tokens_in_detail(source.slice(Span::new(start, span.end)));
        }
    }
    reader.finish()
}

struct BlockReader<'s, 'c> {
    source: &'s SourceFile,
    span: Span,
    /// Where the text begins that the tokens are of.
    at: usize,
    usage: Usage,
    complaints: &'c mut Complaints,
    scope: Scope,
    /// The elements whose end tags have not come yet.
    open: Vec<Element>,
    text: Option<Run>,
    omitted: Vec<Span>,
    /// An XML declaration, which belongs to the header that is to follow.
    declaration: Option<Span>,
    state: State,
    block: Block,
}

/// Text that may go on with the next token.
struct Run {
    pieces: Vec<Piece>,
    span: Span,
}

/// A tag or a text that looked plain: what follows it may belong to it.
struct NotPlain {
    start: usize,
}

/// Whether it makes sense to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    /// There is an error already for what leaves elements open at the end of the block.
    Excused,
    Abandoned,
}

impl<'s> BlockReader<'s, '_> {
    fn token(&mut self, token: Pair<'_, Rule>) -> Result<(), NotPlain> {
        let span = grammar::span(&token, self.at);
        if matches!(token.as_rule(), Rule::plain | Rule::plain_lines) {
            return self.plain(token.as_str(), span.start);
        }
        self.detailed_token(token, span);
        Ok(())
    }

    /// Tags and the text before them, up to the first that only look plain.
    fn plain(&mut self, run: &str, mut start: usize) -> Result<(), NotPlain> {
        for (text, tag) in plain::parts(run) {
            let text_span = Span::new(start, start + text.len());
            let tag_span = Span::new(text_span.end, text_span.end + tag.len());
            self.plain_text(text, text_span)?;
            self.plain_tag(tag, tag_span)?;
            if self.state == State::Abandoned {
                break;
            }
            start = tag_span.end;
        }
        Ok(())
    }

    fn plain_text(&mut self, text: &str, span: Span) -> Result<(), NotPlain> {
        if text.is_empty() {
            return Ok(());
        }
        if !plain::is_text(text) {
            return Err(NotPlain { start: span.start });
        }
        if !text.trim().is_empty() {
            self.lose_declaration();
        }
        self.text(span, |values, pieces| values.add_text(text, span, pieces));
        Ok(())
    }

    fn plain_tag(&mut self, tag: &str, span: Span) -> Result<(), NotPlain> {
        if tag.starts_with("</") {
            self.lose_declaration();
            self.end_tag(tag, span);
            return Ok(());
        }
        let tag = PlainTag::of(tag).ok_or(NotPlain { start: span.start })?;
        self.start_tag(span, |reader| reader.read_plain(tag, span));
        Ok(())
    }

    fn detailed_token(&mut self, token: Pair<'_, Rule>, span: Span) {
        let is_between = || token.as_rule() == Rule::start_tag || token.as_str().trim().is_empty();
        if self.declaration.is_some() && !is_between() {
            self.lose_declaration();
        }
        match token.as_rule() {
            Rule::EOI => {}
            Rule::comment => self.comment_line(&token, span),
            Rule::xml_comment => self.xml_comment(token, span),
            Rule::cdata => self.cdata(token, span),
            Rule::start_tag => self.start_tag(span, |reader| reader.read(token, span)),
            Rule::end_tag => self.end_tag(token.as_str(), span),
            Rule::instruction => self.instruction(token.as_str(), span),
            Rule::doctype => self.stray(ScriptErrorKind::Doctype, span),
            Rule::stray_markup => self.stray(stray_markup(token.as_str()), span),
            Rule::text_chars if span.is_empty() => {}
            _ => self.text(span, |values, pieces| values.add(token, pieces)),
        }
    }

    fn complain(&mut self, kind: ScriptErrorKind, span: Span) {
        self.complaints.push(kind.at(span));
    }

    fn stray(&mut self, kind: ScriptErrorKind, span: Span) {
        self.end_text();
        self.block.is_empty = false;
        self.complain(kind, span);
    }

    /// What is written like an instruction: what a document begins with (XML 1.0 §2.8), or what XMPP does not have.
    fn instruction(&mut self, written: &str, span: Span) {
        if !is_declaration(written) {
            return self.stray(ScriptErrorKind::Instruction, span);
        }
        if !self.open.is_empty() {
            return self.stray(ScriptErrorKind::Declaration, span);
        }
        self.end_text();
        self.declaration = Some(span);
    }

    /// Complains of an XML declaration that no header follows.
    fn lose_declaration(&mut self) {
        if let Some(span) = self.declaration.take() {
            self.stray(ScriptErrorKind::Declaration, span);
        }
    }

    fn values(&mut self, around: Around) -> ValueReader<'s, '_> {
        ValueReader {
            source: self.source,
            at: self.at,
            usage: self.usage,
            around,
            complaints: self.complaints,
        }
    }

    fn add(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            adopt(parent, node);
        }
    }

    // Comments.

    fn comment_line(&mut self, token: &Pair<'_, Rule>, span: Span) {
        self.end_text();
        match self.open.is_empty() {
            true => self.block.trailing.push(grammar::comment(token, self.at)),
            false => self.omit(span),
        }
    }

    fn xml_comment(&mut self, token: Pair<'_, Rule>, span: Span) {
        self.end_text();
        self.check_comment(token, span);
        match self.open.is_empty() {
            true => self.block.trailing.extend(comment_lines(self.source, span)),
            false => self.omit(span),
        }
    }

    fn omit(&mut self, comment: Span) {
        self.omitted.push(comment);
        self.add(Node::Comment(comment));
    }

    fn check_comment(&mut self, token: Pair<'_, Rule>, span: Span) {
        let mut parts = token.into_inner();
        let text = parts.next().map_or("", |text| text.as_str());
        if parts.next().is_none() {
            self.state = State::Excused;
            self.complain(
                ScriptErrorKind::UnclosedComment,
                Span::new(span.start, span.start + 4),
            );
        }
        let dashes = text.find("--").or(text.strip_suffix('-').map(str::len));
        if let Some(at) = dashes {
            let start = span.start + "<!--".len() + at;
            self.complain(
                ScriptErrorKind::DashesInComment,
                Span::new(start, start + 2),
            );
        }
    }

    // Text.

    /// Adds text, which `read` makes pieces of.
    fn text(&mut self, span: Span, read: impl FnOnce(&mut ValueReader<'_, '_>, &mut Vec<Piece>)) {
        let mut run = self.text.take().unwrap_or(Run {
            pieces: Vec::new(),
            span,
        });
        run.span.end = span.end;
        // Outside of elements only the place is of interest.
        if !self.open.is_empty() {
            read(&mut self.values(Around::Xml), &mut run.pieces);
        }
        self.text = Some(run);
    }

    fn end_text(&mut self) {
        let Some(mut run) = self.text.take() else {
            return;
        };
        if self.open.is_empty() {
            return self.text_outside(run.span);
        }
        self.values(Around::Xml).settle(&mut run.pieces);
        let value = Value {
            pieces: run.pieces,
            span: run.span,
            filled: Filled::No,
        };
        self.add(Node::Text(Text {
            value,
            kind: TextKind::Plain,
        }));
    }

    fn text_outside(&mut self, span: Span) {
        let text = grammar::trim(self.source.slice(span), span.start);
        if text.value.is_empty() {
            return;
        }
        let may_be_nothing = self.block.is_empty && self.usage == Usage::Receive;
        self.block.is_empty = false;
        match text.value {
            NOTHING if may_be_nothing => self.block.nothing = Some(text.span),
            _ => self.complain(ScriptErrorKind::TextOutside, text.span),
        }
    }

    fn cdata(&mut self, token: Pair<'_, Rule>, span: Span) {
        self.end_text();
        if self.open.is_empty() {
            return self.stray(ScriptErrorKind::TextOutside, span);
        }
        let mut pieces = Vec::new();
        let mut end = None;
        for part in token.into_inner() {
            match part.as_rule() {
                Rule::cdata_end => end = Some(grammar::span(&part, self.at).start),
                _ => self.values(Around::Cdata).add(part, &mut pieces),
            }
        }
        let start = span.start + "<![CDATA[".len();
        if end.is_none() {
            self.state = State::Excused;
            self.complain(ScriptErrorKind::UnclosedCdata, Span::new(span.start, start));
        }
        self.values(Around::Cdata).settle(&mut pieces);
        let value = Value {
            pieces,
            span: Span::new(start, end.unwrap_or(span.end)),
            filled: Filled::No,
        };
        self.add(Node::Text(Text {
            value,
            kind: TextKind::Cdata,
        }));
    }

    // Elements.

    fn start_tag(&mut self, span: Span, read: impl FnOnce(TagReader<'_, '_, '_>) -> Tag) {
        self.end_text();
        self.begin_stanza();
        if self.open.len() == MAX_DEPTH {
            self.state = State::Abandoned;
            return self.complain(ScriptErrorKind::TooDeep { limit: MAX_DEPTH }, span);
        }
        let mut tag = read(self.tags());
        if self.open.is_empty() && is_stream(&tag.element.name) {
            if let Some(declaration) = self.declaration.take() {
                tag.element.extent.start = declaration.start;
            }
            return self.header(tag, span);
        }
        self.lose_declaration();
        if tag.end == TagEnd::Missing {
            self.state = State::Excused;
        }
        self.open.push(tag.element);
        if tag.end == TagEnd::Empty {
            self.close(span.end);
        }
    }

    /// The header of a stream, which is as good as an element: what follows in the block is not in it.
    fn header(&mut self, tag: Tag, span: Span) {
        if tag.end == TagEnd::Empty {
            self.complain(ScriptErrorKind::ClosedHeader, span);
        }
        self.scope.retract(&tag.element.declarations);
        self.check_annotations(&tag.element);
        self.end_stanza(tag.element, Part::Header);
    }

    fn footer(&mut self, written: &str, span: Span) {
        let start = span.start + "</".len();
        self.begin_stanza();
        let element = Element {
            name: Name {
                prefix: written.split_once(':').map(|(prefix, _)| prefix.into()),
                local: STREAM.into(),
                namespace: ns::STREAM.into(),
                span: Span::new(start, start + written.len()),
            },
            declarations: Vec::new(),
            attributes: Vec::new(),
            absent: Vec::new(),
            children: Vec::new(),
            tag: span,
            extent: span,
        };
        self.end_stanza(element, Part::Footer);
    }

    fn begin_stanza(&mut self) {
        self.block.is_empty = false;
        if let Some(span) = self.block.nothing.take() {
            self.complain(ScriptErrorKind::TextOutside, span);
        }
        if self.open.is_empty() {
            self.block.comments.append(&mut self.block.trailing);
        }
    }

    fn tags(&mut self) -> TagReader<'_, '_, '_> {
        TagReader {
            values: ValueReader {
                source: self.source,
                at: self.at,
                usage: self.usage,
                around: Around::Xml,
                complaints: self.complaints,
            },
            scope: &mut self.scope,
            omitted: &mut self.omitted,
            comments: &mut self.block.comments,
        }
    }

    fn end_tag(&mut self, written: &str, span: Span) {
        self.end_text();
        let closed = written.strip_suffix('>');
        let found = closed.unwrap_or(written);
        let found = found.strip_prefix("</").unwrap_or(found).trim();
        if closed.is_none() {
            let tag = grammar::trim(self.source.slice(span), span.start);
            self.complain(ScriptErrorKind::UnclosedTag, tag.span);
        }
        let fits = |open: &Element| open.name.is_written(found);
        match self.open.iter().rposition(fits) {
            Some(at) => self.close_up_to(at, span),
            None if self.open.is_empty() && self.ends_stream(found) => self.footer(found, span),
            None => self.mismatched(found, span),
        }
    }

    /// Whether this is the name of an element that is the whole stream, by the prefix that all streams have or as a
    /// header in this block has it.
    fn ends_stream(&self, found: &str) -> bool {
        let mut headers = self.block.stanzas.iter();
        let is_of_header =
            |stanza: &Stanza| stanza.part == Part::Header && stanza.element.name.is_written(found);
        found == WRITTEN_STREAM || headers.any(is_of_header)
    }

    /// Closes an element, and before it those within it that are without an end tag.
    fn close_up_to(&mut self, at: usize, end: Span) {
        while self.open.len() > at + 1 {
            self.complain_unclosed(UnclosedBy::Parent(end));
            self.close(end.start);
        }
        self.close(end.end);
    }

    fn mismatched(&mut self, found: &str, span: Span) {
        let found = excerpt(found);
        match self.open.last() {
            Some(element) => {
                let (open, start) = (excerpt(&element.name.written()), element.tag);
                self.complain(
                    ScriptErrorKind::MismatchedEndTag { found, open, start },
                    span,
                );
                self.close(span.end);
            }
            None => self.stray(ScriptErrorKind::UnmatchedEndTag { found }, span),
        }
    }

    /// A start tag without its `>` was complained of already.
    fn complain_unclosed(&mut self, end: UnclosedBy) {
        if let Some(element) = self.open.last()
            && self.source.slice(element.tag).ends_with('>')
        {
            let (name, tag) = (excerpt(&element.name.written()), element.tag);
            self.complain(ScriptErrorKind::UnclosedElement { name, end }, tag);
        }
    }

    fn close(&mut self, end: usize) {
        let Some(mut element) = self.open.pop() else {
            return;
        };
        self.scope.retract(&element.declarations);
        element.extent.end = end;
        self.settle_texts(&mut element);
        self.check_annotations(&element);
        match self.open.last_mut() {
            Some(parent) => adopt(parent, Node::Element(element)),
            None => self.end_stanza(element, Part::Whole),
        }
    }

    fn end_stanza(&mut self, element: Element, part: Part) {
        let omitted = disjoint(std::mem::take(&mut self.omitted));
        // Most blocks are one stanza, and a vector would make room for four.
        if self.block.stanzas.is_empty() {
            self.block.stanzas.reserve_exact(1);
        }
        self.block.stanzas.push(Stanza {
            element,
            part,
            omitted,
        });
    }

    /// A directive is the whole text of an element or none: comments and elements may stand beside it, other
    /// text may not.
    fn settle_texts(&mut self, element: &mut Element) {
        let texts = || element.children.iter().filter_map(text_of);
        let is_free = |text: &&Text| text.value.pieces.iter().any(value::is_directive);
        if texts().any(|text| is_free(&text))
            && texts().filter(|text| !text.value.is_blank()).count() > 1
        {
            let mut values = self.values(Around::Xml);
            for child in &mut element.children {
                if let Node::Text(text) = child {
                    values.take_literally(&mut text.value.pieces);
                }
            }
        }
    }

    fn check_annotations(&mut self, element: &Element) {
        let position = match self.open.last() {
            None => Position::Stanza,
            Some(parent) if parent.is_one_of() => Position::Member,
            Some(_) => Position::Child,
        };
        for mistake in annotated::mistakes(element, position, self.usage, self.source) {
            self.complaints.push(mistake);
        }
    }

    fn finish(mut self) -> Block {
        if self.state != State::Abandoned {
            self.end_text();
            self.lose_declaration();
        }
        if self.state == State::Sound {
            self.complain_unclosed(UnclosedBy::Block(self.end_of_block()));
        }
        while !self.open.is_empty() {
            self.close(self.span.end);
        }
        self.block
    }

    /// The last character of the block that is not white space.
    fn end_of_block(&self) -> Span {
        let text = self.source.slice(self.span).trim_end();
        let length = text.chars().next_back().map_or(0, char::len_utf8);
        let end = self.span.start + text.len();
        Span::new(end - length, end)
    }
}

fn adopt(parent: &mut Element, child: Node) {
    // Most elements have one child, and a vector would make room for four.
    if parent.children.is_empty() {
        parent.children.reserve_exact(1);
    }
    parent.children.push(child);
}

/// Whether an element is a whole stream. One that is written so and is of another namespace was meant for one.
fn is_stream(name: &Name) -> bool {
    name.local == STREAM
        && (name.namespace.as_ref() == ns::STREAM || name.is_written(WRITTEN_STREAM))
}

/// Whether an instruction is what an XML document begins with.
fn is_declaration(written: &str) -> bool {
    let rest = written.strip_prefix("<?xml");
    rest.is_some_and(|rest| rest.starts_with(value::is_white))
}

fn text_of(node: &Node) -> Option<&Text> {
    match node {
        Node::Text(text) => Some(text),
        Node::Element(_) | Node::Comment(_) => None,
    }
}

fn stray_markup(written: &str) -> ScriptErrorKind {
    let name = written.trim_matches(['<', '/', '>']);
    match name.split(value::is_white).next() {
        None | Some("") => ScriptErrorKind::StrayLessThan,
        Some(name) => ScriptErrorKind::BadName {
            found: excerpt(name),
        },
    }
}

/// The lines of `<!-- … -->`, for where the tree knows only comment lines.
fn comment_lines(source: &SourceFile, span: Span) -> impl Iterator<Item = Comment> {
    let text = source.slice(span);
    let text = text.strip_prefix("<!--").unwrap_or(text);
    let text = text.strip_suffix("-->").unwrap_or(text);
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .map(move |line| Comment {
            text: line.to_owned(),
            span,
        })
}

/// Spans in order, those that overlap joined.
fn disjoint(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    let mut result: Vec<Span> = Vec::with_capacity(spans.len());
    for span in spans {
        match result.last_mut() {
            Some(last) if span.start < last.end => last.end = last.end.max(span.end),
            _ => result.push(span),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::testing::{at, mistake, mistakes, receiving, sending, sound, stanza};

    fn said(block: &str) -> (String, String) {
        mistake(&receiving(block))
    }

    /// The text of a stanza as it goes on the wire, variables aside.
    fn wire(block: &str) -> String {
        let text = sending(block);
        let parsed = crate::script::testing::read(&text);
        let stanza = parsed.script.story[0].verb.stanzas()[0];
        let mut wire = String::new();
        let mut start = stanza.element.extent.start;
        for span in &stanza.omitted {
            wire.push_str(&text[start..span.start]);
            start = span.end;
        }
        wire + &text[start..stanza.element.extent.end]
    }

    #[test]
    fn white_space_and_comments_are_kept() {
        let stanza = stanza(&receiving("<a>\n\t <b/><!-- c -->\n# d\n\t</a>"));
        let kinds = stanza.element.children.iter().map(|node| match node {
            Node::Element(_) => "element",
            Node::Text(text) if text.value.is_blank() => "blank",
            Node::Text(_) => "text",
            Node::Comment(_) => "comment",
        });
        assert_eq!(
            kinds.collect::<Vec<_>>(),
            ["blank", "element", "comment", "blank", "comment", "blank"]
        );
    }

    #[test]
    fn comment_marks_are_text_within_markup() {
        let text = receiving("<a b='\n# c\n\t'><!--\n\t# d\n\t--><![CDATA[\n// e\n\t]]></a>");
        let stanza = stanza(&text);
        assert_eq!(stanza.element.attributes[0].value.literal(), Some(" # c  "));
        assert_eq!(stanza.element.children.len(), 2);
    }

    #[test]
    fn a_comment_that_ends_like_a_comment_line_begins() {
        let script = sound(&receiving("<a/>\n\t<!-- b\n\t-->\nRomeo connects")).script;
        assert_eq!(script.story[0].verb.stanzas().len(), 1);
        assert_eq!(script.story[1].comments[0].text, "b");
    }

    #[test]
    fn what_is_not_for_the_wire_is_omitted() {
        assert_eq!(
            wire("<a>\n\t<!-- b --><c/>\n\t# d\n\t</a>"),
            "<a>\n\t<c/>\n\t</a>"
        );
        assert_eq!(
            wire("<a scansion:strict='true'\n\txmlns:scansion='x' b='c'/>"),
            "<a b='c'/>"
        );
        assert_eq!(
            wire("<a\n\t# b\n\tscansion:order='any' c='d'/>"),
            "<a\n c='d'/>"
        );
        assert_eq!(wire("<!-- a --> <b/>"), "<b/>");
    }

    #[test]
    fn several_elements_in_one_block() {
        let script = sound(&receiving("<a/>\n\n\t<b>c</b> <d/>")).script;
        let extents = script.story[0]
            .verb
            .stanzas()
            .into_iter()
            .map(|stanza| stanza.element.extent);
        let texts: Vec<_> = extents.map(|extent| script.source.slice(extent)).collect();
        assert_eq!(texts, ["<a/>", "<b>c</b>", "<d/>"]);
    }

    #[test]
    fn elements_must_be_closed() {
        assert_eq!(said("<a>\n\t\t<b/>\n"), at("`<a>` is never closed", "<a>"));
        assert_eq!(
            said("<a><b c='d'></a>"),
            at("`<b>` is never closed", "<b c='d'>")
        );
        assert_eq!(said("<a><b></c></a>"), at("`</c>` closes `<b>`", "</c>"));
        assert_eq!(said("<a/></a>"), at("`</a>` closes nothing", "</a>"));
        assert_eq!(said("<a"), at("this tag lacks its `>`", "<a"));
        assert_eq!(said("<a></a"), at("this tag lacks its `>`", "</a"));
    }

    #[test]
    fn mismatched_tags_point_at_both() {
        let text = receiving("<message>\n\t</mesage>");
        let related = mistakes(&text)[0].0.related();
        assert_eq!(&text[related[0].0.range()], "<message>");
    }

    #[test]
    fn unclosed_elements_tell_where_the_block_ended() {
        let text = receiving("<a>\n\t\tb\n\n\n# c");
        let (span, words) = mistakes(&text)[0].0.related().remove(0);
        assert_eq!(
            (&text[span.range()], words.as_str()),
            ("c", "the block ends here")
        );
    }

    #[test]
    fn unclosed_markup_is_one_mistake() {
        assert_eq!(
            said("<a><!-- b</a>"),
            at("this comment is never closed", "<!--")
        );
        assert_eq!(
            said("<a><![CDATA[b</a>"),
            at("this CDATA section is never closed", "<![CDATA[")
        );
        assert_eq!(said("<a b=\"c/>"), at("this quote is never closed", "\""));
    }

    #[test]
    fn what_xmpp_forbids() {
        assert_eq!(
            said("<?xmlx version='1.0'?><a/>"),
            at(
                "processing instructions are not allowed in XMPP",
                "<?xmlx version='1.0'?>"
            )
        );
        assert_eq!(
            said("<!DOCTYPE a [<!ENTITY b 'c'>]><a/>"),
            at(
                "document types are not allowed in XMPP",
                "<!DOCTYPE a [<!ENTITY b 'c'>]>"
            )
        );
        assert_eq!(
            said("<a><!-- b -- c --></a>"),
            at("a comment cannot hold `--`", "--")
        );
        assert_eq!(said("<a><!-- b ---></a>").0, "a comment cannot hold `--`");
    }

    #[test]
    fn a_declaration_stands_before_a_header() {
        const DECLARATION: &str = "<?xml version='1.0'?>";
        let header = format!("{DECLARATION}\n\t<stream:stream>");
        let read = stanza(&receiving(&header));
        assert_eq!(read.part, Part::Header);
        let misplaced = at(
            "an XML declaration stands before the header of a stream",
            DECLARATION,
        );
        for block in [
            "?<a/>",
            "?",
            "?<!-- a --><stream:stream>",
            "?</stream:stream>",
            "<a>?</a>",
        ] {
            assert_eq!(said(&block.replace('?', DECLARATION)), misplaced, "{block}");
        }
    }

    #[test]
    fn text_must_be_in_an_element() {
        assert_eq!(
            said("hello $<x> <a/>"),
            at("text outside of an element", "hello $<x>")
        );
        assert_eq!(
            said("<a/> &amp;"),
            at("text outside of an element", "&amp;")
        );
        assert_eq!(
            said("nothing\n\t<a/>"),
            at("text outside of an element", "nothing")
        );
    }

    #[test]
    fn nonsense_after_less_than() {
        assert_eq!(said("<a>1 < 2</a>"), at("`<` begins no tag here", "<"));
        assert_eq!(said("<a><1b></a>"), at("`1b` is not a name", "<1b>"));
    }

    #[test]
    fn depth_is_limited() {
        let nested = |depth: usize| receiving(&("<a>".repeat(depth) + &"</a>".repeat(depth)));
        sound(&nested(MAX_DEPTH));
        assert_eq!(
            mistake(&nested(MAX_DEPTH + 1)).0,
            "elements are nested more than 128 deep"
        );
        assert_eq!(
            mistake(&nested(100_000)).0,
            "elements are nested more than 128 deep"
        );
    }

    #[test]
    fn any_is_empty_and_never_sent() {
        assert!(stanza(&receiving("<scansion:any/>")).element.is_any());
        sound(&receiving("<a><scansion:any>\n\t</scansion:any></a>"));
        assert_eq!(
            said("<scansion:any a='b'/>").0,
            "`<scansion:any/>` must be empty and without attributes"
        );
        assert_eq!(
            said("<scansion:any><a/></scansion:any>").1,
            "<scansion:any>"
        );
        assert_eq!(
            mistake(&sending("<scansion:any/>")).0,
            "`<scansion:any/>` cannot be sent"
        );
    }

    #[test]
    fn a_directive_with_other_text_around_is_literal() {
        let (message, place) = said("<a>{scansion:any}<b/>c</a>");
        assert_eq!(
            (message.as_str(), place.as_str()),
            ("`{scansion:any}` is taken literally here", "{scansion:any}")
        );
        let free = stanza(&receiving("<a>\n\t{scansion:any}<b/>\n\t</a>"));
        let text = free.element.children.iter().find_map(text_of).unwrap();
        assert!(matches!(text.value.pieces.as_slice(), [Piece::Any(_)]));
    }

    #[test]
    fn what_only_looks_plain_is_read_in_detail() {
        let names = |block: &str| -> Vec<String> {
            let elements = stanza(&receiving(block)).element;
            let names = elements.elements().map(|child| child.name.written());
            names.collect()
        };
        assert_eq!(names("<a b='>'><c/></a>"), ["c"]);
        assert_eq!(names("<a>\n\t# <b>\n\t<c/></a>"), ["c"]);
        assert_eq!(names("<a>\n\t<b/>&lt;c><d/>\n\t</a>"), ["b", "d"]);
        assert_eq!(names("<a>{scansion:any}<b/></a>"), ["b"]);
        assert_eq!(names("<a>$<b><c/></a>"), ["c"]);
    }
}
