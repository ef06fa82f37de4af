//! `scansion.toml`: options of `run` that are written once, under the name of a profile.
//!
//! A profile becomes arguments, put before those of the command line; so every option that there is can stand in
//! one, and is read in the same way. Nothing here knows what an option means. A file that was found is read if
//! [`super::ownership`] has nothing against it.

mod error;
mod file;
mod merge;
mod option;

use clap::Args;
use std::path::PathBuf;

pub(super) use error::{FILE, ProfileError};
pub(super) use file::{arguments_of_all, recipes};
pub(super) use merge::{Profiled, with_profile};

/// Options that are written in a file. They are read before the others, by [`with_profile`].
#[derive(Debug, Args)]
pub(super) struct ProfileArgs {
    /// Take the options of this profile in scansion.toml, which is looked for from here upwards, and read if nobody
    /// else can write it
    #[arg(long, value_name = "NAME")]
    pub(super) profile: Option<String>,
    /// Take this file instead of scansion.toml, whosever it is
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub(super) config: Option<PathBuf>,
    /// Read no scansion.toml
    #[arg(long)]
    pub(super) no_config: bool,
}
