//! What an actor can do: a deed of its own, an expectation of what the server does, or a rule for what comes.
//!
//! Scripts and plans have the same verbs. They differ in what the verbs hold: a script has elements as its author wrote
//! them, a plan has texts to send and patterns to compare with. So both use these types, and a verb is added once. This
//! module must not know how a script words a verb (that is [`Phrase`](super::Phrase)), nor how the runner carries one
//! out.

/// What an actor does, where `S` is what it can send and `E` what it can expect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verb<S, E> {
    /// The actor acts.
    Does(Deed<S>),
    /// Something is expected of the server.
    Expects(Expectation<E>),
    /// From here on, to the end of the story, something is done by itself with what comes for the actor.
    Rules(StandingRule<S, E>),
}

/// What an actor does by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed<S> {
    /// It connects and logs in.
    Connect,
    /// It closes its stream.
    Disconnect,
    /// It sends these, in this order.
    Send(Vec<S>),
}

/// What is expected to come for an actor: a mode over items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation<E> {
    /// What is demanded of the items.
    pub mode: ExpectationMode,
    /// The items, in the order of the script; none in a mode that takes none.
    pub items: Vec<E>,
}

/// What is done by itself with what comes, or has come and is not taken yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StandingRule<S, E> {
    /// What is one of these counts as if it had not come.
    Ignore(Vec<E>),
    /// What is one of these is taken, and answered.
    Answer {
        /// What is answered.
        to: Vec<E>,
        /// What is sent then, in this order.
        with: Vec<S>,
    },
}

/// What an expectation demands of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExpectationMode {
    /// Each has to come, one awaited after the other: a later item knows what an earlier one has captured.
    Each,
    /// All have to come, awaited together and in whatever order they come.
    AllInAnyOrder,
    /// Each has to come behind the one before it, whatever else comes between; each takes the first that it can.
    InThisOrder,
    /// Nothing may come for a while; this mode does not have items.
    Nothing,
    /// None of them may be there after a while, be it passed over or not.
    NoneOf,
}

impl<S, E> Verb<S, E> {
    /// What the actor sends, at once or whenever a rule says so.
    pub fn sent(&self) -> &[S] {
        match self {
            Verb::Does(deed) => deed.sent(),
            Verb::Expects(_) => &[],
            Verb::Rules(rule) => rule.sent(),
        }
    }

    /// What is compared with what comes.
    pub fn compared(&self) -> &[E] {
        match self {
            Verb::Does(_) => &[],
            Verb::Expects(expectation) => &expectation.items,
            Verb::Rules(rule) => rule.taken(),
        }
    }

    /// What is taken when it comes, and so is for nothing else.
    pub fn taken(&self) -> &[E] {
        match self {
            Verb::Does(_) => &[],
            Verb::Expects(expectation) => expectation.taken(),
            Verb::Rules(rule) => rule.taken(),
        }
    }

    /// What it expects, if it expects something.
    pub fn expectation(&self) -> Option<&Expectation<E>> {
        match self {
            Verb::Does(_) | Verb::Rules(_) => None,
            Verb::Expects(expectation) => Some(expectation),
        }
    }

    /// The rule that it begins, if it begins one.
    pub fn rule(&self) -> Option<&StandingRule<S, E>> {
        match self {
            Verb::Does(_) | Verb::Expects(_) => None,
            Verb::Rules(rule) => Some(rule),
        }
    }

    /// What it holds, to be changed: what is compared with what comes, and what is sent.
    pub(super) fn blocks_mut(&mut self) -> (Option<&mut Vec<E>>, Option<&mut Vec<S>>) {
        match self {
            Verb::Does(Deed::Connect | Deed::Disconnect) => (None, None),
            Verb::Does(Deed::Send(items)) => (None, Some(items)),
            Verb::Expects(expectation) => (Some(&mut expectation.items), None),
            Verb::Rules(StandingRule::Ignore(items)) => (Some(items), None),
            Verb::Rules(StandingRule::Answer { to, with }) => (Some(to), Some(with)),
        }
    }

    /// The same verb that holds something else.
    pub fn map<T, F>(&self, send: impl FnMut(&S) -> T, expect: impl FnMut(&E) -> F) -> Verb<T, F> {
        match self {
            Verb::Does(deed) => Verb::Does(deed.map(send)),
            Verb::Expects(expectation) => Verb::Expects(expectation.map(expect)),
            Verb::Rules(rule) => Verb::Rules(rule.map(send, expect)),
        }
    }
}

impl<S> Deed<S> {
    /// What the actor sends.
    pub fn sent(&self) -> &[S] {
        match self {
            Deed::Connect | Deed::Disconnect => &[],
            Deed::Send(items) => items,
        }
    }

    /// Whether the actor only ends its session by it, so that it is no part of what a story is about.
    pub fn only_leaves(&self) -> bool {
        match self {
            Deed::Disconnect => true,
            Deed::Connect | Deed::Send(_) => false,
        }
    }

    /// Whether the actor begins a session by it.
    pub fn begins_session(&self) -> bool {
        match self {
            Deed::Connect => true,
            Deed::Disconnect | Deed::Send(_) => false,
        }
    }

    fn map<T>(&self, send: impl FnMut(&S) -> T) -> Deed<T> {
        match self {
            Deed::Connect => Deed::Connect,
            Deed::Disconnect => Deed::Disconnect,
            Deed::Send(items) => Deed::Send(items.iter().map(send).collect()),
        }
    }
}

impl<S, E> StandingRule<S, E> {
    /// What it takes out of the inbox.
    pub fn taken(&self) -> &[E] {
        match self {
            StandingRule::Ignore(items) | StandingRule::Answer { to: items, .. } => items,
        }
    }

    /// What the actor sends when the rule has taken something.
    pub fn sent(&self) -> &[S] {
        match self {
            StandingRule::Ignore(_) => &[],
            StandingRule::Answer { with, .. } => with,
        }
    }

    fn map<T, F>(
        &self,
        send: impl FnMut(&S) -> T,
        expect: impl FnMut(&E) -> F,
    ) -> StandingRule<T, F> {
        match self {
            StandingRule::Ignore(items) => StandingRule::Ignore(items.iter().map(expect).collect()),
            StandingRule::Answer { to, with } => StandingRule::Answer {
                to: to.iter().map(expect).collect(),
                with: with.iter().map(send).collect(),
            },
        }
    }
}

impl<E> Expectation<E> {
    /// The items that the step takes when they come; one that came is for no later step.
    pub fn taken(&self) -> &[E] {
        match self.mode {
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder => &self.items,
            ExpectationMode::Nothing | ExpectationMode::NoneOf => &[],
        }
    }

    fn map<F>(&self, expect: impl FnMut(&E) -> F) -> Expectation<F> {
        Expectation {
            mode: self.mode,
            items: self.items.iter().map(expect).collect(),
        }
    }
}

impl ExpectationMode {
    /// Whether the expectation is met by what does not come, so that the runner waits for the end of a time.
    pub fn is_of_silence(self) -> bool {
        match self {
            ExpectationMode::Nothing | ExpectationMode::NoneOf => true,
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder => false,
        }
    }
}
