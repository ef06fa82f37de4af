//! What comes too late for a step is in the recording, too, and is too late for it there: each play is also judged by its
//! own recording, and has to come to the same.

use std::time::Duration;

use super::super::{Keep, RunErrorKind};
use super::stage::{Performed, Play, candidates, play};

const SENDS: &str = "Romeo connects\nRomeo sends:\n\t<presence/>\n";

/// Long enough to be too late, and soon enough to be heard at the end.
fn late(time: Duration) -> Duration {
    time + Duration::from_millis(100)
}

/// A story of which something comes so long after `<presence/>`.
fn told(story: &str, after: Duration, xml: &str) -> Play {
    let play = play(&format!("{SENDS}{story}")).keep(Keep::Settled);
    play.later(after, "<presence/>", "romeo", xml)
}

#[track_caller]
fn assert_failed(played: &Performed) {
    let heard = played.outcome.moments[..played.outcome.story_end.moments].iter();
    assert_eq!(heard.filter(|moment| moment.is_late).count(), 1);
    assert!(played.outcome.ended_at().is_some());
}

#[tokio::test(start_paused = true)]
async fn what_came_when_a_step_had_waited_as_long_as_it_could_is_too_late() {
    let second = Duration::from_secs(1);
    let message = "<message id='1'/>";
    for (story, xml) in [
        ("Romeo receives within 1 s:\n\t<message id='1'/>\n", message),
        ("Romeo is disconnected within 1 s\n", "</stream:stream>"),
        (
            "Either\n\tRomeo receives within 1 s:\n\t\t<message id='1'/>\nor\n\tRomeo receives within 1 s:\n\t\t<message \
             id='2'/>\n",
            message,
        ),
    ] {
        assert_failed(&told(story, late(second), xml).perform().await);
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_after_the_last_silence_does_not_disturb_it() {
    let message = "<message id='1'/>";
    for story in [
        "Romeo receives: nothing\n",
        "Romeo receives: nothing\nRomeo receives: nothing\n",
        "Romeo does not receive:\n\t<message/>\nRomeo does not receive:\n\t<message id='1'/>\n",
        "Juliet connects\nJuliet and Romeo receive: nothing\n",
        "Either\n\tRomeo receives: nothing\nor\n\tRomeo receives:\n\t\t<message id='2'/>\n",
    ] {
        let waits = story.matches("receives: nothing\n").count().max(1);
        let quiet = super::stage::QUIET * u32::try_from(waits).unwrap();
        let played = told(story, late(quiet), message).perform().await;
        assert!(played.outcome.ended_at().is_none(), "{story}");
        assert!(
            played.outcome.moments.iter().any(|moment| moment.is_late),
            "{story}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_after_a_silence_is_not_there_for_a_step_without_an_act_before_it() {
    let several = "Romeo receives in any order:\n\t<presence id='$<a>' to='$<b>'/>\n\t<presence id='$<b>' to='$<a>'/>\n";
    for story in [
        "Romeo waits 20 ms\n",
        "Juliet disconnects\n",
        "Juliet connects\nJuliet disconnects\nJuliet sends:\n\t<presence/>\n",
        several,
    ] {
        let silence = "Romeo receives: nothing\nRomeo receives:\n\t<message id='1'/>\n";
        let play = told(
            &format!("{story}{silence}"),
            late(super::stage::QUIET),
            "<message id='1'/>",
        );
        let before = "<presence id='1' to='2'/><presence id='2' to='1'/>";
        let play = match story == several {
            true => play.on("<presence/>", "romeo", before),
            false => play,
        };
        play.perform().await.passed();
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_after_all_was_heard_is_not_left() {
    let twice = super::stage::QUIET * 2;
    let complete = |after| {
        let play = told("Romeo receives: nothing\n", after, "<message id='1'/>");
        play.tagged("## complete")
    };
    // It is still heard after the silence, and then not any more.
    let played = complete(late(super::stage::QUIET)).perform().await;
    assert_eq!(played.statuses(), ["passed", "passed", "failed"]);
    complete(late(twice)).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_later_step_can_receive_what_was_too_late_for_the_one_before() {
    let late = late(super::stage::QUIET);
    let story = "Romeo receives: nothing\n";
    let more = format!("{SENDS}{story}Romeo receives:\n\t<message id='1'/>\n");
    let recorded = told(story, late, "<message id='1'/>");
    recorded.judge(play(&more)).await.passed();
}

#[tokio::test(start_paused = true)]
async fn another_expectation_does_not_make_it_come_in_time() {
    let within = |id| format!("Romeo receives within 1 s:\n\t<message id='{id}'/>\n");
    let edited = play(&format!("{SENDS}{}", within("1")));
    let recorded = told(
        &within("2"),
        late(Duration::from_secs(1)),
        "<message id='1'/>",
    );
    let judged = recorded.judge(edited).await;
    assert!(candidates(judged.failure()).is_empty());
    let longer = within("1").replace("1 s", "2 s");
    let edited = play(&format!("{SENDS}{longer}"));
    let recorded = told(
        &within("2"),
        late(Duration::from_secs(1)),
        "<message id='1'/>",
    );
    recorded.judge(edited).await.passed();
}

#[tokio::test(start_paused = true)]
async fn a_run_that_was_broken_off_shows_of_no_story_that_it_passes() {
    let story = format!("{SENDS}Romeo receives: nothing\n");
    let soon = Duration::from_millis(100);
    let recorded = play(&story).keep(Keep::Settled).interrupted_after(soon);
    let judged = recorded.judge(play(&story)).await;
    assert!(matches!(
        &*judged.error().kind,
        RunErrorKind::RecordingEnds { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_silence_that_lasts_longer_than_the_recorded_one_cannot_be_judged() {
    let second = Duration::from_secs(1);
    let late = "<message id='1'/>";
    let rest = "Romeo sends:\n\t<iq type='get' id='1'/>\n";
    for quiet in [
        "Romeo receives within 1 s: nothing\n",
        "Romeo does not receive within 1 s:\n\t<message/>\n",
        "Romeo waits 1 s\n",
        "Romeo waits 500 ms\nRomeo waits 500 ms\n",
        "Either\n\tRomeo receives:\n\t\t<message id='2'/>\nor\n\tRomeo receives within 1 s: nothing\n",
    ] {
        for rest in ["", rest] {
            let story = |quiet: &str| format!("{SENDS}{quiet}{rest}");
            let recorded = || play(&story(quiet)).keep(Keep::Settled);
            let longer = quiet.replace("1 s", "2 s").replace("500 ms", "1 s");
            let judged = recorded().judge(play(&story(&longer))).await;
            let RunErrorKind::RecordedSooner { .. } = &*judged.error().kind else {
                panic!("{quiet}{rest}: {:?}", judged.error());
            };
            let shorter = quiet.replace("1 s", "400 ms").replace("500 ms", "50 ms");
            let judged = recorded().judge(play(&story(&shorter))).await;
            assert!(judged.outcome.ended_at().is_none(), "{shorter}{rest}");
        }
    }
    // What came while a step waited counts, too.
    let story = format!(
        "{SENDS}Romeo receives:\n\t<message id='1'/>\nRomeo receives within 100 ms: nothing\n{rest}"
    );
    let recorded = play(&story).later(second, "<presence/>", "romeo", late);
    let judged = recorded
        .judge(play(&story.replace("100 ms", "500 ms")))
        .await;
    assert!(matches!(
        &*judged.error().kind,
        RunErrorKind::RecordedSooner { .. }
    ));
}
