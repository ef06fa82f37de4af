//! An account, and which ones a plan needs.

use std::collections::BTreeSet;

use crate::plan::Plan;
use crate::xmpp::{Identity, Password};

/// An account on a server.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account {
    /// The user's name, normalised (RFC 7622 §3.3).
    pub localpart: String,
    /// The server's domain.
    pub domain: String,
    /// The password.
    pub password: Password,
}

/// The accounts with which the clients of a plan log in, each once. Anonymous clients and components have none.
pub fn of_plan(plan: &Plan) -> BTreeSet<Account> {
    plan.actors
        .iter()
        .filter_map(|actor| of_identity(&actor.identity))
        .collect()
}

fn of_identity(identity: &Identity) -> Option<Account> {
    match identity {
        Identity::Client {
            localpart: Some(localpart),
            domain,
            password: Some(password),
            ..
        } => Some(Account {
            localpart: localpart.clone(),
            domain: domain.clone(),
            password: password.clone(),
        }),
        Identity::Client { .. } | Identity::Component { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;

    #[test]
    fn every_client_with_a_password_has_an_account() {
        let cast = "[Client] A\n\tjid: a@x.org/1\n\tpassword: p\n\n\
                    [Client] B\n\tjid: a@x.org/2\n\tpassword: p\n\n\
                    [Client] C\n\tjid: x.org\n\n\
                    [Component] D\n\tjid: d.x.org\n\tsecret: s\n---\n";
        let script = read(SourceFile::new("test.scs", cast)).script;
        let plan = resolve(&script, &PlanOptions::default()).unwrap();
        let accounts: Vec<_> = of_plan(&plan).into_iter().collect();
        assert_eq!(
            accounts,
            [Account {
                localpart: "a".into(),
                domain: "x.org".into(),
                password: "p".into()
            }]
        );
    }
}
