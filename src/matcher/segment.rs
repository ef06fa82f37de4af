//! What a value is expected to be made of, once variables are filled in: parts that are fixed, and parts that are free,
//! within conditions.

use std::borrow::Cow;

use super::bindings::Bindings;
use super::demands::Demands;
use super::pattern::ValuePiece;

/// A part of a value once variables are filled in.
#[derive(Debug)]
pub(super) enum Segment<'a> {
    Literal(Cow<'a, str>),
    Free {
        name: Option<&'a str>,
        demands: Demands<'a>,
    },
}

impl<'a> Segment<'a> {
    /// The name that is bound to this part, if it is free.
    pub(super) fn name(&self) -> Option<&'a str> {
        match self {
            Segment::Literal(_) => None,
            Segment::Free { name, .. } => *name,
        }
    }

    /// Whether it is free.
    pub(super) fn is_free(&self) -> bool {
        matches!(self, Segment::Free { .. })
    }

    /// Whether it is free, and not for any value.
    pub(super) fn is_demanding(&self) -> bool {
        match self {
            Segment::Literal(_) => false,
            Segment::Free { demands, .. } => !demands.is_empty(),
        }
    }

    fn free(name: Option<&'a str>) -> Self {
        Segment::Free {
            name,
            demands: Demands::default(),
        }
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
            ValuePiece::Wildcard { name, conditions } => {
                let demands = Demands::of(conditions, bindings)?;
                let name = name.as_deref();
                match name.and_then(|name| bindings.get(name)) {
                    Some(value) if demands.accept(value) => push_literal(&mut segments, value),
                    Some(_) => return None,
                    None => segments.push(Segment::Free { name, demands }),
                }
            }
            // These two come here only where an element's text is written in several runs.
            ValuePiece::Any => segments.push(Segment::free(None)),
            ValuePiece::Capture(name) => segments.push(Segment::free(Some(name))),
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

/// Whether nothing is free but one name.
pub(super) fn is_alone(segments: &[Segment<'_>], name: &str) -> bool {
    let mut free = segments.iter().filter(|segment| segment.is_free());
    free.all(|segment| segment.name() == Some(name))
}

/// How often a name stands in the segments.
pub(super) fn times(segments: &[Segment<'_>], name: &str) -> usize {
    let places = segments
        .iter()
        .filter(|segment| segment.name() == Some(name));
    places.count()
}

/// The segments with a value for a name; none if one of its wildcards does not allow it.
pub(super) fn filled<'a>(
    segments: &'a [Segment<'a>],
    name: &str,
    value: &'a str,
) -> Option<Vec<Segment<'a>>> {
    let mut filled = Vec::new();
    for segment in segments {
        match segment {
            Segment::Literal(text) => push_literal(&mut filled, text),
            Segment::Free {
                name: Some(own),
                demands,
            } if *own == name => {
                if !demands.accept(value) {
                    return None;
                }
                push_literal(&mut filled, value);
            }
            Segment::Free { name, demands } => filled.push(Segment::Free {
                name: *name,
                demands: demands.clone(),
            }),
        }
    }
    Some(filled)
}
