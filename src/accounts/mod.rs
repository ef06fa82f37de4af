//! Accounts that scripts need on a server: whose they are, and how they come to be there and go again.
//!
//! A [`Registrar`] makes them in the way that the user wants ([`Method`]), remembers which it has made, and removes
//! those. Knows plans only as a list of actors; knows nothing of how scripts are run. What it says to servers is never
//! shown, since all of it is about passwords.

mod account;
mod ad_hoc;
mod command;
mod error;
mod form;
mod in_band;
mod network;
mod provisioner;
mod registrar;
#[cfg(test)]
mod testing;

pub use account::{Account, NeededAccount, needed_accounts, of_actor, of_plan};
pub use command::{AccountCommand, AccountCommandError};
pub use error::{AccountError, AccountErrorKind, Doing, Way};
pub use network::Network;
pub use provisioner::{Admin, Method};
pub use registrar::Registrar;
