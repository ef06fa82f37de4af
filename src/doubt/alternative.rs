//! Alternatives of an `Either` that were not chosen, made true: what the chosen one took does not come, and what they
//! expect does.

use super::fault::Fault;
use super::made::made;
use super::play::{Place, Play};
use super::suspect::Suspect;
use super::tampering::{Tampering, came};
use crate::fault_kind::FaultKind;
use crate::matcher::{Bindings, Pattern, accepts};
use crate::runner::{Happening, Moment};
use crate::script::{Choice, Expectation, ExpectationMode};
use crate::xmpp::Closed;

/// An alternative made true, and its steps; nothing if it is the one that was chosen.
pub(super) fn made_true(
    play: &Play<'_>,
    choice: &Choice,
    number: usize,
) -> Option<(Suspect, Vec<usize>)> {
    let label = choice.label(number);
    let mut chosen = play.outcome.chosen.iter();
    let own = chosen.find(|chosen| chosen.either == choice.span())?;
    if own.label == label {
        return None;
    }
    let alternative = &choice.alternatives[number];
    let steps: Vec<usize> = alternative.steps.clone().collect();
    let first = *steps.first()?;
    let plan = play.plan();
    let fault = Fault {
        kind: FaultKind::Alternative,
        step: first,
        line: plan.info.source.own_position(alternative.span.start).line,
        actor: plan.actors[plan.steps[first].actor].name.clone(),
        what: label,
        place: alternative.span,
    };
    let unmade = || "not all that it expects could be made of its patterns".to_owned();
    let suspect = Suspect {
        fault,
        about: "alternative".to_owned(),
        tampering: tampered(play, choice, &steps).ok_or_else(unmade),
    };
    Some((suspect, steps))
}

/// What the recording is with these steps made true, in the place of what the choice has taken.
fn tampered(play: &Play<'_>, choice: &Choice, steps: &[usize]) -> Option<Tampering> {
    let places = choice.steps().flat_map(|step| play.taken_by(step));
    let places: Vec<Place> = places
        .map(|taken| play.place_of(taken))
        .collect::<Option<_>>()?;
    let removed = places.iter().map(|place| place.index());
    let mut tampering = removed
        .clone()
        .fold(Tampering::default(), Tampering::remove);
    let end = play.end_of(choice.steps().end.saturating_sub(1));
    let place = removed.min().unwrap_or(end);
    let mut bindings = play.outcome.bindings.clone();
    for step in steps {
        let expected = play.plan().steps[*step].verb.expectation()?;
        for happening in happenings(expected, &mut bindings)? {
            let moment = Moment {
                at: place
                    .checked_sub(1)
                    .map_or_else(Default::default, |before| play.moments[before].at),
                actor: play.plan().steps[*step].actor,
                step: choice.steps().start,
                happening,
            };
            tampering = tampering.insert(place, moment);
        }
    }
    Some(tampering)
}

/// What has to happen for an expectation to hold.
fn happenings(expected: &Expectation<Pattern>, bindings: &mut Bindings) -> Option<Vec<Happening>> {
    let mut all = Vec::new();
    for pattern in expected.taken() {
        let element = made(pattern, bindings)?;
        *bindings = accepts(pattern, &element, bindings).ok()??;
        all.push(came(element));
    }
    match expected.mode {
        ExpectationMode::Each
        | ExpectationMode::AllInAnyOrder
        | ExpectationMode::InThisOrder
        | ExpectationMode::Nothing
        | ExpectationMode::NoneOf => {}
        ExpectationMode::Disconnection => all.push(Happening::Closed(Closed::ByPeer)),
        ExpectationMode::Refusal => return None,
    }
    Some(all)
}
