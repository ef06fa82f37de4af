//! Service administration by ad-hoc commands (XEP-0133, XEP-0050): an admin adds and deletes users.

use minidom::Element;
use rxml::strings::validate_cdata;
use rxml::{Namespace, xml_ncname};

use super::account::{Account, Resident};
use super::error::{AccountErrorKind, Way};
use super::form;
use super::office::{Network, Origin, log_in};
use super::talk::{Talk, Verb};
use crate::ns;
use crate::xmpp::{Endpoint, LoginOptions, Notice, TlsPolicy, connect};

/// XEP-0133 §4.1.
const ADD_USER: &str = "http://jabber.org/protocol/admin#add-user";
/// XEP-0133 §4.2.
const DELETE_USER: &str = "http://jabber.org/protocol/admin#delete-user";

/// The admin, who logs in when there is something to do.
pub(super) struct AdHoc<'a> {
    admin: &'a Account,
    network: Network<'a>,
    session: Option<(Endpoint, Talk)>,
}

impl<'a> AdHoc<'a> {
    pub(super) fn new(admin: &'a Account, network: Network<'a>) -> Self {
        Self {
            admin,
            network,
            session: None,
        }
    }

    pub(super) async fn make(
        &mut self,
        resident: &Resident,
        notices: &mut Vec<Notice>,
    ) -> Result<Origin, AccountErrorKind> {
        let account = &resident.account;
        let (jid, password) = (account.jid(), account.password.reveal());
        validate_cdata(password).map_err(|_| AccountErrorKind::Unwritable)?;
        let answers = [
            ("accountjid", jid.as_str()),
            ("password", password),
            ("password-verify", password),
        ];
        let talk = self.log_in(resident, notices).await?;
        match execute(talk, &account.domain, ADD_USER, &answers).await {
            Ok(()) => Ok(Origin::Made),
            Err(AccountErrorKind::Refused { refusal, .. }) if refusal.condition == "conflict" => {
                Ok(Origin::Found)
            }
            // Prosody says in words alone that there is such an account. Who can log in has one.
            Err(AccountErrorKind::NotDone(_)) if self.can_log_in(resident).await => {
                Ok(Origin::Found)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn remove(&mut self, resident: &Resident) -> Result<(), AccountErrorKind> {
        let jid = resident.account.jid();
        let answers = [("accountjids", jid.as_str())];
        let talk = self.log_in(resident, &mut Vec::new()).await?;
        execute(talk, &resident.account.domain, DELETE_USER, &answers).await
    }

    pub(super) async fn leave(self) {
        if let Some((_, talk)) = self.session {
            talk.end().await;
        }
    }

    /// The admin's session on the server of an account: the one that there is, or a new one.
    async fn log_in(
        &mut self,
        resident: &Resident,
        notices: &mut Vec<Notice>,
    ) -> Result<&mut Talk, AccountErrorKind> {
        let endpoint = self.endpoint(&resident.endpoint);
        let talk = match self.session.take() {
            Some((there, talk)) if there == endpoint => talk,
            elsewhere => {
                if let Some((_, talk)) = elsewhere {
                    talk.end().await;
                }
                self.connect(&endpoint, resident.login.tls, notices).await?
            }
        };
        Ok(&mut self.session.insert((endpoint, talk)).1)
    }

    async fn connect(
        &self,
        endpoint: &Endpoint,
        tls: TlsPolicy,
        notices: &mut Vec<Notice>,
    ) -> Result<Talk, AccountErrorKind> {
        let options = self.network.options_for(LoginOptions {
            tls,
            ..LoginOptions::default()
        });
        let (dialer, identity) = (self.network.dialer, self.admin.identity());
        let session = connect(dialer, endpoint, &identity, &options, &mut |_| {}).await;
        let mut session = session.map_err(AccountErrorKind::Admin)?;
        notices.append(&mut session.notices);
        Ok(Talk::new(session, options.step_timeout))
    }

    /// The admin goes where the user goes, unless it is the user's domain that says where.
    fn endpoint(&self, of_user: &Endpoint) -> Endpoint {
        let mut endpoint = of_user.clone();
        if let Endpoint::Domain { domain, .. } = &mut endpoint {
            domain.clone_from(&self.admin.domain);
        }
        endpoint
    }

    async fn can_log_in(&self, resident: &Resident) -> bool {
        match log_in(self.network, resident).await {
            Ok(session) => {
                let patience = self.network.options.step_timeout;
                Talk::new(session, patience).end().await;
                true
            }
            Err(_) => false,
        }
    }
}

/// Executes a command that asks with one form (XEP-0050 §2.4).
async fn execute(
    talk: &mut Talk,
    domain: &str,
    node: &str,
    answers: &[(&str, &str)],
) -> Result<(), AccountErrorKind> {
    let asked = step(talk, domain, command(node, "execute")).await?;
    let form = form::find(&asked)?
        .ok_or_else(|| AccountErrorKind::Protocol("its command has no form".to_owned()))?;
    let mut submission = command(node, "complete");
    if let Some(session) = asked.attr("sessionid") {
        submission.set_attr(
            Namespace::NONE,
            xml_ncname!("sessionid").to_owned(),
            session,
        );
    }
    submission.append_child(form::fill(form, answers)?);
    let done = step(talk, domain, submission).await?;
    match done.attr("status") {
        Some("completed") => Ok(()),
        _ => Err(AccountErrorKind::Protocol(
            "its command did not come to an end".to_owned(),
        )),
    }
}

async fn step(
    talk: &mut Talk,
    domain: &str,
    command: Element,
) -> Result<Element, AccountErrorKind> {
    let answer = talk.request(Verb::Set, Some(domain), command).await;
    let answer = answer.map_err(|error| AccountErrorKind::of_talk(error, Way::Admin))?;
    let command = answer
        .get_child("command", ns::COMMANDS)
        .ok_or_else(|| AccountErrorKind::Protocol("it answered without a command".to_owned()))?;
    match complaint(command) {
        Some(words) => Err(AccountErrorKind::NotDone(words)),
        None => Ok(command.clone()),
    }
}

fn command(node: &str, action: &str) -> Element {
    Element::builder("command", ns::COMMANDS)
        .attr(xml_ncname!("node").to_owned(), node)
        .attr(xml_ncname!("action").to_owned(), action)
        .build()
}

/// What a server says of a command that did not work (XEP-0050 §3.4).
fn complaint(command: &Element) -> Option<String> {
    let mut notes = command
        .children()
        .filter(|child| child.is("note", ns::COMMANDS));
    let note = notes.find(|note| note.attr("type") == Some("error"))?;
    Some(note.text().trim().to_owned())
}
