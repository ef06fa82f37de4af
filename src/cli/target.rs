//! Where scripts are acted out: on a server that somebody else runs, or on launched ones.

use std::collections::{BTreeMap, BTreeSet};
use std::env::current_exe;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::thread::available_parallelism;

use futures::future::join_all;
use thiserror::Error;
use tokio::sync::Mutex;

use super::args::{IsolationChoice, RunArgs, Transport};
use super::file::{self, Unreadable, unreadable};
use super::launch::{LaunchArgs, LaunchChoice, NoRecipe, Recipes};
use crate::accounts::Account;
use crate::blanks::Blanks;
use crate::launch::{
    Blueprint, Encryption, Isolation, LaunchError, Launcher, Needs, Passwords, Place, Ports,
    Recipe, Server, WebSocket,
};
use crate::plan::{HostPort, PlanOptions};
use crate::xmpp::{Authorities, TlsError, TlsPolicy, Trust, WebSocketUrl};

/// Why there is no place to run scripts.
#[derive(Debug, Error)]
pub(super) enum TargetError {
    #[error(transparent)]
    Launch(#[from] LaunchError),
    #[error(transparent)]
    Recipe(#[from] NoRecipe),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("cannot use the launched server's certificate: {0}")]
    Certificate(#[from] TlsError),
    #[error("cannot guard a server, as this program does not know where it is: {0}")]
    Nameless(#[source] io::Error),
    #[error("cannot let the server run on: {0}")]
    NotKept(#[source] io::Error),
}

/// The launcher that the arguments ask for, if any.
pub(super) fn launcher(
    arguments: &RunArgs,
    recipes: &Recipes,
    needs: impl FnOnce() -> Needs,
) -> Result<Option<Launcher>, TargetError> {
    let launch = &arguments.launch;
    let (recipe, place) = match (&launch.launch, &launch.launch_command) {
        (Some(choice), _) => (recipes.find(&choice.recipe)?, place(choice)?),
        (None, Some(command)) => (Recipe::of_command(command), Place::Installed),
        (None, None) => return Ok(None),
    };
    let blueprint = Blueprint {
        recipe,
        place,
        config: config(launch)?,
        settings: launch.launch_set.clone(),
        encryption: match arguments.tls {
            TlsPolicy::StartTls => Encryption::Required,
            TlsPolicy::Auto | TlsPolicy::Direct | TlsPolicy::None => Encryption::Offered,
        },
        patience: launch.launch_timeout,
        guard: this_program().map_err(TargetError::Nameless)?,
    };
    Ok(Some(Launcher::new(blueprint, needs())?))
}

/// Where the server is.
fn place(choice: &LaunchChoice) -> Result<Place, TargetError> {
    match &choice.place {
        None => Ok(Place::Installed),
        Some(path) => Place::at(path).map_err(|source| unreadable(path, source).into()),
    }
}

/// This program, as it is even if another one has been put in its place since, by whoever builds it anew.
fn this_program() -> io::Result<PathBuf> {
    let ours = Path::new("/proc/self/exe");
    match ours.exists() {
        true => Ok(ours.to_owned()),
        false => current_exe(),
    }
}

fn config(arguments: &LaunchArgs) -> Result<Option<(String, String)>, TargetError> {
    let Some(path) = &arguments.launch_config else {
        return Ok(None);
    };
    let text = String::from_utf8_lossy(&file::read(path)?).into_owned();
    let name = path.file_name().unwrap_or_default();
    Ok(Some((name.to_string_lossy().into_owned(), text)))
}

/// The WebSocket that clients come by, if they do.
pub(super) fn websocket(arguments: &RunArgs) -> Option<WebSocket> {
    match arguments.transport.as_ref()? {
        Transport::Url(url) => Some(WebSocket::At(url.clone())),
        Transport::Launched { secure } => Some(WebSocket::Own { secure: *secure }),
    }
}

/// The address that all clients are led to, where the arguments name one.
pub(super) fn address(arguments: &RunArgs) -> Option<String> {
    match (&arguments.server, &arguments.transport) {
        (Some(server), _) => Some(server.to_string()),
        // Not all of the URL, in which there could be a password.
        (None, Some(Transport::Url(url))) => {
            let (host, port) = (url.host.clone(), Some(url.port));
            Some(HostPort { host, port }.to_string())
        }
        (None, _) => None,
    }
}

/// A target for each job that the arguments ask for, of which there are not more than scripts.
pub(super) fn targets(
    arguments: &RunArgs,
    launcher: Option<Launcher>,
    scripts: usize,
) -> Vec<Target> {
    let isolation = isolation(arguments, launcher.as_ref());
    let launched = launcher.map(Rc::new);
    let apart = arguments.unique || launched.is_some() && isolation != IsolationChoice::Run;
    let jobs = match arguments.jobs.jobs {
        Some(jobs) => jobs.get(),
        None if apart => available_parallelism().map_or(1, usize::from),
        None => 1,
    };
    let shared = Slot::default();
    (0..jobs.clamp(1, scripts.max(1)))
        .map(|_| match &launched {
            None => Target::Given,
            Some(launcher) => Target::Launched {
                launcher: Rc::clone(launcher),
                slot: match isolation {
                    IsolationChoice::Run => Rc::clone(&shared),
                    IsolationChoice::Job | IsolationChoice::Script => Slot::default(),
                },
                fresh: isolation == IsolationChoice::Script,
            },
        })
        .collect()
}

/// Whether an account that several scripts have is the same one, with one password: it is made once in the run, or the
/// scripts are on one server at the same time. A launched server gives each script the passwords that it wants.
pub(super) fn shares_accounts(arguments: &RunArgs, targets: &[Target]) -> bool {
    let is_made = arguments.accounts.is_making();
    let is_shared = match targets.first() {
        Some(Target::Launched {
            launcher, fresh, ..
        }) => {
            let isolation = isolation(arguments, Some(launcher));
            let is_at_once = isolation == IsolationChoice::Run && targets.len() > 1;
            match launcher.passwords() {
                Passwords::Change => is_at_once,
                Passwords::Stay => !fresh,
                Passwords::Unknown => is_made && !fresh,
            }
        }
        Some(Target::Given) | None => is_made,
    };
    is_shared && !arguments.unique
}

/// A server that is to be kept is one that has seen all scripts.
fn isolation(arguments: &RunArgs, launcher: Option<&Launcher>) -> IsolationChoice {
    let usual = launcher.map_or(Isolation::Job, Launcher::isolation);
    let default = match (arguments.launch.keep_server, usual) {
        (true, _) | (false, Isolation::Run) => IsolationChoice::Run,
        (false, Isolation::Job) => IsolationChoice::Job,
        (false, Isolation::Script) => IsolationChoice::Script,
    };
    arguments.jobs.isolation.unwrap_or(default)
}

/// A place for a server, which jobs may share.
type Slot = Rc<Mutex<Option<RunningServer>>>;

/// The server in a slot.
pub(super) struct RunningServer {
    server: Server,
    /// Whom to believe that one talks to it.
    authorities: Option<Authorities>,
    /// What it says of itself.
    description: String,
    /// What it was launched with; none if that is what all scripts need.
    needs: Option<Needs>,
    /// Whether a script has been run on it.
    is_used: bool,
}

/// Where a job runs its scripts.
pub(super) enum Target {
    /// Where the arguments or the scripts say.
    Given,
    /// On a server of ours.
    Launched {
        launcher: Rc<Launcher>,
        slot: Slot,
        /// Whether every script gets a server on which nothing has happened yet.
        fresh: bool,
    },
}

impl RunningServer {
    /// Launches a server, for a script alone if its needs are given.
    async fn launch(launcher: &Launcher, needs: Option<Needs>) -> Result<Self, TargetError> {
        let server = match &needs {
            Some(needs) => launcher.for_needs(needs.clone()).launch().await?,
            None => launcher.launch().await?,
        };
        let authorities = match server.certificate() {
            Some(path) => Some(Authorities::from_pem(&file::read(path)?)?),
            None => None,
        };
        Ok(Self {
            authorities,
            description: server.description(),
            server,
            needs,
            is_used: false,
        })
    }

    /// Whether another server must take its place: it has ended, or something has happened on it. No server can be made
    /// to forget all that: besides what it stores there is what its modules remember. Nor does one do that was launched
    /// for another script.
    fn is_used_up(&self, fresh: bool, needs: Option<&Needs>) -> bool {
        !self.server.is_running() || fresh && self.is_used || self.needs.as_ref() != needs
    }
}

impl Target {
    /// Gets ready for the next script, which needs this: afterwards there is a server, and it runs. One that several
    /// scripts share has what all of them need.
    pub(super) async fn prepare(&self, needs: Needs) -> Result<ServerFacts, TargetError> {
        match self {
            Self::Given => Ok(ServerFacts::default()),
            Self::Launched {
                launcher,
                slot,
                fresh,
            } => {
                let needs = fresh.then_some(needs);
                let mut slot = slot.lock().await;
                let running = match slot.take() {
                    None => RunningServer::launch(launcher, needs).await?,
                    Some(running) if running.is_used_up(*fresh, needs.as_ref()) => {
                        running.server.stop().await;
                        RunningServer::launch(launcher, needs).await?
                    }
                    Some(running) => running,
                };
                Ok(ServerFacts::of(slot.insert(running)))
            }
        }
    }

    /// Lets the people of a script in, with the passwords that it gives them.
    pub(super) async fn admit(&self, accounts: &BTreeSet<Account>) -> Result<(), TargetError> {
        if let Self::Launched { slot, .. } = self
            && let Some(running) = slot.lock().await.as_mut()
        {
            running.is_used = true;
            running.server.admit(accounts).await?;
        }
        Ok(())
    }

    /// What the server has logged since it was got ready, as far as it is ours.
    pub(super) async fn logged_since(&self, facts: &ServerFacts) -> String {
        let (Self::Launched { slot, .. }, Some(launched)) = (self, &facts.launched) else {
            return String::new();
        };
        match slot.lock().await.as_mut() {
            Some(running) => {
                running.server.finish_log().await;
                running.server.log().since(launched.logged)
            }
            None => String::new(),
        }
    }

    async fn leave(&self) -> Option<Server> {
        match self {
            Self::Given => None,
            Self::Launched { slot, .. } => Some(slot.lock().await.take()?.server),
        }
    }
}

/// Ends the servers of a run, all at once.
pub(super) async fn close(targets: &[Target]) {
    let servers = join_all(targets.iter().map(Target::leave)).await;
    join_all(servers.into_iter().flatten().map(Server::stop)).await;
}

/// Lets the servers of a run live; tells how to reach them.
pub(super) async fn keep(targets: &[Target]) -> Result<String, TargetError> {
    let mut told = String::new();
    let servers = join_all(targets.iter().map(Target::leave)).await;
    for server in servers.into_iter().flatten() {
        told.push_str(&keep_server(server)?);
    }
    Ok(told)
}

fn keep_server(server: Server) -> Result<String, TargetError> {
    let ports = server.ports();
    let certificate = server.certificate().map(|path| path.display().to_string());
    let (shown, option) = match certificate {
        Some(path) => (path.clone(), format!(" --ca {path}")),
        None => ("its own".to_owned(), String::new()),
    };
    let process = server.keep().map_err(TargetError::NotKept)?;
    let Ports {
        client,
        direct_tls,
        component,
        http,
        ..
    } = ports;
    Ok(format!(
        "\nthe server runs on; it ends, and its folder is removed, by `kill {process}`\n  \
         clients      127.0.0.1:{client} (direct TLS: {direct_tls})\n  \
         components   127.0.0.1:{component}\n  \
         HTTP         127.0.0.1:{http}\n  \
         certificate  {shown}\n  \
         scansion run --server 127.0.0.1:{client} --component-server 127.0.0.1:{component}{option} …\n"
    ))
}

/// What a script has to know of the server it is run on.
#[derive(Default)]
pub(super) struct ServerFacts {
    launched: Option<Launched>,
}

struct Launched {
    ports: Ports,
    /// Its WebSockets, without and with TLS.
    websockets: [Option<WebSocketUrl>; 2],
    /// What is known of it by name.
    blanks: Blanks,
    /// Services that have another address than is common.
    moved: BTreeMap<String, String>,
    authorities: Option<Authorities>,
    logged: u64,
    description: String,
}

impl ServerFacts {
    fn of(running: &RunningServer) -> Self {
        Self {
            launched: Some(Launched {
                ports: running.server.ports(),
                websockets: [false, true].map(|secure| running.server.websocket(secure)),
                blanks: running.server.blanks().clone(),
                moved: running.server.moved().clone(),
                authorities: running.authorities.clone(),
                logged: running.server.log().length(),
                description: running.description.clone(),
            }),
        }
    }

    /// Whether the server is ours.
    pub(super) fn is_launched(&self) -> bool {
        self.launched.is_some()
    }

    /// What is known of the launched server by name.
    pub(super) fn blanks(&self) -> Blanks {
        let launched = self.launched.as_ref();
        launched.map_or_else(Blanks::default, |launched| launched.blanks.clone())
    }

    /// What the launched server is.
    pub(super) fn description(&self) -> Option<&str> {
        let launched = self.launched.as_ref()?;
        Some(&launched.description)
    }

    /// Sends actors to the launched server.
    pub(super) fn direct(&self, options: &mut PlanOptions, transport: Option<&Transport>) {
        if let Some(Launched {
            ports,
            websockets,
            moved,
            ..
        }) = &self.launched
        {
            let at = |port| {
                Some(HostPort {
                    host: "127.0.0.1".to_owned(),
                    port: Some(port),
                })
            };
            options.server = at(ports.client);
            options.direct_tls_server = at(ports.direct_tls);
            options.component_server = at(ports.component);
            for (usual, own) in moved {
                // What the user has said of a service wins.
                let written = options.renaming.written_domain(usual);
                let map = &mut options.renaming.map;
                map.entry(written).or_insert_with(|| own.clone());
            }
            if let Some(Transport::Launched { secure }) = transport {
                options.websocket = websockets[usize::from(*secure)].clone();
            }
        }
    }

    /// Whose certificates are believed, unless the user says it: the launched server's alone. One that has a certificate
    /// of its own is believed as any server on this machine is.
    pub(super) fn trust(&self, said: &Trust) -> Trust {
        let launched = self.launched.as_ref();
        match (
            launched.and_then(|launched| launched.authorities.clone()),
            said,
        ) {
            (Some(authorities), Trust::System) => Trust::Authorities(authorities),
            _ => said.clone(),
        }
    }
}
