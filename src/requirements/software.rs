//! What a server says it is (XEP-0092), for what scripts know of servers by their names. It is asked once in a run, by
//! the user of a script on a connection of its own, before the script is played.

use std::collections::BTreeMap;

use minidom::Element;
use tokio::sync::Mutex;

use super::probe::{Question, log_in, result};
use crate::ns;
use crate::plan::{ActorPlan, Plan};
use crate::xmpp::{ConnectOptions, Dial};

/// How many users try to log in to ask. Why they are not let in is told by their scripts.
const TRIES: usize = 3;

/// What a server says it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Its name, and its version if it tells that, too.
    Name(String),
    /// No name.
    Nothing,
}

/// What servers have said, by their domains.
#[derive(Default)]
pub(super) struct Names(Mutex<BTreeMap<String, Asked>>);

#[derive(Default)]
struct Asked {
    tries: usize,
    told: Option<Told>,
}

impl Names {
    /// What the server of a plan's first user says it is; none as long as nobody could ask. A plan without users hears what
    /// others have asked.
    pub(super) async fn of(
        &self,
        plan: &Plan,
        dialer: &dyn Dial,
        options: &ConnectOptions,
    ) -> Option<Told> {
        let user = plan.actors.iter().find(|actor| can_ask(actor));
        let server = user.or(plan.actors.first())?.server.clone();
        // Other scripts that want to know meanwhile wait for the answer.
        let mut all = self.0.lock().await;
        let asked = all.entry(server).or_default();
        if let Some(user) = user.filter(|_| asked.told.is_none() && asked.tries < TRIES) {
            asked.tries += 1;
            asked.told = ask(user, dialer, options).await;
        }
        asked.told.clone()
    }
}

/// Whether an actor has an account by which it is let in.
fn can_ask(actor: &ActorPlan) -> bool {
    actor.role.has_account && actor.wrong.is_none() && actor.secret().is_some()
}

async fn ask(user: &ActorPlan, dialer: &dyn Dial, options: &ConnectOptions) -> Option<Told> {
    let login = user.account_login.clone();
    let mut interview = log_in(user, login, dialer, options).await.ok()?;
    let question = Question::query(&user.server, ns::VERSION);
    let answer = interview.ask(&[question]).await.pop();
    interview.end().await;
    Some(told(answer.and_then(Result::ok).as_ref()))
}

/// What an answer says, in a line.
fn told(answer: Option<&Element>) -> Told {
    let query = result(answer).filter(|query| query.is("query", ns::VERSION));
    let part = |name: &str| {
        let part = query?.get_child(name, ns::VERSION)?.text();
        let words: Vec<&str> = part.split_whitespace().collect();
        (!words.is_empty()).then(|| words.join(" "))
    };
    match (part("name"), part("version")) {
        (Some(name), Some(version)) => Told::Name(format!("{name} {version}")),
        (Some(name), None) => Told::Name(name),
        (None, _) => Told::Nothing,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PlanOptions, resolve};
    use crate::script::read;
    use crate::source::SourceFile;
    use crate::xmpp::testing::{FakeDialer, FakeLogin};

    const ROMEO: &str = "[Client] Romeo\n\tjid: romeo@localhost\n\tpassword: password\n";

    /// What two scripts hear of a server that answers so, and that takes one connection for that.
    async fn heard(answer: &str) -> Option<Told> {
        let script = read(SourceFile::new("play.scs", &format!("{ROMEO}\n---\n"))).script;
        let plan = resolve(&script, &PlanOptions::default()).unwrap();
        let (dialer, mut servers) = FakeDialer::local();
        let (names, options) = (Names::default(), ConnectOptions::default());
        let answering = async {
            let mut server = servers.recv().await.unwrap();
            server.log_in(&FakeLogin::default()).await.unwrap();
            let question = server.element().await;
            assert_eq!(question.attr("to"), Some("localhost"));
            assert!(question.has_child("query", ns::VERSION), "{question:?}");
            let id = question.attr("id").unwrap();
            let answer = answer.replace("ID", id);
            server.write(&answer).await;
            server.footer().await;
            server.write("</stream:stream>").await;
        };
        let asking = async {
            let first = names.of(&plan, &dialer, &options).await;
            assert_eq!(names.of(&plan, &dialer, &options).await, first);
            first
        };
        tokio::join!(asking, answering).0
    }

    fn named(name: &str) -> Option<Told> {
        Some(Told::Name(name.to_owned()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_is_asked_once_what_it_is() {
        let said = |content: &str| {
            format!(
                "<iq type='result' id='ID' from='localhost'><query xmlns='jabber:iq:version'>{content}</query></iq>"
            )
        };
        let full = said("<name>Globe</name><version>\n1.4 (beta)</version><os>Theatre</os>");
        assert_eq!(heard(&full).await, named("Globe 1.4 (beta)"));
        let name = said("<name>Globe</name><version/>");
        assert_eq!(heard(&name).await, named("Globe"));
        assert_eq!(heard(&said("")).await, Some(Told::Nothing));
        let error = "<iq type='error' id='ID' from='localhost'/>";
        assert_eq!(heard(error).await, Some(Told::Nothing));
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_lets_nobody_in_is_not_asked_for_ever() {
        let script = read(SourceFile::new("play.scs", &format!("{ROMEO}\n---\n"))).script;
        let plan = resolve(&script, &PlanOptions::default()).unwrap();
        let (dialer, servers) = FakeDialer::local();
        // Without a server, dials fail.
        drop(servers);
        let (names, options) = (Names::default(), ConnectOptions::default());
        for _ in 0..TRIES + 2 {
            assert_eq!(names.of(&plan, &dialer, &options).await, None);
        }
        let asked = names.0.lock().await;
        assert_eq!(asked.values().map(|asked| asked.tries).max(), Some(TRIES));
    }
}
