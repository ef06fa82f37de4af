//! How a client proves its identity (RFC 6120 §6): which mechanism, and the exchange on the wire. What a mechanism says
//! is the business of [`super::exchange`].

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use minidom::Element;
use rxml::xml_ncname;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use xmpp_parsers::sasl::Response;

use super::error::{ConnectErrorKind, LoginStep};
use super::exchange::{COMPUTING, Exchange, SaslError, iterations};
use super::mechanism::{Account, Means, Mechanism};
use super::negotiation::{Negotiation, unexpected};
use super::options::{Notice, PlaintextPolicy};
use super::refusal::Refusal;
use super::sasl::{Binding, Credentials, Offer, choose};
use super::stage::Security;
use crate::ns;

/// Proves to the server who we are, by the best mechanism that both have.
pub(super) async fn authenticate(
    negotiation: &mut Negotiation<'_>,
    account: Option<Account<'_>>,
    features: &Element,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin_step(LoginStep::Authenticate);
    let offer = offer(features);
    let mechanism = mechanism(negotiation, account, &offer)?;
    if mechanism.sends_password() && negotiation.link.security.is_clear() {
        allow_plaintext(negotiation)?;
    }
    let broken =
        |error: SaslError| ConnectErrorKind::Protocol(format!("{mechanism} went wrong: {error}"));
    let end_point = negotiation.link.security.end_point();
    let means = Means { account, end_point };
    let (mut exchange, payload) = Exchange::begin(mechanism, means, offer).map_err(broken)?;
    negotiation.send(&auth(mechanism, &payload)).await?;
    loop {
        let answer = answer(negotiation, mechanism).await?;
        if matches!(answer, Answer::Success(_)) {
            negotiation.restart();
        }
        let response;
        (exchange, response) = work_out(exchange, answer).await.map_err(broken)?;
        // How long this machine computes is not the server's matter.
        negotiation.begin_step(LoginStep::Authenticate);
        let Some(data) = response else {
            return Ok(());
        };
        negotiation.send(&Response { data }.into()).await?;
    }
}

/// How many iterations of SCRAM are computed without more ado: they take some milliseconds. Servers want 4,096 to
/// 10,000.
const FEW_ITERATIONS: u32 = 20_000;

/// Works out the response to what the server says, which is none to its success. What takes long is done in another
/// thread, so that no other connection waits for it.
async fn work_out(
    mut exchange: Exchange,
    answer: Answer,
) -> Result<(Exchange, Option<Vec<u8>>), SaslError> {
    let iterations = iterations(answer.payload()).unwrap_or_default();
    let work = move || {
        let response = match answer {
            Answer::Challenge(data) => exchange.respond(&data).map(Some),
            Answer::Success(data) => exchange.finish(&data).map(|()| None),
        };
        response.map(|response| (exchange, response))
    };
    if iterations <= FEW_ITERATIONS {
        return work();
    }
    match timeout(COMPUTING, spawn_blocking(work)).await {
        Ok(done) => done.unwrap_or(Err(SaslError::BrokenOff)),
        Err(_) => Err(SaslError::TooLong(iterations)),
    }
}

/// The request to begin; no payload is written `=` (RFC 6120 §6.4.2).
fn auth(mechanism: Mechanism, payload: &[u8]) -> Element {
    let text = match payload {
        [] => "=".to_owned(),
        payload => BASE64_STANDARD.encode(payload),
    };
    Element::builder("auth", ns::SASL)
        .attr(xml_ncname!("mechanism").to_owned(), mechanism.name())
        .append(text)
        .build()
}

fn mechanism(
    negotiation: &Negotiation<'_>,
    account: Option<Account<'_>>,
    offer: &Offer,
) -> Result<Mechanism, ConnectErrorKind> {
    let login = &negotiation.options.login;
    let credentials = Credentials {
        password: account.is_some(),
        // The server has seen it only with TLS.
        certificate: login.certificate.is_some() && !negotiation.link.security.is_clear(),
        binding: binding(&negotiation.link.security),
    };
    choose(offer, credentials, login.mechanism).ok_or_else(|| ConnectErrorKind::NoMechanism {
        offered: offer.mechanisms.clone(),
        wanted: login.mechanism,
        credentials,
    })
}

fn binding(security: &Security) -> Binding {
    match security {
        Security::Clear => Binding::WithoutTls,
        Security::Tls(None) => Binding::NoHash,
        Security::Tls(Some(_)) => Binding::Possible,
    }
}

fn offer(features: &Element) -> Offer {
    Offer {
        mechanisms: offered_mechanisms(features),
        bindings: announced_bindings(features),
    }
}

fn offered_mechanisms(features: &Element) -> Vec<String> {
    let names = listed(features, "mechanisms", ns::SASL);
    let names = names.filter(|child| child.is("mechanism", ns::SASL));
    names.map(|name| name.text().trim().to_owned()).collect()
}

/// What logins can be bound to, if the server tells (XEP-0440 §2).
fn announced_bindings(features: &Element) -> Option<Vec<String>> {
    const NAME: &str = "sasl-channel-binding";
    if !features.has_child(NAME, ns::CHANNEL_BINDING) {
        return None;
    }
    let bindings = listed(features, NAME, ns::CHANNEL_BINDING);
    let bindings = bindings.filter(|child| child.is("channel-binding", ns::CHANNEL_BINDING));
    let types = bindings.filter_map(|binding| binding.attr("type"));
    Some(types.map(str::to_owned).collect())
}

/// The children of the features of this name.
fn listed<'a>(
    features: &'a Element,
    name: &'a str,
    namespace: &'a str,
) -> impl Iterator<Item = &'a Element> {
    let lists = features.children();
    lists
        .filter(move |child| child.is(name, namespace))
        .flat_map(Element::children)
}

/// A password in clear is for this machine only, unless the user asked for it.
pub(super) fn allow_plaintext(negotiation: &mut Negotiation<'_>) -> Result<(), ConnectErrorKind> {
    if !negotiation.link.peer.loopback
        && negotiation.options.plaintext == PlaintextPolicy::LoopbackOnly
    {
        return Err(ConnectErrorKind::PlaintextRefused);
    }
    negotiation.link.notices.push(Notice::PlainWithoutTls);
    Ok(())
}

/// What a server says in an exchange, unless it is no.
enum Answer {
    Challenge(Vec<u8>),
    Success(Vec<u8>),
}

impl Answer {
    fn payload(&self) -> &[u8] {
        match self {
            Self::Challenge(data) | Self::Success(data) => data,
        }
    }
}

async fn answer(
    negotiation: &mut Negotiation<'_>,
    mechanism: Mechanism,
) -> Result<Answer, ConnectErrorKind> {
    let element = negotiation.receive().await?;
    if element.is("failure", ns::SASL) {
        return Err(ConnectErrorKind::LoginRefused {
            refusal: Refusal::read(&element, ns::SASL),
            mechanism,
        });
    }
    if element.is("challenge", ns::SASL) {
        return payload(&element).map(Answer::Challenge);
    }
    if element.is("success", ns::SASL) {
        return payload(&element).map(Answer::Success);
    }
    Err(unexpected(
        &element,
        "<challenge/>, <success/> or <failure/>",
    ))
}

/// The data that an element has, where `=` is for data of no length (RFC 6120 §6.3.5, §6.4.6).
fn payload(element: &Element) -> Result<Vec<u8>, ConnectErrorKind> {
    let text = element.text();
    match text.trim() {
        "=" => Ok(Vec::new()),
        text => BASE64_STANDARD.decode(text).map_err(|_| {
            let name = element.name();
            ConnectErrorKind::Protocol(format!("unreadable SASL payload: <{name}/> has no base64"))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::super::bind::BIND_ID;
    use super::super::testing::{
        BIND_FEATURES, END_POINT, FakeDialer, FakeLogin, FakeServer, PLAIN, Played, SUCCESS, bound,
        challenge, end_point, play, play_login, romeo, sasl, with_login, with_server,
    };
    use super::super::{ConnectError, ConnectOptions, Identity, StreamKind};
    use super::*;

    #[tokio::test]
    async fn every_mechanism_logs_in() {
        for mechanism in ["SCRAM-SHA-512", "SCRAM-SHA-256", "SCRAM-SHA-1", "PLAIN"] {
            let login = FakeLogin::offering(&[mechanism]).with_extensions(",x=1", ",y=2");
            let session = with_login(login).await.session();
            assert_eq!(
                session.jid.as_str(),
                "romeo@localhost/orchard",
                "{mechanism}"
            );
        }
    }

    /// Logs in with TLS and this for the only mechanism; what the server got by SASL comes with it.
    async fn with_tls_login(
        login: FakeLogin,
        mechanism: Option<Mechanism>,
    ) -> (Played, Vec<String>) {
        let mut options = ConnectOptions::default();
        options.login.mechanism = mechanism;
        let mut payloads = Vec::new();
        let played = play(FakeDialer::local(), &romeo(), &options, async |server| {
            let mut secured = server.start_tls().await.unwrap();
            secured.log_in(&login).await;
            payloads.clone_from(&secured.payloads);
            secured
        })
        .await;
        let payloads = payloads.into_iter().map(String::from_utf8);
        (played, payloads.map(Result::unwrap).collect())
    }

    #[tokio::test]
    async fn a_login_is_bound_to_the_servers_certificate() {
        let mut wanted = b"p=tls-server-end-point,,".to_vec();
        wanted.extend(end_point());
        for mechanism in [
            Mechanism::ScramSha512Plus,
            Mechanism::ScramSha256Plus,
            Mechanism::ScramSha1Plus,
        ] {
            let name = mechanism.name();
            let offers = ["PLAIN", "SCRAM-SHA-512", name];
            let login = FakeLogin::offering(&offers).with_feature(END_POINT);
            let (played, payloads) = with_tls_login(login, None).await;
            let jid = played.session().jid;
            assert_eq!(jid.as_str(), "romeo@localhost/orchard", "{name}");
            let binding = payloads[1].split(',').next().unwrap();
            let binding = binding.strip_prefix("c=").unwrap();
            assert_eq!(BASE64_STANDARD.decode(binding).unwrap(), wanted, "{name}");
        }
    }

    #[tokio::test]
    async fn a_login_is_bound_without_announcement_only_on_request() {
        let offers = ["SCRAM-SHA-256", "SCRAM-SHA-256-PLUS"];
        for (mechanism, begin) in [
            (None, "n,,n=romeo,"),
            (
                Some(Mechanism::ScramSha256Plus),
                "p=tls-server-end-point,,n=romeo,",
            ),
        ] {
            let login = FakeLogin::offering(&offers);
            let (played, payloads) = with_tls_login(login, mechanism).await;
            played.session();
            assert!(payloads[0].starts_with(begin), "{}", payloads[0]);
        }
    }

    #[tokio::test]
    async fn a_login_that_is_bound_to_another_certificate_is_refused() {
        let login = FakeLogin::offering(&["SCRAM-SHA-256-PLUS"]).bound_to(b"another");
        let wanted = Some(Mechanism::ScramSha256Plus);
        let error = with_tls_login(login, wanted).await.0.error();
        assert_eq!(
            error.to_string(),
            "login of romeo@localhost refused by 127.0.0.1:5222: not-authorized (no such luck); \
             SCRAM-SHA-256-PLUS was bound to the server's certificate (tls-server-end-point)"
        );
        let advice = error.advice().unwrap();
        assert!(
            advice.contains("proxy")
                && advice.ends_with(
                    "try SCRAM-SHA-256 as `mechanism:` or --mechanism, which does not bind"
                ),
            "{advice}"
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_password_is_found_out_by_who_binds_as_well() {
        let login = FakeLogin::offering(&["SCRAM-SHA-256-PLUS"]).forging();
        let wanted = Some(Mechanism::ScramSha256Plus);
        let error = with_tls_login(login, wanted).await.0.error();
        assert!(error.to_string().contains("invalid signature"), "{error}");
    }

    #[tokio::test]
    async fn without_tls_there_is_nothing_to_bind_to() {
        let login = FakeLogin::offering(&["SCRAM-SHA-256-PLUS"]).with_feature(END_POINT);
        let mut options = ConnectOptions::default();
        options.login.mechanism = Some(Mechanism::ScramSha256Plus);
        let (dial, identity) = (FakeDialer::local(), romeo());
        let played = play(dial, &identity, &options, async |mut server| {
            server.log_in(&login).await;
        });
        let error = played.await.error();
        assert!(
            error
                .to_string()
                .ends_with("SCRAM-SHA-256-PLUS binds the login to TLS, and there is no TLS"),
            "{error}"
        );
        assert_eq!(
            error.advice().unwrap(),
            "give `--tls starttls` or `--tls direct`, or the actor another `tls:`, or try SCRAM-SHA-256 \
             as `mechanism:` or --mechanism, which does not bind"
        );
    }

    #[tokio::test]
    async fn a_password_is_prepared_before_it_is_computed_with() {
        let mut identity = romeo();
        // The first example of RFC 4013 §3.
        identity.secret = Some("I\u{ad}X".into());
        let login = FakeLogin::offering(&["SCRAM-SHA-256"]).with_password("IX");
        let options = ConnectOptions::default();
        let played = play_login(&identity, &options, &login);
        played.await.session();
    }

    #[tokio::test]
    async fn without_a_password_the_login_is_anonymous() {
        let identity = Identity {
            stream: StreamKind::Client,
            localpart: None,
            domain: "localhost".to_owned(),
            resource: None,
            secret: None,
        };
        let options = ConnectOptions::default();
        let login = FakeLogin::offering(&["PLAIN", "ANONYMOUS"]);
        let played = play_login(&identity, &options, &login);
        let session = played.await.session();
        assert_eq!(session.jid.resource().unwrap().as_str(), "fake");
    }

    #[tokio::test]
    async fn a_refused_login_says_goodbye() {
        let played = with_server(async |mut server| {
            let login = FakeLogin::default().with_password("other");
            assert_eq!(server.log_in(&login).await, None);
            server.footer().await;
            assert!(server.ended().await);
        });
        let error = played.await.error();
        assert_eq!(
            error.to_string(),
            "login of romeo@localhost refused by 127.0.0.1:5222: not-authorized (no such luck)"
        );
    }

    #[tokio::test]
    async fn a_server_that_does_not_know_the_password_is_found_out() {
        for mechanism in ["SCRAM-SHA-256", "SCRAM-SHA-1"] {
            let login = FakeLogin::offering(&[mechanism]).forging();
            let error = with_login(login).await.error();
            assert_eq!(error.step, LoginStep::Authenticate);
            assert!(error.to_string().contains("invalid signature"), "{error}");
        }
    }

    #[tokio::test]
    async fn a_scram_success_without_an_exchange_is_found_out() {
        let played = with_server(async |mut server| {
            let offer = PLAIN.replace("PLAIN", "SCRAM-SHA-1");
            server.greet(&offer).await;
            server.element().await;
            server.write(SUCCESS).await;
            server
        });
        let error = played.await.error();
        assert!(
            matches!(error.kind, ConnectErrorKind::Protocol(_)),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_server_without_a_usable_mechanism_is_named_with_its_offers() {
        let error = with_login(FakeLogin::offering(&["EXTERNAL", "X-OWN"])).await;
        let error = error.error();
        assert!(error.to_string().contains("(EXTERNAL, X-OWN)"), "{error}");
        assert!(error.advice().unwrap().contains("SCRAM-SHA-256"));
    }

    #[tokio::test]
    async fn plain_without_tls_stays_on_this_machine() {
        let mut options = ConnectOptions::default();
        let (identity, refusing) = (romeo(), FakeDialer::remote());
        let refused = play(refusing, &identity, &options, async |mut server| {
            server.greet(PLAIN).await;
            server.footer().await;
        });
        let error = refused.await.error();
        assert_eq!(error.kind, ConnectErrorKind::PlaintextRefused);

        options.plaintext = PlaintextPolicy::Anywhere;
        let allowing = FakeDialer::remote();
        let allowed = play(allowing, &identity, &options, async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server
        });
        assert_eq!(
            allowed.await.session().raw.link.notices,
            [Notice::PlainWithoutTls]
        );
    }

    /// Logs in at a server that offers this mechanism and goes on like this.
    async fn with_mechanism(mechanism: &str, go_on: impl AsyncFnOnce(&mut FakeServer)) -> Played {
        with_server(async |mut server| {
            server.greet(&PLAIN.replace("PLAIN", mechanism)).await;
            go_on(&mut server).await;
            server.restart();
            server.greet(BIND_FEATURES).await;
            server.element().await;
            server.write(&bound(BIND_ID, "r@localhost/o")).await;
            server
        })
        .await
    }

    #[tokio::test]
    async fn an_equals_sign_is_data_of_no_length() {
        for data in ["", "=", "\n  =\n"] {
            let played = with_mechanism("PLAIN", async |server| {
                server.element().await;
                server.write(&sasl("success", data)).await;
            });
            played.await.session();
        }
    }

    /// Plays SCRAM up to the client's last message; the answer is the server's.
    async fn scram(server: &mut FakeServer) -> String {
        let mut scram = FakeLogin::default().scram("SCRAM-SHA-256");
        let decoded = |element: Element| {
            let payload = BASE64_STANDARD.decode(element.text()).unwrap();
            String::from_utf8(payload).unwrap()
        };
        let first = scram.first(&decoded(server.element().await));
        server.write(&challenge(&first)).await;
        scram.last(&decoded(server.element().await)).unwrap()
    }

    #[tokio::test]
    async fn a_signature_may_come_with_the_success_or_before_it() {
        let with_success = with_mechanism("SCRAM-SHA-256", async |server| {
            let last = BASE64_STANDARD.encode(scram(server).await);
            server.write(&sasl("success", &last)).await;
        });
        with_success.await.session();
        for data in ["", "="] {
            let before = with_mechanism("SCRAM-SHA-256", async |server| {
                let last = scram(server).await;
                server.write(&challenge(&last)).await;
                assert_eq!(server.element().await.text(), "");
                server.write(&sasl("success", data)).await;
            });
            before.await.session();
        }
    }

    /// Logs in by SCRAM-SHA-256 where the server answers the client's last message like this.
    async fn with_last_words(words: &str) -> ConnectError {
        let played = with_server(async |mut server| {
            server.greet(&PLAIN.replace("PLAIN", "SCRAM-SHA-256")).await;
            scram(&mut server).await;
            server.write(words).await;
            server
        });
        played.await.error()
    }

    #[tokio::test]
    async fn a_success_that_proves_nothing_is_none() {
        let encoded = |text: &str| BASE64_STANDARD.encode(text);
        for (data, words) in [
            (String::new(), "no signature"),
            ("=".to_owned(), "no signature"),
            (encoded("v=AAAA"), "invalid signature"),
            (encoded("e=other-error"), "with the error `other-error`"),
            (encoded("x=1"), "attribute 1 must be `v=`"),
            ("dj1BQUFB=".to_owned(), "unreadable SASL payload"),
            ("==".to_owned(), "unreadable SASL payload"),
        ] {
            let error = with_last_words(&sasl("success", &data)).await;
            assert!(error.to_string().contains(words), "{error}");
        }
        let error = with_last_words(&challenge("e=invalid-proof")).await;
        assert!(
            error
                .to_string()
                .ends_with("the server ended it with the error `invalid-proof`"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn an_offer_that_was_tampered_with_is_told() {
        let login = FakeLogin::offering(&["SCRAM-SHA-1", "PLAIN"]).with_extensions(",h=AAAA", "");
        let error = with_login(login).await.error();
        assert_eq!(error.step, LoginStep::Authenticate);
        assert_eq!(
            error.to_string(),
            "login of romeo@localhost at 127.0.0.1:5222 failed during authentication: SCRAM-SHA-1 went wrong: the \
             server's hash is of another offer than the one that came (XEP-0474), as if somebody on the way had \
             weakened it; what came: the mechanisms SCRAM-SHA-1, PLAIN and no channel bindings"
        );
        // SCRAM-SHA-1 and PLAIN, without channel bindings.
        let genuine = ",h=Y+xk2TW25vKwG9yWicfQlsuiFQs=";
        let login = FakeLogin::offering(&["SCRAM-SHA-1", "PLAIN"]).with_extensions(genuine, "");
        with_login(login).await.session();
    }

    #[tokio::test]
    async fn an_empty_list_of_bindings_is_one() {
        // SCRAM-SHA-1, and no channel bindings in their list.
        let genuine = ",h=nhnNMkXWKqeFs68JKcV/T05fui8=";
        let list = "<sasl-channel-binding xmlns='urn:xmpp:sasl-cb:0'/>";
        let login = FakeLogin::offering(&["SCRAM-SHA-1"]).with_extensions(genuine, "");
        with_login(login.clone().with_feature(list)).await.session();
        with_login(login).await.error();
    }
}
