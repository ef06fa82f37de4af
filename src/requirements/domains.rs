//! Whether servers have the domains that scripts require. It is asked where the actor of that domain connects, by a
//! stream of its own, on which nobody logs in. It judges nothing else: why an actor is not let in is told when it
//! connects.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{Mutex, OnceCell};

use crate::plan::{ActorPlan, Plan};
use crate::script::Requirement;
use crate::xmpp::{ConnectOptions, Dial, knock};

/// What is known of the domains of servers, each asked once.
#[derive(Default)]
pub(super) struct Domains(Mutex<BTreeMap<(String, String), Answer>>);

/// Why a domain is not there, if it is not. Scripts that ask for the same meanwhile wait for the answer.
type Answer = Arc<OnceCell<Option<String>>>;

impl Domains {
    /// Why the first domain that a plan requires and that is not there is not; none if all are.
    pub(super) async fn missing(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Option<String> {
        for actor in required(plan) {
            let answer = self.answer(actor).await;
            let lacking = answer.get_or_init(|| lacks(actor, dialer, options)).await;
            if lacking.is_some() {
                return lacking.clone();
            }
        }
        None
    }

    async fn answer(&self, actor: &ActorPlan) -> Answer {
        let key = (actor.endpoint.to_string(), actor.identity.domain.clone());
        Arc::clone(self.0.lock().await.entry(key).or_default())
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
    let knocking = knock(dialer, endpoint, &actor.identity, &options);
    // A connection takes much room, and most scripts need none here.
    let error = Box::pin(knocking).await.err()?;
    if actor.is_led_nowhere {
        return Some(format!(
            "nobody has said where components connect, and {endpoint} takes none as {domain}; `--component-server \
             HOST:PORT` says it"
        ));
    }
    error.is_of_unknown_domain().then(|| {
        format!("{endpoint} does not serve {domain}; where a server has that domain, too, this is tested")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::testing::{COMPONENT_HEADER, FakeDialer, HEADER};

    const GUEST: &str = "[Client] Guest\n\tjid: guests.localhost\n";
    const SHOP: &str = "[Component] Shop\n\tjid: shop.localhost\n\tsecret: secret\n";

    fn ends_with(condition: &str) -> String {
        format!(
            "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>"
        )
    }

    /// What two scripts hear of this domain, whose server answers the one header that comes so.
    async fn heard(domain: &str, cast: &str, answer: &str) -> Option<String> {
        let text = format!("# Play\n## requires: domain {domain}\n\n{cast}\n---\n");
        let script = read(SourceFile::new("play.scs", &text)).script;
        let plan = resolve(&script, &PlanOptions::default()).unwrap();
        let (dialer, mut servers) = FakeDialer::local();
        let domains = Domains::default();
        let options = ConnectOptions::default();
        let answering = async {
            let mut server = servers.recv().await.unwrap();
            let header = match cast == GUEST {
                true => HEADER,
                false => COMPONENT_HEADER,
            };
            server.greet_with(header, answer).await;
            server.footer().await;
        };
        let asking = async {
            let first = domains.missing(&plan, &dialer, &options).await;
            assert_eq!(domains.missing(&plan, &dialer, &options).await, first);
            first
        };
        tokio::join!(asking, answering).0
    }

    #[tokio::test(start_paused = true)]
    async fn only_a_server_that_says_so_lacks_a_domain() {
        let lacking = heard("guests.localhost", GUEST, &ends_with("host-unknown")).await;
        assert!(
            lacking
                .unwrap()
                .contains(" does not serve guests.localhost; ")
        );
        for answer in ["<stream:features/>", &ends_with("internal-server-error")] {
            assert_eq!(
                heard("guests.localhost", GUEST, answer).await,
                None,
                "{answer}"
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_component_goes_where_somebody_has_said() {
        let refused = ends_with("not-authorized");
        let lacking = heard("shop.localhost", SHOP, &refused).await;
        assert!(
            lacking
                .unwrap()
                .starts_with("nobody has said where components connect")
        );
        let led = format!("{SHOP}\tconnect_port: 5348\n");
        assert_eq!(heard("shop.localhost", &led, &refused).await, None);
        let lacking = heard("shop.localhost", &led, &ends_with("host-unknown")).await;
        assert!(
            lacking
                .unwrap()
                .contains(" does not serve shop.localhost; ")
        );
    }
}
