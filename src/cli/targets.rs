//! The targets of a run, one for each job: how many there are, which of them share a server, and their end.

use std::rc::Rc;

use futures::future::join_all;

use super::running_server::{RunningServer, ServerError};
use super::settings::RunSettings;
use super::share::Meeting;
use super::target::{Slot, Target};
use crate::launch::{Isolation, LaunchError, Launcher, Needs, Passwords};

/// The targets of a run.
pub(super) struct Targets {
    /// One for each job, at least one.
    pub(super) all: Vec<Target>,
    /// Whether scripts that have an account of one name have the same account.
    pub(super) shares_accounts: bool,
    /// Who would meet on one server if scripts were run at the same time.
    pub(super) meeting: Meeting,
}

impl Targets {
    /// A target for each job that is asked for, of which there are not more than scripts. A launched server has these
    /// needs.
    pub(super) fn of(
        settings: &RunSettings,
        scripts: usize,
        needs: impl FnOnce() -> Needs,
    ) -> Result<Self, LaunchError> {
        let launched = match &settings.blueprint {
            None => None,
            Some(blueprint) => {
                let launcher = Launcher::new(blueprint.clone(), needs())?;
                let usual = launcher.isolation();
                let isolation = settings.jobs.isolation(usual, settings.keep_server);
                Some((Rc::new(launcher), isolation))
            }
        };
        let launched = launched.as_ref();
        let shares_server = launched.is_none_or(|(_, isolation)| *isolation == Isolation::Run);
        let jobs = settings.jobs.jobs(settings.unique || !shares_server);
        let jobs = jobs.clamp(1, scripts.max(1));
        Ok(Self {
            shares_accounts: shares_accounts(settings, launched, jobs),
            meeting: meeting(shares_server, settings.unique),
            all: targets(launched, jobs, settings.keep_server),
        })
    }

    /// Ends the servers of a run, all at once.
    pub(super) async fn close(&self) {
        let servers = self.leave().await.into_iter();
        join_all(servers.map(|running| running.server.stop())).await;
    }

    /// Lets the servers of a run live; tells how to reach them.
    pub(super) async fn keep(&self) -> Result<String, ServerError> {
        let servers = self.leave().await.into_iter();
        servers.map(RunningServer::keep).collect()
    }

    async fn leave(&self) -> Vec<RunningServer> {
        let servers = join_all(self.all.iter().map(Target::leave)).await;
        servers.into_iter().flatten().collect()
    }
}

fn targets(
    launched: Option<&(Rc<Launcher>, Isolation)>,
    jobs: usize,
    is_kept: bool,
) -> Vec<Target> {
    let shared = Slot::default();
    let target = |_| match launched {
        None => Target::Given,
        Some((launcher, isolation)) => Target::Launched {
            launcher: Rc::clone(launcher),
            slot: match isolation {
                Isolation::Run => Rc::clone(&shared),
                Isolation::Job | Isolation::Script => Slot::default(),
            },
            fresh: *isolation == Isolation::Script,
            // A server that is to be kept is the one on which everything happened.
            alone: !is_kept && (*isolation != Isolation::Run || jobs == 1),
        },
    };
    (0..jobs).map(target).collect()
}

fn meeting(shares_server: bool, is_unique: bool) -> Meeting {
    match (shares_server, is_unique) {
        (false, _) => Meeting::Nobody,
        (true, true) => Meeting::Components,
        (true, false) => Meeting::All,
    }
}

/// Whether an account that several scripts have is the same one, with one password: it is made once in the run, or the
/// scripts are on one server at the same time. A launched server gives each script the passwords that it wants.
fn shares_accounts(
    settings: &RunSettings,
    launched: Option<&(Rc<Launcher>, Isolation)>,
    jobs: usize,
) -> bool {
    let is_made = settings.method.makes_accounts();
    let is_shared = match launched {
        None => is_made,
        Some((launcher, isolation)) => {
            let is_fresh = *isolation == Isolation::Script;
            match launcher.passwords() {
                Passwords::Change => *isolation == Isolation::Run && jobs > 1,
                Passwords::Stay => !is_fresh,
                Passwords::Unknown => is_made && !is_fresh,
            }
        }
    };
    is_shared && !settings.unique
}
