//! Scripts: from text to a checked tree, and back to text.
//!
//! This part of the program works with no server in reach.

mod advice;
mod annotation;
pub mod ast;
mod check;
mod choice;
mod clause;
mod complaints;
mod departure;
pub(crate) mod display;
mod error;
mod hosts;
mod info;
mod parse;
mod part;
mod phrase;
mod profile;
pub mod property;
mod read;
mod refused;
mod requirement;
mod role;
mod staging;
mod suggest;
mod sync;
mod table;
mod tags;
#[cfg(test)]
mod testing;
mod variable;
mod verb;
mod visit;
mod words;

pub use check::check;
pub use choice::{Alternative, Choice, ChoiceWord, Scene};
pub(crate) use choice::{action_of, alternative_of, scenes};
pub use clause::{Clause, DocumentId, NoClause};
pub use departure::{Bearing, Departure, NoDeparture, Versions};
pub use error::{ScriptError, ScriptErrorKind, UnclosedBy};
pub(crate) use hosts::hosts;
pub use info::ScriptInfo;
pub use parse::{Parsed, parse};
pub use part::{Heading, Part, Parts};
pub(crate) use phrase::NOTHING;
pub use phrase::{BlockShape, PHRASES, Phrase, Usage};
pub use profile::Profile;
pub(crate) use profile::profiles;
pub use property::{BadValue, Holds, PropertyKey};
pub use read::{Reading, read};
pub(crate) use refused::impostors;
pub use requirement::{NoRequirement, Payload, Requirement, Service};
pub(crate) use requirement::{UNIQUE, of_head as requirements};
pub use role::{Address, ROLES, Role};
pub use staging::{Staged, stage};
pub(crate) use suggest::closest;
pub use sync::{Sync, UnknownSync};
pub use table::{Cell, Row, Table};
pub use tags::{TagKey, Takes};
pub use variable::{ArgumentPiece, Computed};
pub use verb::{Deed, Expectation, ExpectationMode, Footer, FooterForm, StandingRule, Verb};
pub(crate) use words::{Word, Words};
