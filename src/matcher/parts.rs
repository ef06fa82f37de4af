//! How wildcards share a value among them.
//!
//! A value is a row of segments: what is fixed, and what is free. Whether they fit is found with the sets of places at
//! which each segment can begin, worked out from the end of the value, in a time that grows like its length. Then the
//! first free segments take as little as they can.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::bindings::{Bindings, Captures};
use super::effort::Steps;
use super::pattern::{ValueKind, ValuePattern, ValuePiece};
use crate::escape::WHITE_SPACE;
use crate::expression::{Direction, Narrowing};

/// A part of a value once variables are filled in.
#[derive(Debug)]
pub(super) enum Segment<'a> {
    Literal(Cow<'a, str>),
    Free {
        name: Option<&'a str>,
        narrowing: Option<&'a Narrowing>,
    },
}

impl<'a> Segment<'a> {
    fn name(&self) -> Option<&'a str> {
        match self {
            Segment::Literal(_) => None,
            Segment::Free { name, .. } => *name,
        }
    }

    fn is_free(&self) -> bool {
        matches!(self, Segment::Free { .. })
    }

    fn is_narrowed(&self) -> bool {
        matches!(
            self,
            Segment::Free {
                narrowing: Some(_),
                ..
            }
        )
    }
}

/// Fills in variables and joins neighbouring literals; none if a variable does not have a value, or has one that its
/// wildcard does not allow.
pub(super) fn segments<'a>(
    pieces: &'a [ValuePiece],
    bindings: &'a Bindings,
) -> Option<Vec<Segment<'a>>> {
    let mut segments = Vec::new();
    for piece in pieces {
        match piece {
            ValuePiece::Literal(text) => push_literal(&mut segments, text),
            ValuePiece::Variable(name) => push_literal(&mut segments, bindings.get(name)?),
            ValuePiece::Wildcard { name, narrowing } => {
                match name.as_deref().and_then(|name| bindings.get(name)) {
                    Some(value) if accepts(narrowing.as_ref(), value) => {
                        push_literal(&mut segments, value);
                    }
                    Some(_) => return None,
                    None => segments.push(Segment::Free {
                        name: name.as_deref(),
                        narrowing: narrowing.as_ref(),
                    }),
                }
            }
            // These two come here only where an element's text is written in several runs.
            ValuePiece::Any => segments.push(Segment::Free {
                name: None,
                narrowing: None,
            }),
            ValuePiece::Capture(name) => segments.push(Segment::Free {
                name: Some(name),
                narrowing: None,
            }),
        }
    }
    Some(segments)
}

fn push_literal<'a>(segments: &mut Vec<Segment<'a>>, text: &'a str) {
    match segments.last_mut() {
        _ if text.is_empty() => {}
        Some(Segment::Literal(before)) => before.to_mut().push_str(text),
        _ => segments.push(Segment::Literal(text.into())),
    }
}

fn accepts(narrowing: Option<&Narrowing>, value: &str) -> bool {
    narrowing.is_none_or(|narrowing| narrowing.accepts(value))
}

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
        [Segment::Free { name, narrowing }] => accepts(*narrowing, received).then(|| {
            let name = name.iter();
            name.map(|name| ((*name).to_owned(), received.to_owned()))
                .collect()
        }),
        segments if segments.iter().any(Segment::is_narrowed) => whole.shared_by(segments),
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

/// Whether nothing is free but one name.
fn is_alone(segments: &[Segment<'_>], name: &str) -> bool {
    let mut free = segments.iter().filter(|segment| segment.is_free());
    free.all(|segment| segment.name() == Some(name))
}

/// How often a name stands in the segments.
fn times(segments: &[Segment<'_>], name: &str) -> usize {
    let places = segments
        .iter()
        .filter(|segment| segment.name() == Some(name));
    places.count()
}

/// The segments with a value for a name; none if one of its wildcards does not allow it.
fn filled<'a>(segments: &'a [Segment<'a>], name: &str, value: &'a str) -> Option<Vec<Segment<'a>>> {
    let mut filled = Vec::new();
    for segment in segments {
        match segment {
            Segment::Literal(text) => push_literal(&mut filled, text),
            Segment::Free {
                name: Some(own),
                narrowing,
            } if *own == name => {
                if !accepts(*narrowing, value) {
                    return None;
                }
                push_literal(&mut filled, value);
            }
            Segment::Free { name, narrowing } => filled.push(Segment::Free {
                name: *name,
                narrowing: *narrowing,
            }),
        }
    }
    Some(filled)
}

/// A value that several segments make up.
struct Whole<'a> {
    kind: ValueKind,
    received: &'a str,
    steps: &'a Steps<'a>,
}

/// For each place in a value whether it is one of a set; places are before each byte, and at the end.
type Places = Vec<bool>;

impl<'a> Whole<'a> {
    /// Finds a way in which the segments make up the value.
    fn shared_by(&self, segments: &[Segment<'_>]) -> Option<Captures> {
        if !self.has_edges_of(segments) {
            return None;
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
    fn has_edges_of(&self, segments: &[Segment<'_>]) -> bool {
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

    /// What is left of a literal at an edge of the value.
    fn at_edges<'t>(&self, text: &'t str, at_start: bool, at_end: bool) -> &'t str {
        let mut text = text;
        if self.kind == ValueKind::Text && at_start {
            text = text.trim_start_matches(WHITE_SPACE);
        }
        if self.kind == ValueKind::Text && at_end {
            text = text.trim_end_matches(WHITE_SPACE);
        }
        text
    }

    /// The values that a name can have in its first place, by what is fixed before and behind it.
    fn values_beside_others(&self, segments: &[Segment<'_>], name: &str) -> Option<Vec<&'a str>> {
        let mut names = segments.iter().map(Segment::name);
        let first = names.position(|own| own == Some(name))?;
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
            for end in self.ends_of(&segments[first], start, &ends)? {
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

    /// Where a segment can end that begins at one of the places, or the other way round.
    fn reached(
        &self,
        segment: &Segment<'_>,
        from: &Places,
        direction: Direction,
    ) -> Option<Places> {
        self.steps.spend(1 + from.len())?;
        match segment {
            Segment::Literal(text) => Some(self.beyond_literal(text, from, direction)),
            Segment::Free {
                narrowing: None, ..
            } => Some(self.beyond_anything(from, direction)),
            Segment::Free {
                narrowing: Some(narrowing),
                ..
            } => match narrowing.shape().filter(|_| narrowing.is_shape_enough()) {
                Some(shape) => {
                    let spend = |count| self.steps.spend(count);
                    shape.reached(self.received, from, direction, &spend)
                }
                None => self.beyond_each(segment, from, direction),
            },
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
    fn trimmed_at_edges(&self, text: &str) -> Vec<(usize, usize)> {
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

    /// The slow way, for what can only be tried.
    fn beyond_each(
        &self,
        segment: &Segment<'_>,
        from: &Places,
        direction: Direction,
    ) -> Option<Places> {
        let anywhere = vec![true; from.len()];
        let (starts, ends) = match direction {
            Direction::Forward => (from, &anywhere),
            Direction::Backward => (&anywhere, from),
        };
        let mut reached = vec![false; from.len()];
        let is_boundary = |at: &usize| self.received.is_char_boundary(*at);
        for start in places(starts).filter(is_boundary) {
            for end in self.ends_of(segment, start, ends)? {
                match direction {
                    Direction::Forward => reached[end] = true,
                    Direction::Backward => reached[start] = true,
                }
            }
        }
        Some(reached)
    }

    /// The first place among some at which a segment can end that begins here.
    fn first_end(&self, segment: &Segment<'_>, start: usize, among: &Places) -> Option<usize> {
        match segment {
            Segment::Literal(text) => self.end_of(text, start).filter(|end| among[*end]),
            Segment::Free {
                narrowing: None, ..
            } => {
                let rest = among[start..].iter();
                rest.clone()
                    .position(|is_place| *is_place)
                    .map(|length| start + length)
            }
            Segment::Free {
                narrowing: Some(_), ..
            } => self.ends_of(segment, start, among)?.first().copied(),
        }
    }

    /// All places among some at which a free segment can end that begins here.
    fn ends_of(&self, segment: &Segment<'_>, start: usize, among: &Places) -> Option<Vec<usize>> {
        let Segment::Free { narrowing, .. } = segment else {
            return Some(Vec::new());
        };
        let shape = narrowing.and_then(Narrowing::shape);
        let longest = narrowing.map_or(usize::MAX, Narrowing::longest);
        let mut ends = match shape {
            Some(shape) => shape.ends(self.received, start, &|count| self.steps.spend(count)),
            None => {
                let end = self.received.len().min(start.saturating_add(longest));
                self.steps.spend(1 + (end - start) / 16)?;
                (start..=end).filter(|end| among[*end]).collect()
            }
        };
        ends.retain(|end| among[*end] && self.received.is_char_boundary(*end));
        let tried = narrowing.filter(|narrowing| shape.is_none() || !narrowing.is_shape_enough());
        if let Some(narrowing) = tried {
            ends.retain(|end| {
                self.steps.spend(4 + (end - start) / 4).is_some()
                    && narrowing.accepts(&self.received[start..*end])
            });
        }
        self.steps.spend(0)?;
        Some(ends)
    }

    /// Where a literal ends that begins here, if it does. The text compared with it has lost the white space around
    /// it: so has the literal, if there is nothing before or behind it, as free segments can stand for nothing.
    fn end_of(&self, literal: &str, at: usize) -> Option<usize> {
        let rest = &self.received[at..];
        let literal = self.at_edges(literal, at == 0, false);
        if rest.starts_with(literal) {
            return Some(at + literal.len());
        }
        let is_last = self.kind == ValueKind::Text && rest == literal.trim_end_matches(WHITE_SPACE);
        is_last.then_some(self.received.len())
    }
}

fn places(set: &Places) -> impl Iterator<Item = usize> + '_ {
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
