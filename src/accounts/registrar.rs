//! Seeing to it that accounts are there, and that what was made goes away again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::Mutex;

use super::account::{Resident, residents};
use super::error::{AccountError, AccountErrorKind, Doing};
use super::office::{Method, Network, Office, Origin};
use crate::plan::Plan;
use crate::xmpp::Notice;

/// Makes the accounts of plans, each once, and removes those that it has made.
#[derive(Debug)]
pub struct Registrar {
    method: Arc<Method>,
    ledger: Mutex<Ledger>,
}

/// The accounts that are known to be there, by their JIDs.
type Ledger = BTreeMap<String, (Resident, Origin)>;

impl Registrar {
    /// A registrar who knows of no account yet.
    pub fn new(method: Arc<Method>) -> Self {
        Self {
            method,
            ledger: Mutex::default(),
        }
    }

    /// One who makes accounts in the same way, and knows of none.
    pub fn afresh(&self) -> Self {
        Self::new(Arc::clone(&self.method))
    }

    /// Sees to it that the accounts of a plan are there. Gives what the user should know of the connections that it
    /// took. An account that was there before, with whatever password, is taken as it is. When this is cancelled, an
    /// account may stay for good.
    ///
    /// # Errors
    ///
    /// When one cannot be made, or has been made with another password.
    pub async fn ensure(
        &self,
        plan: &Plan,
        network: Network<'_>,
    ) -> Result<Vec<Notice>, AccountError> {
        let mut notices = Vec::new();
        let Some(mut office) = Office::open(&self.method, network) else {
            return Ok(notices);
        };
        // Whoever else needs the same accounts waits until they are there.
        let mut ledger = self.ledger.lock().await;
        let mut done = Ok(());
        for resident in residents(plan) {
            done = enter(&mut ledger, &mut office, resident, &mut notices).await;
            if done.is_err() {
                break;
            }
        }
        office.close().await;
        done.map(|()| notices)
    }

    /// Removes all accounts that were made; gives those that stay. Afterwards nothing is known of any account.
    pub async fn remove_all(&self, network: Network<'_>) -> Vec<AccountError> {
        let mut ledger = self.ledger.lock().await;
        let made = std::mem::take(&mut *ledger).into_values();
        let made = made.filter(|(_, origin)| *origin == Origin::Made);
        let Some(mut office) = Office::open(&self.method, network) else {
            return Vec::new();
        };
        let (mut errors, mut unreachable) = (Vec::new(), BTreeSet::new());
        for (resident, _) in made {
            let place = resident.endpoint.to_string();
            let removed = match unreachable.contains(&place) {
                true => Err(AccountErrorKind::Gone),
                false => office.remove(&resident).await,
            };
            if let Err(kind) = removed {
                // Nobody wants to wait for a server once more for each account.
                if kind.is_unreachable() {
                    unreachable.insert(place);
                }
                errors.push(error(&resident, Doing::Remove, kind));
            }
        }
        office.close().await;
        errors
    }
}

/// Makes an account, unless it is in the ledger, where it is afterwards.
async fn enter(
    ledger: &mut Ledger,
    office: &mut Office<'_>,
    resident: Resident,
    notices: &mut Vec<Notice>,
) -> Result<(), AccountError> {
    let jid = resident.account.jid();
    let outcome = match ledger.get(&jid) {
        Some((known, _)) if known.account.password == resident.account.password => return Ok(()),
        Some(_) => Err(AccountErrorKind::OtherPassword),
        None => office.make(&resident, notices).await,
    };
    match outcome {
        Ok(origin) => {
            ledger.insert(jid, (resident, origin));
            Ok(())
        }
        Err(kind) => Err(error(&resident, Doing::Make, kind)),
    }
}

fn error(resident: &Resident, doing: Doing, kind: AccountErrorKind) -> AccountError {
    AccountError {
        account: resident.account.jid(),
        doing,
        kind: Box::new(kind),
    }
}
