//! Whether the scripts of a run that share an account agree on its password.

use std::collections::BTreeMap;

use thiserror::Error;

use super::queue::Queued;
use crate::case::CaseId;
use crate::launch::Demand;

/// The problem that a script gives an account another password than an earlier script.
#[derive(Debug, Error)]
#[error(
    "the account {account} has another password in {other}, and in a run like this one it has the same throughout; give \
     it the same password, or the user another name"
)]
pub(super) struct PasswordConflict {
    account: String,
    other: CaseId,
}

/// The scripts that give an account another password than an earlier script, by their numbers.
pub(super) fn password_conflicts(scripts: &[&Queued]) -> BTreeMap<usize, PasswordConflict> {
    let (mut known, mut conflicts) = (BTreeMap::new(), BTreeMap::new());
    for (number, queued) in scripts.iter().enumerate() {
        // One that cannot be planned is not run.
        let accounts = queued.demand.iter().flat_map(Demand::accounts);
        for account in accounts {
            let case = &queued.headline.case;
            let (password, other) = known
                .entry(account.jid())
                .or_insert_with(|| (account.password.clone(), case.clone()));
            if *password != account.password {
                let (account, other) = (account.jid(), other.clone());
                conflicts.insert(number, PasswordConflict { account, other });
            }
        }
    }
    conflicts
}
