//! What makes a mismatch certain fails at once: the wrong answer, a closed stream.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, HANG_UP};
use super::stage::{PATIENCE, Performed, assert_took, candidates, play};
use crate::xmpp::Closed;

const STREAM_ERROR: &str = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
     <text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>replaced</text></stream:error>";

/// Romeo asks twice, with an id of his own and one that he has used before, and the server answers in full.
async fn asked(story: &str, answers: &'static str) -> Performed {
    let story = format!("Romeo connects\nRomeo sends:\n\t<presence/>\n{story}");
    play(&story)
        .on("<iq", "romeo", answers)
        .on("<presence/>", "romeo", "<presence id='own'/>")
        .perform()
        .await
}

#[tokio::test(start_paused = true)]
async fn the_wrong_answer_fails_at_once() {
    for answer in [
        "<iq type='error' id='1'/>",
        "<iq type='result' id='1' from='romeo@localhost'/>",
    ] {
        let story = "Romeo sends:
	<iq type='get' id='1'/>
Romeo receives:
	<iq type='result' id='1' from='localhost'/>
";
        let played = asked(story, answer).await;
        let failure = played.failed_at_once(&Reason::WrongAnswer);
        assert_eq!(candidates(failure), ["1", "own"]);
    }
}

#[tokio::test(start_paused = true)]
async fn the_wrong_answer_is_known_when_the_id_is_a_variable() {
    let story = "Romeo receives:
	<presence id='$<x>'/>
Romeo sends:
	<iq type='set' id='$<x>'/>
Romeo receives:
	<iq type='result' id='${x}'/>
";
    let played = asked(story, "<iq type='error' id='own'/>").await;
    played.failed_at_once(&Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn the_wrong_answer_is_known_among_others() {
    let story = "Romeo sends:
	<iq type='get' id='1'/>
Romeo receives in any order:
	<message/>
	<iq type='result' id='1'/>
";
    let played = asked(story, "<iq type='error' id='1'/>").await;
    let failure = played.failed_at_once(&Reason::WrongAnswer);
    assert_eq!(candidates(failure)[0], "1");
    let expected = failure.expected().unwrap();
    assert_eq!(
        played.outcome.info.source.slice(expected),
        "<iq type='result' id='1'/>"
    );
}

#[tokio::test(start_paused = true)]
async fn the_wrong_answer_is_known_when_it_was_passed_over() {
    let story = "Romeo sends:
	<iq type='get' id='1'/>
Romeo receives:
	<message/>
Romeo receives:
	<iq type='result' id='1'/>
";
    let answers = "<iq type='error' id='1'/><message id='2'/>";
    let played = asked(story, answers).await;
    played.failed_at_once(&Reason::WrongAnswer);
    assert_eq!(
        played.statuses(),
        ["passed", "passed", "passed", "passed", "failed"]
    );
}

/// Romeo asks, expects one of two stanzas, and gets this.
async fn asked_for_one_of(members: [&str; 2], answer: &'static str) -> Performed {
    let [one, other] = members;
    let story = format!(
        "Romeo sends:
	<iq type='get' id='1'/>
Romeo receives:
	<scansion:one-of>{one}{other}</scansion:one-of>
"
    );
    asked(&story, answer).await
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_no_member_of_a_one_of_fits_fails_at_once() {
    let answers = [
        "<iq type='result' id='1'/>",
        "<iq type='error' id='1'><error type='auth'/></iq>",
    ];
    let refused = "<iq type='error' id='1'><error type='cancel'/></iq>";
    let played = asked_for_one_of(answers, refused).await;
    played.failed_at_once(&Reason::WrongAnswer);
    let allowed = "<iq type='error' id='1'><error type='auth'/></iq>";
    asked_for_one_of(answers, allowed).await.passed();
    // A message may still come.
    let members = [answers[0], "<message/>"];
    let played = asked_for_one_of(members, refused).await;
    assert_took(played.duration(3), PATIENCE);
    let played = asked_for_one_of([answers[0], "<iq type='result' id='2'/>"], refused).await;
    assert_took(played.duration(3), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_one_of_takes_what_is_no_stanza_by_the_names_of_its_members() {
    const FAILED: &str = "<failed xmlns='urn:xmpp:sm:3' h='1'/>";
    let enabled = "<enabled xmlns='urn:xmpp:sm:3'/>";
    let of_other_name = ["<failed xmlns='urn:xmpp:sm:3' h='1'/>", enabled];
    asked_for_one_of(of_other_name, FAILED).await.passed();
    let two = "<failed xmlns='urn:xmpp:sm:3' h='2'/>";
    let played = asked_for_one_of([two, two], FAILED).await;
    played.failed_at_once(&Reason::WrongAnswer);
    let played = asked_for_one_of([two, enabled], FAILED).await;
    assert_took(played.duration(3), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn an_id_that_was_used_twice_has_two_answers() {
    let story = "Romeo connects
Romeo sends:
	<iq type='get' id='1' to='a'/>
	<iq type='get' id='1' to='b'/>
Romeo receives:
	<iq type='result' id='1' from='b'/>
";
    let late = Duration::from_secs(2);
    let answered = |second| {
        play(story)
            .on("to='a'", "romeo", "<iq type='error' id='1' from='a'/>")
            .later(late, "to='b'", "romeo", second)
    };
    let played = answered("<iq type='result' id='1' from='b'/>");
    played.perform().await.passed();
    let played = answered("<iq type='error' id='1' from='b'/>");
    let played = played.perform().await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
    assert_took(played.duration(2), late);
}

#[tokio::test(start_paused = true)]
async fn an_id_of_an_earlier_session_does_not_count() {
    let story = "Romeo connects
Romeo sends:
	<iq type='get' id='1' to='a'/>
Romeo disconnects
Romeo connects
Romeo sends:
	<iq type='get' id='1' to='b'/>
Romeo receives:
	<iq type='result' id='1'/>
";
    let played = play(story).on("to='b'", "romeo", "<iq type='error' id='1' from='b'/>");
    let played = played.perform().await;
    played.failed_at_once(&Reason::WrongAnswer);
}

/// Romeo asks the shop, which answers; Tybalt has answered before it.
async fn answered_by_tybalt(expected: &str) -> Performed {
    let story = format!(
        "Romeo connects
Romeo sends:
	<iq type='get' id='1' to='shop.localhost'/>
Romeo receives:
	{expected}
"
    );
    let forged = "<iq type='result' id='1' from='tybalt@localhost/x'/>";
    let real = "<iq type='result' id='1' from='shop.localhost'><ok xmlns='urn:ok'/></iq>";
    let late = Duration::from_secs(1);
    play(&story)
        .on("<iq", "romeo", forged)
        .later(late, "<iq", "romeo", real)
        .perform()
        .await
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_somebody_who_was_not_asked_is_none() {
    let real = "<iq type='result' id='1' from='shop.localhost'><ok xmlns='urn:ok'/></iq>";
    answered_by_tybalt(real).await.passed();
    let anybody = "<iq type='result' id='1'><ok xmlns='urn:ok'/></iq>";
    answered_by_tybalt(anybody).await.passed();
    let wrong = "<iq type='error' id='1' from='shop.localhost'/>";
    let played = answered_by_tybalt(wrong).await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
    assert_took(played.duration(2), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_somebody_else_waits_on() {
    let timeout = Reason::Timeout { waited: PATIENCE };
    for expected in [
        // No actor has asked Tybalt, so nothing is certain of what he says.
        "<iq type='error' id='1' from='tybalt@localhost/x'/>",
        // Without a type it may be a request, and so may this one.
        "<iq id='1' from='shop.localhost'><wrong xmlns='urn:ok'/></iq>",
        "<iq type='$<_:/get|result/>' id='1' from='shop.localhost'><wrong xmlns='urn:ok'/></iq>",
    ] {
        assert_eq!(answered_by_tybalt(expected).await.failure().reason, timeout);
    }
    let narrowed = "<iq type='$<_:/result|error/>' id='1'><wrong xmlns='urn:ok'/></iq>";
    let played = answered_by_tybalt(narrowed).await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn a_wrong_nonza_of_the_name_that_is_expected_is_certain() {
    let story = "Romeo connects
Romeo sends:
	<enable xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<enabled xmlns='urn:xmpp:sm:3' id='$<_>'/>
";
    let played = play(story).on("<enable", "romeo", "<enabled xmlns='urn:xmpp:sm:3'/>");
    let played = played.perform().await;
    played.failed_at_once(&Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn an_acknowledgement_that_is_due_is_waited_for() {
    let enabled = "<enabled xmlns='urn:xmpp:sm:3'/><a xmlns='urn:xmpp:sm:3' h='0'/>";
    let story = "Romeo connects
Romeo sends:
	<enable xmlns='urn:xmpp:sm:3'/>
	<message/>
	<r xmlns='urn:xmpp:sm:3'/>
	<r xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<a xmlns='urn:xmpp:sm:3' h='1'/>
";
    let answered = |h: &str| {
        let answer = format!("<a xmlns='urn:xmpp:sm:3' h='{h}'/>");
        let late = Duration::from_secs(1);
        let played = play(story).on("<enable", "romeo", enabled);
        played.later(late, "<message/>", "romeo", answer).perform()
    };
    answered("1").await.passed();
    let played = answered("2").await;
    assert_eq!(played.failure().reason, Reason::WrongAnswer);
    assert_eq!(played.failure().candidates[0].element.attr("h"), Some("2"));
    assert_took(played.duration(2), Duration::from_secs(1));
}

#[tokio::test(start_paused = true)]
async fn requests_that_are_expected_have_time() {
    let story = "Romeo sends:
	<iq type='get' id='1'/>
Romeo receives:
	<iq type='set' id='1'/>
";
    let played = asked(story, "<iq type='error' id='1'/>").await;
    assert_eq!(
        played.failure().reason,
        Reason::Timeout { waited: PATIENCE }
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_to_nothing_that_was_asked_proves_nothing() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<iq type='result' id='1'/>
",
    );
    let played = played
        .on("<presence/>", "romeo", "<iq type='error' id='1'/>")
        .later(
            Duration::from_secs(1),
            "<presence/>",
            "romeo",
            "<iq type='result' id='1'/>",
        );
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_fails_at_once_and_says_how_it_was_closed() {
    let cases = [
        (FOOTER, "the server closed the stream"),
        (STREAM_ERROR, "stream error conflict: replaced"),
        (
            HANG_UP,
            "the connection was lost: it ended without </stream:stream>",
        ),
    ];
    for (said, how) in cases {
        let played = play(
            "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message/>
",
        );
        let played = played.on("<presence/>", "romeo", said).perform().await;
        let how = Closed::of_words(how);
        played.failed_at_once(&Reason::Closed { how });
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_end_of_the_stream_is_still_there() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
Romeo receives:
	<message id='1'/>
",
    );
    let said = "<message id='1'/><message id='2'/></stream:stream>";
    let played = played.on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_stream_error_can_be_expected() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<stream:error>
		<conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>
		<text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>replaced</text>
	</stream:error>
Romeo sends:
	<message/>
Romeo disconnects
";
    let said = format!("{STREAM_ERROR}{FOOTER}");
    for tags in ["", "## sync: none"] {
        let played = play(story).tagged(tags);
        let played = played.on("<presence/>", "romeo", said.as_str());
        let played = played.perform().await;
        assert_eq!(
            played.passed().events("warning"),
            ["warning 3: Romeo is not connected, so nothing was sent"]
        );
    }
}

#[tokio::test(start_paused = true)]
async fn receiving_without_a_connection_fails_at_once() {
    let played = play("Romeo receives:\n\t<message/>\n").perform().await;
    played.failed_at_once(&Reason::NotConnected);
}
