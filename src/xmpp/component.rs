//! A component's login (XEP-0114): a stream, and a digest that proves the shared secret.

use xmpp_parsers::component::Handshake;

use super::closed::Closed;
use super::error::{ConnectErrorKind, LoginStep};
use super::header::Header;
use super::identity::Password;
use super::negotiation::{Negotiation, unexpected};
use super::refusal::Refusal;
use crate::ns;

/// Proves that a component knows the secret, on a stream with this header of the server.
pub(super) async fn shake_hands(
    negotiation: &mut Negotiation<'_>,
    header: Header,
    secret: &Password,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin_step(LoginStep::Handshake);
    let Some(id) = header.id else {
        let trouble = "the server's stream header has no id".to_owned();
        return Err(negotiation.last_words(trouble).await);
    };
    let proof = Handshake::from_stream_id_and_password(id, secret.reveal());
    negotiation.send(&proof.into()).await?;
    let answer = negotiation.receive().await.map_err(refused)?;
    if !answer.is("handshake", ns::COMPONENT) {
        return Err(unexpected(&answer, "<handshake/>"));
    }
    Ok(())
}

/// Sees that the server knows a component. A server opens a stream also for a component that it does not know, and then
/// ends it by a stream error (XEP-0114 §3). So we end our side of the stream at once, which makes the server send
/// something in any case.
pub(super) async fn see(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<(), ConnectErrorKind> {
    open(negotiation, domain).await?;
    negotiation.begin_step(LoginStep::Handshake);
    negotiation.close().await?;
    match negotiation.receive().await {
        Err(error @ ConnectErrorKind::Closed(Closed::StreamError { .. })) => Err(error),
        _ => Ok(()),
    }
}

/// Opens a component's stream.
pub(super) async fn open(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<Header, ConnectErrorKind> {
    negotiation.open(&Header::of_component(domain)).await
}

/// A wrong secret is answered with a stream error (XEP-0114 §3), which is a refusal like any other.
fn refused(kind: ConnectErrorKind) -> ConnectErrorKind {
    match kind {
        ConnectErrorKind::Closed(Closed::StreamError { condition, text })
            if condition == "not-authorized" =>
        {
            ConnectErrorKind::Refused(Refusal { condition, text })
        }
        kind => kind,
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{FakeDialer, FakeServer, Played, play};
    use super::super::{ConnectOptions, Identity, StreamKind, Wire};

    async fn with_server<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> Played {
        let identity = Identity {
            stream: StreamKind::Component,
            localpart: None,
            domain: "comp.localhost".to_owned(),
            resource: None,
            secret: Some("s3cret".into()),
        };
        let options = ConnectOptions::default();
        play(FakeDialer::local(), &identity, &options, server).await
    }

    #[tokio::test]
    async fn a_component_proves_its_secret() {
        let played = with_server(async |mut server| {
            assert!(server.shake_hands("s3cret").await);
            server
        });
        let played = played.await;
        let shown = |wire: &Wire| wire.xml.shown().contains("[redacted]</handshake>");
        assert!(played.wires.iter().any(shown), "{:?}", played.wires);
        assert_eq!(played.session().jid.as_str(), "comp.localhost");
    }

    #[tokio::test]
    async fn a_wrong_secret_is_a_refused_login() {
        let played = with_server(async |mut server| {
            assert!(!server.shake_hands("other").await);
            server.footer().await;
        });
        let error = played.await.error();
        assert_eq!(
            error.to_string(),
            "login of comp.localhost refused by 127.0.0.1:5222: not-authorized"
        );
        assert!(error.advice().unwrap().contains("`secret:`"));
    }
}
