//! A throw-away server: started for a run on free ports of this machine, stopped and removed at its end.
//!
//! Data flows from a [`Recipe`] and from what the plans need ([`Needs`]) to a configuration, to a process, to where
//! actors connect ([`Server::ports`]). This part of the program knows how servers are described and started; it knows
//! nothing of how scripts are run, or how anything is shown.

mod blueprint;
mod certificate;
mod control;
mod error;
mod installation;
mod launcher;
mod listener;
mod log;
mod needs;
mod ports;
mod private_file;
mod provisioning;
mod recipe;
mod root;
mod server;
mod settings;
mod setup;

pub use blueprint::{Blueprint, Encryption};
pub use error::{LaunchError, Unanswered};
pub use installation::Place;
pub use launcher::Launcher;
pub use listener::{ListenerKind, WebSocket};
pub use log::ServerLog;
pub use needs::{Demand, Needs};
pub use ports::Ports;
pub use recipe::{BUILTIN, Builtin, Isolation, Passwords, Recipe, RecipeError};
pub use server::Server;
pub use settings::{Setting, SettingError};
