//! How a server is reached on which accounts are made, and how their users log in there.

use super::account::NeededAccount;
use crate::blanks::Blanks;
use crate::xmpp::{ConnectError, ConnectOptions, Dial, LoginOptions, Session, connect};

/// How servers are reached.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// What connects.
    pub dialer: &'a dyn Dial,
    /// How to log in, and how long an answer may take.
    pub options: &'a ConnectOptions,
    /// What is known of the server by name, for commands.
    pub server: &'a Blanks,
}

impl Network<'_> {
    /// How a user logs in.
    pub(super) fn options_for(&self, login: LoginOptions) -> ConnectOptions {
        ConnectOptions {
            login,
            ..self.options.clone()
        }
    }
}

/// Logs the user of an account in, as the script's actor does.
pub(super) async fn log_in(
    network: Network<'_>,
    needed: &NeededAccount,
) -> Result<Session, ConnectError> {
    let (endpoint, identity) = (&needed.endpoint, needed.account.identity());
    let options = network.options_for(needed.login.clone());
    connect(network.dialer, endpoint, &identity, &options, &mut |_| {}).await
}
