//! Standing rules: what they take, what they send, and that nobody else notices.

use std::time::Duration;

use super::super::{Happening, Reason, RunErrorKind};
use super::fake_server::{FOOTER, HANG_UP, Pong};
use super::stage::{PATIENCE, Performed, Play, assert_lines, assert_took, candidates, play};
use crate::report::Verbosity;
use crate::verdict::Verdict;

/// Romeo connects and says something; what the server sends then comes from `cue`.
fn romeo(rule: &str, story: &str, cue: &str) -> Play {
    let story = format!("{rule}\nRomeo connects\nRomeo sends:\n\t<presence id='go'/>\n{story}");
    play(&story).on("id='go'", "romeo", cue)
}

const IGNORES_PRESENCE: &str = "Romeo ignores:\n\t<presence/>";

/// What the server has heard of Romeo after his presence and before he leaves, without pings.
fn heard(played: &Performed) -> Vec<String> {
    let log = played.server.log().into_iter();
    let own = log.skip_while(|line| !line.contains("id='go'")).skip(1);
    let own = own.filter(|line| !line.contains(" pings ") && !line.ends_with(" leaves"));
    own.collect()
}

#[tokio::test(start_paused = true)]
async fn what_is_ignored_has_not_come() {
    let cue = "<presence id='1'/><message id='2'/><presence id='3'/>";
    let story = "Romeo receives:\n\t<message/>\nRomeo receives: nothing\n";
    let played = romeo(IGNORES_PRESENCE, story, cue).perform().await;
    assert!(played.passed().unexpected().is_empty());
    let without = romeo("", story, cue).perform().await;
    assert_eq!(candidates(without.failure()), ["3"]);
    let expected = "Romeo receives:\n\t<presence/>\n";
    let played = romeo(IGNORES_PRESENCE, expected, cue).perform().await;
    assert_eq!(
        played.failure().reason,
        Reason::Timeout { waited: PATIENCE }
    );
    assert_eq!(candidates(played.failure()), ["2"]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_acts_on_what_is_in_the_inbox_and_from_its_line_on() {
    let cue = "<presence id='1'/><message id='2'/><presence id='3'/><message id='4'/>";
    let story = format!(
        "Romeo receives:\n\t<presence id='1'/>\n\t<message id='4'/>\n{IGNORES_PRESENCE}
Romeo receives:\n\t<message id='2'/>\nRomeo receives:\n\t<presence/>\n"
    );
    let played = romeo("", &story, cue).perform().await;
    assert_eq!(
        played.statuses()[2..],
        ["passed", "passed", "passed", "failed"]
    );
    assert!(played.failure().candidates.is_empty());
    assert_lines(
        &played.events("ruled"),
        &["ruled by 3: <presence xmlns='jabber:client' id='3'/>"],
    );
}

#[tokio::test(start_paused = true)]
async fn a_strict_script_does_not_see_what_is_ignored() {
    let cue = "<presence id='1'/><message id='2'/>";
    let story = "Romeo receives:\n\t<message/>\n";
    let strict = |play: Play| play.tagged("## strict");
    strict(romeo(IGNORES_PRESENCE, story, cue))
        .perform()
        .await
        .passed();
    let played = strict(romeo("", story, cue)).perform().await;
    assert_eq!(played.failure().reason, Reason::NotNext);
}

#[tokio::test(start_paused = true)]
async fn rules_are_of_one_actor_and_outlive_its_sessions() {
    let story = format!(
        "{IGNORES_PRESENCE}
Romeo connects
Juliet connects
Romeo disconnects
Romeo connects
Juliet sends:
	<presence id='go'/>
Juliet receives:
	<presence id='2'/>
Romeo receives: nothing
"
    );
    let played = play(&story)
        .on("id='go'", "romeo", "<presence id='1'/>")
        .on("id='go'", "juliet", "<presence id='2'/>");
    played.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn only_a_rule_that_names_it_takes_what_is_no_stanza() {
    let cue = "<a xmlns='urn:xmpp:sm:3' h='0'/><message/>";
    let expected = "Romeo receives:\n\t<a xmlns='urn:xmpp:sm:3' h='0'/>\n";
    let any = romeo("Romeo ignores:\n\t<scansion:any/>", expected, cue);
    any.perform().await.passed();
    let named = "Romeo ignores:\n\t<a xmlns='urn:xmpp:sm:3' h='$<_>'/>";
    let played = romeo(named, expected, cue).perform().await;
    assert_eq!(
        played.failure().reason,
        Reason::Timeout { waited: PATIENCE }
    );
}

#[tokio::test(start_paused = true)]
async fn variables_of_what_is_taken_have_the_values_of_the_rules_line() {
    let story = "Romeo receives:
	<message id='$<x>'/>
Romeo ignores:
	<message id='${x}'/>
Romeo receives:
	<message id='{scansion:capture:x}'/>
Romeo receives:
	<message id='3'/>
Romeo receives: nothing
";
    let cue =
        "<message id='1'/><message id='2'/><message id='1'/><message id='3'/><message id='1'/>";
    romeo("", story, cue).perform().await.passed();
}

const ANSWERS: &str = "Romeo answers:
	<iq type='get' id='$<id>' from='$<from>'/>
with:
	<iq type='result' id='$<id>' to='$<from>'/>
	<message to='$<from>'/>";

const ASKED: &str =
    "<iq type='get' id='1' from='a@b'/><iq type='get' id='2' from='c@d'/><message id='3'/>";

#[tokio::test(start_paused = true)]
async fn each_request_is_answered_in_order_with_values_of_its_own() {
    let story = "Romeo receives:\n\t<message/>\nRomeo receives: nothing\n";
    let played = romeo(ANSWERS, story, ASKED).perform().await;
    assert!(played.passed().unexpected().is_empty());
    assert_lines(
        &heard(&played),
        &[
            "romeo: <iq type='result' id='1' to='a@b'/>",
            "romeo: <message to='a@b'/>",
            "romeo: <iq type='result' id='2' to='c@d'/>",
            "romeo: <message to='c@d'/>",
        ],
    );
    let is_of_rule = |happening: &Happening| matches!(happening, Happening::Answered(_));
    let moments = played.outcome.moments.iter();
    assert_eq!(
        moments
            .filter(|moment| is_of_rule(&moment.happening))
            .count(),
        4
    );
}

#[tokio::test(start_paused = true)]
async fn the_names_of_a_rule_are_not_the_storys() {
    let story = format!(
        "Romeo receives:
	<message id='$<id>'/>
{ANSWERS}
Romeo receives:
	<presence/>
Romeo sends:
	<message id='$<id>'/>
"
    );
    let cue = "<message id='own'/><iq type='get' id='1' from='a@b'/><presence/>";
    let played = romeo("", &story, cue).perform().await;
    assert_eq!(
        heard(played.passed()).last().unwrap(),
        "romeo: <message id='own'/>"
    );
}

#[tokio::test(start_paused = true)]
async fn variables_of_an_answer_have_the_values_of_its_moment() {
    let rule = "Romeo answers:
	<iq type='get' id='$<id>'/>
with:
	<iq type='result' id='$<id>' to=\"${Juliet's full JID}\">${x}</iq>";
    let story = "Juliet connects
Romeo receives:
	<message id='$<x>'/>
Romeo sends:
	<presence id='on'/>
Romeo receives:
	<message id='2'/>
";
    let cue = "<message id='1'/>";
    let play = romeo(rule, story, cue);
    let played = play.on(
        "id='on'",
        "romeo",
        "<iq type='get' id='z'/><message id='2'/>",
    );
    let answer = "romeo: <iq type='result' id='z' to=\"juliet@localhost/stage-1\">1</iq>";
    assert!(heard(played.perform().await.passed()).contains(&answer.to_owned()));

    let too_early = romeo(rule, story, &format!("<iq type='get' id='z'/>{cue}"));
    let played = too_early.perform().await;
    assert!(matches!(*played.error().kind, RunErrorKind::Unbound(_)));
    assert_eq!(
        played.error().to_string(),
        "Romeo could not send: `Juliet's full JID` has no value yet"
    );
}

#[tokio::test(start_paused = true)]
async fn the_first_rule_that_fits_acts() {
    let rules = "Romeo answers:
	<message id='1'/>
	<message id='2'/>
with:
	<message id='first'/>
Romeo ignores:
	<message/>
Romeo answers:
	<scansion:any/>
with:
	<message id='last'/>";
    let cue = "<message id='2'/><message id='3'/><presence/>";
    let played = romeo(rules, "Romeo receives: nothing\n", cue)
        .perform()
        .await;
    assert_lines(
        &heard(played.passed()),
        &[
            "romeo: <message id='first'/>",
            "romeo: <message id='last'/>",
        ],
    );
    assert_lines(
        &played.events("ruled"),
        &["ruled by 0", "ruled by 1", "ruled by 2"],
    );
}

#[tokio::test(start_paused = true)]
async fn an_answer_is_flushed_before_others_act_and_so_is_what_comes_of_it() {
    let story = "Romeo answers:
	<message id='ask'/>
with:
	<message id='answer' to=\"${Juliet's full JID}\"/>
Juliet answers:
	<message id='also'/>
with:
	<message id='room' to='room@rooms.localhost'/>
Romeo connects
Juliet connects
Juliet's phone connects
Juliet sends:
	<message id='go' to='romeo@localhost'/>
Juliet's phone sends:
	<message id='end'/>
";
    let played = play(story)
        .on("id='go'", "romeo", "<message id='ask'/>")
        .on(
            "id='answer'",
            "juliet@localhost/stage",
            "<message id='also'/>",
        );
    let log = played.perform().await.passed().server.log();
    let end = log.iter().position(|line| line.contains("'end'")).unwrap();
    assert_lines(
        &log[3..end],
        &[
            "juliet: <message id='go' to='romeo@localhost'/>",
            "juliet pings localhost",
            "romeo pings localhost",
            "romeo: <message id='answer' to=\"juliet@localhost/stage-1\"/>",
            "juliet: <message id='room' to='room@rooms.localhost'/>",
            "juliet pings localhost",
            "juliet pings room@rooms.localhost",
            "romeo pings localhost",
            // Each has something to do because of the other one.
            "romeo pings localhost",
            "juliet pings localhost",
        ],
    );
}

#[tokio::test(start_paused = true)]
async fn two_that_answer_at_once_are_both_asked_again() {
    let story = "Romeo answers:
	<message id='ask'/>
with:
	<message id='answer' to='juliet@localhost'/>
Juliet answers:
	<message id='ask'/>
with:
	<message id='answer' to='romeo@localhost'/>
Romeo connects
Juliet connects
Juliet's phone connects
Juliet's phone sends:
	<presence id='go' to='juliet@localhost'/>
	<presence to='romeo@localhost'/>
Juliet's phone receives: nothing
";
    let played = play(story)
        .on("id='go'", "romeo", "<message id='ask'/>")
        .on("id='go'", "juliet@localhost/stage", "<message id='ask'/>");
    let log = played.perform().await.passed().server.log();
    let last = log
        .iter()
        .rposition(|line| line.contains("'answer'"))
        .unwrap();
    let asked = |name: &str| {
        let after = log[last..].iter();
        after
            .filter(|line| **line == format!("{name} pings localhost"))
            .count()
    };
    // Over whose stream something was sent, and then as the other one's message is for it.
    assert!(asked("romeo") >= 2, "{log:#?}");
    assert!(asked("juliet") >= 2, "{log:#?}");
}

#[tokio::test(start_paused = true)]
async fn rules_that_answer_each_other_end_in_an_error() {
    let story = "Romeo answers:
	<message id='ping'/>
with:
	<message id='pong'/>
Juliet answers:
	<message id='pang'/>
with:
	<message id='pung'/>
Romeo connects
Juliet connects
Juliet sends:
	<presence id='go'/>
Romeo sends:
	<presence/>
";
    let soon = Duration::from_millis(10);
    let played = play(story)
        .on("id='go'", "romeo", "<message id='ping'/>")
        .later(soon, "id='pong'", "juliet", "<message id='pang'/>")
        .later(soon, "id='pung'", "romeo", "<message id='ping'/>")
        .pong("localhost", Pong::After(soon * 2));
    let played = played.perform().await;
    assert!(matches!(
        *played.error().kind,
        RunErrorKind::EndlessAnswers { .. }
    ));
    assert_took(played.duration(5), PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_request_of_a_rule_has_its_answer_too() {
    let rule = "Romeo answers:
	<message id='ask'/>
with:
	<iq type='get' id='q'/>";
    let story = "Romeo receives:\n\t<iq type='result' id='q'/>\n";
    let play = romeo(rule, story, "<message id='ask'/>");
    let played = play.on("id='q'", "romeo", "<iq type='error' id='q'/>");
    let played = played.perform().await;
    played.failed_at_once(&Reason::WrongAnswer);
}

#[tokio::test(start_paused = true)]
async fn answers_count_in_stream_management() {
    let rule = "Romeo answers:
	<message id='ask'/>
with:
	<message/>
	<message/>";
    let story = "Romeo sends:
	<enable xmlns='urn:xmpp:sm:3'/>
Romeo receives:
	<enabled xmlns='urn:xmpp:sm:3'/>
	<message id='next'/>
Romeo sends:
	<message id=\"${Romeo's sent count} ${Romeo's received count}\"/>
";
    let play = romeo(rule, story, "");
    let cue = "<enabled xmlns='urn:xmpp:sm:3'/><message id='ask'/><message id='next'/>";
    let play = play.on("<enable ", "romeo", cue);
    let play = play.on("<r ", "romeo", "<a xmlns='urn:xmpp:sm:3' h='2'/>");
    let played = play.perform().await;
    let counts = "romeo: <message id=\"2 2\"/>".to_owned();
    assert!(heard(played.passed()).contains(&counts));
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_after_an_answer_fails_the_rule() {
    let story = "Romeo receives:\n\t<message id='never'/>\n";
    let play = romeo(ANSWERS, story, "<iq type='get' id='1' from='a@b'/>");
    let played = play
        .on("<message to='a@b'", "romeo", HANG_UP)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::Closed { .. }));
    let story = "Juliet connects\nJuliet sends:\n\t<presence/>\n";
    let play = romeo(ANSWERS, story, "<iq type='get' id='1' from='a@b'/>");
    let played = play
        .on("<message to='a@b'", "romeo", HANG_UP)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(played.statuses()[0], "failed");
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_while_a_rule_answers_fails_the_rule() {
    let rule = format!(
        "Romeo answers:\n\t<message id='ask'/>\nwith:\n\t<message><body>{}</body></message>\n\t<presence/>",
        "so long ".repeat(1000)
    );
    let play = romeo(&rule, "Juliet connects\n", "<message id='ask'/>");
    let played = play
        .on("id='go'", "romeo", HANG_UP)
        .pipe(1024)
        .perform()
        .await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(played.statuses()[0], "failed");
}

#[tokio::test(start_paused = true)]
async fn where_nothing_can_be_said_any_more_nothing_is_answered() {
    let asked = "<iq type='get' id='1' from='a@b'/>";
    let story = format!(
        "Romeo receives:\n\t<message/>\nJuliet connects\n{ANSWERS}\nRomeo receives:\n\t<iq id='1'/>\n"
    );
    let played = romeo("", &story, &format!("{asked}<message/>{FOOTER}"));
    let played = played.perform().await;
    assert_lines(&heard(played.passed()), &["juliet comes"]);
}

#[tokio::test(start_paused = true)]
async fn a_ping_that_a_rule_could_take_is_not_answered_by_the_runner() {
    let ping = "<iq type='get' id='p' from='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";
    let later = "Romeo receives: nothing\nRomeo answers:
	<iq type='get'><ping xmlns='urn:xmpp:ping'/></iq>
with:
	<message id='mine'/>
";
    let played = romeo("", later, ping).perform().await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    let later = later.trim_start_matches("Romeo receives: nothing\n");
    let others = later.replace("Romeo answers", "Juliet answers");
    let played = romeo("", &format!("{others}Romeo receives: nothing\n"), ping)
        .perform()
        .await;
    assert_lines(
        &heard(played.passed()),
        &["romeo: <iq type='result' to='localhost' id='p'/>"],
    );
    let story = format!("{later}Romeo receives: nothing\n");
    let played = romeo("", &story, ping).perform().await;
    assert_lines(&heard(played.passed()), &["romeo: <message id='mine'/>"]);
}

#[tokio::test(start_paused = true)]
async fn a_rule_that_is_too_hard_is_a_run_error() {
    let rule = "Romeo answers:
	<message id='$<a>$<b>$<a>$<b>$<b>'/>
with:
	<message/>";
    let id: String = (0..20_000_u32)
        .map(|at| char::from(b'a' + (at.wrapping_mul(at) % 23) as u8))
        .collect();
    let cue = format!("<message id='{id}'/>");
    for story in [
        "Romeo receives:\n\t<presence/>\n",
        "Either\n\tRomeo receives:\n\t\t<presence/>\nor\n\tRomeo receives: nothing\n",
    ] {
        let played = romeo(rule, story, &cue).perform().await;
        assert!(matches!(*played.error().kind, RunErrorKind::TooHard(_)));
    }
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_an_answer_counts_before_silence_does() {
    let silent = [
        "Romeo receives: nothing\n",
        "Romeo does not receive:\n\t<message id='late'/>\n",
        "Either\n\tRomeo receives:\n\t\t<presence/>\nor\n\tRomeo receives: nothing\n",
    ];
    let quiet = Duration::from_millis(200);
    for story in silent {
        // The request comes in the quiet time, and what comes of the answer after it.
        let play = romeo(ANSWERS, story, "");
        let asked = "<iq type='get' id='1' from='a@b'/>";
        let play = play.later(quiet * 3 / 4, "id='go'", "romeo", asked);
        let late = "<message id='late'/>";
        let play = play.later(quiet / 2, "<message to='a@b'", "romeo", late);
        let played = play.perform().await;
        assert!(played.outcome.ended_at().is_some(), "{story}");
    }
}

#[tokio::test(start_paused = true)]
async fn ten_thousand_stanzas_are_taken_as_they_come_and_out_of_the_inbox() {
    let cue = "<presence/>".repeat(10_000) + "<message/>";
    let received = "Romeo receives:\n\t<message/>\n";
    let as_they_come = romeo(IGNORES_PRESENCE, received, &cue);
    let out_of_the_inbox = romeo("", &format!("{received}{IGNORES_PRESENCE}\n"), &cue);
    for play in [as_they_come, out_of_the_inbox] {
        let outcome = play.perform_only().await;
        assert_eq!(outcome.verdict(), Verdict::Passed);
        assert!(outcome.unexpected.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn other_rules_can_be_tried_on_a_recording() {
    let story = "Romeo receives:\n\t<message/>\nRomeo receives: nothing\n";
    let recorded = || romeo(ANSWERS, story, ASKED);
    let without = recorded().judge(romeo("", story, ASKED)).await;
    without.passed();
    let ignoring = recorded()
        .judge(romeo("Romeo ignores:\n\t<message/>", story, ASKED))
        .await;
    assert_eq!(
        ignoring.failure().reason,
        Reason::Timeout { waited: PATIENCE }
    );
}

#[tokio::test(start_paused = true)]
async fn what_comes_of_an_answer_that_is_not_recorded_is_not_known() {
    let sends = "Romeo sends:\n\t<presence id='more'/>\n";
    let story = format!("Romeo receives:\n\t<message/>\n{sends}");
    let awaits = format!("Romeo receives:\n\t<message id='of-the-answer'/>\n{sends}");
    let judged = romeo("", &story, ASKED).judge(romeo(ANSWERS, &awaits, ASKED));
    let judged = judged.await;
    let RunErrorKind::RecordedOtherwise { act, .. } = &*judged.error().kind else {
        panic!("{:?}", judged.error())
    };
    assert_eq!(act, "does not answer");
}

#[tokio::test(start_paused = true)]
async fn rules_are_shown_with_v() {
    let cue = format!("<presence/><presence/>{ASKED}");
    let story = format!(
        "Romeo receives:\n\t<message/>\n\nRomeo receives:\n\t<presence/>\n\n{IGNORES_PRESENCE}\n"
    );
    let play = romeo(ANSWERS, &story, &cue);
    insta::assert_snapshot!(play.screen(Verbosity::Verbose).await);
}
