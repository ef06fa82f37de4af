//! `Prologue`, `Story` and `Epilogue`: what was not tested, what is forgotten, and what is cleared away.

use super::super::Reason;
use super::fake_server::{Farewell, Pong, Welcome};
use super::stage::{Performed, Play, QUIET, assert_took, play};
use crate::report::Verbosity;
use crate::verdict::Verdict;

const REFUSED: &str = "<presence from='room@localhost' type='error' id='1'><error type='auth'>\
                       <forbidden xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></presence>";

const SET_UP: &str = "Prologue
Romeo connects
Romeo sends:
	<presence to='room@localhost'/>
Romeo receives:
	<presence from='room@localhost' id='2'/>
Story
Romeo sends:
	<message/>
Epilogue
Romeo sends:
	<iq id='bye'/>
";

fn set_up(answer: &str) -> Play {
    play(SET_UP).on("<presence", "romeo", answer)
}

/// What the server heard of this.
fn heard(played: &Performed, what: &str) -> usize {
    let log = played.server.log();
    log.iter().filter(|line| line.contains(what)).count()
}

#[tokio::test(start_paused = true)]
async fn what_was_refused_to_the_prologue_is_not_tested() {
    let mut played = set_up(REFUSED).perform().await;
    assert_eq!(played.outcome.verdict(), Verdict::NotTested);
    assert_eq!(played.outcome.ended_at().unwrap().step, 2);
    assert_eq!(heard(&played, "<message"), 0);
    played.outcome.must_be_tested = true;
    assert_eq!(played.outcome.verdict(), Verdict::Failed);
    let screen = set_up(REFUSED).screen(Verbosity::Normal).await;
    assert!(screen.contains("\nmoot "), "{screen}");
    assert!(
        screen.contains("\n      the set-up was refused: forbidden, line 21\n"),
        "{screen}"
    );
}

#[tokio::test(start_paused = true)]
async fn any_other_failure_of_the_prologue_is_one() {
    for answer in [
        "",
        "<presence from='room@localhost' id='3'/>",
        "<message id='2'/>",
        "</stream:stream>",
    ] {
        let played = set_up(answer).perform().await;
        assert_eq!(played.outcome.verdict(), Verdict::Failed, "{answer}");
    }
    let expected = SET_UP.replace("id='2'/>", "type='error' id='1'/>");
    let play = play(&expected).on("<presence", "romeo", REFUSED);
    play.perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn an_error_about_something_else_refuses_nothing() {
    let error = |kind: &str, id: &str, from: &str| {
        format!("<{kind} from='{from}' id='{id}' type='error'><error type='cancel'/></{kind}>")
    };
    let iq = "Prologue\nRomeo connects\nRomeo sends:\n\t<iq type='get' id='a' to='b@localhost'/>\n\t\
              <iq type='set' id='b' to='localhost'/>\nRomeo receives:\n\t<iq type='result' id='b'/>\n\
              Story\nRomeo sends:\n\t<presence/>\n";
    for (answer, verdict) in [
        (error("iq", "a", "b@localhost"), Verdict::Failed),
        (error("iq", "b", "evil@localhost/x"), Verdict::Failed),
        (error("iq", "c", "localhost"), Verdict::Failed),
        (error("iq", "b", "localhost"), Verdict::NotTested),
    ] {
        let played = play(iq).on("id='b'", "romeo", &answer).perform().await;
        assert_eq!(played.outcome.verdict(), verdict, "{answer}");
    }
    for kind in ["presence", "message"] {
        let sent = SET_UP.replace("presence", kind);
        for (from, verdict) in [
            ("hall@localhost", Verdict::Failed),
            ("other.localhost", Verdict::Failed),
            ("room@localhost", Verdict::NotTested),
            ("Room@LOCALHOST/romeo", Verdict::NotTested),
            ("localhost", Verdict::NotTested),
        ] {
            let answer = error(kind, "1", from);
            let played = play(&sent).on("to='room@localhost'", "romeo", &answer);
            let ended = played.perform().await.outcome.verdict();
            assert_eq!(ended, verdict, "{answer}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn only_the_prologue_can_leave_the_story_untested() {
    let later = SET_UP.replace("Story\n", "");
    for story in [
        later.replace("Prologue\n", ""),
        later.replace("Romeo connects\n", "Romeo connects\nStory\n"),
    ] {
        let played = play(&story).on("<presence", "romeo", REFUSED);
        assert_eq!(played.perform().await.outcome.verdict(), Verdict::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn an_error_where_nothing_should_come_and_in_alternatives_is_a_refusal_too() {
    let receives = "Romeo receives:\n\t<presence from='room@localhost' id='2'/>\n";
    for other in [
        "Romeo receives nothing\n",
        "Romeo does not receive:\n\t<presence/>\n",
        "Either\n\tRomeo receives:\n\t\t<presence id='2'/>\nor\n\tRomeo receives nothing\n",
    ] {
        let story = SET_UP.replace(receives, other);
        let refused = play(&story).on("<presence", "romeo", REFUSED);
        assert_eq!(
            refused.perform().await.outcome.verdict(),
            Verdict::NotTested
        );
        let other = play(&story).on("<presence", "romeo", "<presence id='1'/>");
        assert_eq!(other.perform().await.outcome.verdict(), Verdict::Failed);
    }
}

#[tokio::test(start_paused = true)]
async fn what_another_actor_refuses_is_a_failure() {
    let story = "Prologue
Romeo connects
Juliet connects
Juliet sends:
	<message to='romeo@localhost' type='error' id='1'/>
Romeo EXPECTS
Story
Romeo sends:
	<message/>
";
    let error = |from: &str, id: &str| format!("<message from='{from}' type='error' id='{id}'/>");
    for expects in [
        "receives:\n\t<message type='chat'/>",
        "does not receive:\n\t<message/>",
        "receives nothing",
    ] {
        let story = story.replace("EXPECTS", expects);
        for (from, id, verdict) in [
            ("juliet@localhost/r", "1", Verdict::Failed),
            ("juliet@localhost/r", "2", Verdict::NotTested),
            ("localhost", "1", Verdict::NotTested),
        ] {
            let play = play(&story).on("<message", "romeo", error(from, id));
            let played = play.perform().await;
            assert_eq!(played.outcome.verdict(), verdict, "{expects} {from} {id}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_play_can_be_nothing_but_a_prologue() {
    let story = "Prologue
Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence id='1'/>
Epilogue
Romeo sends:
	<iq id='bye'/>
";
    let answered = |answer| {
        let play = play(story).tagged("## complete");
        play.on("<presence", "romeo", answer)
    };
    let left = "<presence id='1'/><presence id='2'/>";
    let played = answered(left).perform().await;
    assert_eq!(heard(played.passed(), "bye"), 1);
    let refused = answered("<presence type='error'/>").perform().await;
    assert_eq!(refused.outcome.verdict(), Verdict::NotTested);
    let other = answered("<presence id='2'/>").perform().await;
    assert_eq!(other.outcome.verdict(), Verdict::Failed);
}

#[tokio::test(start_paused = true)]
async fn what_the_prologue_left_is_forgotten() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence id='2'/>
Story
Romeo receives nothing
Romeo sends:
	<message/>
Romeo receives:
	<message id='5'/>
";
    let with = |story: String, tags| {
        let play = play(&story).tagged(tags);
        let play = play.on(
            "<presence/>",
            "romeo",
            "<iq id='1'/><presence id='2'/><message id='5'/>",
        );
        play.on("<message/>", "romeo", "<message id='5'/>")
    };
    for tags in ["", "## complete"] {
        let played = with(format!("Prologue\n{story}"), tags).perform().await;
        assert!(played.passed().unexpected().is_empty());
    }
    let played = with(story.replace("Story\n", ""), "").perform().await;
    assert_eq!(played.failure().reason, Reason::Unwanted);
}

#[tokio::test(start_paused = true)]
async fn before_the_story_everything_is_flushed() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<message to='juliet@localhost'/>
Story
Juliet does not receive:
	<presence/>
Juliet receives:
	<message id='1'/>
";
    let slow = |story: &str| {
        let play = play(story).later(QUIET, "<message", "juliet", "<presence/>");
        let play = play.later(5 * QUIET, "<message", "juliet", "<message id='1'/>");
        play.pong("localhost", Pong::After(QUIET + QUIET / 2))
    };
    slow(&format!("Prologue\n{story}")).perform().await.passed();
    let silent = play(&format!("Prologue\n{story}")).pong("localhost", Pong::Silence);
    let played = silent.perform().await;
    assert!(matches!(played.failure().reason, Reason::NoAnswer { .. }));
    assert_eq!(played.outcome.ended_at().unwrap().step, 2);
}

#[tokio::test(start_paused = true)]
async fn silences_of_two_parts_are_two() {
    let story = "Prologue
Romeo connects
Romeo sends:
	<presence/>
Romeo does not receive:
	<message/>
Story
Romeo does not receive:
	<message/>
";
    let after = |time| play(story).later(time, "<presence/>", "romeo", "<message id='1'/>");
    assert_eq!(
        after(QUIET / 2)
            .perform()
            .await
            .outcome
            .ended_at()
            .unwrap()
            .step,
        2
    );
    assert_eq!(
        after(3 * QUIET / 2)
            .perform()
            .await
            .outcome
            .ended_at()
            .unwrap()
            .step,
        3
    );
}

#[tokio::test(start_paused = true)]
async fn sessions_of_the_prologue_may_leave_something() {
    let story = "Prologue
Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence/>
Romeo disconnects
Story
Romeo connects
Romeo disconnects
";
    for tags in ["", "## complete"] {
        let play = play(story).tagged(tags);
        let said = "<message id='1'/><presence/><message id='2'/>";
        let played = play.on("<presence/>", "romeo", said).perform().await;
        assert!(played.passed().unexpected().is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn a_recording_of_the_prologue_is_forgotten_as_well() {
    let story = |step: &str| {
        format!(
            "Prologue
Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence id='2'/>
Story
Romeo receives:
	{step}
"
        )
    };
    let recorded = || {
        let play = play(&story("<message id='4'/>"));
        let play = play.on(
            "<presence/>",
            "romeo",
            "<message id='1'/><presence id='2'/><message id='3'/>",
        );
        play.later(QUIET, "<presence/>", "romeo", "<message id='4'/>")
    };
    recorded().perform().await.passed();
    for id in ["1", "3"] {
        let edited = play(&story(&format!("<message id='{id}'/>")));
        let played = recorded().judge(edited).await;
        assert!(played.outcome.verdict() != Verdict::Passed, "{id}");
    }
    recorded()
        .judge(play(&story("<message id='4'/>")))
        .await
        .passed();
}

const STORY: &str = "Romeo connects
Juliet connects
Romeo receives:
	<message id='1'/>
Juliet disconnects
Epilogue
Juliet sends:
	<iq id='juliet'/>
Romeo sends:
	<iq id='bye'/>
Romeo receives:
	<iq id='answer'/>
Romeo sends:
	<iq id='end'/>
Romeo disconnects
";

#[tokio::test(start_paused = true)]
async fn the_epilogue_is_played_whatever_happened_and_decides_nothing() {
    let played = play(STORY).on("</auth>", "romeo", "").perform().await;
    assert!(matches!(played.failure().reason, Reason::Timeout { .. }));
    assert_eq!(played.outcome.ended_at().unwrap().step, 2);
    assert_eq!(
        (
            heard(&played, "bye"),
            heard(&played, "end"),
            heard(&played, "'juliet'")
        ),
        (1, 1, 1)
    );
    let silent = STORY.replace(
        "Romeo receives:\n\t<message id='1'/>\n",
        "Romeo sends:\n\t<presence/>\n",
    );
    let played = play(&silent).perform().await;
    assert_eq!(played.outcome.verdict(), Verdict::Passed);
    assert_eq!(
        (
            heard(&played, "bye"),
            heard(&played, "end"),
            heard(&played, "'juliet'")
        ),
        (1, 1, 0)
    );
    let statuses = [
        "passed", "passed", "passed", "passed", "not run", "passed", "failed", "passed", "passed",
    ];
    assert_eq!(played.statuses(), statuses);
    assert_took(played.duration(6), QUIET);
}

#[tokio::test(start_paused = true)]
async fn the_epilogue_is_played_after_errors_and_interruptions() {
    let lone = STORY
        .replace("Juliet connects\n", "")
        .replace("Juliet disconnects\n", "");
    let stopped = play(&lone).interrupted_after(QUIET).perform().await;
    assert_eq!(stopped.outcome.verdict(), Verdict::Errored);
    assert_eq!(heard(&stopped, "end"), 1);
    let refused = play(STORY)
        .welcome("juliet", Welcome::Refusal)
        .perform()
        .await;
    assert_eq!(refused.outcome.verdict(), Verdict::Errored);
    assert_eq!(heard(&refused, "end"), 1);
}

#[tokio::test(start_paused = true)]
async fn nothing_in_an_epilogue_takes_longer_than_the_quiet_time() {
    let story = "Romeo connects
Juliet connects
Romeo sends:
	<presence/>
Epilogue
Romeo sends:
	<message/>
Juliet sends:
	<message/>
Either
	Romeo receives:
		<iq id='1'/>
or
	Juliet receives:
		<iq id='1'/>
Romeo does not receive:
	<iq/>
Romeo waits 5 s
Juliet receives within 20 s:
	<iq/>
Romeo disconnects
Juliet disconnects
";
    let silent = play(story)
        .pong("localhost", Pong::OnlyFirst)
        .farewell(Farewell::Never);
    let played = silent.perform().await;
    let epilogue = played.outcome.steps.iter().skip(3);
    for step in epilogue {
        assert!(
            step.duration <= 3 * QUIET,
            "{}: {:?}",
            step.step,
            step.duration
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nobody_connects_in_an_epilogue() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Epilogue
Juliet connects
Romeo connects
Romeo sends:
	<iq id='bye'/>
";
    let played = play(story).perform().await;
    let statuses = ["passed", "passed", "not run", "not run", "passed"];
    assert_eq!(played.statuses(), statuses);
    assert_eq!(played.server.connections().0, 1);
}

#[tokio::test(start_paused = true)]
async fn what_comes_in_an_epilogue_is_not_of_the_story() {
    let story = "Romeo connects
Romeo sends:
	<presence/>
Romeo receives:
	<presence/>
Epilogue
Romeo sends:
	<iq id='bye'/>
Romeo receives:
	<iq id='answer'/>
";
    let with = |tags| {
        let play = play(story)
            .tagged(tags)
            .on("<presence/>", "romeo", "<presence id='2'/>");
        play.on("bye", "romeo", "<message id='1'/><iq id='answer'/>")
    };
    for tags in ["", "## complete"] {
        let played = with(tags).perform().await;
        assert!(played.passed().unexpected().is_empty());
        let told = played.outcome.moments[played.outcome.story_end.moments..].len();
        assert!(told > 2, "{told}");
    }
    let left = with("## complete").on("<presence/>", "romeo", "<message id='7'/>");
    let played = left.perform().await;
    assert!(matches!(played.failure().reason, Reason::LeftOver { .. }));
    assert_eq!(heard(&played, "bye"), 1);
}
