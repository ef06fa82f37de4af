//! What a client asks for once it is authenticated: a resource (RFC 6120 §7), and from old servers a session.

use std::sync::Arc;

use jid::Jid;
use minidom::Element;
use rxml::strings::validate_cdata;

use super::error::{ConnectErrorKind, LoginStep};
use super::iq::{self, Entity, Home, IqKind};
use super::negotiation::{Negotiation, unexpected};
use crate::ns;

pub(super) const BIND_ID: &str = "scansion-bind";
pub(super) const SESSION_ID: &str = "scansion-session";

/// Binds a resource; the answer is the full JID.
pub(super) async fn bind(
    negotiation: &mut Negotiation<'_>,
    resource: Option<&str>,
) -> Result<Jid, ConnectErrorKind> {
    negotiation.begin_step(LoginStep::Bind);
    let bind = bind_request(resource)?;
    // No other entity can address us as long as we do not have an address.
    let answer = request(negotiation, BIND_ID, bind, |_| true).await?;
    let jid = answer
        .get_child("bind", ns::BIND)
        .and_then(|bind| bind.get_child("jid", ns::BIND))
        .and_then(|jid| Jid::new(jid.text().trim()).ok());
    match jid {
        Some(jid) if jid.resource().is_some() => Ok(jid),
        _ => Err(ConnectErrorKind::Protocol(
            "the server bound a resource without telling a full JID".to_owned(),
        )),
    }
}

fn bind_request(resource: Option<&str>) -> Result<Element, ConnectErrorKind> {
    let mut bind = Element::bare("bind", ns::BIND);
    if let Some(resource) = resource {
        // The XML library panics on what cannot be written.
        validate_cdata(resource).map_err(|_| {
            ConnectErrorKind::Protocol("the resource has characters that XML forbids".to_owned())
        })?;
        let resource = Element::builder("resource", ns::BIND).append(resource);
        bind.append_child(resource.build());
    }
    Ok(bind)
}

/// RFC 3921 servers want a session; later ones say that it is optional, or do not offer it.
pub(super) fn demands_session(features: &Element) -> bool {
    let session = features.get_child("session", ns::SESSION);
    session.is_some_and(|session| !session.has_child("optional", ns::SESSION))
}

/// Establishes a session, for servers that know of no other way (RFC 3921 §3).
pub(super) async fn establish_session(
    negotiation: &mut Negotiation<'_>,
    jid: &Jid,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin_step(LoginStep::Session);
    let session = Element::bare("session", ns::SESSION);
    let home = Home::of(jid);
    let is_home = |from: Option<&str>| home.answers(&Entity::Home, from);
    request(negotiation, SESSION_ID, session, is_home)
        .await
        .map(drop)
}

/// Sends a request and waits for its result, from an address that can answer it.
///
/// Other stanzas that come before it are read after the login: after all, a resource can be written to as soon as it is
/// bound, and the server itself may have something to say even before (RFC 6120 §7.1).
async fn request(
    negotiation: &mut Negotiation<'_>,
    id: &str,
    payload: Element,
    can_answer: impl Fn(Option<&str>) -> bool,
) -> Result<Element, ConnectErrorKind> {
    let request = iq::request(IqKind::Set, id, None, payload);
    negotiation.send(&request).await?;
    let is_answer = |stanza: &Element| iq::is_answer(stanza, id) && can_answer(stanza.attr("from"));
    let answer = negotiation.receive_answer(is_answer).await?;
    match iq::is_answer(&answer, id) {
        true => iq::result(Arc::unwrap_or_clone(answer)).map_err(ConnectErrorKind::Refused),
        false => Err(unexpected(&answer, "the answer to our request")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{
        BIND_FEATURES, FakeDialer, Played, bound, play, romeo, with_server,
    };
    use super::super::{ConnectOptions, Direction, Incoming, Session, Wire};
    use super::*;

    /// Logs in up to the bind, which is answered like this.
    async fn with_bind_answer(answer: &str) -> Played {
        with_server(async |mut server| {
            server.accept_login().await;
            server.greet(BIND_FEATURES).await;
            server.element().await;
            server.write(answer).await;
            server
        })
        .await
    }

    #[tokio::test]
    async fn a_refused_resource_is_told() {
        let played = with_bind_answer(
            "<iq type='error' id='scansion-bind'><error type='cancel'>\
             <conflict xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        );
        assert_eq!(
            played.await.error().to_string(),
            "resource binding of romeo@localhost refused by 127.0.0.1:5222: conflict"
        );
    }

    #[tokio::test]
    async fn a_resource_that_xml_cannot_hold_is_told() {
        let mut identity = romeo();
        identity.resource = Some("\u{1}".to_owned());
        let options = ConnectOptions::default();
        let played = play(
            FakeDialer::local(),
            &identity,
            &options,
            async |mut server| {
                server.accept_login().await;
                server.greet(BIND_FEATURES).await;
                server.footer().await;
            },
        );
        assert_eq!(played.await.error().step, LoginStep::Bind);
    }

    #[tokio::test]
    async fn a_bind_without_a_full_jid_is_told() {
        for jid in ["", "romeo@localhost", "@@"] {
            let error = with_bind_answer(&bound(BIND_ID, jid)).await.error();
            assert!(error.to_string().contains("full JID"), "{error}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn other_stanzas_than_the_answer_to_bind_are_told_when_it_does_not_come() {
        for (answer, last) in [
            ("<iq type='result' id='x'/>", "<iq type='result' id='x'>"),
            (
                "<message/><iq id='scansion-bind' from='&lt;'/>",
                "<iq id='scansion-bind' from='&lt;'>",
            ),
            (
                "<iq type='get' id='scansion-bind'/>",
                "<iq type='get' id='scansion-bind'>",
            ),
        ] {
            let error = with_bind_answer(answer).await.error();
            assert_eq!(error.step, LoginStep::Bind);
            let told = error.to_string();
            assert!(
                told.contains("no answer to our request within 5 s") && told.ends_with(last),
                "{told}"
            );
        }
    }

    #[tokio::test]
    async fn what_is_neither_a_stanza_nor_the_answer_ends_the_login() {
        for nonza in ["<a xmlns='urn:xmpp:sm:3' h='0'/>", BIND_FEATURES] {
            let error = with_bind_answer(nonza).await.error();
            assert!(error.to_string().contains("but got <"), "{error}");
        }
    }

    /// Logs in where a session is demanded; what the server says before the answer to bind and before the one to the
    /// session is given.
    async fn with_early(before_bind: &str, before_session: &str) -> Played {
        with_server(async |mut server| {
            server.accept_login().await;
            let session =
                "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></stream:features>";
            server
                .greet(&BIND_FEATURES.replace("</stream:features>", session))
                .await;
            server.element().await;
            server.write(before_bind).await;
            server.write(&bound(BIND_ID, "r@localhost/o")).await;
            server.element().await;
            server.write(before_session).await;
            server
                .write(&format!("<iq type='result' id='{SESSION_ID}'/>"))
                .await;
            server.write("<message id='last'/>").await;
            server
        })
        .await
    }

    /// The ids of the stanzas that come first in a session.
    async fn ids(mut session: Session, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let Incoming::Element(element) = session.raw.reader.next().await else {
                panic!("no element");
            };
            ids.push(element.attr("id").unwrap_or_default().to_owned());
        }
        ids
    }

    #[tokio::test]
    async fn stanzas_that_come_before_the_end_of_the_login_are_read_after_it() {
        let before_bind = "<message id='1'/><presence id='2' from='localhost'/>";
        let before_session = "<iq type='get' id='3' from='a@b/c'><ping xmlns='urn:xmpp:ping'/></iq>\
             <iq type='result' id='4'/><message id='5'/>";
        let played = with_early(before_bind, before_session).await;
        let received = |wire: &&Wire| wire.direction == Direction::Received;
        let seen: Vec<_> = played.wires.iter().filter(received).collect();
        assert_eq!(seen.len(), 7, "the login alone: {seen:?}");
        let session = played.session();
        assert_eq!(session.jid.as_str(), "r@localhost/o");
        assert_eq!(ids(session, 6).await, ["1", "2", "3", "4", "5", "last"]);
    }

    #[tokio::test]
    async fn nobody_but_the_server_answers_what_it_was_asked() {
        for from in ["mallory@localhost", "other.example", "localhost/x", "@", ""] {
            let forged = format!("<iq type='error' id='{SESSION_ID}' from='{from}'/>");
            let session = with_early("", &forged).await.session();
            assert_eq!(ids(session, 2).await, [SESSION_ID, "last"], "{from}");
        }
        for from in ["localhost", "r@localhost", "r@localhost/o", "R@LOCALHOST"] {
            let refusal = format!("<iq type='error' id='{SESSION_ID}' from='{from}'/>");
            let error = with_early("", &refusal).await.error();
            assert_eq!(error.step, LoginStep::Session, "{from}");
        }
    }

    #[tokio::test]
    async fn what_came_before_a_failure_is_shown() {
        let refusal = format!("<iq type='error' id='{SESSION_ID}'/>");
        let played = with_early("<message id='early'/>", &refusal).await;
        let shown: String = played.wires.iter().map(|wire| wire.xml.shown()).collect();
        assert!(shown.contains("<message id='early'/>"), "{shown}");
        played.error();
    }
}
