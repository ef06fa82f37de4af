//! `Either` and `or`: which steps of a story are alternatives of which one has to hold.
//!
//! Scripts and plans have their steps in one list, in the order of the text, so that each has a number, and whatever
//! looks at all steps sees those of alternatives, too. A choice says which of them are alternatives. It must not know
//! what a step is.

use std::fmt;
use std::ops::Range;

use super::ast::Comment;
use crate::source::{SourceFile, Span};

/// An `Either` with all its alternatives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The alternatives, in the order of the text, one directly behind the other.
    pub alternatives: Vec<Alternative>,
}

/// One alternative: steps that have to hold one after the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alternative {
    /// Comments above its line.
    pub comments: Vec<Comment>,
    /// What it is called in reports.
    pub name: Option<String>,
    /// The blanks before each of its steps.
    pub indent: String,
    /// Its steps: indexes into those of the story.
    pub steps: Range<usize>,
    /// Its line, `Either` or `or` and the name.
    pub span: Span,
}

/// A part of a story that is taken as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene<'c> {
    /// A step: an index into those of the story.
    Step(usize),
    /// An `Either`.
    Choice(&'c Choice),
}

/// The word that a line of an alternative begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChoiceWord {
    /// `Either`, above the first one.
    Either,
    /// `or`, above each other one.
    Or,
}

impl Scene<'_> {
    /// All its steps.
    pub fn steps(self) -> Range<usize> {
        match self {
            Self::Step(step) => step..step + 1,
            Self::Choice(choice) => choice.steps(),
        }
    }

    /// Its first step.
    pub fn first(self) -> usize {
        match self {
            Self::Step(step) => step,
            Self::Choice(choice) => choice.steps().start,
        }
    }
}

impl Choice {
    /// The steps of all alternatives.
    pub fn steps(&self) -> Range<usize> {
        let start = self
            .alternatives
            .first()
            .map_or(0, |first| first.steps.start);
        let end = self
            .alternatives
            .last()
            .map_or(start, |last| last.steps.end);
        start..end
    }

    /// The line of the `Either`.
    pub fn span(&self) -> Span {
        let first = self.alternatives.first();
        first.map_or(Span::default(), |first| first.span)
    }

    /// What reports call an alternative: by its name, or by its number where it has none.
    pub fn label(&self, alternative: usize) -> String {
        let name = self.alternatives.get(alternative);
        let name = name.and_then(|alternative| alternative.name.clone());
        name.unwrap_or_else(|| format!("alternative {}", alternative + 1))
    }
}

impl ChoiceWord {
    /// Both words.
    pub(super) const ALL: [Self; 2] = [Self::Either, Self::Or];

    /// The word as it is written.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Either => "Either",
            Self::Or => "or",
        }
    }
}

impl fmt::Display for ChoiceWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// The parts of a story that has so many steps, some of which belong to choices.
pub(crate) fn scenes(choices: &[Choice], steps: usize) -> impl Iterator<Item = Scene<'_>> {
    let mut choices = choices.iter().peekable();
    let mut next = 0;
    std::iter::from_fn(move || {
        let begins = |choice: &&Choice| choice.steps().start == next;
        if let Some(choice) = choices.next_if(begins) {
            next = choice.steps().end;
            return Some(Scene::Choice(choice));
        }
        let step = next;
        next += 1;
        (step < steps).then_some(Scene::Step(step))
    })
}

/// What a step says, behind the line of the alternative to which it belongs, if it belongs to one.
pub(crate) fn action_of(source: &SourceFile, alternative: Option<Span>, step: &str) -> String {
    let step = step.trim();
    match alternative {
        Some(line) => format!("{}: {step}", source.slice(line)),
        None => step.to_owned(),
    }
}

/// The alternative that a step belongs to.
pub(crate) fn alternative_of(choices: &[Choice], step: usize) -> Option<&Alternative> {
    let after = choices.partition_point(|choice| choice.steps().end <= step);
    let mut alternatives = choices.get(after)?.alternatives.iter();
    alternatives.find(|alternative| alternative.steps.contains(&step))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn choice(steps: &[Range<usize>]) -> Choice {
        let alternative = |steps: &Range<usize>| Alternative {
            comments: Vec::new(),
            name: None,
            indent: "\t".to_owned(),
            steps: steps.clone(),
            span: Span::new(steps.start, steps.end),
        };
        Choice {
            alternatives: steps.iter().map(alternative).collect(),
        }
    }

    #[test]
    fn choices_stand_among_the_steps() {
        let choices = [choice(&[1..2, 2..4]), choice(&[4..5, 5..6])];
        let all: Vec<Scene<'_>> = scenes(&choices, 7).collect();
        assert_eq!(
            all,
            [
                Scene::Step(0),
                Scene::Choice(&choices[0]),
                Scene::Choice(&choices[1]),
                Scene::Step(6)
            ]
        );
        assert_eq!(scenes(&[], 0).count(), 0);
    }

    #[test]
    fn each_step_knows_its_alternative() {
        let choices = [choice(&[1..2, 2..4]), choice(&[5..6, 6..7])];
        let of = |step| alternative_of(&choices, step).map(|alternative| alternative.steps.clone());
        let all: Vec<_> = (0..8).map(of).collect();
        assert_eq!(
            all,
            [
                None,
                Some(1..2),
                Some(2..4),
                Some(2..4),
                None,
                Some(5..6),
                Some(6..7),
                None
            ]
        );
    }
}
