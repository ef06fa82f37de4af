//! The last that each actor sent and received before a step ended the script: for its page, and in the order of time.
//! What happened afterwards, as when the runner has left, is no part of it.

use crate::runner::{Happening, Moment, ScriptOutcome, StepOutcome};

/// The last moments of all actors before a step ended the script.
pub(super) fn last_moments<'a>(outcome: &'a ScriptOutcome, step: &StepOutcome) -> Vec<&'a Moment> {
    let story = &outcome.moments[..outcome.story_end.moments.min(outcome.moments.len())];
    let is_before = |moment: &&Moment| {
        // What broke a stream is seen later than the step after which it broke.
        let is_end = matches!(moment.happening, Happening::Closed(_));
        let is_own = outcome.cast[moment.actor].name == step.actor;
        moment.step <= step.step || is_end && is_own
    };
    let mut last = vec![Last::default(); outcome.cast.len()];
    for numbered in story.iter().filter(is_before).enumerate() {
        last[numbered.1.actor].note(numbered);
    }
    let mut moments: Vec<Numbered<'_>> = last.into_iter().flat_map(Last::moments).collect();
    moments.sort_by_key(|(number, _)| *number);
    moments.into_iter().map(|(_, moment)| moment).collect()
}

/// A moment, and how many there were before.
type Numbered<'a> = (usize, &'a Moment);

/// The last moments of an actor.
#[derive(Clone, Default)]
struct Last<'a> {
    sent: Option<Numbered<'a>>,
    came: Option<Numbered<'a>>,
    /// How its session began, or ended.
    session: Option<Numbered<'a>>,
    /// Whether the script has closed its stream.
    left: bool,
}

impl<'a> Last<'a> {
    fn note(&mut self, numbered: Numbered<'a>) {
        match numbered.1.happening {
            Happening::Sent(_) | Happening::SentText(_) | Happening::Answered(_) => {
                self.sent = Some(numbered)
            }
            Happening::Received(_) => self.came = Some(numbered),
            // It is in order that the server closes its side after ours.
            Happening::Closed(_) if self.left || self.has_ended() => {}
            Happening::Closed(_)
            | Happening::Login(..)
            | Happening::Reached(_)
            | Happening::Secured
            | Happening::Dropped => {
                self.session = Some(numbered);
            }
            Happening::Left => self.left = true,
            // What a login was made of is nothing to look at once the actor is in.
            Happening::Connected(_) => {
                *self = Self {
                    session: Some(numbered),
                    ..Self::default()
                };
            }
            Happening::Pinged(_)
            | Happening::AskedStream
            | Happening::Silent(_)
            | Happening::Ponged => {}
        }
    }

    /// Whether the stream has ended: that it is closed behind an error says less than the error.
    fn has_ended(&self) -> bool {
        let last = self.session.map(|(_, moment)| &moment.happening);
        matches!(last, Some(Happening::Closed(_)))
    }

    /// That it has logged in goes without saying, once it has sent or received something.
    fn moments(self) -> impl Iterator<Item = Numbered<'a>> {
        let is_silent = self.sent.is_none() && self.came.is_none();
        let session = self
            .session
            .filter(|(_, moment)| is_silent || matches!(moment.happening, Happening::Closed(_)));
        [self.sent, self.came, session].into_iter().flatten()
    }
}
