//! One alternative of an `Either`, tried on copies of what it would change: inboxes and the values of variables.
//!
//! It knows nothing of time and streams. What comes meanwhile is told to it, and so is when a silence may be judged.

use std::collections::{BTreeMap, BTreeSet};

use super::inbox::Inbox;
use super::judging::{Judging, Standing};
use super::outcome::{Failure, Reason};
use super::taken::Taken;
use crate::matcher::{Bindings, Pattern, TooHard};
use crate::plan::{Receiving, Step};
use crate::script::Expectation;

/// An alternative that is tried.
#[derive(Debug)]
pub(super) struct Attempt<'p> {
    /// All its steps.
    steps: &'p [Step],
    /// How many of them hold.
    held: usize,
    /// The next one, as far as it was judged.
    judging: Option<Judging<'p>>,
    copies: BTreeMap<usize, Copied>,
    bindings: Bindings,
    /// What its steps have taken, these being counted from its first one.
    taken: Vec<Taken>,
    /// Which stanza an actor may receive.
    receiving: Receiving,
    failure: Option<Failure>,
}

/// What an alternative sees of an actor.
#[derive(Debug, Clone)]
struct Copied {
    inbox: Inbox,
    /// How many elements of the actor's own inbox are in it, or were.
    heard: usize,
    /// Why nothing more can come.
    closed: Option<Reason>,
}

/// Whether it is known what does not come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Silence {
    /// It may still come.
    Awaited,
    /// The server has handled everything, and a while is over.
    Over,
}

/// What an alternative that holds makes of what there was.
#[derive(Debug)]
pub(super) struct Held {
    /// The inboxes of its actors.
    pub(super) inboxes: BTreeMap<usize, Inbox>,
    /// The values of variables.
    pub(super) bindings: Bindings,
    /// What its steps have taken, these being counted from its first one.
    pub(super) taken: Vec<Taken>,
}

impl<'p> Attempt<'p> {
    /// An alternative of which nothing was judged yet.
    pub(super) fn new(steps: &'p [Step], bindings: &Bindings, receiving: Receiving) -> Self {
        Self {
            steps,
            held: 0,
            judging: None,
            copies: BTreeMap::new(),
            bindings: bindings.clone(),
            taken: Vec::new(),
            receiving,
            failure: None,
        }
    }

    /// The actors of its steps.
    pub(super) fn actors(&self) -> BTreeSet<usize> {
        self.steps.iter().map(|step| step.actor).collect()
    }

    /// Takes note of what is in an actor's own inbox now, and whether more can come.
    pub(super) fn hear(&mut self, actor: usize, own: &Inbox, closed: Option<Reason>) {
        let copied = self.copies.entry(actor).or_insert_with(|| Copied {
            inbox: own.clone(),
            heard: own.len(),
            closed: None,
        });
        copied.inbox.push_all_behind(copied.heard, own);
        copied.heard = own.len();
        copied.closed = closed;
    }

    /// Whether all its steps hold.
    pub(super) fn holds(&self) -> bool {
        self.held == self.steps.len()
    }

    /// Whether it cannot hold any more.
    pub(super) fn is_hopeless(&self) -> bool {
        self.failure.is_some()
    }

    /// The step that does not hold yet, or does not at all: an index into its steps.
    pub(super) fn due(&self) -> usize {
        self.held.min(self.steps.len().saturating_sub(1))
    }

    /// The same alternative from the first silence on that was not judged, on copies of its own.
    pub(super) fn again(&self) -> Self {
        Self {
            steps: self.steps,
            held: self.held,
            judging: None,
            copies: self.copies.clone(),
            bindings: self.bindings.clone(),
            taken: self.taken.clone(),
            receiving: self.receiving,
            failure: None,
        }
    }

    /// Whether it waits for a silence.
    pub(super) fn is_of_silence(&self) -> bool {
        let next = self.next().filter(|_| !self.is_hopeless());
        next.is_some_and(|(_, expected)| expected.mode.is_of_silence())
    }

    fn next(&self) -> Option<(&'p Step, &'p Expectation<Pattern>)> {
        let step = self.steps.get(self.held)?;
        Some((step, step.verb.expectation()?))
    }

    /// Judges its steps by what has come, one after the other, until one does not hold yet.
    ///
    /// # Errors
    ///
    /// The actor for whose step that is too hard.
    pub(super) async fn judge(&mut self, silence: Silence) -> Result<(), (usize, TooHard)> {
        while let Some((step, expected)) = self.next().filter(|_| !self.is_hopeless()) {
            let Some(copied) = self.copies.get_mut(&step.actor) else {
                return Ok(());
            };
            let judging = self
                .judging
                .get_or_insert_with(|| Judging::new(expected, self.receiving));
            let standing = judging.judge(&mut copied.inbox, &self.bindings).await;
            let waits = expected.mode.is_of_silence() && silence == Silence::Awaited;
            let hopeless = match (standing.map_err(|hard| (step.actor, hard))?, &copied.closed) {
                (Standing::Took(took), _) => {
                    self.taken.extend(took.told(self.held, &self.bindings));
                    self.bindings = took.bindings;
                    continue;
                }
                (Standing::Hopeless(hopeless), _) => hopeless,
                (Standing::Open, Some(Reason::Closed { .. })) if judging.awaits_end() => {
                    return Ok(());
                }
                (Standing::Open, Some(reason)) => judging.given_up(reason.clone()),
                (Standing::Holds, Some(reason)) if expected.mode.is_of_silence() => {
                    let failure = Failure::without_stanza(reason.clone(), step.span);
                    self.failure = Some(failure);
                    return Ok(());
                }
                (Standing::Open, None) => return Ok(()),
                (Standing::Holds, _) if waits => return Ok(()),
                (Standing::Holds, _) => {
                    self.held += 1;
                    self.judging = None;
                    continue;
                }
            };
            let failure = judging.failure(hopeless, &copied.inbox, &self.bindings, step.span);
            self.failure = Some(failure.await);
        }
        Ok(())
    }

    /// What it would change, if it holds.
    pub(super) fn into_held(self) -> Held {
        let copies = self.copies.into_iter();
        Held {
            inboxes: copies
                .map(|(actor, copied)| (actor, copied.inbox))
                .collect(),
            bindings: self.bindings,
            taken: self.taken,
        }
    }

    /// Why it does not hold; `reason` is why nothing more is waited for.
    pub(super) async fn into_failure(self, reason: Reason) -> Failure {
        let Some((step, _)) = self.next() else {
            return Failure::without_stanza(reason, Default::default());
        };
        let copied = self.copies.get(&step.actor);
        match (self.failure, self.judging, copied) {
            (Some(failure), ..) => failure,
            (None, Some(judging), Some(copied)) => {
                let hopeless = judging.given_up(reason);
                let failure = judging.failure(hopeless, &copied.inbox, &self.bindings, step.span);
                failure.await
            }
            (None, ..) => Failure::without_stanza(reason, step.span),
        }
    }
}
