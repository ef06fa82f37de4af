//! The ledger told to users and programs, and what reports of runs contribute to it.
//!
//! It sees what is in a ledger, and never how that was found out.

mod form;
mod html;
mod json;
mod markdown;
mod screen;
mod servers;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
mod uses;

pub use form::{Form, UnknownForm};
pub use screen::{sums, text};
pub use servers::servers;
