//! Errors and failures drawn with the lines of the script they are about.
//!
//! This is the only place that does so. It knows severities and spans, and nothing of scripts or matching.

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::source::{SourceFile, Span};

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What is suspicious, but can be run.
    Warning,
    /// What cannot be run, or what failed.
    Error,
}

/// Whether text is for a terminal that shows colours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Color {
    /// Nothing but text.
    Plain,
    /// With ANSI escape sequences.
    Styled,
}

/// A message about places in one script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How grave it is.
    pub severity: Severity,
    /// What it is, a lower-case fragment.
    pub message: String,
    /// The place it is about, with a few words for the caret.
    pub primary: (Span, Option<String>),
    /// Other places, each with a few words.
    pub secondary: Vec<(Span, String)>,
    /// What to try.
    pub help: Option<String>,
    /// What else there is to know.
    pub notes: Vec<String>,
}

impl Diagnostic {
    /// Draws the message under the lines it is about. The text has no line feed at its end.
    pub fn render(&self, source: &SourceFile, color: Color) -> String {
        renderer(color).render(&[self.group(source)])
    }

    fn group<'a>(&'a self, source: &'a SourceFile) -> Group<'a> {
        let group = level(self.severity)
            .primary_title(&self.message)
            .element(self.snippet(source));
        let group = group.elements(self.help.as_deref().map(|help| Level::HELP.message(help)));
        group.elements(self.notes.iter().map(|note| Level::NOTE.message(note)))
    }

    fn snippet<'a>(
        &'a self,
        source: &'a SourceFile,
    ) -> Snippet<'a, annotate_snippets::Annotation<'a>> {
        let (span, label) = &self.primary;
        let primary = AnnotationKind::Primary
            .span(visible(*span, source))
            .label(label.as_deref());
        let secondary = self.secondary.iter().map(|(span, label)| {
            AnnotationKind::Context
                .span(visible(*span, source))
                .label(label.as_str())
        });
        Snippet::source(source.text())
            .path(source.name())
            .annotation(primary)
            .annotations(secondary)
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Warning => Level::WARNING,
        Severity::Error => Level::ERROR,
    }
}

fn renderer(color: Color) -> Renderer {
    let renderer = match color {
        Color::Plain => Renderer::plain(),
        Color::Styled => Renderer::styled(),
    };
    renderer.decor_style(DecorStyle::Ascii)
}

/// The part of a span that is drawn: its first line, without the white space at its end. A caret under the
/// beginning says more than lines down the side of a whole stanza.
fn visible(span: Span, source: &SourceFile) -> std::ops::Range<usize> {
    let text = source.slice(span);
    let line = text.split('\n').next().unwrap_or_default().trim_end();
    span.start..span.start + line.len()
}
