//! A client's stream before and after its login: headers, features and STARTTLS (RFC 6120 §4 and §5).

use std::sync::Arc;

use minidom::Element;

use super::error::{ConnectErrorKind, LoginStep};
use super::header::Header;
use super::negotiation::{Negotiation, unexpected};
use super::tls::TlsError;
use crate::ns;

/// When TLS is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    /// Whenever the server has it.
    WhenOffered,
    /// Only when the server insists.
    WhenRequired,
    /// In any case.
    Always,
    /// In no case, or it is there already.
    Never,
}

/// What a server says when a stream is opened: its header, and what it offers.
pub(super) type Greeting = (Header, Arc<Element>);

/// Opens a stream, and encrypts it if that is to be.
pub(super) async fn open_secured(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
    encryption: Encryption,
) -> Result<Greeting, ConnectErrorKind> {
    let greeting = open_stream(negotiation, domain).await?;
    if !wants_tls(negotiation, encryption, &greeting.1)? {
        return Ok(greeting);
    }
    start_tls(negotiation, domain).await?;
    open_stream(negotiation, domain).await
}

/// Opens a stream as it is.
pub(super) async fn open_stream(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<Greeting, ConnectErrorKind> {
    let header = negotiation.open(&Header::of_client(domain)).await?;
    negotiation.begin_step(LoginStep::Features);
    if let Some(trouble) = header.other_version() {
        // Before RFC 3920 there were no features; what such a server still sends is a stream error.
        return Err(negotiation.last_words(trouble).await);
    }
    let features = negotiation.receive().await?;
    if !features.is("features", ns::STREAM) {
        return Err(unexpected(&features, "the stream features"));
    }
    negotiation.link.features.push(Arc::clone(&features));
    Ok((header, features))
}

fn wants_tls(
    negotiation: &Negotiation<'_>,
    encryption: Encryption,
    features: &Element,
) -> Result<bool, TlsError> {
    if !negotiation.link.security.is_clear() {
        return Ok(false);
    }
    let offer = offer(negotiation, features);
    match encryption {
        Encryption::WhenOffered => Ok(offer.is_some()),
        Encryption::WhenRequired => Ok(is_required(offer)),
        Encryption::Always if offer.is_none() => Err(TlsError::NotOffered),
        Encryption::Always => Ok(true),
        Encryption::Never => Ok(false),
    }
}

/// A server's offer of TLS. A WebSocket begins with TLS or does without; an offer in it is none (RFC 7395 §3.9).
fn offer<'f>(negotiation: &Negotiation<'_>, features: &'f Element) -> Option<&'f Element> {
    let offer = features.get_child("starttls", ns::TLS);
    offer.filter(|_| !negotiation.is_websocket())
}

fn is_required(offer: Option<&Element>) -> bool {
    offer.is_some_and(|offer| offer.has_child("required", ns::TLS))
}

/// Sees that a stream is one on which a client can go on: whether there is to be no TLS matters only behind the features,
/// where the server insists on it (RFC 6120 §5.3.1).
///
/// # Errors
///
/// When it does.
pub(super) fn allow_clear(
    negotiation: &Negotiation<'_>,
    features: &Element,
) -> Result<(), ConnectErrorKind> {
    let is_clear = negotiation.link.security.is_clear();
    match is_clear && is_required(offer(negotiation, features)) {
        true => Err(TlsError::Required.into()),
        false => Ok(()),
    }
}

/// Asks the server to go over to TLS, and does.
async fn start_tls(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin_step(LoginStep::StartTls);
    negotiation
        .send(&Element::bare("starttls", ns::TLS))
        .await?;
    let answer = negotiation.receive().await?;
    if answer.is("failure", ns::TLS) {
        return Err(TlsError::Declined.into());
    }
    if !answer.is("proceed", ns::TLS) {
        return Err(unexpected(&answer, "<proceed/>"));
    }
    negotiation.secure(domain).await
}

#[cfg(test)]
mod tests {
    use tokio::sync::mpsc::UnboundedReceiver;

    use super::super::testing::{
        CERTIFICATE, FakeDialer, FakeLogin, FakeServer, HEADER, PROCEED, Played, STARTTLS, play,
        romeo, with_server,
    };
    use super::super::{Authorities, ConnectError, ConnectOptions, Notice, Trust, Unverified};
    use super::*;

    /// Logs in at a server that sends this after the client's header.
    async fn with_text(text: &str) -> ConnectError {
        let played = with_server(async |mut server| {
            server.header().await;
            server.write(text).await;
            server
        });
        played.await.error()
    }

    #[tokio::test]
    async fn a_stream_error_before_the_features_is_told() {
        let error = with_text(&format!(
            "{HEADER}<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>\
             other.example:5269</see-other-host></stream:error></stream:stream>"
        ))
        .await;
        assert_eq!(error.step, LoginStep::Features);
        assert!(
            error
                .to_string()
                .ends_with("stream error see-other-host: other.example:5269")
        );
        assert_eq!(error.advice().unwrap(), "try --server other.example:5269");
    }

    #[tokio::test]
    async fn what_is_not_xmpp_is_told() {
        for (text, wanted) in [
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "HTTP (`HTTP/1.1 400"),
            ("<html xmlns='urn:web'>", "HTTP (`<html xmlns="),
            ("400 Bad Request", "not well-formed XML"),
            ("<web xmlns='urn:web'>", "instead of a stream header"),
            (&format!("{HEADER}<!DOCTYPE x>"), "not well-formed XML"),
            (&format!("{HEADER}hello"), "text outside"),
            (&format!("{HEADER}{}", "<a>".repeat(300)), "deeper than 256"),
            (
                &format!("{HEADER}<message/>"),
                "expected the stream features",
            ),
            (&HEADER.replace(" version='1.0' ", " "), "no XMPP 1.0"),
        ] {
            let error = with_text(&format!("{text}<x/>")).await.to_string();
            assert!(error.contains(wanted), "{error}");
        }
    }

    #[tokio::test]
    async fn starttls_can_be_declined() {
        let played = with_server(async |mut server| {
            server.greet(STARTTLS).await;
            assert_eq!(server.element().await.name(), "starttls");
            server
                .write("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>")
                .await;
            server
        });
        let error = played.await.error();
        assert_eq!(error.kind, ConnectErrorKind::Tls(TlsError::Declined));
    }

    #[tokio::test]
    async fn clear_bytes_after_proceed_are_an_attack() {
        let played = with_server(async |mut server| {
            server.greet(STARTTLS).await;
            server.element().await;
            server.write(&format!("{PROCEED}<injected/>")).await;
            server
        });
        let error = played.await.error();
        assert_eq!(error.kind, ConnectErrorKind::Tls(TlsError::Injection));
    }

    /// Logs in with TLS at a server whose certificate is not signed by any known authority.
    async fn with_tls(trust: Trust, dial: (FakeDialer, UnboundedReceiver<FakeServer>)) -> Played {
        let options = ConnectOptions {
            trust,
            ..ConnectOptions::default()
        };
        play(dial, &romeo(), &options, async |server| {
            let mut secured = server.start_tls().await?;
            secured.log_in(&FakeLogin::default()).await;
            Some(secured)
        })
        .await
    }

    #[tokio::test]
    async fn on_this_machine_any_certificate_will_do_and_that_is_told() {
        let session = with_tls(Trust::System, FakeDialer::local()).await.session();
        assert_eq!(
            session.raw.link.notices,
            [Notice::CertificateNotVerified {
                domain: "localhost".to_owned(),
                reason: Unverified::Loopback,
            }]
        );
    }

    #[tokio::test]
    async fn elsewhere_the_certificate_must_be_good() {
        let error = with_tls(Trust::System, FakeDialer::remote()).await.error();
        assert_eq!(error.step, LoginStep::StartTls);
        assert!(error.advice().unwrap().contains("--ca FILE"), "{error}");
        let session = with_tls(Trust::Anything, FakeDialer::remote())
            .await
            .session();
        assert_eq!(session.raw.link.notices.len(), 1);
    }

    #[tokio::test]
    async fn a_certificate_of_a_given_authority_is_good() {
        let authorities = Authorities::from_pem(CERTIFICATE.as_bytes()).unwrap();
        let trust = Trust::Authorities(authorities);
        let session = with_tls(trust, FakeDialer::remote()).await.session();
        assert_eq!(session.raw.link.notices, []);
    }
}
