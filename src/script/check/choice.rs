//! `Either`: what may stand in it, and which values are known after it.

use fnv::FnvHashSet;

use super::story::Walk;
use crate::script::ast::{Action, Piece};
use crate::script::choice::Choice;
use crate::script::error::ScriptErrorKind as Kind;
use crate::script::verb::Verb;
use crate::script::visit::taken_pieces;

impl<'s> Walk<'s, '_> {
    /// Each alternative begins with what is known before. What is known after it is what each of them tells.
    pub(super) fn choice(&mut self, choice: &'s Choice) {
        let before = self.bound.clone();
        let receivers = self.receivers.clone();
        let mut received = receivers.clone();
        let places = self.places.clone();
        let mut ended = Vec::new();
        let mut captured = Vec::new();
        for alternative in &choice.alternatives {
            self.bound.clone_from(&before);
            self.receivers.clone_from(&receivers);
            self.places.clone_from(&places);
            let actions = &self.script.story[alternative.steps.clone()];
            actions.iter().for_each(|action| self.left_open(action));
            let mut own = captures(actions, &before);
            own.retain(|name| self.bound.contains(name));
            captured.push(own);
            received.extend(self.receivers.drain());
            ended.push(self.ended_since(&places));
        }
        self.bound = before;
        self.receivers = received;
        self.places = places;
        self.places_after(choice, &ended);
        let names: FnvHashSet<&str> = captured.iter().flatten().copied().collect();
        for name in names {
            if captured.iter().all(|names| names.contains(name)) {
                self.bound.insert(name);
            } else {
                self.bound.remove(name);
                self.bound_in_some.insert(name, choice.span());
            }
        }
    }

    /// An action of an alternative.
    fn left_open(&mut self, action: &'s Action) {
        match &action.verb {
            Verb::Expects(expected) if !expected.mode.is_of_act() => self.action(action),
            Verb::Does(_) | Verb::Expects(_) | Verb::Rules(_) => {
                self.used.insert(&action.actor.value);
                let verb = action.verb.phrase();
                self.complain(Kind::DeedInChoice { verb }, action.span);
            }
        }
    }

    /// What is to be said of a name that has no value because only some alternatives capture it.
    pub(super) fn bound_in_some(&self, name: &str) -> Option<Kind> {
        let choice = *self.bound_in_some.get(name)?;
        let name = name.to_owned();
        Some(Kind::BoundInSome { name, choice })
    }
}

/// The names to which steps of an alternative give a value, where some have one before.
fn captures<'s>(actions: &'s [Action], before: &FnvHashSet<&'s str>) -> FnvHashSet<&'s str> {
    let captured = taken_pieces(actions).filter_map(|piece| {
        let is_anew = |name: &&str| matches!(piece, Piece::Capture(_)) || !before.contains(name);
        piece.captured().filter(is_anew)
    });
    captured.collect()
}

#[cfg(test)]
mod tests {
    use crate::script::testing::{at, objections_to_two as said};

    #[test]
    fn only_steps_that_receive_are_left_open() {
        let cannot = |verb: &str| format!("`{verb}` cannot stand in an `Either`");
        assert_eq!(
            said("Either\n\tA sends:\n\t\t<a/>\nor\n\tB disconnects\n\tB receives nothing"),
            [
                at(&cannot("sends"), "A sends:"),
                at(&cannot("disconnects"), "B disconnects")
            ]
        );
    }

    #[test]
    fn what_each_alternative_captures_has_a_value_afterwards() {
        let either = "Either\n\tA receives:\n\t\t<a b='$<x>'/>\nor\n\tB receives:\n\t\t<c>{scansion:capture:x}</c>\n";
        assert_eq!(
            said(&format!("{either}A sends:\n\t<a b='${{x}}'>$<x></a>")),
            []
        );
    }

    #[test]
    fn what_only_some_capture_has_no_value_afterwards() {
        let open = |place: &str| {
            at(
                "only some alternatives of an `Either` give `x` a value",
                place,
            )
        };
        let either =
            "Either\n\tA receives:\n\t\t<a b='$<x>'/>\n\t\t<b>${x}</b>\nor\n\tB receives nothing\n";
        assert_eq!(
            said(&format!("{either}A sends:\n\t<a b='${{x}}'>$<x></a>")),
            [open("${x}"), open("$<x>")]
        );
        let anew = format!("{either}A receives:\n\t<a b='$<x>'/>\nA sends:\n\t<a>${{x}}</a>");
        assert_eq!(said(&anew), []);
    }

    #[test]
    fn what_only_some_members_of_a_one_of_capture_has_no_value_either() {
        let either = "Either\n\tA receives:\n\t\t<a b='$<x>'/>\nor\n\tA receives:\n\t\t<c><scansion:one-of><d e='$<x>'/><f/></scansion:one-of></c>\n";
        let said = said(&format!("{either}A sends:\n\t<a b='${{x}}'/>"));
        assert_eq!(said.len(), 1, "{said:?}");
        assert_eq!(said[0].1, "${x}");
    }

    #[test]
    fn an_alternative_does_not_know_what_another_receives() {
        let either = "Either\n\tA receives:\n\t\t<a/>\nor\n\tA receives nothing\n";
        assert_eq!(said(either), []);
    }

    #[test]
    fn what_had_a_value_before_is_only_compared() {
        let before = "A receives:\n\t<a b='$<x>'/>\n";
        let after = "A sends:\n\t<a b='${x}'/>";
        let either = |element: &str| {
            let first = format!("Either\n\tA receives:\n\t\t{element}\n");
            said(&format!("{before}{first}or\n\tB receives nothing\n{after}"))
        };
        assert_eq!(either("<a b='$<x>'/>"), []);
        assert_eq!(
            either("<a b='{scansion:capture:x}'/>"),
            [at(
                "only some alternatives of an `Either` give `x` a value",
                "${x}"
            )]
        );
    }

    #[test]
    fn alternatives_do_not_know_each_other() {
        let either = "Either\n\tA receives:\n\t\t<a b='$<x>'/>\nor\n\tA receives:\n\t\t<b>${x}</b>";
        assert_eq!(
            said(either),
            [at("the variable `x` has no value here", "${x}")]
        );
    }
}
