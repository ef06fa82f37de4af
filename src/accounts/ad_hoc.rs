//! Service administration by ad-hoc commands (XEP-0133, XEP-0050): an admin adds and deletes users.

use minidom::Element;
use rxml::strings::validate_cdata;
use rxml::{Namespace, xml_ncname};

use super::account::{Account, NeededAccount, Origin};
use super::error::{AccountErrorKind, Way};
use super::form;
use super::network::{Network, found, lets_in};
use crate::ns;
use crate::xmpp::{Endpoint, IqClient, IqKind, LoginOptions, Notice, TlsPolicy, connect};

/// XEP-0133 §4.1.
const ADD_USER: &str = "http://jabber.org/protocol/admin#add-user";
/// XEP-0133 §4.2.
const DELETE_USER: &str = "http://jabber.org/protocol/admin#delete-user";

/// The admin, who logs in when there is something to do.
pub(super) struct AdHoc<'a> {
    admin: &'a Account,
    network: Network<'a>,
    session: Option<(Endpoint, IqClient)>,
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
        needed: &NeededAccount,
        notices: &mut Vec<Notice>,
    ) -> Result<Origin, AccountErrorKind> {
        let account = &needed.account;
        let (jid, password) = (account.jid(), account.password.reveal());
        validate_cdata(password).map_err(|_| AccountErrorKind::Unwritable)?;
        let answers = [
            ("accountjid", jid.as_str()),
            ("password", password),
            ("password-verify", password),
        ];
        let client = self.log_in(needed, notices).await?;
        match execute(client, &account.domain, ADD_USER, &answers).await {
            Ok(()) => Ok(Origin::Made),
            Err(AccountErrorKind::Refused { refusal, .. }) if refusal.condition == "conflict" => {
                found(self.network, needed).await
            }
            // Prosody says in words alone that there is such an account. A user who can log in has one.
            Err(AccountErrorKind::NotDone(_)) if lets_in(self.network, needed).await.is_ok() => {
                Ok(Origin::Found)
            }
            Err(error) => Err(error),
        }
    }

    pub(super) async fn remove(&mut self, needed: &NeededAccount) -> Result<(), AccountErrorKind> {
        let jid = needed.account.jid();
        let answers = [("accountjids", jid.as_str())];
        let client = self.log_in(needed, &mut Vec::new()).await?;
        execute(client, &needed.account.domain, DELETE_USER, &answers).await
    }

    pub(super) async fn leave(self) {
        if let Some((_, client)) = self.session {
            client.end().await;
        }
    }

    /// The admin's session on the server of an account: the one that there is, or a new one.
    async fn log_in(
        &mut self,
        needed: &NeededAccount,
        notices: &mut Vec<Notice>,
    ) -> Result<&mut IqClient, AccountErrorKind> {
        let endpoint = self.endpoint(&needed.endpoint);
        let client = match self.session.take() {
            Some((there, client)) if there == endpoint => client,
            elsewhere => {
                if let Some((_, client)) = elsewhere {
                    client.end().await;
                }
                self.connect(&endpoint, needed.login.tls, notices).await?
            }
        };
        Ok(&mut self.session.insert((endpoint, client)).1)
    }

    async fn connect(
        &self,
        endpoint: &Endpoint,
        tls: TlsPolicy,
        notices: &mut Vec<Notice>,
    ) -> Result<IqClient, AccountErrorKind> {
        let options = self.network.options_for(LoginOptions {
            tls,
            ..LoginOptions::default()
        });
        let (dialer, identity) = (self.network.dialer, self.admin.identity());
        let session = connect(dialer, endpoint, &identity, &options, &mut |_| {}).await;
        let mut session = session.map_err(|error| AccountErrorKind::Admin(error.into()))?;
        notices.append(&mut session.raw.link.notices);
        Ok(IqClient::new(session, options.step_timeout))
    }

    /// The admin goes where the user goes, unless it is the user's domain that says where.
    fn endpoint(&self, of_user: &Endpoint) -> Endpoint {
        let mut endpoint = of_user.clone();
        if let Endpoint::Domain { domain, .. } = &mut endpoint {
            domain.clone_from(&self.admin.domain);
        }
        endpoint
    }
}

/// Executes a command that asks with one form (XEP-0050 §2.4).
async fn execute(
    client: &mut IqClient,
    domain: &str,
    node: &str,
    answers: &[(&str, &str)],
) -> Result<(), AccountErrorKind> {
    let asked = step(client, domain, command(node, "execute")).await?;
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
    let done = step(client, domain, submission).await?;
    match done.attr("status") {
        Some("completed") => Ok(()),
        _ => Err(AccountErrorKind::Protocol(
            "its command did not come to an end".to_owned(),
        )),
    }
}

async fn step(
    client: &mut IqClient,
    domain: &str,
    command: Element,
) -> Result<Element, AccountErrorKind> {
    let answer = client.request(IqKind::Set, Some(domain), command).await;
    let answer = answer.map_err(|error| AccountErrorKind::of_request(error, Way::Admin))?;
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

#[cfg(test)]
mod tests {
    use super::super::testing::{account, answer, at_server, needed};
    use super::*;
    use crate::blanks::Blanks;
    use crate::xmpp::testing::{FakeDialer, FakeLogin, FakeServer};

    const FORM: &str = "<command xmlns='http://jabber.org/protocol/commands' sessionid='s1' status='executing'>\
         <x xmlns='jabber:x:data' type='form'>\
         <field var='FORM_TYPE' type='hidden'><value>http://jabber.org/protocol/admin</value></field>\
         <field var='accountjid' type='jid-single'><required/></field>\
         <field var='password' type='text-private'/><field var='password-verify' type='text-private'/>\
         <field var='email' type='text-single'/></x></command>";
    const DONE: &str = "<command xmlns='http://jabber.org/protocol/commands' status='completed'/>";
    const COMPLAINT: &str = "<command xmlns='http://jabber.org/protocol/commands' \
         status='completed'><note type='error'>No such luck</note></command>";

    /// Adds Romeo; the server's part begins after the login of the admin.
    async fn added<T>(
        server: impl AsyncFnOnce(FakeServer) -> T,
    ) -> Result<Origin, AccountErrorKind> {
        let admin = account("admin");
        at_server(
            FakeDialer::local(),
            async |network| {
                let mut provisioner = AdHoc::new(&admin, network);
                let made = provisioner.make(&needed(), &mut Vec::new()).await;
                provisioner.leave().await;
                made
            },
            async |mut fake| {
                fake.log_in(&FakeLogin::default()).await;
                server(fake).await
            },
        )
        .await
    }

    fn values(submission: &Element) -> Vec<(String, String)> {
        let command = submission.get_child("command", ns::COMMANDS).unwrap();
        assert_eq!(command.attr("sessionid"), Some("s1"));
        assert_eq!(command.attr("node"), Some(ADD_USER));
        let form = command.get_child("x", ns::DATA_FORMS).unwrap();
        let value = |field: &Element| field.get_child("value", ns::DATA_FORMS).map(Element::text);
        form.children()
            .map(|field| (field.attr("var").unwrap().to_owned(), value(field).unwrap()))
            .collect()
    }

    #[tokio::test]
    async fn an_admin_fills_in_the_form() {
        let origin = added(async |mut server| {
            let asked = answer(&mut server, "result", FORM).await;
            assert_eq!(asked.attr("to"), Some("localhost"));
            let submission = answer(&mut server, "result", DONE).await;
            server.footer().await;
            let wanted = [
                ("FORM_TYPE", "http://jabber.org/protocol/admin"),
                ("accountjid", "romeo@localhost"),
                ("password", "password"),
                ("password-verify", "password"),
            ];
            let wanted = wanted.map(|(name, value)| (name.to_owned(), value.to_owned()));
            assert_eq!(values(&submission), wanted);
        });
        assert_eq!(origin.await.unwrap(), Origin::Made);
    }

    #[tokio::test]
    async fn who_is_no_admin_is_told() {
        let refused = "<error type='auth'><forbidden \
             xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";
        let error = added(async |mut server| {
            answer(&mut server, "error", refused).await;
            server.footer().await;
        });
        assert_eq!(
            error.await.unwrap_err().to_string(),
            "the server refused: forbidden"
        );
    }

    /// Adds Romeo at a server that complains in words, and then lets him in if he has this password.
    async fn added_in_vain(password: &str) -> Result<Origin, AccountErrorKind> {
        let (dialer, mut servers) = FakeDialer::local();
        let options = crate::xmpp::ConnectOptions::default();
        let network = Network {
            dialer: &dialer,
            options: &options,
            server: &Blanks::default(),
        };
        let admin = account("admin");
        let mut provisioner = AdHoc::new(&admin, network);
        let server = async {
            let mut admins = servers.recv().await.unwrap();
            admins.log_in(&FakeLogin::default()).await;
            answer(&mut admins, "result", FORM).await;
            answer(&mut admins, "result", COMPLAINT).await;
            let mut romeos = servers.recv().await.unwrap();
            let login = FakeLogin::default().with_password(password);
            if romeos.log_in(&login).await.is_some() {
                romeos.footer().await;
                romeos.write("</stream:stream>").await;
            }
            admins
        };
        let (needed, mut notices) = (needed(), Vec::new());
        let (made, _alive) = tokio::join!(provisioner.make(&needed, &mut notices), server);
        made
    }

    #[tokio::test]
    async fn who_can_log_in_has_an_account() {
        assert_eq!(added_in_vain("password").await.unwrap(), Origin::Found);
        let error = added_in_vain("other").await.unwrap_err();
        assert!(error.to_string().ends_with("says: No such luck"), "{error}");
    }
}
