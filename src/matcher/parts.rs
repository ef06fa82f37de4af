//! How wildcards share a value among them.
//!
//! A value is a row of segments: what is fixed, and what is free. Whether they fit is found with the sets of places at
//! which each segment can begin, worked out from the end of the value (`reach.rs`), in a time that grows like its length.
//! Then the first free segments take as little as they can.

use std::collections::BTreeSet;
use std::ops::Range;

use super::bindings::{Bindings, Captures};
use super::effort::Steps;
use super::pattern::{ValueKind, ValuePattern};
use super::reach::places;
use super::segment::{Segment, filled, is_alone, segments, times};
use crate::escape::WHITE_SPACE;
use crate::expression::Direction;

/// Finds a way in which segments make up a value, and what is bound then.
pub(super) fn match_segments(
    segments: &[Segment<'_>],
    kind: ValueKind,
    received: &str,
    steps: &Steps<'_>,
) -> Option<Captures> {
    let whole = Whole {
        kind,
        received,
        steps,
    };
    match segments {
        [] => received.is_empty().then(Vec::new),
        [Segment::Literal(text)] => (whole.end_of(text, 0) == Some(received.len())).then(Vec::new),
        [Segment::Free { name, demands }] => demands.accept(received).then(|| {
            let name = name.iter();
            name.map(|name| ((*name).to_owned(), received.to_owned()))
                .collect()
        }),
        segments if segments.iter().any(Segment::is_demanding) => whole.shared_by(segments),
        segments => whole.shared_freely_by(segments),
    }
}

/// How many parts of one value are too many to be tried.
const TOO_MANY: usize = 5_000;

/// Every value that an unbound wildcard could take in a value, none twice, in the order of the text; none where these
/// are too many.
pub(super) fn possible_values(
    expected: &ValuePattern,
    kind: ValueKind,
    received: &str,
    bindings: &Bindings,
    name: &str,
    steps: &Steps<'_>,
) -> Option<Vec<String>> {
    let Some(segments) = segments(&expected.pieces, bindings) else {
        return Some(Vec::new());
    };
    let whole = Whole {
        kind,
        received,
        steps,
    };
    let (values, is_sure) = match is_alone(&segments, name) {
        true => (whole.values_alone(&segments), false),
        false => {
            let values = whole.values_beside_others(&segments, name)?;
            (values, times(&segments, name) == 1)
        }
    };
    let fits = |value: &str| {
        let filled = filled(&segments, name, value);
        filled.is_some_and(|filled| match_segments(&filled, kind, received, steps).is_some())
    };
    let values = values.into_iter().filter(|value| is_sure || fits(value));
    Some(values.map(str::to_owned).collect())
}

/// A value that several segments make up.
pub(super) struct Whole<'a> {
    pub(super) kind: ValueKind,
    pub(super) received: &'a str,
    pub(super) steps: &'a Steps<'a>,
}

/// For each place in a value whether it is one of a set; places are before each byte, and at the end.
pub(super) type Places = Vec<bool>;

impl<'a> Whole<'a> {
    /// Finds a way in which the segments make up the value.
    fn shared_by(&self, segments: &[Segment<'_>]) -> Option<Captures> {
        if !self.has_edges_of(segments) {
            return None;
        }
        if let Some((segment, part)) = self.only_part(segments) {
            return self.taken_by(segment, part);
        }
        let mut starts = vec![self.only(self.received.len())];
        for segment in segments[1..].iter().rev() {
            let ends = &starts[starts.len() - 1];
            starts.push(self.reached(segment, ends, Direction::Backward)?);
        }
        let mut captures = Vec::new();
        let mut at = 0;
        for (segment, ends) in segments.iter().zip(starts.iter().rev()) {
            let end = self.first_end(segment, at, ends)?;
            if let Some(name) = segment.name() {
                captures.push((name.to_owned(), self.received[at..end].to_owned()));
            }
            at = end;
        }
        Some(captures)
    }

    /// What the only free segment binds, if it can be this part of the value.
    fn taken_by(&self, segment: &Segment<'_>, part: Range<usize>) -> Option<Captures> {
        let Segment::Free { name, demands } = segment else {
            return None;
        };
        let value = self.received.get(part)?;
        let bound = name.iter();
        let bound = bound.map(|name| ((*name).to_owned(), value.to_owned()));
        demands.accept(value).then(|| bound.collect())
    }

    /// The only free segment, and the part of a value with these edges that is for it, if there can be no other.
    pub(super) fn only_part<'s, 'v>(
        &self,
        segments: &'s [Segment<'v>],
    ) -> Option<(&'s Segment<'v>, Range<usize>)> {
        let (before, free, after) = match segments {
            [free] => ("", free, ""),
            [Segment::Literal(before), free] => (before.as_ref(), free, ""),
            [free, Segment::Literal(after)] => ("", free, after.as_ref()),
            [Segment::Literal(before), free, Segment::Literal(after)] => {
                (before.as_ref(), free, after.as_ref())
            }
            _ => return None,
        };
        // White space beside a part that may be empty does not always count.
        let is_loose = before.ends_with(WHITE_SPACE) || after.starts_with(WHITE_SPACE);
        let is_one = free.is_free() && (self.kind == ValueKind::Attribute || !is_loose);
        let start = self.at_edges(before, true, false).len();
        let after = self.at_edges(after, false, true).len();
        is_one.then(|| (free, start..self.received.len().saturating_sub(after)))
    }

    /// The same where what is free can be anything: then what is fixed may stand as early as it can, but for what ends
    /// the value.
    fn shared_freely_by(&self, segments: &[Segment<'_>]) -> Option<Captures> {
        if !self.has_edges_of(segments) {
            return None;
        }
        let mut captures = Vec::new();
        let mut at = 0;
        let mut free: Option<&Segment<'_>> = None;
        for (index, segment) in segments.iter().enumerate() {
            let is_last = index + 1 == segments.len();
            let (start, end) = match (segment, free) {
                (Segment::Literal(text), None) => (at, self.end_of(text, at)?),
                (Segment::Literal(text), Some(_)) => self.first(text, at, is_last)?,
                (Segment::Free { .. }, _) if is_last => (at, self.received.len()),
                (Segment::Free { .. }, _) => (at, at),
            };
            if let Some(name) = free.and_then(Segment::name) {
                captures.push((name.to_owned(), self.received[at..start].to_owned()));
            }
            if let (Some(name), true) = (segment.name(), is_last) {
                captures.push((name.to_owned(), self.received[at..].to_owned()));
            }
            free = segment.is_free().then_some(segment);
            at = end;
        }
        (at == self.received.len()).then_some(captures)
    }

    /// Where a literal stands first behind a place, or last, if it has to end the value; and where it ends.
    fn first(&self, text: &str, after: usize, is_last: bool) -> Option<(usize, usize)> {
        self.steps.scan(self.received.len())?;
        let found = match is_last {
            false => self.received[after..].find(text).map(|start| after + start),
            true => self.received.len().checked_sub(text.len()),
        };
        let whole =
            found.filter(|start| self.received.as_bytes()[*start..].starts_with(text.as_bytes()));
        let whole = whole.map(|start| (start, start + text.len()));
        let places = whole.into_iter().chain(self.trimmed_at_edges(text));
        places
            .filter(|(start, end)| *start >= after && (!is_last || *end == self.received.len()))
            .min()
    }

    /// Whether the value begins and ends with what is fixed there, which most often tells enough.
    pub(super) fn has_edges_of(&self, segments: &[Segment<'_>]) -> bool {
        let begins = match segments.first() {
            Some(Segment::Literal(text)) => self.end_of(text, 0).is_some(),
            Some(Segment::Free { .. }) | None => true,
        };
        let ends = match segments.last() {
            Some(Segment::Literal(text)) => {
                self.received.ends_with(self.at_edges(text, true, true))
            }
            Some(Segment::Free { .. }) | None => true,
        };
        begins && ends
    }

    /// The values that a name can have where nothing else is free: their length is known, unless they are empty and
    /// white space beside them does not count.
    fn values_alone(&self, segments: &[Segment<'_>]) -> Vec<&'a str> {
        let fixed = self.fixed(segments);
        let times = segments.iter().filter(|segment| segment.is_free()).count();
        let start = match segments.first() {
            Some(Segment::Literal(text)) => self.at_edges(text, true, false).len(),
            Some(Segment::Free { .. }) | None => 0,
        };
        let rest = self.received.len().checked_sub(fixed);
        let length = rest
            .filter(|rest| rest % times == 0)
            .map(|rest| rest / times);
        let value = length.and_then(|length| self.received.get(start..start + length));
        match value {
            Some("") | None => vec![""],
            Some(value) => vec![value, ""],
        }
    }

    /// How long all that is fixed is.
    fn fixed(&self, segments: &[Segment<'_>]) -> usize {
        let last = segments.len() - 1;
        let lengths = segments.iter().enumerate();
        lengths
            .map(|(index, segment)| match segment {
                Segment::Literal(text) => self.at_edges(text, index == 0, index == last).len(),
                Segment::Free { .. } => 0,
            })
            .sum()
    }

    /// The values that a name can have in its first place, by what is fixed before and behind it.
    fn values_beside_others(&self, segments: &[Segment<'_>], name: &str) -> Option<Vec<&'a str>> {
        let mut names = segments.iter().map(Segment::name);
        let first = names.position(|own| own == Some(name))?;
        let Segment::Free { demands, .. } = &segments[first] else {
            return Some(Vec::new());
        };
        let mut starts = self.only(0);
        for segment in &segments[..first] {
            starts = self.reached(segment, &starts, Direction::Forward)?;
        }
        let mut ends = self.only(self.received.len());
        for segment in segments[first + 1..].iter().rev() {
            ends = self.reached(segment, &ends, Direction::Backward)?;
        }
        let longest = self.received.len() / times(segments, name);
        let mut seen = BTreeSet::new();
        let mut values = Vec::new();
        for start in places(&starts) {
            for end in self.ends_of(demands, start, &ends)? {
                let value = &self.received[start..end];
                self.steps.spend(1 + value.len() / 16)?;
                if value.len() <= longest && seen.insert(value) {
                    values.push(value);
                }
                if values.len() > TOO_MANY {
                    return None;
                }
            }
        }
        Some(values)
    }

    fn only(&self, place: usize) -> Places {
        let mut places = vec![false; self.received.len() + 1];
        places[place] = true;
        places
    }
}
