//! Story order: before an actor acts, what the others have sent is handled.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, Farewell, HANG_UP, Pong, Welcome};
use super::stage::{PATIENCE, Performed, assert_lines, assert_took, play};
use crate::plan::{PlanOptions, Sync};

/// Juliet acts when the shop has shown that it has what Romeo sent.
const SHOP: &str = "Romeo connects
Juliet connects
Romeo sends:
	<message to='shop.localhost'/>
Juliet sends:
	<presence/>
";

const ROOM: &str = "<message to='room@rooms.localhost/Juliet'/>";

/// What the server has heard after all actors have connected, up to where they leave.
async fn heard(story: &str) -> Vec<String> {
    let comes = "Romeo connects\nJuliet connects\nJuliet's phone connects\n";
    let played = play(&format!("{comes}{story}")).perform().await;
    log(played.passed())
}

fn log(played: &Performed) -> Vec<String> {
    let is_story = |line: &String| !line.ends_with(" comes") && !line.ends_with(" leaves");
    let log = played.server.log();
    log.into_iter().filter(is_story).collect()
}

fn pings(log: &[String]) -> Vec<&str> {
    let log = log.iter().map(String::as_str);
    log.filter(|line| line.contains(" pings ")).collect()
}

#[tokio::test(start_paused = true)]
async fn before_another_sends_the_server_and_the_rooms_are_asked() {
    let log = heard(&format!(
        "Romeo sends:
	<presence/>
	{ROOM}
	<message to='shop.localhost'/>
	<message to='room@rooms.localhost'/>
	<message to='juliet@localhost/balcony'/>
	<message to='localhost'/>
Juliet sends:
	<presence/>
",
    ))
    .await;
    assert_eq!(
        pings(&log),
        [
            "romeo pings localhost",
            "romeo pings room@rooms.localhost",
            "romeo pings shop.localhost",
            // Romeo wrote to Juliet, so the session of her phone may still be at work with that.
            "juliet pings localhost",
            // Then the story is over: Juliet's presence may have gone to Romeo.
            "juliet pings localhost",
            "romeo pings localhost",
        ]
    );
    assert_eq!(log[10], "juliet: <presence/>");
}

#[tokio::test(start_paused = true)]
async fn one_actor_goes_on_without_a_flush_and_a_stanza_is_received_without() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Romeo sends:
	<message/>
Juliet receives:
	<message id='1'/>
Juliet receives in any order:
	<message id='2'/>
	<message id='3'/>
Romeo sends:
	<presence/>
",
    );
    let said = "<message id='1'/><message id='3'/><message id='2'/>";
    let played = played.on("<message/>", "juliet", said).perform().await;
    let log = log(played.passed());
    // Only when the story is over.
    assert_eq!(pings(&log), ["romeo pings localhost"]);
    assert_eq!(log.last().unwrap(), "romeo pings localhost");
}

#[tokio::test(start_paused = true)]
async fn what_is_settled_is_not_asked_again() {
    let log = heard(&format!(
        "Romeo sends:
	{ROOM}
Juliet sends:
	<presence/>
Juliet sends:
	<presence/>
Juliet's phone sends:
	<presence/>
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
",
    ))
    .await;
    assert_eq!(
        pings(&log),
        [
            "romeo pings localhost",
            "romeo pings room@rooms.localhost",
            // Before the phone acts: Juliet's presence may have given Romeo's session work.
            "juliet pings localhost",
            "romeo pings localhost",
            // Before Romeo does: the phone's presence, and Juliet's session.
            "juliet pings localhost",
            "juliet pings localhost",
            // Before Juliet does: Romeo's presence, and the phone's session.
            "romeo pings localhost",
            "juliet pings localhost",
            // At the end: Juliet's presence, and the sessions of the other two.
            "juliet pings localhost",
            "romeo pings localhost",
            "juliet pings localhost",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn before_another_connects_or_disconnects_there_is_a_flush() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Juliet connects
Romeo sends:
	<presence/>
Juliet disconnects
Romeo sends:
	<presence/>
Juliet disconnects
Juliet receives: nothing
",
    );
    let played = played.perform().await;
    assert_lines(
        &played.server.log()[..9],
        &[
            "romeo comes",
            "romeo: <presence/>",
            "romeo pings localhost",
            "juliet comes",
            "romeo: <presence/>",
            "romeo pings localhost",
            "juliet leaves",
            "romeo: <presence/>",
            // Disconnecting without a connection does nothing; the last step is what asks.
            "romeo pings localhost",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn nobody_acts_before_the_answers_have_come() {
    let late = Duration::from_secs(4);
    let played = play(SHOP).pong("shop.localhost", Pong::After(late));
    let played = played.perform().await;
    assert_took(played.passed().duration(3), late);
}

#[tokio::test(start_paused = true)]
async fn errors_are_answers_and_answers_are_seen_by_nobody() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<message to='shop.localhost'/>
Juliet sends:
	<presence/>
Romeo receives: nothing
Juliet's phone connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
",
    );
    let played = played
        .tagged("## strict")
        .pong("shop.localhost", Pong::Error)
        .later(
            Duration::from_secs(1),
            "<presence/>",
            "romeo",
            "<message id='1'/>",
        );
    let played = played.perform().await;
    assert_eq!(
        played.passed().events("flush")[..2],
        [
            "flush Romeo: localhost, shop.localhost",
            "flush Juliet: localhost"
        ]
    );
    let shown = |event: &&str| event.contains("scansion-flush") || event.contains("urn:xmpp:ping");
    assert!(!played.events("wire").iter().any(shown));
    assert!(played.unexpected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn no_answer_is_a_failure_of_what_was_sent_last_that_names_who_is_silent() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<message to='shop.localhost'/>
Juliet sends:
	<presence/>
Juliet sends:
	<presence/>
",
    );
    let played = played.pong("shop.localhost", Pong::Silence).perform().await;
    assert_took(played.duration(3), PATIENCE);
    let Reason::NoAnswer {
        stream,
        silent,
        waited,
    } = &played.failure().reason
    else {
        panic!("{:?}", played.failure());
    };
    assert_eq!(silent, &["shop.localhost"]);
    assert_eq!(*waited, PATIENCE);
    assert_eq!(stream.to_string(), "Romeo");
    assert_eq!(
        played.statuses(),
        ["passed", "passed", "failed", "not run", "not run"]
    );
    let log = played.server.log();
    assert!(!log.iter().any(|line| line.starts_with("juliet: ")));
}

#[tokio::test(start_paused = true)]
async fn no_answer_before_an_alternative_is_known_is_a_failure_of_what_was_sent() {
    let either = "Either\n\tRomeo receives:\n\t\t<message/>\nor\n\tRomeo receives:\n\t\t<iq/>\n";
    let sends = "Romeo sends:\n\t<presence/>\n";
    for (sends, wanted) in [(sends, ["passed", "failed"]), ("", ["failed", "not run"])] {
        let play = play(&format!("Romeo connects\n{sends}{either}"));
        let played = play.pong("localhost", Pong::Silence).perform().await;
        assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
        assert_eq!(played.statuses()[..2], wanted);
    }
}

#[tokio::test(start_paused = true)]
async fn only_who_was_asked_answers() {
    for (entity, from, answers) in [
        ("localhost", None, true),
        ("localhost", Some("LOCALHOST"), true),
        ("localhost", Some("shop.localhost"), false),
        ("shop.localhost", Some("SHOP.localhost"), true),
        ("shop.localhost", None, false),
        ("shop.localhost", Some("juliet@localhost"), false),
    ] {
        let played = play(SHOP).pong(entity, Pong::By(from)).perform().await;
        let is_answered = played.statuses().iter().all(|status| *status == "passed");
        assert_eq!(is_answered, answers, "{entity} {from:?}");
        if !answers {
            let reason = &played.failure().reason;
            assert!(matches!(reason, Reason::NoAnswer { .. }), "{reason:?}");
        }
    }
}

/// Servers route an answer to the session that has a full JID last, whoever asked (RFC 6120 §7.7.2.2).
#[tokio::test(start_paused = true)]
async fn an_answer_may_come_to_another_actor_with_the_same_full_jid_and_to_no_other() {
    const TWO: &str = "
[Client] Romeo
	jid: romeo@localhost/orchard
	password: montague

[Client] Romeo again
	jid: romeo@localhost/orchard
	password: montague

[Client] Juliet
	jid: juliet@localhost/balcony
	password: capulet
";
    for (to, is_answer) in [("romeo@localhost/orchard", true), ("juliet@", false)] {
        let played = play(
            "Juliet connects
Romeo connects
Romeo again connects
Romeo sends:
	<presence/>
Juliet disconnects
",
        );
        let played = played
            .tagged("## allow: same-full-jid\n## strict")
            .cast(TWO);
        let played = played.pong("localhost", Pong::To(to)).perform().await;
        let is_answered = played.statuses().iter().all(|status| *status == "passed");
        assert_eq!(is_answered, is_answer, "{to}");
        assert!(played.unexpected().is_empty(), "{to}");
    }
}

#[tokio::test(start_paused = true)]
async fn late_answers_are_ignored() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
",
    );
    let played = played
        .pong("localhost", Pong::After(PATIENCE + Duration::from_secs(1)))
        .farewell(Farewell::After(Duration::from_millis(1500)));
    let played = played.perform().await;
    assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
    assert!(played.events("wire Romeo < <iq id='scansion").is_empty());
    assert!(played.unexpected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_closed_has_nothing_to_settle() {
    let closing = Duration::from_secs(1);
    for said in [FOOTER, HANG_UP] {
        let played = play(
            "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<message/>
Juliet receives:
	<message/>
",
        );
        let played = played
            .pong("localhost", Pong::After(closing * 2))
            .later(closing, "<presence/>", "romeo", said)
            .on("<message/>", "juliet", "<message/>");
        let played = played.perform().await;
        assert_eq!(played.statuses()[3..], ["passed"; 2]);
        assert_took(played.duration(3), closing);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_was_closed_before_has_nothing_to_settle() {
    for said in [FOOTER, HANG_UP] {
        let played = play(
            "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet receives:
	<message/>
Juliet sends:
	<message/>
",
        );
        let played = played.on("<presence/>", "romeo", said).later(
            Duration::from_secs(1),
            "<presence/>",
            "juliet",
            "<message/>",
        );
        let played = played.perform().await;
        assert_eq!(played.statuses()[3..], ["passed"; 2]);
        assert_took(played.duration(4), Duration::ZERO);
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_settles_what_went_to_its_sender_before() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<message to='shop.localhost'/>
	<iq type='get' id='1' to='shop.localhost'/>
Romeo receives:
	<iq type='result' id='1'/>
Juliet sends:
	<presence/>
Romeo sends:
	<iq type='get' id='2' to='shop.localhost'/>
	<message to='shop.localhost'/>
Romeo receives:
	<iq type='result' id='2'/>
Juliet sends:
	<presence/>
";
    let played = play(story)
        .on(
            "id='1'",
            "romeo",
            "<iq type='result' id='1' from='shop.localhost'/>",
        )
        .on(
            "id='2'",
            "romeo",
            "<iq type='result' id='2' from='shop.localhost'/>",
        );
    let played = played.perform().await;
    assert_eq!(
        pings(&log(played.passed())),
        [
            // After the first answer nothing is left to ask Romeo's end for.
            "juliet pings localhost",
            "romeo pings localhost",
            "romeo pings shop.localhost",
            // When the story is over.
            "juliet pings localhost",
            "romeo pings localhost",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_settles_nothing() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<iq type='get' id='1' to='shop.localhost'/>
Romeo receives:
	<iq type='error' id='1'/>
Juliet sends:
	<presence/>
";
    let played = play(story).on("<iq", "romeo", "<iq type='error' id='1' from='localhost'/>");
    let played = played.perform().await;
    let log = log(played.passed());
    assert_eq!(pings(&log)[1], "romeo pings shop.localhost");
}

#[tokio::test(start_paused = true)]
async fn without_sync_nobody_is_asked() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
Romeo receives: nothing
Juliet disconnects
";
    let none = PlanOptions {
        sync: Some(Sync::None),
        ..PlanOptions::default()
    };
    let tagged = play(story).tagged("## sync: none");
    for play in [tagged, play(story).options(none)] {
        let played = play.perform().await;
        assert!(pings(&played.passed().server.log()).is_empty());
        assert!(played.events("flush").is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_component_says_who_asks_and_asks_the_server_it_is_connected_to() {
    let played = play(
        "Shop connects
Romeo connects
Shop sends:
	<message from='a@shop.localhost' to='romeo@localhost'/>
Romeo sends:
	<message to='a@shop.localhost'/>
Shop sends:
	<message from='shop.localhost' to='romeo@localhost'/>
Romeo sends:
	<presence/>
",
    );
    let cast = "
[Component] Shop
	jid: shop.localhost
	secret: secret
[Client] Romeo
	jid: romeo@localhost
	password: montague
";
    let played = played.cast(cast).perform().await;
    assert_eq!(
        pings(&log(played.passed())),
        [
            "shop.localhost pings localhost",
            // The component itself is of the cast: it would not answer a ping.
            "romeo pings localhost",
            "shop.localhost pings localhost",
            "romeo pings localhost",
            "shop.localhost pings localhost",
        ]
    );
    let ping = played.server.bytes(0);
    let ping = ping.split("<iq ").nth(1).unwrap();
    assert!(ping.contains(" from='shop.localhost' to='localhost'>"));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_closed_while_another_logs_in_has_nothing_to_settle() {
    let late = Duration::from_secs(1);
    let story = "Romeo connects
Romeo sends:
	<presence/>
Juliet connects
";
    let closed = |end: &str| {
        let play = play(&format!("{story}{end}"));
        play.welcome("juliet", Welcome::Late(late * 2))
            .later(late, "<presence/>", "romeo", HANG_UP)
    };
    let played = closed("Romeo receives: nothing\n").perform().await;
    assert!(matches!(played.failure().reason, Reason::Closed { .. }));
    let played = closed("Romeo sends:\n\t<presence/>\n").perform().await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(played.events("warning").len(), 1);
}

/// How often the runner pings in a story of so many clients, each of which writes to the next one.
async fn pings_of_a_chain(length: usize) -> usize {
    let name = |number: usize| format!("Number {number}");
    let cast: String = (0..length)
        .map(|number| {
            format!(
                "[Client] {}\n\tjid: n{number}@localhost/r\n\tpassword: x\n",
                name(number)
            )
        })
        .collect();
    let connects: String = (0..length)
        .map(|number| format!("{} connects\n", name(number)))
        .collect();
    let sends: String = (1..length)
        .map(|number| {
            format!(
                "{} sends:\n\t<message to='n{number}@localhost/r'/>\n",
                name(number - 1)
            )
        })
        .collect();
    let played = play(&format!("{connects}{sends}"))
        .cast(cast.leak())
        .perform()
        .await;
    pings(&log(played.passed())).len()
}

#[tokio::test(start_paused = true)]
async fn where_each_writes_to_the_next_pings_grow_with_their_number() {
    // One for each client that has sent, when the next one does, and one for the last one that was written to.
    assert_eq!(pings_of_a_chain(10).await, 10);
    assert_eq!(pings_of_a_chain(40).await, 40);
}

#[tokio::test(start_paused = true)]
async fn whose_session_may_be_at_work_is_asked_before_somebody_else_acts() {
    let log = heard(
        "Romeo sends:
	<message to=\"${Juliet's full JID}\"/>
Juliet's phone sends:
	<presence/>
",
    )
    .await;
    assert_eq!(
        log[..4],
        [
            "romeo: <message to=\"juliet@localhost/stage-1\"/>",
            "romeo pings localhost",
            "juliet pings localhost",
            "juliet: <presence/>",
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_only_asks_gives_nobody_work() {
    let ask = |kind: &str| {
        format!(
            "Juliet sends:
	<presence/>
Romeo sends:
	<iq type='{kind}' id='1'/>
Juliet's phone sends:
	<presence/>
"
        )
    };
    let before = |log: Vec<String>| {
        let asked = log.iter().position(|line| line.contains("<iq ")).unwrap();
        let end = log
            .iter()
            .rposition(|line| line == "juliet: <presence/>")
            .unwrap();
        log[asked + 1..end].to_vec()
    };
    assert_eq!(before(heard(&ask("get")).await), ["romeo pings localhost"]);
    assert_eq!(
        before(heard(&ask("set")).await),
        ["romeo pings localhost", "juliet pings localhost"]
    );
}

#[tokio::test(start_paused = true)]
async fn who_receives_nothing_is_asked_after_those_who_may_still_write_to_it() {
    let log = heard(
        "Romeo sends:
	<message to=\"${Juliet's full JID}\"/>
Juliet's phone receives: nothing
",
    )
    .await;
    let asked: Vec<&str> = pings(&log);
    // Romeo's stream, Juliet's, where carbons may be made, and then her phone's.
    assert_eq!(
        asked[..3],
        [
            "romeo pings localhost",
            "juliet pings localhost",
            "juliet pings localhost"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn a_session_that_comes_to_no_end_fails_what_gave_it_work() {
    let story = "Romeo connects
Juliet connects
Juliet's phone connects
Romeo sends:
	<message to=\"${Juliet's full JID}\"/>
Juliet's phone sends:
	<presence/>
";
    let played = play(story)
        .pong("localhost", Pong::OnlyFirst)
        .perform()
        .await;
    let Reason::NoAnswer { stream, .. } = &played.failure().reason else {
        panic!("{:?}", played.failure());
    };
    assert_eq!(stream.to_string(), "Juliet");
    assert_eq!(played.statuses()[3..], ["failed", "not run"]);
}

#[tokio::test(start_paused = true)]
async fn a_story_that_has_failed_is_not_asked_any_more() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message/>
Romeo disconnects
";
    let played = play(story).pong("localhost", Pong::Silence).perform().await;
    assert_eq!(
        played.failure().reason,
        Reason::Timeout { waited: PATIENCE }
    );
    assert!(pings(&played.server.log()).is_empty());
}
