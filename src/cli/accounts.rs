//! The way in which accounts are made, as the arguments say it.

use std::path::Path;
use std::str::FromStr;
use std::sync::Arc;

use jid::BareJid;
use thiserror::Error;

use super::args::{AccountArgs, AccountsChoice};
use super::file::Unreadable;
use super::names::first_line;
use crate::accounts::{Account, AccountCommand, AccountCommandError, Admin, Method};
use crate::guard::ADMIN_PASSWORD;
use crate::paths::shown;
use crate::xmpp::Password;

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
pub(super) fn method(arguments: &AccountArgs) -> Result<Arc<Method>, AccountsFailure> {
    let admin = arguments.admin.as_ref();
    let command = arguments.accounts_command.as_ref();
    let method = match (arguments.accounts, admin, command) {
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
        _ => Method::Existing,
    };
    Ok(Arc::new(method))
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
