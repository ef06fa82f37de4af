//! A throw-away server: started for a run on free ports of this machine, stopped and removed at its end.
//!
//! Data flows from a [`Recipe`] and from what the plans need ([`Needs`]) to a configuration, to a process, to where
//! actors connect ([`Server::ports`]). This part of the program knows how servers are described and started; it knows
//! nothing of how scripts are run, or how anything is shown.

mod admission;
mod certificate;
mod control;
mod door;
mod error;
mod installation;
mod launcher;
mod log;
mod needs;
mod ports;
mod recipe;
mod root;
mod server;
mod settings;
mod site;

pub use door::{Way, WebSocket};
pub use error::LaunchError;
pub use installation::Place;
pub use launcher::{Blueprint, Encryption, Launcher};
pub use log::ServerLog;
pub use needs::Needs;
pub use ports::Ports;
pub use recipe::{BUILTIN, Builtin, Isolation, Passwords, Recipe, RecipeError};
pub use server::Server;
pub use settings::{Setting, SettingError};
