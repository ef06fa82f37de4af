//! Errors and failures drawn with the lines of the script they are about.
//!
//! This is the only place that does so. It knows severities and spans, and nothing of scripts or matching.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::LazyLock;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{Annotation, AnnotationKind, Group, Level, Renderer, Snippet};
use regex::{Match, Regex};

use crate::secrets::Secrets;
use crate::source::{SourceFile, Span};
use crate::visible::{harmless, is_unseen};
use crate::wrapping::wrapped;

/// How grave a diagnostic is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// What may be as it should, and can be said better if it is not.
    Hint,
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

/// How many columns messages have where the width of the screen is not known.
pub const COLUMNS: usize = 140;

/// What stands beside the lines above the source: `error: `.
const ABOVE: usize = 7;

/// What stands beside the lines below it: `    = help: `, after the number of a line.
const BELOW: usize = 12;

/// A message about places in one script and the files behind it. What is about another file also shows where the script
/// names that.
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
        self.render_within(source, color, None)
    }

    /// The same for a screen of this many columns, where that is known: of longer lines of the source there is the part
    /// that matters, and words go on in the next line.
    pub fn render_within(
        &self,
        source: &SourceFile,
        color: Color,
        columns: Option<usize>,
    ) -> String {
        self.render_on(&Desk::default(), source, color, columns)
    }

    fn render_on(
        &self,
        desk: &Desk,
        source: &SourceFile,
        color: Color,
        columns: Option<usize>,
    ) -> String {
        let sheets = self.sheets(desk, source);
        let mut words = self.in_words(source, &sheets);
        if let Some(columns) = columns {
            words.wrap(columns);
        }
        let renderer = renderer(color).term_width(columns.unwrap_or(COLUMNS));
        renderer.render(&words.groups(&sheets))
    }

    /// The files that there is something to be drawn of, that of the primary place first.
    fn sheets<'s>(&self, desk: &Desk, source: &'s SourceFile) -> Vec<Sheet<'s>> {
        let named = source.named(self.primary.0.start);
        let places = [self.primary.0].into_iter();
        let places = places
            .chain(named)
            .chain(self.secondary.iter().map(|(place, _)| *place));
        let mut sheets: Vec<Sheet<'s>> = Vec::new();
        for place in places {
            let file = source.file(place.start);
            if sheets.iter().all(|sheet| !std::ptr::eq(sheet.file, file)) {
                sheets.push(Sheet {
                    file,
                    drawn: desk.drawn(file),
                });
            }
        }
        sheets
    }

    /// Breaks what is said above and below the source, which is indented when it is drawn, into lines.
    fn wrap(&mut self, columns: usize) {
        let below = self.help.iter_mut().chain(&mut self.notes);
        let above = [(&mut self.message, ABOVE)].into_iter();
        for (text, beside) in above.chain(below.map(|text| (text, BELOW))) {
            *text = wrapped(text, columns.saturating_sub(beside), 0);
        }
    }

    /// The same with words that can be shown.
    fn in_words(&self, source: &SourceFile, sheets: &[Sheet<'_>]) -> Self {
        let redacted = |text: &str| {
            let sheets = sheets.iter();
            sheets.fold(text.to_owned(), |text, sheet| {
                sheet.drawn.secrets.redact(&text).into_owned()
            })
        };
        let shown = |text: &str| harmless(&redacted(text));
        let (span, label) = &self.primary;
        let (far, near): (Vec<_>, Vec<_>) = self
            .secondary
            .iter()
            .map(|(place, label)| (*place, shown(label)))
            .partition(|(place, _)| is_far(*span, *place, source));
        let far = far.into_iter();
        let far = far.map(|(place, label)| format!("{label}: {}", source.position(place.start)));
        let named = source.named(span.start);
        let named = named.map(|named| (named, NAMED.to_owned()));
        Self {
            severity: self.severity,
            message: shown(&self.message),
            primary: (*span, label.as_deref().map(shown)),
            secondary: near.into_iter().chain(named).collect(),
            help: self.help.as_deref().map(shown),
            notes: self
                .notes
                .iter()
                .map(|note| shown(note))
                .chain(far)
                .collect(),
        }
    }

    /// The message under the lines of its file, and below it what there is to be seen in other files.
    fn groups<'a>(&'a self, sheets: &'a [Sheet<'_>]) -> Vec<Group<'a>> {
        let mut sheets = sheets.iter();
        let group = level(self.severity)
            .primary_title(&self.message)
            .elements(sheets.next().map(|sheet| self.snippet(sheet)));
        let group = group.elements(self.help.as_deref().map(|help| Level::HELP.message(help)));
        let group = group.elements(self.notes.iter().map(|note| Level::NOTE.message(note)));
        let others = sheets.flat_map(|sheet| self.elsewhere(sheet));
        std::iter::once(group).chain(others).collect()
    }

    /// The places in a file that is not that of the message.
    fn elsewhere<'a>(&'a self, sheet: &'a Sheet<'_>) -> impl Iterator<Item = Group<'a>> {
        self.secondary.iter().filter_map(|(span, label)| {
            let place = AnnotationKind::Primary.span(sheet.place(*span)?);
            let snippet = sheet.snippet().annotation(place);
            Some(Level::NOTE.primary_title(label).element(snippet))
        })
    }

    fn snippet<'a>(&'a self, sheet: &'a Sheet<'_>) -> Snippet<'a, Annotation<'a>> {
        let (span, label) = &self.primary;
        let primary = sheet
            .place(*span)
            .map(|place| AnnotationKind::Primary.span(place).label(label.as_deref()));
        let secondary = self.secondary.iter().filter_map(|(span, label)| {
            let place = sheet.place(*span)?;
            Some(AnnotationKind::Context.span(place).label(label.as_str()))
        });
        let annotations = primary.into_iter().chain(secondary);
        sheet.snippet().annotations(annotations)
    }
}

/// What is said at the place where a script names the file that a message is about.
const NAMED: &str = "played here";

/// A file as it is drawn.
struct Sheet<'s> {
    file: &'s SourceFile,
    drawn: Rc<Drawn>,
}

/// The files that were drawn, for further messages about them.
#[derive(Default)]
struct Desk(RefCell<HashMap<usize, Rc<Drawn>>>);

impl Desk {
    /// A file, which is known by where it starts among those of its script.
    fn drawn(&self, file: &SourceFile) -> Rc<Drawn> {
        let mut known = self.0.borrow_mut();
        let drawn = known.entry(file.start());
        Rc::clone(drawn.or_insert_with(|| Rc::new(Drawn::of(file.text()))))
    }
}

/// Draws each of several messages about a script.
pub(crate) fn render_each<'d>(
    diagnostics: impl Iterator<Item = Diagnostic> + 'd,
    source: &'d SourceFile,
    color: Color,
) -> impl Iterator<Item = String> + 'd {
    let desk = Desk::default();
    diagnostics.map(move |diagnostic| diagnostic.render_on(&desk, source, color, None))
}

impl Sheet<'_> {
    fn snippet(&self) -> Snippet<'_, Annotation<'_>> {
        Snippet::source(self.drawn.text.as_str()).path(self.file.shown_name())
    }

    /// Where a span of this file is drawn; none for one of another file.
    fn place(&self, span: Span) -> Option<Range<usize>> {
        let is_own = (self.file.start()..=self.file.end()).contains(&span.start);
        is_own.then(|| self.drawn.place(visible(span, self.file)))
    }
}

/// Lines that give a password, or seem to.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    let key = r#"[ \t]*["']?(?:pass?w?|pw|secr?e?t?|[\w-]*passw|[\w-]*secret)\w*(?:\.[\w.-]+)?["']?[ \t]*[:=]"#;
    let key_alone = r"[ \t]+(?:pass?(?:w(?:or)?d|phrase)?|pwd?|secret)[ \t]";
    let pattern = format!(r"(?mi)^(?:{key}|{key_alone})[ \t]*(.+)$");
    Regex::new(&pattern).expect("the expression is a constant of this module")
});

/// The passwords in URLs (RFC 3986 §3.2.1).
static URL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"://[^/\s:@]*:([^/\s@]+)@").expect("the expression is a constant of this module")
});

/// Lines that give a name.
static NAME: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?mi)^(?:[ \t]*(?:jid|resource)[ \t]*:|\[\w+\])[ \t]*(.+)$";
    Regex::new(pattern).expect("the expression is a constant of this module")
});

/// What stands for a password, however long it is.
const STARS: &str = "********";

/// A script's text as it is drawn: with stars in the place of passwords, and numbers in the place of what is unseen.
struct Drawn {
    text: String,
    secrets: Secrets,
    /// What was changed: places in the script's text, each with the one in this text.
    changed: Vec<(Range<usize>, Range<usize>)>,
}

impl Drawn {
    fn of(text: &str) -> Self {
        let given = SECRET.captures_iter(text).chain(URL.captures_iter(text));
        let given: Vec<Match<'_>> = given.filter_map(|line| line.get(1)).collect();
        let names = NAME.captures_iter(text).filter_map(|line| line.get(1));
        // A stanza may have the password, too.
        let secrets = Secrets::new(given.iter().map(|given| given.as_str().trim()));
        let secrets = secrets.and(&Secrets::carried_in(&[text]));
        let secrets = secrets.beside(names.map(|name| name.as_str()));
        let given = given.iter().map(Match::range);
        let stars = given.chain(secrets.places(text));
        let stars = stars.map(|place| (place, STARS.to_owned()));
        let unseen = text
            .char_indices()
            .filter(|(_, character)| is_unseen(*character) && !matches!(character, '\n' | '\t'));
        let unseen = unseen.map(|(at, character)| {
            let place = at..at + character.len_utf8();
            (place, character.escape_unicode().to_string())
        });
        let mut changes: Vec<_> = stars.chain(unseen).collect();
        changes.sort_by_key(|(place, _)| place.start);
        Self::changed(text, secrets, changes)
    }

    fn changed(text: &str, secrets: Secrets, changes: Vec<(Range<usize>, String)>) -> Self {
        let (mut drawn, mut at, mut changed) = (String::with_capacity(text.len()), 0, Vec::new());
        for (place, shown) in changes {
            if place.start < at {
                continue;
            }
            drawn.push_str(&text[at..place.start]);
            let start = drawn.len();
            drawn.push_str(&shown);
            at = place.end;
            changed.push((place, start..drawn.len()));
        }
        drawn.push_str(&text[at..]);
        Self {
            text: drawn,
            secrets,
            changed,
        }
    }

    /// Where a place of the script's text is in this one; a part of what was changed is all of it.
    fn place(&self, place: Range<usize>) -> Range<usize> {
        let (start, end) = (self.at(place.start).start, self.at(place.end).end);
        start..end.max(start)
    }

    /// Where a point is; one in the middle of what was changed is at both of its ends.
    fn at(&self, offset: usize) -> Range<usize> {
        let before = self
            .changed
            .partition_point(|(place, _)| place.end <= offset);
        if let Some((place, shown)) = self.changed.get(before)
            && place.start < offset
        {
            return shown.clone();
        }
        let last = before.checked_sub(1).map(|last| &self.changed[last]);
        let at = last.map_or(offset, |(place, shown)| shown.end + offset - place.end);
        at..at
    }
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Hint => Level::HELP.with_name("hint"),
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

/// The part of a span of a file that is drawn, in the file's text: the beginning of its first line. A caret under the
/// beginning says more than lines down the side of a whole stanza.
fn visible(span: Span, file: &SourceFile) -> Range<usize> {
    let text = file.slice(span);
    let line = text.split('\n').next().unwrap_or_default().trim_end();
    let length = line
        .char_indices()
        .nth(WIDTH)
        .map_or(line.len(), |(at, _)| at);
    let start = span.start - file.start();
    start..start + length
}

/// Whether two places of one line are so far apart that no terminal shows both.
fn is_far(one: Span, other: Span, source: &SourceFile) -> bool {
    let between = Span::new(one.start.min(other.start), one.start.max(other.start));
    source.named(one.start) == source.named(other.start)
        && between.range().len() > WIDTH
        && !source.slice(between).contains('\n')
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
    fn carets_stand_under_the_text_after_what_was_changed() {
        let cast = "[Client] A\n\tjid: a@b\n\tpassword: open-sesame\n---\n";
        for line in [
            "\u{202e}\u{9b}ab bad",
            "\u{1b}[31m\u{200f}é\u{e0001} bad",
            "a open-sesame b bad",
            "open-sesame\u{202e}open%2Dsesame bad",
        ] {
            let text = format!("{cast}{line}\n");
            let at = text.find("bad").unwrap();
            let source = SourceFile::new("a\n::error::.scs", &text);
            let drawn = diagnostic(at, at + 3).render(&source, Color::Plain);
            let lines: Vec<&str> = drawn.lines().collect();
            let caret = lines
                .iter()
                .position(|line| line.contains("^^^ this"))
                .unwrap();
            let column = |line: &str, of: &str| line[..line.find(of).unwrap()].chars().count();
            assert_eq!(
                column(lines[caret], "^^^"),
                column(lines[caret - 1], "bad"),
                "{drawn}"
            );
            assert!(
                !drawn.contains("open-sesame") && !drawn.contains("2Dsesame"),
                "{drawn}"
            );
            assert!(!drawn.contains(|c| is_unseen(c) && c != '\n'), "{drawn:?}");
            assert!(drawn.contains("a\\u{a}::error::.scs:5:"), "{drawn}");
        }
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
    fn lines_that_seem_to_give_a_password_are_drawn_without_it() {
        for line in [
            "password = \"open-sesame\"",
            "password: open-sesame",
            "\tpasword: open-sesame",
            "\tpassword open-sesame",
            "password.x = \"open-sesame\"",
            "\"password\" = open-sesame",
            "admin-secret = \"open-sesame\"",
            "transport = \"ws://a:open-sesame@b\"",
        ] {
            let drawn = diagnostic(0, 3).render(&SourceFile::new("a", line), Color::Plain);
            assert!(
                drawn.contains(STARS) && !drawn.contains("sesame"),
                "{drawn}"
            );
        }
        for line in [
            "password-file = \"there\"",
            "passing on: there",
            "The secret is there",
        ] {
            let drawn = diagnostic(0, 3).render(&SourceFile::new("a", line), Color::Plain);
            assert!(drawn.contains("there"), "{drawn}");
        }
    }

    #[test]
    fn what_is_in_a_file_behind_is_drawn_with_the_place_that_names_it() {
        let mut source = SourceFile::new("a.scs", "one\nPrologue: b.scs\n");
        let other =
            SourceFile::new("b.scs", "\tpassword: open-sesame\nbad open-sesame").after(&source);
        let at = other.start() + "\tpassword: open-sesame\n".len();
        source.put_behind(other, Span::new(14, 19));
        let mut diagnostic = diagnostic(at, at + 3);
        diagnostic.message = "open-sesame is wrong".to_owned();
        let expected = "\
error: [redacted] is wrong
 --> b.scs:2:1
  |
2 | bad ********
  | ^^^ this
  |
  = help: mend it
  = note: nobody is perfect
note: played here
 --> a.scs:2:11
  |
2 | Prologue: b.scs
  |           ^^^^^";
        assert_eq!(diagnostic.render(&source, Color::Plain), expected);
    }

    #[test]
    fn each_of_several_messages_is_drawn_as_if_it_was_alone() {
        let mut source = SourceFile::new("a.scs", "\tpassword: open-sesame\nbad\n");
        let other = SourceFile::new("b.scs", "worse open-sesame").after(&source);
        let elsewhere = other.start();
        source.put_behind(other, Span::new(24, 27));
        let messages = [24, elsewhere, 24, elsewhere + 6].map(|start| diagnostic(start, start + 3));
        let each = render_each(messages.clone().into_iter(), &source, Color::Plain);
        let alone = messages.map(|message| message.render(&source, Color::Plain));
        assert_eq!(each.collect::<Vec<_>>(), alone);
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
