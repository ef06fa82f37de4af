//! Lines of a story that are no actions, and what may have been meant.

use super::story::StoryReader;
use super::{choice, excerpt, grammar, heading};
use crate::script::error::ScriptErrorKind;
use crate::script::lapse::{Lapse, NoLapse};
use crate::script::phrase::{BlockShape, Number, Phrase};
use crate::script::wording::{WITHIN, Wording};
use crate::source::{Span, Spanned};

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
    let after = rest.value[wording.words().len()..].trim_start_matches([' ', '\t', ':']);
    let span = Span::new(rest.span.end - after.len(), rest.span.end);
    let time = after.strip_prefix(WITHIN);
    let time = time.filter(|time| !time.starts_with(char::is_alphanumeric));
    match (verb.block, time) {
        _ if after.starts_with('<') => (ScriptErrorKind::StanzaOnActionLine, span),
        (BlockShape::Lapse { .. }, _) if after.is_empty() => {
            let word = wording.words();
            (ScriptErrorKind::MissingLapse { word }, rest.span)
        }
        (BlockShape::Lapse { .. }, _) => no_lapse(after, span.start),
        (_, Some(time)) if verb.waits => no_lapse(time, span.end - time.len()),
        (_, Some(_)) => (ScriptErrorKind::NothingAwaited { verb }, span),
        (_, None) => (ScriptErrorKind::TextAfterVerb { verb }, span),
    }
}

/// What is wrong with a text that begins here and should be a time; where there is none, it stands behind `within`.
fn no_lapse(text: &str, start: usize) -> (ScriptErrorKind, Span) {
    let text = text.split(':').next().unwrap_or_default();
    let found = grammar::trim(text, start);
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
