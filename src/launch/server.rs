//! A server that runs.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::time::sleep;

use super::door::Door;
use super::ejabberd::Control;
use super::error::LaunchError;
use super::launcher::Software;
use super::log::ServerLog;
use super::ports::Ports;
use super::{command, prosody};
use crate::accounts::Account;
use crate::guard::Guard;
use crate::xmpp::ConnectErrorKind;

/// How long to wait before looking again whether it still runs.
const POLL: Duration = Duration::from_millis(20);

/// A throw-away server. It ends, and its folder is removed, when this is dropped, or when the process ends.
pub struct Server {
    guard: Guard,
    software: Software,
    control: Control,
    ports: Ports,
    certificate: PathBuf,
    log: ServerLog,
}

impl Server {
    pub(super) fn new(
        guard: Guard,
        software: Software,
        ports: Ports,
        certificate: PathBuf,
        log: ServerLog,
    ) -> Self {
        Self {
            control: Control::new(guard.output()),
            guard,
            software,
            ports,
            certificate,
            log,
        }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn ports(&self) -> Ports {
        self.ports
    }

    /// The certificate by which it is known (PEM).
    pub fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// What it is: its name, and its version as far as it tells it; the program that the user's command starts.
    pub fn description(&self) -> String {
        let name = self.what();
        let version = match &self.software {
            Software::Prosody => prosody::version(&self.last_words()).map(str::to_owned),
            Software::Ejabberd => self.control.version(),
            Software::Command(line) => return command::program(line).unwrap_or(name),
        };
        match version {
            Some(version) => format!("{name} {version}"),
            None => name,
        }
    }

    /// What it writes down.
    pub fn log(&self) -> &ServerLog {
        &self.log
    }

    /// Has it write what it still holds back of its log. Where that is not to be had, the log is what is there.
    pub async fn finish_log(&mut self) {
        if self.software == Software::Ejabberd {
            let _ = self.control.finish_log(&mut self.guard).await;
        }
    }

    /// Whether its process is still there.
    pub fn is_running(&self) -> bool {
        self.guard.exit_code().is_none()
    }

    /// Gives people an account, with the password that they have now. Who started a server by a command sees to
    /// its accounts.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub async fn admit(&mut self, accounts: &BTreeSet<Account>) -> Result<(), LaunchError> {
        for account in accounts {
            match self.software {
                Software::Prosody => prosody::admit(self.guard.folder(), account)?,
                Software::Ejabberd => self.control.register(&mut self.guard, account).await?,
                Software::Command(_) => {}
            }
        }
        Ok(())
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
        match self.software {
            Software::Prosody => {
                prosody::has_ports(&self.log.since(0), self.ports).ok_or_else(|| self.port_taken())
            }
            Software::Ejabberd => Ok(self.control.is_ready()),
            Software::Command(_) => Ok(true),
        }
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
        let log = self.last_words();
        if log.contains("eaddrinuse") {
            return self.port_taken();
        }
        LaunchError::Ended {
            what: self.what(),
            code,
            log,
        }
    }

    /// That a door is not open in time.
    pub(super) fn not_ready(
        &self,
        door: &Door,
        waited: Duration,
        answer: Option<&ConnectErrorKind>,
    ) -> LaunchError {
        LaunchError::NotReady {
            what: self.what(),
            lacks: door.to_string(),
            answer: answer.map(ToString::to_string),
            waited,
            log: self.last_words(),
        }
    }

    fn port_taken(&self) -> LaunchError {
        LaunchError::PortTaken { what: self.what() }
    }

    fn what(&self) -> String {
        self.software.name().to_owned()
    }

    fn last_words(&self) -> String {
        let printed = ServerLog::new(self.guard.output()).since(0);
        let logged = self.log.since(0);
        if printed == logged {
            return logged;
        }
        format!("{logged}\n{printed}")
    }
}
