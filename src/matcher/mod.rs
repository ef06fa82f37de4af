//! Comparing what came with what was expected.
//!
//! Pure functions of a pattern, an element and the values bound so far. This part of the program uses neither clock nor
//! network, and knows nothing of scripts but the [`Span`](crate::source::Span)s that patterns carry.
//!
//! The rules:
//!
//! - Elements are the same by namespace and local name; prefixes never matter.
//! - In a *non-strict* element, what is expected must be there: every attribute, and every child, each
//!   in a child of its own, in any order. More is ignored. Where any assignment of children fits, it is found.
//! - In a *strict* element there are the same attributes and the same children, in the same order or,
//!   where the pattern says so, in any.
//! - Text is compared without the white space around it. A pattern without text accepts any, or none
//!   where the element is strict by the author's own word.
//! - A constraint is held against all children, whichever of them are assigned, and a strict element may have what it
//!   matches. Of a one-of the first member that fits is meant.
//! - `$<x>` binds `x` where it is unbound, wherever it stands in the pattern, and matches the same value
//!   where it is bound; `{scansion:capture:x}` binds `x` once the whole stanza has matched.

mod align;
mod align_children;
mod assignment;
mod bindings;
mod candidates;
mod children;
mod compare;
mod constraints;
mod counted;
mod demands;
mod effort;
mod element;
mod exact;
mod explain;
mod explain_children;
mod gathering;
mod likely;
mod looking;
mod mismatch;
mod names;
mod one_of;
mod pairing;
mod parts;
mod pattern;
mod reach;
mod segment;
mod settle;
mod shown;
mod value;

pub use align::{Mention, Side, SideAttribute, SideValue, received, side_by_side};
pub use bindings::Bindings;
pub(crate) use compare::{resembles, value_binds};
pub(crate) use constraints::{accounted_for, names_of};
pub use effort::{Effort, TooHard};
pub(crate) use element::{attribute_of, same_name, text_of};
pub use exact::{accepts, fits};
pub use explain::{compare, differences};
pub use gathering::{Gathered, Gathering};
pub(crate) use mismatch::distance;
pub use mismatch::{Mismatch, Nearest, Rule};
pub(crate) use pairing::{partners, partners_among};
pub(crate) use pattern::ValueKind;
pub use pattern::{
    AbsentAttribute, AttributePattern, ChildOrder, Conditions, Constraint, Each, ElementPattern,
    Mode, OneOf, Pattern, TextPattern, ValuePattern, ValuePiece,
};
