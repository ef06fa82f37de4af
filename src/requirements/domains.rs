//! Whether servers have the domains that scripts require. It is asked where the actor of that domain connects, by a
//! stream of its own, on which nobody logs in. It judges nothing else: why an actor is not let in is told when it
//! connects.

use std::collections::BTreeMap;

use tokio::sync::Mutex;

use crate::plan::{ActorPlan, Plan};
use crate::script::Requirement;
use crate::xmpp::{Closed, ConnectError, ConnectErrorKind, ConnectOptions, Dial, knock};

/// What is known of the domains of servers, each asked once.
#[derive(Default)]
pub(super) struct Domains {
    /// Why a domain is not there, if it is not, by the server and the domain.
    known: Mutex<BTreeMap<(String, String), Option<String>>>,
}

impl Domains {
    /// Why the first domain that a plan requires and that is not there is not; none if all are.
    pub(super) async fn missing(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Option<String> {
        for actor in required(plan) {
            let key = (actor.endpoint.to_string(), actor.identity.domain.clone());
            // Another script that asks for the same meanwhile waits for the answer.
            let mut known = self.known.lock().await;
            let reason = match known.get(&key) {
                Some(reason) => reason.clone(),
                None => {
                    let reason = lacks(actor, dialer, options).await;
                    known.insert(key, reason.clone());
                    reason
                }
            };
            if reason.is_some() {
                return reason;
            }
        }
        None
    }
}

/// The first actor of each domain that is required.
fn required(plan: &Plan) -> impl Iterator<Item = &ActorPlan> {
    let requirements = plan.requirements.iter();
    requirements.filter_map(|requirement| {
        let Requirement::Domain(domain) = requirement else {
            return None;
        };
        let mut actors = plan.actors.iter();
        actors.find(|actor| actor.identity.domain == *domain)
    })
}

/// Why the server of an actor does not have the actor's domain; none if it has, or if that is not known.
async fn lacks(actor: &ActorPlan, dialer: &dyn Dial, options: &ConnectOptions) -> Option<String> {
    let options = ConnectOptions {
        login: actor.login.clone(),
        ..options.clone()
    };
    let (endpoint, domain) = (&actor.endpoint, &actor.identity.domain);
    let error = knock(dialer, endpoint, &actor.identity, &options)
        .await
        .err()?;
    if actor.is_led_nowhere {
        return Some(format!(
            "nobody has said where components connect, and {endpoint} takes none as {domain}; `--component-server \
             HOST:PORT` says it"
        ));
    }
    is_unknown(&error).then(|| {
        format!("{endpoint} does not serve {domain}; where a server has that domain, too, this is tested")
    })
}

/// Whether the server says that it does not have the domain (RFC 6120 §4.9.3.6).
fn is_unknown(error: &ConnectError) -> bool {
    match &error.kind {
        ConnectErrorKind::Closed(Closed::StreamError { condition, .. }) => {
            condition == "host-unknown"
        }
        _ => false,
    }
}
