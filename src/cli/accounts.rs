//! The way in which accounts are made, as the arguments say it.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::{Args, ValueEnum};
use jid::BareJid;
use thiserror::Error;

use super::file::Unreadable;
use super::names::first_line;
use crate::accounts::{Account, AccountCommand, AccountCommandError, Admin, Method};
use crate::guard::ADMIN_PASSWORD;
use crate::paths::shown;
use crate::xmpp::Password;

/// Accounts on a server that the user runs.
#[derive(Debug, Args)]
#[command(next_help_heading = "Accounts on a server")]
pub(super) struct AccountArgs {
    /// How the accounts of a script come to be on the server; those made are removed after the run
    /// [default: existing]
    #[arg(long, value_name = "HOW")]
    pub(super) accounts: Option<AccountsChoice>,
    /// Who adds and deletes accounts, for `--accounts admin`
    #[arg(
        long,
        value_name = "JID",
        requires = "accounts",
        required_if_eq("accounts", "admin")
    )]
    pub(super) admin: Option<AdminJid>,
    /// The file with the admin's password in its first line; without it the environment has it, in
    /// SCANSION_ADMIN_PASSWORD
    #[arg(long, value_name = "FILE", requires = "admin")]
    pub(super) admin_password_file: Option<PathBuf>,
    /// What makes an account, for `--accounts command`: no shell, but words into which {user}, {domain} and {password}
    /// are filled
    #[arg(
        long,
        value_name = "CMD",
        requires = "accounts",
        required_if_eq("accounts", "command")
    )]
    pub(super) accounts_command: Option<String>,
    /// What removes an account that `--accounts-command` has made
    #[arg(long, value_name = "CMD", requires = "accounts_command")]
    pub(super) accounts_remove_command: Option<String>,
}

/// `--accounts`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum AccountsChoice {
    /// They are there
    Existing,
    /// Each user registers (XEP-0077)
    Register,
    /// An admin adds them by ad-hoc commands (XEP-0133)
    Admin,
    /// A command makes them
    Command,
}

/// Why accounts cannot be made as the arguments say.
#[derive(Debug, Error)]
pub(super) enum AccountsFailure {
    #[error(
        "the admin's password is missing; give --admin-password-file FILE, or set {ADMIN_PASSWORD}"
    )]
    NoAdminPassword,
    #[error("--admin-password-file: {}: the file has no password in its first line", .0)]
    EmptyPasswordFile(String),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error(transparent)]
    Command(#[from] AccountCommandError),
}

/// The way that the arguments ask for. What belongs to another way is not looked at.
pub(super) fn method(arguments: &AccountArgs) -> Result<Method, AccountsFailure> {
    let admin = arguments.admin.as_ref();
    let command = arguments.accounts_command.as_ref();
    Ok(match (arguments.accounts, admin, command) {
        (Some(AccountsChoice::Register), ..) => Method::Register,
        (Some(AccountsChoice::Admin), Some(admin), _) => Method::Admin(Admin(Account {
            localpart: admin.localpart.clone(),
            domain: admin.domain.clone(),
            password: admin_password(arguments.admin_password_file.as_deref())?,
        })),
        (Some(AccountsChoice::Command), _, Some(make)) => {
            let remove = arguments.accounts_remove_command.as_deref();
            Method::Command(AccountCommand::new(make, remove)?)
        }
        // That an admin or a command is named where one is needed was seen when the arguments were read.
        (Some(AccountsChoice::Existing) | None, ..)
        | (Some(AccountsChoice::Admin), None, _)
        | (Some(AccountsChoice::Command), _, None) => Method::Existing,
    })
}

fn admin_password(path: Option<&Path>) -> Result<Password, AccountsFailure> {
    let Some(path) = path else {
        let password = std::env::var(ADMIN_PASSWORD).unwrap_or_default();
        return match password.is_empty() {
            true => Err(AccountsFailure::NoAdminPassword),
            false => Ok(password.into()),
        };
    };
    first_line(path)?.ok_or_else(|| AccountsFailure::EmptyPasswordFile(shown(path)))
}

/// The JID of an admin.
#[derive(Debug, Clone)]
pub(super) struct AdminJid {
    localpart: String,
    domain: String,
}

impl FromStr for AdminJid {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let jid = BareJid::new(text).map_err(|error| format!("this is no bare JID: {error}"))?;
        let localpart = jid
            .node()
            .ok_or("give the admin's JID: admin@example.org")?;
        Ok(Self {
            localpart: localpart.to_string(),
            domain: jid.domain().to_string(),
        })
    }
}
