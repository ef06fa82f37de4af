//! The ledger: which clauses of the standards are claimed by which steps, whether these are shown to be able to fail, and
//! which servers keep to them.
//!
//! Pure functions of indexes, of what plays claim, of what doubt found of them, and of what reports say. It knows neither
//! files nor servers, and nothing of how the result is shown.

mod build;
mod claimed;
mod count;
mod model;
#[cfg(test)]
mod tests;

pub use build::{Builder, Found, Result, Server};
pub use claimed::{ClaimedClause, Place, claimed};
pub use count::{Count, Counts};
pub use model::{Clause, Document, Ledger, Shown, Use, Weakness};
