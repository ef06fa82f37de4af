//! Where a job runs its scripts: on a server that the user runs, or on a launched one.

use std::collections::BTreeSet;
use std::rc::Rc;

use tokio::sync::Mutex;

use super::running_server::{RunningServer, ServerError};
use super::server_facts::ServerFacts;
use crate::accounts::Account;
use crate::launch::{Launcher, Needs};
use crate::logged::Logged;

/// A place for a server, which jobs may share.
pub(super) type Slot = Rc<Mutex<Option<RunningServer>>>;

/// Where a job runs its scripts.
pub(super) enum Target {
    /// Where the arguments or the scripts say.
    Given,
    /// On a launched server.
    Launched {
        launcher: Rc<Launcher>,
        slot: Slot,
        /// Whether every script gets a server on which nothing has happened yet.
        fresh: bool,
        /// Whether no other job has the same server.
        alone: bool,
    },
}

impl Target {
    /// Gets ready for the next script: afterwards the server runs. What the script needs is only asked where it may get
    /// a server of its own; one that several scripts share has what all of them need, or all but a few.
    pub(super) async fn prepare(
        &self,
        needs: impl FnOnce() -> Needs,
    ) -> Result<ServerFacts, ServerError> {
        match self {
            Self::Given => Ok(ServerFacts::default()),
            Self::Launched {
                launcher,
                slot,
                fresh,
                alone,
            } => {
                let needs = match (fresh, alone) {
                    (true, _) => Some(needs()),
                    (false, true) => launcher.unmet(needs),
                    (false, false) => None,
                };
                let mut slot = slot.lock().await;
                // To launch one takes much room, which is seldom needed.
                let launch = |needs| Box::pin(RunningServer::launch(launcher, needs));
                let running = match slot.take() {
                    None => launch(needs).await?,
                    Some(running) if running.is_used_up(needs.as_ref()) => {
                        running.server.stop().await;
                        launch(needs).await?
                    }
                    Some(running) => running,
                };
                Ok(ServerFacts::of(slot.insert(running)))
            }
        }
    }

    /// Why a script cannot be run there, if the launched server does not have what it needs.
    pub(super) async fn lacking(&self, needs: impl FnOnce() -> Needs) -> Option<String> {
        let Self::Launched { slot, .. } = self else {
            return None;
        };
        let slot = slot.lock().await;
        Some(slot.as_ref()?.server.lacking(needs)?.to_string())
    }

    /// What is being done while it gets ready for the first script, if that takes a while.
    pub(super) fn beginning(&self) -> Option<String> {
        match self {
            Self::Given => None,
            Self::Launched { launcher, .. } => Some(starting(launcher)),
        }
    }

    /// What is being done while it gets ready for another script, if that takes a while.
    pub(super) fn between_scripts(&self) -> Option<String> {
        match self {
            Self::Given | Self::Launched { fresh: false, .. } => None,
            Self::Launched { launcher, .. } => Some(starting(launcher)),
        }
    }

    /// Makes the accounts of a script on a launched server, with the passwords that the script gives them.
    pub(super) async fn make_accounts(
        &self,
        accounts: &BTreeSet<Account>,
    ) -> Result<(), ServerError> {
        if let Self::Launched { slot, .. } = self
            && let Some(running) = slot.lock().await.as_mut()
        {
            // Most scripts run where none are made here, and need not have room for it.
            Box::pin(running.make_accounts(accounts)).await?;
        }
        Ok(())
    }

    /// What the server has logged since it was got ready, if it is a launched one.
    pub(super) async fn logged_since(&self, facts: &ServerFacts) -> Logged {
        if let (Self::Launched { slot, .. }, Some(length)) = (self, facts.logged())
            && let Some(running) = slot.lock().await.as_mut()
        {
            return running.logged_since(length).await;
        }
        Logged::default()
    }

    /// Ends the launched server, unless another job has the same one: the next script finds one on which nothing has
    /// happened.
    pub(super) async fn renew(&self) {
        if let Self::Launched {
            slot, alone: true, ..
        } = self
            && let Some(running) = slot.lock().await.take()
        {
            running.server.stop().await;
        }
    }

    /// Gives up the launched server, if there is one.
    pub(super) async fn leave(&self) -> Option<RunningServer> {
        match self {
            Self::Given => None,
            Self::Launched { slot, .. } => slot.lock().await.take(),
        }
    }
}

fn starting(launcher: &Launcher) -> String {
    format!("starting {}", launcher.name())
}
