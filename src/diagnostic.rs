//! Errors and failures drawn with the lines of the script they are about.
//!
//! This is the only place that does so. It knows severities and spans, and nothing of scripts or matching.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use regex::{Match, Regex};

use crate::secrets::Secrets;
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

/// How many columns there are where nobody knows better.
pub const COLUMNS: usize = 140;

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
        self.render_within(source, color, COLUMNS)
    }

    /// The same for a screen of this many columns: of longer lines of the source there is the part that matters.
    pub fn render_within(&self, source: &SourceFile, color: Color, columns: usize) -> String {
        let text = without_secrets(source.text());
        let renderer = renderer(color).term_width(columns);
        renderer.render(&[self.group(source, &text)])
    }

    fn group<'a>(&'a self, source: &'a SourceFile, text: &'a str) -> Group<'a> {
        let group = level(self.severity)
            .primary_title(&self.message)
            .element(self.snippet(source, text));
        let group = group.elements(self.help.as_deref().map(|help| Level::HELP.message(help)));
        let group = group.elements(self.notes.iter().map(|note| Level::NOTE.message(note)));
        group.elements(self.far(source).map(|note| Level::NOTE.message(note)))
    }

    fn snippet<'a>(&'a self, source: &'a SourceFile, text: &'a str) -> Snippet<'a, Annotation<'a>> {
        let (span, label) = &self.primary;
        let primary = AnnotationKind::Primary
            .span(visible(*span, source))
            .label(label.as_deref());
        let near = self
            .secondary
            .iter()
            .filter(|(other, _)| !is_far(*span, *other, source));
        let secondary = near.map(|(span, label)| {
            AnnotationKind::Context
                .span(visible(*span, source))
                .label(label.as_str())
        });
        Snippet::source(text)
            .path(source.name())
            .annotation(primary)
            .annotations(secondary)
    }

    /// Notes for the places that would not fit into the drawing.
    fn far(&self, source: &SourceFile) -> impl Iterator<Item = String> {
        let far = self
            .secondary
            .iter()
            .filter(|(other, _)| is_far(self.primary.0, *other, source));
        far.map(|(span, label)| format!("{label}: {}", source.position(span.start)))
    }
}

/// Lines that give a password, or seem to.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?mi)^[ \t]+(?:pass?w?|pw|secr?e?t?)\w*[ \t]*:[ \t]*(.+)$")
        .expect("the expression is a constant of this module")
});

/// A script's text with stars in the place of passwords, byte for byte, so that spans stay what they are.
fn without_secrets(text: &str) -> Cow<'_, str> {
    let given = SECRET.captures_iter(text).filter_map(|line| line.get(1));
    let given: Vec<Match<'_>> = given.collect();
    // A stanza may have the password, too.
    let secrets = Secrets::new(given.iter().map(|given| given.as_str().trim()));
    let given = given.iter().map(Match::range);
    let mut shown = Cow::Borrowed(text);
    for place in given.chain(secrets.places(text)) {
        let stars = "*".repeat(place.len());
        shown.to_mut().replace_range(place, &stars);
    }
    shown
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

/// How many characters of a place are drawn at most.
const WIDTH: usize = 120;

/// The part of a span that is drawn: the beginning of its first line. A caret under the beginning says more
/// than lines down the side of a whole stanza.
fn visible(span: Span, source: &SourceFile) -> Range<usize> {
    let text = source.slice(span);
    let line = text.split('\n').next().unwrap_or_default().trim_end();
    let length = line
        .char_indices()
        .nth(WIDTH)
        .map_or(line.len(), |(at, _)| at);
    span.start..span.start + length
}

/// Whether two places of one line are so far apart that no terminal shows both.
fn is_far(one: Span, other: Span, source: &SourceFile) -> bool {
    let between = one.start.min(other.start)..one.start.max(other.start);
    between.len() > WIDTH && !source.text()[between].contains('\n')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn diagnostic(start: usize, end: usize) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            message: "it is wrong".into(),
            primary: (Span::new(start, end), Some("this".into())),
            secondary: Vec::new(),
            help: Some("mend it".into()),
            notes: vec!["nobody is perfect".into()],
        }
    }

    #[test]
    fn carets_stand_under_the_text_after_tabs() {
        let source = SourceFile::new("a.scs", "one\n\t\ttwo three\n");
        let expected = "\
error: it is wrong
 --> a.scs:2:7
  |
2 |         two three
  |             ^^^^^ this
  |
  = help: mend it
  = note: nobody is perfect";
        assert_eq!(diagnostic(10, 15).render(&source, Color::Plain), expected);
    }

    #[test]
    fn a_span_of_many_lines_is_drawn_by_its_first() {
        let source = SourceFile::new("a.scs", "one\ntwo\nthree\n");
        let drawn = diagnostic(0, 13).render(&source, Color::Plain);
        assert!(drawn.contains("1 | one\n  | ^^^ this"), "{drawn}");
        assert!(!drawn.contains("two"), "{drawn}");
    }

    #[test]
    fn long_lines_are_cut_around_the_place() {
        let text = format!("{}here{}", "-".repeat(5000), "+".repeat(5000));
        let source = SourceFile::new("a.scs", &text);
        let drawn = diagnostic(5000, 5004).render(&source, Color::Plain);
        assert!(drawn.contains("-here+"), "{drawn}");
        assert!(drawn.lines().all(|line| line.len() < 200), "{drawn}");
    }

    #[test]
    fn a_place_far_away_on_the_same_line_becomes_a_note() {
        let source = SourceFile::new("a.scs", &"x".repeat(5000));
        let mut diagnostic = diagnostic(4000, 4001);
        diagnostic
            .secondary
            .push((Span::new(9, 10), "first".into()));
        let drawn = diagnostic.render(&source, Color::Plain);
        assert!(drawn.ends_with("= note: first: 1:10"), "{drawn}");
    }

    #[test]
    fn the_end_of_the_file_can_be_pointed_at() {
        for text in ["", "one", "one\n"] {
            let source = SourceFile::new("a.scs", text);
            let drawn = diagnostic(text.len(), text.len()).render(&source, Color::Plain);
            assert!(drawn.contains("^ this"), "{drawn}");
        }
    }

    #[test]
    fn colours_are_only_used_when_asked_for() {
        let source = SourceFile::new("a.scs", "one");
        assert!(
            !diagnostic(0, 3)
                .render(&source, Color::Plain)
                .contains('\u{1b}')
        );
        assert!(
            diagnostic(0, 3)
                .render(&source, Color::Styled)
                .contains('\u{1b}')
        );
    }
}
