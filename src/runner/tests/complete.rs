//! `## complete`: nothing may be left when the story is over, nor what a verb within it would throw away.

use std::time::Duration;

use super::super::{Failure, Reason};
use super::fake_server::FOOTER;
use super::stage::{Performed, Play, QUIET, assert_took, play};
use crate::plan::PlanOptions;

fn complete(story: &str) -> Play {
    play(story).tagged("## complete")
}

/// What is left: the actor, the id, and the line during which it came.
fn left<'a>(performed: &'a Performed, failure: &'a Failure) -> Vec<String> {
    let Reason::LeftOver { left } = &failure.reason else {
        panic!("{:?}", failure.reason)
    };
    let source = &performed.outcome.info.source;
    let left = left.iter().map(|left| {
        let id = left.element.attr("id").unwrap_or("?");
        format!("{}: {id}, {}", left.actor, source.slice(left.during))
    });
    left.collect()
}

const STORY: &str = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Romeo receives:
	<message id='2'/>
Juliet disconnects
Romeo disconnects
";

#[tokio::test(start_paused = true)]
async fn what_was_passed_over_and_what_nobody_looked_at_is_left() {
    let play = || complete(STORY).on("<presence/>", "romeo", "<message id='2'/>");
    play().perform().await.passed();
    let said = "<message id='1'/><message id='2'/><message id='3'/>";
    let played = complete(STORY).on("<presence/>", "romeo", said);
    let played = played.on("<presence/>", "juliet", "<message id='4'/>");
    let played = played.perform().await;
    let during = "Romeo receives:";
    let expected = [
        format!("Romeo: 1, {during}"),
        format!("Romeo: 3, {during}"),
        format!("Juliet: 4, {during}"),
    ];
    assert_eq!(left(&played, played.failure()), expected);
    // The step during which it came fails, and who leaves at the end still does.
    let statuses = ["passed", "passed", "passed", "failed", "passed", "passed"];
    assert_eq!(played.statuses(), statuses);
}

#[tokio::test(start_paused = true)]
async fn what_came_during_an_either_is_told_of_the_alternative_that_holds() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Either
	Romeo receives:
		<message id='1'/>
or
	Romeo receives in any order:
		<message id='2'/>
";
    let said = "<message id='2'/><message id='3'/>";
    let played = complete(story).on("<presence/>", "romeo", said);
    let played = played.perform().await;
    let during = "Romeo receives in any order:";
    assert_eq!(
        left(&played, played.failure()),
        [format!("Romeo: 3, {during}")]
    );
    let statuses = ["passed", "passed", "not run", "failed"];
    assert_eq!(played.statuses(), statuses);
}

#[tokio::test(start_paused = true)]
async fn what_came_behind_an_either_is_told_of_the_last_step_that_holds() {
    let both = "\tRomeo receives:\n\t\t<message id='1'/>\n\tRomeo receives in any order:\n\t\t<message id='2'/>\n";
    let either = format!("Either\n{both}or\n\tRomeo receives:\n\t\t<iq/>\n");
    let story = format!("Romeo connects\nRomeo sends:\n\t<presence/>\n{either}");
    let play = complete(&story).on("<presence/>", "romeo", "<message id='1'/><message id='2'/>");
    let play = play.later(QUIET / 2, "<presence/>", "romeo", "<message id='3'/>");
    let played = play.perform().await;
    let wanted = ["Romeo: 3, Romeo receives in any order:"];
    assert_eq!(left(&played, played.failure()), wanted);
}

#[tokio::test(start_paused = true)]
async fn where_something_is_left_the_rest_of_an_element_is_not_waited_for() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let play = complete(story).on("<presence/>", "romeo", "<message id='1'/>");
    let play = play.later(QUIET / 2, "<presence/>", "romeo", "<messa");
    let played = play.perform().await;
    let wanted = ["Romeo: 1, Romeo sends:"];
    assert_eq!(left(&played, played.failure()), wanted);
    assert_took(played.outcome.story_end.at, QUIET);
}

#[tokio::test(start_paused = true)]
async fn a_rule_among_those_who_leave_is_no_act() {
    let ends = STORY.replace(
        "Romeo disconnects",
        "Romeo ignores:\n\t<iq/>\nRomeo disconnects",
    );
    let play = complete(&ends).on("<presence/>", "romeo", "<message id='2'/>");
    // What leaving makes is not of the story.
    let play = play.on("</stream", "romeo", "<presence type='unavailable' id='3'/>");
    play.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn without_the_tag_it_may_be_left_and_the_option_says_it_for_all() {
    let said = "<message id='1'/><message id='2'/>";
    let story = |options| {
        play(STORY)
            .on("<presence/>", "romeo", said)
            .options(options)
    };
    story(PlanOptions::default()).perform().await.passed();
    let options = PlanOptions {
        complete: true,
        ..PlanOptions::default()
    };
    let played = story(options).perform().await;
    assert_eq!(left(&played, played.failure()).len(), 1);
}

#[tokio::test(start_paused = true)]
async fn it_takes_one_flush_of_all_and_one_quiet_time() {
    let played = complete(STORY).later(QUIET / 2, "<presence/>", "juliet", "<message id='4'/>");
    let played = played.on("<presence/>", "romeo", "<message id='2'/>");
    let played = played.perform().await;
    assert_eq!(left(&played, played.failure()).len(), 1);
    let played = complete(STORY).on("<presence/>", "romeo", "<message id='2'/>");
    let played = played.perform().await;
    let pings = played.passed().events("flush").len();
    // Romeo's stream is asked for what he sent, then all are.
    assert_eq!(pings, 3);
    let whole: Duration = played.outcome.steps.iter().map(|step| step.duration).sum();
    assert_took(whole, Duration::ZERO);
    assert_took(played.outcome.duration, QUIET);
}

#[tokio::test(start_paused = true)]
async fn leaving_makes_stanzas_that_do_not_count() {
    let played = complete(STORY).on("<presence/>", "romeo", "<message id='2'/>");
    let played = played.on(
        "</stream:stream>",
        "romeo",
        "<presence type='unavailable'/>",
    );
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn elements_that_are_no_stanzas_do_not_count() {
    let said = "<r xmlns='urn:xmpp:sm:3'/><message id='2'/>";
    let played = complete(STORY).on("<presence/>", "romeo", said);
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn what_a_verb_within_the_story_would_throw_away_is_judged_there() {
    for verb in ["disconnects", "connects"] {
        let story = format!(
            "Romeo connects
Romeo sends:
	<presence/>
Romeo {verb}
Juliet connects
Juliet sends:
	<message/>
"
        );
        let late =
            |after| complete(&story).later(after, "<presence/>", "romeo", "<message id='1'/>");
        let played = late(QUIET / 2).perform().await;
        let during = format!("Romeo: 1, Romeo {verb}");
        assert_eq!(left(&played, played.failure()), [during]);
        assert_eq!(played.outcome.ended_at().unwrap().step, 2);
        complete(&story).perform().await.passed();
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_the_server_ends_is_a_failure() {
    let conflict =
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    for end in [FOOTER.to_owned(), format!("{conflict}{FOOTER}")] {
        for rest in [
            "",
            "Romeo disconnects\n",
            "Romeo disconnects\nJuliet sends:\n\t<message/>\n",
        ] {
            let story =
                format!("Juliet connects\nRomeo connects\nRomeo sends:\n\t<presence/>\n{rest}");
            let played = complete(&story).on("<presence/>", "romeo", end.as_str());
            let played = played.perform().await;
            let is_it = matches!(played.failure().reason, Reason::Ended { .. });
            assert!(is_it, "{rest}: {:?}", played.failure().reason);
            assert_eq!(played.outcome.ended_at().unwrap().step, 2, "{rest}");
            play(&story)
                .on("<presence/>", "romeo", end.as_str())
                .perform()
                .await
                .passed();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_failure_before_is_the_one_that_is_told() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives:\n\t<iq/>\n";
    let played = complete(story).on("<presence/>", "romeo", "<message id='1'/>");
    let played = played.perform().await;
    assert!(matches!(played.failure().reason, Reason::Timeout { .. }));
}

#[tokio::test(start_paused = true)]
async fn a_recording_can_be_judged_so_afterwards() {
    let said = "<message id='1'/><message id='2'/>";
    let recorded = play(STORY).on("<presence/>", "romeo", said);
    let played = recorded.judge(complete(STORY)).await;
    assert_eq!(
        left(&played, played.failure()),
        ["Romeo: 1, Romeo receives:"]
    );
    let recorded = complete(STORY).on("<presence/>", "romeo", said);
    recorded.judge(play(STORY)).await.passed();
    let taken = STORY.replace(
        "<message id='2'/>",
        "<message id='2'/>\n\t<message id='1'/>",
    );
    let recorded = complete(STORY).on("<presence/>", "romeo", said);
    recorded.judge(complete(&taken)).await.passed();
}
