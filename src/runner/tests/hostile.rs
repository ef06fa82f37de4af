//! A server that is hostile or broken while a play goes on: the run ends, in bounded time and memory, and what the
//! server did is the server's failure.

use std::time::Duration;

use super::super::{Keep, Reason, RunErrorKind};
use super::fake_server::{
    BLANKS, BOTTOMLESS, ENDLESS, FLOOD, FOOTER, HANG_UP, NO_UTF8, Pong, SLOWLY, Welcome,
};
use super::stage::{PATIENCE, Performed, Play, assert_took, play};
use crate::plan::{PlanOptions, Receiving};
use crate::report::Verbosity;
use crate::verdict::Verdict;
use crate::xmpp::Limits;
use crate::xmpp::testing::{STREAM_ERRORS, stream_error};

/// Little enough for a test to reach it soon.
pub(super) const SMALL: Limits = Limits {
    depth: 64,
    bytes: 64 * 1024,
    stream: 512 * 1024,
};

/// Romeo waits for a message, and this is what the server does.
fn waiting(said: &str) -> Play {
    expecting("receives:\n\t<message id='wanted'/>", said)
}

fn expecting(expectation: &str, said: &str) -> Play {
    play(&format!(
        "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo {expectation}\n"
    ))
    .on("<presence/>", "romeo", said)
}

/// The stream is closed with these words, which is the server's failure, and known at once.
#[track_caller]
fn closed(played: &Performed, words: &str) {
    let failure = played.failure();
    let Reason::Closed { how } = &failure.reason else {
        panic!("{words}: {:?}", failure.reason);
    };
    assert!(how.to_string().contains(words), "{how} has no {words}");
    assert_took(played.outcome.duration, Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn what_is_no_stream_of_stanzas_is_a_failure_at_once() {
    for (said, words) in [
        (NO_UTF8, "utf-8"),
        ("\0", "not well-formed XML"),
        ("\u{feff}", "text outside of any element"),
        ("HTTP/1.1 200 OK\r\n", "text outside of any element"),
        ("<message a='1' a='2'/>", "duplicate attribute"),
        ("<message>&#0;</message>", "not well-formed XML"),
        ("<message", HANG_UP_WORDS),
        ("<message><body>half", HANG_UP_WORDS),
        ("", HANG_UP_WORDS),
        ("<!DOCTYPE message>", "not well-formed XML"),
        (
            "<!DOCTYPE m [<!ENTITY a 'ha'><!ENTITY b '&a;&a;'>]>",
            "not well-formed XML",
        ),
        ("<message>&b;</message>", "not well-formed XML"),
        ("<?xml-stylesheet href='x'?>", "not well-formed XML"),
        ("<?xml version='1.0'?>", "not well-formed XML"),
        ("<message><!-- hush --></message>", "not well-formed XML"),
        (
            "<stream:stream xmlns='jabber:client' version='1.0'>",
            "a second stream header",
        ),
        (FOOTER, "the server closed the stream"),
        ("<message></stream:stream>", "not well-formed XML"),
    ] {
        let played = waiting(said).on("<presence/>", "romeo", HANG_UP);
        closed(&played.perform().await, words);
    }
}

/// How a connection that ends without a word is told of.
const HANG_UP_WORDS: &str = "the connection was lost: it ended without </stream:stream>";

#[tokio::test(start_paused = true)]
async fn a_stream_error_is_a_failure_that_names_its_condition() {
    for condition in STREAM_ERRORS {
        let played = waiting(&stream_error(condition, "says who"))
            .perform()
            .await;
        closed(&played, &format!("stream error {condition}: says who"));
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_error_without_a_known_condition_is_one_all_the_same() {
    for (error, words) in [
        ("<stream:error/>", "stream error undefined-condition"),
        (
            "<stream:error><oops xmlns='urn:own'/></stream:error>",
            "stream error undefined-condition",
        ),
        (
            "<stream:error><novel xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>",
            "stream error novel",
        ),
        (
            "<stream:error><see-other-host xmlns='urn:ietf:params:xml:ns:xmpp-streams'>verona:5222\
             </see-other-host></stream:error>",
            "stream error see-other-host: verona:5222",
        ),
    ] {
        closed(&waiting(error).perform().await, words);
    }
}

/// What a server can send without end, and the option by which it ends.
const EXCESSES: [(&str, &str); 4] = [
    (ENDLESS, "65536 bytes, the limit set by --max-stanza-size"),
    (BOTTOMLESS, "64 levels, the limit set by --max-depth"),
    (
        FLOOD,
        "added for each element, the limit set by --max-stream-size",
    ),
    (BLANKS, "the limit set by --max-stream-size"),
];

#[tokio::test(start_paused = true)]
async fn what_has_no_end_is_ended_by_a_limit_that_is_named() {
    for (said, words) in EXCESSES {
        for expectation in [
            "receives:\n\t<message id='wanted'/>",
            "receives in any order:\n\t<message id='wanted'/>\n\t<presence/>",
            "receives:\n\t<iq type='result' id='wanted'/>",
        ] {
            let played = expecting(expectation, said).limits(SMALL);
            closed(&played.perform().await, words);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn where_nothing_may_come_what_has_no_end_is_a_failure() {
    for (said, words) in EXCESSES {
        let played = expecting("receives: nothing", said).limits(SMALL);
        let played = played.perform().await;
        match said {
            FLOOD => assert_eq!(played.failure().reason, Reason::Unwanted),
            _ => closed(&played, words),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_flood_to_one_does_not_keep_another_from_acting() {
    for (said, words) in EXCESSES {
        let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<message id='1'/>
Juliet receives:
	<message id='2'/>
Romeo receives:
	<message id='wanted'/>
";
        let played = play(story)
            .on("<presence/>", "romeo", said)
            .on("<message id='1'", "juliet", "<message id='2'/>")
            .limits(SMALL);
        let played = played.perform().await;
        assert_eq!(played.statuses()[3..], ["passed", "passed", "failed"]);
        closed(&played, words);
    }
}

#[tokio::test(start_paused = true)]
async fn the_limits_are_sane_by_default() {
    let limits = Limits::default();
    for (said, words) in [
        (ENDLESS, limits.bytes.to_string()),
        (BOTTOMLESS, limits.depth.to_string()),
    ] {
        closed(&waiting(said).perform().await, &words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stanza_as_deep_as_can_be_allowed_is_shown() {
    let depth = Limits::MAX_DEPTH;
    let deep = format!(
        "<message>{}{}</message>",
        "<a xmlns='urn:a'>".repeat(depth - 1),
        "</a>".repeat(depth - 1)
    );
    let limits = Limits {
        depth,
        ..Limits::default()
    };
    let screen = waiting(&deep).limits(limits).screen(Verbosity::Normal);
    let screen = screen.await;
    assert!(
        screen.contains("received one stanza, which does not match"),
        "{screen}"
    );
    assert!(screen.contains("1995 lines that do not differ"), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_flood_that_ends_with_what_is_expected_is_stood() {
    let said = "<message id='unasked'/>".repeat(200_000) + "<message id='wanted'/>";
    let outcome = waiting(&said).keep(Keep::Last).perform_only().await;
    assert_eq!(outcome.verdict(), Verdict::Passed);
    assert_eq!(outcome.unexpected.len(), 200_000);
}

#[tokio::test(start_paused = true)]
async fn what_comes_too_slowly_has_not_come() {
    for said in [
        &format!("{SLOWLY}<message id='wanted'/>"),
        "<message id='wanted'",
        "<message id='wanted'><body>half",
        " ",
        "",
    ] {
        let played = waiting(said).perform().await;
        let reason = &played.failure().reason;
        assert_eq!(*reason, Reason::Timeout { waited: PATIENCE }, "{said}");
        assert_took(played.duration(2), PATIENCE);
        assert!(played.outcome.duration < PATIENCE * 2);
    }
}

#[tokio::test(start_paused = true)]
async fn keepalives_are_nothing() {
    let mut waited = waiting(" ");
    let mut quiet = expecting("receives: nothing", " ");
    for tenth in 1..20 {
        let after = Duration::from_millis(tenth * 100);
        waited = waited.later(after, "<presence/>", "romeo", "\n \t");
        quiet = quiet.later(after, "<presence/>", "romeo", "\r\n");
    }
    let after = Duration::from_secs(3);
    let waited = waited.later(after, "<presence/>", "romeo", "<message id='wanted'/>");
    assert!(waited.perform().await.passed().unexpected().is_empty());
    quiet.perform().await.passed();
}

/// Romeo waits for two messages, one after the other.
fn two(said: &str) -> Play {
    expecting(
        "receives:\n\t<message id='1'/>\nRomeo receives:\n\t<message id='2'/>",
        said,
    )
}

fn strict() -> PlanOptions {
    PlanOptions {
        receiving: Some(Receiving::Next),
        ..PlanOptions::default()
    }
}

/// Stanzas that come twice, in another order, or not at all.
const DISORDER: [(&str, &str); 5] = [
    (
        "twice",
        "<message id='1'/><message id='1'/><message id='2'/>",
    ),
    ("the other way round", "<message id='2'/><message id='1'/>"),
    (
        "with another",
        "<message id='1'/><message id='x'/><message id='2'/>",
    ),
    ("only the first", "<message id='1'/>"),
    ("only the second", "<message id='2'/>"),
];

#[tokio::test(start_paused = true)]
async fn disorder_is_stood_where_the_script_leaves_it_open_and_a_loss_is_not() {
    for (how, said) in DISORDER {
        let played = two(said).perform().await;
        if how.starts_with("only") {
            let reason = &played.failure().reason;
            assert_eq!(*reason, Reason::Timeout { waited: PATIENCE }, "{how}");
        } else {
            played.passed();
        }
    }
}

#[tokio::test(start_paused = true)]
async fn disorder_is_a_failure_where_the_script_is_strict() {
    for (how, said) in DISORDER {
        let played = two(said).options(strict()).perform().await;
        let wanted = match how {
            "only the first" => Reason::Timeout { waited: PATIENCE },
            _ => Reason::NotNext,
        };
        assert_eq!(played.failure().reason, wanted, "{how}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_is_stood_as_long_as_the_patience_lasts() {
    for (seconds, in_time) in [(4, true), (6, false)] {
        let after = Duration::from_secs(seconds);
        let played = waiting(" ").later(after, "<presence/>", "romeo", "<message id='wanted'/>");
        let played = played.perform().await;
        match in_time {
            true => drop(played.passed()),
            false => assert_took(played.duration(2), PATIENCE),
        }
        assert_eq!(played.outcome.ended_at().is_none(), in_time);
    }
}

#[tokio::test(start_paused = true)]
async fn a_second_answer_is_unwanted_where_nothing_may_come() {
    let story = "Romeo connects
Romeo sends:
	<iq type='get' id='1'/>
Romeo receives:
	<iq type='result' id='1'/>
Romeo receives: nothing
";
    let said = "<iq type='result' id='1'/><iq type='result' id='1'/>";
    let played = play(story).on("<iq", "romeo", said).perform().await;
    played.failed_at_once(&Reason::Unwanted);
}

/// Juliet acts after Romeo, so that the server is asked whether it is done.
const ONE_AFTER_THE_OTHER: &str = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<presence/>
Juliet receives: nothing
Romeo receives: nothing
";

#[tokio::test(start_paused = true)]
async fn a_flush_is_answered_late_or_twice_and_that_is_seen_by_nobody() {
    for pong in [
        Pong::Twice,
        Pong::After(Duration::from_secs(4)),
        Pong::Error,
    ] {
        let played = play(ONE_AFTER_THE_OTHER).pong("localhost", pong);
        let played = played.perform().await;
        assert!(played.passed().unexpected().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_flush_that_is_never_answered_is_a_failure_of_what_was_sent() {
    for after in [None, Some(PATIENCE + Duration::from_secs(1))] {
        let pong = after.map_or(Pong::Silence, Pong::After);
        let played = play(ONE_AFTER_THE_OTHER).pong("localhost", pong);
        let played = played.perform().await;
        assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
        assert_took(played.duration(3), PATIENCE);
        assert!(played.outcome.duration < PATIENCE * 2);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_breaks_has_no_flush_to_answer_and_who_receives_on_it_is_told() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Juliet sends:
	<message/>
Romeo receives:
	<message id='wanted'/>
";
    for (said, words) in [
        (NO_UTF8, "utf-8"),
        (HANG_UP, HANG_UP_WORDS),
        (FOOTER, "closed the stream"),
    ] {
        let played = play(story).on("<presence/>", "romeo", said);
        let played = played.pong("localhost", Pong::Silence).perform().await;
        assert_eq!(played.statuses()[3..], ["passed", "failed"]);
        closed(&played, words);
    }
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_breaks_while_something_is_sent_is_a_failure_of_who_receives() {
    let long = "so long ".repeat(1000);
    let story = format!(
        "Romeo connects
Romeo sends:
	<presence/>
	<message><body>{long}</body></message>
Romeo receives:
	<message id='wanted'/>
"
    );
    let played = play(&story).on("<presence/>", "romeo", HANG_UP);
    let played = played.pipe(1024).perform().await;
    assert_eq!(played.statuses(), ["passed", "passed", "failed"]);
    closed(&played, HANG_UP_WORDS);
}

/// Romeo's last step is to send something, and this is what the server does before it or while he does.
async fn final_sends(said: &str, pipe: Option<usize>) -> Performed {
    let story = format!(
        "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
	<message><body>{}</body></message>
Juliet sends:
	<message id='2'/>
",
        "so long ".repeat(1000)
    );
    let played = play(&story).on("<presence/>", "romeo", said);
    let played = match pipe {
        Some(size) => played.pipe(size),
        None => played,
    };
    played.perform().await
}

#[tokio::test(start_paused = true)]
async fn last_words_over_a_stream_that_breaks_are_a_failure() {
    for (said, words) in [(NO_UTF8, "utf-8"), (HANG_UP, HANG_UP_WORDS)] {
        for pipe in [None, Some(1024)] {
            let played = final_sends(said, pipe).await;
            let statuses = ["passed", "passed", "failed", "passed"];
            assert_eq!(played.statuses(), statuses);
            let Reason::Broken { how } = &played.failure().reason else {
                panic!("{:?}", played.failure().reason);
            };
            assert!(how.to_string().contains(words), "{how}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn last_words_over_a_stream_that_the_server_ends_by_its_rights_are_none() {
    for said in [FOOTER, &stream_error("conflict", "replaced")] {
        final_sends(said, None).await.passed();
    }
}

#[tokio::test(start_paused = true)]
async fn a_login_that_comes_to_nothing_is_no_failure_however_it_does() {
    for welcome in [
        Welcome::Refusal,
        Welcome::Silence,
        Welcome::Footer,
        Welcome::HangUp,
    ] {
        let played = waiting("").welcome("romeo", welcome).perform().await;
        assert!(matches!(&*played.error().kind, RunErrorKind::Connect(_)));
        assert!(played.outcome.duration < PATIENCE * 2);
    }
}

/// It is seen at once that one of them is missing, however alike the others are.
#[tokio::test(start_paused = true)]
async fn children_that_are_alike_are_not_too_many_to_compare() {
    let alike = |count| "<a k='1'/>".repeat(count);
    let expected = format!("<x xmlns='urn:x'>{}<a k='2'/></x>", alike(600));
    let story = format!(
        "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo receives:\n\t<message>{expected}</message>\n"
    );
    let came = format!("<message><x xmlns='urn:x'>{}</x></message>", alike(3000));
    let played = play(&story).on("<presence/>", "romeo", came);
    let played = played.perform().await;
    let nearest = &played.failure().candidates[0];
    assert_eq!(
        nearest.differences[0].rule,
        crate::matcher::Rule::ChildMissing
    );
}
