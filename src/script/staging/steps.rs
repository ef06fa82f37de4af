//! Steps that become several, or none: whatever is said of ranges of them keeps to them.

use std::ops::Range;
use std::sync::Arc;

use crate::script::ast::{Action, Script};
use crate::script::choice::{Alternative, Choice};
use crate::script::part::{Part, Parts};

impl Script {
    /// Puts other steps in the place of each; where none is left, what consisted of them is not there any more.
    pub(super) fn replace_steps(&mut self, mut replace: impl FnMut(Action) -> Vec<Action>) {
        let mut places = vec![0];
        let mut story = Vec::with_capacity(self.story.len());
        for action in Arc::unwrap_or_clone(std::mem::take(&mut self.story)) {
            story.extend(replace(action));
            places.push(story.len());
        }
        self.story = Arc::new(story);
        self.settle_steps(&places);
    }

    /// Leaves all steps as they are; what consists of none is not there any more.
    pub(super) fn keep_steps(&mut self) {
        let places: Vec<usize> = (0..=self.story.len()).collect();
        self.settle_steps(&places);
    }

    /// Lets what is said of steps be said of them in their new places.
    fn settle_steps(&mut self, places: &[usize]) {
        let moved = |steps: &Range<usize>| places[steps.start]..places[steps.end];
        let choices = std::mem::take(&mut self.choices).into_iter();
        self.choices = choices
            .filter_map(|choice| choice.with_steps(moved))
            .collect();
        self.parts.move_steps(places);
    }
}

impl Parts {
    /// Lets the headings stand where the steps of their numbers are now. What prepares nothing any more, or clears nothing
    /// away, has no heading.
    fn move_steps(&mut self, places: &[usize]) {
        let all = places.len() - 1;
        let steps = Part::ALL.map(|part| self.steps(part, all));
        let is_left = |part: Part| {
            let steps = &steps[part as usize];
            part.is_story() || steps.is_empty() || places[steps.start] < places[steps.end]
        };
        self.headings.retain(|heading| is_left(heading.part));
        for heading in &mut self.headings {
            heading.first = places[heading.first.min(all)];
        }
    }
}

impl Choice {
    /// The alternatives that are left when their steps are these; none if there are none.
    fn with_steps(self, moved: impl Fn(&Range<usize>) -> Range<usize>) -> Option<Self> {
        let alternatives = self.alternatives.into_iter();
        let alternatives = alternatives.map(|alternative| Alternative {
            steps: moved(&alternative.steps),
            ..alternative
        });
        let alternatives: Vec<_> = alternatives.filter(|left| !left.steps.is_empty()).collect();
        (!alternatives.is_empty()).then_some(Self { alternatives })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::testing::sound;

    const STORY: &str = "[Client] A\n[Client] B\n---\nA connects\nEither\n\tA receives: nothing\n\tB receives: nothing\n\
                         or\n\tB receives: nothing\nB disconnects\n";

    /// The actors of the steps, and the steps of the alternatives.
    fn replaced(replace: impl FnMut(Action) -> Vec<Action>) -> (String, Vec<Vec<Range<usize>>>) {
        let mut script = sound(STORY).script;
        script.replace_steps(replace);
        let actors = script
            .story
            .iter()
            .map(|action| action.actor.value.to_string());
        let steps = |choice: &Choice| {
            let alternatives = choice.alternatives.iter();
            alternatives
                .map(|alternative| alternative.steps.clone())
                .collect()
        };
        (actors.collect(), script.choices.iter().map(steps).collect())
    }

    #[test]
    fn choices_keep_to_their_steps() {
        let twice = |action: Action| vec![action.clone(), action];
        let (actors, choices) = replaced(twice);
        assert_eq!(actors, "AAAABBBBBB");
        assert_eq!(choices, [[2..6, 6..8]]);
    }

    #[test]
    fn parts_keep_to_their_steps() {
        let story = "[Client] A\n[Client] B\n---\nPrologue\nA connects\nB connects\nStory\nB disconnects\nEpilogue\n\
                     A disconnects\n";
        let parts = |name: &'static str, times: usize| {
            let mut script = sound(story).script;
            script.replace_steps(|action| match action.actor.value.to_string() == name {
                true => vec![action; times],
                false => vec![action],
            });
            let headings = script.parts.headings.into_iter();
            let headings = headings.map(|heading| (heading.part.word(), heading.first));
            headings.collect::<Vec<_>>()
        };
        let (prologue, story, epilogue) = ("Prologue", "Story", "Epilogue");
        assert_eq!(parts("A", 3), [(prologue, 0), (story, 4), (epilogue, 5)]);
        assert_eq!(parts("A", 0), [(prologue, 0), (story, 1)]);
        assert_eq!(parts("B", 0), [(prologue, 0), (story, 1), (epilogue, 1)]);
    }

    #[test]
    fn what_is_left_without_steps_is_gone() {
        let without = |name: &'static str| {
            move |action: Action| match action.actor.value.to_string() == name {
                true => Vec::new(),
                false => vec![action],
            }
        };
        let (actors, choices) = replaced(without("A"));
        assert_eq!((actors.as_str(), choices), ("BBB", vec![vec![0..1, 1..2]]));
        let (actors, choices) = replaced(without("B"));
        assert_eq!((actors.as_str(), choices), ("AA", vec![vec![1..2]]));
        let (_, choices) = replaced(|_| Vec::new());
        assert!(choices.is_empty());
    }
}
