//! A client's login (RFC 6120): features, STARTTLS, SASL, resource binding; and nothing else.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jid::Jid;
use minidom::Element;
use rxml::strings::validate_cdata;
use rxml::xml_ncname;
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use xmpp_parsers::sasl::Response;

use super::connect::{Notice, PlaintextPolicy};
use super::error::{ConnectErrorKind, LoginStep};
use super::exchange::{Account, COMPUTING, Exchange, Means, SaslError, iterations};
use super::identity::{Identity, Password};
use super::negotiation::{Encryption, Negotiation, Security, unexpected};
use super::refusal::Refusal;
use super::sasl::{Binding, Credentials, Mechanism, Offer, choose};
use super::tls::TlsError;
use crate::{escape, ns};

const BIND_ID: &str = "scansion-bind";
const SESSION_ID: &str = "scansion-session";

/// A client that wants to log in.
#[derive(Debug, Clone, Copy)]
pub(super) struct Client<'a> {
    pub(super) localpart: Option<&'a str>,
    pub(super) domain: &'a str,
    pub(super) resource: Option<&'a str>,
    pub(super) password: Option<&'a Password>,
}

impl<'a> Client<'a> {
    fn account(self) -> Option<Account<'a>> {
        let (localpart, password) = self.localpart.zip(self.password)?;
        Some(Account {
            localpart,
            password,
        })
    }
}

/// Logs in and binds a resource; the answer is the full JID.
pub(super) async fn log_in(
    negotiation: &mut Negotiation<'_>,
    client: Client<'_>,
) -> Result<Jid, ConnectErrorKind> {
    let features = open_secured(negotiation, client.domain).await?;
    authenticate(negotiation, client.account(), &features).await?;
    let features = open_stream(negotiation, client.domain).await?;
    let jid = bind(negotiation, client.resource).await?;
    if demands_session(&features) {
        establish_session(negotiation, &jid).await?;
    }
    Ok(jid)
}

/// Opens a stream for somebody who has no account yet and will send a password (XEP-0077 §3.1); the answer is the JID
/// that the account will have.
pub(super) async fn open_for_registration(
    negotiation: &mut Negotiation<'_>,
    identity: &Identity,
) -> Result<Jid, ConnectErrorKind> {
    let jid = Jid::new(&identity.to_string())
        .map_err(|error| ConnectErrorKind::Protocol(format!("`{identity}` is no JID: {error}")))?;
    open_secured(negotiation, jid.domain().as_str()).await?;
    if negotiation.security.is_clear() {
        allow_plaintext(negotiation)?;
    }
    Ok(jid)
}

/// Opens a stream, and encrypts it if that is to be; the answer is its features.
async fn open_secured(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<Element, ConnectErrorKind> {
    let features = open_stream(negotiation, domain).await?;
    if !wants_tls(negotiation, &features)? {
        return Ok(features);
    }
    start_tls(negotiation, domain).await?;
    open_stream(negotiation, domain).await
}

pub(super) async fn open_stream(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<Element, ConnectErrorKind> {
    let header = format!(
        "<?xml version='1.0'?><stream:stream to='{}' version='1.0' xmlns='{}' xmlns:stream='{}'>",
        escape::attribute(domain),
        ns::CLIENT,
        ns::STREAM
    );
    let answer = negotiation.open(&header, ns::CLIENT).await?;
    negotiation.begin(LoginStep::Features);
    if let Some(trouble) = other_version(answer.version.as_deref()) {
        // Before RFC 3920 there were no features; what such a server still sends is a stream error.
        return Err(negotiation.last_words(trouble).await);
    }
    let features = negotiation.receive().await?;
    if !features.is("features", ns::STREAM) {
        return Err(unexpected(&features, "the stream features"));
    }
    negotiation.features.push(features.clone());
    Ok(features)
}

/// What is wrong with the version in a server's stream header: it may not be higher than ours, and below 1.0 there is
/// no login as we know it (RFC 6120 §4.7.5).
fn other_version(version: Option<&str>) -> Option<String> {
    let Some(version) = version else {
        return Some("the server's stream header has no version, so it is no XMPP 1.0".to_owned());
    };
    let numbers = version.split_once('.').map(|(major, minor)| {
        let number = |text: &str| text.parse::<u32>().ok();
        (number(major), number(minor))
    });
    let is_ours = matches!(numbers, Some((Some(1), Some(_))));
    let version: String = version.escape_debug().take(20).collect();
    (!is_ours).then(|| {
        format!("the server's stream header has the version `{version}`, so it is no XMPP 1.0")
    })
}

fn wants_tls(negotiation: &Negotiation<'_>, features: &Element) -> Result<bool, TlsError> {
    if !negotiation.security.is_clear() {
        return Ok(false);
    }
    let offer = features.get_child("starttls", ns::TLS);
    // A WebSocket begins with TLS or does without; an offer in it is none (RFC 7395 §3.9).
    let offer = offer.filter(|_| !negotiation.is_websocket);
    let is_required = offer.is_some_and(|offer| offer.has_child("required", ns::TLS));
    match negotiation.encryption {
        Encryption::WhenOffered => Ok(offer.is_some()),
        Encryption::WhenRequired => Ok(is_required),
        Encryption::Always if offer.is_none() => Err(TlsError::NotOffered),
        Encryption::Always => Ok(true),
        Encryption::Never if is_required => Err(TlsError::Required),
        Encryption::Never => Ok(false),
    }
}

async fn start_tls(
    negotiation: &mut Negotiation<'_>,
    domain: &str,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin(LoginStep::StartTls);
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

async fn authenticate(
    negotiation: &mut Negotiation<'_>,
    account: Option<Account<'_>>,
    features: &Element,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin(LoginStep::Authenticate);
    let offer = offer(features);
    let mechanism = mechanism(negotiation, account, &offer)?;
    if mechanism == Mechanism::Plain && negotiation.security.is_clear() {
        allow_plaintext(negotiation)?;
    }
    let broken =
        |error: SaslError| ConnectErrorKind::Protocol(format!("{mechanism} went wrong: {error}"));
    let end_point = negotiation.security.end_point();
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
        negotiation.begin(LoginStep::Authenticate);
        let Some(data) = response else {
            return Ok(());
        };
        negotiation.send(&Response { data }.into()).await?;
    }
}

/// How many iterations of SCRAM are computed without more ado: they take some milliseconds. Servers want 4,096 to 10,000.
const FEW_ITERATIONS: u32 = 20_000;

/// Works out the response to what the server says, which is none to its success. What takes long is done aside, so that
/// nobody else waits for it.
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
        certificate: login.certificate.is_some() && !negotiation.security.is_clear(),
        binding: binding(&negotiation.security),
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

/// A password in clear is for this machine only, unless somebody asked for it.
fn allow_plaintext(negotiation: &mut Negotiation<'_>) -> Result<(), ConnectErrorKind> {
    if !negotiation.peer.loopback && negotiation.options.plaintext == PlaintextPolicy::LoopbackOnly
    {
        return Err(ConnectErrorKind::PlaintextRefused);
    }
    negotiation.notices.push(Notice::PlainWithoutTls);
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
        return Err(refused(Refusal::read(&element, ns::SASL), mechanism));
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

fn refused(refusal: Refusal, mechanism: Mechanism) -> ConnectErrorKind {
    if mechanism.binds() {
        return ConnectErrorKind::BoundRefused { refusal, mechanism };
    }
    ConnectErrorKind::Refused(refusal)
}

async fn bind(
    negotiation: &mut Negotiation<'_>,
    resource: Option<&str>,
) -> Result<Jid, ConnectErrorKind> {
    negotiation.begin(LoginStep::Bind);
    let bind = bind_request(resource)?;
    // Nobody else can address us, as long as we have no address.
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
fn demands_session(features: &Element) -> bool {
    let session = features.get_child("session", ns::SESSION);
    session.is_some_and(|session| !session.has_child("optional", ns::SESSION))
}

async fn establish_session(
    negotiation: &mut Negotiation<'_>,
    jid: &Jid,
) -> Result<(), ConnectErrorKind> {
    negotiation.begin(LoginStep::Session);
    let session = Element::bare("session", ns::SESSION);
    let is_server = |from: &str| speaks_for_server(from, jid);
    request(negotiation, SESSION_ID, session, is_server)
        .await
        .map(drop)
}

/// Whether who sent this is the server: by its domain, or in the name of the account or session of this JID (RFC 6120
/// §8.1.2.1).
fn speaks_for_server(from: &str, jid: &Jid) -> bool {
    let Ok(from) = Jid::new(from) else {
        return false;
    };
    let is_domain = from.node().is_none() && from.resource().is_none();
    let is_ours = from.to_bare() == jid.to_bare();
    is_ours || is_domain && from.domain() == jid.domain()
}

/// Sends a request and waits for its result.
///
/// Other stanzas that come before it are for whoever takes the session over: after all, a resource can be written to as
/// soon as it is bound, and the server itself may have something to say even before (RFC 6120 §7.1).
async fn request(
    negotiation: &mut Negotiation<'_>,
    id: &str,
    payload: Element,
    is_server: impl Fn(&str) -> bool,
) -> Result<Element, ConnectErrorKind> {
    let iq = Element::builder("iq", ns::CLIENT)
        .attr(xml_ncname!("type").to_owned(), "set")
        .attr(xml_ncname!("id").to_owned(), id)
        .append(payload);
    negotiation.send(&iq.build()).await?;
    let is_answer =
        |stanza: &Element| answers(stanza, id) && stanza.attr("from").is_none_or(&is_server);
    let answer = negotiation.receive_answer(is_answer).await?;
    match answer.attr("type") {
        _ if !answers(&answer, id) => Err(unexpected(&answer, "the answer to our request")),
        Some("error") => Err(ConnectErrorKind::Refused(Refusal::of_stanza(&answer))),
        _ => Ok(answer),
    }
}

/// Whether a stanza is an answer to the request with this id (RFC 6120 §8.2.3).
fn answers(stanza: &Element, id: &str) -> bool {
    let is_answer = matches!(stanza.attr("type"), Some("result" | "error"));
    is_answer && stanza.is("iq", ns::CLIENT) && stanza.attr("id") == Some(id)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::sync::mpsc::UnboundedReceiver;

    use super::super::testing::{
        self, BIND_FEATURES, CERTIFICATE, END_POINT, FakeDialer, FakeLogin, FakeServer, HEADER,
        Played, STARTTLS, bound, challenge, end_point, play, romeo, sasl,
    };
    use super::super::{
        Authorities, Closed, ConnectError, ConnectOptions, Direction, Identity, Incoming, Session,
        StreamKind, Trust, Unverified, Wire, connect,
    };
    use super::*;

    const PLAIN: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
         <mechanism>PLAIN</mechanism></mechanisms></stream:features>";
    const OFFER: &str = "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    const REQUIRED: &str =
        "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'><required/></starttls>";
    const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    const SUCCESS: &str = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";

    /// Logs Romeo in at a server on this machine.
    async fn with_server<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> Played {
        play(
            FakeDialer::local(),
            &romeo(),
            &ConnectOptions::default(),
            server,
        )
        .await
    }

    async fn with_login(login: FakeLogin) -> Played {
        with_server(async |mut server| {
            server.log_in(&login).await;
            server
        })
        .await
    }

    /// Logs in at a server that sends this after the client's header.
    async fn with_text(text: &str) -> ConnectError {
        let played = with_server(async |mut server| {
            server.header().await;
            server.write(text).await;
            server
        });
        played.await.error()
    }

    /// Logs in up to the bind, which is answered like this.
    async fn with_bind_answer(answer: &str) -> Played {
        with_server(async |mut server| {
            server.greet(PLAIN).await;
            server.element().await;
            server.write(SUCCESS).await;
            server.restart();
            server.greet(BIND_FEATURES).await;
            server.element().await;
            server.write(answer).await;
            server
        })
        .await
    }

    #[test]
    fn a_login_can_move_between_threads() {
        fn movable<T: Send>(_: &T) {}
        let (dialer, _servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let (identity, options) = (romeo(), ConnectOptions::default());
        let mut observer = |_| ();
        movable(&connect(
            &dialer,
            &endpoint,
            &identity,
            &options,
            &mut observer,
        ));
    }

    #[tokio::test(start_paused = true)]
    async fn a_dropped_login_closes_the_connection() {
        let (dialer, mut servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let (identity, options) = (romeo(), ConnectOptions::default());
        let mut observer = |_| ();
        let client = connect(&dialer, &endpoint, &identity, &options, &mut observer);
        assert!(timeout(Duration::from_secs(1), client).await.is_err());
        let mut server = servers.recv().await.unwrap();
        server.header().await;
        assert!(server.ended().await);
    }

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
        let played = play(
            FakeDialer::local(),
            &identity,
            &options,
            async |mut server| {
                server.log_in(&login).await;
                server
            },
        );
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
        let played = play(
            FakeDialer::local(),
            &identity,
            &options,
            async |mut server| {
                server.log_in(&login).await;
                server
            },
        );
        let session = played.await.session();
        assert_eq!(session.jid.resource().unwrap().as_str(), "fake");
    }

    #[tokio::test]
    async fn after_the_login_text_goes_both_ways_as_it_is() {
        let played = with_server(async |mut server| {
            server.log_in(&FakeLogin::default()).await;
            server.write("<message><body>hi</body></message>").await;
            server
        });
        let mut session = played.await.session();
        let Incoming::Element(message) = session.reader.next().await else {
            panic!("no message");
        };
        assert_eq!(message.name(), "message");
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
        assert_eq!(allowed.await.session().notices, [Notice::PlainWithoutTls]);
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
            ("HTTP/1.1 400 Bad Request\r\n\r\n", "not well-formed XML"),
            ("<html xmlns='urn:web'>", "instead of a stream header"),
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

    /// Logs in with TLS at a server whose certificate nobody vouches for.
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
            session.notices,
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
        assert_eq!(session.notices.len(), 1);
    }

    #[tokio::test]
    async fn a_certificate_of_a_given_authority_is_good() {
        let authorities = Authorities::from_pem(CERTIFICATE.as_bytes()).unwrap();
        let trust = Trust::Authorities(authorities);
        let session = with_tls(trust, FakeDialer::remote()).await.session();
        assert_eq!(session.notices, []);
    }

    /// Offers STARTTLS, agrees to it and breaks down.
    async fn fail_at_tls(mut server: FakeServer, features: &str) {
        server.greet(features).await;
        server.element().await;
        server.write(PROCEED).await;
    }

    /// Logs in at a server that fails at TLS, and is dialled again.
    async fn with_broken_tls<T>(
        features: &str,
        options: &ConnectOptions,
        again: impl AsyncFnOnce(FakeServer) -> T,
    ) -> Result<Session, ConnectError> {
        let (dialer, mut servers) = FakeDialer::local();
        let endpoint = testing::endpoint();
        let identity = romeo();
        let mut observer = |_| ();
        let client = connect(&dialer, &endpoint, &identity, options, &mut observer);
        let server = async {
            fail_at_tls(servers.recv().await.unwrap(), features).await;
            again(servers.recv().await.unwrap()).await
        };
        tokio::join!(client, server).0
    }

    #[tokio::test]
    async fn on_this_machine_tls_that_does_not_work_is_done_without() {
        let login = FakeLogin::default().with_feature(OFFER);
        let options = ConnectOptions::default();
        let logged_in = with_broken_tls(STARTTLS, &options, async |mut server| {
            server.log_in(&login).await;
            server
        });
        assert_notes_broken_tls(&logged_in.await.unwrap());
        let identity = romeo();
        let next = play(
            FakeDialer::local(),
            &identity,
            &options,
            async |mut server| {
                server.log_in(&login).await;
                server
            },
        );
        assert_notes_broken_tls(&next.await.session());
    }

    #[track_caller]
    fn assert_notes_broken_tls(session: &Session) {
        let notices = &session.notices;
        assert!(
            matches!(
                notices[..],
                [Notice::TlsFailed { .. }, Notice::PlainWithoutTls]
            ),
            "{notices:?}"
        );
    }

    #[tokio::test]
    async fn required_tls_that_does_not_work_is_an_error() {
        let required = STARTTLS.replace(OFFER, REQUIRED);
        let options = ConnectOptions::default();
        let failed = with_broken_tls(&required, &options, async |server| {
            fail_at_tls(server, &required).await;
        });
        assert_eq!(failed.await.err().unwrap().step, LoginStep::StartTls);
    }

    #[tokio::test]
    async fn nothing_but_the_login_goes_on_the_wire() {
        let played = with_server(async |mut server| {
            server.greet(PLAIN).await;
            let auth = server.text().await;
            assert!(auth.starts_with("<auth ") && auth.ends_with("AHJvbWVvAHBhc3N3b3Jk</auth>"));
            server.write(SUCCESS).await;
            server.restart();
            server.greet(BIND_FEATURES).await;
            assert!(server.text().await.contains("<resource>orchard</resource>"));
            server
                .write(&bound(BIND_ID, "romeo@localhost/orchard"))
                .await;
            server
        });
        let sent = |wire: &&Wire| wire.direction == Direction::Sent;
        let count = played.await.wires.iter().filter(sent).count();
        assert_eq!(count, 4, "two headers, auth and bind");
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
                server.greet(PLAIN).await;
                server.element().await;
                server.write(SUCCESS).await;
                server.restart();
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
            play_moves(&mut server, &moves()[..5]).await;
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

    /// The ids of what a session has to say first.
    async fn ids(mut session: Session, count: usize) -> Vec<String> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let Incoming::Element(element) = session.reader.next().await else {
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
        assert_eq!(seen.len(), moves().len(), "the login alone: {seen:?}");
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
        let shown: String = played.wires.iter().map(|wire| wire.xml.as_str()).collect();
        assert!(shown.contains("<message id='early'/>"), "{shown}");
        played.error();
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

    /// A login that demands a session, as what the server says when; each with the step the client is
    /// at when the server stops before it.
    fn moves() -> Vec<(LoginStep, Wait, String)> {
        let features = BIND_FEATURES.replace(
            "</stream:features>",
            "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/></stream:features>",
        );
        vec![
            (LoginStep::StreamHeader, Wait::Header, HEADER.to_owned()),
            (LoginStep::Features, Wait::Nothing, PLAIN.to_owned()),
            (LoginStep::Authenticate, Wait::Element, SUCCESS.to_owned()),
            (LoginStep::StreamHeader, Wait::Header, HEADER.to_owned()),
            (LoginStep::Features, Wait::Nothing, features),
            (
                LoginStep::Bind,
                Wait::Element,
                bound(BIND_ID, "r@localhost/o"),
            ),
            (
                LoginStep::Session,
                Wait::Element,
                format!("<iq type='result' id='{SESSION_ID}'/>"),
            ),
        ]
    }

    /// What a server waits for before it speaks.
    #[derive(Clone, Copy)]
    enum Wait {
        Header,
        Element,
        Nothing,
    }

    async fn play_moves(server: &mut FakeServer, moves: &[(LoginStep, Wait, String)]) {
        for (_, wait, text) in moves {
            match wait {
                Wait::Header => server.header().await,
                Wait::Element => drop(server.element().await),
                Wait::Nothing => {}
            }
            server.write(text).await;
            if text == SUCCESS {
                server.restart();
            }
        }
    }

    #[tokio::test]
    async fn a_demanded_session_is_established() {
        let played = with_server(async |mut server| {
            play_moves(&mut server, &moves()).await;
            server
        });
        assert_eq!(played.await.session().jid.as_str(), "r@localhost/o");
    }

    #[tokio::test(start_paused = true)]
    async fn silence_at_any_step_is_a_timeout_there() {
        let moves = moves();
        for (stop, (step, ..)) in moves.iter().enumerate() {
            let played = with_server(async |mut server| {
                play_moves(&mut server, &moves[..stop]).await;
                server
            });
            let error = played.await.error();
            assert_eq!(error.step, *step);
            assert_eq!(
                error.kind,
                ConnectErrorKind::Timeout(Duration::from_secs(5))
            );
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_close_at_any_step_is_told_there() {
        let moves = moves();
        for (stop, (step, wait, _)) in moves.iter().enumerate() {
            let played = with_server(async |mut server| {
                play_moves(&mut server, &moves[..stop]).await;
                if let Wait::Element = wait {
                    server.element().await;
                }
                if stop > 0 && !matches!(wait, Wait::Header) {
                    server.write("</stream:stream>").await;
                }
            });
            let error = played.await.error();
            assert_eq!(error.step, *step);
            assert!(
                matches!(
                    error.kind,
                    ConnectErrorKind::Closed(Closed::ByPeer | Closed::ConnectionLost(_))
                ),
                "{error}"
            );
        }
    }

    #[tokio::test]
    async fn an_observer_sees_everything_but_secrets() {
        let password = "password-of-romeo";
        let mut identity = romeo();
        identity.secret = Some(password.into());
        for mechanism in ["PLAIN", "SCRAM-SHA-256"] {
            let login = FakeLogin::offering(&[mechanism]).with_password(password);
            let options = ConnectOptions::default();
            let played = play(
                FakeDialer::local(),
                &identity,
                &options,
                async |mut server| {
                    server.log_in(&login).await;
                    server
                },
            );
            let seen: String = played
                .await
                .wires
                .iter()
                .map(|wire| format!("{wire:?}"))
                .collect();
            for shown in [
                "<?xml",
                "<stream:features>",
                mechanism,
                "[redacted]",
                "<jid>",
            ] {
                assert!(seen.contains(shown), "{shown} is not in {seen}");
            }
            // What a SASL payload begins with, in base64: `\0romeo\0…`, `n,,n=…`, `r=…`, `c=biws`, `v=`.
            for secret in [password, "AHJvbWVv", "biwsbj", "cj0", "Yz1iaXdz", "dj0"] {
                assert!(!seen.contains(secret), "{secret} is in {seen}");
            }
        }
    }
}
