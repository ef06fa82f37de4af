//! A line of the story that says what actors do: their names, and the words of a verb.

use super::grammar;
use crate::script::names::Names;
use crate::script::phrase::{Number, Phrase};
use crate::script::wording::Wording;
use crate::source::{Span, Spanned};

/// Such a line.
pub(super) struct Sentence<'i> {
    /// The names of the actors.
    pub(super) names: Spanned<&'i str>,
    /// Each of them, where all are of the cast.
    pub(super) company: Option<Vec<Spanned<&'i str>>>,
    pub(super) wording: Wording,
    /// The words of the verb.
    pub(super) verb: Span,
    /// The line.
    pub(super) span: Span,
}

impl<'i> Sentence<'i> {
    /// Reads a line that ends in a verb. With `Romeo` in the cast, `Romeo does not receive: nothing` is no sentence about
    /// somebody called `Romeo does not`.
    pub(super) fn of(line: Spanned<&'i str>, cast: &Names<'_>) -> Option<Self> {
        let (names, wording) = Phrase::split(line.value.trim_end_matches('\n'))?;
        let trimmed = grammar::trim(names, line.span.start);
        let company = cast.company(trimmed);
        if wording.number == Number::Plural && company.is_none() && has_other(line.value, cast) {
            return None;
        }
        let words = line.value[names.len()..].trim_end().trim_end_matches(':');
        Some(Self {
            names: trimmed,
            company,
            wording,
            verb: grammar::trim(words, line.span.start + names.len()).span,
            span: grammar::trim(line.value, line.span.start).span,
        })
    }
}

/// Whether a line begins with names and a verb, behind which something else follows.
fn has_other(line: &str, cast: &Names<'_>) -> bool {
    let leading = cast.leading(line);
    let other = leading.and_then(|(end, _)| Phrase::leading(line[end..].trim_start()));
    other.is_some()
}

#[cfg(test)]
mod tests {
    use crate::script::testing::sound;

    const CAST: &str = "[Client] Juliet\n[Client] Juliet's phone\n---\n";

    #[track_caller]
    fn acts(line: &str) -> (String, &'static str) {
        let parsed = sound(&format!("{CAST}{line}\n\t<a/>"));
        let action = &parsed.script.story[0];
        (action.actor.value.to_string(), action.verb.phrase().words)
    }

    #[test]
    fn verbs_have_an_optional_colon() {
        assert_eq!(acts("Juliet sends"), ("Juliet".into(), "sends"));
        assert_eq!(acts("Juliet sends:  "), ("Juliet".into(), "sends"));
        assert_eq!(acts("Juliet  receives :"), ("Juliet".into(), "receives"));
        assert_eq!(
            acts("Juliet receives in  any order:"),
            ("Juliet".into(), "receives in any order")
        );
    }

    #[test]
    fn the_longest_name_wins() {
        assert_eq!(acts("Juliet's phone sends").0, "Juliet's phone");
        let script =
            sound("[Client] A\n[Client] A connects\n---\nA connects connects\nA connects").script;
        assert_eq!(script.story[0].actor.value.to_string(), "A connects");
        assert_eq!(script.story[1].actor.value.to_string(), "A");
    }
}
