//! Lines of a story that are no actions, and what may have been meant.

use super::story::StoryReader;
use super::{choice, excerpt, grammar, heading};
use crate::script::error::ScriptErrorKind;
use crate::script::lapse::{Lapse, NoLapse};
use crate::script::phrase::{BlockShape, NOTHING, Number, Phrase};
use crate::script::wording::{WITHIN, Wording};
use crate::source::{Span, Spanned};

/// What stands between the words of a line.
const BETWEEN: [char; 3] = [' ', '\t', ':'];

impl StoryReader<'_, '_> {
    /// Says why a line is no action.
    pub(super) fn misread(&mut self, line: Spanned<&str>) {
        if line.value.starts_with('<') {
            self.complain(ScriptErrorKind::UnindentedBlock, line.span);
        } else if line.value.starts_with('[') {
            self.complain(ScriptErrorKind::LateActor, line.span);
        } else if let Some((end, actors)) = self.names.leading(line.value) {
            let after = grammar::trim(&line.value[end..], line.span.start + end);
            self.misread_verb(after, actors, line);
        } else if let Some(kind) = choice::misread(line.value, &self.names) {
            self.complain(kind, line.span);
        } else if let Some(kind) = heading::misread(line.value) {
            self.is_mixed_up = true;
            self.complain(kind, line.span);
        } else {
            self.misread_name(line);
        }
    }

    fn misread_verb(&mut self, rest: Spanned<&str>, actors: usize, line: Spanned<&str>) {
        let (kind, span) = match Phrase::leading(rest.value) {
            None if rest.value.is_empty() => (ScriptErrorKind::NoAction, line.span),
            None => unknown_verb(rest, actors),
            Some(wording) => text_after(wording, rest),
        };
        self.complain(kind, span);
    }

    fn misread_name(&mut self, line: Spanned<&str>) {
        let verb = Phrase::simple()
            .filter_map(|wording| line.value.find(&format!(" {}", wording.words())))
            .min();
        match verb {
            Some(end) => {
                self.unknown_actor(grammar::trim(&line.value[..end], line.span.start));
            }
            None => self.complain(ScriptErrorKind::NoAction, line.span),
        }
    }
}

fn unknown_verb(rest: Spanned<&str>, actors: usize) -> (ScriptErrorKind, Span) {
    let words = rest.value.split([':', '<']).next().unwrap_or_default();
    let words = grammar::trim(words, rest.span.start);
    let found = excerpt(words.value);
    let number = Number::of(actors);
    (ScriptErrorKind::UnknownVerb { found, number }, words.span)
}

fn text_after(wording: Wording, rest: Spanned<&str>) -> (ScriptErrorKind, Span) {
    let verb = wording.phrase;
    let after = rest.value[wording.words().len()..].trim_start_matches(BETWEEN);
    let span = Span::new(rest.span.end - after.len(), rest.span.end);
    match (verb.block, time_in(after, verb)) {
        _ if after.starts_with('<') => (ScriptErrorKind::StanzaOnActionLine, span),
        (BlockShape::Lapse { .. }, _) if after.is_empty() => {
            let word = wording.words();
            (ScriptErrorKind::MissingLapse { word }, rest.span)
        }
        (BlockShape::Lapse { .. }, _) => no_lapse(wording, after, span.start),
        (_, Some(time)) if verb.waits => no_lapse(wording, time, span.end - time.len()),
        (_, Some(_)) => (ScriptErrorKind::NothingAwaited { verb }, span),
        (_, None) => (unexpected_text(verb, after), span),
    }
}

fn unexpected_text(verb: &'static Phrase, text: &str) -> ScriptErrorKind {
    let found = excerpt(text.trim_end_matches(BETWEEN));
    ScriptErrorKind::TextAfterVerb { verb, found }
}

/// What stands behind the word `within`, if a verb is followed by that.
fn time_in<'t>(after: &'t str, verb: &Phrase) -> Option<&'t str> {
    let nothing = match verb.block {
        BlockShape::Stanzas { nothing, .. } => nothing.and_then(|_| after.strip_prefix(NOTHING)),
        BlockShape::None { .. }
        | BlockShape::Lapse { .. }
        | BlockShape::Text { .. }
        | BlockShape::Pair { .. } => None,
    };
    let after = nothing.map_or(after, |behind| behind.trim_start_matches(BETWEEN));
    let time = after.strip_prefix(WITHIN)?;
    (!time.starts_with(char::is_alphanumeric)).then_some(time)
}

/// What is wrong with a text that begins here and should be a time; where there is none, it stands behind `within`.
fn no_lapse(wording: Wording, text: &str, start: usize) -> (ScriptErrorKind, Span) {
    if let Some(end) = end_of_lapse(text) {
        return behind_lapse(wording, text, start, end);
    }
    let text = text.split([':', '<']).next().unwrap_or_default();
    let found = grammar::trim(two_words(text), start);
    if found.value.is_empty() {
        let word = Span::new(start - WITHIN.len(), start);
        return (ScriptErrorKind::MissingLapse { word: WITHIN }, word);
    }
    let problem = found.value.parse::<Lapse>().err();
    let kind = ScriptErrorKind::BadLapse {
        found: excerpt(found.value),
        problem: problem.unwrap_or(NoLapse::Form),
    };
    (kind, found.span)
}

/// The text up to its second word, for a time has no more.
fn two_words(text: &str) -> &str {
    let blanks = [' ', '\t'];
    let ends = text.match_indices(blanks).map(|(at, _)| at);
    let mut ends =
        ends.filter(|at| !text[..*at].trim().is_empty() && !text[..*at].ends_with(blanks));
    ends.nth(1).map_or(text, |end| &text[..end])
}

/// Where the time ends that a text begins with, if it begins with one.
fn end_of_lapse(text: &str) -> Option<usize> {
    let is_end = |at: &usize| !text[*at..].starts_with(char::is_alphanumeric);
    let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
    let mut ends = ends.filter(is_end);
    ends.find(|end| text[..*end].trim_start().parse::<Lapse>().is_ok())
}

/// What is wrong with a line that has a time, and something else in its way.
fn behind_lapse(wording: Wording, text: &str, start: usize, end: usize) -> (ScriptErrorKind, Span) {
    let after = text[end..].trim_start_matches(BETWEEN);
    let span = Span::new(start + text.len() - after.len(), start + text.len());
    if after.is_empty() {
        let time = grammar::trim(&text[..end], start);
        let (words, found) = (wording.words(), excerpt(time.value));
        return (
            ScriptErrorKind::LapseBehindColon { words, found },
            time.span,
        );
    }
    let kind = match after.starts_with('<') {
        true => ScriptErrorKind::StanzaOnActionLine,
        false => unexpected_text(wording.phrase, after),
    };
    (kind, span)
}
