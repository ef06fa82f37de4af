//! Alternatives of an `Either` that were not chosen, made true: what the chosen one took does not come, and what they
//! expect does.

use super::fault::Fault;
use super::made::made;
use super::play::{Place, Play};
use super::tampering::{Tampering, came};
use crate::fault_kind::FaultKind;
use crate::matcher::{Bindings, Pattern, accepts};
use crate::runner::Happening;
use crate::script::{Choice, Expectation, ExpectationMode};
use crate::xmpp::Closed;

/// An alternative that was not chosen.
pub(super) struct Other {
    /// That it is what the server does.
    pub(super) fault: Fault,
    /// Its steps.
    pub(super) steps: Vec<usize>,
    /// What may make it true: the first that does is meant.
    pub(super) ways: Vec<Tampering>,
}

/// The alternatives of a choice that were not chosen; none if none was.
pub(super) fn others(play: &Play<'_>, choice: &Choice) -> Vec<Other> {
    let mut chosen = play.outcome.chosen.iter();
    let Some(chosen) = chosen.find(|chosen| chosen.either == choice.span()) else {
        return Vec::new();
    };
    let numbers = 0..choice.alternatives.len();
    let others = numbers.filter(|number| choice.label(*number) != chosen.label);
    others
        .filter_map(|number| other(play, choice, number))
        .collect()
}

fn other(play: &Play<'_>, choice: &Choice, number: usize) -> Option<Other> {
    let alternative = &choice.alternatives[number];
    let steps: Vec<usize> = alternative.steps.clone().collect();
    let first = *steps.first()?;
    let plan = play.plan();
    let fault = Fault {
        kind: FaultKind::Alternative,
        step: first,
        line: plan.info.source.own_position(alternative.span.start).line,
        actor: plan.actors[plan.steps[first].actor].name.clone(),
        what: choice.label(number),
        place: alternative.span,
    };
    let removed = without_chosen(play, choice)?;
    let made = made_of(play, choice, &steps, removed.clone());
    Some(Other {
        fault,
        steps,
        ways: std::iter::once(removed).chain(made).collect(),
    })
}

/// What the chosen alternative has taken does not come.
fn without_chosen(play: &Play<'_>, choice: &Choice) -> Option<Tampering> {
    let taken = choice.steps().flat_map(|step| play.taken_by(step));
    let places = taken.map(|taken| play.place_of(taken));
    let places = places.collect::<Option<Vec<Place>>>()?;
    let places = places.iter().map(|place| place.index());
    Some(places.fold(Tampering::default(), Tampering::remove))
}

/// What these steps expect comes, in the place of how streams have ended there.
fn made_of(
    play: &Play<'_>,
    choice: &Choice,
    steps: &[usize],
    without: Tampering,
) -> Option<Tampering> {
    let ends = play.ends_in(choice.steps());
    let taken = choice.steps().flat_map(|step| play.taken_by(step));
    let taken = taken
        .filter_map(|taken| play.place_of(taken))
        .map(Place::index);
    let end = play.end_of(choice.steps().start);
    let place = taken.chain(ends.iter().copied()).min().unwrap_or(end);
    let mut tampering = ends.iter().copied().fold(without, Tampering::remove);
    let mut bindings = play.outcome.bindings.clone();
    for step in steps {
        let expected = play.plan().steps[*step].verb.expectation()?;
        for happening in happenings(expected, &mut bindings)? {
            let actor = play.plan().steps[*step].actor;
            let moment = play.besides(place, actor, choice.steps().start, happening);
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
