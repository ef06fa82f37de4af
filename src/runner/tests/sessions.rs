//! `connects` and `disconnects`, once and again.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, Farewell, HANG_UP, Welcome};
use super::stage::{PATIENCE, Performed, assert_lines, assert_took, play};

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
        &played.server.log(),
        &[
            "romeo comes",
            "romeo: <presence id=\"romeo@localhost/stage-0\"/>",
            "romeo pings localhost",
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
        played.passed().server.log()[1],
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
        &played.passed().server.log()[..5],
        &[
            "romeo comes",
            "romeo: <presence/>",
            "romeo pings localhost",
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
        &played.passed().server.log(),
        &["romeo comes", "romeo leaves"],
    );
    assert_eq!(played.server.connections(), (1, 1));
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
    assert_lines(&played.server.log(), &["romeo comes", "romeo leaves"]);
}

#[tokio::test(start_paused = true)]
async fn everybody_leaves_at_the_end_and_a_server_that_stays_does_not_matter() {
    let played = play("Romeo connects\nJuliet connects\n");
    let played = played.farewell(Farewell::Never).perform().await;
    assert_eq!(played.passed().server.connections(), (2, 2));
    assert_lines(
        &played.server.log()[2..],
        &["romeo leaves", "juliet leaves"],
    );
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

/// The server binds this JID for Romeo, and his story goes on so.
async fn bound_as(jid: &'static str, story: &str) -> Performed {
    let cast = "
[Client] Romeo
	jid: romeo@localhost/orchard
	password: montague
";
    let play = play(&format!("Romeo connects\n{story}")).cast(cast);
    play.welcome("romeo", Welcome::As(jid)).perform().await
}

#[tokio::test(start_paused = true)]
async fn who_is_bound_as_another_user_has_not_connected() {
    for jid in ["mallory@localhost/orchard", "romeo@example.com/orchard"] {
        let played = bound_as(jid, "Romeo receives: nothing\n").await;
        let (wanted, bound) = ("romeo@localhost".to_owned(), jid.to_owned());
        played.failed_at_once(&Reason::BoundAs { wanted, bound });
        assert_eq!(played.statuses(), ["failed", "not run"]);
    }
}

#[tokio::test(start_paused = true)]
async fn another_resource_is_noted_unless_the_story_spells_it_out() {
    let other = "romeo@localhost/balcony";
    let played = bound_as(
        other,
        "Romeo sends:\n\t<presence id=\"${Romeo's full JID}\"/>\n",
    )
    .await;
    assert_eq!(
        played
            .passed()
            .events("notice Romeo: the server bound")
            .len(),
        1
    );
    let played = bound_as(
        other,
        "Romeo sends:\n\t<message to='romeo@localhost/orchard'/>\n",
    )
    .await;
    let (wanted, bound) = ("romeo@localhost/orchard".to_owned(), other.to_owned());
    played.failed_at_once(&Reason::BoundAs { wanted, bound });
    bound_as("romeo@localhost/orchard", "").await.passed();
    bound_as("Romeo@LOCALHOST/orchard", "").await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_broke_fails_what_broke_it_however_the_story_goes_on() {
    let half = "<message><body>so lo";
    for broken in [&[HANG_UP][..], &[half, HANG_UP]] {
        for goes_on in [
            "",
            "Romeo disconnects\n",
            "Romeo connects\n",
            "Romeo disconnects\nRomeo connects\nRomeo sends:\n\t<message/>\n",
            "Juliet receives: nothing\nRomeo disconnects\n",
            "Juliet disconnects\n",
        ] {
            let story =
                format!("Romeo connects\nJuliet connects\nRomeo sends:\n\t<presence/>\n{goes_on}");
            let said = broken.iter().fold(play(&story), |play, said| {
                play.on("<presence/>", "romeo", *said)
            });
            let played = said.perform().await;
            assert!(
                matches!(played.failure().reason, Reason::Broken { .. }),
                "{goes_on}"
            );
            assert_eq!(played.statuses()[2], "failed", "{goes_on}");
        }
    }
}
