//! The words of verbs, in one table: how a script words a verb, for one actor and for several, what stands in the block
//! under it, and which verb they make together.
//!
//! All code that reads or writes these words goes by this table: the parser, the printer, and the messages for authors.
//! It must not know how blocks are read.

use std::fmt;

use super::ast::Stanza;
use super::lapse::Lapse;
use super::verb::{Deed, Expectation, ExpectationMode, StandingRule, Verb};
use crate::xmpp::Milestone;

/// The words of a verb.
///
/// A colon stands behind words under which there is a block; authors may leave it out or add one. Within the words,
/// too, a blank may stand in the place of a colon: `receives: nothing`, `receives nothing`.
#[derive(Debug)]
pub struct Phrase {
    /// The words behind the name of one actor, one blank between two.
    pub words: &'static str,
    /// The words behind the names of several.
    pub plural: &'static str,
    /// Whether it waits for the server, so that `within 20 s` can stand before its colon.
    pub waits: bool,
    /// What stands in the block under the line, and which verb that makes.
    pub block: BlockShape,
}

/// How many actors a verb is worded for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// For one: `receives`.
    Singular,
    /// For several: `receive`.
    Plural,
}

/// What can stand in the block of a verb.
#[derive(Debug, Clone, Copy)]
pub enum BlockShape {
    /// There is no block.
    None {
        /// The verb.
        verb: fn() -> Verb<Stanza, Stanza>,
    },
    /// There is no block, and the words say how long it takes.
    Lapse {
        /// The verb that takes so long.
        verb: fn(Lapse) -> Verb<Stanza, Stanza>,
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

impl BlockShape {
    /// What stands in the block, in a word.
    pub(super) fn content(&self) -> &'static str {
        match self {
            Self::Text { .. } => "text",
            Self::None { .. } | Self::Lapse { .. } | Self::Stanzas { .. } | Self::Pair { .. } => {
                "stanza"
            }
        }
    }
}

/// What the elements of a block are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// To be sent.
    Send,
    /// To be compared with what comes.
    Receive,
}

static OPENS_A_CONNECTION: Phrase =
    Phrase::alone("opens a connection", "open a connection", || {
        Verb::Does(Deed::Reach(Milestone::Connection))
    })
    .waiting();

static OPENS_A_STREAM: Phrase = Phrase::alone("opens a stream", "open a stream", || {
    Verb::Does(Deed::Reach(Milestone::Stream))
})
.waiting();

static LOGS_IN: Phrase = Phrase::alone("logs in", "log in", || {
    Verb::Does(Deed::Reach(Milestone::Login))
})
.waiting();

static CONNECTS: Phrase = Phrase::alone("connects", "connect", || {
    Verb::Does(Deed::Reach(Milestone::Session))
})
.waiting();

static STARTS_TLS: Phrase =
    Phrase::alone("starts TLS", "start TLS", || Verb::Does(Deed::StartTls)).waiting();

static DROPS_THE_CONNECTION: Phrase =
    Phrase::alone("drops the connection", "drop the connection", || {
        Verb::Does(Deed::Drop)
    });

static DISCONNECTS: Phrase =
    Phrase::alone("disconnects", "disconnect", || Verb::Does(Deed::Disconnect)).waiting();

static WAITS: Phrase = Phrase {
    words: "waits",
    plural: "wait",
    waits: false,
    block: BlockShape::Lapse {
        verb: |lapse| Verb::Does(Deed::Wait(lapse)),
    },
};

static SENDS: Phrase = Phrase {
    words: "sends",
    plural: "send",
    waits: false,
    block: BlockShape::Stanzas {
        usage: Usage::Send,
        if_missing: Some("write it under this line, indented"),
        verb: |stanzas| Verb::Does(Deed::Send(stanzas)),
        nothing: None,
    },
};

static SENDS_TEXT: Phrase = Phrase {
    words: "sends text",
    plural: "send text",
    waits: false,
    block: BlockShape::Text {
        if_missing: "write it under this line, indented",
        verb: |text| Verb::Does(Deed::SendText(Box::new(text))),
    },
};

static RECEIVES: Phrase = Phrase {
    words: "receives",
    plural: "receive",
    waits: true,
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
    ["receives in any order", "receive in any order"],
    "write it under this line, indented",
    |stanzas| expects(ExpectationMode::AllInAnyOrder, stanzas),
)
.waiting();

static RECEIVES_IN_THIS_ORDER: Phrase = Phrase::comparing(
    ["receives in this order", "receive in this order"],
    "write it under this line, indented",
    |stanzas| expects(ExpectationMode::InThisOrder, stanzas),
)
.waiting();

static DOES_NOT_RECEIVE: Phrase = Phrase::comparing(
    ["does not receive", "do not receive"],
    "write under this line, indented, what must not come; or `receives: nothing` if no stanza may come",
    |stanzas| expects(ExpectationMode::NoneOf, stanzas),
)
.waiting();

static RECEIVES_NOTHING: Phrase =
    Phrase::alone("receives: nothing", "receive: nothing", expects_nothing).waiting();

static IS_DISCONNECTED: Phrase = Phrase {
    words: "is disconnected",
    plural: "are disconnected",
    waits: true,
    block: BlockShape::Stanzas {
        usage: Usage::Receive,
        if_missing: None,
        verb: |stanzas| expects(ExpectationMode::Disconnection, stanzas),
        nothing: None,
    },
};

static IS_REFUSED: Phrase = Phrase::comparing(
    ["is refused", "are refused"],
    "write under this line, indented, how the server refuses the login: a `<failure>`, a `<stream:error>` or an iq of \
     type `error`",
    |stanzas| expects(ExpectationMode::Refusal, stanzas),
)
.waiting();

static IGNORES: Phrase = Phrase::comparing(
    ["ignores", "ignore"],
    "write what is ignored under this line, indented",
    |stanzas| Verb::Rules(StandingRule::Ignore(stanzas)),
);

static ANSWERS: Phrase = Phrase {
    words: "answers",
    plural: "answer",
    waits: false,
    block: BlockShape::Pair {
        if_missing: "write what is answered under this line, indented, then `with:`, and under that the answer",
        verb: |to, with| Verb::Rules(StandingRule::Answer { to, with }),
    },
};

/// All verbs, in the order in which authors are told of them.
pub static PHRASES: [&Phrase; 19] = [
    &CONNECTS,
    &DISCONNECTS,
    &OPENS_A_CONNECTION,
    &OPENS_A_STREAM,
    &LOGS_IN,
    &STARTS_TLS,
    &DROPS_THE_CONNECTION,
    &WAITS,
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
            Verb::Does(Deed::Wait(_)) => &WAITS,
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

impl Number {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Singular, Self::Plural];

    /// The form for so many actors.
    pub(super) fn of(actors: usize) -> Self {
        match actors {
            1 => Self::Singular,
            _ => Self::Plural,
        }
    }

    /// The other one.
    pub(super) fn other(self) -> Self {
        match self {
            Self::Singular => Self::Plural,
            Self::Plural => Self::Singular,
        }
    }

    /// For whom it is, in words.
    pub(super) fn actors(self) -> &'static str {
        match self {
            Self::Singular => "one actor",
            Self::Plural => "several actors",
        }
    }
}

impl Phrase {
    /// One without a block.
    const fn alone(
        words: &'static str,
        plural: &'static str,
        verb: fn() -> Verb<Stanza, Stanza>,
    ) -> Self {
        Self {
            words,
            plural,
            waits: false,
            block: BlockShape::None { verb },
        }
    }

    /// One under which stand elements that are compared with what comes, and not the word [`NOTHING`].
    const fn comparing(
        [words, plural]: [&'static str; 2],
        if_missing: &'static str,
        verb: fn(Vec<Stanza>) -> Verb<Stanza, Stanza>,
    ) -> Self {
        Self {
            words,
            plural,
            waits: false,
            block: BlockShape::Stanzas {
                usage: Usage::Receive,
                if_missing: Some(if_missing),
                verb,
                nothing: None,
            },
        }
    }

    /// The same of a verb that waits for the server.
    const fn waiting(self) -> Self {
        Self {
            waits: true,
            ..self
        }
    }

    /// The words behind so many names.
    pub fn words_for(&self, number: Number) -> &'static str {
        match number {
            Number::Singular => self.words,
            Number::Plural => self.plural,
        }
    }

    /// What stands behind the words: a colon where a block follows, and where one ought to.
    pub(super) fn colon(&self, is_bare: bool) -> &'static str {
        match self.block {
            BlockShape::None { .. } | BlockShape::Lapse { .. } => "",
            BlockShape::Stanzas {
                if_missing: None, ..
            } if is_bare => "",
            BlockShape::Stanzas { .. } | BlockShape::Text { .. } | BlockShape::Pair { .. } => ":",
        }
    }
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

    #[test]
    fn each_phrase_is_that_of_the_verb_which_comes_of_it() {
        for phrase in PHRASES {
            let verb = match phrase.block {
                BlockShape::None { verb } => verb(),
                BlockShape::Lapse { verb } => verb("2 s".parse().unwrap()),
                BlockShape::Stanzas { verb, .. } => verb(Vec::new()),
                BlockShape::Text { verb, .. } => verb(stanza(&sending("<a/>"))),
                BlockShape::Pair { verb, .. } => verb(Vec::new(), Vec::new()),
            };
            assert_eq!(verb.phrase(), phrase);
        }
    }
}
