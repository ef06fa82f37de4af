//! How accounts come to be on a launched server.

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;
use std::time::Duration;

use super::control::{Control, NoAnswer};
use super::error::LaunchError;
use super::recipe::{Accounts, Recipe};
use super::site::{of_account, write};
use crate::accounts::{Account, AccountCommand, Admin, Method, NeededAccount, Network, Registrar};
use crate::blanks::Blanks;
use crate::guard::Guard;
use crate::xmpp::{ConnectOptions, Endpoint, LoginOptions, TcpDialer, Trust};

/// How long a server may take for each step of making an account.
const PATIENCE: Duration = Duration::from_secs(30);

/// A way to make accounts on one server.
pub(super) enum Admission {
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
    /// The server knows who there is.
    Nobody,
}

impl Admission {
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
            Accounts::None => Self::Nobody,
        }
    }

    /// Gives people an account, with the password that they have now.
    pub(super) async fn admit(
        &self,
        accounts: &BTreeSet<Account>,
        guard: &mut Guard,
        control: &mut Control,
        site: &Blanks,
        endpoint: &Endpoint,
        what: &str,
    ) -> Result<(), LaunchError> {
        match self {
            Self::Files { file, text } => {
                for account in accounts {
                    let blanks = of_account(account, site);
                    write_anew(guard, &blanks.fill(file), &blanks.fill(text))?;
                }
                Ok(())
            }
            Self::Requests(request) => {
                for account in accounts {
                    let request = of_account(account, site).fill(request);
                    ask(control, guard, account, &request, what).await?;
                }
                Ok(())
            }
            Self::Registrar(registrar) => {
                let needed_accounts = accounts.iter().map(|account| needed(account, endpoint));
                let options = ConnectOptions {
                    // It is a server of ours, on this machine.
                    trust: Trust::Anything,
                    step_timeout: PATIENCE,
                    ..ConnectOptions::default()
                };
                let network = Network {
                    dialer: &TcpDialer::new(PATIENCE),
                    options: &options,
                    site,
                };
                let ensured = registrar
                    .ensure_all(needed_accounts.collect(), network)
                    .await;
                ensured.map(drop).map_err(LaunchError::NoAccount)
            }
            Self::Nobody => Ok(()),
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

fn needed(account: &Account, endpoint: &Endpoint) -> NeededAccount {
    NeededAccount {
        account: account.clone(),
        endpoint: endpoint.clone(),
        login: LoginOptions::default(),
    }
}

/// Writes a file of the server's, unless it is there as it is to be.
fn write_anew(guard: &Guard, file: &str, text: &str) -> Result<(), LaunchError> {
    let path = guard.folder().join(file);
    match fs::read_to_string(&path).is_ok_and(|written| written == text) {
        true => Ok(()),
        false => write(&path, text),
    }
}

async fn ask(
    control: &mut Control,
    guard: &mut Guard,
    account: &Account,
    request: &str,
    what: &str,
) -> Result<(), LaunchError> {
    match control.ask(guard, request).await {
        Ok(answer) if answer == "ok" => Ok(()),
        Ok(answer) => Err(LaunchError::Account {
            what: what.to_owned(),
            account: account.jid(),
            answer,
        }),
        Err(NoAnswer { log }) => Err(LaunchError::Control {
            what: what.to_owned(),
            request: "make an account",
            log,
        }),
    }
}
