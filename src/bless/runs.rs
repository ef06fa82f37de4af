//! What has to be changed in the text of an element, which can stand in several runs.

use super::edit::Edit;
use super::layout::whole_lines;
use super::rewrite::Rewriter;
use crate::escape::WHITE_SPACE;
use crate::script::ast::{Element, Node, Text, TextKind};
use crate::source::Span;

impl Rewriter<'_> {
    /// Writes another text in the place of the first run of it, and takes away the others.
    pub(super) fn other_text(&self, own: &Element, text: &str) -> Vec<Edit> {
        let runs = own.children.iter().filter_map(|node| match node {
            Node::Text(text) if !text.value.is_blank() => Some(text),
            _ => None,
        });
        let mut edits = Vec::new();
        for (number, run) in runs.enumerate() {
            edits.push(match number {
                0 if !text.is_empty() => self.text_run(run, text),
                _ => self.without_run(run),
            });
        }
        edits
    }

    fn text_run(&self, run: &Text, text: &str) -> Edit {
        let place = self.run_place(run);
        if run.kind == TextKind::Cdata
            && let Some(text) = self.values.cdata(text, &run.value, &self.bindings)
        {
            return Edit::replace(run.value.span, text);
        }
        let line = place.start - self.source().line_before(place.start).len();
        let start = line.saturating_sub(1);
        let before = &self.source().text()[start..place.start];
        let text = self
            .values
            .text(text, Some(&run.value), before, &self.bindings);
        Edit::replace(place, text)
    }

    fn without_run(&self, run: &Text) -> Edit {
        let place = self.run_place(run);
        Edit::remove(whole_lines(self.source(), place).unwrap_or(place))
    }

    /// A run of text without the white space around it, or with the marks of its CDATA section.
    fn run_place(&self, run: &Text) -> Span {
        let span = run.value.span;
        let written = self.source().slice(span);
        match run.kind {
            TextKind::Cdata => Span::new(span.start - "<![CDATA[".len(), span.end + "]]>".len()),
            TextKind::Plain => {
                let start = span.end - written.trim_start_matches(WHITE_SPACE).len();
                let end = span.start + written.trim_end_matches(WHITE_SPACE).len();
                Span::new(start, end)
            }
        }
    }
}
