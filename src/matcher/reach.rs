//! From the places at which a part of a value can begin to those at which it can end, and back, for all of them at once.
//!
//! What is fixed, what can be anything, what has one shape, a length or is only not some values is found in a time that
//! grows like the length of the value. Several demands at once have to be tried part by part.

use super::demands::{Demands, Way};
use super::parts::{Places, Whole};
use super::pattern::ValueKind;
use super::segment::Segment;
use crate::escape::WHITE_SPACE;
use crate::expression::{Bounds, Direction};

impl Whole<'_> {
    /// Where a segment can end that begins at one of the places, or the other way round.
    pub(super) fn reached(
        &self,
        segment: &Segment<'_>,
        from: &Places,
        direction: Direction,
    ) -> Option<Places> {
        self.steps.spend(1 + from.len())?;
        let demands = match segment {
            Segment::Literal(text) => return Some(self.beyond_literal(text, from, direction)),
            Segment::Free { demands, .. } => demands,
        };
        match demands.way() {
            Way::Anything => Some(self.beyond_anything(from, direction)),
            Way::Shape(shape) => {
                let spend = |count| self.steps.spend(count);
                shape.reached(self.received, from, direction, &spend)
            }
            Way::Length(bounds) => Some(self.beyond_length(bounds, from, direction)),
            Way::Other => self.beyond_others(&demands.excluded(), from, direction),
            Way::Trial => self.beyond_each(demands, from, direction),
        }
    }

    fn beyond_literal(&self, text: &str, from: &Places, direction: Direction) -> Places {
        let mut reached = vec![false; from.len()];
        let mut add = |(start, end): (usize, usize)| match direction {
            Direction::Forward => reached[end] |= from[start],
            Direction::Backward => reached[start] |= from[end],
        };
        let whole = occurrences(self.received, text).into_iter();
        whole.for_each(|start| add((start, start + text.len())));
        self.trimmed_at_edges(text).into_iter().for_each(add);
        reached
    }

    /// Where a literal can stand with less white space than it has, and where it ends there.
    pub(super) fn trimmed_at_edges(&self, text: &str) -> Vec<(usize, usize)> {
        if self.kind == ValueKind::Attribute {
            return Vec::new();
        }
        let trimmed = text.trim_end_matches(WHITE_SPACE);
        let last = self.received.len().checked_sub(trimmed.len());
        let last = last.filter(|last| self.received.is_char_boundary(*last));
        let starts = [0].into_iter().chain(last);
        starts
            .filter_map(|start| Some((start, self.end_of(text, start)?)))
            .collect()
    }

    fn beyond_anything(&self, from: &Places, direction: Direction) -> Places {
        let is_reached: Box<dyn Fn(usize) -> bool> = match direction {
            Direction::Forward => {
                let first = from.iter().position(|is_place| *is_place);
                Box::new(move |at| first.is_some_and(|first| first <= at))
            }
            Direction::Backward => {
                let last = from.iter().rposition(|is_place| *is_place);
                Box::new(move |at| last.is_some_and(|last| at <= last))
            }
        };
        let all = 0..from.len();
        all.map(|at| is_reached(at) && self.received.is_char_boundary(at))
            .collect()
    }

    /// The places that are so many characters away.
    fn beyond_length(&self, bounds: Bounds, from: &Places, direction: Direction) -> Places {
        let ends = self.received.char_indices().map(|(at, _)| at);
        let boundaries: Vec<usize> = ends.chain([self.received.len()]).collect();
        // How many of the places are before each boundary.
        let mut before = vec![0];
        for at in &boundaries {
            before.push(before[before.len() - 1] + usize::from(from[*at]));
        }
        let characters = boundaries.len() - 1;
        let least = bounded(bounds.first(), 0);
        let most = bounded(bounds.last(), characters);
        let mut reached = vec![false; from.len()];
        for (index, at) in boundaries.iter().enumerate() {
            let (first, last) = match direction {
                Direction::Forward if index < least => continue,
                Direction::Forward => (index.saturating_sub(most), index - least),
                Direction::Backward => (
                    index.saturating_add(least),
                    index.saturating_add(most).min(characters),
                ),
            };
            reached[*at] = first <= last && before[last + 1] > before[first];
        }
        reached
    }

    /// The places that are reached by parts which are none of some values: those to which more ways lead than such
    /// values do.
    fn beyond_others(
        &self,
        excluded: &[&str],
        from: &Places,
        direction: Direction,
    ) -> Option<Places> {
        let mut taken = vec![0; from.len()];
        for value in excluded {
            self.steps.spend(1 + from.len())?;
            let starts = match value.is_empty() {
                true => (0..from.len()).collect(),
                false => occurrences(self.received, value),
            };
            for (start, end) in starts.iter().map(|start| (*start, start + value.len())) {
                match direction {
                    Direction::Forward => taken[end] += usize::from(from[start]),
                    Direction::Backward => taken[start] += usize::from(from[end]),
                }
            }
        }
        let mut reached = vec![false; from.len()];
        let mut ways = 0;
        for step in 0..from.len() {
            let at = match direction {
                Direction::Forward => step,
                Direction::Backward => self.received.len() - step,
            };
            ways += usize::from(from[at]);
            reached[at] = self.received.is_char_boundary(at) && ways > taken[at];
        }
        Some(reached)
    }

    /// The slow way, for what can only be tried.
    fn beyond_each(
        &self,
        demands: &Demands<'_>,
        from: &Places,
        direction: Direction,
    ) -> Option<Places> {
        let anywhere = vec![true; from.len()];
        let (starts, ends) = match direction {
            Direction::Forward => (from.clone(), &anywhere),
            Direction::Backward => (self.starts_by_shape(demands, from)?, from),
        };
        let mut reached = vec![false; from.len()];
        let is_boundary = |at: &usize| self.received.is_char_boundary(*at);
        for start in places(&starts).filter(is_boundary) {
            let found = self.ends_of(demands, start, ends)?;
            match direction {
                Direction::Forward => found.into_iter().for_each(|end| reached[end] = true),
                Direction::Backward => reached[start] = !found.is_empty(),
            }
        }
        Some(reached)
    }

    /// The places from which a part of the right shape ends at one of the places.
    fn starts_by_shape(&self, demands: &Demands<'_>, ends: &Places) -> Option<Places> {
        let spend = |count| self.steps.spend(count);
        match demands.shape() {
            Some(shape) => shape.reached(self.received, ends, Direction::Backward, &spend),
            None => Some(vec![true; ends.len()]),
        }
    }

    /// The first place among some at which a segment can end that begins here.
    pub(super) fn first_end(
        &self,
        segment: &Segment<'_>,
        start: usize,
        among: &Places,
    ) -> Option<usize> {
        let demands = match segment {
            Segment::Literal(text) => {
                return self.end_of(text, start).filter(|end| among[*end]);
            }
            Segment::Free { demands, .. } => demands,
        };
        let mut possible = self.possible_ends(demands, start, among)?.into_iter();
        possible.find(|end| self.is_part(demands, start, *end))
    }

    /// All places among some at which a free part can end that begins here.
    pub(super) fn ends_of(
        &self,
        demands: &Demands<'_>,
        start: usize,
        among: &Places,
    ) -> Option<Vec<usize>> {
        let mut ends = self.possible_ends(demands, start, among)?;
        ends.retain(|end| self.is_part(demands, start, *end));
        self.steps.spend(0)?;
        Some(ends)
    }

    /// The places among some at which a part that begins here ends, if it has the shape and is not too long.
    fn possible_ends(
        &self,
        demands: &Demands<'_>,
        start: usize,
        among: &Places,
    ) -> Option<Vec<usize>> {
        let longest = self
            .received
            .len()
            .min(start.saturating_add(demands.longest()));
        let mut ends = match demands.shape() {
            Some(shape) => shape.ends(self.received, start, &|count| self.steps.spend(count)),
            None => {
                self.steps.spend(1 + (longest - start) / 16)?;
                (start..=longest).filter(|end| among[*end]).collect()
            }
        };
        ends.retain(|end| *end <= longest && among[*end] && self.received.is_char_boundary(*end));
        Some(ends)
    }

    /// Whether a part of the right shape meets all demands.
    fn is_part(&self, demands: &Demands<'_>, start: usize, end: usize) -> bool {
        match demands.way() {
            Way::Anything | Way::Shape(_) => true,
            Way::Length(_) | Way::Other | Way::Trial => {
                self.steps.spend(4 + (end - start) / 4).is_some()
                    && demands.accept(&self.received[start..end])
            }
        }
    }

    /// Where a literal ends that begins here, if it does. The text compared with it has lost the white space around
    /// it: so has the literal, if there is nothing before or behind it, as free segments can stand for nothing.
    pub(super) fn end_of(&self, literal: &str, at: usize) -> Option<usize> {
        let rest = &self.received[at..];
        let literal = self.at_edges(literal, at == 0, false);
        if rest.starts_with(literal) {
            return Some(at + literal.len());
        }
        let is_last = self.kind == ValueKind::Text && rest == literal.trim_end_matches(WHITE_SPACE);
        is_last.then_some(self.received.len())
    }

    /// What is left of a literal at an edge of the value.
    pub(super) fn at_edges<'t>(&self, text: &'t str, at_start: bool, at_end: bool) -> &'t str {
        let mut text = text;
        if self.kind == ValueKind::Text && at_start {
            text = text.trim_start_matches(WHITE_SPACE);
        }
        if self.kind == ValueKind::Text && at_end {
            text = text.trim_end_matches(WHITE_SPACE);
        }
        text
    }
}

/// A bound as a number of characters.
fn bounded(bound: Option<i64>, otherwise: usize) -> usize {
    bound.map_or(otherwise, |bound| {
        usize::try_from(bound).unwrap_or(usize::MAX)
    })
}

/// The places that are in a set, in order.
pub(super) fn places(set: &Places) -> impl Iterator<Item = usize> + '_ {
    let places = set.iter().enumerate();
    places.filter(|place| *place.1).map(|place| place.0)
}

/// Where a text occurs in another, overlapping ones included; it is not empty. The algorithm is that of Knuth, Morris
/// and Pratt (1977).
fn occurrences(text: &str, wanted: &str) -> Vec<usize> {
    let (text, wanted) = (text.as_bytes(), wanted.as_bytes());
    let borders = borders(wanted);
    let mut found = Vec::new();
    let mut fitting = 0;
    for (at, byte) in text.iter().enumerate() {
        while fitting > 0 && wanted.get(fitting) != Some(byte) {
            fitting = borders[fitting - 1];
        }
        fitting += usize::from(wanted.get(fitting) == Some(byte));
        if fitting == wanted.len() {
            found.push(at + 1 - fitting);
        }
    }
    found
}

/// For each beginning of a text how long the longest part is with which it both begins and ends, itself excepted.
fn borders(text: &[u8]) -> Vec<usize> {
    let mut borders = vec![0; text.len()];
    let mut length = 0;
    for at in 1..text.len() {
        while length > 0 && text[length] != text[at] {
            length = borders[length - 1];
        }
        length += usize::from(text[length] == text[at]);
        borders[at] = length;
    }
    borders
}
