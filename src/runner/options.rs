//! What holds for all scripts of a run.

use std::time::Duration;

use super::recording::Keep;
use crate::xmpp::ConnectOptions;

/// What holds for all scripts of a run.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// How long to wait for what is expected, and for each step of a login.
    pub timeout: Duration,
    /// How long nothing may come for `receives: nothing`.
    pub quiet_time: Duration,
    /// How to connect.
    pub connect: ConnectOptions,
    /// How much of what happens is kept.
    pub keep: Keep,
}
