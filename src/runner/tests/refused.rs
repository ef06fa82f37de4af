//! `is refused`.

use super::super::{Failure, Reason};
use super::fake_server::Welcome;
use super::stage::{PATIENCE, Performed, Play, play};
use crate::xmpp::Closed;

const STORY: &str = "Romeo is refused:
	<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>
";

fn refused(welcome: Welcome) -> Play {
    play(STORY).welcome("romeo", welcome)
}

fn failure(performed: &Performed) -> &Failure {
    performed.failure()
}

#[tokio::test(start_paused = true)]
async fn a_refusal_may_say_more_than_is_expected() {
    refused(Welcome::Refusal).perform().await.passed();
    let said = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/><text>no</text></failure>";
    refused(Welcome::Says(said)).perform().await.passed();
}

#[tokio::test(start_paused = true)]
async fn another_refusal_is_a_failure() {
    let said = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><account-disabled/></failure>";
    let played = refused(Welcome::Says(said)).perform().await;
    let failure = failure(&played);
    assert_eq!(failure.reason, Reason::RefusedOtherwise);
    assert_eq!(failure.candidates[0].element.name(), "failure");
    let error = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error></stream:stream>";
    let played = refused(Welcome::Says(error)).perform().await;
    assert_eq!(played.failure().reason, Reason::RefusedOtherwise);
    let by_error = STORY.replace(
        "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure>",
        error,
    );
    let by_error = by_error.replace("</stream:stream>", "");
    let played = play(&format!(
        "{by_error}Romeo is disconnected:\n\t</stream:stream>\n"
    ));
    played
        .welcome("romeo", Welcome::Says(error))
        .perform()
        .await
        .passed();
}

#[tokio::test(start_paused = true)]
async fn the_end_behind_a_stream_error_is_part_of_the_refusal() {
    let error = "<stream:error><policy-violation xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>";
    for end in ["</stream:stream>", ""] {
        let said = format!("{error}{end}").leak();
        let story = format!("Romeo is refused:\n\t{error}\nJuliet connects\n");
        let played = play(&story)
            .tagged("## complete")
            .welcome("romeo", Welcome::Says(said));
        played.perform().await.passed();
    }
    // The end of a stream behind another refusal is nothing that was expected.
    let said = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure></stream:stream>";
    let story = format!("{STORY}Juliet connects\n");
    let played = play(&story)
        .tagged("## complete")
        .welcome("romeo", Welcome::Says(said));
    let played = played.perform().await;
    assert!(matches!(played.failure().reason, Reason::Ended { .. }));
}

#[tokio::test(start_paused = true)]
async fn who_is_let_in_was_not_refused() {
    let played = play(STORY).perform().await;
    let bound = "romeo@localhost/stage-0".to_owned();
    assert_eq!(played.failure().reason, Reason::LetIn { bound });
}

#[tokio::test(start_paused = true)]
async fn an_end_and_silence_are_no_refusals() {
    let played = refused(Welcome::Footer).perform().await;
    let how = Closed::ByPeer;
    assert_eq!(played.failure().reason, Reason::EndedOtherwise { how });
    let played = refused(Welcome::HangUp).perform().await;
    let reason = &played.failure().reason;
    assert!(
        matches!(reason, Reason::EndedOtherwise { .. }),
        "{reason:?}"
    );
    let played = refused(Welcome::Silence).perform().await;
    let waited = PATIENCE;
    assert_eq!(played.failure().reason, Reason::NotRefused { waited });
}

#[tokio::test(start_paused = true)]
async fn what_does_not_belong_to_a_login_is_no_refusal() {
    let success = "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>";
    let header = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0'>";
    let no_features: &str = format!("{success}{header}<foo/>").leak();
    for said in [
        "<message/>",
        "<<<",
        "<failure xmlns='urn:x'><not-authorized/></failure>",
        no_features,
    ] {
        let refused = || refused(Welcome::Says(said));
        for played in [refused().perform().await, refused().judge(refused()).await] {
            let reason = &played.failure().reason;
            let Reason::EndedOtherwise { how } = reason else {
                panic!("{said}: {reason:?}");
            };
            assert!(matches!(how, Closed::NotXmpp(_)), "{said}: {how}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_stream_stays_as_the_refusal_has_left_it() {
    let said = "<failure xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><not-authorized/></failure></stream:stream>";
    let story = format!(
        "{STORY}Romeo is disconnected:\n\t</stream:stream>\nRomeo is refused:\n\t<stream:error/>\n"
    );
    let played = play(&story)
        .welcome("romeo", Welcome::Says(said))
        .perform()
        .await;
    assert_eq!(played.statuses(), ["passed", "passed", "failed"]);
    assert_eq!(played.failure().reason, Reason::RefusedOtherwise);
}

#[tokio::test(start_paused = true)]
async fn others_are_heard_out_before() {
    let story = format!("Juliet connects\nJuliet sends:\n\t<presence/>\n{STORY}");
    let played = play(&story)
        .welcome("romeo", Welcome::Refusal)
        .perform()
        .await;
    assert!(
        played
            .passed()
            .server
            .log()
            .contains(&"juliet pings localhost".to_owned())
    );
}

#[tokio::test(start_paused = true)]
async fn no_rule_has_what_a_login_is_refused_by() {
    let (_, failure) = STORY.split_once('\n').unwrap();
    let story = format!("Romeo ignores:\n{failure}{STORY}");
    let played = play(&story).welcome("romeo", Welcome::Refusal);
    assert!(played.perform().await.passed().events("ruled").is_empty());
    let answers = story.replace("ignores", "answers").replacen(
        "</failure>\n",
        "</failure>\nwith:\n\t<presence/>\n",
        1,
    );
    let played = play(&answers).welcome("romeo", Welcome::Refusal);
    assert!(played.perform().await.passed().events("ruled").is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_recorded_refusal_is_told_once() {
    let played = refused(Welcome::Refusal).judge(refused(Welcome::Refusal));
    let played = played.await;
    assert_eq!(played.passed().events("wire Romeo < <failure").len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_recorded_end_is_no_refusal_either() {
    let opened = "Romeo opens a stream\n";
    let recorded = play(&format!("{opened}Romeo connects\n")).welcome("romeo", Welcome::HangUp);
    let played = recorded.judge(play(&format!("{opened}{STORY}"))).await;
    let reason = &played.failure().reason;
    assert!(
        matches!(reason, Reason::EndedOtherwise { .. }),
        "{reason:?}"
    );
}
