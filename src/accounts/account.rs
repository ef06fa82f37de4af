//! An account, and which ones a plan needs.

use std::collections::BTreeSet;

use crate::blanks::Blanks;
use crate::plan::{ActorPlan, Plan};
use crate::xmpp::{Endpoint, Identity, LoginOptions, Password, StreamKind};

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

impl Account {
    /// The address of the account, a bare JID.
    pub fn jid(&self) -> String {
        format!("{}@{}", self.localpart, self.domain)
    }

    /// What can be filled in: its parts, and what is known of its server.
    pub fn blanks(&self, server: &Blanks) -> Blanks {
        server
            .with("user", &self.localpart)
            .with("domain", &self.domain)
            .with("password", self.password.reveal())
    }

    /// What its user logs in as; the server chooses the resource.
    pub fn identity(&self) -> Identity {
        Identity {
            stream: StreamKind::Client,
            localpart: Some(self.localpart.clone()),
            domain: self.domain.clone(),
            resource: None,
            secret: Some(self.password.clone()),
        }
    }
}

/// Whether an account was made here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Origin {
    /// It was made here, and will be removed.
    Made,
    /// It was there before.
    Found,
}

/// An account, and where its user connects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NeededAccount {
    /// The account.
    pub account: Account,
    /// Where the first actor with this account connects.
    pub endpoint: Endpoint,
    /// How its user logs in, to make and to remove it.
    pub login: LoginOptions,
}

/// The accounts of a plan as [`of_plan`] has them, each with the place where it is used.
pub fn needed_accounts(plan: &Plan) -> Vec<NeededAccount> {
    let of_account = |account: Account| {
        let mut actors = plan.actors.iter();
        let actor = actors.find(|actor| of_actor(actor).as_ref() == Some(&account))?;
        Some(NeededAccount {
            endpoint: actor.endpoint.clone(),
            login: actor.account_login.clone(),
            account,
        })
    };
    of_plan(plan).into_iter().filter_map(of_account).collect()
}

/// The accounts with which the actors of a plan log in, each once. Anonymous clients and components have none.
pub fn of_plan(plan: &Plan) -> BTreeSet<Account> {
    plan.actors.iter().filter_map(of_actor).collect()
}

/// The account with which an actor logs in, if it has one.
pub fn of_actor(actor: &ActorPlan) -> Option<Account> {
    let has_account = actor.role.has_account && actor.wrong.is_none();
    let identity = Some(&actor.identity).filter(|_| has_account)?;
    Some(Account {
        localpart: identity.localpart.clone()?,
        domain: identity.domain.clone(),
        password: identity.secret.clone()?,
    })
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

    #[test]
    fn who_is_to_be_refused_because_of_its_password_has_none() {
        let accounts = |refusal: &str| {
            let text = format!(
                "[Client] A\n\tjid: a@x.org/1\n\tpassword: p\n\n\
                 [Client] B\n\tjid: a@x.org\n\tpassword: q\n---\nB is refused:\n\t{refusal}\n"
            );
            let script = read(SourceFile::new("test.scs", &text)).script;
            let options = PlanOptions {
                password: Some("of the run".into()),
                ..PlanOptions::default()
            };
            let plan = resolve(&script, &options).unwrap();
            let own = |actor: &ActorPlan| actor.secret().unwrap().reveal().to_owned();
            (of_plan(&plan).len(), own(&plan.actors[1]))
        };
        let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
        assert_eq!(accounts(failure), (1, "q".to_owned()));
        let one_of = format!("<scansion:one-of><stream:error/>{failure}</scansion:one-of>");
        assert_eq!(accounts(&one_of), (1, "q".to_owned()));
        // What else refuses it says nothing of the password.
        assert_eq!(accounts("<iq type='error'/>").1, "of the run");
    }

    #[test]
    fn who_has_the_password_of_an_account_has_it_under_any_that_the_run_gives() {
        let text = "[Client] A\n\tjid: a@x.org/1\n\tpassword: p\n\n[Client] B\n\tjid: a@x.org\n\tpassword: p\n\n\
                    [Client] C\n\tjid: c@x.org\n\tpassword: p\n---\nA connects\nB is refused:\n\t\
                    <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\nC is refused:\n\t\
                    <failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\n";
        let script = read(SourceFile::new("test.scs", text)).script;
        let options = PlanOptions {
            password: Some("of the run".into()),
            ..PlanOptions::default()
        };
        let plan = resolve(&script, &options).unwrap();
        let secrets = plan.actors.iter().filter_map(ActorPlan::secret);
        let secrets: Vec<&str> = secrets.map(|secret| secret.reveal()).collect();
        assert_eq!(secrets, ["of the run", "of the run", "p"]);
        assert_eq!(of_plan(&plan).len(), 1);
    }
}
