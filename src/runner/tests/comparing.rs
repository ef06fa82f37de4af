//! Comparing can take long. It ends, and it goes on beside everything else.

use super::super::{RunErrorKind, StepStatus};
use super::stage::{Play, play};

/// An expectation that is a search.
const SEARCH: &str = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='$<a>$<b>$<a>$<b>$<b>'/>
";

/// A message with a long id in which nothing long stands twice.
fn message(length: usize) -> String {
    let mut state = 1_u64;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + u8::try_from((state >> 33) % 26).unwrap())
    };
    let id: String = (0..length).map(|_| next()).collect();
    format!("<message id='{id}'/>")
}

/// Each of these can be told not to match, all together cannot.
fn hard() -> Play {
    play(SEARCH).on("<presence/>", "romeo", message(1_500).repeat(400))
}

#[tokio::test(start_paused = true)]
async fn what_is_too_hard_is_a_run_error() {
    let hard = play(SEARCH).on("<presence/>", "romeo", message(20_000));
    let played = hard.perform().await;
    assert_eq!(played.statuses(), ["passed", "passed", "errored"]);
    assert_eq!(
        played.error().to_string(),
        "Romeo may or may not have received what is expected: $<a> and $<b> stand in several places, and too many \
         values can be meant"
    );
}

#[tokio::test(start_paused = true)]
async fn others_go_on_meanwhile() {
    let quick = play(
        "Juliet connects
Juliet sends:
	<presence/>
Juliet receives:
	<message id='1'/>
Juliet disconnects
",
    );
    let quick = quick.on("<presence/>", "juliet", "<message id='1'/>");
    tokio::select! {
        _ = hard().perform() => panic!("what is hard has kept others waiting"),
        played = quick.perform() => played.passed(),
    };
}

#[tokio::test(start_paused = true)]
async fn it_can_be_interrupted() {
    let outcome = hard().perform_until_a_message_comes().await;
    match &outcome.steps[2].status {
        StepStatus::Errored(error) => assert!(matches!(*error.kind, RunErrorKind::Interrupted)),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_in_time_is_found_behind_thousands_that_fit_as_well() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message type='groupchat'/>
	<message id='last'/>
",
    );
    let flood = "<message type='groupchat'/>".repeat(2_000) + "<message id='last'/>";
    let played = played.on("<presence/>", "romeo", flood).perform().await;
    assert_eq!(played.passed().unexpected().len(), 1_999);
}

#[tokio::test(start_paused = true)]
async fn a_name_of_several_stanzas_is_looked_up() {
    let played = play(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo receives in any order:
	<message type='chat' id='$<id>'/>
	<message type='error' id='$<id>'/>
Romeo sends:
	<presence id='$<id>'/>
",
    );
    let flood: String = (0..500)
        .map(|id| {
            format!(
                "<message type='chat' id='{id}'/><message type='error' id='{}'/>",
                id + 499
            )
        })
        .collect();
    let played = played.on("<presence/>", "romeo", flood).perform().await;
    assert_eq!(
        played.passed().server.log()[2],
        "romeo: <presence id='499'/>"
    );
}
