//! Faults that a run puts in: the step at hand is judged by what they make of what comes, and the story goes on with it.

use super::super::{Reason, Tampered};
use super::stage::{Performed, Play, play};

const STORY: &str = "Romeo connects
Juliet connects
Juliet sends:
	<presence/>
Romeo receives in this order:
	<message id='1' from='juliet@localhost'><body>one</body></message>
	<message id='2' from='juliet@localhost'/>
Romeo receives:
	<iq type='result' id='$<id>' from='localhost'/>
Juliet does not receive:
	<message id='3' from='romeo@localhost'/>
";

const CAME: &str = "<message id='1' from='juliet@localhost'><body>one</body></message>\
                    <message id='2' from='juliet@localhost'/>\
                    <iq type='result' id='9' from='localhost'/>";

async fn played(tags: &'static str, fault: (&'static str, usize, &'static str)) -> Performed {
    let (actor, line, fault) = fault;
    let play: Play = play(STORY).tagged(tags).on("<presence/>", "romeo", CAME);
    play.fault(actor, line, fault).perform().await
}

/// The fault is put in, and a step fails.
async fn assert_noticed(tags: &'static str, fault: (&'static str, usize, &'static str)) {
    let played = played(tags, fault).await;
    let tampered = played.outcome.tampered.clone();
    assert!(
        tampered.is_some_and(|fault| fault.is_put_in),
        "{fault:?} is not put in"
    );
    assert!(played.outcome.ended_at().is_some(), "{fault:?} survives");
}

#[tokio::test(start_paused = true)]
async fn what_a_step_reads_is_noticed() {
    for fault in [
        ("Romeo", 5, "missing"),
        ("Romeo", 5, "missing message[2]"),
        ("Romeo", 5, "sender"),
        ("Romeo", 5, "attribute message@id"),
        ("Romeo", 5, "attribute message[2]@id"),
        ("Romeo", 5, "text message/body"),
        ("Romeo", 5, "child message/body"),
        ("Romeo", 5, "swapped"),
        ("Romeo", 8, "missing"),
        ("Romeo", 8, "error-for-result"),
        ("Romeo", 8, "sender"),
        ("Juliet", 10, "forbidden"),
    ] {
        assert_noticed("", fault).await;
    }
}

#[tokio::test(start_paused = true)]
async fn what_a_complete_script_does_not_expect_is_noticed() {
    for fault in [
        ("Romeo", 5, "twice"),
        ("Romeo", 8, "twice"),
        ("Romeo", 8, "elsewhere"),
        ("Romeo", 8, "elsewhere to Juliet"),
    ] {
        assert_noticed("## complete", fault).await;
        let survived = played("", fault).await;
        survived.passed();
        let tampered = survived.outcome.tampered.clone();
        assert!(tampered.is_some_and(|fault| fault.is_put_in));
    }
}

#[tokio::test(start_paused = true)]
async fn the_story_goes_on_with_what_came() {
    let story = "Romeo connects
Juliet connects
Juliet sends:
	<presence/>
Romeo receives:
	<message id='$<id>'/>
Romeo sends:
	<message to='juliet@localhost' id='${id}'/>
Romeo receives:
	<message id='$<other:not id>'/>
";
    let played = play(story).on("<presence/>", "romeo", "<message id='1'/><message id='2'/>");
    let played = played.fault("Romeo", 5, "missing").perform().await;
    assert_eq!(
        played.failure().candidates.len(),
        0,
        "the other one was taken"
    );
    let reason = &played.failure().reason;
    assert!(matches!(reason, Reason::Timeout { .. }), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn that_a_fault_is_put_in_is_told() {
    let played = played("", ("Romeo", 8, "twice")).await;
    let told = played
        .events
        .iter()
        .filter(|event| event.contains("is put in"));
    assert_eq!(told.count(), 1, "{:?}", played.events);
    let text = played.outcome.tampered.map(|Tampered { fault, .. }| fault);
    assert!(text.unwrap().ends_with(": twice"));
}

#[tokio::test(start_paused = true)]
async fn a_fault_of_a_step_that_is_not_reached_is_not_put_in() {
    let played = play(STORY).fault("Romeo", 8, "twice").perform().await;
    let tampered = played.outcome.tampered.unwrap();
    assert!(!tampered.is_put_in);
}
