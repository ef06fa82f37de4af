//! A launched server that runs, with what has to be known of it for the scripts.

use std::collections::BTreeSet;
use std::io;

use thiserror::Error;

use super::file::{self, Unreadable};
use crate::accounts::Account;
use crate::launch::{LaunchError, Launcher, Needs, Ports, Server};
use crate::logged::Logged;
use crate::xmpp::{Authorities, TlsError};

/// Why there is no server to run scripts on.
#[derive(Debug, Error)]
pub(super) enum ServerError {
    #[error(transparent)]
    Launch(#[from] LaunchError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("cannot use the launched server's certificate: {0}")]
    Certificate(#[from] TlsError),
    #[error("cannot let the server run on: {0}")]
    NotKept(#[source] io::Error),
}

/// A launched server that runs.
pub(super) struct RunningServer {
    pub(super) server: Server,
    /// Whose certificates are believed; none if the server has a certificate of its own.
    pub(super) authorities: Option<Authorities>,
    /// What it says of itself.
    pub(super) description: String,
    /// What it was launched with; none if that is what all scripts need.
    needs: Option<Needs>,
    /// Whether a script has been run on it.
    is_used: bool,
}

impl RunningServer {
    /// Launches a server, for a script alone if its needs are given.
    pub(super) async fn launch(
        launcher: &Launcher,
        needs: Option<Needs>,
    ) -> Result<Self, ServerError> {
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
    /// to forget all that: besides what it stores there is what its modules remember. A server that was launched for
    /// another script has to be replaced, too.
    pub(super) fn is_used_up(&self, needs: Option<&Needs>) -> bool {
        let is_for_one_script = needs.is_some();
        !self.server.is_running()
            || is_for_one_script && self.is_used
            || self.needs.as_ref() != needs
    }

    /// Makes the accounts of a script, with the passwords that it gives them.
    pub(super) async fn make_accounts(
        &mut self,
        accounts: &BTreeSet<Account>,
    ) -> Result<(), ServerError> {
        self.is_used = true;
        Ok(self.server.make_accounts(accounts).await?)
    }

    /// What it has logged since its log was as long as that, in bytes.
    pub(super) async fn logged_since(&mut self, length: u64) -> Logged {
        self.server.finish_log().await;
        self.server.log().since(length)
    }

    /// Lets it live; tells how to reach it.
    pub(super) fn keep(self) -> Result<String, ServerError> {
        let ports = self.server.ports();
        let certificate = self.server.certificate();
        let certificate = certificate.map(|path| path.display().to_string());
        let process = self.server.keep().map_err(ServerError::NotKept)?;
        Ok(how_to_reach(ports, certificate, process))
    }
}

fn how_to_reach(ports: Ports, certificate: Option<String>, process: u32) -> String {
    let (shown, option) = match certificate {
        Some(path) => (path.clone(), format!(" --ca {path}")),
        None => ("its own".to_owned(), String::new()),
    };
    let Ports {
        client,
        direct_tls,
        component,
        http,
        ..
    } = ports;
    format!(
        "\nthe server runs on; it ends, and its folder is removed, by `kill {process}`\n  \
         clients      127.0.0.1:{client} (direct TLS: {direct_tls})\n  \
         components   127.0.0.1:{component}\n  \
         HTTP         127.0.0.1:{http}\n  \
         certificate  {shown}\n  \
         scansion run --server 127.0.0.1:{client} --component-server 127.0.0.1:{component}{option} …\n"
    )
}
