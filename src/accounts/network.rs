//! How a server is reached on which accounts are made, and how their users log in there.

use super::account::{NeededAccount, Origin};
use super::error::{AccountErrorKind, is_refused};
use crate::blanks::Blanks;
use crate::xmpp::{ConnectError, ConnectOptions, Dial, IqClient, LoginOptions, Session, connect};

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

/// Sees whether the user of an account can log in.
pub(super) async fn lets_in(
    network: Network<'_>,
    needed: &NeededAccount,
) -> Result<(), ConnectError> {
    let session = log_in(network, needed).await?;
    let patience = network.options.step_timeout;
    IqClient::new(session, patience).end().await;
    Ok(())
}

/// Sees that an account which was there before lets its user in. What else keeps the user out, the script will tell.
///
/// # Errors
///
/// When the server refuses the login, as it does by another password.
pub(super) async fn found(
    network: Network<'_>,
    needed: &NeededAccount,
) -> Result<Origin, AccountErrorKind> {
    match lets_in(network, needed).await {
        Ok(()) => Ok(Origin::Found),
        Err(error) if is_refused(&error) => Err(AccountErrorKind::Taken(error.into())),
        Err(_) => Ok(Origin::Found),
    }
}
