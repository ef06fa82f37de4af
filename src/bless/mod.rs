//! From a failed `receives` to a script that expects what came.
//!
//! A pure function of the script, how it came out and what was recorded of it. It changes only what does not hold, and
//! what still does stays to the letter: wildcards, variables, quotes, comments and indentation. The changed script is
//! read again, compared with the stanza, and judged by what was recorded; one that does not get further is refused
//! rather than given. Whether it holds in another play is told by its outcome. It must not know of files, servers, nor
//! how anything is shown.

mod attempt;
mod attributes;
mod change;
mod child_changes;
mod edit;
mod failed_step;
mod held;
mod kind;
mod layout;
mod made;
mod refusal;
mod repeated;
mod rewrite;
mod runs;
mod scope;
mod trial;
mod unmet_expectation;
mod unordered;
mod values;
mod written;

#[cfg(test)]
mod tests;

pub use attempt::{Terms, bless};
pub use change::{Blessing, Change};
pub use edit::Edit;
pub use refusal::Refusal;
pub use trial::Undone;
pub use unmet_expectation::UnmetExpectation;
