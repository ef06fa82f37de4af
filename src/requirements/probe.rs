//! Asking a server what it has.

use std::collections::BTreeMap;
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
    /// By the address and the domain that were asked.
    known: Mutex<BTreeMap<(String, String), Arc<Known>>>,
}

impl Probe {
    /// Why the first requirement of a plan that is not met is not met; none if all are.
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
        let mut clients = plan.actors.iter();
        let asking = clients.find(|actor| actor.class == Class::Client);
        // A cast without clients has no requirements, or it would not have passed the check.
        let Some(client) = asking.filter(|_| !plan.requirements.is_empty()) else {
            return Ok(None);
        };
        let known = self.known(client, dialer, options).await?;
        Ok(plan
            .requirements
            .iter()
            .find_map(|requirement| known.lacks(requirement)))
    }

    async fn known(
        &self,
        client: &ActorPlan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Result<Arc<Known>, ProbeError> {
        let place = (client.endpoint.to_string(), client.server.clone());
        // Whoever asks for the same meanwhile waits for the answer.
        let mut all = self.known.lock().await;
        if let Some(known) = all.get(&place) {
            return Ok(Arc::clone(known));
        }
        let known = Arc::new(ask(client, dialer, options).await?);
        all.insert(place, Arc::clone(&known));
        Ok(known)
    }
}

async fn ask(
    client: &ActorPlan,
    dialer: &dyn Dial,
    options: &ConnectOptions,
) -> Result<Known, ProbeError> {
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
    Ok(Interview::new(session, options.step_timeout)
        .conduct(client)
        .await)
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
}

impl Interview {
    fn new(session: Session, patience: Duration) -> Self {
        Self { session, patience }
    }

    async fn conduct(mut self, client: &ActorPlan) -> Known {
        let server = client.server.clone();
        let account = self.session.jid.to_bare().to_string();
        let questions = [
            (server.clone(), ns::DISCO_INFO),
            (account.clone(), ns::DISCO_INFO),
            (server.clone(), ns::DISCO_ITEMS),
        ];
        let [about_server, about_account, items] =
            self.ask(&questions).await.try_into().unwrap_or_default();
        let items = items.and_then(|items| DiscoItemsResult::try_from(items).ok());
        let services: Vec<String> = items
            .into_iter()
            .flat_map(|items| items.items)
            .map(|item| item.jid.to_string())
            .collect();
        let questions: Vec<_> = services
            .iter()
            .map(|service| (service.clone(), ns::DISCO_INFO))
            .collect();
        let answers = self.ask(&questions).await;
        let known = Known {
            server: entity(&server, about_server),
            account: entity(&account, about_account),
            services: services
                .iter()
                .zip(answers)
                .map(|(jid, answer)| entity(jid, answer))
                .collect(),
            stream: std::mem::take(&mut self.session.features),
        };
        self.leave().await;
        known
    }

    /// Asks everybody at once; the answers are in the order of the questions. Who says nothing in time, or will not
    /// tell, has no answer.
    async fn ask(&mut self, questions: &[(String, &str)]) -> Vec<Option<Element>> {
        let mut answers = vec![None; questions.len()];
        for (number, (to, namespace)) in questions.iter().enumerate() {
            let question = String::from(&question(number, to, namespace));
            // A stream that is broken has no answers either.
            let _ = self.session.writer.send(&question).await;
        }
        let deadline = Instant::now() + self.patience;
        let mut open = questions.len();
        while open > 0
            && let Ok(Incoming::Element(element)) =
                timeout_at(deadline, self.session.reader.next()).await
        {
            if let Some(number) = number_of(&element)
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
