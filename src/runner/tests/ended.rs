//! `is disconnected`, and the end of the stream as the last thing that is received.

use std::time::Duration;

use super::super::{Failure, Reason};
use super::fake_server::{FOOTER, Farewell, HANG_UP, NO_UTF8};
use super::stage::{PATIENCE, Performed, Play, assert_took, play};
use crate::xmpp::Closed;

const CONFLICT: &str = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/><text xmlns='urn:ietf:params:xml:ns:xmpp-streams'>you again</text></stream:error>";

/// Romeo says something, and is disconnected; `block` is what stands under that.
fn disconnected(block: &str) -> Play {
    play(&format!(
        "Romeo connects
Romeo sends:
	<presence/>
Romeo is disconnected:
{block}"
    ))
}

fn conflict_and(end: &str) -> String {
    format!("{CONFLICT}{end}")
}

const CONFLICT_EXPECTED: &str =
    "	<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>\n";

fn otherwise(performed: &Performed) -> &Failure {
    let failure = performed.failure();
    let reason = &failure.reason;
    assert!(
        matches!(reason, Reason::EndedOtherwise { .. }),
        "{reason:?}"
    );
    failure
}

#[tokio::test(start_paused = true)]
async fn every_end_will_do_where_nothing_is_said_of_it() {
    let played = disconnected("").on("<presence/>", "romeo", FOOTER);
    let played = played.perform().await;
    assert_eq!(played.passed().events("notice Romeo: the stream"), [""; 0]);
    let played = disconnected("").on("<presence/>", "romeo", conflict_and(FOOTER));
    played.perform().await.passed();
    let played = disconnected("").on("<presence/>", "romeo", HANG_UP);
    let played = played.perform().await;
    let notes = played
        .passed()
        .events("notice Romeo: the stream ended without");
    assert_eq!(notes.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_does_not_end_is_waited_for() {
    let played = disconnected("").perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::NotEnded { waited });
    assert_took(played.duration(2), PATIENCE);
    let error_alone = disconnected(CONFLICT_EXPECTED).on("<presence/>", "romeo", CONFLICT);
    let played = error_alone.perform().await;
    assert_eq!(played.failure().reason, Reason::NotEnded { waited });
    let late = Duration::from_secs(3);
    let played = disconnected("").later(late, "<presence/>", "romeo", FOOTER);
    assert_took(played.perform().await.passed().duration(2), late);
}

#[tokio::test(start_paused = true)]
async fn the_error_that_is_expected_comes_before() {
    let said = |said: String| disconnected(CONFLICT_EXPECTED).on("<presence/>", "romeo", said);
    said(conflict_and(FOOTER)).perform().await.passed();
    let played = said(conflict_and("").replace("conflict", "reset") + FOOTER);
    let played = played.perform().await;
    let failure = otherwise(&played);
    assert!(failure.expectation.is_some());
    assert_eq!(failure.candidates[0].element.name(), "error");
    let played = said(FOOTER.to_owned()).perform().await;
    assert!(otherwise(&played).candidates.is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_end_tag_is_demanded_where_it_is_written() {
    let both = format!("{CONFLICT_EXPECTED}\t</stream:stream>\n");
    for block in [&both, "\t</stream:stream>\n"] {
        let said = |said: String| disconnected(block).on("<presence/>", "romeo", said);
        said(conflict_and(FOOTER)).perform().await.passed();
        let play = disconnected(block).on("<presence/>", "romeo", CONFLICT);
        let played = play.on("<presence/>", "romeo", HANG_UP).perform().await;
        let place = otherwise(&played).span;
        let source = &played.outcome.info.source;
        assert_eq!(source.slice(place), "</stream:stream>");
    }
}

#[tokio::test(start_paused = true)]
async fn what_came_before_stays_and_what_is_over_can_be_judged_later() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<message/>
Juliet receives:
	<message id='9'/>
Romeo is disconnected:
	</stream:stream>
Romeo receives:
	<message id='2'/>
	<message id='1'/>
Romeo is disconnected
";
    let said = format!("<message id='1'/><message id='2'/>{FOOTER}");
    let played = play(story).on("<presence/>", "romeo", said);
    let played = played.on("<message/>", "juliet", "<message id='9'/>");
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_is_left_is_no_stray_because_the_stream_has_ended() {
    let played = disconnected("").on("<presence/>", "romeo", format!("<message id='1'/>{FOOTER}"));
    assert_eq!(played.perform().await.passed().unexpected(), [""; 0]);
}

#[tokio::test(start_paused = true)]
async fn the_end_is_the_last_thing_that_is_received() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='1'/>
	</stream:stream>
";
    let said = |said: String| play(story).on("<presence/>", "romeo", said);
    said(format!("<message id='1'/>{FOOTER}"))
        .perform()
        .await
        .passed();
    let played = said("<message id='1'/>".to_owned());
    let played = played.on("<presence/>", "romeo", HANG_UP).perform().await;
    otherwise(&played);
    let played = said("<message id='1'/>".to_owned()).perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::NotEnded { waited });
}

#[tokio::test(start_paused = true)]
async fn an_alternative_can_be_that_the_stream_ends() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Either (an error)
	Romeo receives:
		<message id='1'/>
or (the end)
	Romeo is disconnected:
		<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>
";
    let said = |said: String| play(story).on("<presence/>", "romeo", said);
    let played = said("<message id='1'/>".to_owned()).perform().await;
    assert_eq!(played.passed_but(3).chosen(), ["an error"]);
    let played = said(conflict_and(FOOTER)).perform().await;
    assert_eq!(played.passed_but(2).chosen(), ["the end"]);
    let late = Duration::from_secs(2);
    let played = play(story).later(late, "<presence/>", "romeo", conflict_and(FOOTER));
    let played = played.perform().await;
    assert_eq!(played.passed_but(2).chosen(), ["the end"]);
    let played = said(FOOTER.to_owned()).perform().await;
    assert_eq!(played.failure().reason, Reason::NoneHolds);
    let played = said(String::new()).perform().await;
    let alternatives = &played.failure().alternatives;
    let waited = PATIENCE;
    assert_eq!(alternatives[1].failure.reason, Reason::NotEnded { waited });
}

#[tokio::test(start_paused = true)]
async fn a_broken_stream_is_no_failure_where_its_end_is_expected() {
    let then = "Romeo connects\nRomeo receives: nothing\n";
    let played = disconnected("").on("<presence/>", "romeo", HANG_UP);
    played.perform().await.passed();
    let story =
        format!("Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo is disconnected\n{then}");
    let played = play(&story).on("<presence/>", "romeo", HANG_UP);
    played.perform().await.passed();
    let unexpected = story.replace("Romeo is disconnected\n", "");
    let played = play(&unexpected).on("<presence/>", "romeo", HANG_UP);
    assert!(matches!(
        played.perform().await.failure().reason,
        Reason::Broken { .. }
    ));
}

#[tokio::test(start_paused = true)]
async fn a_loss_is_excused_where_an_alternative_expects_it_though_another_held() {
    let story = |block: &str| {
        format!(
            "Romeo connects\nRomeo sends:\n\t<presence/>\nEither\n\tRomeo receives:\n\t\t<message id='1'/>\nor\n\tRomeo is disconnected{block}\n"
        )
    };
    let lost = |story: &str, said: &str| {
        let said = format!("<message id='1'/>{said}");
        let played = play(story).on("<presence/>", "romeo", said);
        played.on("<presence/>", "romeo", HANG_UP).perform()
    };
    let is_broken = |played: &Performed| matches!(played.failure().reason, Reason::Broken { .. });
    let played = lost(&story(""), "").await;
    assert_eq!(played.passed_but(3).chosen(), ["alternative 1"]);
    // What is no XMPP is no end, a demanded error was not sent, and a later connection is another one.
    let nonsense = play(&story("")).on("<presence/>", "romeo", "<message id='1'/></presence>");
    assert!(is_broken(&nonsense.perform().await));
    let demanded = format!(":\n\t{}", CONFLICT_EXPECTED.trim_end());
    assert!(is_broken(&lost(&story(&demanded), "").await));
    let again = story("") + "Romeo connects\nRomeo sends:\n\t<iq type='set' id='2'/>\n";
    let played = play(&again).on("<presence/>", "romeo", "<message id='1'/>");
    let played = played.on("id='2'", "romeo", HANG_UP);
    assert!(is_broken(&played.perform().await));
}

#[tokio::test(start_paused = true)]
async fn in_a_complete_script_the_end_may_be_expected_and_stanzas_may_not_be_left() {
    let complete = |said: &str| {
        disconnected("")
            .tagged("## complete")
            .on("<presence/>", "romeo", said)
    };
    complete(FOOTER).perform().await.passed();
    let played = complete(&format!("<message id='1'/>{FOOTER}"))
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::LeftOver { .. }));
}

#[tokio::test(start_paused = true)]
async fn what_is_no_xmpp_is_no_end() {
    let played = disconnected("").on("<presence/>", "romeo", "<message></presence>");
    let played = played.perform().await;
    let is_nonsense = |reason: &Reason| {
        matches!(
            reason,
            Reason::EndedOtherwise {
                how: Closed::NotXmpp(_)
            }
        )
    };
    assert!(is_nonsense(&otherwise(&played).reason));
    let ended = disconnected("").on("<presence/>", "romeo", "<message></presence>\u{15}\u{3}");
    let ended = ended.on("<presence/>", "romeo", HANG_UP).perform().await;
    assert_eq!(
        ended
            .passed()
            .events("notice Romeo: the stream ended without")
            .len(),
        1
    );
}

#[tokio::test(start_paused = true)]
async fn the_error_by_which_a_stream_ended_can_be_judged_again() {
    let take = format!("Romeo receives:\n\t{CONFLICT}\nRomeo is disconnected:\n");
    let end = format!("{CONFLICT_EXPECTED}\t</stream:stream>\nRomeo is disconnected:\n");
    for before in [take, format!("Romeo is disconnected:\n{end}")] {
        let again = |block: &str| {
            let story = format!("Romeo connects\nRomeo sends:\n\t<presence/>\n{before}{block}");
            play(&story).on("<presence/>", "romeo", conflict_and(FOOTER))
        };
        again(CONFLICT_EXPECTED).perform().await.passed();
        let other = CONFLICT_EXPECTED.replace("conflict", "reset");
        let played = again(&other).perform().await;
        assert_eq!(otherwise(&played).candidates[0].element.name(), "error");
        let either = format!(
            "Romeo is disconnected\nEither\n\tRomeo is disconnected:\n\t{CONFLICT_EXPECTED}or\n\tRomeo receives:\n\t\t<a/>\n"
        );
        let story = format!("Romeo connects\nRomeo sends:\n\t<presence/>\n{before}{either}");
        let story = story.replace("disconnected:\nRomeo is disconnected\n", "disconnected\n");
        let played = play(&story).on("<presence/>", "romeo", conflict_and(FOOTER));
        assert_eq!(played.perform().await.chosen(), ["alternative 1"]);
    }
}

/// What no server may say, be it to somebody who leaves.
const GARBLED: [&str; 5] = ["<message><bod", "<messa", "<<<", NO_UTF8, "<!DOCTYPE x>"];

#[tokio::test(start_paused = true)]
async fn what_a_server_says_to_who_leaves_is_still_xmpp() {
    let story = "Romeo connects\nRomeo disconnects\nRomeo connects\n";
    for what in GARBLED {
        let left = || play(story).farewell(Farewell::Says(what));
        for played in [left().perform().await, left().judge(left()).await] {
            assert_eq!(played.statuses(), ["passed", "failed", "not run"], "{what}");
            assert!(matches!(played.failure().reason, Reason::Broken { .. }));
        }
        // So it is where an actor connects again without leaving before.
        let again = play("Romeo connects\nRomeo connects\nRomeo disconnects\n");
        let played = again.farewell(Farewell::Says(what)).perform().await;
        assert_eq!(played.statuses(), ["passed", "failed", "not run"], "{what}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_end_of_the_servers_stream_can_be_demanded_of_who_leaves() {
    let story = "Romeo connects
Romeo sends text:
	</stream:stream>
Romeo is disconnected:
	</stream:stream>
";
    play(story).perform().await.passed();
    let played = play(story).farewell(Farewell::Says("")).perform().await;
    assert_eq!(played.statuses(), ["passed", "passed", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_only_hangs_up_on_who_leaves_is_rude() {
    for what in ["", " ", "<message/>"] {
        let left = play("Romeo connects\nRomeo disconnects\n").farewell(Farewell::Says(what));
        let played = left.perform().await;
        let notes = played
            .passed()
            .events("notice Romeo: the stream ended without");
        assert_eq!(notes.len(), 1, "{what}");
    }
}

/// What is told of how streams ended.
fn notes_of_ends(played: &Performed) -> Vec<&str> {
    let (broken, lost) = ("notice Romeo: a stream broke", "notice Romeo: the stream");
    [played.events(broken), played.events(lost)].concat()
}

#[tokio::test(start_paused = true)]
async fn what_a_server_says_when_the_story_is_over_is_told_and_decides_nothing() {
    let epilogue = "Romeo connects\nEpilogue\nRomeo sends:\n\t<presence/>\n";
    for story in ["Romeo connects\n", epilogue] {
        let over = |what| play(story).farewell(Farewell::Says(what));
        for what in GARBLED {
            let played = over(what).perform().await;
            let told = notes_of_ends(&played)[0];
            assert!(told.starts_with("notice Romeo: a stream broke"), "{told}");
            assert_eq!(played.statuses()[0], "passed", "{what}");
        }
        let played = over("<message/>").perform().await;
        let told = notes_of_ends(&played)[0];
        assert!(told.starts_with("notice Romeo: the stream ended"), "{told}");
        for farewell in [FOOTER, conflict_and(FOOTER).leak()] {
            let played = over(farewell).perform().await;
            assert_eq!(notes_of_ends(&played), [""; 0]);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_broke_in_the_story_is_a_failure_and_not_told_again() {
    let played = play("Romeo connects\nRomeo sends:\n\t<presence/>\n");
    let played = played.on("<presence/>", "romeo", "<messa");
    let played = played.on("<presence/>", "romeo", HANG_UP).perform().await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(notes_of_ends(&played), [""; 0]);
}
