//! Asking a server what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use minidom::Element;
use rxml::xml_ncname;
use thiserror::Error;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};
use xmpp_parsers::disco::{DiscoInfoResult, DiscoItemsResult};

use super::known::{Entity, Known};
use crate::ns;
use crate::plan::{ActorPlan, Plan};
use crate::script::Requirement;
use crate::script::ast::Class;
use crate::xmpp::{self, ConnectError, ConnectOptions, Dial, Identity, Incoming, Session};

/// Why it cannot be found out whether a server has something.
#[derive(Debug, Clone, Error)]
pub enum ProbeError {
    /// The client that was to ask could not log in.
    #[error("cannot find out whether the server has what the script requires: {_0}{advice}", advice = advice(_0))]
    Connect(Box<ConnectError>),
}

fn advice(error: &ConnectError) -> String {
    let advice = error.advice().map(|advice| format!("; {advice}"));
    advice.unwrap_or_default()
}

/// What servers have, found out when it is first needed.
#[derive(Default)]
pub struct Probe {
    /// By the address and the domain that were asked, and whether its services were.
    known: Mutex<BTreeMap<(String, String, Services), Arc<Known>>>,
    /// The domains of components that scripts play: what comes for them is theirs, and they may not answer.
    played: Mutex<BTreeSet<String>>,
}

/// Whether the services at a server are asked, too: those that do not answer take the time of a whole timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Services {
    Left,
    Asked,
}

impl Services {
    /// They are asked if somebody wants to know of them.
    fn wanted(requirements: &[Requirement]) -> Self {
        let is_of_service =
            |requirement: &Requirement| matches!(requirement, Requirement::Service { .. });
        match requirements.iter().any(is_of_service) {
            true => Self::Asked,
            false => Self::Left,
        }
    }
}

impl Probe {
    /// Why the first requirement of a plan that is not met is not met; none if all are. From here on, none of the
    /// plan's components is asked, whosever requirements it is about: it may be on the stage.
    ///
    /// # Errors
    ///
    /// When the first client of the cast cannot log in to ask.
    pub async fn lacks(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Result<Option<String>, ProbeError> {
        self.played.lock().await.extend(components(plan));
        let mut clients = plan.actors.iter();
        let asking = clients.find(|actor| actor.class == Class::Client);
        // A cast without clients has no requirements, or it would not have passed the check.
        let Some(client) = asking.filter(|_| !plan.requirements.is_empty()) else {
            return Ok(None);
        };
        let services = Services::wanted(&plan.requirements);
        let known = self.known(client, services, dialer, options).await?;
        Ok(plan
            .requirements
            .iter()
            .find_map(|requirement| known.lacks(requirement)))
    }

    async fn known(
        &self,
        client: &ActorPlan,
        services: Services,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Result<Arc<Known>, ProbeError> {
        let place = (client.endpoint.to_string(), client.server.clone(), services);
        // Whoever asks for the same meanwhile waits for the answer.
        let mut all = self.known.lock().await;
        if let Some(known) = all.get(&place) {
            return Ok(Arc::clone(known));
        }
        let interview = begin(client, dialer, options).await?;
        let played = self.played.lock().await.clone();
        let known = Arc::new(interview.conduct(client, services, &played).await);
        all.insert(place, Arc::clone(&known));
        Ok(known)
    }
}

fn components(plan: &Plan) -> impl Iterator<Item = String> {
    let components = plan
        .actors
        .iter()
        .filter(|actor| actor.class == Class::Component);
    components.map(|component| component.jid.domain().to_string())
}

async fn begin(
    client: &ActorPlan,
    dialer: &dyn Dial,
    options: &ConnectOptions,
) -> Result<Interview, ProbeError> {
    let options = ConnectOptions {
        login: client.login.clone(),
        ..options.clone()
    };
    let identity = without_resource(&client.identity);
    let mut unobserved = |_| {};
    let session = xmpp::connect(
        dialer,
        &client.endpoint,
        &identity,
        &options,
        &mut unobserved,
    )
    .await
    .map_err(|error| ProbeError::Connect(Box::new(error)))?;
    Ok(Interview {
        session,
        patience: options.step_timeout,
        asked: 0,
    })
}

/// The script's own resources are for the script.
fn without_resource(identity: &Identity) -> Identity {
    let mut identity = identity.clone();
    if let Identity::Client { resource, .. } = &mut identity {
        *resource = None;
    }
    identity
}

/// Questions and answers on a stream.
struct Interview {
    session: Session,
    patience: Duration,
    /// How many questions were asked: an answer that comes too late is none to a later question.
    asked: usize,
}

impl Interview {
    async fn conduct(
        mut self,
        client: &ActorPlan,
        services: Services,
        played: &BTreeSet<String>,
    ) -> Known {
        let server = client.server.clone();
        let account = self.session.jid.to_bare().to_string();
        let questions = [
            (server.clone(), ns::DISCO_INFO),
            (account.clone(), ns::DISCO_INFO),
        ];
        let [about_server, about_account] =
            self.ask(&questions).await.try_into().unwrap_or_default();
        let known = Known {
            services: match services {
                Services::Asked => self.services(&server, played).await,
                Services::Left => Vec::new(),
            },
            server: entity(&server, about_server),
            account: entity(&account, about_account),
            stream: std::mem::take(&mut self.session.features),
        };
        self.leave().await;
        known
    }

    /// The services at a server, but for those that scripts play.
    async fn services(&mut self, server: &str, played: &BTreeSet<String>) -> Vec<Entity> {
        let question = [(server.to_owned(), ns::DISCO_ITEMS)];
        let items = self.ask(&question).await.into_iter().flatten();
        let items = items.filter_map(|items| DiscoItemsResult::try_from(items).ok());
        let jids = items.flat_map(|items| items.items).map(|item| item.jid);
        let questions: Vec<_> = jids
            .filter(|jid| !played.contains(jid.domain().as_str()))
            .map(|jid| (jid.to_string(), ns::DISCO_INFO))
            .collect();
        let answers = self.ask(&questions).await;
        let services = questions.iter().zip(answers);
        services
            .map(|((jid, _), answer)| entity(jid, answer))
            .collect()
    }

    /// Asks everybody at once; the answers are in the order of the questions. Who says nothing in time, or will not
    /// tell, has no answer.
    async fn ask(&mut self, questions: &[(String, &str)]) -> Vec<Option<Element>> {
        let mut answers = vec![None; questions.len()];
        let first = self.asked;
        for (to, namespace) in questions {
            let question = String::from(&question(self.asked, to, namespace));
            self.asked += 1;
            // A stream that is broken has no answers either.
            let _ = self.session.writer.send(&question).await;
        }
        let deadline = Instant::now() + self.patience;
        let mut open = questions.len();
        while open > 0
            && let Ok(Incoming::Element(element)) =
                timeout_at(deadline, self.session.reader.next()).await
        {
            if let Some(number) = number_of(&element).and_then(|number| number.checked_sub(first))
                && let Some(answer) = answers.get_mut(number)
            {
                open -= 1;
                let result = element.attr("type") == Some("result");
                *answer = result.then(|| element.children().next().cloned()).flatten();
            }
        }
        answers
    }

    async fn leave(mut self) {
        let deadline = Instant::now() + self.patience;
        // What is known is known, however the server takes the farewell.
        let _ = timeout_at(deadline, self.session.writer.close()).await;
        while let Ok(Incoming::Element(_)) = timeout_at(deadline, self.session.reader.next()).await
        {
        }
        let _ = timeout_at(deadline, self.session.writer.shutdown()).await;
    }
}

const ID: &str = "scansion-disco-";

fn question(number: usize, to: &str, namespace: &str) -> Element {
    Element::builder("iq", ns::CLIENT)
        .attr(xml_ncname!("type").to_owned(), "get")
        .attr(xml_ncname!("id").to_owned(), format!("{ID}{number}"))
        .attr(xml_ncname!("to").to_owned(), to)
        .append(Element::bare("query", namespace))
        .build()
}

fn number_of(answer: &Element) -> Option<usize> {
    let is_answer = matches!(answer.attr("type"), Some("result" | "error"));
    let id = answer
        .attr("id")
        .filter(|_| is_answer && answer.is("iq", ns::CLIENT))?;
    id.strip_prefix(ID)?.parse().ok()
}

fn entity(jid: &str, answer: Option<Element>) -> Entity {
    Entity::new(
        jid,
        answer.and_then(|info| DiscoInfoResult::try_from(info).ok()),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::testing::{FakeDialer, FakeLogin};

    const ITEMS: &str =
        "<item jid='pubsub.localhost'/><item jid='shop.localhost'/><item jid='a@shop.localhost'/>";

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n";
    const SHOP: &str = "[Component] Shop\n\tjid: shop.localhost\n\tsecret: secret\n";

    fn plan(text: &str) -> Plan {
        let script = read(SourceFile::new("play.scs", text)).script;
        resolve(&script, &PlanOptions::default()).unwrap()
    }

    /// What a script lacks that requires this, at a server that is asked these questions, and no others.
    async fn lacking(requirement: &str, questions: &[(&str, &str, &str)]) -> Option<String> {
        let text = format!("# Play\n## requires: {requirement}\n\n{ROMEO}\n---\nRomeo connects\n");
        let (asking, other) = (plan(&text), plan(&format!("# Other\n{SHOP}\n---\n")));
        let (dialer, mut servers) = FakeDialer::local();
        let (probe, options) = (Probe::default(), ConnectOptions::default());
        // Another job has a component on the stage.
        let lacks = probe.lacks(&other, &dialer, &options).await;
        assert_eq!(lacks.unwrap(), None);
        let answering = async {
            let mut server = servers.recv().await.unwrap();
            server.log_in(&FakeLogin::default()).await.unwrap();
            for (to, namespace, answer) in questions {
                let question = server.element().await;
                assert_eq!(question.attr("to"), Some(*to));
                assert!(question.has_child("query", *namespace), "{question:?}");
                let id = question.attr("id").unwrap();
                let answer = format!("<query xmlns='{namespace}'>{answer}</query>");
                let answer = format!("<iq type='result' from='{to}' id='{id}'>{answer}</iq>");
                server.write(&answer).await;
            }
            server.footer().await;
            server.write("</stream:stream>").await;
        };
        let asking = probe.lacks(&asking, &dialer, &options);
        tokio::join!(asking, answering).0.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn services_are_asked_only_for_what_is_required_of_them() {
        let server = ("localhost", ns::DISCO_INFO, "<feature var='urn:x'/>");
        let account = ("romeo@localhost", ns::DISCO_INFO, "");
        assert_eq!(lacking("urn:x", &[server, account]).await, None);
    }

    #[tokio::test(start_paused = true)]
    async fn components_that_scripts_play_are_never_asked() {
        let server = ("localhost", ns::DISCO_INFO, "");
        let account = ("romeo@localhost", ns::DISCO_INFO, "");
        let items = ("localhost", ns::DISCO_ITEMS, ITEMS);
        let identity = "<identity category='pubsub' type='service'/>";
        let service = ("pubsub.localhost", ns::DISCO_INFO, identity);
        let questions = [server, account, items, service];
        assert_eq!(lacking("pubsub/service", &questions).await, None);
    }
}
