//! Why we could not find out whether the server does what the script says.

use std::time::Duration;

use thiserror::Error;

use crate::matcher::TooHard;
use crate::open_files::Limit;
use crate::plan::Unbound;
use crate::script::ast::ActorName;
use crate::source::Span;
use crate::xmpp::{ConnectError, LoginStep};

/// A run error: it does not tell whether the server is right.
#[derive(Debug, Error)]
#[error("{actor} {kind}")]
pub struct RunError {
    /// The actor whose step or connection broke.
    pub actor: ActorName,
    /// How.
    #[source]
    pub kind: Box<RunErrorKind>,
}

/// The kinds of run error; each reads on after an actor's name.
#[derive(Debug, Error)]
pub enum RunErrorKind {
    /// The actor could not log in.
    #[error("could not connect: {0}")]
    Connect(#[source] ConnectError),
    /// The actor could not log in, and hardly as many files may be open as there are actors.
    #[error("could not connect: {error}")]
    Crowded {
        /// Why.
        #[source]
        error: ConnectError,
        /// How many actors the script has.
        actors: usize,
    },
    /// A WebSocket has no such thing.
    #[error("cannot do this over a WebSocket: there is no `{verb}`")]
    NotOverWebSocket {
        /// The words of the verb.
        verb: &'static str,
    },
    /// A value is missing that a stanza needs.
    #[error("could not send: {0}")]
    Unbound(#[source] Unbound),
    /// What came can match what is expected in more ways than can be tried.
    #[error("may or may not have received what is expected: {0}")]
    TooHard(#[source] TooHard),
    /// Rules of the actors answer again and again, so that nothing is ever settled.
    #[error("still answers by its rules after {waited:?}, so nothing is ever settled")]
    EndlessAnswers {
        /// How long that has gone on.
        waited: Duration,
    },
    /// What is recorded ends before what the script expects or does.
    #[error("cannot be judged any further: the recording ends at line {line}, `{step}`")]
    RecordingEnds {
        /// The number of the line of the last step that is recorded.
        line: usize,
        /// Its text.
        step: String,
    },
    /// What is recorded is another story from here on.
    #[error("cannot be judged any further: in the recording, this is where {actor} {act}")]
    RecordedOtherwise {
        /// The actor that does something else.
        actor: ActorName,
        /// What it does.
        act: String,
    },
    /// What is recorded went on, or ended, before so much time had passed as the script lets pass.
    #[error(
        "cannot be judged any further: this lasts {time:?}, and in the recording the story went on or ended after \
         {recorded:?}"
    )]
    RecordedSooner {
        /// How long the script waits.
        time: Duration,
        /// After which time the recorded story went on.
        recorded: Duration,
    },
    /// The user has stopped the run.
    #[error("was interrupted")]
    Interrupted,
}

impl RunError {
    /// The error that one of so many actors could not log in.
    pub(super) fn not_connected(actor: &ActorName, error: ConnectError, actors: usize) -> Self {
        let is_tight = || Limit::ours().is_tight_for(actors);
        let is_crowded = error.is_of_open_files() || error.can_be_of_open_files() && is_tight();
        let kind = match is_crowded {
            true => RunErrorKind::Crowded { error, actors },
            false => RunErrorKind::Connect(error),
        };
        Self::new(actor, kind)
    }

    pub(super) fn new(actor: &ActorName, kind: RunErrorKind) -> Self {
        Self {
            actor: actor.clone(),
            kind: Box::new(kind),
        }
    }

    /// The place in the script that it is about, where that is not the whole step.
    pub fn focus(&self) -> Option<Span> {
        match self.kind.as_ref() {
            RunErrorKind::TooHard(hard) => Some(hard.span),
            RunErrorKind::Unbound(unbound) => Some(unbound.span),
            RunErrorKind::Connect(_)
            | RunErrorKind::Crowded { .. }
            | RunErrorKind::NotOverWebSocket { .. }
            | RunErrorKind::EndlessAnswers { .. }
            | RunErrorKind::RecordingEnds { .. }
            | RunErrorKind::RecordedOtherwise { .. }
            | RunErrorKind::RecordedSooner { .. }
            | RunErrorKind::Interrupted => None,
        }
    }

    /// Whether nothing took a connection.
    pub(crate) fn found_no_server(&self) -> bool {
        match self.kind.as_ref() {
            RunErrorKind::Connect(error) => error.step == LoginStep::Dial,
            RunErrorKind::Crowded { .. }
            | RunErrorKind::NotOverWebSocket { .. }
            | RunErrorKind::Unbound(_)
            | RunErrorKind::TooHard(_)
            | RunErrorKind::EndlessAnswers { .. }
            | RunErrorKind::RecordingEnds { .. }
            | RunErrorKind::RecordedOtherwise { .. }
            | RunErrorKind::RecordedSooner { .. }
            | RunErrorKind::Interrupted => false,
        }
    }

    /// What the user could try.
    pub fn advice(&self) -> Option<String> {
        match self.kind.as_ref() {
            RunErrorKind::Connect(error) => error.advice(),
            RunErrorKind::Crowded { actors, .. } => Some(Limit::ours().advice(Some(*actors))),
            RunErrorKind::RecordingEnds { .. }
            | RunErrorKind::RecordedOtherwise { .. }
            | RunErrorKind::RecordedSooner { .. } => Some(
                "only a server can tell what comes then: run the script again, with `--transcript`"
                    .to_owned(),
            ),
            RunErrorKind::TooHard(_) => Some(
                "give each wildcard a place where nothing but it is free, such as a whole attribute, or narrow \
                 it; or capture it in an earlier step"
                    .to_owned(),
            ),
            RunErrorKind::EndlessAnswers { .. } => Some(
                "let the rules take less: two of them that answer each other do not end".to_owned(),
            ),
            RunErrorKind::NotOverWebSocket { .. } => Some(
                "let the actor connect over TCP: leave out `connect_url:`, or `--transport`".to_owned(),
            ),
            RunErrorKind::Unbound(_) | RunErrorKind::Interrupted => None,
        }
    }
}
