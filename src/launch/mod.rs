//! A throw-away server: started for a run on free ports of this machine, stopped and removed at its end.
//!
//! Data flows from what the plans need ([`Needs`]) to a configuration, to a process, to where actors connect
//! ([`Server::ports`]). This part of the program knows how servers are configured and started; it knows nothing of
//! how scripts are run, or how anything is shown.

mod certificate;
mod command;
mod door;
mod ejabberd;
mod error;
mod fill;
mod launcher;
mod log;
mod needs;
mod ports;
mod prosody;
mod server;

pub use door::{Way, WebSocket};
pub use error::LaunchError;
pub use launcher::{Blueprint, Encryption, Launcher, Software};
pub use log::ServerLog;
pub use needs::Needs;
pub use ports::Ports;
pub use server::Server;
