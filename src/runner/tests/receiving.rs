//! `receives:` takes the first match and leaves what it passes over; strict scripts pass nothing over.

use std::time::Duration;

use super::super::Reason;
use super::stage::{PATIENCE, assert_took, candidates, play};
use crate::plan::{PlanOptions, Receiving};

/// Three messages that differ in their bodies; `1` and `3` have the same one.
const THREE: &str = "<message id='1'><body>a</body></message>\
     <message id='2'><body>b</body></message><message id='3'><body>a</body></message>";

const TIMEOUT: Reason = Reason::Timeout { waited: PATIENCE };

/// Messages that have nothing but an id.
fn messages(ids: &[&str]) -> String {
    let messages = ids.iter().map(|id| format!("<message id='{id}'/>"));
    messages.collect()
}

#[tokio::test(start_paused = true)]
async fn the_first_match_is_taken() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<first>'><body>a</body></message>
Romeo sends:
	<presence id='$<first>'/>
",
    );
    let played = played.on("<presence/>", "romeo", THREE).perform().await;
    assert_eq!(played.passed().server.log()[2], "romeo: <presence id='1'/>");
}

#[tokio::test(start_paused = true)]
async fn what_is_passed_over_can_be_taken_later() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='3'/>
Romeo receives:
	<message id='1'/>
Romeo receives:
	<message id='2'/>
",
    );
    let played = played.on("<presence/>", "romeo", THREE).perform().await;
    assert!(played.passed().unexpected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_is_passed_over_and_never_taken_is_unexpected_and_the_rest_is_not() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet receives:
	<message/>
Romeo receives:
	<message id='3'/>
Romeo receives:
	<message id='1'/>
",
    );
    let said = messages(&["1", "2", "3", "4", "5"]);
    // By the time that Juliet has hers, all of his have come.
    let played = played.on("<presence/>", "romeo", said).later(
        Duration::from_secs(1),
        "<presence/>",
        "juliet",
        messages(&["6"]),
    );
    let played = played.perform().await;
    assert_eq!(played.passed().unexpected(), ["Romeo: 2"]);
}

#[tokio::test(start_paused = true)]
async fn stanzas_of_one_block_come_one_after_the_other_each_in_its_own_time() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
	<message id='2'/>
",
    );
    let played = played
        .later(
            Duration::from_secs(4),
            "<presence/>",
            "romeo",
            messages(&["1"]),
        )
        .later(
            Duration::from_secs(8),
            "<presence/>",
            "romeo",
            messages(&["2"]),
        );
    let played = played.perform().await;
    assert_took(played.passed().duration(2), Duration::from_secs(8));
}

#[tokio::test(start_paused = true)]
async fn stanzas_of_one_block_may_have_come_in_another_order() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
	<message id='1'/>
",
    );
    let said = messages(&["1", "2"]);
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert!(played.passed().unexpected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_stanza_that_is_taken_is_gone() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
	<message id='1'/>
",
    );
    let said = messages(&["1"]);
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert_eq!(played.failure().reason, TIMEOUT);
}

#[tokio::test(start_paused = true)]
async fn each_actor_has_an_inbox_of_its_own() {
    let played = play(
        "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
",
    );
    let said = messages(&["1"]);
    let played = played.on("<presence/>", "juliet", said).perform().await;
    assert_eq!(played.failure().reason, TIMEOUT);
    assert!(played.failure().candidates.is_empty());
}

#[tokio::test(start_paused = true)]
async fn what_does_not_come_in_time_is_a_failure_with_the_nearest_first() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message type='chat'><body>c</body></message>
Romeo sends:
	<presence/>
",
    );
    let said = "<presence id='1'/><message id='2' type='chat'/>\
                <message id='3' type='chat'><body>b</body></message>";
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert_eq!(played.failure().reason, TIMEOUT);
    assert_took(played.duration(2), PATIENCE);
    assert_eq!(candidates(played.failure()), ["3", "2", "1"]);
    assert_eq!(played.statuses(), ["passed", "passed", "failed", "not run"]);
}

#[tokio::test(start_paused = true)]
async fn in_any_order_everything_finds_its_own_even_if_a_greedy_reader_would_not() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message/>
	<message><body>a</body></message>
	<message id='3'/>
";
    let played = play(story).on("<presence/>", "romeo", THREE);
    assert!(played.perform().await.passed().unexpected().is_empty());
    let late = Duration::from_secs(3);
    let played = play(story).later(late, "<presence/>", "romeo", THREE);
    assert_took(played.perform().await.passed().duration(2), late);
}

#[tokio::test(start_paused = true)]
async fn in_any_order_the_earliest_are_taken_and_the_time_is_one_for_all() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message><body>a</body></message>
	<message><body>b</body></message>
Romeo receives:
	<message id='3'/>
";
    let played = play(story).on("<presence/>", "romeo", THREE);
    assert!(played.perform().await.passed().unexpected().is_empty());
    let (one, other) = THREE.split_at(THREE.find("<message id='2'").unwrap());
    let played = play(story)
        .later(Duration::from_secs(4), "<presence/>", "romeo", one)
        .later(Duration::from_secs(6), "<presence/>", "romeo", other);
    let played = played.perform().await;
    assert_eq!(played.failure().reason, TIMEOUT);
    assert_took(played.duration(2), PATIENCE);
    assert_eq!(candidates(played.failure()), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn in_any_order_a_wildcard_has_one_value_in_all_stanzas() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message id='$<x>' type='chat'/>
	<message id='$<x>' type='headline'/>
Romeo sends:
	<presence id='$<x>'/>
",
    );
    let said = "<message id='1' type='chat'/><message id='2' type='headline'/>\
                <message id='2' type='chat'/>";
    let played = played.on("<presence/>", "romeo", said).perform().await;
    assert_eq!(played.passed().server.log()[2], "romeo: <presence id='2'/>");
    assert_eq!(played.unexpected(), ["Romeo: 1"]);
}

#[tokio::test(start_paused = true)]
async fn a_strict_script_passes_nothing_over() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
";
    let said = messages(&["1", "2"]);
    let strict = PlanOptions {
        receiving: Some(Receiving::Next),
        ..PlanOptions::default()
    };
    let tagged = play(story).tagged("## strict");
    for play in [tagged, play(story).options(strict)] {
        let played = play
            .on("<presence/>", "romeo", said.clone())
            .perform()
            .await;
        let failure = played.failed_at_once(&Reason::NotNext);
        assert_eq!(candidates(failure)[0], "1");
    }
}

#[tokio::test(start_paused = true)]
async fn a_strict_script_takes_what_comes_next() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
	<message id='2'/>
Romeo receives:
	<message id='3'/>
",
    );
    let said = format!("<r xmlns='urn:xmpp:sm:3'/>{THREE}");
    let played = played.tagged("## strict").on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_strict_script_takes_what_comes_next_in_any_order() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message><body>a</body></message>
	<message id='1'/>
	<message id='2'/>
";
    let said = "<message id='2'/><message id='1'><body>a</body></message>";
    let wanted = format!("{said}<message id='3'><body>a</body></message>");
    let strict = || play(story).tagged("## strict");
    let played = strict().on("<presence/>", "romeo", wanted);
    played.perform().await.passed();
    let foreign = format!("<presence id='4'/>{said}");
    let played = strict().on("<presence/>", "romeo", foreign).perform().await;
    let failure = played.failed_at_once(&Reason::NotNext);
    assert_eq!(candidates(failure)[0], "4");
}

#[tokio::test(start_paused = true)]
async fn elements_that_are_no_stanzas_are_taken_when_they_are_asked_for() {
    let played = play(
        "Romeo connects
Romeo sends:
	<enable xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<scansion:any/>
Romeo receives:
	<enabled xmlns='urn:xmpp:sm:3' scansion:strict='false'/>
",
    );
    let said = "<enabled xmlns='urn:xmpp:sm:3' id='1'/><message id='2'/>";
    let played = played.on("<enable ", "romeo", said).perform().await;
    assert!(played.passed().unexpected().is_empty());
}

/// Plays a story in which ten thousand messages come before what is expected.
async fn flooded(expectation: &str) {
    let messages =
        (0..10_000).map(|id| format!("<message id='{id}'><body>waters</body></message>"));
    let said: String = messages.collect();
    let said = said + "<iq type='result' id='end'/><presence id='end'/>";
    let story =
        format!("Romeo connects\nRomeo sends:\n\t<iq type='get' id='end'/>\nRomeo {expectation}\n");
    let played = play(&story).on("<iq", "romeo", said).perform().await;
    assert_eq!(played.passed().unexpected()[9_999], "Romeo: 9999");
}

// No test measures these, but they do not end if the work grows with the square of what came.

#[tokio::test(start_paused = true)]
async fn a_flood_before_a_stanza_is_stood() {
    flooded("receives:\n\t<presence id='end'/>").await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_before_an_answer_is_stood() {
    flooded("receives:\n\t<iq type='result' id='end'/>").await;
}

#[tokio::test(start_paused = true)]
async fn a_flood_before_several_stanzas_is_stood() {
    flooded("receives in any order:\n\t<presence id='$<x>'/>\n\t<iq id='$<x>'/>").await;
}
