//! Blocks: from a flat row of tokens to trees of elements.
//!
//! The tree is built with a stack of its own, so that the depth of nesting is bounded by [`MAX_DEPTH`] and
//! not by the machine's stack.

use pest::iterators::Pair;

use super::complaints::Complaints;
use super::excerpt;
use super::grammar::{self, Rule};
use super::tag::{Scope, Tag, TagEnd, TagReader};
use super::value::{self, ValueReader};
use crate::script::ast::{Class, Comment, Element, Node, Piece, Stanza, Text, TextKind, Value};
use crate::script::error::{ScriptErrorKind, UnclosedBy};
use crate::source::{SourceFile, Span};

/// How deep elements can be nested. Servers allow less; and code that walks the tree can be recursive.
const MAX_DEPTH: usize = 128;

/// What a block is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    /// To be sent.
    Send,
    /// To be compared with what comes.
    Receive,
}

/// What a block holds.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) stanzas: Vec<Stanza>,
    /// Comments before the last stanza that the tree has no place for: between elements and within tags.
    pub(super) comments: Vec<Comment>,
    /// Comments after the last stanza.
    pub(super) trailing: Vec<Comment>,
    /// The word `nothing`, where it stands instead of a stanza.
    pub(super) nothing: Option<Span>,
    /// Whether there is nothing but comments.
    pub(super) is_empty: bool,
}

/// Reads the block of an actor of a class, which is a part of the file.
pub(super) fn read(
    source: &SourceFile,
    span: Span,
    class: Class,
    usage: Usage,
    complaints: &mut Complaints,
) -> Block {
    let mut reader = BlockReader {
        source,
        span,
        usage,
        complaints,
        scope: Scope::new(class),
        open: Vec::new(),
        text: None,
        omitted: Vec::new(),
        state: State::Sound,
        block: Block {
            is_empty: true,
            ..Block::default()
        },
    };
    for token in grammar::tokens(source.slice(span)) {
        reader.token(token);
        if reader.state == State::Abandoned {
            break;
        }
    }
    reader.finish()
}

struct BlockReader<'s, 'c> {
    source: &'s SourceFile,
    span: Span,
    usage: Usage,
    complaints: &'c mut Complaints,
    scope: Scope,
    open: Vec<Open>,
    text: Option<Run>,
    omitted: Vec<Span>,
    state: State,
    block: Block,
}

/// An element whose end tag has not come yet.
struct Open {
    element: Element,
    /// The prefixes it declared.
    declared: Vec<String>,
}

/// Text that may go on with the next token.
struct Run {
    pieces: Vec<Piece>,
    span: Span,
}

/// Whether it makes sense to go on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Sound,
    /// Something swallowed the rest of the block, so that elements are open for no fault of their own.
    Swallowed,
    Abandoned,
}

impl<'s> BlockReader<'s, '_> {
    fn token(&mut self, token: Pair<'_, Rule>) {
        let span = grammar::span(&token, self.span.start);
        match token.as_rule() {
            Rule::EOI => {}
            Rule::comment => self.comment_line(&token, span),
            Rule::xml_comment => self.xml_comment(token, span),
            Rule::cdata => self.cdata(token, span),
            Rule::start_tag => self.start_tag(token, span),
            Rule::end_tag => self.end_tag(token, span),
            Rule::instruction => self.stray(ScriptErrorKind::Instruction, span),
            Rule::doctype => self.stray(ScriptErrorKind::Doctype, span),
            Rule::stray_markup => self.stray(stray_markup(token.as_str()), span),
            _ => self.text(token, span),
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

    fn values(&mut self) -> ValueReader<'s, '_> {
        ValueReader {
            source: self.source,
            at: self.span.start,
            usage: self.usage,
            complaints: self.complaints,
        }
    }

    fn add(&mut self, node: Node) {
        if let Some(parent) = self.open.last_mut() {
            parent.element.children.push(node);
        }
    }

    // Comments.

    fn comment_line(&mut self, token: &Pair<'_, Rule>, span: Span) {
        self.end_text();
        match self.open.is_empty() {
            true => self
                .block
                .trailing
                .push(grammar::comment(token, self.span.start)),
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
            self.state = State::Swallowed;
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

    fn text(&mut self, token: Pair<'_, Rule>, span: Span) {
        let mut run = self.text.take().unwrap_or(Run {
            pieces: Vec::new(),
            span,
        });
        run.span.end = span.end;
        match self.open.is_empty() {
            // Outside of elements only the place is of interest.
            true => {}
            false => self.values().add(token, &mut run.pieces),
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
        self.values().settle(&mut run.pieces);
        let value = Value {
            pieces: run.pieces,
            span: run.span,
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
            "nothing" if may_be_nothing => self.block.nothing = Some(text.span),
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
                Rule::cdata_end => end = Some(grammar::span(&part, self.span.start).start),
                _ => self.values().add(part, &mut pieces),
            }
        }
        let start = span.start + "<![CDATA[".len();
        if end.is_none() {
            self.state = State::Swallowed;
            self.complain(ScriptErrorKind::UnclosedCdata, Span::new(span.start, start));
        }
        self.values().settle(&mut pieces);
        let value = Value {
            pieces,
            span: Span::new(start, end.unwrap_or(span.end)),
        };
        self.add(Node::Text(Text {
            value,
            kind: TextKind::Cdata,
        }));
    }

    // Elements.

    fn start_tag(&mut self, token: Pair<'_, Rule>, span: Span) {
        self.end_text();
        self.begin_stanza();
        if self.open.len() == MAX_DEPTH {
            self.state = State::Abandoned;
            return self.complain(ScriptErrorKind::TooDeep { limit: MAX_DEPTH }, span);
        }
        let tag = self.read_tag(token, span);
        if tag.end == TagEnd::Swallowed {
            self.state = State::Swallowed;
        }
        self.open.push(Open {
            element: tag.element,
            declared: tag.declared,
        });
        if tag.end == TagEnd::Empty {
            self.close(span.end);
        }
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

    fn read_tag(&mut self, token: Pair<'_, Rule>, span: Span) -> Tag {
        let reader = TagReader {
            values: ValueReader {
                source: self.source,
                at: self.span.start,
                usage: self.usage,
                complaints: self.complaints,
            },
            scope: &mut self.scope,
            omitted: &mut self.omitted,
            comments: &mut self.block.comments,
        };
        reader.read(token, span)
    }

    fn end_tag(&mut self, token: Pair<'_, Rule>, span: Span) {
        self.end_text();
        let mut parts = token.into_inner();
        let found = parts.next().map_or("", |name| name.as_str()).trim();
        if parts.next().is_none() {
            self.complain(ScriptErrorKind::UnclosedTag, span);
        }
        let fits = |open: &Open| open.element.name.written() == found;
        match self.open.iter().rposition(fits) {
            Some(at) => self.close_up_to(at, span),
            None => self.mismatched(found, span),
        }
    }

    /// Closes an element, and before it those within it that have no end tag.
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
            Some(Open { element, .. }) => {
                let (open, start) = (element.name.written(), element.tag);
                self.complain(
                    ScriptErrorKind::MismatchedEndTag { found, open, start },
                    span,
                );
                self.close(span.end);
            }
            None => self.stray(ScriptErrorKind::UnmatchedEndTag { found }, span),
        }
    }

    fn complain_unclosed(&mut self, end: UnclosedBy) {
        if let Some(Open { element, .. }) = self.open.last() {
            let (name, tag) = (element.name.written(), element.tag);
            self.complain(ScriptErrorKind::UnclosedElement { name, end }, tag);
        }
    }

    fn close(&mut self, end: usize) {
        let Some(Open {
            mut element,
            declared,
        }) = self.open.pop()
        else {
            return;
        };
        self.scope.retract(&declared);
        element.extent.end = end;
        self.settle_texts(&mut element);
        self.check_any(&element);
        match self.open.last_mut() {
            Some(parent) => parent.element.children.push(Node::Element(element)),
            None => self.end_stanza(element),
        }
    }

    fn end_stanza(&mut self, element: Element) {
        let omitted = disjoint(std::mem::take(&mut self.omitted));
        self.block.stanzas.push(Stanza { element, omitted });
    }

    /// A directive is the whole text of an element or none: comments and elements may stand beside it, other
    /// text may not.
    fn settle_texts(&mut self, element: &mut Element) {
        let texts = || element.children.iter().filter_map(text_of);
        let is_free = |text: &&Text| text.value.pieces.iter().any(value::is_directive);
        if texts().any(|text| is_free(&text))
            && texts().filter(|text| !text.value.is_blank()).count() > 1
        {
            let mut values = self.values();
            for child in &mut element.children {
                if let Node::Text(text) = child {
                    values.take_literally(&mut text.value.pieces);
                }
            }
        }
    }

    fn check_any(&mut self, element: &Element) {
        if !element.is_any() {
            return;
        }
        let is_empty = element.attributes.is_empty() && element.children.iter().all(is_nothing);
        if self.usage == Usage::Send {
            self.complain(ScriptErrorKind::AnyInSends, element.tag);
        } else if !is_empty {
            self.complain(ScriptErrorKind::AnyNotEmpty, element.tag);
        }
    }

    fn finish(mut self) -> Block {
        if self.state != State::Abandoned {
            self.end_text();
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

fn text_of(node: &Node) -> Option<&Text> {
    match node {
        Node::Text(text) => Some(text),
        Node::Element(_) | Node::Comment(_) => None,
    }
}

fn is_nothing(node: &Node) -> bool {
    match node {
        Node::Element(_) => false,
        Node::Text(text) => text.value.is_blank(),
        Node::Comment(_) => true,
    }
}

fn stray_markup(written: &str) -> ScriptErrorKind {
    let name = written.trim_matches(['<', '>']);
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
