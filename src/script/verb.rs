//! What an actor can do: a deed of its own, an expectation of what the server does, or a rule for what comes.
//!
//! Scripts and plans have the same verbs. They differ in what the verbs hold: a script has elements as its author wrote
//! them, a plan has texts to send and patterns to compare with. So both use these types, and a verb is added once. This
//! module must not know how a script words a verb (that is [`Phrase`](super::Phrase)), nor how the runner carries one
//! out.

use std::fmt;

use super::lapse::Lapse;
use crate::ns;
use crate::source::Span;
use crate::xmpp::Milestone;

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
    /// It leads its connection on to a milestone, or begins a new one that comes so far.
    Reach(Milestone),
    /// It goes over to TLS on the connection that it has.
    StartTls,
    /// It closes its stream.
    Disconnect,
    /// It ends its connection without closing the stream.
    Drop,
    /// It sends these, in this order.
    Send(Vec<S>),
    /// It sends this, which need not be XML.
    SendText(Box<S>),
    /// It lets so much time pass.
    Wait(Lapse),
}

/// What is expected to come for an actor: a mode over items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectation<E> {
    /// What is demanded of the items.
    pub mode: ExpectationMode,
    /// The items, in the order of the script; none in a mode that takes none.
    pub items: Vec<E>,
    /// The end of the stream, where it has to come behind the items.
    pub footer: Option<Footer>,
}

/// The end of a stream (RFC 6120 §4.4), as a script demands it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footer {
    /// How it is written.
    pub form: FooterForm,
    /// Where.
    pub span: Span,
}

/// How the end of a stream is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FooterForm {
    /// As an end tag.
    EndTag,
    /// As the element that a WebSocket has for it (RFC 7395 §3.6).
    Close,
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
    /// The server has to end the stream; the items are what it has to say before: a stream error, the end tag.
    Disconnection,
    /// The server has to refuse a login that the actor tries; the one item is how.
    Refusal,
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
            Verb::Does(
                Deed::Reach(_) | Deed::StartTls | Deed::Disconnect | Deed::Drop | Deed::Wait(_),
            ) => (None, None),
            // The one that is here is not a block.
            Verb::Does(Deed::SendText(_)) => (None, None),
            Verb::Does(Deed::Send(items)) => (None, Some(items)),
            Verb::Expects(expectation) => (Some(&mut expectation.items), None),
            Verb::Rules(StandingRule::Ignore(items)) => (Some(items), None),
            Verb::Rules(StandingRule::Answer { to, with }) => (Some(to), Some(with)),
        }
    }

    /// Whether the actor has, or may have, a new session behind it.
    pub fn begins_session(&self) -> bool {
        match self {
            Verb::Does(deed) => deed.begins_session(),
            Verb::Expects(expectation) => expectation.mode.is_of_act(),
            Verb::Rules(_) => false,
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
            Deed::Reach(_) | Deed::StartTls | Deed::Disconnect | Deed::Drop | Deed::Wait(_) => &[],
            Deed::Send(items) => items,
            Deed::SendText(text) => std::slice::from_ref(&**text),
        }
    }

    /// Whether the actor only ends its session by it, so that it is no part of what a story is about.
    pub fn only_leaves(&self) -> bool {
        match self {
            Deed::Disconnect => true,
            Deed::Reach(_) | Deed::StartTls | Deed::Drop => false,
            Deed::Send(_) | Deed::SendText(_) | Deed::Wait(_) => false,
        }
    }

    /// Whether the actor begins a session by it.
    fn begins_session(&self) -> bool {
        match self {
            Deed::Reach(_) => true,
            Deed::StartTls
            | Deed::Disconnect
            | Deed::Drop
            | Deed::Send(_)
            | Deed::SendText(_)
            | Deed::Wait(_) => false,
        }
    }

    fn map<T>(&self, mut send: impl FnMut(&S) -> T) -> Deed<T> {
        match self {
            Deed::Reach(milestone) => Deed::Reach(*milestone),
            Deed::StartTls => Deed::StartTls,
            Deed::Disconnect => Deed::Disconnect,
            Deed::Drop => Deed::Drop,
            Deed::Send(items) => Deed::Send(items.iter().map(send).collect()),
            Deed::SendText(text) => Deed::SendText(Box::new(send(text))),
            Deed::Wait(lapse) => Deed::Wait(*lapse),
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
            | ExpectationMode::InThisOrder
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => &self.items,
            ExpectationMode::Nothing | ExpectationMode::NoneOf => &[],
        }
    }

    /// Whether the end of the stream is what it expects, or the last of that.
    pub fn awaits_end(&self) -> bool {
        self.mode == ExpectationMode::Disconnection || self.footer.is_some()
    }

    /// Whether it expects the end of the stream, whatever the end is.
    pub fn takes_every_end(&self) -> bool {
        self.mode == ExpectationMode::Disconnection
            && self.items.is_empty()
            && self.footer.is_none()
    }

    fn map<F>(&self, expect: impl FnMut(&E) -> F) -> Expectation<F> {
        Expectation {
            mode: self.mode,
            items: self.items.iter().map(expect).collect(),
            footer: self.footer,
        }
    }
}

impl fmt::Display for FooterForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::EndTag => f.write_str("</stream:stream>"),
            Self::Close => write!(f, "<close xmlns=\"{}\"/>", ns::FRAMING),
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
            | ExpectationMode::InThisOrder
            | ExpectationMode::Disconnection
            | ExpectationMode::Refusal => false,
        }
    }

    /// Whether the actor does something for it to be met, beyond waiting.
    pub fn is_of_act(self) -> bool {
        match self {
            ExpectationMode::Refusal => true,
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder
            | ExpectationMode::Nothing
            | ExpectationMode::NoneOf
            | ExpectationMode::Disconnection => false,
        }
    }

    /// Whether the items are about how the server ends a stream or does not let one come about.
    pub fn is_of_end(self) -> bool {
        match self {
            ExpectationMode::Disconnection | ExpectationMode::Refusal => true,
            ExpectationMode::Each
            | ExpectationMode::AllInAnyOrder
            | ExpectationMode::InThisOrder
            | ExpectationMode::Nothing
            | ExpectationMode::NoneOf => false,
        }
    }
}
