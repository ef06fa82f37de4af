//! A server that runs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::blueprint::Blueprint;
use super::control::Control;
use super::error::{LaunchError, Unanswered};
use super::listener::{ListenerKind, Missing, at};
use super::log::ServerLog;
use super::needs::Needs;
use super::ports::Ports;
use super::provisioning::{Host, Provisioning};
use super::recipe::Recipe;
use crate::accounts::Account;
use crate::blanks::Blanks;
use crate::guard::Guard;
use crate::xmpp::WebSocketUrl;

/// How long to wait before looking again whether it still runs.
const POLL: Duration = Duration::from_millis(20);
/// What servers commonly say that end because a port is taken.
const TAKEN: [&str; 2] = ["eaddrinuse", "Address already in use"];

/// A throw-away server. It ends, and its folder is removed, when this is dropped, or when the process ends.
pub struct Server {
    guard: Guard,
    recipe: Recipe,
    /// Whether it may log elsewhere, or nothing, as not all of its configuration is the recipe's.
    may_log_elsewhere: bool,
    control: Control,
    provisioning: Provisioning,
    ports: Ports,
    certificate: Option<PathBuf>,
    log: ServerLog,
    blanks: Blanks,
    moved: BTreeMap<String, String>,
    lacking: Vec<Lacking>,
}

/// A listener that a server does not have, though some scripts need it.
#[derive(Debug)]
pub(super) struct Lacking {
    /// For whom it would be, and for which domain.
    wanted: (ListenerKind, String),
    /// What these scripts are told.
    error: LaunchError,
}

impl Server {
    pub(super) fn new(
        guard: Guard,
        blueprint: &Blueprint,
        ports: Ports,
        certificate: Option<PathBuf>,
        log: ServerLog,
        blanks: Blanks,
        moved: BTreeMap<String, String>,
    ) -> Self {
        Self {
            control: Control::new(guard.output()),
            provisioning: Provisioning::new(&blueprint.recipe, &blanks),
            guard,
            recipe: blueprint.recipe.clone(),
            may_log_elsewhere: !blueprint.is_as_recipe_has_it(),
            ports,
            certificate,
            log,
            blanks,
            moved,
            lacking: Vec::new(),
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The WebSocket that its recipe says it has.
    pub fn websocket(&self, secure: bool) -> Option<WebSocketUrl> {
        let path = self.recipe.websocket.as_deref()?;
        self.ports.websocket(secure, path)
    }

    /// The certificate that it shows (PEM); none if its configuration does not name the one that was made, so that it
    /// shows one of its own.
    pub fn certificate(&self) -> Option<&Path> {
        self.certificate.as_deref()
    }

    /// Its folder, which is removed at its end.
    pub fn folder(&self) -> &Path {
        self.guard.folder()
    }

    /// What is known of it by name: its folder, its ports and whatever else its recipe fills in.
    pub fn blanks(&self) -> &Blanks {
        &self.blanks
    }

    /// Services with another address than the common one, such as `conference.DOMAIN`: the common address, and the one
    /// that they have.
    pub fn moved(&self) -> &BTreeMap<String, String> {
        &self.moved
    }

    /// Why a script cannot be run on it, if it does not have a listener that the script needs.
    pub fn lacking(&self, needs: impl FnOnce() -> Needs) -> Option<&LaunchError> {
        let any = (!self.lacking.is_empty()).then(needs)?;
        let mut lacking = self.lacking.iter();
        let found = lacking.find(|lacking| any.listeners.contains(&lacking.wanted))?;
        Some(&found.error)
    }

    /// Takes note of the listeners that it does not have.
    pub(super) fn note_lacking(&mut self, lacking: Vec<Lacking>) {
        self.lacking = lacking;
    }

    /// Whether it has a stream for the clients of a domain, as far as that was asked.
    pub(super) fn has_clients_of(&self, domain: &str) -> bool {
        let mut lacking = self.lacking.iter().map(|lacking| &lacking.wanted);
        !lacking.any(|(kind, own)| *kind == ListenerKind::Client && own == domain)
    }

    /// A description of the server: its name, and its version if it tells it; of a server that a command of the user's
    /// starts, the program.
    pub fn description(&self) -> String {
        if let Some(program) = self.recipe.command_program() {
            return program;
        }
        let name = &self.recipe.name;
        match self.version() {
            Some(version) => format!("{name} {version}"),
            None => name.clone(),
        }
    }

    fn version(&self) -> Option<String> {
        let said = self.last_words();
        let found = self.recipe.ready.version.as_ref()?.captures(&said)?;
        Some(found.get(1)?.as_str().to_owned())
    }

    /// What it writes down.
    pub fn log(&self) -> &ServerLog {
        &self.log
    }

    /// Has the server write what it still holds back of its log. If it cannot do that, the log stays as it is.
    pub async fn finish_log(&mut self) {
        if let Some(request) = &self.recipe.process.finish_log {
            let _ = self.control.ask(&mut self.guard, request).await;
        }
    }

    /// Whether its process is still there.
    pub fn is_running(&self) -> bool {
        self.guard.exit_code().is_none()
    }

    /// Makes accounts, with the passwords that they have now. A user who starts a server by a command sees to its
    /// accounts.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn make_accounts(&mut self, accounts: &BTreeSet<Account>) -> Result<(), LaunchError> {
        let host = Host {
            guard: &mut self.guard,
            control: &mut self.control,
            blanks: &self.blanks,
            endpoint: at(self.ports.client),
            name: &self.recipe.name,
        };
        self.provisioning.make(accounts, host).await
    }

    /// Lets the server run on without us; gives the process to which a SIGTERM ends it, and removes its folder.
    ///
    /// # Errors
    ///
    /// When its guard is gone, and the server with it.
    pub fn keep(self) -> std::io::Result<u32> {
        self.guard.keep()
    }

    /// Ends the server, and waits until it and its folder are gone.
    pub async fn stop(self) {
        self.guard.stop().await;
    }

    /// Whether the server has said that it is ready, as far as it says anything of the kind.
    pub(super) fn says_it_is_ready(&self) -> Result<bool, LaunchError> {
        let ready = &self.recipe.ready;
        if self.says(&ready.taken) {
            return Err(self.port_taken());
        }
        let logged = self.log.since(0).text;
        let mut wanted = ready.logged.iter().map(|text| self.blanks.fill(text));
        let printed = ServerLog::new(self.guard.output());
        let mut lines = ready.printed.iter().map(|text| self.blanks.fill(text));
        // As long as it has not logged that it has its ports, whoever answers there may be another.
        let logs_elsewhere = self.may_log_elsewhere && logged.is_empty();
        let has_logged = logs_elsewhere || wanted.all(|text| logged.contains(&text));
        Ok(has_logged && lines.all(|line| printed.line_after(0, &line).is_some()))
    }

    /// Whether the server has printed or logged one of these texts.
    fn says(&self, texts: &[String]) -> bool {
        let said = self.last_words();
        texts
            .iter()
            .any(|text| said.contains(&self.blanks.fill(text)))
    }

    /// Waits until the process has ended, before it was ready.
    pub(super) async fn ended(&self) -> LaunchError {
        loop {
            if let Some(code) = self.guard.exit_code() {
                return self.ended_with(code);
            }
            sleep(POLL).await;
        }
    }

    fn ended_with(&self, code: String) -> LaunchError {
        if self.says(&TAKEN.map(str::to_owned)) {
            return self.port_taken();
        }
        LaunchError::Ended {
            what: self.what(),
            code,
            log: self.last_words(),
        }
    }

    /// The error that no listener answers in time, told of one.
    pub(super) fn not_ready(&self, missing: &Missing<'_>, waited: Duration) -> LaunchError {
        LaunchError::NotReady(self.unanswered(missing, waited))
    }

    /// What is told of listeners that do not answer in time where others do.
    pub(super) fn all_lacking(&self, missing: &[Missing<'_>], waited: Duration) -> Vec<Lacking> {
        let lacking = missing.iter().map(|missing| Lacking {
            wanted: missing.listener.wanted(),
            error: LaunchError::Lacking(self.unanswered(missing, waited)),
        });
        lacking.collect()
    }

    fn unanswered(&self, missing: &Missing<'_>, waited: Duration) -> Unanswered {
        Unanswered {
            what: self.what(),
            lacks: missing.listener.to_string(),
            answer: missing.answer.as_ref().map(ToString::to_string),
            waited,
            log: self.last_words(),
        }
    }

    fn port_taken(&self) -> LaunchError {
        LaunchError::PortTaken {
            what: self.what(),
            log: self.last_words(),
        }
    }

    fn what(&self) -> String {
        self.recipe.name.clone()
    }

    fn last_words(&self) -> String {
        let printed = ServerLog::new(self.guard.output()).since(0).text;
        let logged = self.log.since(0).text;
        if printed == logged {
            return logged;
        }
        format!("{logged}\n{printed}")
    }
}
