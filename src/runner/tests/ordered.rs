//! `receives in this order`: each stanza behind the one before it, whatever else comes between.

use std::time::Duration;

use super::super::{Failure, Reason};
use super::stage::{PATIENCE, assert_took, candidates, play};

/// A story in which Romeo receives messages in this order.
fn story(ids: &[&str]) -> String {
    let expected: String = ids
        .iter()
        .map(|id| format!("\t<message id='{id}'/>\n"))
        .collect();
    format!(
        "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives in this order:\n{expected}"
    )
}

/// Messages that have nothing but an id.
fn messages(ids: &[&str]) -> String {
    let messages = ids.iter().map(|id| format!("<message id='{id}'/>"));
    messages.collect()
}

/// Whether the failure is that what was expected came too early.
fn came_before(failure: &Failure) -> bool {
    matches!(failure.reason, Reason::CameBefore { .. })
}

#[tokio::test(start_paused = true)]
async fn others_may_stand_between_and_stay() {
    let said = messages(&["x", "a", "y", "b", "z"]);
    let story = story(&["a", "b"]) + "Romeo receives:\n\t<message id='y'/>\n\t<message id='x'/>\n";
    let played = play(&story).on("<presence/>", "romeo", said);
    assert!(played.perform().await.passed().unexpected().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_other_order_is_a_failure_that_names_the_line() {
    let played = play(&story(&["a", "b"])).on("<presence/>", "romeo", messages(&["b", "a"]));
    let played = played.perform().await;
    let failure = played.failure();
    assert!(came_before(failure), "{:?}", failure.reason);
    assert_eq!(candidates(failure), ["b"]);
    // Another one could have come.
    assert_took(played.duration(2), PATIENCE);
    let Reason::CameBefore { other } = failure.reason else {
        unreachable!("it was looked at")
    };
    let source = &played.outcome.info.source;
    assert_eq!(source.slice(other), "<message id='a'/>");
    assert_eq!(source.slice(failure.span), "<message id='b'/>");
}

#[tokio::test(start_paused = true)]
async fn a_second_one_behind_is_taken() {
    let said = messages(&["b", "a", "b"]);
    let played = play(&story(&["a", "b"])).on("<presence/>", "romeo", said);
    assert_eq!(played.perform().await.passed().unexpected(), ["Romeo: b"]);
}

#[tokio::test(start_paused = true)]
async fn the_first_match_is_taken_without_going_back() {
    // With the second message for the first pattern, all would fit.
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in this order:
	<message id='$<x>'/>
	<presence id='$<x>'/>
";
    let said = "<message id='1'/><message id='2'/><presence id='2'/>";
    let played = play(story).on("<presence/>", "romeo", said).perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::Timeout { waited });
}

#[tokio::test(start_paused = true)]
async fn three_that_come_in_another_order_are_told_of_the_one_before() {
    let played = play(&story(&["a", "b", "c"]));
    let played = played.on("<presence/>", "romeo", messages(&["a", "c", "b"]));
    let played = played.perform().await;
    let Reason::CameBefore { other } = played.failure().reason else {
        panic!("{:?}", played.failure().reason)
    };
    assert_eq!(played.outcome.info.source.slice(other), "<message id='b'/>");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_came_before_is_not_waited_for() {
    let story = "Romeo connects
Romeo sends:
	<iq type='get' id='1'/>
Romeo receives in this order:
	<message/>
	<iq type='result' id='1'/>
";
    let play = |said: &str| play(story).on("<iq", "romeo", said);
    let answer = "<iq type='result' id='1' from='romeo@localhost'/>";
    let played = play(&format!("<message/>{answer}"));
    played.perform().await.passed();
    let played = play(&format!("{answer}<message/>")).perform().await;
    assert!(came_before(played.failure()));
    assert_took(played.duration(2), Duration::ZERO);
    let refusal = answer.replace("result", "error");
    let played = play(&format!("{refusal}<message/>")).perform().await;
    played.failed_at_once(&Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn what_never_came_is_waited_for() {
    let played = play(&story(&["a", "b"])).on("<presence/>", "romeo", messages(&["a"]));
    let played = played.perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::Timeout { waited });
}

#[tokio::test(start_paused = true)]
async fn what_was_passed_over_before_can_be_the_first() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='b'/>
Romeo receives in this order:
	<message id='a'/>
	<message id='c'/>
";
    let played = play(story).on("<presence/>", "romeo", messages(&["a", "b", "c"]));
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn later_ones_know_what_earlier_ones_have_captured() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in this order:
	<message id='$<x>'/>
	<presence id='${x}'/>
";
    let said = "<presence id='1'/><message id='1'/><presence id='2'/>";
    let late = format!("{said}<presence id='1'/>");
    let played = play(story).on("<presence/>", "romeo", said).perform().await;
    assert!(came_before(played.failure()));
    play(story)
        .on("<presence/>", "romeo", late)
        .perform()
        .await
        .passed();
}
