//! Which faults there are for a play: for each step that expects something, all that could be wrong with what it took,
//! or with what it did not get.
//!
//! It does not judge them.

use std::collections::BTreeSet;
use std::sync::Arc;

use minidom::Element;

use super::edit;
use super::fault::Fault;
use super::play::{Place, Play};
use super::stanza::{Change, changes, changes_as_one, numbered, with_other_condition};
use super::tampering::{Tampering, came};
use super::unasked::{RULED_OUT, RulesThere, anything, forbidden, passed_on};
use crate::fault_kind::FaultKind;
use crate::matcher::{Pattern, fits};
use crate::ns;
use crate::runner::{Happening, Moment, Taken};
use crate::script::{Expectation, ExpectationMode, Part};
use crate::source::Span;
use crate::xmpp::read_element;

/// A fault that can be tried.
#[derive(Debug, Clone)]
pub(super) struct Suspect {
    pub(super) fault: Fault,
    /// The name of the element that it is about.
    pub(super) about: String,
    /// What it does to the recording, or why it cannot be shown there.
    pub(super) tampering: Result<Tampering, String>,
}

/// Why a fault of what a login consists of cannot be shown.
const NOT_BY_ITSELF: &str = "what came belongs to a login, which is recorded as a whole";

/// The faults of a step of a play.
pub(super) fn suspects(play: &Play<'_>, step: usize) -> Vec<Suspect> {
    let Some(expected) = play.plan().steps[step].verb.expectation() else {
        return Vec::new();
    };
    let finder = Finder {
        play,
        step,
        expected,
    };
    match expected.mode {
        ExpectationMode::Each | ExpectationMode::AllInAnyOrder => finder.of_taken(),
        ExpectationMode::InThisOrder => [finder.of_taken(), finder.swapped()].concat(),
        ExpectationMode::NoneOf => finder.forbidden(),
        ExpectationMode::Nothing => vec![finder.unwanted()],
        ExpectationMode::Disconnection | ExpectationMode::Refusal => finder.of_end(),
    }
}

/// What finds the faults of one step.
struct Finder<'p, 'a> {
    play: &'p Play<'a>,
    step: usize,
    expected: &'p Expectation<Pattern>,
}

impl Finder<'_, '_> {
    fn actor(&self) -> usize {
        self.play.plan().steps[self.step].actor
    }

    fn suspect(
        &self,
        (kind, what): (FaultKind, &str),
        place: Span,
        about: &str,
        tampering: Result<Tampering, String>,
    ) -> Suspect {
        let plan = self.play.plan();
        let step = &plan.steps[self.step];
        let line = plan.info.source.own_position(step.span.start).line;
        Suspect {
            fault: Fault {
                kind,
                step: self.step,
                line,
                actor: plan.actors[step.actor].name.clone(),
                what: what.to_owned(),
                place,
            },
            about: about.to_owned(),
            tampering,
        }
    }

    /// The faults of all that was taken.
    fn of_taken(&self) -> Vec<Suspect> {
        let mut seen = Vec::new();
        let taken = self.play.taken_by(self.step);
        let own = taken.map(|taken| {
            let label = numbered(taken.element.name().to_owned(), &mut seen);
            self.of_one(taken, &label)
        });
        own.collect::<Vec<_>>().concat()
    }

    /// The faults of one element that was taken.
    fn of_one(&self, taken: &Taken, label: &str) -> Vec<Suspect> {
        let pattern = &self.expected.items[taken.item];
        let place = self.play.place_of(taken);
        let about = taken.element.name();
        let whole = match self.expected.items.len() {
            1 => "",
            _ => label,
        };
        let found = |kind, what: &str, span, tampering: Option<Tampering>| {
            let unfound = || NOT_BY_ITSELF.to_owned();
            self.suspect((kind, what), span, about, tampering.ok_or_else(unfound))
        };
        let missing = place.and_then(Place::without);
        let mut all = vec![found(FaultKind::Missing, whole, pattern.span(), missing)];
        if self.is_stanza(&taken.element) && !self.expected.mode.is_of_end() {
            all.extend(self.of_stanza(taken, place, whole));
        }
        let within = changes(pattern, &taken.element, &taken.before, label);
        all.extend(within.iter().map(|change| {
            let tampering = place.map(|place| place.with(&change.element));
            found(change.kind, &change.what, change.place, tampering)
        }));
        all
    }

    /// The faults of a stanza as one.
    fn of_stanza(&self, taken: &Taken, place: Option<Place>, whole: &str) -> Vec<Suspect> {
        let pattern = &self.expected.items[taken.item];
        let Some(place) = place else {
            return Vec::new();
        };
        let suspect = |kind, what: &str, tampering| {
            self.suspect(
                (kind, what),
                pattern.span(),
                taken.element.name(),
                Ok(tampering),
            )
        };
        let mut all = Vec::new();
        if self.play.plan().complete && self.play.plan().part_of(self.step) == Part::Story {
            all.push(suspect(
                FaultKind::Twice,
                whole,
                self.again(place, self.actor()),
            ));
            let other = self.other_present(place.index());
            all.extend(other.map(|other| {
                let name = &self.play.plan().actors[other].name;
                let what = format!("{whole} to {name}");
                suspect(FaultKind::Elsewhere, what.trim(), self.again(place, other))
            }));
        }
        let server = &self.play.plan().actors[self.actor()].server;
        let changed = changes_as_one(pattern, &taken.element, &taken.before, server);
        all.extend(
            changed
                .into_iter()
                .map(|Change { kind, element, .. }| suspect(kind, whole, place.with(&element))),
        );
        all
    }

    /// The same comes once more, for an actor.
    fn again(&self, place: Place, actor: usize) -> Tampering {
        let actors = &self.play.plan().actors;
        let [own, theirs] = [self.actor(), actor].map(|actor| actors[actor].role.namespace());
        let mut moment = self.play.moments[place.index()].clone();
        moment.actor = actor;
        if let Happening::Received(element) = &moment.happening {
            moment.happening = came(edit::in_namespace(element, own, theirs));
        }
        Tampering::default().insert(place.index() + 1, moment)
    }

    /// Another actor that has a session, the next in the cast.
    fn other_present(&self, index: usize) -> Option<usize> {
        let count = self.play.plan().actors.len();
        let mut others = (1..count).map(|more| (self.actor() + more) % count);
        others.find(|other| self.play.is_present(*other, index))
    }

    fn is_stanza(&self, element: &Element) -> bool {
        let role = self.play.plan().actors[self.actor()].role;
        role.is_stanza(element.name(), &element.ns())
    }

    /// Neighbours that come in the other order, unless each pattern would take either.
    fn swapped(&self) -> Vec<Suspect> {
        let taken: Vec<&Taken> = self.play.taken_by(self.step).collect();
        let pairs = taken.windows(2);
        pairs
            .filter_map(|pair| self.swap(pair[0], pair[1]))
            .collect()
    }

    fn swap(&self, one: &Taken, other: &Taken) -> Option<Suspect> {
        let takes = |own: &Taken, other: &Taken| {
            let pattern = &self.expected.items[own.item];
            fits(pattern, &other.element, &own.before)
        };
        if takes(one, other) && takes(other, one) {
            return None;
        }
        let places = self.play.place_of(one).zip(self.play.place_of(other));
        let unfound = NOT_BY_ITSELF.to_owned();
        let came = |taken: &Taken| Happening::Received(Arc::clone(&taken.element));
        let tampering = match places {
            Some((Place::Received(place), Place::Received(other_place))) => Some(
                Tampering::default()
                    .replace(place, came(other))
                    .replace(other_place, came(one)),
            ),
            _ => None,
        };
        let what = format!("{} and {}", one.item + 1, other.item + 1);
        let place = self.expected.items[other.item].span();
        let about = other.element.name();
        Some(self.suspect(
            (FaultKind::Swapped, &what),
            place,
            about,
            tampering.ok_or(unfound),
        ))
    }

    /// What must not come does: made of each pattern.
    fn forbidden(&self) -> Vec<Suspect> {
        let all = forbidden(self.expected, &self.play.outcome.bindings);
        let own = all.into_iter().zip(&self.expected.items);
        let own = own.map(|(own, pattern)| {
            let unmade = || "no stanza that it matches comes to mind".to_owned();
            let tampering = own
                .element
                .ok_or_else(unmade)
                .and_then(|element| self.disturbed([element]));
            self.suspect(
                (FaultKind::Forbidden, &own.what),
                pattern.span(),
                &own.about,
                tampering.map(|(_, tampering)| tampering),
            )
        });
        own.collect()
    }

    /// Something comes where nothing may.
    fn unwanted(&self) -> Suspect {
        let index = self.play.end_of(self.step);
        let server = &self.play.plan().actors[self.actor()].server;
        let all = anything(self.sent_before(index), server, self.namespace());
        let (about, tampering) = match self.disturbed(all) {
            Ok((about, tampering)) => (about, Ok(tampering)),
            Err(why) => ("stanza".to_owned(), Err(why)),
        };
        let place = self.play.plan().steps[self.step].span;
        self.suspect((FaultKind::Forbidden, ""), place, &about, tampering)
    }

    fn namespace(&self) -> &'static str {
        self.play.plan().actors[self.actor()].role.namespace()
    }

    /// The last stanza that was sent before a moment, as if it were passed on to the actor.
    fn sent_before(&self, index: usize) -> Option<Element> {
        let before = self.play.moments[..index].iter().rev();
        let mut sent = before.filter_map(|moment| match &moment.happening {
            Happening::Sent(xml) => Some((moment.actor, read_element(xml, self.namespace()).ok()?)),
            _ => None,
        });
        let (sender, element) = sent.find(|(_, element)| self.is_stanza(element))?;
        let (from, to) = (
            self.play.jid_of(sender, index),
            self.play.jid_of(self.actor(), index),
        );
        Some(passed_on(element, &from, &to))
    }

    /// The first of these elements that no rule takes comes while the step waits for silence. Gives its name, too.
    fn disturbed(
        &self,
        elements: impl IntoIterator<Item = Element>,
    ) -> Result<(String, Tampering), String> {
        let rules = RulesThere::at(self.step, self.play.plan());
        let is_free = |element: &Element| !rules.take(element, &self.play.outcome.bindings);
        let element = elements.into_iter().find(is_free);
        let element = element.ok_or_else(|| RULED_OUT.to_owned())?;
        let step = self.play.first_of_silence(self.step);
        let index = self.play.end_of(step);
        if !self.play.is_present(self.actor(), index) {
            return Err("the actor has no stream there".to_owned());
        }
        let name = element.name().to_owned();
        let moment = self.play.besides(index, self.actor(), step, came(element));
        Ok((name, Tampering::default().insert(index, moment)))
    }

    /// The faults of the end of a stream, or of a refused login.
    fn of_end(&self) -> Vec<Suspect> {
        let mut all = self.of_taken();
        let span = self.play.plan().steps[self.step].span;
        let unfound = || "the end is not in the recording by itself".to_owned();
        let no_end = match self.expected.mode {
            ExpectationMode::Refusal => self.let_in(),
            _ => self.going_on(),
        };
        all.push(self.suspect(
            (FaultKind::NoEnd, ""),
            span,
            "stream",
            no_end.ok_or_else(unfound),
        ));
        all.extend(self.other_condition().map(|(index, element)| {
            let tampering = Tampering::default().replace(index, came(element));
            self.suspect((FaultKind::Condition, ""), span, "error", Ok(tampering))
        }));
        all
    }

    /// The moments of the actor up to the end of the step, the last first.
    fn own_moments(&self) -> impl Iterator<Item = (usize, &Moment)> {
        let end = self.play.end_of(self.step);
        let moments = self.play.moments[..end].iter().enumerate().rev();
        moments.filter(|(_, moment)| moment.actor == self.actor())
    }

    /// The stream does not end.
    fn going_on(&self) -> Option<Tampering> {
        let mut own = self.own_moments();
        let (index, _) =
            own.find(|(_, moment)| matches!(moment.happening, Happening::Closed(_)))?;
        Some(Tampering::default().remove(index))
    }

    /// The login succeeds: the refusal does not come, and the actor is there.
    fn let_in(&self) -> Option<Tampering> {
        let own = self.own_moments();
        let own: Vec<_> = own
            .take_while(|(_, moment)| moment.step == self.step)
            .collect();
        let is_part = |happening: &Happening| matches!(happening, Happening::Login(..));
        let (last_part, _) = own.iter().find(|(_, moment)| is_part(&moment.happening))?;
        let plan = &self.play.plan().actors[self.actor()];
        let jid = plan.possible_full_jid();
        let behind = own
            .iter()
            .map(|(index, _)| *index)
            .filter(|index| index > last_part);
        let without = behind.fold(Tampering::default(), Tampering::remove);
        let connected = Happening::Connected(jid);
        let connected = self
            .play
            .besides(*last_part, self.actor(), self.step, connected);
        Some(without.insert(last_part + 1, connected))
    }

    /// The error that comes with the end, with another condition, and where it is.
    fn other_condition(&self) -> Option<(usize, Element)> {
        let taken: BTreeSet<usize> = self
            .play
            .taken_by(self.step)
            .filter_map(|taken| self.play.place_of(taken))
            .map(Place::index)
            .collect();
        let mut own = self.own_moments();
        own.find_map(|(index, moment)| match &moment.happening {
            Happening::Received(element)
                if taken.contains(&index) || element.is("error", ns::STREAM) =>
            {
                Some((index, with_other_condition(element)?))
            }
            _ => None,
        })
    }
}
