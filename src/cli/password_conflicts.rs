//! Whether the scripts of a run that share an account agree on its password.

use std::collections::BTreeMap;

use thiserror::Error;

use super::select::Selected;
use crate::accounts;
use crate::case::CaseId;
use crate::plan::{self, PlanOptions};

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
pub(super) fn password_conflicts(
    scripts: &[&Selected],
    options: &PlanOptions,
) -> BTreeMap<usize, PasswordConflict> {
    let (mut known, mut conflicts) = (BTreeMap::new(), BTreeMap::new());
    for (number, selected) in scripts.iter().enumerate() {
        // One with errors is not run.
        let Ok(plan) = plan::resolve(&selected.script, options) else {
            continue;
        };
        for account in accounts::of_plan(&plan) {
            let case = &selected.script.case;
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
