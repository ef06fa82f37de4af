//! Stories are judged by what was recorded of others. That each is judged as it was in front of the server by its own
//! recording, all tests of the runner see to.

use std::time::Duration;

use super::super::{Keep, Reason, RunErrorKind};
use super::fake_server::FOOTER;
use super::stage::{PATIENCE, Play, candidates, play};
use crate::plan::{PlanOptions, Receiving};
use crate::xmpp::Closed;

const TIMEOUT: Reason = Reason::Timeout { waited: PATIENCE };

/// Romeo asks for `a` and gets it, then for `b`.
const STORY: &str = "Romeo connects
Juliet connects
Romeo sends:
	<message id='a'/>
Juliet receives:
	<message id='1'/>
Romeo sends:
	<message id='b'/>
Juliet receives:
	<message id='3'/>
";

/// The server says `1` and `2` to `a`, and `3` to `b`.
fn recorded(story: &str) -> Play {
    play(story)
        .on(
            "id='a'",
            "juliet",
            "<message id='1'/><message id='2'><body>x</body></message>",
        )
        .on("id='b'", "juliet", "<message id='3'/>")
}

/// The story with something else in a place.
fn edited(from: &str, to: &str) -> Play {
    assert_eq!(STORY.matches(from).count(), 1, "{from}");
    play(&STORY.replace(from, to))
}

#[tokio::test(start_paused = true)]
async fn what_came_before_the_next_deed_is_there() {
    let expects = "<message id='$<n>'/>\n\t<message id='2'>\n\t\t<body>x</body>\n\t</message>";
    let judged = recorded(STORY).judge(edited("<message id='1'/>", expects));
    judged.await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_came_later_does_not_count() {
    let judged = recorded(STORY).judge(edited("<message id='1'/>", "<message id='3'/>"));
    let judged = judged.await;
    let failure = judged.failed_at_once(&TIMEOUT);
    assert_eq!(candidates(failure), ["1", "2"]);
    let skipped = ["not run"; 2];
    let begun = ["passed", "passed", "passed", "failed"];
    assert_eq!(judged.statuses(), [&begun[..], &skipped].concat());
}

#[tokio::test(start_paused = true)]
async fn what_was_taken_in_the_recording_can_be_passed_over_and_the_other_way_round() {
    let judged = recorded(STORY).judge(edited("<message id='1'/>", "<message id='2'/>"));
    assert_eq!(judged.await.passed().unexpected(), ["Juliet: 1"]);
}

#[tokio::test(start_paused = true)]
async fn more_can_be_asked_for_than_in_the_recording() {
    let strict = PlanOptions {
        receiving: Some(Receiving::Next),
        ..PlanOptions::default()
    };
    let judged = recorded(STORY).judge(play(STORY).options(strict)).await;
    assert_eq!(candidates(judged.failed_at_once(&Reason::NotNext)), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_what_did_not_come_before_the_next_deed() {
    let nothing = |who| format!("<message id='1'/>\n{who} receives: nothing");
    let judged = recorded(STORY).judge(edited("<message id='1'/>", &nothing("Juliet")));
    assert_eq!(
        candidates(judged.await.failed_at_once(&Reason::Unwanted)),
        ["2"]
    );
    let judged = recorded(STORY).judge(edited("<message id='1'/>", &nothing("Romeo")));
    judged.await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_came_after_nothing_had_come_is_there_after_it() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives: nothing
Romeo receives:
	<message/>
Romeo receives: nothing
";
    let late = Duration::from_secs(1);
    let recorded = play(story).later(late, "<presence/>", "romeo", "<message id='1'/>");
    let edited = play(&story.replace("<message/>", "<message id='1'/>"));
    recorded.judge(edited).await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_is_repaired_leads_to_the_end_of_the_recording() {
    let wrong = STORY.replace("<message id='1'/>", "<message id='9'/>");
    let judged = recorded(&wrong).judge(play(STORY)).await;
    let error = judged.error().to_string();
    assert!(error.contains("the recording ends at line"), "{error}");
    assert!(error.ends_with("`Juliet receives:`"), "{error}");
    assert_eq!(judged.statuses()[3..], ["passed", "errored", "not run"]);
}

#[tokio::test(start_paused = true)]
async fn of_another_act_nothing_is_known() {
    for (from, to, act) in [
        (
            "<message id='b'/>",
            "<message id='c'/>",
            "Romeo sends <message id='b'/>",
        ),
        (
            "Romeo sends:\n\t<message id='b'/>",
            "Juliet disconnects",
            "Romeo sends <message id='b'/>",
        ),
        ("Juliet connects\n", "", "Juliet connects"),
    ] {
        let judged = recorded(STORY).judge(edited(from, to)).await;
        let error = judged.error().to_string();
        let wanted = format!("in the recording, this is where {act}");
        assert!(error.ends_with(&wanted), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn deeds_are_the_same_however_they_are_written() {
    let written = "<p:message xmlns:p='jabber:client'\n\t\tid=\"b\"></p:message>";
    recorded(STORY)
        .judge(edited("<message id='b'/>", written))
        .await
        .passed();
}

/// Without the expectations, the server may not have answered when the story ends.
#[tokio::test(start_paused = true)]
async fn what_comes_of_the_last_deed_is_heard_for_transcripts() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let receives = |id| play(&format!("{story}Romeo receives:\n\t<message id='{id}'/>\n"));
    let soon = Duration::from_millis(100);
    let recorded = |keep| {
        let play = play(story).later(soon, "<presence/>", "romeo", "<message id='1'/>");
        play.keep(keep)
    };
    recorded(Keep::Settled).judge(receives("1")).await.passed();
    let judged = recorded(Keep::Settled).judge(receives("2")).await;
    assert_eq!(candidates(judged.failed_at_once(&TIMEOUT)), ["1"]);
    let judged = recorded(Keep::All).judge(receives("1")).await;
    assert!(matches!(
        &*judged.error().kind,
        RunErrorKind::RecordingEnds { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn who_listens_to_the_end_can_be_interrupted() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let played = play(story).keep(Keep::Settled);
    let played = played.pong("localhost", super::fake_server::Pong::Silence);
    let soon = Duration::from_millis(100);
    let played = played.interrupted_after(soon).perform().await;
    super::stage::assert_took(played.passed().outcome.story_end.at, soon);
}

#[tokio::test(start_paused = true)]
async fn a_closed_stream_is_closed_again() {
    let story =
        "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives:\n\t<message id='1'/>\n";
    let said = format!("<message id='1'/>{FOOTER}");
    let recorded = play(story)
        .on("<presence/>", "romeo", said)
        .keep(Keep::Settled);
    let more = play(&format!("{story}Romeo receives:\n\t<message id='2'/>\n"));
    let how = Closed::ByPeer;
    recorded
        .judge(more)
        .await
        .failed_at_once(&Reason::Closed { how });
}

#[tokio::test(start_paused = true)]
async fn secrets_are_known_to_those_who_know_them() {
    let story = "Romeo connects
Romeo sends:
	<iq type='set' id='1'><password>montague</password></iq>
Romeo receives:
	<iq id='1'><password>montague</password></iq>
";
    let answer = "<iq id='1' type='result'><password>montague</password></iq>";
    let recorded = play(story).on("montague", "romeo", answer);
    recorded.judge(play(story)).await.passed();
}
