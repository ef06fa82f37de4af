//! Starting servers, as often as it takes.

use std::collections::BTreeMap;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::thread::available_parallelism;
use std::time::Duration;

use futures::future::try_join_all;
use tempfile::TempDir;
use tokio::select;
use tokio::sync::Semaphore;
use tokio::time::{Instant, sleep};

use super::blueprint::Blueprint;
use super::certificate::CertificateFiles;
use super::error::LaunchError;
use super::installation::Installation;
use super::listener::{Listener, ListenerKind, Missing, WebSocket};
use super::log::ServerLog;
use super::needs::Needs;
use super::ports::Ports;
use super::recipe::{Isolation, Passwords};
use super::server::{Lacking, Server};
use super::settings;
use super::setup::{Prepared, Setup};
use crate::critical_section::critical_section;
use crate::guard::{Guard, Order};
use crate::xmpp::{ConnectErrorKind, WebSocketUrl};

/// How often a server is started anew when another program takes its port.
const ATTEMPTS: usize = 5;
/// How many servers are started at a time for each CPU, as many do little but wait. More would only share the machine,
/// until none is ready in time.
const STARTS_PER_CPU: usize = 2;
/// How long to wait before asking again whether a server is ready.
const POLL: Duration = Duration::from_millis(10);
/// How long an answer may take at first. A server that gives none in time gets twice the time, on another connection.
const FIRST_PATIENCE: Duration = Duration::from_secs(2);

/// Starts servers that have what some scripts need.
#[derive(Debug, Clone)]
pub struct Launcher {
    blueprint: Blueprint,
    needs: Needs,
    installation: Installation,
    /// A server that is started has one of these until it is ready.
    turns: Arc<Semaphore>,
}

impl Launcher {
    /// A launcher for servers of one kind, all of which have what is needed.
    ///
    /// # Errors
    ///
    /// When the server is not installed.
    pub fn new(blueprint: Blueprint, needs: Needs) -> Result<Self, LaunchError> {
        let recipe = &blueprint.recipe;
        if recipe.websocket.is_none() && matches!(needs.websocket, Some(WebSocket::Own { .. })) {
            let what = recipe.name.clone();
            return Err(LaunchError::NoWebSocket { what });
        }
        // What cannot be set is told before anything is looked for, and once for all servers.
        settings::blanks(recipe, &blueprint.settings)?;
        let cpus = available_parallelism().map_or(1, usize::from);
        Ok(Self {
            installation: Installation::find(recipe, blueprint.place.clone())?,
            turns: Arc::new(Semaphore::new(cpus * STARTS_PER_CPU)),
            blueprint,
            needs,
        })
    }

    /// A launcher of the same server for other needs, which starts it in its turn with those of this one.
    #[must_use]
    pub fn for_needs(&self, needs: Needs) -> Self {
        Self {
            needs,
            ..self.clone()
        }
    }

    /// The needs of a script, if its servers do not have them because other scripts need the contrary.
    pub fn unmet(&self, script: impl FnOnce() -> Needs) -> Option<Needs> {
        let is_disputed = self.needs.is_disputed;
        is_disputed
            .then(script)
            .filter(|script| !self.needs.includes(script))
    }

    /// What the server is called.
    pub fn name(&self) -> &str {
        &self.blueprint.recipe.name
    }

    /// What gets a server of its own, where the user does not say it.
    pub fn isolation(&self) -> Isolation {
        self.blueprint.recipe.isolation
    }

    /// What is known of the passwords of accounts while a server runs.
    pub fn passwords(&self) -> Passwords {
        self.blueprint.recipe.passwords()
    }

    /// Starts a server when its turn has come, and waits until it has a stream for every domain that is needed; one that
    /// has only some of them is told what it [lacks](Server::lacking). Dropping the future ends it.
    ///
    /// # Errors
    ///
    /// When it cannot be started, or does not answer anywhere in time.
    pub async fn launch(&self) -> Result<Server, LaunchError> {
        // Nobody closes the semaphore, which is the only way not to be given a turn.
        let _turn = self.turns.acquire().await;
        for _ in 1..ATTEMPTS {
            match self.attempt().await {
                Err(LaunchError::PortTaken { .. }) => {}
                done => return done,
            }
        }
        self.attempt().await
    }

    async fn attempt(&self) -> Result<Server, LaunchError> {
        // Only a guard that is there removes the folder.
        let mut server = critical_section(|| self.start())?;
        let lacking = self.await_ready(&server).await?;
        server.note_lacking(lacking);
        // On a server that keeps the first password of an account, each script has its own made.
        if self.passwords() == Passwords::Change {
            let mut accounts = self.needs.accounts.clone();
            accounts.retain(|account| server.has_clients_of(&account.domain));
            server.make_accounts(&accounts).await?;
        }
        Ok(server)
    }

    /// Starts a server's process in a folder of its own.
    fn start(&self) -> Result<Server, LaunchError> {
        let folder = private_folder()?;
        let ports = Ports::free().map_err(LaunchError::Ports)?;
        let certificate = CertificateFiles::make(folder.path(), self.certified_names())?;
        let setup = Setup {
            folder: folder.path(),
            ports,
            blueprint: &self.blueprint,
            needs: &self.needs,
            certificate: &certificate,
            installation: &self.installation,
        };
        let prepared = setup.prepare()?;
        let guard = self.guard(folder, &prepared)?;
        Ok(Server::new(
            guard,
            &self.blueprint,
            ports,
            prepared.is_certified.then_some(certificate.certificate),
            ServerLog::new(prepared.log),
            prepared.blanks,
            self.moved(),
        ))
    }

    /// Starts the guard, which starts the server and removes its folder.
    fn guard(&self, folder: TempDir, prepared: &Prepared) -> Result<Guard, LaunchError> {
        let process = &self.blueprint.recipe.process;
        let order = Order {
            folder: folder.keep(),
            ending: process.end.into(),
            input: process.input.into(),
            words: prepared.words.iter().map(Into::into).collect(),
        };
        let guard = Guard::start(
            &self.blueprint.guard,
            &order,
            &prepared.environment,
            &prepared.working_folder,
        );
        guard.map_err(LaunchError::Process)
    }

    /// The services that are not where they commonly are, unless the cast has something there.
    fn moved(&self) -> BTreeMap<String, String> {
        let hosts = self.needs.hosts();
        let moved = hosts.flat_map(|host| self.blueprint.recipe.moved(host));
        moved
            .filter(|(usual, _)| !self.needs.is_taken(usual))
            .collect()
    }

    fn certified_names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.needs.hosts().cloned().collect();
        names.extend(["localhost".to_owned(), "127.0.0.1".to_owned()]);
        names.sort();
        names.dedup();
        names
    }

    /// Waits until all listeners answer that scripts need; tells of those that do not in time, if others do.
    async fn await_ready(&self, server: &Server) -> Result<Vec<Lacking>, LaunchError> {
        select! {
            biased;
            error = server.ended() => Err(error),
            answered = self.await_answers(server) => answered,
        }
    }

    async fn await_answers(&self, server: &Server) -> Result<Vec<Lacking>, LaunchError> {
        let (patience, websocket) = (self.blueprint.patience, self.websocket(server));
        let deadline = Instant::now() + patience;
        let listeners = self.needs.listeners(server.ports(), websocket.as_ref());
        while !server.says_it_is_ready()? && Instant::now() < deadline {
            sleep(POLL).await;
        }
        // All at once, so that one that does not answer takes no time from the others.
        let asked = listeners.iter();
        let asked = asked.map(|listener| self.await_answer(server, listener, deadline));
        let missing: Vec<Missing> = try_join_all(asked).await?.into_iter().flatten().collect();
        let is_there = missing.len() < listeners.len() || self.has_clients(server).await;
        match missing.first() {
            Some(first) if !is_there => Err(server.not_ready(first, patience)),
            _ => Ok(server.all_lacking(&missing, patience)),
        }
    }

    /// Whether a server that has nothing else that it should has a stream for clients.
    async fn has_clients(&self, server: &Server) -> bool {
        let domain = self.needs.first_domain();
        let listener = Listener::new(ListenerKind::Client, domain, None, server.ports());
        let is_ready = server.says_it_is_ready().unwrap_or(false);
        is_ready && listener.try_stream(FIRST_PATIENCE).await.is_ok()
    }

    /// The WebSocket that clients come by.
    fn websocket(&self, server: &Server) -> Option<WebSocketUrl> {
        match self.needs.websocket.as_ref()? {
            WebSocket::Own { secure } => server.websocket(*secure),
            WebSocket::At(url) => Some(url.clone()),
        }
    }

    /// Asks a listener for a stream until there is one, or the time is over.
    async fn await_answer<'l>(
        &self,
        server: &Server,
        listener: &'l Listener,
        deadline: Instant,
    ) -> Result<Option<Missing<'l>>, LaunchError> {
        let mut patience = FIRST_PATIENCE;
        let mut answer = None;
        loop {
            let rest = deadline.saturating_duration_since(Instant::now());
            if rest.is_zero() {
                return Ok(Some(Missing { listener, answer }));
            }
            if server.says_it_is_ready()? {
                match listener.try_stream(patience.min(rest)).await {
                    Ok(()) => return Ok(None),
                    // A try that is cut short by the end says less than an answer before it.
                    Err(ConnectErrorKind::Timeout(_))
                        if rest < patience && answer.as_ref().is_some_and(is_answer) => {}
                    Err(error) => answer = Some(error),
                }
            }
            match &answer {
                Some(ConnectErrorKind::Timeout(_)) => patience = patience.saturating_mul(2),
                // A server that answers is not asked as often as one that is not there.
                Some(ConnectErrorKind::Dial(_)) | None => sleep(POLL).await,
                Some(_) => sleep(POLL * 5).await,
            }
        }
    }
}

/// Whether it is the server that says why there is no stream.
fn is_answer(error: &ConnectErrorKind) -> bool {
    !matches!(
        error,
        ConnectErrorKind::Dial(_) | ConnectErrorKind::Timeout(_)
    )
}

/// A folder for passwords and a key. It is removed when this is dropped.
fn private_folder() -> Result<TempDir, LaunchError> {
    tempfile::Builder::new()
        .prefix("scansion-")
        .permissions(Permissions::from_mode(0o700))
        .tempdir()
        .map_err(|source| LaunchError::file(&std::env::temp_dir(), source))
}
