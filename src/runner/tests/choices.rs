//! `Either`: which alternative is chosen, when, and what becomes of what came.

use std::time::Duration;

use super::super::Reason;
use super::fake_server::{FOOTER, Pong};
use super::stage::{PATIENCE, QUIET, assert_took, candidates, play};
use crate::xmpp::Closed;

/// Romeo says something, and may get an error or nothing.
const ERROR_OR_SILENCE: &str = "Romeo connects
Romeo sends:
	<message id='h'/>
Either (an error)
	Romeo receives:
		<message type='error' id='h'/>
or (silently ignored)
	Romeo receives: nothing
";

const ERROR: &str = "<message type='error' id='h'/>";

#[tokio::test(start_paused = true)]
async fn the_first_alternative_wins_as_soon_as_it_holds() {
    let played = play(ERROR_OR_SILENCE).on("<message", "romeo", ERROR);
    let played = played.perform().await;
    assert_eq!(played.chosen(), ["an error"]);
    assert_eq!(played.statuses(), ["passed", "passed", "passed", "not run"]);
    assert_eq!(played.duration(2), Duration::ZERO);
    // Also while it is waited for the others, and however late.
    let late = |after| play(ERROR_OR_SILENCE).later(after, "<message", "romeo", ERROR);
    let played = late(QUIET / 2).perform().await;
    assert_eq!(played.chosen(), ["an error"]);
    assert_took(played.duration(2), QUIET / 2);
}

#[tokio::test(start_paused = true)]
async fn silence_is_judged_after_a_while_and_holds_then() {
    let played = play(ERROR_OR_SILENCE).perform().await;
    assert_eq!(played.chosen(), ["silently ignored"]);
    assert_eq!(played.statuses(), ["passed", "passed", "not run", "passed"]);
    assert_took(played.duration(3), QUIET);
    let log = played.server.log();
    assert!(
        log.iter().any(|line| line == "romeo pings localhost"),
        "{log:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_late_is_seen() {
    let late = Duration::from_secs(3);
    let played = play(ERROR_OR_SILENCE)
        .later(late, "<message", "romeo", ERROR)
        .pong("localhost", Pong::After(late + QUIET / 2));
    assert_eq!(played.perform().await.chosen(), ["an error"]);
}

#[tokio::test(start_paused = true)]
async fn if_none_holds_the_page_has_what_each_lacks() {
    let played = play(ERROR_OR_SILENCE).on("<message", "romeo", "<message id='i'/>");
    let played = played.perform().await;
    let failure = played.failure();
    assert_eq!(failure.reason, Reason::NoneHolds);
    assert_took(played.duration(2), PATIENCE);
    let [error, silence] = failure.alternatives.as_slice() else {
        panic!("{failure:?}");
    };
    assert_eq!((error.label.as_str(), error.step), ("an error", 2));
    assert_eq!(error.failure.reason, Reason::Timeout { waited: PATIENCE });
    assert_eq!(candidates(&error.failure), ["i"]);
    assert_eq!(
        (silence.label.as_str(), silence.step),
        ("silently ignored", 3)
    );
    assert_eq!(silence.failure.reason, Reason::Unwanted);
    assert_eq!(candidates(&silence.failure), ["i"]);
}

/// What comes for an iq of Romeo, and what is said of it then.
fn asked(story: &str) -> String {
    format!("Romeo connects\nRomeo sends:\n\t<iq type='get' id='q'/>\n{story}")
}

#[tokio::test(start_paused = true)]
async fn a_wrong_answer_leaves_the_other_alternatives() {
    let story = asked(
        "Either
	Romeo receives:
		<iq type='result' id='q'/>
or
	Romeo receives:
		<iq type='error' id='q'/>
	Romeo receives:
		<message id='1'/>
",
    );
    let said = "<iq type='error' id='q' from='localhost'/><message id='1'/>";
    let played = play(&story).on("<iq", "romeo", said).perform().await;
    assert_eq!(played.chosen(), ["alternative 2"]);
    // If it is wrong for all of them, nothing is waited for.
    let said = "<iq type='result' id='r' from='localhost'/>";
    let neither = story.replace("type='result' id='q'", "type='result' id='q' to='x'");
    let neither = neither.replace("type='error'", "type='error' to='y'");
    let played = play(&neither)
        .on("<iq", "romeo", said.replace("'r'", "'q'"))
        .perform()
        .await;
    assert_eq!(played.failure().reason, Reason::NoneHolds);
    assert_took(played.duration(2), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn the_first_in_the_order_of_the_text_is_taken_of_those_that_hold() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Either
	Romeo receives:
		<message id='9'/>
or
	Romeo does not receive:
		<message id='3'/>
or
	Romeo receives:
		<message id='1'/>
";
    let played = play(story).on("<presence/>", "romeo", "<message id='1'/>");
    let played = played.perform().await;
    assert_eq!(played.chosen(), ["alternative 2"]);
    let played = play(story).on("<presence/>", "romeo", "<message id='3'/><message id='1'/>");
    let played = played.perform().await;
    assert_eq!(played.chosen(), ["alternative 3"]);
    assert_eq!(played.unexpected(), ["Romeo: 3"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_awaited_longer_comes_until_the_timeout() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Either
	Romeo receives:
		<message id='9'/>
or
	Romeo receives:
		<message id='1'/>
";
    let coming = |after| play(story).later(after, "<presence/>", "romeo", "<message id='1'/>");
    let late = PATIENCE / 2;
    let played = coming(late).perform().await;
    assert_eq!(played.chosen(), ["alternative 2"]);
    assert_took(played.duration(3), late + QUIET);
    let played = coming(PATIENCE * 2).perform().await;
    assert_eq!(played.failure().reason, Reason::NoneHolds);
}

#[tokio::test(start_paused = true)]
async fn only_the_chosen_alternative_takes_and_binds() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Either
	Juliet receives:
		<message id='$<x>'/>
	Romeo receives:
		<message id='never'/>
or
	Romeo receives:
		<message id='$<x>'/>
Juliet receives:
	<message id='$<y>'/>
Romeo sends:
	<message id='${x}-${y}'/>
";
    let played = play(story)
        .on("<presence/>", "juliet", "<message id='j'/>")
        .on("<presence/>", "romeo", "<message id='r'/>");
    let played = played.perform().await;
    assert_eq!(played.chosen(), ["alternative 2"]);
    let log = played.server.log();
    assert!(log.iter().any(|line| line.contains("r-j")), "{log:?}");
}

#[tokio::test(start_paused = true)]
async fn what_only_some_alternatives_bind_has_no_value_afterwards() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Either
	Romeo receives:
		<message id='$<x>'/>
or
	Romeo receives: nothing
Romeo sends:
	<presence type='unavailable'/>
Romeo receives:
	<message id='$<x>'/>
";
    let played = play(story)
        .on("<presence/>", "romeo", "<message id='1'/>")
        .on("unavailable", "romeo", "<message id='2'/>");
    let played = played.perform().await;
    assert_eq!(played.statuses()[5], "passed");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_ends_fails_silence_and_what_is_awaited() {
    let played = play(ERROR_OR_SILENCE).on("<message", "romeo", FOOTER);
    let played = played.perform().await;
    let failure = played.failed_at_once(&Reason::NoneHolds);
    let how = Closed::ByPeer;
    for unheld in &failure.alternatives {
        assert_eq!(unheld.failure.reason, Reason::Closed { how: how.clone() });
    }
}

#[tokio::test(start_paused = true)]
async fn all_steps_of_an_alternative_have_to_hold() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Either
	Romeo receives:
		<message id='1'/>
	Juliet receives: nothing
	Romeo receives:
		<message id='2'/>
or (the other)
	Juliet receives:
		<message id='3'/>
";
    let both = play(story).on("<presence/>", "romeo", "<message id='1'/><message id='2'/>");
    let played = both.perform().await;
    assert_eq!(played.chosen(), ["alternative 1"]);
    assert_took(played.duration(3), QUIET);
    let one = play(story).on("<presence/>", "romeo", "<message id='1'/>");
    let played = one.perform().await;
    let failure = played.failure();
    assert_eq!(failure.alternatives[0].step, 5);
    assert_eq!(failure.alternatives[1].step, 6);
}

#[tokio::test(start_paused = true)]
async fn what_comes_after_the_choice_was_not_there_for_it() {
    let story = ERROR_OR_SILENCE.to_owned()
        + "Romeo receives:
	<message type='error' id='h'/>
Romeo sends:
	<presence/>
Either (an error)
	Romeo receives:
		<message type='error' id='h'/>
or (silently ignored)
	Romeo receives: nothing
";
    let played = play(&story).later(QUIET * 2, "<message", "romeo", ERROR);
    let played = played.perform().await;
    assert_eq!(played.chosen(), ["silently ignored", "silently ignored"]);
}

#[tokio::test(start_paused = true)]
async fn what_is_told_names_the_choice() {
    let played = play(ERROR_OR_SILENCE).perform().await;
    assert_eq!(
        played.events("cho"),
        ["choice 2..4", "chose silently ignored"]
    );
    assert_eq!(
        played.events("step"),
        [
            "step 0",
            "step 0 passed",
            "step 1",
            "step 1 passed",
            "step 3",
            "step 3 passed"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_choice_is_an_error() {
    let played = play(ERROR_OR_SILENCE).on("<message", "romeo", "<message id='i'/>");
    let played = played.interrupted_after(QUIET * 2).perform().await;
    played.error();
    assert_eq!(played.statuses()[2], "errored");
}
