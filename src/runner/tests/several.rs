//! Several actors in one line, times of a step's own, and `waits`.

use std::time::Duration;

use super::super::Reason;
use super::stage::{Performed, QUIET, assert_lines, assert_took, candidates, play};

const SECOND: Duration = Duration::from_secs(1);

/// Two receive what Romeo sends.
const BOTH: &str = "Romeo, Juliet and Juliet's phone connect
Romeo sends:
	<message id='m'/>
Juliet and Juliet's phone receive:
	<message/>
";

const SENT: &str = "<message id='m'/>";
const JULIET: &str = "juliet@localhost/stage-1";
const PHONE: &str = "juliet@localhost/phone";

fn steps(played: &Performed) -> Vec<String> {
    let source = &played.outcome.info.source;
    let steps = played.outcome.steps.iter();
    steps.map(|step| step.action(source)).collect()
}

#[tokio::test(start_paused = true)]
async fn each_actor_has_a_step_of_its_own() {
    let played = play(BOTH).on(SENT, JULIET, "<message id='1'/>");
    let played = played.on(SENT, PHONE, "<message id='2'/>").perform().await;
    assert_eq!(
        steps(played.passed()),
        [
            "Romeo connects",
            "Juliet connects",
            "Juliet's phone connects",
            "Romeo sends:",
            "Juliet receives:",
            "Juliet's phone receives:"
        ]
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_first_in_the_line_is_judged_first() {
    // Juliet gets nothing at all, her phone the wrong answer at once.
    let story = BOTH.replace("<message/>", "<message id='1'/>");
    let played = play(&story)
        .on(SENT, PHONE, "<message id='2'/>")
        .perform()
        .await;
    let statuses = played.statuses();
    assert_eq!(statuses[3..], ["passed", "failed", "not run"]);
    let turned = story.replace(
        "Juliet and Juliet's phone receive",
        "Juliet's phone and Juliet receive",
    );
    let played = play(&turned)
        .on(SENT, JULIET, "<message id='1'/>")
        .perform()
        .await;
    assert_eq!(played.statuses()[3..], ["passed", "failed", "not run"]);
    assert_eq!(steps(&played)[4], "Juliet's phone receives:");
}

#[tokio::test(start_paused = true)]
async fn those_of_one_line_wait_together() {
    let played = |after: Duration| {
        let played = play(BOTH).later(SECOND * 4, SENT, JULIET, "<message id='1'/>");
        played.later(after, SENT, PHONE, "<message id='2'/>")
    };
    played(SECOND * 4).perform().await.passed();
    let played = played(SECOND * 6).perform().await;
    assert_eq!(played.statuses()[4..], ["passed", "failed"]);
    // The second one has waited no longer than the first one could have.
    assert_took(played.duration(4), SECOND * 4);
    assert_took(played.duration(5), SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_name_that_the_first_one_captures_has_its_value_for_the_next() {
    let story = BOTH.replace("<message/>", "<message id='$<x>'/>");
    let said = |own: &str| {
        let played = play(&story).later(SECOND, SENT, JULIET, "<message id='1'/>");
        played.on(SENT, PHONE, format!("<message id='{own}'/>"))
    };
    said("1").perform().await.passed();
    let played = said("2").perform().await;
    assert_eq!(candidates(played.failure()), ["2"]);
    assert_eq!(played.statuses()[4..], ["passed", "failed"]);
}

/// Nothing must come for two actors.
const SILENCE: &str = "Romeo, Juliet and Juliet's phone connect
Romeo sends:
	<message id='m'/>
Juliet and Juliet's phone receive: nothing
";

#[tokio::test(start_paused = true)]
async fn one_quiet_time_is_enough_for_a_line() {
    let played = play(SILENCE).perform().await;
    assert_took(played.passed().duration(4), QUIET);
    assert_took(played.duration(5), Duration::ZERO);
    assert_lines(
        &played.server.log()[4..7],
        &[
            "romeo pings localhost",
            "juliet pings localhost",
            "juliet pings localhost",
        ],
    );
    let forbidden = SILENCE.replace("receive: nothing", "do not receive:\n\t<message/>");
    let played = play(&forbidden).perform().await;
    assert_took(played.passed().duration(4), QUIET);
    assert_took(played.duration(5), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn whoever_of_a_line_receives_something_fails() {
    let coming = |to| {
        play(SILENCE)
            .later(QUIET / 2, SENT, to, "<message id='1'/>")
            .perform()
    };
    let played = coming(JULIET).await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    assert_eq!(played.statuses()[4..], ["failed", "not run"]);
    let played = coming(PHONE).await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    assert_eq!(played.statuses()[4..], ["passed", "failed"]);
    assert_took(played.duration(4), QUIET / 2);
}

#[tokio::test(start_paused = true)]
async fn self_is_each_actor_of_a_line() {
    let story = "Romeo and Juliet's phone connect
Romeo and Juliet's phone send:
	<presence from=\"${self's JID}\"/>
Romeo and Juliet's phone receive:
	<presence from=\"${self's JID}\" id=\"$<_:not self's JID>\"/>
";
    let from = |jid: &str| format!("<presence from='{jid}' id='1'/>");
    let played = |romeo: &str, phone: &str| {
        let played = play(story).on("from=\"romeo@localhost\"", "romeo", from(romeo));
        played.on("from=\"juliet@localhost\"", PHONE, from(phone))
    };
    let (romeo, juliet) = ("romeo@localhost", "juliet@localhost");
    played(romeo, juliet).perform().await.passed();
    let failed = played(romeo, romeo).perform().await;
    assert_eq!(failed.statuses()[4..], ["passed", "failed"]);
}

#[tokio::test(start_paused = true)]
async fn a_list_may_stand_in_an_alternative() {
    let story = "Romeo, Juliet and Juliet's phone connect
Romeo sends:
	<message id='m'/>
Either (both)
	Juliet and Juliet's phone receive:
		<message id='1'/>
or (one)
	Juliet receives:
		<message id='1'/>
	Juliet's phone and Romeo receive: nothing
";
    let one = || play(story).on(SENT, JULIET, "<message id='1'/>");
    let both = one().on(SENT, PHONE, "<message id='1'/>").perform().await;
    assert_eq!(both.chosen(), ["both"]);
    let only = one().perform().await;
    assert_eq!(only.chosen(), ["one"]);
    let neither = play(story).perform().await;
    assert_eq!(neither.failure().reason, Reason::NoneHolds);
}

// ---- Times ---------------------------------------------------------------------------------------------------

/// Romeo waits for a message for as long as the line says.
fn within(line: &str) -> String {
    format!("Romeo connects\nRomeo sends:\n\t<message id='m'/>\nRomeo {line}\n")
}

#[tokio::test(start_paused = true)]
async fn a_step_waits_as_long_as_it_says() {
    let coming = |lapse: &str, after| {
        let story = within(&format!("receives within {lapse}:\n\t<message id='1'/>"));
        play(&story)
            .later(after, SENT, "romeo", "<message id='1'/>")
            .perform()
    };
    coming("20 s", SECOND * 19).await.passed();
    let late = coming("20 s", SECOND * 21).await;
    let waited = SECOND * 20;
    assert_eq!(late.failure().reason, Reason::Timeout { waited });
    assert_took(late.duration(2), waited);
    let late = coming("1 s", SECOND * 2).await;
    assert_took(late.duration(2), SECOND);
    assert_eq!(late.failure().reason, Reason::Timeout { waited: SECOND });
}

#[tokio::test(start_paused = true)]
async fn a_silence_lasts_as_long_as_it_says() {
    for line in [
        "receives within 3 s: nothing",
        "receives nothing within 3 s",
        "does not receive within 3 s:\n\t<message/>",
    ] {
        let coming = |after| {
            let played = play(&within(line)).later(after, SENT, "romeo", "<message id='1'/>");
            played.perform()
        };
        let quiet = coming(SECOND * 4).await;
        assert_took(quiet.passed().duration(2), SECOND * 3);
        let disturbed = coming(SECOND * 2).await;
        assert_took(disturbed.duration(2), SECOND * 2);
        assert_eq!(candidates(disturbed.failure()), ["1"]);
    }
}

#[tokio::test(start_paused = true)]
async fn silences_of_other_times_wait_by_themselves() {
    let story = within(
        "does not receive within 2 s:\n\t<message/>\nRomeo does not receive:\n\t<presence/>",
    );
    let played = play(&story).perform().await;
    assert_took(played.passed().duration(2), SECOND * 2);
    assert_took(played.duration(3), QUIET);
}

#[tokio::test(start_paused = true)]
async fn an_either_waits_as_long_as_its_most_patient_step() {
    let story = "Romeo connects
Romeo sends:
	<message id='m'/>
Either
	Romeo receives within 20 s:
		<message id='1'/>
or
	Romeo receives:
		<message id='2'/>
	Romeo receives within 2 s: nothing
";
    let coming = |after, xml: &str| play(story).later(after, SENT, "romeo", xml).perform();
    let patient = coming(SECOND * 19, "<message id='1'/>").await;
    assert_eq!(patient.chosen(), ["alternative 1"]);
    let late = coming(SECOND * 21, "<message id='1'/>").await;
    assert_eq!(late.failure().reason, Reason::NoneHolds);
    assert_took(late.duration(2), SECOND * 20);
    let second = coming(Duration::ZERO, "<message id='2'/>").await;
    assert_eq!(second.chosen(), ["alternative 2"]);
    assert_took(second.duration(3), SECOND * 2);
}

#[tokio::test(start_paused = true)]
async fn a_wait_lets_time_pass_when_the_others_are_settled() {
    let story = "Romeo and Juliet connect
Romeo sends:
	<message id='m'/>
Juliet waits 2 s
Romeo receives: nothing
";
    let coming = |after| {
        play(story)
            .later(after, SENT, "romeo", "<message id='1'/>")
            .perform()
    };
    let played = coming(SECOND * 3).await;
    assert_took(played.passed().duration(3), SECOND * 2);
    assert_lines(
        &played.server.log()[2..5],
        &[
            "romeo: <message id='m'/>",
            "romeo pings localhost",
            "romeo pings localhost",
        ],
    );
    // What comes meanwhile is there afterwards.
    let played = coming(SECOND).await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
    assert_eq!(candidates(played.failure()), ["1"]);
}

#[tokio::test(start_paused = true)]
async fn a_wait_can_be_interrupted() {
    let played = play("Romeo connects\nRomeo waits 10 min\n");
    let played = played.interrupted_after(SECOND).perform().await;
    assert_took(played.duration(1), SECOND);
    assert_eq!(played.statuses(), ["passed", "errored"]);
}
