//! What breaks a stream, and a server that answers no more, where nothing else would tell: plays that would come to less
//! than a failure, as they deviate or are not tested, and streams over which nothing is asked.

use std::time::Duration;

use super::super::Reason;
use super::clauses::{CRASHES, HEAD, with_levels};
use super::fake_server::{FOOTER, HANG_UP, NO_UTF8, Pong, Welcome};
use super::stage::{PATIENCE, Performed, Play, assert_took, play};
use super::unbound::AUTH;
use crate::clauses::Level;
use crate::plan::Enforced;
use crate::report::{ScriptReport, Verbosity};
use crate::verdict::Verdict;

/// Romeo asks for something that is only recommended.
const RECOMMENDED: &str = "Romeo and Juliet connect
Juliet sends:
	<presence/>
Romeo sends:
	<iq type='get' id='ask'><query xmlns='urn:x'/></iq>
# § 1 [aaaa] it answers
Romeo receives:
	<iq type='result' id='ask'/>
";

/// The same before anything is tested.
fn prepared() -> String {
    prepared_for("Romeo receives:\n\t<message/>\n")
}

fn prepared_for(story: &str) -> String {
    let asks = RECOMMENDED.replace("# § 1 [aaaa] it answers\n", "");
    format!("Prologue\n{asks}Story\n{story}")
}

const REFUSED: &str = "<iq type='error' id='ask'><error type='cancel'><forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>";

/// A play in which all that clauses say is recommended.
fn recommending(story: &str) -> Play {
    with_levels(
        play(story).tagged(HEAD),
        Enforced::Must,
        &[('a', Level::Should)],
    )
}

/// Both plays, with what they come to in front of a server that lives.
fn lesser() -> [(Play, Verdict); 2] {
    let deviates = recommending(RECOMMENDED);
    let is_moot = play(&prepared());
    [(deviates, Verdict::Deviated), (is_moot, Verdict::NotTested)]
}

/// The same if they would go on so.
fn lesser_before(rest: &str) -> [(Play, Verdict); 2] {
    let deviates = recommending(&format!("{RECOMMENDED}{rest}"));
    let is_moot = play(&prepared_for(rest));
    [(deviates, Verdict::Deviated), (is_moot, Verdict::NotTested)]
}

/// What a play came to, what it came to at first, and by which step it failed.
fn came(played: &Performed) -> (Verdict, Option<Verdict>, usize) {
    let outcome = &played.outcome;
    let first = outcome.failed_first().map(|(_, _, verdict)| verdict);
    let ended = outcome.ended_at().expect("it must not have passed");
    (outcome.verdict(), first, ended.step)
}

/// Whether the runner has asked the server over Romeo's stream.
fn has_asked(played: &Performed) -> bool {
    let log = played.server.log();
    log.contains(&"romeo pings localhost".to_owned())
}

#[tokio::test(start_paused = true)]
async fn a_server_that_lives_does_no_more_than_that() {
    for (play, verdict) in lesser() {
        let played = play.on("id='ask'", "romeo", REFUSED).perform().await;
        assert_eq!(came(&played), (verdict, None, 4));
    }
}

#[tokio::test(start_paused = true)]
async fn another_stream_that_broke_is_a_failure() {
    for crash in [HANG_UP, NO_UTF8, "<message></a>", "<messa"] {
        for (play, verdict) in lesser() {
            let play = play.on("id='ask'", "juliet", crash);
            let play = match crash {
                "<messa" => play.on("id='ask'", "juliet", HANG_UP),
                _ => play,
            };
            let played = play.on("id='ask'", "romeo", REFUSED).perform().await;
            assert_eq!(came(&played), (Verdict::Failed, Some(verdict), 2));
            let wanted = ["passed", "passed", "failed", "passed", "failed"];
            assert_eq!(played.statuses()[..5], wanted, "{crash}");
            assert!(matches!(played.failure().reason, Reason::Broken { .. }));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_stream_may_end_behind_the_answer_that_is_still_needed() {
    for (crash, who) in CRASHES
        .iter()
        .flat_map(|crash| [(crash, "romeo"), (crash, "juliet")])
    {
        for (play, verdict) in lesser_before("Juliet and Romeo receive: nothing\n") {
            let play = play.on("id='ask'", "romeo", REFUSED);
            let played = play.on("id='ask'", who, *crash).perform().await;
            let step = if who == "romeo" { 3 } else { 2 };
            assert_eq!(came(&played), (Verdict::Failed, Some(verdict), step));
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_is_not_needed_any_more_may_end_in_due_form_as_where_a_play_passes() {
    let own_end = "Juliet is disconnected\nRomeo is disconnected\n";
    let rests = [
        "Juliet and Romeo disconnect\n",
        "Juliet and Romeo connect\n",
        own_end,
    ];
    let sends = "Juliet and Romeo send:\n\t<presence/>\n";
    for (crash, rest) in rests
        .into_iter()
        .chain([sends])
        .flat_map(|rest| CRASHES.map(|crash| (crash, rest)))
    {
        let is_rightful = crash.contains(FOOTER);
        for who in ["romeo", "juliet"] {
            for (play, verdict) in lesser_before(rest) {
                let play = play.on("id='ask'", "romeo", REFUSED);
                let played = play.on("id='ask'", who, crash).perform().await;
                let is_lost = rest == own_end && crash == HANG_UP;
                let verdict = if is_rightful || is_lost {
                    verdict
                } else {
                    Verdict::Failed
                };
                assert_eq!(came(&played).0, verdict, "{who}: {crash}{rest}");
            }
        }
        let result = "<iq type='result' id='ask'/>";
        let passing = play(&format!("{RECOMMENDED}{rest}")).on("id='ask'", "romeo", result);
        let passing = passing.on("id='ask'", "juliet", crash);
        if is_rightful && rest != own_end {
            passing.perform().await.passed();
        }
    }
    let head = "## xep: 0045\n## complete\n";
    let complete = with_levels(
        play(RECOMMENDED).tagged(head),
        Enforced::Must,
        &[('a', Level::Should)],
    );
    let complete = complete.on("id='ask'", "romeo", REFUSED);
    let played = complete.on("id='ask'", "juliet", FOOTER).perform().await;
    assert_eq!(came(&played).0, Verdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn a_stream_may_end_where_its_actor_expects_that() {
    let either = "Either\n\tRomeo receives:\n\t\t<message/>\nor\n\tRomeo is disconnected\n";
    let last = "Romeo receives:\n\t<message/>\n\t</stream:stream>\n";
    let ends = ["Romeo is disconnected\n", either, last];
    let between = "Juliet sends:\n\t<presence/>\n";
    for end in ends {
        for crash in [HANG_UP, FOOTER] {
            let story = format!("{RECOMMENDED}{between}{end}");
            let play = recommending(&story).on("id='ask'", "romeo", REFUSED);
            let played = play.on("id='ask'", "romeo", crash).perform().await;
            assert_eq!(came(&played), (Verdict::Deviated, None, 4), "{end}");
        }
        let story = format!("{RECOMMENDED}{between}{end}");
        let play = recommending(&story).on("id='ask'", "romeo", REFUSED);
        let played = play.on("id='ask'", "romeo", "</a>").perform().await;
        assert_eq!(came(&played).0, Verdict::Failed, "{end}");
    }
    let ended = "Juliet connects\nJuliet sends text:\n\t</stream:stream>\n";
    let story = RECOMMENDED.replace(
        "Romeo and Juliet connect\n",
        &format!("Romeo connects\n{ended}"),
    );
    let story = story.replace("Juliet sends:\n\t<presence/>\n", "");
    let played = recommending(&story)
        .on("id='ask'", "romeo", REFUSED)
        .perform()
        .await;
    assert_eq!(came(&played).0, Verdict::Deviated);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_answers_no_more_is_a_failure() {
    // Another actor's deed asks before.
    let alone = |story: &str| {
        let story = story.replace("Romeo and Juliet connect", "Romeo connects");
        story.replace("Juliet sends:\n\t<presence/>\n", "")
    };
    let deviates = recommending(&alone(RECOMMENDED));
    let is_moot = play(&alone(&prepared())).on("id='ask'", "romeo", REFUSED);
    for (play, verdict) in [(deviates, Verdict::Deviated), (is_moot, Verdict::NotTested)] {
        let played = play.pong("localhost", Pong::Silence).perform().await;
        assert_eq!(came(&played), (Verdict::Failed, Some(verdict), 1));
        assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
    }
    let silent = "Romeo connects\n# § 1 [aaaa]\nRomeo receives:\n\t<message/>\n";
    let silent = recommending(silent).pong("localhost", Pong::Silence);
    assert_eq!(
        came(&silent.perform().await),
        (Verdict::Failed, Some(Verdict::Deviated), 0)
    );
}

#[tokio::test(start_paused = true)]
async fn both_are_told_also_where_they_are_of_one_step() {
    let story = "Romeo connects\n# § 1 [aaaa]\nRomeo sends:\n\t<presence/>\n# § 1 [aaaa]\nRomeo receives:\n\t<message id='1'/>\n";
    let play = with_levels(
        play(story).tagged("## xep: 0045\n## complete\n"),
        Enforced::Must,
        &[('a', Level::Should)],
    );
    let twice = "<message id='1'/><message id='1'/>";
    let play = play
        .on("<presence", "romeo", twice)
        .pong("localhost", Pong::OnlyFirst);
    let played = play.perform().await;
    assert_eq!(came(&played), (Verdict::Failed, Some(Verdict::Deviated), 1));
    assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
}

#[tokio::test(start_paused = true)]
async fn who_must_not_be_asked_is_not() {
    let begin = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let inactive = format!("{begin}\t<inactive xmlns='urn:xmpp:csi:0'/>\n");
    let raw = "Romeo connects\nRomeo sends text:\n\t<presence/>\n".to_owned();
    let none = "## xep: 0045\n## sync: none\n";
    for (head, begin) in [(HEAD, inactive), (HEAD, raw), (none, begin.to_owned())] {
        let story = format!("{begin}# § 1 [aaaa]\nRomeo receives:\n\t<message/>\n");
        let play = with_levels(
            play(&story).tagged(head),
            Enforced::Must,
            &[('a', Level::Should)],
        );
        let played = play.pong("localhost", Pong::Silence).perform().await;
        assert_eq!(came(&played), (Verdict::Deviated, None, 2), "{begin}");
        assert_took(played.outcome.story_end.at, PATIENCE);
        assert!(!has_asked(&played));
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_element_is_a_failure_where_nobody_is_asked() {
    let story = RECOMMENDED.replace(
        "\t<presence/>\n",
        "\t<presence/>\n\t<inactive xmlns='urn:xmpp:csi:0'/>\n",
    );
    let play = recommending(&story).on("<presence", "juliet", "<messa");
    let played = play.on("id='ask'", "romeo", REFUSED).perform().await;
    assert_eq!(came(&played), (Verdict::Failed, Some(Verdict::Deviated), 2));
}

#[tokio::test(start_paused = true)]
async fn what_is_a_failure_anyway_is_not_looked_at_more_closely() {
    let play = with_levels(
        play(RECOMMENDED).tagged(HEAD),
        Enforced::Should,
        &[('a', Level::Should)],
    );
    let play = play.on("id='ask'", "romeo", REFUSED);
    let played = play.on("id='ask'", "juliet", "</a>").perform().await;
    assert_eq!(came(&played), (Verdict::Failed, None, 4));
    assert!(!has_asked(&played));
}

#[tokio::test(start_paused = true)]
async fn an_interrupted_run_does_not_ask_on() {
    let story = RECOMMENDED.replace("Romeo and Juliet connect", "Romeo connects");
    let story = story.replace("Juliet sends:\n\t<presence/>\n", "");
    let soon = PATIENCE + Duration::from_secs(1);
    let play = recommending(&story).pong("localhost", Pong::Silence);
    let played = play.interrupted_after(soon).perform().await;
    assert_eq!(came(&played), (Verdict::Deviated, None, 2));
    assert_took(played.outcome.story_end.at, soon);
}

#[tokio::test(start_paused = true)]
async fn the_page_tells_both_and_no_departure_excuses_it() {
    let head = "## xep: 0045\n## departs: Globe: no answer\n";
    let play = with_levels(
        play(RECOMMENDED).tagged(head),
        Enforced::Must,
        &[('a', Level::Should)],
    );
    let play = play.on("id='ask'", "romeo", REFUSED);
    let play = play.on("id='ask'", "juliet", "</a>");
    let screen = play.screen(Verbosity::Normal).await;
    let broke = "error: Juliet did this on a stream that broke afterwards: the server sent not well-formed XML";
    assert!(screen.contains(broke), "{screen}");
    let first = "note: before, line 25 failed, which by itself is deviating: Romeo received an error in answer to the request: forbidden (cancel)";
    assert!(screen.contains(first), "{screen}");
    assert!(!screen.contains("known departure"), "{screen}");
}

/// A play in which the same is demanded, and of which a server is known to depart.
fn departing(story: &str) -> Play {
    play(&story.replace("# § 1 [aaaa] it answers\n", "")).tagged("## departs: Globe: no answer\n")
}

/// Whether the departure would excuse it: its report tells of it then.
async fn is_excused(play: Play) -> bool {
    let outcome = play.perform().await.outcome;
    !ScriptReport::in_short(&outcome, Duration::ZERO)
        .departures
        .is_empty()
}

#[tokio::test(start_paused = true)]
async fn a_known_departure_excuses_no_stream_that_broke_or_ended_besides() {
    let departs = || departing(RECOMMENDED).on("id='ask'", "romeo", REFUSED);
    assert_eq!(came(&departs().perform().await), (Verdict::Failed, None, 4));
    assert!(is_excused(departs()).await);
    for crash in CRASHES {
        let needed = format!("{RECOMMENDED}Juliet receives: nothing\n");
        let play = || {
            let play = departing(&needed).on("id='ask'", "romeo", REFUSED);
            play.on("id='ask'", "juliet", crash)
        };
        let played = play().perform().await;
        assert_eq!(came(&played), (Verdict::Failed, Some(Verdict::Failed), 2));
        assert!(!is_excused(play()).await, "{crash}");
    }
    let alone = RECOMMENDED.replace("Romeo and Juliet connect", "Romeo connects");
    let alone = alone.replace("Juliet sends:\n\t<presence/>\n", "");
    let deaf = || {
        let play = departing(&alone).on("id='ask'", "romeo", REFUSED);
        play.pong("localhost", Pong::Silence)
    };
    let played = deaf().perform().await;
    assert_eq!(came(&played), (Verdict::Failed, Some(Verdict::Failed), 1));
    assert!(!is_excused(deaf()).await);
    let screen = deaf().screen(Verbosity::Normal).await;
    let first = "note: before, line 21 failed: Romeo received an error in answer to the request";
    assert!(screen.contains(first), "{screen}");
}

#[tokio::test(start_paused = true)]
async fn a_known_departure_excuses_the_end_of_a_stream_where_that_is_what_is_tested() {
    let begins = "Romeo connects\nRomeo sends:\n\t<presence/>\n";
    let ends = |step: &str, crash: &str| {
        departing(&format!("{begins}{step}")).on("<presence", "romeo", crash)
    };
    let error =
        "<stream:error><conflict xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    for step in [
        format!("Romeo is disconnected:\n\t{error}\n"),
        format!(
            "Romeo receives:\n\t<stream:features><x xmlns='urn:x'/></stream:features>\nRomeo is disconnected:\n\t{error}\n"
        ),
        "Romeo receives:\n\t</stream:stream>\n".to_owned(),
        format!(
            "Either\n\tRomeo is disconnected:\n\t\t{error}\nor\n\tRomeo receives:\n\t\t<message/>\n"
        ),
    ] {
        assert!(is_excused(ends(&step, HANG_UP)).await, "{step}");
        if step.starts_with("Either") {
            continue;
        }
        for garbled in [NO_UTF8, "<a b<a b>"] {
            assert!(!is_excused(ends(&step, garbled)).await, "{step}{garbled}");
        }
        let half = ends(&step, "<messa").on("<presence", "romeo", HANG_UP);
        assert!(!is_excused(half).await, "{step}");
    }
    // Where the end of one stream is what is tested, another one may be what departs.
    let other = format!(
        "Romeo and Juliet connect\nRomeo sends:\n\t<presence/>\nEither\n\tJuliet receives:\n\t\t<message/>\nor\n\tRomeo is disconnected:\n\t\t{error}\n"
    );
    let garbled = departing(&other).on("<presence", "juliet", "<a b<a b>");
    assert!(is_excused(garbled).await);
    for step in [
        "Romeo receives:\n\t<message/>\n",
        "Romeo receives: nothing\n",
        "Juliet connects\n",
        "Either\n\tRomeo receives:\n\t\t<message/>\nor\n\tRomeo receives: nothing\n",
    ] {
        for crash in CRASHES {
            let play = || ends(step, crash);
            let is_lost = play().perform().await.outcome.ended_at().is_some();
            assert!(is_lost || step == "Juliet connects\n", "{step}{crash}");
            // That it says goodbye instead of an answer may be what is known.
            let is_by_rights = crash.ends_with(FOOTER) && step != "Juliet connects\n";
            assert_eq!(is_excused(play()).await, is_by_rights, "{step}{crash}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_known_departure_excuses_a_stream_error_in_the_place_of_an_answer() {
    let complete = || play(AUTH).tagged("## complete\n## departs: Globe: a stream error\n");
    let error = "<stream:error><not-authorized xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    let says = |said| complete().welcome("romeo", Welcome::Says(said));
    let played = says(error).perform().await;
    assert_eq!(came(&played), (Verdict::Failed, None, 2));
    assert!(is_excused(says(error)).await);
    assert!(!is_excused(says("<a b<a b>")).await);
}

#[tokio::test(start_paused = true)]
async fn a_known_departure_excuses_no_refused_set_up() {
    let refused = departing(&prepared()).on("id='ask'", "romeo", REFUSED);
    assert!(!is_excused(refused).await);
}

/// Stories whose last stream the runner does not ask, behind what begins them; each sends something first.
const UNASKED: [(&str, &str); 3] = [
    (
        "",
        "Romeo sends:\n\t<presence/>\n\t<inactive xmlns='urn:xmpp:csi:0'/>\n",
    ),
    ("", "Romeo sends text:\n\t<presence/>\n"),
    ("## sync: none", "Romeo sends:\n\t<presence/>\n"),
];

#[tokio::test(start_paused = true)]
async fn half_an_element_breaks_also_a_stream_that_is_not_asked() {
    for (tag, sends) in UNASKED {
        for leaves in ["", "Romeo disconnects\n"] {
            let story = format!("Romeo connects\n{sends}{leaves}");
            let half = play(&story).tagged(tag).on("<presence", "romeo", "<messa");
            let played = half.perform().await;
            assert!(matches!(played.failure().reason, Reason::Broken { .. }));
            assert_eq!(played.outcome.ended_at().unwrap().step, 1, "{story}");
            assert_took(played.outcome.story_end.at, PATIENCE);

            let late = Duration::from_secs(1);
            let whole = play(&story).tagged(tag).on("<presence", "romeo", "<messa");
            let whole = whole.later(late, "<presence", "romeo", "ge/>");
            let played = whole.perform().await;
            assert_took(played.passed().outcome.story_end.at, late);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn half_an_element_breaks_also_a_stream_over_which_nothing_was_asked() {
    let story = "Juliet connects\nRomeo connects\nRomeo sends:\n\t<iq type='get' id='ask'/>\nRomeo receives:\n\t<iq \
                 id='ask'/>\n";
    let answer = "<iq type='result' id='ask'/>";
    let asked = |said: &str| {
        play(story)
            .on("id='ask'", "juliet", said)
            .on("id='ask'", "romeo", answer)
    };
    let played = asked("<messa").perform().await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(played.statuses()[0], "failed");
    assert_took(played.outcome.story_end.at, PATIENCE);

    let late = Duration::from_secs(1);
    let whole = asked("<messa").later(late, "id='ask'", "juliet", "ge/><mess");
    let whole = whole.later(late * 2, "id='ask'", "juliet", "age/>");
    assert_took(
        whole.perform().await.passed().outcome.story_end.at,
        late * 2,
    );
    let half = asked("<messa").later(late, "id='ask'", "juliet", "ge/><mess");
    assert_took(half.perform().await.outcome.story_end.at, late + PATIENCE);
}

#[tokio::test(start_paused = true)]
async fn a_stream_over_which_there_is_no_end_to_what_comes_has_not_broken() {
    let mut play = play("Romeo connects\nRomeo sends text:\n\t<presence/>\n").on(
        "<presence",
        "romeo",
        "<messa",
    );
    for seconds in 1..60 {
        play = play.later(
            Duration::from_secs(seconds),
            "<presence",
            "romeo",
            "ge/><messa",
        );
    }
    assert_took(
        play.perform().await.passed().outcome.story_end.at,
        Duration::from_secs(3),
    );
}

#[tokio::test(start_paused = true)]
async fn who_drops_the_connection_hears_elements_out_before() {
    let story = "Romeo connects\nRomeo sends:\n\t<presence/>\nRomeo waits 10 ms\nRomeo drops the connection\n";
    let half = || play(story).on("<presence", "romeo", "<messa");
    let played = half().perform().await;
    assert!(matches!(played.failure().reason, Reason::Broken { .. }));
    assert_eq!(played.statuses(), ["passed", "failed", "passed", "not run"]);
    let late = Duration::from_secs(1);
    let whole = half().later(late, "<presence", "romeo", "ge/>");
    assert_took(whole.perform().await.passed().outcome.story_end.at, late);
}
