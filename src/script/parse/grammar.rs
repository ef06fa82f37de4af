//! The generated parser, and what the other modules need of its results.

use pest::Parser as _;
use pest::iterators::{Pair, Pairs};

use crate::script::ast::Comment;
use crate::source::{Span, Spanned};

#[derive(pest_derive::Parser)]
#[grammar = "grammar/scansion.pest"]
struct Grammar;

/// The lines of a script, each action with its block.
pub(super) fn lines(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::script, text)
}

/// The lines of a block, one by one.
pub(super) fn block_lines(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::body_lines, text)
}

/// The steps under `Either` or `or`.
pub(super) fn steps(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::alternative, text)
}

/// The tokens of a line of text that need not be XML.
pub(super) fn raw_tokens(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::raw_line, text)
}

/// The tokens of a block.
pub(super) fn tokens(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::block, text)
}

/// The tokens of the rest of a block, none of which is [`Rule::plain`].
pub(super) fn tokens_in_detail(text: &str) -> Pairs<'_, Rule> {
    rows(Rule::block_in_detail, text)
}

fn rows(rule: Rule, text: &str) -> Pairs<'_, Rule> {
    Grammar::parse(rule, text)
        .expect("the rules for mistakes make the grammar fit any text")
        .next()
        .expect("a rule that fits gives one pair")
        .into_inner()
}

/// The text of a pair and where that stands, when the text that was parsed begins at an offset.
pub(super) fn placed<'i>(pair: &Pair<'i, Rule>, at: usize) -> Spanned<&'i str> {
    Spanned::new(pair.as_str(), span(pair, at))
}

/// Where a pair stands in the file, when the text that was parsed begins at an offset.
pub(super) fn span(pair: &Pair<'_, Rule>, at: usize) -> Span {
    Span::new(at + pair.as_span().start(), at + pair.as_span().end())
}

/// The text of a pair without the blanks around it, and where that stands.
pub(super) fn trimmed<'i>(pair: &Pair<'i, Rule>, at: usize) -> Spanned<&'i str> {
    trim(pair.as_str(), at + pair.as_span().start())
}

/// A text without the blanks around it, and where that stands when the text begins at an offset.
pub(super) fn trim(text: &str, at: usize) -> Spanned<&str> {
    let start = at + text.len() - text.trim_start().len();
    let text = text.trim();
    Spanned::new(text, Span::new(start, start + text.len()))
}

/// A comment line without its mark.
pub(super) fn comment(pair: &Pair<'_, Rule>, at: usize) -> Comment {
    comment_of(pair.as_str(), at + pair.as_span().start())
}

/// The same of its text, which begins at an offset.
pub(super) fn comment_of(text: &str, at: usize) -> Comment {
    let line = trim(text, at);
    let text = match line.value.chars().next() {
        Some(mark) => line.value.trim_start_matches(mark).trim(),
        None => "",
    };
    Comment {
        text: text.to_owned(),
        span: line.span,
    }
}
