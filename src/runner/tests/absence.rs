//! `does not receive`: what must not be there when the server has caught up and a while is over.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, Pong};
use super::stage::{QUIET, assert_lines, assert_took, candidates, play};
use crate::xmpp::Closed;

/// Romeo waits for a message, and another one must not be there.
const PASSED_OVER: &str = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
Romeo does not receive:
	<message id='3'/>
	<message id='1'/>
";

#[tokio::test(start_paused = true)]
async fn other_stanzas_may_be_there_before_and_after() {
    let said = "<message id='4'/><message id='2'/><message id='5'/>";
    let played = play(PASSED_OVER).on("<presence/>", "romeo", said);
    let played = played.perform().await;
    assert_took(played.passed().duration(3), QUIET);
    // The fourth was passed over; the fifth came later, and nobody looked for anything behind it.
    assert_eq!(played.unexpected(), ["Romeo: 4"]);
}

#[tokio::test(start_paused = true)]
async fn what_was_passed_over_counts() {
    let said = "<message id='1'/><message id='2'/>";
    let played = play(PASSED_OVER).on("<presence/>", "romeo", said);
    let played = played.perform().await;
    let failure = played.failed_at_once(&Reason::Forbidden);
    assert_eq!(candidates(failure), ["1"]);
    assert!(failure.candidates[0].passed_over);
    // Nothing has to be asked to know it.
    let log = played.server.log();
    assert!(!log.iter().any(|line| line.contains("pings")), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_does_not_count() {
    let story = PASSED_OVER.replace("id='3'", "id='2'");
    let played = play(&story).on("<presence/>", "romeo", "<message id='2'/>");
    played.perform().await.passed();
    let said = "<message id='2'/><message id='2'/>";
    let played = play(&story).on("<presence/>", "romeo", said);
    let played = played.perform().await;
    assert_eq!(candidates(played.failed_at_once(&Reason::Forbidden)), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_the_quiet_time_fails_at_once_and_what_comes_after_it_does_not() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo does not receive:
	<message/>
";
    let coming = |after| play(story).later(after, "<presence/>", "romeo", "<message id='1'/>");
    let played = coming(QUIET / 2).perform().await;
    assert_eq!(played.failure().reason, Reason::Forbidden);
    assert_took(played.duration(2), QUIET / 2);
    coming(QUIET * 2).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn nothing_is_taken() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo does not receive:
	<message id='$<_:int>'/>
Romeo receives:
	<message id='a'/>
",
    );
    let played = played.on("<presence/>", "romeo", "<message id='a'/>");
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_bound_name_means_its_value() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence id='$<id>'/>
Romeo does not receive:
	<message id='$<id>'/>
";
    let said = |id: &str| format!("<presence id='7'/><message id='{id}'/>");
    let played = play(story).on("<presence/>", "romeo", said("8"));
    played.perform().await.passed();
    let played = play(story).on("<presence/>", "romeo", said("7"));
    let played = played.perform().await;
    assert_eq!(candidates(played.failed_at_once(&Reason::Forbidden)), ["7"]);
}

/// Two actors of whom neither must receive something.
const IN_A_ROW: &str = "Romeo connects
Juliet connects
Romeo sends:
	<message to='room@rooms.localhost'/>
Romeo does not receive:
	<presence/>
Juliet does not receive:
	<message/>
Romeo does not receive:
	<message/>
";

#[tokio::test(start_paused = true)]
async fn steps_in_a_row_share_one_flush_and_one_quiet_time() {
    let played = play(IN_A_ROW).perform().await;
    let log = played.passed().server.log();
    let flush = [
        "romeo: <message to='room@rooms.localhost'/>",
        "romeo pings localhost",
        "romeo pings room@rooms.localhost",
        "romeo pings localhost",
        "juliet pings localhost",
    ];
    assert_lines(&log[2..7], &flush);
    assert_took(played.duration(3), QUIET);
    assert_took(played.duration(4), Duration::ZERO);
    assert_took(played.duration(5), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn of_steps_in_a_row_the_one_fails_that_is_broken() {
    let played = play(IN_A_ROW).later(QUIET / 2, "<message", "romeo", "<message id='1'/>");
    let played = played.perform().await;
    assert_eq!(played.failure().reason, Reason::Forbidden);
    assert_took(played.duration(3), QUIET / 2);
    assert_eq!(played.outcome.ended_at().unwrap().step, 5);
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_late_is_seen() {
    let late = Duration::from_secs(3);
    let played = play(IN_A_ROW)
        .later(late, "<message", "juliet", "<message id='1'/>")
        .pong("localhost", Pong::After(late + QUIET / 2));
    let played = played.perform().await;
    assert_eq!(candidates(played.failure()), ["1"]);
    assert_eq!(played.outcome.ended_at().unwrap().step, 4);
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_is_not_a_quiet_one() {
    let played = play(IN_A_ROW).on("<message", "juliet", FOOTER);
    let played = played.perform().await;
    let how = Closed::ByPeer;
    played.failed_at_once(&Reason::Closed { how });
    assert_eq!(played.outcome.ended_at().unwrap().step, 4);
}

#[tokio::test(start_paused = true)]
async fn other_steps_between_part_the_row() {
    let story = "Romeo connects
Romeo does not receive:
	<message/>
Romeo sends:
	<presence/>
Romeo does not receive:
	<message/>
";
    let played = play(story).perform().await;
    assert_took(played.passed().duration(1), QUIET);
    assert_took(played.duration(3), QUIET);
}

#[tokio::test(start_paused = true)]
async fn elements_that_are_no_stanzas_count_if_they_are_named() {
    let story = |name: &str| {
        format!(
            "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo does not receive:\n\t<{name}/>\n"
        )
    };
    let said = "<r xmlns='urn:xmpp:sm:3'/>";
    let play = |name| play(&story(name)).on("<presence/>", "romeo", said);
    play("scansion:any").perform().await.passed();
    let played = play("r xmlns='urn:xmpp:sm:3'").perform().await;
    assert_eq!(played.failure().reason, Reason::Forbidden);
}

#[tokio::test(start_paused = true)]
async fn a_recording_is_judged_by_another_absence() {
    let said = "<message id='1'/><message id='2'/>";
    let recorded = || play(PASSED_OVER).on("<presence/>", "romeo", said);
    let allowed = PASSED_OVER.replace("\t<message id='1'/>\n", "");
    let played = recorded().judge(play(&allowed)).await;
    played.passed();
    let recorded = play(&allowed).on("<presence/>", "romeo", said);
    let played = recorded.judge(play(PASSED_OVER)).await;
    assert_eq!(candidates(played.failed_at_once(&Reason::Forbidden)), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn in_a_recording_what_came_after_the_silence_is_there_after_it() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Romeo does not receive:
	<message/>
Juliet does not receive:
	<message/>
Romeo receives:
	<message id='1'/>
";
    let late = Duration::from_secs(1);
    let played = play(story).later(late, "<presence/>", "romeo", "<message id='1'/>");
    played.perform().await.passed();
}
