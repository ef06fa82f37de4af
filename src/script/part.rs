//! `Prologue`, `Story` and `Epilogue`: which steps prepare what is tested, which test it, and which clear away.
//!
//! Scripts and plans have all their steps in one list, in the order of the text. Headings say which of them belong to
//! which part; without any, all are the story. It must not know what a step is.

use std::fmt;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::ast::Comment;
use super::borrowing::Borrowing;
use crate::source::Span;

/// A part of a play; in the order in which they are played.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// What has to be there before anything is tested.
    Prologue,
    /// What is tested.
    #[default]
    Story,
    /// What is cleared away, whatever happened.
    Epilogue,
}

/// A line that begins a part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Heading {
    /// Comments above its line.
    pub comments: Vec<Comment>,
    /// The part.
    pub part: Part,
    /// How many steps stand above it, which is also the number of the first one below it, if there is one.
    pub first: usize,
    /// The script that the part is taken from.
    pub file: Option<Borrowing>,
    /// Its line.
    pub span: Span,
}

/// The headings of a play, each part at most once, in the order of the parts. What stands above a story is its prologue,
/// with a heading of its own or without.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Parts {
    /// The headings.
    pub headings: Vec<Heading>,
}

impl Part {
    /// Whether it is what is tested.
    pub fn is_story(&self) -> bool {
        *self == Self::Story
    }

    /// All of them, in order.
    pub const ALL: [Self; 3] = [Self::Prologue, Self::Story, Self::Epilogue];

    /// The word that its heading consists of.
    pub fn word(self) -> &'static str {
        match self {
            Self::Prologue => "Prologue",
            Self::Story => "Story",
            Self::Epilogue => "Epilogue",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl Parts {
    /// The heading of a part.
    pub fn heading(&self, part: Part) -> Option<&Heading> {
        self.headings.iter().find(|heading| heading.part == part)
    }

    /// The script that the prologue is taken from.
    pub fn borrowing(&self) -> Option<&Borrowing> {
        self.headings
            .iter()
            .find_map(|heading| heading.file.as_ref())
    }

    /// The steps of a part, of a play that has so many in all.
    pub fn steps(&self, part: Part, all: usize) -> Range<usize> {
        let first = |part| self.heading(part).map(|heading| heading.first.min(all));
        let end = first(Part::Epilogue).unwrap_or(all);
        let unheaded = match self.heading(Part::Prologue) {
            Some(_) => end,
            None => 0,
        };
        let start = first(Part::Story).unwrap_or(unheaded).min(end);
        match part {
            Part::Prologue => 0..start,
            Part::Story => start..end,
            Part::Epilogue => end..all,
        }
    }

    /// The part that a step belongs to.
    pub fn of(&self, step: usize) -> Part {
        let is_its = |part: &Part| self.steps(*part, usize::MAX).contains(&step);
        let part = Part::ALL.into_iter().find(is_its);
        part.unwrap_or(Part::Story)
    }

    /// The headings that stand directly above a step; above none where all steps are before them.
    pub fn above(&self, step: usize) -> impl Iterator<Item = &Heading> {
        let headings = self.headings.iter();
        headings.filter(move |heading| heading.first == step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(headings: &[(Part, usize)]) -> Parts {
        let heading = |(part, first): &(Part, usize)| Heading {
            comments: Vec::new(),
            part: *part,
            first: *first,
            file: None,
            span: Span::default(),
        };
        Parts {
            headings: headings.iter().map(heading).collect(),
        }
    }

    #[track_caller]
    fn assert_steps(headings: &[(Part, usize)], steps: [Range<usize>; 3]) {
        let parts = parts(headings);
        assert_eq!(Part::ALL.map(|part| parts.steps(part, 6)), steps);
        for (part, steps) in Part::ALL.into_iter().zip(steps) {
            for step in steps {
                assert_eq!(parts.of(step), part, "{step}");
            }
        }
    }

    #[test]
    fn each_heading_is_optional() {
        use Part::{Epilogue, Prologue, Story};
        assert_steps(&[], [0..0, 0..6, 6..6]);
        assert_steps(&[(Story, 0)], [0..0, 0..6, 6..6]);
        assert_steps(&[(Epilogue, 4)], [0..0, 0..4, 4..6]);
        assert_steps(&[(Story, 0), (Epilogue, 4)], [0..0, 0..4, 4..6]);
        assert_steps(&[(Prologue, 0), (Story, 2)], [0..2, 2..6, 6..6]);
        let all = [(Prologue, 0), (Story, 2), (Epilogue, 4)];
        assert_steps(&all, [0..2, 2..4, 4..6]);
        assert_steps(&[(Prologue, 0), (Epilogue, 4)], [0..4, 4..4, 4..6]);
        assert_steps(&[(Prologue, 0), (Story, 9)], [0..6, 6..6, 6..6]);
    }

    #[test]
    fn headings_without_steps_stand_above_the_same_step() {
        let parts = parts(&[(Part::Prologue, 0), (Part::Story, 0), (Part::Epilogue, 3)]);
        let above = |step| parts.above(step).map(|heading| heading.part).collect();
        let above: [Vec<Part>; 2] = [above(0), above(3)];
        assert_eq!(
            above,
            [vec![Part::Prologue, Part::Story], vec![Part::Epilogue]]
        );
    }
}
