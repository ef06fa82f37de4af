//! Accounts that scripts need on a server: whose they are, and how they come to be there.
//!
//! Knows plans only as a list of actors; knows nothing of how scripts are run.

mod account;

pub use account::{Account, of_plan};
