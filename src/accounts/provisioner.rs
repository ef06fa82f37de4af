//! What makes and removes accounts, in one of several ways.

use super::account::{Account, NeededAccount, Origin};
use super::ad_hoc::AdHoc;
use super::command::AccountCommand;
use super::error::AccountErrorKind;
use super::in_band;
use super::network::Network;
use crate::blanks::Blanks;
use crate::xmpp::Notice;

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

impl Method {
    /// Whether accounts are made by it, and not only taken as they are.
    pub fn makes_accounts(&self) -> bool {
        match self {
            Self::Existing => false,
            Self::Register | Self::Admin(_) | Self::Command(_) => true,
        }
    }
}

/// The account of an admin, who may add and delete users.
#[derive(Debug, Clone)]
pub struct Admin(pub Account);

/// What makes or removes accounts, with the connection that it may hold meanwhile.
pub(super) enum Provisioner<'a> {
    InBand(Network<'a>),
    AdHoc(Box<AdHoc<'a>>),
    Command(&'a AccountCommand, &'a Blanks),
}

impl<'a> Provisioner<'a> {
    /// A provisioner for a way of making accounts; none if accounts are only taken as they are.
    pub(super) fn open(method: &'a Method, network: Network<'a>) -> Option<Self> {
        Some(match method {
            Method::Existing => return None,
            Method::Register => Self::InBand(network),
            Method::Admin(admin) => Self::AdHoc(Box::new(AdHoc::new(&admin.0, network))),
            Method::Command(command) => Self::Command(command, network.server),
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
            Self::Command(command, server) => command.make(&needed.account, server).await,
        }
    }

    /// Removes an account that was made here.
    pub(super) async fn remove(&mut self, needed: &NeededAccount) -> Result<(), AccountErrorKind> {
        match self {
            Self::InBand(network) => in_band::remove(*network, needed).await,
            Self::AdHoc(admin) => admin.remove(needed).await,
            Self::Command(command, server) => command.remove(&needed.account, server).await,
        }
    }

    /// Closes the connection, if one was opened.
    pub(super) async fn close(self) {
        if let Self::AdHoc(admin) = self {
            admin.leave().await;
        }
    }
}
