//! What a server must have for some scripts.

use std::collections::{BTreeMap, BTreeSet};

use crate::accounts::{Account, of_plan};
use crate::plan::Plan;
use crate::xmpp::{Identity, Password};

/// The domain that a server has when no script needs any.
const DEFAULT_DOMAIN: &str = "localhost";

/// The domains, components and accounts that some plans need of their server.
#[derive(Debug, Clone, Default)]
pub struct Needs {
    /// Domains whose users have accounts.
    pub domains: BTreeSet<String>,
    /// Domains where clients log in without a password (RFC 4505).
    pub anonymous: BTreeSet<String>,
    /// External components (XEP-0114): their domains and secrets.
    pub components: BTreeMap<String, Password>,
    /// Those with whom clients log in.
    pub accounts: BTreeSet<Account>,
}

impl Needs {
    /// What these plans need, all of them together.
    pub fn of_plans<'a>(plans: impl IntoIterator<Item = &'a Plan>) -> Self {
        let mut needs = Self::default();
        for plan in plans {
            for actor in &plan.actors {
                needs.add(&actor.identity);
            }
            needs.accounts.extend(of_plan(plan));
        }
        // A domain that has accounts, too, cannot be for anonymous users alone.
        needs
            .anonymous
            .retain(|domain| !needs.domains.contains(domain));
        if needs.domains.is_empty() && needs.anonymous.is_empty() {
            needs.domains.insert(DEFAULT_DOMAIN.to_owned());
        }
        needs
    }

    fn add(&mut self, identity: &Identity) {
        match identity {
            Identity::Client {
                localpart: Some(_),
                domain,
                ..
            } => {
                self.domains.insert(domain.clone());
            }
            Identity::Client { domain, .. } => {
                self.anonymous.insert(domain.clone());
            }
            Identity::Component { domain, secret } => {
                self.components
                    .entry(domain.clone())
                    .or_insert_with(|| secret.clone());
            }
        }
    }

    /// All domains that clients belong to, those with accounts first.
    pub(super) fn hosts(&self) -> impl Iterator<Item = &String> {
        self.domains.iter().chain(&self.anonymous)
    }

    /// The first domain, for what can have only one.
    pub(super) fn first_domain(&self) -> &str {
        self.hosts().next().map_or(DEFAULT_DOMAIN, String::as_str)
    }

    /// The domain of a service below a host, unless something else has it: a component of the cast, or a host.
    pub(super) fn service(&self, name: &str, host: &str) -> Option<String> {
        let domain = format!("{name}.{host}");
        let is_taken = self.components.contains_key(&domain)
            || self.domains.contains(&domain)
            || self.anonymous.contains(&domain);
        (!is_taken).then_some(domain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;

    fn needs(casts: &[&str]) -> Needs {
        let plans: Vec<Plan> = casts
            .iter()
            .map(|cast| {
                let text = format!("{cast}\n---\n");
                let script = read(SourceFile::new("test.scs", &text)).script;
                resolve(&script, &PlanOptions::default()).unwrap()
            })
            .collect();
        Needs::of_plans(&plans)
    }

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@a.org\n\tpassword: x\n";
    const GUEST: &str = "[Client] Guest\n\tjid: b.org\n";
    const SHOP: &str = "[Component] Shop\n\tjid: pubsub.a.org\n\tsecret: x\n";

    #[test]
    fn every_domain_of_the_casts_is_needed() {
        let needs = needs(&[ROMEO, GUEST, SHOP]);
        assert_eq!(needs.domains.iter().collect::<Vec<_>>(), ["a.org"]);
        assert_eq!(needs.anonymous.iter().collect::<Vec<_>>(), ["b.org"]);
        assert_eq!(needs.accounts.len(), 1);
        assert_eq!(needs.service("pubsub", "a.org"), None);
        assert_eq!(
            needs.service("conference", "a.org").as_deref(),
            Some("conference.a.org")
        );
    }

    #[test]
    fn a_domain_with_accounts_is_not_anonymous() {
        let guest = GUEST.replace("b.org", "a.org");
        let needs = needs(&[&guest, ROMEO]);
        assert!(needs.anonymous.is_empty());
        assert_eq!(needs.domains.len(), 1);
    }

    #[test]
    fn there_is_always_a_domain() {
        assert_eq!(needs(&[]).first_domain(), "localhost");
    }
}
