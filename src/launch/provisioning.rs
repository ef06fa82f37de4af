//! How accounts come to be on a launched server: in the way that its recipe says.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::control::{Control, NoAnswer};
use super::error::LaunchError;
use super::private_file::write;
use super::recipe::{Accounts, Recipe};
use crate::accounts::{Account, AccountCommand, Admin, Method, NeededAccount, Network, Registrar};
use crate::blanks::Blanks;
use crate::guard::Guard;
use crate::xmpp::{ConnectOptions, Endpoint, LoginOptions, TcpDialer, Trust};

/// How long a server may take for each step of making an account.
const PATIENCE: Duration = Duration::from_secs(30);

/// A way to make accounts on one server.
pub(super) enum Provisioning {
    /// A file for each.
    Files {
        /// Its path below the server's folder.
        file: String,
        /// Its text.
        text: String,
    },
    /// A line on the standard input for each.
    Requests(String),
    /// As on any server; each once.
    Registrar(Registrar),
    /// The server sees to its accounts itself.
    ByServer,
}

/// The server on which accounts are made.
pub(super) struct Host<'a> {
    pub(super) guard: &'a mut Guard,
    pub(super) control: &'a mut Control,
    /// What is known of it by name.
    pub(super) blanks: &'a Blanks,
    /// Where clients connect.
    pub(super) endpoint: Endpoint,
    /// Its name for users.
    pub(super) name: &'a str,
}

impl Provisioning {
    /// What a recipe says, on a server of which this is known.
    pub(super) fn new(recipe: &Recipe, blanks: &Blanks) -> Self {
        let registrar = |method| Self::Registrar(Registrar::new(Arc::new(method)));
        match &recipe.accounts {
            Accounts::File { file, text } => Self::Files {
                file: file.clone(),
                text: text.clone(),
            },
            Accounts::Control { request } => Self::Requests(request.clone()),
            Accounts::Sql {
                database,
                statement,
            } => registrar(Method::Command(AccountCommand::of_words(
                ["sqlite3", "-batch", "-bail", database]
                    .map(str::to_owned)
                    .to_vec(),
                statement.clone(),
            ))),
            Accounts::Command { words, input } => registrar(Method::Command(
                AccountCommand::of_words(words.clone(), input.clone()),
            )),
            Accounts::InBand => registrar(Method::Register),
            Accounts::Admin { jid, password } => registrar(admin(jid, password, blanks)),
            Accounts::None => Self::ByServer,
        }
    }

    /// Makes accounts, with the passwords that they have now.
    pub(super) async fn make(
        &self,
        accounts: &BTreeSet<Account>,
        mut host: Host<'_>,
    ) -> Result<(), LaunchError> {
        match self {
            Self::Files { file, text } => accounts
                .iter()
                .try_for_each(|account| host.write(account, file, text)),
            Self::Requests(request) => {
                for account in accounts {
                    host.ask(account, request).await?;
                }
                Ok(())
            }
            Self::Registrar(registrar) => host.register(accounts, registrar).await,
            Self::ByServer => Ok(()),
        }
    }
}

fn admin(jid: &str, password: &str, blanks: &Blanks) -> Method {
    let (jid, password) = (blanks.fill(jid), blanks.fill(password));
    let (localpart, domain) = jid.split_once('@').unwrap_or((&jid, ""));
    Method::Admin(Admin(Account {
        localpart: localpart.to_owned(),
        domain: domain.to_owned(),
        password: password.into(),
    }))
}

impl Host<'_> {
    /// Writes the file of an account, unless it is there as it is to be.
    fn write(&self, account: &Account, file: &str, text: &str) -> Result<(), LaunchError> {
        let blanks = account.blanks(self.blanks);
        let (path, text) = (
            self.guard.folder().join(blanks.fill(file)),
            blanks.fill(text),
        );
        match fs::read_to_string(&path).is_ok_and(|written| written == text) {
            true => Ok(()),
            false => write(&path, &text),
        }
    }

    /// Has the server make an account by a line on its standard input.
    async fn ask(&mut self, account: &Account, request: &str) -> Result<(), LaunchError> {
        let request = account.blanks(self.blanks).fill(request);
        match self.control.ask(self.guard, &request).await {
            Ok(answer) if answer == "ok" => Ok(()),
            Ok(answer) => Err(LaunchError::Account {
                what: self.name.to_owned(),
                account: account.jid(),
                answer,
            }),
            Err(NoAnswer { log }) => Err(LaunchError::Control {
                what: self.name.to_owned(),
                request: "make an account",
                log,
            }),
        }
    }

    /// Makes accounts as on any server.
    async fn register(
        &self,
        accounts: &BTreeSet<Account>,
        registrar: &Registrar,
    ) -> Result<(), LaunchError> {
        let needed = accounts
            .iter()
            .map(|account| self.needed(account))
            .collect();
        let options = ConnectOptions {
            // It is a server of ours, on this machine.
            trust: Trust::Anything,
            step_timeout: PATIENCE,
            ..ConnectOptions::default()
        };
        let network = Network {
            dialer: &TcpDialer::new(PATIENCE),
            options: &options,
            server: self.blanks,
        };
        let ensured = registrar.ensure_all(needed, network).await;
        ensured.map(drop).map_err(LaunchError::NoAccount)
    }

    fn needed(&self, account: &Account) -> NeededAccount {
        NeededAccount {
            account: account.clone(),
            endpoint: self.endpoint.clone(),
            login: LoginOptions::default(),
        }
    }
}
