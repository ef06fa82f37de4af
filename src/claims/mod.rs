//! The clauses that a play claims to test, with what the indexes say of them, and which of them a failure breaks.
//!
//! How a play is run, and how anything is shown, is not known here.

mod claim;
mod judging;
mod library;
mod stakes;

pub use claim::{Claim, Claims};
pub use judging::{check, judged};
pub use library::Library;
pub use stakes::{Breach, Stakes};
