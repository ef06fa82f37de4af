//! Reports: from what happened to what users and programs read.
//!
//! Reports see [events](crate::runner::Event) and [outcomes](crate::runner::ScriptOutcome) and never call back. The
//! console follows a run while it goes on. All others are files, and made at the end of one [`Report`].

mod clause_results;
mod clauses;
mod comparison;
mod console;
mod departures;
pub mod doubt;
mod ending;
mod exchanges;
mod failure;
mod format;
mod gather;
pub mod ledger;
mod links;
pub mod matrix;
mod merge;
pub mod model;
mod obstacles;
mod ordered_output;
mod progress;
mod server_log;
mod stanza_error;
mod status;
mod summary;
#[cfg(test)]
pub(crate) mod testing;
mod texts;
mod web_page;
mod wording;
mod xml;

pub use clause_results::{ClauseKey, ClauseResult};
pub use console::{Console, Verbosity, in_a_line, write_list, write_summary};
pub use ending::Ending;
pub use failure::Manner;
pub(crate) use format::listed;
pub use format::{Format, UnknownFormat, json};
pub use gather::reason;
pub use merge::{Merged, merge};
pub use model::{End, Report, Run, SCHEMA, Script as ScriptReport};
pub use ordered_output::{OrderedOutput, OutputPart};
pub use progress::{Line, Progress};
pub use stanza_error::StanzaError;
pub use summary::Summary;

pub use crate::verdict::Status;
