//! `receives: nothing`: the server catches up, then it is quiet for a while.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, Pong};
use super::stage::{QUIET, assert_lines, assert_took, candidates, play};
use crate::xmpp::Closed;

#[tokio::test(start_paused = true)]
async fn nothing_takes_the_quiet_time() {
    let played = play("Romeo connects\nRomeo receives: nothing\n");
    let played = played.perform().await;
    assert_took(played.passed().duration(1), QUIET);
}

#[tokio::test(start_paused = true)]
async fn everybody_with_unsettled_sends_is_flushed_and_the_one_who_receives() {
    let played = play(
        "Romeo connects
Juliet connects
Juliet's phone connects
Romeo sends:
	<message to='room@rooms.localhost'/>
Juliet receives: nothing
Juliet receives: nothing
",
    );
    let played = played.perform().await;
    assert_lines(
        &played.passed().server.log()[3..8],
        &[
            "romeo: <message to='room@rooms.localhost'/>",
            "romeo pings localhost",
            "romeo pings room@rooms.localhost",
            "juliet pings localhost",
            "juliet pings localhost",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_late_is_seen() {
    let late = Duration::from_secs(3);
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<message/>
Juliet receives: nothing
",
    );
    let played = played
        .later(late, "<message/>", "juliet", "<message id='1'/>")
        .pong("localhost", Pong::After(late + QUIET / 2));
    let played = played.perform().await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    assert_eq!(candidates(played.failure()), ["1"]);
    // First Romeo's stream is asked, then Juliet's.
    assert_took(played.duration(3), (late + QUIET / 2) * 2);
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_the_quiet_time_is_seen_at_once_and_what_comes_after_it_is_not() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives: nothing
";
    let coming = |after| play(story).later(after, "<presence/>", "romeo", "<message id='1'/>");
    let played = coming(QUIET / 2).perform().await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    assert_took(played.duration(2), QUIET / 2);
    coming(QUIET * 2).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_was_passed_over_does_not_count_but_what_came_after_does() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
Romeo receives: nothing
";
    let said = "<message id='1'/><message id='2'/>";
    let played = play(story).on("<presence/>", "romeo", said);
    assert_eq!(played.perform().await.passed().unexpected(), ["Romeo: 1"]);
    let said = "<message id='1'/><message id='2'/><message id='3'/>";
    let played = play(story).on("<presence/>", "romeo", said).perform().await;
    let failure = played.failed_at_once(&Reason::Unwanted);
    assert_eq!(candidates(failure), ["3"]);
}

#[tokio::test(start_paused = true)]
async fn elements_that_are_no_stanzas_do_not_count() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives: nothing
",
    );
    let said = "<r xmlns='urn:xmpp:sm:3'/>";
    let played = played.on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_is_not_a_quiet_one() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives: nothing
",
    );
    let played = played.on("<presence/>", "romeo", FOOTER).perform().await;
    let how = Closed::ByPeer;
    played.failed_at_once(&Reason::Closed { how });
}

#[tokio::test(start_paused = true)]
async fn without_sync_there_is_only_the_quiet_time() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives: nothing
",
    );
    let played = played.tagged("## sync: none").perform().await;
    assert_took(played.passed().duration(2), QUIET);
    let log = played.server.log();
    assert!(!log.iter().any(|line| line.contains("pings")), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_catch_up_fails_the_session_where_nothing_was_sent_before() {
    let played = play("Romeo connects\nRomeo receives: nothing\n");
    let played = played.pong("localhost", Pong::Silence).perform().await;
    assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
    assert_eq!(played.statuses(), ["failed", "not run"]);
}
