//! In-band registration (XEP-0077): users register themselves, and cancel that themselves.

use minidom::Element;
use rxml::strings::validate_cdata;

use super::account::{Account, Resident};
use super::error::{AccountErrorKind, Way};
use super::form;
use super::office::{Network, Origin, log_in};
use super::talk::{Talk, TalkError, Verb};
use crate::ns;
use crate::xmpp::{Closed, Notice, open};

/// Registers an account, on a stream of its own.
pub(super) async fn make(
    network: Network<'_>,
    resident: &Resident,
    notices: &mut Vec<Notice>,
) -> Result<Origin, AccountErrorKind> {
    let options = network.options_for(resident.login.clone());
    let account = &resident.account;
    validate_cdata(account.password.reveal()).map_err(|_| AccountErrorKind::Unwritable)?;
    let (endpoint, identity) = (&resident.endpoint, account.identity());
    let session = open(network.dialer, endpoint, &identity, &options).await;
    let mut session = session.map_err(AccountErrorKind::Connect)?;
    notices.append(&mut session.notices);
    let mut talk = Talk::new(session, options.step_timeout);
    let registered = register(&mut talk, account).await;
    talk.end().await;
    match registered {
        Err(AccountErrorKind::Refused { refusal, .. }) if refusal.condition == "conflict" => {
            Ok(Origin::Found)
        }
        registered => registered.map(|()| Origin::Made),
    }
}

/// What a server offers before the login is not always among its features, so it is simply asked (XEP-0077 §3.1).
async fn register(talk: &mut Talk, account: &Account) -> Result<(), AccountErrorKind> {
    let refused = |error| AccountErrorKind::of_talk(error, Way::InBand);
    let (to, query) = (Some(account.domain.as_str()), query());
    let answer = talk.request(Verb::Get, to, query).await.map_err(refused)?;
    let fields = answer
        .get_child("query", ns::REGISTER)
        .ok_or_else(|| AccountErrorKind::Protocol("it sent no fields to fill in".to_owned()))?;
    let filled = fill(fields, account)?;
    let done = talk.request(Verb::Set, to, filled).await;
    done.map(drop).map_err(refused)
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
        return Err(AccountErrorKind::Elsewhere(url(fields)));
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

/// Where a server sends people who want to register (XEP-0077 §5).
fn url(fields: &Element) -> Option<String> {
    let elsewhere = fields.get_child("x", ns::OUT_OF_BAND)?;
    let url = elsewhere.get_child("url", ns::OUT_OF_BAND)?;
    Some(url.text().trim().to_owned())
}

/// Cancels a registration, which ends all sessions of the user (XEP-0077 §3.2).
pub(super) async fn remove(
    network: Network<'_>,
    resident: &Resident,
) -> Result<(), AccountErrorKind> {
    let session = log_in(network, resident).await;
    let session = session.map_err(AccountErrorKind::Connect)?;
    let mut talk = Talk::new(session, network.options.step_timeout);
    let mut cancellation = query();
    cancellation.append_child(Element::bare("remove", ns::REGISTER));
    let done = talk.request(Verb::Set, None, cancellation).await;
    talk.end().await;
    match done {
        Ok(_) => Ok(()),
        // Who has no account any more is not authorised to go on, and a server may say so first.
        Err(TalkError::Closed(Closed::StreamError { condition, .. }))
            if condition == "not-authorized" =>
        {
            Ok(())
        }
        Err(error) => Err(AccountErrorKind::of_talk(error, Way::InBand)),
    }
}
