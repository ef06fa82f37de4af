//! The words of verbs, in one table: how a script words a verb, what stands in the block under it, and which verb they
//! make together.
//!
//! All code that reads or writes these words goes by this table: the parser, the printer, and the messages for authors.
//! It must not know how blocks are read.

use std::fmt;

use super::ast::Stanza;
use super::verb::{Deed, Expectation, ExpectationMode, StandingRule, Verb};
use crate::xmpp::Milestone;

/// The words of a verb.
///
/// A colon stands behind words under which there is a block; authors may leave it out or add one. Within the words,
/// too, a blank may stand in the place of a colon: `receives: nothing`, `receives nothing`.
#[derive(Debug)]
pub struct Phrase {
    /// The words, one blank between two.
    pub words: &'static str,
    /// What stands in the block under the line, and which verb that makes.
    pub block: BlockShape,
}

/// What can stand in the block of a verb.
#[derive(Debug, Clone, Copy)]
pub enum BlockShape {
    /// There is no block.
    None {
        /// The verb.
        verb: fn() -> Verb<Stanza, Stanza>,
    },
    /// There are elements.
    Stanzas {
        /// What they are for.
        usage: Usage,
        /// The advice to an author who has not written any; none where that is no mistake.
        if_missing: Option<&'static str>,
        /// The verb that has them.
        verb: fn(Vec<Stanza>) -> Verb<Stanza, Stanza>,
        /// The verb, if there is one, that comes of the word `nothing` in the block.
        nothing: Option<fn() -> Verb<Stanza, Stanza>>,
    },
    /// There is text, which need not be XML.
    Text {
        /// The advice to an author who has not written any.
        if_missing: &'static str,
        /// The verb that has it.
        verb: fn(Stanza) -> Verb<Stanza, Stanza>,
    },
    /// There are two blocks with at least one element each: what comes, and under a line with the word `with` what is
    /// sent then.
    Pair {
        /// The advice to an author who has not written the first block.
        if_missing: &'static str,
        /// The verb that has them.
        verb: fn(Vec<Stanza>, Vec<Stanza>) -> Verb<Stanza, Stanza>,
    },
}

/// What the elements of a block are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To be sent.
    Send,
    /// To be compared with what comes.
    Receive,
}

static OPENS_A_CONNECTION: Phrase = Phrase::alone("opens a connection", || {
    Verb::Does(Deed::Reach(Milestone::Connection))
});

static OPENS_A_STREAM: Phrase = Phrase::alone("opens a stream", || {
    Verb::Does(Deed::Reach(Milestone::Stream))
});

static LOGS_IN: Phrase = Phrase::alone("logs in", || Verb::Does(Deed::Reach(Milestone::Login)));

static CONNECTS: Phrase = Phrase::alone("connects", || Verb::Does(Deed::Reach(Milestone::Session)));

static STARTS_TLS: Phrase = Phrase::alone("starts TLS", || Verb::Does(Deed::StartTls));

static DROPS_THE_CONNECTION: Phrase =
    Phrase::alone("drops the connection", || Verb::Does(Deed::Drop));

static DISCONNECTS: Phrase = Phrase::alone("disconnects", || Verb::Does(Deed::Disconnect));

static SENDS: Phrase = Phrase {
    words: "sends",
    block: BlockShape::Stanzas {
        usage: Usage::Send,
        if_missing: Some("write it under this line, indented"),
        verb: |stanzas| Verb::Does(Deed::Send(stanzas)),
        nothing: None,
    },
};

static SENDS_TEXT: Phrase = Phrase {
    words: "sends text",
    block: BlockShape::Text {
        if_missing: "write it under this line, indented",
        verb: |text| Verb::Does(Deed::SendText(text)),
    },
};

static RECEIVES: Phrase = Phrase {
    words: "receives",
    block: BlockShape::Stanzas {
        usage: Usage::Receive,
        if_missing: Some(
            "write it under this line, indented; or `receives: nothing` if no stanza may come",
        ),
        verb: |stanzas| expects(ExpectationMode::Each, stanzas),
        nothing: Some(expects_nothing),
    },
};

static RECEIVES_IN_ANY_ORDER: Phrase = Phrase::comparing(
    "receives in any order",
    "write it under this line, indented",
    |stanzas| expects(ExpectationMode::AllInAnyOrder, stanzas),
);

static RECEIVES_IN_THIS_ORDER: Phrase = Phrase::comparing(
    "receives in this order",
    "write it under this line, indented",
    |stanzas| expects(ExpectationMode::InThisOrder, stanzas),
);

static DOES_NOT_RECEIVE: Phrase = Phrase::comparing(
    "does not receive",
    "write under this line, indented, what must not come; or `receives: nothing` if no stanza may come",
    |stanzas| expects(ExpectationMode::NoneOf, stanzas),
);

static RECEIVES_NOTHING: Phrase = Phrase::alone("receives: nothing", expects_nothing);

static IS_DISCONNECTED: Phrase = Phrase {
    words: "is disconnected",
    block: BlockShape::Stanzas {
        usage: Usage::Receive,
        if_missing: None,
        verb: |stanzas| expects(ExpectationMode::Disconnection, stanzas),
        nothing: None,
    },
};

static IS_REFUSED: Phrase = Phrase::comparing(
    "is refused",
    "write under this line, indented, how the server refuses the login: a `<failure>`, a `<stream:error>` or an iq of \
     type `error`",
    |stanzas| expects(ExpectationMode::Refusal, stanzas),
);

static IGNORES: Phrase = Phrase::comparing(
    "ignores",
    "write what is ignored under this line, indented",
    |stanzas| Verb::Rules(StandingRule::Ignore(stanzas)),
);

static ANSWERS: Phrase = Phrase {
    words: "answers",
    block: BlockShape::Pair {
        if_missing: "write what is answered under this line, indented, then `with:`, and under that the answer",
        verb: |to, with| Verb::Rules(StandingRule::Answer { to, with }),
    },
};

/// All verbs, in the order in which authors are told of them.
pub static PHRASES: [&Phrase; 18] = [
    &CONNECTS,
    &DISCONNECTS,
    &OPENS_A_CONNECTION,
    &OPENS_A_STREAM,
    &LOGS_IN,
    &STARTS_TLS,
    &DROPS_THE_CONNECTION,
    &SENDS,
    &SENDS_TEXT,
    &RECEIVES,
    &RECEIVES_IN_ANY_ORDER,
    &RECEIVES_IN_THIS_ORDER,
    &RECEIVES_NOTHING,
    &DOES_NOT_RECEIVE,
    &IS_DISCONNECTED,
    &IS_REFUSED,
    &IGNORES,
    &ANSWERS,
];

fn expects(mode: ExpectationMode, mut items: Vec<Stanza>) -> Verb<Stanza, Stanza> {
    let footer = items.pop_if(|last| last.footer().is_some());
    Verb::Expects(Expectation {
        mode,
        items,
        footer: footer.and_then(|last| last.footer()),
    })
}

fn expects_nothing() -> Verb<Stanza, Stanza> {
    expects(ExpectationMode::Nothing, Vec::new())
}

impl<S, E> Verb<S, E> {
    /// The words of the verb.
    pub fn phrase(&self) -> &'static Phrase {
        match self {
            Verb::Does(Deed::Reach(milestone)) => match milestone {
                Milestone::Connection => &OPENS_A_CONNECTION,
                Milestone::Stream => &OPENS_A_STREAM,
                Milestone::Login => &LOGS_IN,
                Milestone::Session => &CONNECTS,
            },
            Verb::Does(Deed::StartTls) => &STARTS_TLS,
            Verb::Does(Deed::Disconnect) => &DISCONNECTS,
            Verb::Does(Deed::Drop) => &DROPS_THE_CONNECTION,
            Verb::Does(Deed::Send(_)) => &SENDS,
            Verb::Does(Deed::SendText(_)) => &SENDS_TEXT,
            Verb::Expects(expectation) => match expectation.mode {
                ExpectationMode::Each => &RECEIVES,
                ExpectationMode::AllInAnyOrder => &RECEIVES_IN_ANY_ORDER,
                ExpectationMode::InThisOrder => &RECEIVES_IN_THIS_ORDER,
                ExpectationMode::NoneOf => &DOES_NOT_RECEIVE,
                ExpectationMode::Nothing => &RECEIVES_NOTHING,
                ExpectationMode::Disconnection => &IS_DISCONNECTED,
                ExpectationMode::Refusal => &IS_REFUSED,
            },
            Verb::Rules(StandingRule::Ignore(_)) => &IGNORES,
            Verb::Rules(StandingRule::Answer { .. }) => &ANSWERS,
        }
    }
}

/// The word that stands instead of stanzas where none is expected.
pub(crate) const NOTHING: &str = "nothing";

/// The word on the line between the two blocks of a verb that has two.
pub(crate) const WITH: &str = "with";

/// The blanks of a line.
const BLANKS: [char; 3] = [' ', '\t', '\r'];

impl Phrase {
    /// One without a block.
    const fn alone(words: &'static str, verb: fn() -> Verb<Stanza, Stanza>) -> Self {
        Self {
            words,
            block: BlockShape::None { verb },
        }
    }

    /// One under which stand elements that are compared with what comes, and not the word [`NOTHING`].
    const fn comparing(
        words: &'static str,
        if_missing: &'static str,
        verb: fn(Vec<Stanza>) -> Verb<Stanza, Stanza>,
    ) -> Self {
        Self {
            words,
            block: BlockShape::Stanzas {
                usage: Usage::Receive,
                if_missing: Some(if_missing),
                verb,
                nothing: None,
            },
        }
    }

    /// The name and the verb of a line. The name ends where all the rest of the line is a verb, so it may hold blanks
    /// and even verbs.
    pub(crate) fn split(line: &str) -> Option<(&str, &'static Self)> {
        if line.starts_with(BLANKS) {
            return None;
        }
        let is_end = |at: usize| !line[..at].ends_with(BLANKS);
        let ends = line.match_indices(BLANKS).map(|(at, _)| at);
        ends.filter(|at| is_end(*at)).find_map(|at| {
            let (name, rest) = line.split_at(at);
            let phrase = PHRASES.into_iter().find(|phrase| phrase.is(rest))?;
            Some((name, phrase))
        })
    }

    /// The phrase that a text begins with, behind which something else follows on the line; the longest one, and none
    /// of those with a colon within.
    pub(crate) fn leading(text: &str) -> Option<&'static Self> {
        let begins = |phrase: &&Self| {
            let rest = text.strip_prefix(phrase.words);
            rest.is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
        };
        Self::simple()
            .filter(begins)
            .max_by_key(|phrase| phrase.words.len())
    }

    /// The phrases without a colon within.
    pub(crate) fn simple() -> impl Iterator<Item = &'static Self> {
        let all = PHRASES.into_iter();
        all.filter(|phrase| !phrase.words.contains(':'))
    }

    /// Whether a text is this phrase, with any number of blanks around and between the words.
    fn is(&self, text: &str) -> bool {
        let mut found = tokens(text).peekable();
        let mut expected = tokens(self.words);
        let fits = expected.all(|token| found.next_if_eq(&token).is_some() || token == ":");
        found.next_if_eq(&":");
        fits && found.next().is_none()
    }
}

/// The words and the colons of a text.
fn tokens(text: &str) -> impl Iterator<Item = &str> {
    let words = text.split(BLANKS);
    let ended = words.flat_map(|word| word.split_inclusive(':'));
    let tokens = ended.flat_map(|word| match word.strip_suffix(':') {
        Some(word) => [word, ":"],
        None => [word, ""],
    });
    tokens.filter(|token| !token.is_empty())
}

/// The phrases of the table are told apart by their words.
impl PartialEq for Phrase {
    fn eq(&self, other: &Self) -> bool {
        self.words == other.words
    }
}

impl Eq for Phrase {}

impl fmt::Display for Phrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.words)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{sending, stanza};
    use super::*;

    fn split(line: &str) -> Option<(&str, &'static str)> {
        Phrase::split(line).map(|(name, phrase)| (name, phrase.words))
    }

    #[test]
    fn each_phrase_is_that_of_the_verb_which_comes_of_it() {
        for phrase in PHRASES {
            let verb = match phrase.block {
                BlockShape::None { verb } => verb(),
                BlockShape::Stanzas { verb, .. } => verb(Vec::new()),
                BlockShape::Text { verb, .. } => verb(stanza(&sending("<a/>"))),
                BlockShape::Pair { verb, .. } => verb(Vec::new(), Vec::new()),
            };
            assert_eq!(verb.phrase(), phrase);
        }
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
    fn names_may_hold_verbs() {
        assert_eq!(split("A connects sends"), Some(("A connects", "sends")));
        assert_eq!(split("A  b sends"), Some(("A  b", "sends")));
    }

    #[test]
    fn the_longest_phrase_leads() {
        let leading = |text| Phrase::leading(text).map(|phrase| phrase.words);
        assert_eq!(leading("receives: nothing else"), Some("receives"));
        let longer = Some("receives in any order");
        assert_eq!(leading("receives in any order: <a/>"), longer);
        assert_eq!(leading("connects2"), None);
        assert_eq!(leading("flies"), None);
    }
}
