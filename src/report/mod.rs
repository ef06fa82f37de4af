//! Reports: from what happened to what people and programs read.
//!
//! Reports see [events](crate::runner::Event) and [outcomes](crate::runner::ScriptOutcome) and never call back. The
//! console follows a run while it goes on. All others are files, and made at the end of one [`Report`].

mod comparison;
mod console;
mod departures;
mod ending;
mod failure;
mod format;
mod gather;
mod github;
mod html;
pub mod json;
mod junit;
mod links;
mod markdown;
pub mod matrix;
mod merge;
pub mod model;
mod ordered_output;
mod progress;
mod status;
mod summary;
mod tap;
#[cfg(test)]
mod testing;
mod texts;
mod xml;

pub use console::{Console, Verbosity, write_summary};
pub use ending::Ending;
pub use failure::Manner;
pub use format::{Format, UnknownFormat};
pub use gather::reason;
pub use links::spec_link;
pub use merge::{Merged, merge};
pub use model::{End, Report, Run, SCHEMA, Script as ScriptReport};
pub use ordered_output::{OrderedOutput, OutputPart};
pub use progress::{Line, Progress};
pub use summary::Summary;

pub use crate::verdict::Status;
