//! Faults that a run puts in: the step at hand is judged by what they make of what comes, and the story goes on with it.

use super::super::{Reason, Tampered};
use super::fake_server::Welcome;
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
async fn what_only_one_of_several_reads_is_noticed() {
    let one = "<message id='1'><body>one</body></message>";
    for story in [
        format!("<scansion:one-of>\n\t\t<presence/>\n\t\t{one}\n\t</scansion:one-of>"),
        "<message><scansion:one-of><subject/><body>one</body></scansion:one-of></message>"
            .to_owned(),
    ] {
        let story =
            format!("Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives:\n\t{story}\n");
        for fault in ["text", "child"] {
            let played = play(&story).on("<presence", "romeo", one);
            let played = played.fault("Romeo", 4, fault).perform().await;
            assert_eq!(came_of(&played), (true, true, false), "{fault} {story}");
        }
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

/// Whether a fault was put in, whether a step failed, and whether another alternative held.
fn came_of(played: &Performed) -> (bool, bool, bool) {
    let tampered = played.outcome.tampered.clone().unwrap();
    let has_failed = played.outcome.ended_at().is_some();
    (tampered.is_put_in, has_failed, tampered.is_lawful)
}

const ERROR: &str = "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/>\
                     </stream:error>";

#[tokio::test(start_paused = true)]
async fn the_end_of_a_stream_can_be_another_one() {
    let story =
        format!("Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo is disconnected:\n\t{ERROR}\n");
    let ends: &str = format!("{ERROR}</stream:stream>").leak();
    for fault in ["missing", "condition", "no-end", "child"] {
        let played = play(&story).on("<presence", "romeo", ends);
        let played = played.fault("Romeo", 4, fault).perform().await;
        assert_eq!(came_of(&played), (true, true, false), "{fault}");
    }
    let waits = "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo is disconnected\n";
    let played = play(waits).on("<presence", "romeo", ends);
    let played = played.fault("Romeo", 4, "no-end").perform().await;
    let reason = &played.failure().reason;
    assert!(matches!(reason, Reason::NotEnded { .. }), "{reason:?}");
}

#[tokio::test(start_paused = true)]
async fn a_refused_login_can_be_another_one() {
    let story = "Romeo is refused:
	<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>
";
    for fault in ["missing", "condition", "no-end", "child"] {
        let played = play(story).welcome("romeo", Welcome::Refusal);
        let played = played.fault("Romeo", 1, fault).perform().await;
        assert_eq!(came_of(&played), (true, true, false), "{fault}");
    }
}

const CHOICE: &str = "Romeo connects
Romeo sends:
	<presence/>
Either (an error)
	Romeo receives:
		<message type='error' id='1'/>
	Romeo does not receive:
		<message id='2'/>
or (silently ignored)
	Romeo receives: nothing
or (the end)
	Romeo is disconnected
";

#[tokio::test(start_paused = true)]
async fn an_alternative_that_holds_can_be_changed() {
    let error = "<message type='error' id='1'/>";
    for (came, line, fault, has_failed) in [
        (error, 5, "attribute message@id", true),
        (error, 5, "missing", false),
        (error, 7, "forbidden", true),
        ("", 10, "forbidden", true),
        ("</stream:stream>", 12, "no-end", true),
    ] {
        let played = play(CHOICE).on("<presence", "romeo", came);
        let played = played.fault("Romeo", line, fault).perform().await;
        let expected = (true, has_failed, !has_failed);
        assert_eq!(came_of(&played), expected, "{fault} in line {line}");
    }
    let other = play(CHOICE).on("<presence", "romeo", error);
    let other = other.fault("Romeo", 10, "forbidden").perform().await;
    assert_eq!(came_of(&other), (false, false, false));
}

/// As `doubt` makes it by a recording, whichever stanza that is.
#[tokio::test(start_paused = true)]
async fn what_must_not_come_is_what_was_sent_last_unless_a_rule_takes_it() {
    let story = |ignored: &str| {
        format!(
            "Romeo connects\nJuliet connects\nRomeo ignores:\n\t{ignored}\nJuliet sends:\n\t<iq type='get' id='ask'/>\n\
             Romeo receives: nothing\nRomeo does not receive:\n\t<presence/>\n\t<message id='1'/>\n"
        )
    };
    let ask = "<iq xmlns='jabber:client' from='juliet@localhost/stage-1' id='ask' to='romeo@localhost/stage-0' type='get'/>";
    let nothing = (7, "forbidden");
    for (ignored, (line, fault), came) in [
        ("<presence/>", nothing, Some(ask)),
        (
            "<iq/>",
            nothing,
            Some("<message xmlns='jabber:client' from='localhost'/>"),
        ),
        (
            "<iq/>\n\t<message/>",
            nothing,
            Some("<presence xmlns='jabber:client' from='localhost'/>"),
        ),
        ("<iq/>\n\t<message/>\n\t<presence/>", nothing, None),
        (
            "<iq/>",
            (8, "forbidden message"),
            Some("<message xmlns='jabber:client' id='1'/>"),
        ),
        ("<message/>", (8, "forbidden message"), None),
    ] {
        let more = ignored.matches('\n').count();
        let played = play(&story(ignored)).fault("Romeo", line + more, fault);
        let played = played.perform().await;
        let tampered = played.outcome.tampered.as_ref();
        assert!(
            tampered.is_some_and(|fault| fault.is_put_in == came.is_some()),
            "{ignored}"
        );
        let Some(came) = came else {
            played.passed();
            continue;
        };
        let culprit = &played.failure().candidates[0].element;
        let culprit = crate::xmpp::write_element(culprit);
        assert_eq!(attributes(&culprit), attributes(came), "{ignored}");
    }
}

/// The parts of a tag, whatever their order.
fn attributes(tag: &str) -> std::collections::BTreeSet<&str> {
    tag.trim_end_matches("/>").split(' ').collect()
}
