//! `connects` and `disconnects`, once and again.

use std::time::Duration;

use super::super::Reason;
use super::house::{FOOTER, Farewell};
use super::stage::{PATIENCE, assert_lines, assert_took, play};

#[tokio::test(start_paused = true)]
async fn connecting_again_is_a_new_session_with_an_empty_inbox_and_a_new_jid() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence id=\"${Romeo's full JID}\"/>
Romeo receives:
	<message id='2'/>
Romeo disconnects
Romeo connects
Romeo sends:
	<message id=\"${Romeo's full JID}\"/>
Romeo receives:
	<message id='1'/>
",
    );
    let said = "<message id='1'/><message id='2'/><message id='3'/>";
    let played = played.on("<presence", "romeo", said).perform().await;
    let timeout = Reason::Timeout { waited: PATIENCE };
    assert_eq!(played.failure().reason, timeout);
    assert!(played.failure().candidates.is_empty());
    assert_eq!(played.unexpected(), ["Romeo: 1"]);
    assert_lines(
        &played.house.log(),
        &[
            "romeo comes",
            "romeo: <presence id=\"romeo@localhost/stage-0\"/>",
            "romeo leaves",
            "romeo comes",
            "romeo: <message id=\"romeo@localhost/stage-1\"/>",
            "romeo leaves",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn a_resource_that_is_given_is_asked_for() {
    let played = play(
        "Juliet's phone connects
Juliet's phone sends:
	<presence id=\"${Juliet's phone's full JID}\" to=\"${Juliet's JID}\"/>
",
    );
    let played = played.perform().await;
    assert_eq!(
        played.passed().house.log()[1],
        "juliet: <presence id=\"juliet@localhost/phone\" to=\"juliet@localhost\"/>"
    );
}

#[tokio::test(start_paused = true)]
async fn connecting_while_connected_closes_the_old_session_first() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo connects
Romeo receives: nothing
",
    );
    let late = Duration::from_secs(1);
    let played = played
        .on("<presence/>", "romeo", "<message id='1'/>")
        .farewell(Farewell::After(late));
    let played = played.perform().await;
    assert_lines(
        &played.passed().house.log()[..4],
        &[
            "romeo comes",
            "romeo: <presence/>",
            "romeo leaves",
            "romeo comes",
        ],
    );
    assert_took(played.duration(2), late);
}

#[tokio::test(start_paused = true)]
async fn disconnecting_waits_for_the_server() {
    let late = Duration::from_secs(3);
    let played = play("Romeo connects\nRomeo disconnects\n");
    let played = played.farewell(Farewell::After(late)).perform().await;
    assert_took(played.passed().duration(1), late);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_does_not_close_its_side_has_failed() {
    let played = play("Romeo connects\nRomeo disconnects\nRomeo connects\n");
    let played = played.farewell(Farewell::Never).perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::StillOpen { waited });
    assert_took(played.duration(1), PATIENCE);
    assert_eq!(played.statuses(), ["passed", "failed", "not run"]);
}

#[tokio::test(start_paused = true)]
async fn disconnecting_after_the_server_has_closed_passes() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo disconnects
",
    );
    let played = played.on("<presence/>", "romeo", FOOTER);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn disconnecting_without_a_connection_does_nothing() {
    let played = play("Romeo disconnects\nRomeo connects\nRomeo disconnects\nRomeo disconnects\n");
    let played = played.perform().await;
    assert_lines(
        &played.passed().house.log(),
        &["romeo comes", "romeo leaves"],
    );
    assert_eq!(played.house.connections(), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn sending_without_a_connection_warns_and_passes() {
    let played = play(
        "Romeo sends:
	<presence/>
Romeo connects
Romeo disconnects
Romeo sends:
	<presence/>
	<presence/>
",
    );
    let played = played.perform().await;
    assert_eq!(
        played.passed().events("warning"),
        [
            "warning 0: Romeo is not connected, so nothing was sent",
            "warning 3: Romeo is not connected, so nothing was sent"
        ]
    );
    assert_lines(&played.house.log(), &["romeo comes", "romeo leaves"]);
}

#[tokio::test(start_paused = true)]
async fn everybody_leaves_at_the_end_and_a_server_that_stays_does_not_matter() {
    let played = play("Romeo connects\nJuliet connects\n");
    let played = played.farewell(Farewell::Never).perform().await;
    assert_eq!(played.passed().house.connections(), (2, 2));
    assert_lines(&played.house.log()[2..], &["romeo leaves", "juliet leaves"]);
    assert!(played.outcome.duration < PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn what_comes_when_all_is_over_is_not_unexpected() {
    let played = play("Romeo connects\nRomeo sends:\n\t<presence/>\n");
    let said = "<message id='1'/>";
    let late = Duration::from_millis(100);
    let played = played
        .later(late, "<presence/>", "romeo", said)
        .farewell(Farewell::After(late * 2));
    assert!(played.perform().await.passed().unexpected().is_empty());
}
