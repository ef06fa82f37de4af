//! How the lines of a story word verbs: read from a line, and written again.
//!
//! Which words there are stands in the table of [`Phrase`]. This module must not know how names and blocks are read.

use std::iter::{self, Peekable};

use super::lapse::Lapse;
use super::phrase::{BlockShape, Number, PHRASES, Phrase};
use super::verb::{Deed, Verb};

/// The word before the time that a verb waits.
pub(crate) const WITHIN: &str = "within";

/// The blanks of a line.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

/// What a line says behind the names: a verb, in one of its forms.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Wording {
    /// The verb.
    pub(crate) phrase: &'static Phrase,
    /// How many actors it is worded for.
    pub(crate) number: Number,
    /// How long it takes, or waits.
    pub(crate) lapse: Option<Lapse>,
}

impl Wording {
    /// The words of its form.
    pub(crate) fn words(&self) -> &'static str {
        self.phrase.words_for(self.number)
    }
}

impl<S, E> Verb<S, E> {
    /// How a line words the verb, colon and times included.
    pub(crate) fn worded(&self, number: Number, within: Option<Lapse>) -> String {
        let phrase = self.phrase();
        let words = phrase.words_for(number);
        let time = match self {
            Verb::Does(Deed::Wait(lapse)) => format!(" {lapse}"),
            _ => within.map_or_else(String::new, |lapse| format!(" {WITHIN} {lapse}")),
        };
        let (before, behind) = words.split_at(words.find(':').unwrap_or(words.len()));
        let footer = self
            .expectation()
            .and_then(|expected| expected.footer.as_ref());
        let is_bare = self.compared().is_empty() && self.sent().is_empty() && footer.is_none();
        format!("{before}{time}{behind}{}", phrase.colon(is_bare))
    }
}

impl Phrase {
    /// The names and the verb of a line. The names end where all the rest of the line is a verb, so they may hold blanks
    /// and even verbs.
    pub(crate) fn split(line: &str) -> Option<(&str, Wording)> {
        if line.starts_with(BLANKS) {
            return None;
        }
        let is_end = |at: usize| !line[..at].ends_with(BLANKS);
        let ends = line.match_indices(BLANKS).map(|(at, _)| at);
        ends.filter(|at| is_end(*at)).find_map(|at| {
            let (names, rest) = line.split_at(at);
            let rest = rest.trim_start_matches(BLANKS);
            let wording = PHRASES.into_iter().find_map(|phrase| phrase.read(rest))?;
            Some((names, wording))
        })
    }

    /// The phrase that a text begins with, behind which something else follows on the line; the longest one, and none
    /// of those with a colon within.
    pub(crate) fn leading(text: &str) -> Option<Wording> {
        let begins = |wording: &Wording| {
            let rest = text.strip_prefix(wording.words());
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        Self::simple()
            .filter(begins)
            .max_by_key(|wording| wording.words().len())
    }

    /// The phrases without a colon within, in all forms.
    pub(crate) fn simple() -> impl Iterator<Item = Wording> {
        let all = PHRASES.into_iter();
        let simple = all.filter(|phrase| !phrase.words.contains(':'));
        simple.flat_map(|phrase| {
            Number::ALL.map(|number| Wording {
                phrase,
                number,
                lapse: None,
            })
        })
    }

    /// Reads a text that is this phrase, with any number of blanks between and behind the words.
    fn read(&'static self, text: &str) -> Option<Wording> {
        Number::ALL.into_iter().find_map(|number| {
            let lapse = self.read_as(number, text)?;
            Some(Wording {
                phrase: self,
                number,
                lapse,
            })
        })
    }

    /// Reads a text that is this phrase in one of its forms; gives the time that it has, which may stand behind any of its
    /// words.
    fn read_as(&self, number: Number, text: &str) -> Option<Option<Lapse>> {
        let words = self.words_for(number);
        // The first letter tells most phrases apart, and the first word nearly all; that takes far less time than all words.
        if text.bytes().next() != words.bytes().next() {
            return None;
        }
        let first = words.split([' ', ':']).next().unwrap_or(words);
        if !text.starts_with(first) {
            return None;
        }
        let mut found = tokens(text).peekable();
        let mut lapse = None;
        for (place, token) in tokens(words).enumerate() {
            if place > 0 {
                lapse = lapse.or_else(|| self.time(&mut found));
            }
            if found.next_if_eq(&token).is_none() && token != ":" {
                return None;
            }
        }
        if self.takes_lapse() {
            found.next_if_eq(&":");
        }
        lapse = lapse.or_else(|| self.time(&mut found));
        found.next_if_eq(&":");
        let is_whole = found.next().is_none() && (lapse.is_some() || !self.takes_lapse());
        is_whole.then_some(lapse)
    }

    /// Whether it takes a time that the words have to say.
    fn takes_lapse(&self) -> bool {
        matches!(self.block, BlockShape::Lapse { .. })
    }

    /// Takes the time from what follows, if it stands there.
    fn time<'t>(
        &self,
        found: &mut Peekable<impl Iterator<Item = &'t str> + Clone>,
    ) -> Option<Lapse> {
        let is_announced = self.waits && found.peek() == Some(&WITHIN);
        if !is_announced && !self.takes_lapse() {
            return None;
        }
        let mut ahead = found.clone();
        ahead.next_if(|_| is_announced);
        let count = ahead.next()?;
        let alone = count.parse().ok();
        let lapse = alone.or_else(|| format!("{count} {}", ahead.next()?).parse().ok())?;
        *found = ahead;
        Some(lapse)
    }
}

/// The words and the colons of a text.
fn tokens(text: &str) -> impl Iterator<Item = &str> + Clone {
    let mut rest = text;
    iter::from_fn(move || {
        rest = rest.trim_start_matches(BLANKS);
        let length = match rest.starts_with(':') {
            true => ":".len(),
            false => rest.find([' ', '\t', '\r', ':']).unwrap_or(rest.len()),
        };
        let (token, behind) = rest.split_at(length);
        rest = behind;
        (!token.is_empty()).then_some(token)
    })
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sending, stanza};
    use super::*;

    fn split(line: &str) -> Option<(&str, &'static str)> {
        Phrase::split(line).map(|(names, wording)| (names, wording.phrase.words))
    }

    #[test]
    fn blanks_and_colons_are_free() {
        for (line, words) in [
            ("A connects", "connects"),
            ("A \t disconnects :\r", "disconnects"),
            ("A sends:", "sends"),
            ("A receives in  any\torder :", "receives in any order"),
            ("A receives in this order", "receives in this order"),
            ("A does not  receive:", "does not receive"),
            ("A is  disconnected", "is disconnected"),
            ("A is disconnected :", "is disconnected"),
            ("A is refused", "is refused"),
            ("A receives nothing", "receives: nothing"),
            ("A receives:nothing", "receives: nothing"),
            ("A receives : nothing:", "receives: nothing"),
        ] {
            assert_eq!(split(line), Some(("A", words)), "{line}");
        }
        for line in [
            "connects",
            "A",
            "A connects now",
            "A sends::",
            "A receives in: any order",
            "A receivesnothing",
            "\rA connects",
            "A receives nothing else",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }

    #[test]
    fn verbs_have_a_form_for_several_actors() {
        for phrase in PHRASES {
            let line = format!("A and B {}", phrase.plural);
            let line = if phrase.takes_lapse() {
                line + " 2 s"
            } else {
                line
            };
            let (names, wording) = Phrase::split(&line).unwrap();
            assert_eq!((names, wording.phrase), ("A and B", phrase));
            assert_eq!(wording.number, Number::Plural);
        }
    }

    #[test]
    fn times_stand_before_the_colon_or_at_the_end() {
        let timed = |line: &str| {
            let (_, wording) = Phrase::split(line)?;
            let lapse = wording.lapse?.to_string();
            Some((wording.words(), lapse))
        };
        for (line, words, lapse) in [
            ("A waits 2 s", "waits", "2 s"),
            ("A and B wait 500ms:", "wait", "500 ms"),
            ("A waits: 2 s", "waits", "2 s"),
            ("A receives within 20 s:", "receives", "20 s"),
            (
                "A receives in any order  within 1 min :",
                "receives in any order",
                "1 min",
            ),
            ("A receives within 2s: nothing", "receives: nothing", "2 s"),
            ("A receives within 2 s nothing", "receives: nothing", "2 s"),
            ("A receives: nothing within 2 s", "receives: nothing", "2 s"),
            (
                "A and B do not receive within 2 s:",
                "do not receive",
                "2 s",
            ),
            ("A disconnects within 2 s", "disconnects", "2 s"),
            ("A connects within 2 s", "connects", "2 s"),
            ("A and B open a stream within 2 s", "open a stream", "2 s"),
            ("A is disconnected within 2 s", "is disconnected", "2 s"),
            ("A and B are refused within 2 s:", "are refused", "2 s"),
            (
                "A receives within 1.5 s in any order:",
                "receives in any order",
                "1.5 s",
            ),
            (
                "A and B receive within 2s in this  order",
                "receive in this order",
                "2 s",
            ),
        ] {
            assert_eq!(timed(line), Some((words, lapse.to_owned())), "{line}");
        }
        for line in [
            "A waits",
            "A waits 2",
            "A waits 2 h",
            "A waits within 2 s",
            "A receives within:",
            "A receives within 2:",
            "A receives 2 s:",
            "A receives within 2 s: nothing within 2 s",
            "A receives within 2 s in any order within 2 s",
            "A sends within 2 s:",
            "A drops the connection within 2 s",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }

    #[test]
    fn what_is_worded_is_read() {
        let lapse = "2 min".parse().ok();
        for (phrase, number) in PHRASES
            .into_iter()
            .flat_map(|it| Number::ALL.map(|of| (it, of)))
        {
            let verb = match phrase.block {
                BlockShape::None { verb } => verb(),
                BlockShape::Lapse { verb } => verb("2 min".parse().unwrap()),
                BlockShape::Stanzas { verb, .. } => verb(Vec::new()),
                BlockShape::Text { verb, .. } => verb(stanza(&sending("<a/>"))),
                BlockShape::Pair { verb, .. } => verb(Vec::new(), Vec::new()),
            };
            let within = lapse.filter(|_| phrase.waits);
            let line = format!("A {}", verb.worded(number, within));
            let lapse = lapse.filter(|_| phrase.waits || phrase.takes_lapse());
            let wording = Wording {
                phrase,
                number,
                lapse,
            };
            assert_eq!(Phrase::split(&line), Some(("A", wording)), "{line}");
        }
    }

    #[test]
    fn names_may_hold_verbs() {
        assert_eq!(split("A connects sends"), Some(("A connects", "sends")));
        assert_eq!(split("A  b sends"), Some(("A  b", "sends")));
    }

    #[test]
    fn the_longest_phrase_leads() {
        let leading = |text| Phrase::leading(text).map(|wording| wording.words());
        assert_eq!(leading("receives: nothing else"), Some("receives"));
        let longer = Some("receives in any order");
        assert_eq!(leading("receives in any order: <a/>"), longer);
        assert_eq!(leading("connects2"), None);
        assert_eq!(leading("flies"), None);
    }
}
