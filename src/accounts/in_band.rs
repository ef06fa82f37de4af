//! In-band registration (XEP-0077): users register themselves, and cancel that themselves.

use minidom::Element;
use rxml::strings::validate_cdata;

use super::account::{Account, NeededAccount, Origin};
use super::error::{AccountErrorKind, Way};
use super::form;
use super::network::{Network, found, log_in};
use crate::ns;
use crate::xmpp::{Closed, IqClient, IqError, IqKind, Notice, open};

/// Registers an account, on a stream of its own.
pub(super) async fn make(
    network: Network<'_>,
    needed: &NeededAccount,
    notices: &mut Vec<Notice>,
) -> Result<Origin, AccountErrorKind> {
    let options = network.options_for(needed.login.clone());
    let account = &needed.account;
    validate_cdata(account.password.reveal()).map_err(|_| AccountErrorKind::Unwritable)?;
    let (endpoint, identity) = (&needed.endpoint, account.identity());
    let session = open(network.dialer, endpoint, &identity, &options).await;
    let mut session = session.map_err(|error| AccountErrorKind::Connect(error.into()))?;
    notices.append(&mut session.raw.link.notices);
    let mut client = IqClient::new(session, options.step_timeout);
    let registered = register(&mut client, account).await;
    client.end().await;
    match registered {
        Err(AccountErrorKind::Refused { refusal, .. }) if refusal.condition == "conflict" => {
            found(network, needed).await
        }
        Ok(Origin::Found) => found(network, needed).await,
        registered => registered,
    }
}

/// What a server offers before the login is not always among its features, so it is simply asked (XEP-0077 §3.1).
async fn register(client: &mut IqClient, account: &Account) -> Result<Origin, AccountErrorKind> {
    let refused = |error| AccountErrorKind::of_request(error, Way::InBand);
    let (to, query) = (Some(account.domain.as_str()), query());
    let answer = client
        .request(IqKind::Get, to, query)
        .await
        .map_err(refused)?;
    let fields = answer
        .get_child("query", ns::REGISTER)
        .ok_or_else(|| AccountErrorKind::Protocol("it sent no fields to fill in".to_owned()))?;
    if fields.has_child("registered", ns::REGISTER) {
        return Ok(Origin::Found);
    }
    let filled = fill(fields, account)?;
    let done = client.request(IqKind::Set, to, filled).await;
    done.map(|_| Origin::Made).map_err(refused)
}

fn query() -> Element {
    Element::bare("query", ns::REGISTER)
}

/// Answers what the server wants to know: by a form if it has one (XEP-0077 §6), else field by field.
fn fill(fields: &Element, account: &Account) -> Result<Element, AccountErrorKind> {
    let answers = [
        ("username", account.localpart.as_str()),
        ("password", account.password.reveal()),
    ];
    let mut filled = query();
    if let Some(form) = form::find(fields)? {
        filled.append_child(form::fill(form, &answers)?);
        return Ok(filled);
    }
    if !fields.has_child("username", ns::REGISTER) {
        return Err(nameless(fields));
    }
    let mut unknown = Vec::new();
    for field in fields
        .children()
        .filter(|field| field.has_ns(ns::REGISTER) && field.name() != "instructions")
    {
        let known = answers.iter().find(|(name, _)| *name == field.name());
        match known {
            Some((name, answer)) => filled.append_child(
                Element::builder(*name, ns::REGISTER)
                    .append(*answer)
                    .build(),
            ),
            // An old safeguard, which is sent back as it came.
            None if field.name() == "key" => filled.append_child(field.clone()),
            None => {
                unknown.push(field.name().to_owned());
                continue;
            }
        };
    }
    match unknown.is_empty() {
        true => Ok(filled),
        false => Err(AccountErrorKind::UnknownFields(unknown)),
    }
}

/// What is wrong with fields that do not ask for a name.
fn nameless(fields: &Element) -> AccountErrorKind {
    let is_field = |field: &&Element| matches!(field.name(), "username" | "password");
    if let Some(url) = url(fields) {
        return AccountErrorKind::Elsewhere(url);
    }
    match fields
        .children()
        .find(is_field)
        .filter(|field| !field.has_ns(ns::REGISTER))
    {
        Some(field) => AccountErrorKind::OtherNamespace {
            name: field.name().to_owned(),
            namespace: field.ns(),
        },
        None => {
            let instructions = fields.get_child("instructions", ns::REGISTER);
            let said = instructions.map(|said| said.text().trim().to_owned());
            AccountErrorKind::Nameless(said.unwrap_or_default())
        }
    }
}

/// Where a server sends users who want to register (XEP-0077 §5).
fn url(fields: &Element) -> Option<String> {
    let elsewhere = fields.get_child("x", ns::OUT_OF_BAND)?;
    let url = elsewhere.get_child("url", ns::OUT_OF_BAND)?;
    Some(url.text().trim().to_owned())
}

/// Cancels a registration, which ends all sessions of the user (XEP-0077 §3.2).
pub(super) async fn remove(
    network: Network<'_>,
    needed: &NeededAccount,
) -> Result<(), AccountErrorKind> {
    let session = log_in(network, needed).await;
    let session = session.map_err(|error| AccountErrorKind::Connect(error.into()))?;
    let mut client = IqClient::new(session, network.options.step_timeout);
    let mut cancellation = query();
    cancellation.append_child(Element::bare("remove", ns::REGISTER));
    let done = client.request(IqKind::Set, None, cancellation).await;
    client.end().await;
    match done {
        Ok(_) => Ok(()),
        // A user without an account is not authorised to go on, and a server may say so first.
        Err(IqError::Closed(Closed::StreamError { condition, .. }))
            if condition == "not-authorized" =>
        {
            Ok(())
        }
        Err(error) => Err(AccountErrorKind::of_request(error, Way::InBand)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::error::{AccountError, Doing};
    use super::super::testing::{RESULT, answer, at_server, needed};
    use super::*;
    use crate::blanks::Blanks;
    use crate::xmpp::ConnectOptions;
    use crate::xmpp::testing::{FakeDialer, FakeLogin, FakeServer};

    const FIELDS: &str = "<query xmlns='jabber:iq:register'><instructions>Choose</instructions>\
         <username/><password/></query>";
    const REGISTERED: &str = "<query xmlns='jabber:iq:register'><registered/>\
         <username>romeo</username><password/></query>";
    const REFUSED: &str = "<error type='cancel'><conflict \
         xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>";

    /// Registers Romeo at a server that asks for these fields, and then goes on like this.
    async fn registered<T>(
        fields: &str,
        server: impl AsyncFnOnce(FakeServer) -> T,
    ) -> Result<Origin, AccountErrorKind> {
        at_server(
            FakeDialer::local(),
            async |network| make(network, &needed(), &mut Vec::new()).await,
            async |mut fake| {
                fake.greet("<stream:features/>").await;
                answer(&mut fake, "result", fields).await;
                server(fake).await
            },
        )
        .await
    }

    fn text(query: &Element, field: &str) -> String {
        query.get_child(field, ns::REGISTER).unwrap().text()
    }

    #[tokio::test]
    async fn a_name_and_a_password_make_an_account() {
        let origin = registered(FIELDS, async |mut server| {
            let iq = answer(&mut server, "result", "").await;
            let query = iq.get_child("query", ns::REGISTER).unwrap().clone();
            server.footer().await;
            assert_eq!(text(&query, "username"), "romeo");
            assert_eq!(text(&query, "password"), "password");
            assert!(!query.has_child("instructions", ns::REGISTER));
        });
        assert_eq!(origin.await.unwrap(), Origin::Made);
    }

    /// Registers Romeo where he is known already, and can log in by this password. The server tells so by these answers.
    async fn registered_again(
        told: &[(&str, &str)],
        password: &str,
    ) -> Result<Origin, AccountErrorKind> {
        let (dialer, mut servers) = FakeDialer::local();
        let options = ConnectOptions::default();
        let network = Network {
            dialer: &dialer,
            options: &options,
            server: &Blanks::default(),
        };
        let server = async {
            let mut first = servers.recv().await.unwrap();
            first.greet("<stream:features/>").await;
            for (kind, payload) in told {
                answer(&mut first, kind, payload).await;
            }
            first.footer().await;
            first.write("</stream:stream>").await;
            let mut second = servers.recv().await.unwrap();
            let login = FakeLogin::default().with_password(password);
            if second.log_in(&login).await.is_some() {
                second.footer().await;
                second.write("</stream:stream>").await;
            }
        };
        let (needed, mut notices) = (needed(), Vec::new());
        tokio::join!(make(network, &needed, &mut notices), server).0
    }

    #[tokio::test]
    async fn an_account_that_is_there_already_is_taken_if_it_lets_its_user_in() {
        let conflict = [("result", FIELDS), ("error", REFUSED)];
        let registered = [("result", REGISTERED)];
        for told in [&conflict[..], &registered] {
            let again = registered_again(told, "password").await;
            assert_eq!(again.unwrap(), Origin::Found);
        }
        let kind = Box::new(registered_again(&conflict, "other").await.unwrap_err());
        let error = AccountError {
            account: "romeo@localhost".into(),
            doing: Doing::Make,
            kind,
        };
        assert_eq!(
            error.to_string(),
            "cannot make the account romeo@localhost: it is there already, and does not let its user in: login of \
             romeo@localhost refused by 127.0.0.1:5222: not-authorized (no such luck)"
        );
        assert!(error.advice().unwrap().contains("`--unique`"));
    }

    #[tokio::test]
    async fn questions_for_humans_are_named_and_nothing_is_sent() {
        for (fields, words) in [
            (
                "<query xmlns='jabber:iq:register'><username/><password/><email/></query>",
                "only a human can tell: email",
            ),
            (
                "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='form'>\
                 <field var='ocr' type='text-single'><required/></field></x></query>",
                "only a human can tell: ocr",
            ),
            (
                "<query xmlns='jabber:iq:register'><x xmlns='jabber:x:oob'>\
                 <url>https://example.org/join</url></x></query>",
                "elsewhere: https://example.org/join",
            ),
            (
                "<query xmlns='jabber:iq:register'><instructions>Ask us</instructions></query>",
                "asks for no name and password, and says: Ask us",
            ),
            (
                "<r:query xmlns:r='jabber:iq:register'><username/><password/></r:query>",
                "asks for <username xmlns='jabber:client'/>, and in the namespace `jabber:iq:register` for nothing",
            ),
            ("", "no fields to fill in"),
        ] {
            let error = registered(fields, async |mut server| server.footer().await);
            let error = error.await.unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[tokio::test]
    async fn a_form_wins_over_fields() {
        let form = "<query xmlns='jabber:iq:register'><username/><password/><email/>\
             <x xmlns='jabber:x:data' type='form'>\
             <field var='FORM_TYPE' type='hidden'><value>jabber:iq:register</value></field>\
             <field var='username' type='text-single'><required/></field>\
             <field var='password' type='text-private'><required/></field></x></query>";
        let origin = registered(form, async |mut server| {
            let iq = answer(&mut server, "result", "").await;
            let query = iq.get_child("query", ns::REGISTER).unwrap();
            let form = query.get_child("x", ns::DATA_FORMS).unwrap();
            assert_eq!(form.attr("type"), Some("submit"));
            assert_eq!(form.children().count(), 3);
        });
        assert_eq!(origin.await.unwrap(), Origin::Made);
    }

    #[tokio::test]
    async fn a_password_does_not_go_over_a_network_in_clear() {
        let error = at_server(
            FakeDialer::remote(),
            async |network| make(network, &needed(), &mut Vec::new()).await,
            async |mut server| {
                server.greet("<stream:features/>").await;
                server.footer().await;
            },
        );
        let error = error.await.unwrap_err().to_string();
        assert!(error.contains("in clear"), "{error}");
    }

    #[tokio::test]
    async fn a_password_that_cannot_be_written_is_refused_before_a_server_is_asked() {
        let (dialer, mut servers) = FakeDialer::local();
        let network = Network {
            dialer: &dialer,
            options: &ConnectOptions::default(),
            server: &Blanks::default(),
        };
        let mut needed = needed();
        needed.account.password = "bell\u{7}".into();
        let error = make(network, &needed, &mut Vec::new()).await.unwrap_err();
        assert!(error.to_string().contains("XML forbids"), "{error}");
        assert!(servers.try_recv().is_err());
    }

    /// Removes Romeo's account; the cancellation is answered with this text.
    async fn removed(ending: &str) -> Result<(), AccountErrorKind> {
        at_server(
            FakeDialer::local(),
            async |network| remove(network, &needed()).await,
            async |mut server| {
                server.log_in(&FakeLogin::default()).await;
                let iq = server.element().await;
                let query = iq.get_child("query", ns::REGISTER).unwrap();
                assert!(query.has_child("remove", ns::REGISTER));
                server.write(ending).await;
            },
        )
        .await
    }

    #[tokio::test]
    async fn who_has_no_account_any_more_is_not_authorised() {
        removed(RESULT).await.unwrap();
        let stream_error = |condition: &str| {
            format!(
                "<stream:error><{condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                 </stream:error></stream:stream>"
            )
        };
        removed(&stream_error("not-authorized")).await.unwrap();
        let error = removed(&stream_error("system-shutdown")).await.unwrap_err();
        assert!(error.to_string().contains("system-shutdown"), "{error}");
    }

    #[tokio::test]
    async fn without_an_account_it_cannot_be_removed() {
        let error = at_server(
            FakeDialer::local(),
            async |network| remove(network, &needed()).await,
            async |mut server| {
                let login = FakeLogin::default().with_password("other");
                server.log_in(&login).await;
            },
        );
        let error = error.await.unwrap_err();
        assert!(matches!(error, AccountErrorKind::Connect(_)), "{error}");
    }
}
