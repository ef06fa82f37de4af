//! Streams that are not bound: each element has its turn, headers can be received, and who an actor is comes of what the
//! server says.

use super::super::Reason;
use super::fake_server::Welcome;
use super::stage::{Play, play};

/// Romeo logs in by hand.
pub(super) const AUTH: &str = "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
Romeo receives:
	<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
";

const BIND: &str = "Romeo opens a stream
Romeo receives:
	<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>
Romeo sends:
	<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>garden</resource></bind></iq>
Romeo receives:
	<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>$<jid:jid></jid></bind></iq>
";

fn by_hand(more: &str) -> Play {
    play(&format!("{AUTH}{BIND}{more}"))
}

#[tokio::test(start_paused = true)]
async fn a_session_that_the_script_binds_itself_is_one_like_any_other() {
    let more = "Romeo sends:
	<message to=\"${Romeo's full JID}\" id='1'/>
Juliet connects
Romeo receives:
	<message id='$<jid>'/>
";
    let played = by_hand(more).on(
        "<message",
        "romeo",
        "<message id='romeo@localhost/garden'/>",
    );
    let played = played.perform().await;
    let log = played.passed().server.log();
    assert!(
        log.contains(&"romeo: <message to=\"romeo@localhost/garden\" id='1'/>".to_owned()),
        "{log:?}"
    );
    // Once it is bound, the order of the story is kept on it.
    assert!(log.contains(&"romeo pings localhost".to_owned()), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn who_has_been_logged_in_cannot_be_bound_as_somebody_else() {
    let bind = BIND.split_once("Romeo sends").unwrap().1;
    let story = format!("Romeo logs in\nRomeo sends{bind}Juliet connects\n");
    let bound_as = |jid, expected: &str| {
        let play = play(&story.replace("$<jid:jid>", expected));
        play.welcome("romeo", Welcome::As(jid))
    };
    for (jid, expected) in [
        ("tybalt@localhost/garden", "${Romeo's full JID}"),
        ("romeo@localhost", "$<jid>"),
        ("@@@", "$<jid>"),
    ] {
        let played = bound_as(jid, expected).perform().await;
        let (wanted, bound) = ("romeo@localhost".to_owned(), jid.to_owned());
        played.failed_at_once(&Reason::BoundAs { wanted, bound });
    }
    let other_resource = bound_as("romeo@localhost/balcony", "$<jid:jid>");
    other_resource.perform().await.passed();
    // Who logs in by what the script itself sends may be anybody.
    let by_hand = play(&format!("{AUTH}{BIND}"));
    let by_hand = by_hand.welcome("romeo", Welcome::As("tybalt@localhost/garden"));
    by_hand.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_is_awaited_has_to_come_next() {
    let said = |said| play(AUTH).welcome("romeo", Welcome::Says(said));
    let failure = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>";
    let played = said(failure).perform().await;
    let failure = played.failed_at_once(&Reason::NotNextElement);
    assert_eq!(failure.candidates[0].element.name(), "failure");
    let late = "<message id='1'/><success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let played = said(late).perform().await;
    let failure = played.failed_at_once(&Reason::NotNextElement);
    assert_eq!(failure.candidates[0].element.name(), "message");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_says_first_may_be_left_out_or_received() {
    let first = "Romeo opens a stream
Romeo receives:
	<stream:stream xmlns='jabber:client' id='$<id>'>
Romeo receives:
	<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:features>
";
    play(first).perform().await.passed();
    let only_features = first.replace(
        "Romeo receives:\n\t<stream:stream xmlns='jabber:client' id='$<id>'>\n",
        "",
    );
    play(&only_features).perform().await.passed();
    // Named in the step, it has its turn.
    let out_of_turn = "Romeo opens a stream
Romeo receives:
	<stream:features/>
	<stream:stream>
";
    let played = play(out_of_turn).perform().await;
    assert_eq!(played.failure().reason, Reason::NotNextElement);
}

#[tokio::test(start_paused = true)]
async fn a_header_is_compared_with_the_default_namespace_that_is_written() {
    let header = |header: &str| {
        play(&format!(
            "Romeo opens a stream\nRomeo receives:\n\t{header}\n"
        ))
    };
    for right in [
        "<stream:stream>",
        "<stream:stream id='$<_>' version='1.0'>",
        "<stream:stream xmlns='jabber:client'>",
    ] {
        header(right).perform().await.passed();
    }
    for wrong in [
        "<stream:stream version='2.0'>",
        "<stream:stream xmlns='jabber:server'>",
        "<stream:stream to='a'>",
    ] {
        let played = header(wrong).perform().await;
        assert_eq!(played.failure().reason, Reason::NotNextElement, "{wrong}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_has_its_turn_as_well() {
    let story = "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
Romeo receives:
	</stream:stream>
";
    let said = |said| play(story).welcome("romeo", Welcome::Says(said));
    said("</stream:stream>").perform().await.passed();
    let played = said("<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/></stream:stream>");
    assert_eq!(
        played.perform().await.failure().reason,
        Reason::NotNextElement
    );
}

#[tokio::test(start_paused = true)]
async fn a_resumed_session_has_the_jid_and_the_counts_that_it_had() {
    let story = format!(
        "Romeo connects
Romeo sends:
	<enable xmlns='urn:xmpp:sm:3' resume='true'/>
Romeo receives:
	<enabled xmlns='urn:xmpp:sm:3' id='$<id>' resume='true'/>
Romeo sends:
	<message/>
Romeo receives:
	<message/>
Romeo drops the connection
{AUTH}Romeo opens a stream
Romeo sends:
	<resume xmlns='urn:xmpp:sm:3' previd='${{id}}' h=\"${{Romeo's received count}}\"/>
Romeo receives:
	<resumed xmlns='urn:xmpp:sm:3' previd='$<id>' h=\"${{Romeo's sent count}}\"/>
Romeo sends:
	<presence id=\"${{Romeo's full JID}}\" to=\"${{Romeo's received count}}\"/>
"
    );
    let played = play(&story)
        .on(
            "<enable ",
            "romeo",
            "<enabled xmlns='urn:xmpp:sm:3' id='r' resume='true'/>",
        )
        .on("<message/>", "romeo", "<message/>")
        .on("<r ", "romeo", "<a xmlns='urn:xmpp:sm:3' h='2'/>");
    let played = played.perform().await;
    let log = played.passed().server.log();
    let last = "<presence id=\"romeo@localhost/stage-0\" to=\"1\"/>";
    assert!(log.iter().any(|line| line.ends_with(last)), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn why_a_stream_ends_may_be_said_in_more_words_on_a_bound_stream_as_well() {
    const CONFLICT: &str = "<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>";
    let text = "<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>Replaced</text>";
    let said = format!("<stream:error>{CONFLICT}{text}</stream:error></stream:stream>");
    let awaited = |error: &str| {
        let story =
            format!("Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives:\n\t{error}\n");
        play(&story).on("<presence/>", "romeo", said.clone())
    };
    let error = format!("<stream:error>{CONFLICT}</stream:error>");
    awaited(&error).perform().await.passed();
    let one_of = format!("<scansion:one-of><presence/>{error}</scansion:one-of>");
    awaited(&one_of).perform().await.passed();
    let other = error.replace("conflict", "reset");
    awaited(&other).perform().await.failure();
    let strict = error.replace("<stream:error", "<stream:error scansion:strict='true'");
    awaited(&strict).perform().await.failure();
}

/// Romeo asks for something unknown and to be bound, in one go; then this happens.
fn asked_before_bound(then: &str) -> Play {
    play(&format!(
        "{AUTH}Romeo opens a stream
Romeo sends:
	<iq type='get' id='one'><unknown xmlns='urn:unknown'/></iq>
	<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>
	<presence/>
{then}"
    ))
    .on("<presence/>", "romeo", "<presence/>")
}

const BOUND: &str = "Romeo receives:\n\t<iq type='result' id='b'/>\n";
const REFUSED: &str = "Romeo receives:\n\t<iq type='error' id='one'/>\n";

#[tokio::test(start_paused = true)]
async fn what_came_before_the_stream_was_bound_has_its_turn_however_late_it_is_received() {
    let either = "Either\n\tRomeo receives:\n\t\t<iq type='result' id='b'/>\nor\n\tRomeo receives:\n\t\t<message/>\n";
    for later in [
        "",
        "Romeo waits 1 s\n",
        "Romeo does not receive:\n\t<message/>\n",
    ] {
        let late = |then: &str| asked_before_bound(&format!("{later}{then}"));
        let in_turn = format!("{REFUSED}{BOUND}Romeo receives:\n\t<presence/>\n");
        late(&in_turn).perform().await.passed();
        let out_of_turn = late(BOUND).perform().await;
        assert_eq!(out_of_turn.failure().reason, Reason::NotNextElement);
        let culprit = &out_of_turn.failure().candidates[0].element;
        assert_eq!(culprit.attr("id"), Some("one"), "{later}");
        let presence = late(&format!("{REFUSED}Romeo receives:\n\t<presence/>\n"));
        assert_eq!(
            presence.perform().await.failure().reason,
            Reason::NotNextElement
        );
        let either = late(either).perform().await;
        assert_eq!(either.failure().reason, Reason::NoneHolds);
    }
}

#[tokio::test(start_paused = true)]
async fn behind_what_has_bound_the_stream_stanzas_may_be_left_for_later() {
    let all = "\t<presence/>\n\t<iq type='error' id='one'/>\n\t<iq type='result' id='b'/>\n";
    let together = format!("Romeo waits 1 s\nRomeo receives in any order:\n{all}");
    asked_before_bound(&together).perform().await.passed();
    let without_bound = together.replace("\t<iq type='result' id='b'/>\n", "");
    let played = asked_before_bound(&without_bound).perform().await;
    assert_eq!(played.failure().reason, Reason::NotNextElement);
    let later = format!("Romeo waits 1 s\n{REFUSED}{BOUND}Romeo receives:\n\t<message/>\n");
    let said = "<presence/><message/>";
    let played = asked_before_bound(&later).on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_the_runner_has_bound_has_no_turns_any_more() {
    let story = format!(
        "{AUTH}Romeo opens a stream
Romeo sends:
	<iq type='get' id='one'><unknown xmlns='urn:unknown'/></iq>
Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence/>
{REFUSED}"
    );
    let played = play(&story).on("<presence/>", "romeo", "<presence/>");
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_header_of_before_that_has_its_turn_is_shown() {
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let story = format!(
        "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
Romeo receives:
	{success}
	<stream:stream>
"
    );
    let played = play(&story).perform().await;
    let failure = played.failed_at_once(&Reason::NotNextElement);
    assert_eq!(failure.candidates[0].element.name(), "stream");
}

#[tokio::test(start_paused = true)]
async fn who_an_actor_is_can_be_compared_with_what_tells_it() {
    let story = format!(
        "{AUTH}Romeo opens a stream
Romeo sends:
	<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>
Romeo receives:
	<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>${{Romeo's full JID}}</jid></bind></iq>
"
    );
    play(&story).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn only_the_answer_to_what_was_asked_for_says_who_an_actor_is() {
    let bind =
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>tybalt@localhost/x</jid></bind>";
    let sasl_2 = "<success xmlns='urn:xmpp:sasl:2'><authorization-identifier>tybalt@localhost/x</authorization-identifier><bound xmlns='urn:xmpp:bind:0'/></success>";
    let asks = "Romeo connects
Romeo sends:
	<iq type='get' id='ask'><query xmlns='urn:x'/></iq>
Romeo receives:
	<iq type='result' id='ask'/>
";
    let tells = "Romeo sends:\n\t<message id=\"${Romeo's full JID}\"/>\n";
    for unasked in [
        format!("<iq type='result' id='ask'>{bind}</iq>"),
        format!("<iq type='result' id='other'>{bind}</iq><iq type='result' id='ask'/>"),
        format!("{sasl_2}<iq type='result' id='ask'/>"),
        "<handshake xmlns='jabber:component:accept'/><iq type='result' id='ask'/>".to_owned(),
    ] {
        let play = play(&format!("{asks}{tells}")).on("id='ask'", "romeo", &*unasked);
        let played = play.perform().await;
        let log = played.passed().server.log();
        let told = "romeo: <message id=\"romeo@localhost/stage-0\"/>".to_owned();
        assert!(log.contains(&told), "{unasked}: {log:?}");
    }
    // Whoever asks to be bound once more is who the server says.
    let again = asks.replace("get", "set").replace(
        "<query xmlns='urn:x'/>",
        "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>",
    );
    let other = bind;
    let bind = bind.replace("tybalt", "romeo");
    for (from, jid) in [
        ("", "romeo@localhost/x"),
        ("from='localhost'", "romeo@localhost/x"),
        ("from='tybalt@localhost/y'", "romeo@localhost/stage-0"),
    ] {
        let answer = format!("<iq type='result' id='ask' {from}>{bind}</iq>");
        let play = play(&format!("{again}{tells}")).on("id='ask'", "romeo", answer);
        let log = play.perform().await.passed().server.log();
        let told = format!("romeo: <message id=\"{jid}\"/>");
        assert!(log.contains(&told), "{log:?}");
    }
    let answer = format!("<iq type='result' id='ask'>{other}</iq>");
    let played = play(&again).on("id='ask'", "romeo", answer).perform().await;
    let (wanted, bound) = (
        "romeo@localhost".to_owned(),
        "tybalt@localhost/x".to_owned(),
    );
    assert_eq!(played.failure().reason, Reason::BoundAs { wanted, bound });
}

#[tokio::test(start_paused = true)]
async fn a_ping_on_a_stream_that_is_not_bound_has_its_turn() {
    let ping = "<iq type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";
    let played = play(AUTH)
        .welcome("romeo", Welcome::Says(ping))
        .perform()
        .await;
    let failure = played.failed_at_once(&Reason::NotNextElement);
    assert_eq!(failure.candidates[0].element.name(), "iq");
}

#[tokio::test(start_paused = true)]
async fn a_header_that_the_server_sends_unasked_opens_no_stream() {
    // Who has logged in opens a new stream, whatever the server has said by then (RFC 6120 §4.3.3).
    let header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' id='1' version='1.0'>";
    let said = format!("<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>{header}").leak();
    let story = format!("{AUTH}Romeo waits 10 ms\nRomeo opens a stream\n");
    let played = play(&story)
        .welcome("romeo", Welcome::Says(said))
        .perform()
        .await;
    assert_eq!(played.server.connections().0, 1);
}

#[tokio::test(start_paused = true)]
async fn only_the_answer_to_what_was_asked_for_leads_a_stream_further() {
    let opens = AUTH.split_once("Romeo receives").unwrap().0;
    let story = format!(
        "{opens}Romeo receives:\n\t<scansion:any/>\nRomeo sends:\n\t<presence/>\nJuliet connects\n"
    );
    for unasked in [
        "<resumed xmlns='urn:xmpp:sm:3' previd='r' h='1'/>",
        "<handshake xmlns='jabber:component:accept'/>",
        "<iq type='result' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><jid>romeo@localhost/x</jid></bind></iq>",
    ] {
        let play = play(&story).welcome("romeo", Welcome::Says(unasked));
        let played = play.perform().await;
        // Nothing is asked on a stream that is not bound.
        assert_eq!(played.passed().events("flush Romeo"), [""; 0], "{unasked}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_was_asked_for_by_text_is_answered_as_well() {
    let by_text = |part: &str| part.replace("Romeo sends:", "Romeo sends text:");
    let tells = "Romeo sends:\n\t<message id=\"${Romeo's full JID}\"/>\n";
    let story = format!("{}{}{tells}", by_text(AUTH), by_text(BIND));
    let played = play(&story).perform().await;
    let log = played.passed().server.log();
    let told = "romeo: <message id=\"romeo@localhost/garden\"/>".to_owned();
    assert!(log.contains(&told), "{log:?}");
}
