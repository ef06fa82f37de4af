//! The verbs that go a part of the way of `connects`, and what the script itself says on a stream that is not bound.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{HANG_UP, Welcome};
use super::stage::{Performed, Play, assert_lines, play};

/// The header that a script sends.
const HEADER: &str = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
     to='localhost' version='1.0'>";

#[tokio::test(start_paused = true)]
async fn a_connection_is_led_on_from_where_it_stands() {
    let played = play(
        "Romeo opens a connection
Romeo opens a stream
Romeo receives:
	<stream:stream id='$<first>' from='localhost' version='1.0'>
	<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>
Romeo logs in
Romeo receives:
	<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>
Romeo connects
Romeo sends:
	<presence id=\"${Romeo's full JID}\"/>
",
    );
    let played = played.perform().await;
    assert_lines(
        &played.passed().server.log(),
        &[
            "romeo comes",
            "romeo: <presence id=\"romeo@localhost/stage-0\"/>",
            "romeo pings localhost",
            "romeo leaves",
        ],
    );
    assert_eq!(played.server.connections(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_has_come_so_far_is_left_for_a_new_one() {
    for (verb, left) in [
        ("opens a connection", 3),
        ("opens a stream", 3),
        ("logs in", 3),
    ] {
        let story = format!("Romeo connects\nRomeo {verb}\nRomeo {verb}\n");
        let played = play(&story).perform().await;
        assert_eq!(played.passed().server.connections().0, left, "{verb}");
        assert_lines(&played.server.log()[..2], &["romeo comes", "romeo leaves"]);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_over_is_left_for_a_new_one_with_an_empty_inbox() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
Romeo opens a stream
Romeo connects
Romeo receives:
	<message id='1'/>
",
    );
    let said = "<message id='1'/><message id='2'/></stream:stream>";
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert!(matches!(played.failure().reason, Reason::Timeout { .. }));
    assert_eq!(played.unexpected(), ["Romeo: 1"]);
    assert_eq!(played.server.connections(), (2, 2));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_while_others_are_flushed_is_left_for_a_new_one() {
    // The password of somebody who is not let in.
    let story = "Juliet connects
Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AG1lcmN1dGlvAHg=</auth>
Juliet sends:
	<presence/>
Romeo connects
Romeo sends:
	<message id='1'/>
";
    let played = play(story).welcome("mercutio", Welcome::Footer);
    let played = played.perform().await;
    assert_eq!(played.passed().server.connections(), (3, 3));
}

#[tokio::test(start_paused = true)]
async fn a_dropped_connection_ends_without_the_end_of_the_stream() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo drops the connection
Romeo drops the connection
Romeo connects
",
    );
    let played = played.perform().await;
    assert_lines(
        &played.passed().server.log(),
        &[
            "romeo comes",
            "romeo: <presence/>",
            "romeo comes",
            "romeo leaves",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn the_others_are_flushed_before_each_deed_and_unbound_streams_never() {
    for verb in [
        "opens a connection",
        "opens a stream",
        "logs in",
        "connects",
        "drops the connection",
    ] {
        let story = format!(
            "Romeo logs in\nJuliet connects\nJuliet sends:\n\t<presence/>\nRomeo {verb}\n\
             Juliet receives: nothing\nRomeo drops the connection\n"
        );
        let played = play(&story).perform().await;
        let steps = &played.passed().events;
        let at = |wanted: &str| steps.iter().position(|event| event == wanted);
        let flushed = at("flush Juliet: localhost").expect(verb);
        assert!(Some(flushed) > at("step 3") && Some(flushed) < at("step 3 passed"));
        if verb != "connects" {
            assert!(played.events("flush Romeo").is_empty(), "{verb}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn complete_scripts_judge_what_a_dropped_connection_throws_away() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo drops the connection\n";
    let played = play(story)
        .tagged("## complete")
        .on("<presence/>", "romeo", "<message id='1'/>")
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::LeftOver { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_login_can_be_written_out() {
    let story = format!(
        "Romeo opens a connection
Romeo sends:
	{HEADER}
Romeo receives:
	<stream:stream id='$<stream>' version='1.0' from='localhost'>
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHNlY3JldA==</auth>
Romeo receives:
	<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>
Romeo sends:
	{HEADER}
Romeo receives:
	<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>
Romeo connects
Romeo sends:
	<presence id='$<stream>'/>
"
    );
    let played = play(&story).perform().await;
    assert_lines(
        &played.passed().server.log(),
        &[
            "romeo comes",
            "romeo: <presence id='fake'/>",
            "romeo pings localhost",
            "romeo leaves",
        ],
    );
    assert!(
        played
            .server
            .bytes(0)
            .starts_with(&format!("{HEADER}<auth "))
    );
    // The password in it is none of the cast.
    let shown = played.events("wire Romeo > <auth");
    assert!(shown[0].ends_with(">[redacted]</auth>"), "{shown:?}");
}

#[tokio::test(start_paused = true)]
async fn headers_and_ends_are_sent_and_shown_as_they_are() {
    let played = play(
        "Romeo opens a connection
Romeo sends:
	<?xml version='1.0'?>
	<stream:stream to='localhost' version='1.0' xmlns='jabber:client'>
Romeo receives:
	<?xml version='1.0'?>
	<stream:stream from='localhost'>
Romeo sends:
	</stream:stream>
Romeo drops the connection
",
    );
    let played = played.perform().await;
    let sent = "<?xml version='1.0'?>\n\t<stream:stream xmlns:stream=\"http://etherx.jabber.org/streams\" \
                to='localhost' version='1.0' xmlns='jabber:client'>";
    let end = "</stream:stream>";
    assert_eq!(played.passed().server.bytes(0), format!("{sent}{end}"));
    let shown = played.events("wire Romeo > ");
    assert_eq!(
        shown,
        [
            format!("wire Romeo > {sent}"),
            format!("wire Romeo > {end}")
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_program_goes_on_with_is_what_the_script_has_begun() {
    let story = format!(
        "Romeo opens a connection\nRomeo sends:\n\t{HEADER}\nRomeo logs in\nRomeo connects\n"
    );
    let played = play(&story).perform().await;
    assert_eq!(played.passed().server.connections(), (1, 1));
    assert_eq!(played.server.bytes(0).matches("<stream:stream").count(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_stream_can_be_closed_by_its_tag() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
	</stream:stream>
Juliet connects
Romeo receives: nothing
",
    );
    let played = played.perform().await;
    assert!(matches!(played.failure().reason, Reason::Closed { .. }));
    assert!(played.events("flush").is_empty());
    let sent = played.server.bytes(0);
    assert!(sent.ends_with("<presence/></stream:stream>"), "{sent}");
}

#[tokio::test(start_paused = true)]
async fn text_goes_on_the_wire_as_it_is() {
    let played = play(
        "Romeo connects
Romeo sends text:
	<message
	 to='${Romeo's JID}'>
	# no comment

	\\x3cbody/>\\\\\\r \\xc3\\xa4</message>
# a comment
Romeo drops the connection
",
    );
    let played = played.perform().await;
    let sent = played.passed().server.bytes(0);
    let text = "<message\n to='romeo@localhost'>\n# no comment\n\n<body/>\\\r ä</message>";
    assert!(sent.ends_with(text), "{sent}");
    let shown = played.events("wire Romeo > ").pop().unwrap();
    assert!(shown.ends_with("<body/>\\\\\\r ä</message>"), "{shown}");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_asked_behind_text_until_a_new_stream_is_opened() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo sends text:
	<message id='1'
Juliet connects
Romeo sends text:
	/>
Juliet receives: nothing
Romeo drops the connection
Romeo connects
Romeo sends:
	<presence/>
Juliet receives: nothing
";
    let played = play(story).perform().await;
    let log = played.passed().server.log();
    let pings = log.iter().filter(|line| *line == "romeo pings localhost");
    assert_eq!(pings.count(), 1, "{log:?}");
    assert!(
        log.contains(&"romeo: <message id='1'/>".to_owned()),
        "{log:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn a_server_that_hangs_up_on_text_has_broken_the_stream() {
    let story = "Romeo connects
Romeo sends text:
	<presence/>
Juliet connects
Romeo connects
";
    let played = play(story)
        .on("<presence/>", "romeo", HANG_UP)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
}

#[tokio::test(start_paused = true)]
async fn the_answer_to_what_the_script_has_asked_for_says_how_far_it_has_come() {
    let auth = "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
";
    let success = "Romeo receives:\n\t<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>\n";
    let bind = "Romeo sends:\n\t<iq type='set' id='b'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></iq>\n";
    let opens = "Romeo opens a stream\n";
    let late = Welcome::Late(Duration::from_secs(2));
    for (then, connections) in [
        (opens, 1),
        ("Romeo logs in\n", 1),
        ("Romeo connects\n", 1),
        (&format!("{opens}{success}{opens}"), 2),
        (&format!("{opens}{success}{bind}Romeo connects\n"), 2),
    ] {
        let played = play(&format!("{auth}{then}")).welcome("romeo", late);
        let played = played.perform().await;
        let made = played.passed().server.connections().0;
        assert_eq!(made, connections, "{then}");
        assert_eq!(played.server.bytes(0).matches("<auth").count(), 1, "{then}");
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_never_answered_is_not_waited_for_forever() {
    let story = "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
Romeo opens a connection
";
    let played = play(story)
        .welcome("romeo", Welcome::Silence)
        .perform()
        .await;
    assert_eq!(played.passed().server.connections().0, 2);
}

#[tokio::test(start_paused = true)]
async fn what_is_said_when_a_stream_is_opened_is_there_again_after_each_part_of_a_login() {
    let features = "Romeo receives:\n\t<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>\n";
    let story = format!("Romeo logs in\n{features}Romeo connects\n");
    let other = features.replace("xmpp-bind", "xmpp-other");
    play(&format!("{story}{features}")).perform().await.passed();
    let played = play(&format!("{story}{other}")).perform().await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
    let by_hand = format!(
        "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAG1vbnRhZ3Vl</auth>
	{HEADER}
Romeo connects
{features}"
    );
    play(&by_hand).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_a_server_does_to_a_login_of_the_script_is_a_failure() {
    let opened = "Romeo opens a stream\nRomeo connects\n";
    let hang_up = play(opened).welcome("romeo", Welcome::HangUp);
    let played = hang_up.perform().await;
    assert_eq!(played.statuses(), ["passed", "failed"]);
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    let played = play(opened)
        .welcome("romeo", Welcome::Footer)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    // It is the subject only of a script that has begun it.
    let played = play("Romeo connects\n").welcome("romeo", Welcome::HangUp);
    assert_eq!(played.perform().await.statuses(), ["errored"]);
    // The server takes what TLS begins with for nothing that it knows.
    let unasked = "Romeo opens a connection\nRomeo starts TLS\nRomeo opens a stream\n";
    let played = play(unasked).perform().await;
    assert_eq!(played.statuses(), ["passed", "failed", "not run"]);
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
}

/// What the server says when Romeo asks for TLS, and he begins with it. The stage takes all that asks for something in
/// this place for PLAIN.
fn starting_tls(said: &'static str) -> Play {
    let story = "Romeo opens a stream
Romeo sends:
	<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>AHJvbWVvAHNlY3JldA==</auth>
Romeo receives:
	<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>
Romeo starts TLS
";
    play(story).welcome("romeo", Welcome::Says(said))
}

const INJECTED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/><message id='in-clear'/>";

fn assert_injected(performed: &Performed) {
    assert_eq!(
        performed.statuses(),
        ["passed", "passed", "passed", "failed"]
    );
    let reason = format!("{:?}", performed.failure().reason);
    assert!(reason.contains("injection"), "{reason}");
}

#[tokio::test(start_paused = true)]
async fn what_came_in_the_place_of_tls_is_not_taken_for_protected_by_it() {
    assert_injected(&starting_tls(INJECTED).perform().await);
    let recorded = starting_tls(INJECTED).judge(starting_tls(INJECTED)).await;
    assert_injected(&recorded);
    // What came before is none of it: the server fails for another reason, as it has no TLS.
    let before = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
    let played = starting_tls(before).perform().await;
    let reason = format!("{:?}", played.failure().reason);
    assert!(!reason.contains("injection"), "{reason}");
}
