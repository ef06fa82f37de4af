//! Where accounts are made and removed, in one of several ways.

use super::account::{Account, NeededAccount};
use super::ad_hoc::AdHoc;
use super::command::AccountCommand;
use super::error::AccountErrorKind;
use super::in_band;
use crate::blanks::Blanks;
use crate::xmpp::{ConnectError, ConnectOptions, Dial, LoginOptions, Notice, Session, connect};

/// How accounts come to be.
#[derive(Debug)]
pub enum Method {
    /// They are there.
    Existing,
    /// Their users register them (XEP-0077).
    Register,
    /// An admin adds them (XEP-0133).
    Admin(Admin),
    /// A command of the user's adds them.
    Command(AccountCommand),
}

/// Somebody who may add and delete users.
#[derive(Debug, Clone)]
pub struct Admin(pub Account);

/// How servers are reached.
#[derive(Clone, Copy)]
pub struct Network<'a> {
    /// Who connects.
    pub dialer: &'a dyn Dial,
    /// How to log in, and how long an answer may take.
    pub options: &'a ConnectOptions,
    /// What is known of the server by name, for commands.
    pub site: &'a Blanks,
}

impl Network<'_> {
    /// How somebody logs in.
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

/// Whose an account is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was made here, and will be removed.
    Made,
    /// It was there before.
    Found,
}

/// A place that is open while accounts are made, or removed.
pub(super) enum Provisioner<'a> {
    InBand(Network<'a>),
    AdHoc(Box<AdHoc<'a>>),
    Command(&'a AccountCommand, &'a Blanks),
}

impl<'a> Provisioner<'a> {
    /// Opens the place for a way of making accounts, if there is anything to make.
    pub(super) fn open(method: &'a Method, network: Network<'a>) -> Option<Self> {
        Some(match method {
            Method::Existing => return None,
            Method::Register => Self::InBand(network),
            Method::Admin(admin) => Self::AdHoc(Box::new(AdHoc::new(&admin.0, network))),
            Method::Command(command) => Self::Command(command, network.site),
        })
    }

    /// Makes an account. What the user should know of the connection for it is added to the notices.
    pub(super) async fn make(
        &mut self,
        needed: &NeededAccount,
        notices: &mut Vec<Notice>,
    ) -> Result<Origin, AccountErrorKind> {
        match self {
            Self::InBand(network) => in_band::make(*network, needed, notices).await,
            Self::AdHoc(admin) => admin.make(needed, notices).await,
            Self::Command(command, site) => command.make(&needed.account, site).await,
        }
    }

    /// Removes an account that was made here.
    pub(super) async fn remove(&mut self, needed: &NeededAccount) -> Result<(), AccountErrorKind> {
        match self {
            Self::InBand(network) => in_band::remove(*network, needed).await,
            Self::AdHoc(admin) => admin.remove(needed).await,
            Self::Command(command, site) => command.remove(&needed.account, site).await,
        }
    }

    /// Closes what was opened.
    pub(super) async fn close(self) {
        if let Self::AdHoc(admin) = self {
            admin.leave().await;
        }
    }
}
