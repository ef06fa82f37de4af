//! Tests of logins at servers that are hostile or broken: each ends, in bounded time and memory, and tells at which
//! step and what the server did.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::exchange::COMPUTING;
use super::testing::{
    BIND_FEATURES, FakeDialer, FakeLogin, FakeServer, HEADER, PIPE, PLAIN, PROCEED, Played,
    STARTTLS, STREAM_ERRORS, SUCCESS, bound, endpoint, play, romeo, sasl, stream_error,
};
use super::{ConnectError, ConnectErrorKind, ConnectOptions, Incoming, Limits, LoginStep, connect};

const SCRAM: &str = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>\
     <mechanism>SCRAM-SHA-1</mechanism></mechanisms></stream:features>";
/// How long a step may take, and how many steps there are at most.
const PATIENCE: Duration = Duration::from_secs(5);
const STEPS: u32 = 8;

fn options() -> ConnectOptions {
    ConnectOptions {
        step_timeout: PATIENCE,
        limits: Limits {
            depth: 64,
            bytes: 64 * 1024,
            stream: 512 * 1024,
        },
        ..ConnectOptions::default()
    }
}

/// A login, which ends within the time for all steps.
async fn login<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> Played {
    let started = tokio::time::Instant::now();
    let played = play(FakeDialer::local(), &romeo(), &options(), server).await;
    assert!(started.elapsed() <= PATIENCE * STEPS);
    played
}

/// A login that has to fail.
async fn failing<T>(server: impl AsyncFnOnce(FakeServer) -> T) -> ConnectError {
    login(server).await.error()
}

/// The same, where the server says this to the client's header.
async fn greeted_with(bytes: &[u8]) -> ConnectError {
    failing(async |mut server| {
        server.header().await;
        server.write_bytes(bytes).await;
        server
    })
    .await
}

/// The same, where the server says this to the client's first words by this mechanism.
async fn authenticated_with(features: &str, answer: &str) -> ConnectError {
    failing(async |mut server| {
        server.greet(features).await;
        server.element().await;
        server.write(answer).await;
        server
    })
    .await
}

/// A client that is logged in, up to what the server says after that.
async fn welcome(server: &mut FakeServer) {
    server.accept_login().await;
    server.header().await;
}

#[track_caller]
fn assert_tells(error: &ConnectError, step: LoginStep, words: &str) {
    assert_eq!(error.step, step, "{error}");
    assert!(error.to_string().contains(words), "{error} has no {words}");
}

#[tokio::test(start_paused = true)]
async fn what_is_no_stream_header_is_told_at_once() {
    let header = |from: &str, to: &str| HEADER.replace(from, to);
    for (said, words) in [
        (b"\xff\xfe<\0?\0".to_vec(), "not well-formed XML"),
        (b"\0\0\0\0".to_vec(), "not well-formed XML"),
        (
            b"\x16\x03\x01\x02\x00".to_vec(),
            "TLS answered in the place",
        ),
        (
            b"220 mail ESMTP\r\n".to_vec(),
            "SMTP (`220 mail ESMTP`) answered",
        ),
        (b"<!DOCTYPE stream:stream>".to_vec(), "not well-formed XML"),
        (
            b"<!DOCTYPE s [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;'>]><s>&b;</s>".to_vec(),
            "not well-formed XML",
        ),
        (b"<?php echo 1 ?>".to_vec(), "not well-formed XML"),
        (b"<?xml version='1.1'?>".to_vec(), "not well-formed XML"),
        (
            b"<stream xmlns='jabber:client'>".to_vec(),
            "<stream xmlns='jabber:client'> instead of",
        ),
        (
            header("http://etherx.jabber.org/streams", "urn:streams").into(),
            "<stream xmlns='urn:streams'> instead of a stream header",
        ),
        (
            header("stream:stream", "stream:flow").into(),
            "<flow xmlns=",
        ),
        (
            header("xmlns:stream=", "xmlns:other=").into(),
            "undeclared namespace prefix",
        ),
    ] {
        let error = greeted_with(&said).await;
        assert_tells(&error, LoginStep::StreamHeader, words);
        assert!(matches!(error.kind, ConnectErrorKind::Closed(_)), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn another_version_than_ours_is_told() {
    for version in ["0.9", "2.0", "1", "", "one", "1.0 ", "-1.0"] {
        let header = HEADER.replace(" version='1.0' ", &format!(" version='{version}' "));
        let error = greeted_with(format!("{header}{PLAIN}").as_bytes()).await;
        let words = format!("has the version `{version}`, so it is no XMPP 1.0");
        assert_tells(&error, LoginStep::Features, &words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_version_may_have_zeros_before_it() {
    let played = login(async |mut server| {
        server.header().await;
        server
            .write(&HEADER.replace(" version='1.0' ", " version='01.00' "))
            .await;
        server.write(PLAIN).await;
        server.element().await;
        server.write(SUCCESS).await;
        server.restart();
        server.greet(BIND_FEATURES).await;
        server.element().await;
        server
            .write(&bound("scansion-bind", "romeo@localhost/o"))
            .await;
        server
    });
    assert_eq!(played.await.session().jid.as_str(), "romeo@localhost/o");
}

/// A login where the second stream header of the server declares this namespace, and so do its stanzas.
async fn welcomed_with(namespace: &str) -> Played {
    login(async |mut server| {
        welcome(&mut server).await;
        let header = HEADER.replace("xmlns='jabber:client'", namespace);
        server.write(&format!("{header}{BIND_FEATURES}")).await;
        server.element().await;
        let bound = bound("scansion-bind", "romeo@localhost/o");
        server.write(&bound).await;
        server
    })
    .await
}

#[tokio::test(start_paused = true)]
async fn another_namespace_than_ours_is_told_at_the_header() {
    let words = "the server's stream header declares the namespace `jabber:server`, and ours declares `jabber:client`";
    let header = HEADER.replace("jabber:client", "jabber:server");
    for after in [PLAIN, "<message/>", ""] {
        let error = greeted_with(format!("{header}{after}").as_bytes()).await;
        assert_tells(&error, LoginStep::StreamHeader, words);
    }
    let says_more = format!("{header}{}", stream_error("invalid-namespace", "says who"));
    let error = greeted_with(says_more.as_bytes()).await;
    let words = "stream error invalid-namespace: says who";
    assert_tells(&error, LoginStep::StreamHeader, words);
}

#[tokio::test(start_paused = true)]
async fn stanzas_without_our_namespace_are_no_answers() {
    let error = welcomed_with("").await.error();
    assert_tells(&error, LoginStep::Bind, "but got <iq xmlns=''>");
}

#[tokio::test(start_paused = true)]
async fn a_header_may_leave_the_namespace_to_the_stanzas() {
    let played = login(async |mut server| {
        let header = HEADER.replace("xmlns='jabber:client'", "");
        server.header().await;
        server.write(&format!("{header}{PLAIN}")).await;
        server.element().await;
        server.write(SUCCESS).await;
        server.restart();
        server.header().await;
        server.write(&format!("{header}{BIND_FEATURES}")).await;
        server.element().await;
        let bound = bound("scansion-bind", "romeo@localhost/o");
        let bound = bound.replace("<iq ", "<iq xmlns='jabber:client' ");
        server.write(&bound).await;
        server
    });
    assert_eq!(played.await.session().jid.as_str(), "romeo@localhost/o");
}

#[tokio::test(start_paused = true)]
async fn a_stream_error_is_told_at_whatever_step() {
    for condition in STREAM_ERRORS {
        let error = stream_error(condition, "says who");
        let words = format!("stream error {condition}: says who");
        let greeted = greeted_with(format!("{HEADER}{error}").as_bytes()).await;
        assert_tells(&greeted, LoginStep::Features, &words);
        let authenticated = authenticated_with(PLAIN, &error).await;
        assert_tells(&authenticated, LoginStep::Authenticate, &words);
        let bound = failing(async |mut server| {
            welcome(&mut server).await;
            server.write(&format!("{HEADER}{BIND_FEATURES}")).await;
            server.element().await;
            server.write(&error).await;
            server
        });
        assert_tells(&bound.await, LoginStep::Bind, &words);
    }
}

#[tokio::test(start_paused = true)]
async fn features_may_have_any_order_and_strangers_among_them() {
    let before = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>\
         <x xmlns='urn:own'><mechanism>X</mechanism></x>\
         <mechanisms xmlns='urn:own'><mechanism>SCRAM-SHA-512</mechanism></mechanisms>\
         <mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><hint/><mechanism> PLAIN </mechanism></mechanisms>\
         </stream:features>";
    let after = "<stream:features><sm xmlns='urn:xmpp:sm:3'/></stream:features>";
    let played = login(async |mut server| {
        server.greet(before).await;
        server.element().await;
        server.write(SUCCESS).await;
        server.restart();
        server.greet(after).await;
        server.element().await;
        server
            .write(&bound("scansion-bind", "romeo@localhost/o"))
            .await;
        server
    });
    assert_eq!(played.await.session().raw.link.features.len(), 2);
}

#[tokio::test(start_paused = true)]
async fn features_that_are_none_are_told() {
    for (features, step, words) in [
        (
            "<message/>",
            LoginStep::Features,
            "expected the stream features",
        ),
        (
            "<features xmlns='urn:own'/>",
            LoginStep::Features,
            "but got <features xmlns='urn:own'>",
        ),
        (
            "<stream:features/>",
            LoginStep::Authenticate,
            "no usable SASL mechanism among those offered (none)",
        ),
        (
            "<stream:features/><stream:features/>",
            LoginStep::Authenticate,
            "(none)",
        ),
        (SUCCESS, LoginStep::Features, "but got <success "),
    ] {
        let error = greeted_with(format!("{HEADER}{features}").as_bytes()).await;
        assert_tells(&error, step, words);
    }
    for answer in [
        PLAIN,
        "<message/>",
        "<iq type='result' id='scansion-bind'/>",
    ] {
        let error = authenticated_with(PLAIN, answer).await;
        let words = "expected <challenge/>, <success/> or <failure/>, but got <";
        assert_tells(&error, LoginStep::Authenticate, words);
    }
}

#[tokio::test(start_paused = true)]
async fn features_without_a_new_header_after_the_login_are_told() {
    let error = failing(async |mut server| {
        welcome(&mut server).await;
        server
            .write("<features xmlns='http://etherx.jabber.org/streams'/>")
            .await;
        server
    });
    assert_tells(
        &error.await,
        LoginStep::StreamHeader,
        "instead of a stream header",
    );
}

#[tokio::test(start_paused = true)]
async fn answers_that_no_mechanism_gives_are_told() {
    let challenge = |payload: &str| sasl("challenge", payload);
    let success = |payload: &str| sasl("success", payload);
    // r=another,s=AA==,i=1
    let foreign = "cj1hbm90aGVyLHM9QUE9PSxpPTE=";
    for (features, answer, words) in [
        (
            PLAIN,
            challenge(""),
            "PLAIN went wrong: the server went on after the end",
        ),
        (PLAIN, challenge("AAAA"), "the server went on after the end"),
        (SCRAM, challenge("%%%"), "unreadable SASL payload"),
        (SCRAM, challenge("<x xmlns='urn:x'/>"), "cannot be read"),
        (SCRAM, success("%%%"), "unreadable SASL payload"),
        (
            SCRAM,
            challenge("AAAA"),
            "SCRAM-SHA-1 went wrong: the server's message cannot be read",
        ),
        (SCRAM, challenge(foreign), "nonce"),
        (SCRAM, success(""), "SCRAM-SHA-1 went wrong"),
        (SCRAM, success(foreign), "SCRAM-SHA-1 went wrong"),
    ] {
        let error = authenticated_with(features, &answer).await;
        assert_tells(&error, LoginStep::Authenticate, words);
        assert!(
            matches!(error.kind, ConnectErrorKind::Protocol(_)),
            "{error}"
        );
    }
    let other = SUCCESS.replace("xmpp-sasl", "other");
    let error = authenticated_with(PLAIN, &other).await;
    assert_tells(&error, LoginStep::Authenticate, "but got <success xmlns=");
}

#[tokio::test(start_paused = true)]
async fn iterations_that_take_longer_than_an_answer_may_are_told() {
    let error = failing(async |mut server| {
        server.greet(SCRAM).await;
        let auth = server.element().await;
        let initial = BASE64_STANDARD.decode(auth.text()).unwrap();
        let initial = String::from_utf8(initial).unwrap();
        let nonce = initial.rsplit("r=").next().unwrap();
        let first = format!("r={nonce}x,s=AA==,i=200000");
        let first = sasl("challenge", &BASE64_STANDARD.encode(first));
        server.write(&first).await;
        // The client has received it, and computes; meanwhile the clock stands still, unless the test moves it.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        tokio::time::advance(COMPUTING).await;
        server
    });
    let words =
        "SCRAM-SHA-1 went wrong: the server wants 200000 iterations, and they take longer than 10s";
    assert_tells(&error.await, LoginStep::Authenticate, words);
}

/// What comes over a connection counts, in however many streams.
#[tokio::test(start_paused = true)]
async fn a_new_stream_on_a_connection_is_no_new_beginning() {
    let blanks = " \n".repeat(150_000);
    let error = failing(async |mut server| {
        server.greet(PLAIN).await;
        server.element().await;
        server.write(&format!("{blanks}{SUCCESS}")).await;
        server.restart();
        server.header().await;
        server.write(&format!("{HEADER}{blanks}")).await;
        server
    });
    assert_tells(&error.await, LoginStep::Features, "--max-stream-size");
    let error = failing(async |mut server| {
        server.greet(STARTTLS).await;
        server.element().await;
        server.write(&format!("{blanks}{PROCEED}")).await;
        let mut server = server.encrypt().await.unwrap();
        server.header().await;
        server.write(&format!("{HEADER}{blanks}")).await;
        server
    });
    assert_tells(&error.await, LoginStep::Features, "--max-stream-size");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_without_a_known_condition_is_one_all_the_same() {
    for (child, words) in [
        ("", "undefined-condition"),
        ("<novel/>", "refused by 127.0.0.1:5222: novel"),
    ] {
        let failure =
            format!("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>{child}</failure>");
        let error = authenticated_with(PLAIN, &failure).await;
        assert_tells(&error, LoginStep::Authenticate, words);
    }
}

#[tokio::test(start_paused = true)]
async fn challenges_without_end_come_to_an_end() {
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let error = failing(async |mut server| {
            let login = FakeLogin::offering(&[mechanism]);
            server.greet(&SCRAM.replace("SCRAM-SHA-1", mechanism)).await;
            server.challenge_again_and_again(&login).await;
            server
        });
        let words = format!("{mechanism} went wrong");
        assert_tells(&error.await, LoginStep::Authenticate, &words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_wrong_signature_is_refused_wherever_it_comes() {
    for mechanism in ["SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"] {
        let login = FakeLogin::offering(&[mechanism]).forging();
        let error = failing(async |mut server| {
            server.log_in(&login).await;
            server
        });
        let words = "the server did not prove that it knows the password: invalid signature";
        assert_tells(&error.await, LoginStep::Authenticate, words);
    }
}

#[tokio::test(start_paused = true)]
async fn after_the_login_another_than_the_answer_is_told() {
    for (answer, words) in [
        ("<message/>", "other stanzas came, the latest <message>"),
        (
            "<message/><iq type='result' id='other'/>",
            "the latest <iq type='result' id='other'>",
        ),
        (
            "<iq type='get' id='scansion-bind'/>",
            "no answer to our request within 5 s",
        ),
        (
            "<iq id='scansion-bind'/>",
            "no answer to our request within 5 s",
        ),
        (
            "<iq type='result' id='scansion-bind' xmlns='urn:own'/>",
            "expected the answer to our request",
        ),
        (
            "<iq type='error' id='scansion-bind'/>",
            "undefined-condition",
        ),
        (
            "<iq type='result' id='scansion-bind'/>",
            "without telling a full JID",
        ),
    ] {
        let error = failing(async |mut server| {
            welcome(&mut server).await;
            server.write(&format!("{HEADER}{BIND_FEATURES}")).await;
            server.element().await;
            server.write(answer).await;
            server
        });
        assert_tells(&error.await, LoginStep::Bind, words);
    }
}

/// What a server can send without end, and the option by which it ends.
const EXCESSES: [(&str, &str, &str); 3] = [
    ("<features><a b='", "and on and on ", "--max-stanza-size"),
    ("<features>", "<a>", "--max-depth"),
    ("", " \n", "--max-stream-size"),
];

#[tokio::test(start_paused = true)]
async fn what_has_no_end_is_ended_by_a_limit_that_is_named() {
    for (first, again, words) in EXCESSES {
        let error = failing(async |mut server| {
            server.greet(first).await;
            server.write(&again.repeat(600_000 / again.len())).await;
            server
        });
        assert_tells(&error.await, LoginStep::Features, words);
        let error = failing(async |mut server| {
            welcome(&mut server).await;
            server.write(&format!("{HEADER}{BIND_FEATURES}")).await;
            server.element().await;
            server.write(first).await;
            server.write(&again.repeat(600_000 / again.len())).await;
            server
        });
        assert_tells(&error.await, LoginStep::Bind, words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_header_without_end_is_ended_by_a_limit_that_is_named() {
    let error = greeted_with(format!("<stream:stream a='{}", "x".repeat(600_000)).as_bytes()).await;
    assert_tells(&error, LoginStep::StreamHeader, "--max-stanza-size");
}

/// A gibibyte is more than the limit: what comes is counted, and not held.
#[tokio::test(start_paused = true)]
async fn of_a_stanza_of_a_gibibyte_no_more_is_taken_than_the_limit() {
    const CHUNK: usize = 16 * 1024;
    let limits = options().limits;
    let (dialer, mut servers) = FakeDialer::local();
    let pouring = async {
        let mut server = servers.recv().await.unwrap();
        server.log_in(&FakeLogin::default()).await;
        server.write("<message><body>").await;
        server.pour(&[b'x'; CHUNK], Limits::MAX_BYTES / CHUNK).await
    };
    let taking = async {
        let (endpoint, romeo, options) = (endpoint(), romeo(), options());
        let mut shown = |_| {};
        let session = connect(&dialer, &endpoint, &romeo, &options, &mut shown).await;
        session.unwrap().raw.reader.next().await
    };
    let (poured, incoming) = tokio::join!(pouring, taking);
    let Incoming::Closed(closed) = incoming else {
        panic!("it was taken");
    };
    assert_eq!(
        closed.to_string(),
        "the server sent an element of more than 65536 bytes, the limit set by --max-stanza-size"
    );
    assert!((limits.bytes..limits.bytes + PIPE + CHUNK).contains(&poured));
}

#[tokio::test(start_paused = true)]
async fn a_byte_a_second_is_no_answer() {
    for (text, step) in [
        (format!("{HEADER}{PLAIN}"), LoginStep::StreamHeader),
        (format!("{PLAIN}{PLAIN}"), LoginStep::Features),
    ] {
        let error = failing(async |mut server| {
            server.header().await;
            if step == LoginStep::Features {
                server.write(HEADER).await;
            }
            for byte in text.as_bytes().iter().take(30) {
                server.write_bytes(&[*byte]).await;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
            server
        });
        let words = "no answer within 5 s";
        assert_tells(&error.await, step, words);
    }
}

#[tokio::test(start_paused = true)]
async fn silence_and_ends_after_tls_are_told() {
    let silent = failing(async |server| server.start_tls().await);
    assert_tells(
        &silent.await,
        LoginStep::StreamHeader,
        "no answer within 5 s",
    );
    let ended = failing(async |server| drop(server.start_tls().await));
    let error = ended.await;
    assert_eq!(error.step, LoginStep::StreamHeader, "{error}");
    assert!(matches!(error.kind, ConnectErrorKind::Closed(_)), "{error}");
    let in_the_middle = failing(async |mut server| {
        server.greet(STARTTLS).await;
        server.element().await;
        server.write(PROCEED).await;
        server
    });
    assert_tells(
        &in_the_middle.await,
        LoginStep::StartTls,
        "no answer within 5 s",
    );
}

#[tokio::test(start_paused = true)]
async fn ends_in_the_middle_of_an_element_are_told() {
    for (text, step) in [
        ("<stream:str".to_owned(), LoginStep::StreamHeader),
        (format!("{HEADER}<stream:feat"), LoginStep::Features),
        (
            format!("{HEADER}<stream:features><mech"),
            LoginStep::Features,
        ),
    ] {
        let error = failing(async |mut server| {
            server.header().await;
            server.write(&text).await;
        });
        assert_tells(&error.await, step, "the connection was lost");
        let error = greeted_with(text.as_bytes()).await;
        assert_tells(&error, step, "no answer within 5 s");
    }
}
