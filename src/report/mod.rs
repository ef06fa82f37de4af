//! Reports: from what happened to what people and programs read.
//!
//! Reports see [events](crate::runner::Event) and [outcomes](crate::runner::ScriptOutcome) and never call back.

mod console;
mod failure;
mod pages;
mod xml;

pub use console::{Console, Summary, Verbosity, write_summary};
pub use pages::{Book, Page};
pub use xml::harmless;
