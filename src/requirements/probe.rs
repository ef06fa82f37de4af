//! Asking a server what it has.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use minidom::Element;
use thiserror::Error;
use tokio::sync::Mutex;

use super::domains::Domains;
use super::known::{Answer, Entity, Known, Unmet, items, no_mechanism};
use super::software::{Names, Told};
use crate::ns;
use crate::plan::{ActorPlan, Plan};
use crate::script::{Payload, Requirement};
use crate::xmpp::{
    self, ConnectError, ConnectErrorKind, ConnectOptions, Dial, Identity, IqClient, IqError,
    LoginOptions, Refusal, TlsError, TlsPolicy,
};

/// Why it cannot be found out whether a server has something.
#[derive(Debug, Clone, Error)]
pub enum ProbeError {
    /// The client that was to ask could not log in.
    #[error("cannot find out whether the server has what the script requires: {_0}{advice}", advice = advice(_0))]
    Connect(Box<ConnectError>),
    /// The server did not tell: what was asked, what came of it, and what to try.
    #[error("cannot find out whether the server has what the script requires: {_0}")]
    Unheard(String),
}

fn advice(error: &ConnectError) -> String {
    let advice = error.advice().map(|advice| format!("; {advice}"));
    advice.unwrap_or_default()
}

/// What was found out about the requirements of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// All are met. The services that the script has names for, with their JIDs.
    Met(BTreeMap<String, String>),
    /// Why the first one that is not met is not met.
    Lacking(String),
}

/// What servers have, found out when it is first needed.
#[derive(Default)]
pub struct Probe {
    /// The answers, by the questions.
    known: Mutex<BTreeMap<Inquiry, Arc<Known>>>,
    /// The domains of components that scripts play: what comes for them is theirs, and they may not answer.
    played: Mutex<BTreeSet<String>>,
    domains: Domains,
    names: Names,
}

/// Where a client asks, and what. What is offered before the login depends on TLS.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Inquiry {
    endpoint: String,
    domain: String,
    tls: TlsPolicy,
    services: Services,
    requests: BTreeSet<Payload>,
}

impl Inquiry {
    fn of(client: &ActorPlan, requirements: &[Requirement]) -> Self {
        let mut services = Services::Left;
        let mut requests = BTreeSet::new();
        for requirement in requirements {
            match requirement.subject() {
                Requirement::Service(_) => services = Services::Asked,
                Requirement::Answer(payload) => {
                    requests.insert(payload.clone());
                }
                // These are always asked, or shown by the stream.
                Requirement::Any(_)
                | Requirement::Server(_)
                | Requirement::Account(_)
                | Requirement::Stream(_)
                | Requirement::Sasl(_)
                | Requirement::Domain(_)
                | Requirement::Not(_) => {}
            }
        }
        Self {
            endpoint: client.endpoint.to_string(),
            domain: client.server.clone(),
            tls: client.login.tls,
            services,
            requests,
        }
    }
}

/// Whether the services at a server are asked, too: those that do not answer take the time of a whole timeout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Services {
    Left,
    Asked,
}

impl Probe {
    /// Why a domain that a plan requires is not there, if that shows before anybody logs in.
    pub async fn missing_domain(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Option<String> {
        self.domains.missing(plan, dialer, options).await
    }

    /// What the server of a plan's first user says it is, by name and version; none as long as nobody could ask.
    pub async fn software(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Option<Told> {
        self.names.of(plan, dialer, options).await
    }

    /// Whether the requirements of a plan are met. From here on, none of the plan's components is asked, for no script:
    /// a job may have connected it.
    ///
    /// # Errors
    ///
    /// When the first client of the cast cannot log in to ask, or the server does not tell what is needed.
    pub async fn inquire(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Result<Finding, ProbeError> {
        self.played.lock().await.extend(played_domains(plan));
        let asking = plan.actors.iter().find(|actor| actor.role.is_user());
        // A script without clients does not have requirements, or it would not have passed the check.
        let is_question = |own: &&Requirement| !matches!(own, Requirement::Domain(_));
        let questions = plan.requirements.iter().find(is_question);
        let Some(client) = asking.filter(|_| questions.is_some()) else {
            return Ok(Finding::Met(BTreeMap::new()));
        };
        let met = match self.known(client, plan, dialer, options).await {
            Ok(known) => known.met(&plan.requirements),
            Err(error) => match without_login(client, plan, &error) {
                Some(reason) => Err(Unmet::Lacking(reason)),
                None => return Err(ProbeError::Connect(Box::new(error))),
            },
        };
        match met {
            Ok(services) => Ok(Finding::Met(services)),
            Err(Unmet::Lacking(reason)) => Ok(Finding::Lacking(reason)),
            Err(Unmet::Unknown(why)) => Err(ProbeError::Unheard(why)),
        }
    }

    async fn known(
        &self,
        client: &ActorPlan,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Result<Arc<Known>, ConnectError> {
        let inquiry = Inquiry::of(client, &plan.requirements);
        // Another script that asks for the same meanwhile waits for the answer.
        let mut all = self.known.lock().await;
        if let Some(known) = all.get(&inquiry) {
            return Ok(Arc::clone(known));
        }
        let interview = begin(client, dialer, options).await?;
        let played = self.played.lock().await.clone();
        let known = Arc::new(interview.conduct(&inquiry, &played).await);
        all.insert(inquiry, Arc::clone(&known));
        Ok(known)
    }
}

fn played_domains(plan: &Plan) -> impl Iterator<Item = String> {
    let actors = plan.actors.iter();
    let playing = actors.filter(|actor| actor.role.plays_domain());
    playing.map(|actor| actor.jid.domain().to_string())
}

/// What is lacking as far as the login has shown it, if there is no way to log in that both sides have.
fn without_login(client: &ActorPlan, plan: &Plan, error: &ConnectError) -> Option<String> {
    let ConnectErrorKind::NoMechanism { offered, .. } = &error.kind else {
        return None;
    };
    let mut requirements = plan.requirements.iter();
    requirements.find_map(|requirement| {
        let Requirement::Sasl(wanted) = requirement else {
            return None;
        };
        (!offered.contains(wanted)).then(|| no_mechanism(&client.server, wanted))
    })
}

/// Logs in as the client has to, or if the server does not let it by any mechanism, and with TLS: whether it is offered
/// may be what is to be found out, and a script can see to TLS itself.
async fn begin(
    client: &ActorPlan,
    dialer: &dyn Dial,
    options: &ConnectOptions,
) -> Result<Interview, ConnectError> {
    match log_in(client, client.login.clone(), dialer, options).await {
        Err(ConnectError {
            kind:
                ConnectErrorKind::NoMechanism {
                    wanted: Some(_), ..
                }
                | ConnectErrorKind::Tls(TlsError::Required),
            ..
        }) => {
            let login = LoginOptions {
                mechanism: None,
                ..client.account_login.clone()
            };
            log_in(client, login, dialer, options).await
        }
        begun => begun,
    }
}

pub(super) async fn log_in(
    client: &ActorPlan,
    login: LoginOptions,
    dialer: &dyn Dial,
    options: &ConnectOptions,
) -> Result<Interview, ConnectError> {
    let options = ConnectOptions {
        login,
        ..options.clone()
    };
    // The script's own resources are for the script.
    let identity = Identity {
        resource: None,
        ..client.identity.clone()
    };
    let mut unobserved = |_| {};
    let session = xmpp::connect(
        dialer,
        &client.endpoint,
        &identity,
        &options,
        &mut unobserved,
    );
    // A login takes much room, and most scripts need none here.
    let mut session = Box::pin(session).await?;
    let offered = std::mem::take(&mut session.raw.link.features).into_iter();
    Ok(Interview {
        account: session.jid.to_bare().to_string(),
        stream: offered.map(Arc::unwrap_or_clone).collect(),
        client: IqClient::new(session, options.step_timeout),
    })
}

/// Questions and answers on a stream.
pub(super) struct Interview {
    client: IqClient,
    /// The account's bare JID.
    account: String,
    /// What the stream has offered.
    stream: Vec<Element>,
}

impl Interview {
    async fn conduct(mut self, inquiry: &Inquiry, played: &BTreeSet<String>) -> Known {
        let server = &inquiry.domain;
        let account = self.account.clone();
        let asked = self.entities(&[server.clone(), account], IF_SLOW).await;
        let mut entities = asked.into_iter();
        let services = match inquiry.services {
            Services::Asked => self.services(server, played).await,
            Services::Left => Ok(Vec::new()),
        };
        let known = Known {
            server: entities.next().unwrap_or_default(),
            account: entities.next().unwrap_or_default(),
            services,
            answers: self.answers(&inquiry.requests).await,
            stream: std::mem::take(&mut self.stream),
        };
        self.end().await;
        known
    }

    pub(super) async fn end(self) {
        self.client.end().await;
    }

    /// The services at a server, but for those that scripts play; or why it did not name them.
    async fn services(
        &mut self,
        server: &str,
        played: &BTreeSet<String>,
    ) -> Result<Vec<Entity>, String> {
        let question = [Question::query(server, ns::DISCO_ITEMS)];
        let answers: Result<Vec<Element>, String> =
            self.hear(&question).await.into_iter().collect();
        let answers = answers?;
        let jids = answers
            .iter()
            .flat_map(|answer| items(result(Some(answer))));
        let jids: Vec<String> = jids
            .filter(|jid| !played.contains(jid.domain().as_str()))
            .map(|jid| jid.to_string())
            .collect();
        Ok(self.entities(&jids, IF_SLOW_OR_GONE).await)
    }

    /// What these entities say of themselves, in their order.
    async fn entities(&mut self, jids: &[String], if_silent: &'static str) -> Vec<Entity> {
        let questions = jids.iter().map(|jid| Question {
            if_silent,
            ..Question::query(jid, ns::DISCO_INFO)
        });
        let answers = self.hear(&questions.collect::<Vec<_>>()).await;
        let entities = jids.iter().zip(answers);
        let entities = entities.map(|(jid, answer)| match answer {
            Ok(answer) => Entity::new(jid, result(Some(&answer))),
            Err(why) => Entity::unheard(jid, why),
        });
        entities.collect()
    }

    /// The answers to requests without `to`, which the server answers for the account (RFC 6120 §10.3.3).
    async fn answers(&mut self, requests: &BTreeSet<Payload>) -> BTreeMap<Payload, Answer> {
        let questions = requests.iter().map(|payload| Question {
            to: None,
            payload: payload.clone(),
            if_silent: IF_SLOW,
        });
        let questions: Vec<Question> = questions.collect();
        let answers = questions.iter().zip(self.ask(&questions).await);
        let answers = answers.map(|(question, answer)| match answer {
            Err(IqError::Timeout(_)) => Answer::Missing,
            answer => {
                heard(question, answer).map_or_else(Answer::Unknown, |answer| judged(&answer))
            }
        });
        requests.iter().cloned().zip(answers).collect()
    }

    /// Asks all at once. An answer that tells nothing is none; why, is told in words.
    async fn hear(&mut self, questions: &[Question]) -> Vec<Result<Element, String>> {
        let answers = questions.iter().zip(self.ask(questions).await);
        let heard = answers.map(|(question, answer)| heard(question, answer));
        heard.collect()
    }

    /// Asks all at once; the answers, results and errors, are in the order of the questions.
    pub(super) async fn ask(&mut self, questions: &[Question]) -> Vec<Result<Element, IqError>> {
        let questions = questions.iter().map(|Question { to, payload, .. }| {
            let Payload { namespace, name } = payload;
            (to.as_deref(), Element::bare(name, namespace.as_str()))
        });
        self.client.ask(&questions.collect::<Vec<_>>()).await
    }
}

/// A request of type `get`.
pub(super) struct Question {
    /// The entity that it is for; none for the account's own server.
    pub(super) to: Option<String>,
    pub(super) payload: Payload,
    /// What to try where there is no answer.
    pub(super) if_silent: &'static str,
}

/// What to try where somebody does not answer who is there.
const IF_SLOW: &str = "if it is only slow, try a longer --timeout";
/// The same of a service that the server has named.
const IF_SLOW_OR_GONE: &str = "if it is only slow, try a longer --timeout; if it does not run, start it, or take it \
    from the services that the server names";

impl Question {
    /// One by an empty `query` of a namespace.
    pub(super) fn query(to: &str, namespace: &str) -> Self {
        Self {
            to: Some(to.to_owned()),
            payload: Payload {
                namespace: namespace.to_owned(),
                name: "query".to_owned(),
            },
            if_silent: IF_SLOW,
        }
    }
}

/// An answer from which something is learnt; or else what was asked, what came of it and what to try.
fn heard(question: &Question, answer: Result<Element, IqError>) -> Result<Element, String> {
    let error = match answer {
        Ok(answer) if is_trouble(&answer) => IqError::Refused(Refusal::of_stanza(&answer)),
        Ok(answer) => return Ok(answer),
        Err(error) => error,
    };
    let advice = match error {
        IqError::Timeout(_) => question.if_silent,
        IqError::Refused(_) | IqError::Closed(_) | IqError::Write(_) => {
            "the server's log may tell why"
        }
    };
    let Payload { namespace, name } = &question.payload;
    let to = question.to.as_deref().unwrap_or("the account");
    Err(format!(
        "{to} was asked by <{name} xmlns='{namespace}'/>, which came to nothing: {error}; {advice}"
    ))
}

/// Whether an answer tells of trouble, which says nothing of what is there (RFC 6120 §8.3.3), not of what is missing.
/// For a service that is not connected, servers answer that they cannot reach it.
fn is_trouble(answer: &Element) -> bool {
    let error = answer.get_child("error", ns::CLIENT);
    let is_to_wait = error.and_then(|error| error.attr("type")) == Some("wait");
    match Refusal::of_stanza(answer).condition.as_str() {
        "internal-server-error" => true,
        "feature-not-implemented"
        | "item-not-found"
        | "remote-server-timeout"
        | "service-unavailable" => false,
        _ => is_to_wait,
    }
}

/// What is in an answer that is a result.
pub(super) fn result(answer: Option<&Element>) -> Option<&Element> {
    let answer = answer.filter(|answer| answer.attr("type") == Some("result"))?;
    answer.children().next()
}

/// What an answer to an empty request tells.
fn judged(answer: &Element) -> Answer {
    let error = answer.get_child("error", ns::CLIENT);
    let kind = error.and_then(|error| error.attr("type"));
    match (answer.attr("type"), kind) {
        (Some("result"), _) | (_, Some("modify")) => Answer::Given,
        _ => {
            let mut conditions = error.into_iter().flat_map(Element::children);
            let condition = conditions.find(|child| child.has_ns(ns::STANZA_ERRORS));
            let condition = condition.map(|condition| condition.name().to_owned());
            Answer::Refused(condition.unwrap_or_else(|| "an error".to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::testing::{FakeDialer, FakeLogin, FakeServer};

    const ITEMS: &str =
        "<item jid='pubsub.localhost'/><item jid='shop.localhost'/><item jid='a@shop.localhost'/>";

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n";
    const SHOP: &str = "[Component] Shop\n\tjid: shop.localhost\n\tsecret: secret\n";

    fn plan(text: &str) -> Plan {
        let script = read(SourceFile::new("play.scs", text)).script;
        resolve(&script, &PlanOptions::default()).unwrap()
    }

    /// The result for a script that requires this, at a server that is asked these questions, and no others.
    async fn found(requirement: &str, questions: &[(&str, &str, &str)]) -> Finding {
        let text = format!("# Play\n## requires: {requirement}\n\n{ROMEO}\n---\nRomeo connects\n");
        let (asking, other) = (plan(&text), plan(&format!("# Other\n{SHOP}\n---\n")));
        let (dialer, mut servers) = FakeDialer::local();
        let (probe, options) = (Probe::default(), ConnectOptions::default());
        // Another job has connected a component.
        let found = probe.inquire(&other, &dialer, &options).await;
        assert_eq!(found.unwrap(), met(&[]));
        let answering = async {
            let mut server = servers.recv().await.unwrap();
            server.log_in(&FakeLogin::default()).await.unwrap();
            for (to, namespace, answer) in questions {
                let question = server.element().await;
                assert_eq!(question.attr("to").unwrap_or_default(), *to);
                assert!(question.has_child("query", *namespace), "{question:?}");
                let id = question.attr("id").unwrap();
                let (kind, answer) = match answer.starts_with("<error") {
                    true => ("error", (*answer).to_owned()),
                    false => (
                        "result",
                        format!("<query xmlns='{namespace}'>{answer}</query>"),
                    ),
                };
                let from = match to.is_empty() {
                    true => String::new(),
                    false => format!(" from='{to}'"),
                };
                let answer = format!("<iq type='{kind}' id='{id}'{from}>{answer}</iq>");
                server.write(&answer).await;
            }
            server.footer().await;
            server.write("</stream:stream>").await;
        };
        let asking = probe.inquire(&asking, &dialer, &options);
        tokio::join!(asking, answering).0.unwrap()
    }

    fn met(services: &[(&str, &str)]) -> Finding {
        let owned = |(name, jid): &(&str, &str)| ((*name).to_owned(), (*jid).to_owned());
        Finding::Met(services.iter().map(owned).collect())
    }

    const SERVER: (&str, &str, &str) = ("localhost", ns::DISCO_INFO, "<feature var='urn:x'/>");
    const ACCOUNT: (&str, &str, &str) = ("romeo@localhost", ns::DISCO_INFO, "");
    const PUBSUB: &str = "<identity category='pubsub' type='service'/>";

    #[tokio::test(start_paused = true)]
    async fn services_are_asked_only_for_what_is_required_of_them() {
        assert_eq!(found("urn:x", &[SERVER, ACCOUNT]).await, met(&[]));
    }

    #[tokio::test(start_paused = true)]
    async fn components_that_scripts_play_are_never_asked() {
        let items = ("localhost", ns::DISCO_ITEMS, ITEMS);
        let service = ("pubsub.localhost", ns::DISCO_INFO, PUBSUB);
        let questions = [SERVER, ACCOUNT, items, service];
        let nodes = met(&[("nodes", "pubsub.localhost")]);
        assert_eq!(found("pubsub/service as nodes", &questions).await, nodes);
        let lacking = found("not pubsub/service", &questions).await;
        assert!(matches!(lacking, Finding::Lacking(_)), "{lacking:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_is_answered_by_a_result_or_by_what_it_lacks() {
        let error = |kind: &str, condition: &str| {
            let condition = format!("<{condition} xmlns='{}'/>", ns::STANZA_ERRORS);
            format!("<error type='{kind}'>{condition}</error>")
        };
        let asked = async |answer: &str| {
            let request = ("", "urn:z", answer);
            found("answer urn:z", &[SERVER, ACCOUNT, request]).await
        };
        assert_eq!(asked("").await, met(&[]));
        assert_eq!(asked(&error("modify", "bad-request")).await, met(&[]));
        let lacking = asked(&error("cancel", "service-unavailable")).await;
        let reason =
            "localhost answers a request with <query xmlns='urn:z'/> with service-unavailable";
        assert_eq!(lacking, Finding::Lacking(reason.to_owned()));
    }

    /// The result for a script that requires this, at a server that goes on like this after the login.
    async fn found_at(
        requirement: &str,
        answer: impl AsyncFnOnce(&mut FakeServer),
    ) -> Result<Finding, ProbeError> {
        let text = format!("# Play\n## requires: {requirement}\n\n{ROMEO}\n---\nRomeo connects\n");
        let plan = plan(&text);
        let (dialer, mut servers) = FakeDialer::local();
        let (probe, options) = (Probe::default(), ConnectOptions::default());
        let answering = async {
            let mut server = servers.recv().await.unwrap();
            server.log_in(&FakeLogin::default()).await.unwrap();
            answer(&mut server).await;
            server
        };
        let asking = probe.inquire(&plan, &dialer, &options);
        tokio::join!(asking, answering).0
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_breaks_when_it_is_asked_lacks_nothing() {
        const STREAM_ERROR: &str = "<stream:error><internal-server-error \
            xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
        for requirement in ["urn:x", "not urn:x", "conference/text", "not answer urn:x"] {
            for (answer, told) in [
                ("<<<", "the server sent "),
                ("</stream:stream>", "the server closed the stream"),
                (STREAM_ERROR, "stream error internal-server-error"),
            ] {
                let found = found_at(requirement, async |server| server.write(answer).await).await;
                let error = found.unwrap_err().to_string();
                assert!(error.contains(told), "{requirement}: {error}");
            }
        }
        let silent = found_at("not urn:x", async |_| {}).await;
        let error = silent.unwrap_err().to_string();
        let told = "cannot find out whether the server has what the script requires: localhost was asked by <query \
            xmlns='http://jabber.org/protocol/disco#info'/>, which came to nothing: no answer within 5 s; if it is \
            only slow, try a longer --timeout";
        assert_eq!(error, told);
    }

    #[tokio::test(start_paused = true)]
    async fn a_service_that_is_named_and_silent_is_told_of_where_no_other_fits() {
        let found = async |other: &str| {
            let requirement = "conference/text as rooms";
            let found = found_at(requirement, async |server| {
                for info in [
                    "",
                    "",
                    "<item jid='mute.localhost'/><item jid='b.localhost'/>",
                ] {
                    answer(server, info).await;
                }
                server.element().await;
                answer(server, other).await;
            });
            found.await.map_err(|error| error.to_string())
        };
        let rooms = "<identity category='conference' type='text'/>";
        assert_eq!(found(rooms).await, Ok(met(&[("rooms", "b.localhost")])));
        let told = "cannot find out whether the server has what the script requires: mute.localhost was asked by <query \
            xmlns='http://jabber.org/protocol/disco#info'/>, which came to nothing: no answer within 5 s; if it is \
            only slow, try a longer --timeout; if it does not run, start it, or take it from the services that the \
            server names";
        assert_eq!(found("").await, Err(told.to_owned()));
    }

    /// Answers a question of service discovery.
    async fn answer(server: &mut FakeServer, info: &str) {
        let question = server.element().await;
        let (id, to) = (question.attr("id").unwrap(), question.attr("to").unwrap());
        let namespace = question.children().next().unwrap().ns();
        let query = format!("<query xmlns='{namespace}'>{info}</query>");
        let answer = format!("<iq type='result' id='{id}' from='{to}'>{query}</iq>");
        server.write(&answer).await;
    }

    /// Whether what an entity has is known where it answers by this error.
    async fn is_known(kind: &str, condition: &str) -> bool {
        let found = found_at("not urn:x", async |server| {
            for _ in 0..2 {
                let question = server.element().await;
                let (id, to) = (question.attr("id").unwrap(), question.attr("to").unwrap());
                let answer = format!(
                    "<iq type='error' id='{id}' from='{to}'><error type='{kind}'><{condition} xmlns='{}'/></error></iq>",
                    ns::STANZA_ERRORS
                );
                server.write(&answer).await;
            }
        });
        found.await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn an_error_tells_that_nothing_is_there_or_of_trouble() {
        for (kind, condition) in [
            ("cancel", "service-unavailable"),
            ("cancel", "feature-not-implemented"),
            ("cancel", "item-not-found"),
            ("auth", "forbidden"),
            ("wait", "remote-server-timeout"),
            ("wait", "service-unavailable"),
        ] {
            assert!(is_known(kind, condition).await, "{kind} {condition}");
        }
        for (kind, condition) in [
            ("wait", "internal-server-error"),
            ("cancel", "internal-server-error"),
            ("wait", "resource-constraint"),
        ] {
            assert!(!is_known(kind, condition).await, "{kind} {condition}");
        }
    }

    /// The results for these scripts, one after the other, at a server that offers these mechanisms and says nothing of
    /// itself; and how many logins that took.
    async fn found_where(mechanisms: &[&'static str], scripts: &[&str]) -> (Vec<Finding>, usize) {
        let (dialer, mut servers) = FakeDialer::local();
        let (probe, options) = (Probe::default(), ConnectOptions::default());
        let login = FakeLogin::offering(mechanisms);
        let logins = Cell::new(0);
        let answering = async {
            while let Some(mut server) = servers.recv().await {
                // A client that finds no mechanism hangs up.
                if server.log_in(&login).await.is_none() {
                    continue;
                }
                logins.set(logins.get() + 1);
                for _ in 0..2 {
                    let question = server.element().await;
                    let id = question.attr("id").unwrap();
                    server.write(&format!("<iq type='error' id='{id}'/>")).await;
                }
                server.footer().await;
                server.write("</stream:stream>").await;
            }
        };
        let asking = async {
            let mut found = Vec::new();
            for script in scripts {
                let finding = probe.inquire(&plan(script), &dialer, &options).await;
                found.push(finding.unwrap());
            }
            found
        };
        tokio::select! {
            found = asking => (found, logins.get()),
            () = answering => unreachable!(),
        }
    }

    /// A script that requires SCRAM-SHA-256, and whose client has this property.
    fn scram(property: &str) -> String {
        let head = "# Play\n## requires: sasl SCRAM-SHA-256\n";
        format!("{head}\n{ROMEO}\t{property}\n---\nRomeo connects\n")
    }

    /// What is found out by a client that has to log in by SCRAM-SHA-256, at a server that offers these.
    async fn found_by_scram(mechanisms: &[&'static str]) -> Finding {
        let script = scram("mechanism: SCRAM-SHA-256");
        found_where(mechanisms, &[&script]).await.0.remove(0)
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_offered_is_asked_anew_where_tls_is_used_otherwise() {
        let (auto, none) = (scram("tls: auto"), scram("tls: none"));
        let (found, logins) = found_where(&["PLAIN"], &[&auto, &auto, &none]).await;
        assert_eq!((found.len(), logins), (3, 2));
    }

    #[tokio::test(start_paused = true)]
    async fn a_mechanism_that_is_asked_for_is_not_needed_to_ask() {
        assert_eq!(found_by_scram(&["PLAIN", "SCRAM-SHA-256"]).await, met(&[]));
        let reason = "localhost does not offer the mechanism SCRAM-SHA-256";
        let lacking = Finding::Lacking(reason.to_owned());
        assert_eq!(found_by_scram(&["PLAIN", "SCRAM-SHA-1"]).await, lacking);
        // There is no way in at all, and that is enough to know.
        assert_eq!(found_by_scram(&["GSSAPI"]).await, lacking);
    }
}
